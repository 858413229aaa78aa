"""The pages of documents: what came in, what went out, one document with how far it is, files and prints."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dauchan.accounts.links import base_url
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import has_permission
from dauchan.directives import charts, letters, queries, reminding, rules, scope, working, writing
from dauchan.directives.announcing import officers_of
from dauchan.directives.forms import ByHandForm, CitedForm, FileForm, GroupForm, OrderForm
from dauchan.directives.models import Directive, DocumentState, Recipient, Task
from dauchan.directives.wording import Purpose, Role
from dauchan.kernel import clock, exports, official
from dauchan.kernel.errors import NotFound, NotPermitted, Problem
from dauchan.places.forms import query_without

PASSING_SHOWN = 5
"""Of so many of the agencies for which an officer got a document the page says how to pass it on."""
LISTS = {"den": queries.incoming, "di": queries.outgoing, "tat-ca": queries.others}


def me(request: HttpRequest) -> Officer:
    """The signed-in officer: the route table lets nobody else in."""
    return cast(Officer, request.user)


def today() -> Any:
    return clock.local_day(clock.now())


def tell(request: HttpRequest, problem: Problem) -> None:
    messages.error(request, problem.text(get_language() or "vi"))


def attempt(request: HttpRequest, act: Callable[[], Any], back: str, *arguments: int) -> HttpResponse:
    """Do something and go back to a page, with what was done or why not; what isn't theirs to touch stays refused.

    act   returns what is said afterwards, if it isn't just that it was written down
    """
    try:
        said = act()
    except (NotFound, NotPermitted):
        raise
    except Problem as problem:
        tell(request, problem)
    else:
        messages.success(request, said if isinstance(said, str) else _("Đã ghi."))
    return redirect(back, *arguments)


def rooms(request: HttpRequest, here: str) -> dict[str, Any]:
    """What every page of the slice shows: which of its rooms this is, what the officer may do."""
    on, officer = today(), me(request)
    return {
        "room": here,
        "today": on,
        "may_issue": has_permission(officer, scope.ISSUE, on),
        "may_act": has_permission(officer, scope.ACT, on),
        "may_ask": has_permission(officer, scope.ASK, on),
    }


def documents(request: HttpRequest) -> HttpResponse:
    """The documents that came in, that went out, or all that the officer sees, newest first."""
    frame = rooms(request, "documents")
    asked = request.GET.get("tab", "")
    tab = asked if asked in LISTS else "den" if frame["may_act"] else "di" if frame["may_issue"] else "tat-ca"
    text, state = request.GET.get("q", "")[:200], request.GET.get("state", "")
    state = state if state in DocumentState.values else ""
    page = LISTS[tab](me(request), today(), text=text, state=state, after=request.GET.get("after", ""))
    tallies = queries.tallies(page.rows, today())
    shown = {
        "tab": tab,
        "page": page,
        "rows": [(directive, tallies[directive.pk]) for directive in page.rows],
        "q": text,
        "state": state,
        "states": DocumentState.choices,
        "query": query_without(request, "after"),
        "due": queries.due(me(request), today()),
    }
    return render(request, "directives/list.html", frame | shown)


def document(request: HttpRequest, directive_id: int, given: Mapping[str, Any] | None = None) -> HttpResponse:
    """One document: a draft with what it still lacks, a sent one with how far everybody is.

    given   a form of the draft that was filled in wrong, by its name, to be shown as it was typed
    """
    on, officer = today(), me(request)
    found = scope.directive_of(directive_id, officer, on)
    issues = scope.may_issue(officer, found, on)
    shown = rooms(request, "documents") | {
        "directive": found,
        "issues": issues,
        "orders": list(found.orders.all()),
        "citations": list(found.citations.select_related("cited")),
        "files": queries.files_of(found),
        "addressees": queries.lines_of(found),
        "reminded": list(found.reminded.select_related("unit").order_by("id")[:500]),
        "told_of": set(reminding.told_of(found).values_list("pk", flat=True)),
        "is_reminder": found.purpose == Purpose.REMINDER,
        "chat": letters.chat_text(found, address_of(request, found)),
        "file_form": FileForm(),
    }
    more = _draft(request, found) if found.is_draft and issues else _sent(request, found, issues=issues)
    return render(request, "directives/document.html", shown | more | dict(given or {}))


def address_of(request: HttpRequest, found: Directive) -> str:
    """Where a document is read, for texts that are copied."""
    return f"{base_url(request)}/trien-khai/van-ban/{found.pk}"


def _draft(request: HttpRequest, found: Directive) -> dict[str, Any]:
    vietnamese = (get_language() or "vi").startswith("vi")
    return {
        "missing": [vi if vietnamese else en for vi, en in writing.missing_from(found, today())],
        "group_form": GroupForm(allowed=scope.may_be_told(me(request), found.issuer, today())),
        "order_form": OrderForm(),
        "cited_form": CitedForm(),
        "told": found.recipients.count(),
    }


def _sent(request: HttpRequest, found: Directive, *, issues: bool) -> dict[str, Any]:
    on, officer = today(), me(request)
    state, role = request.GET.get("state", ""), request.GET.get("role", "")
    seen = scope.recipients_seen(found, officer, on, issues=issues)
    page = queries.recipients(seen, found, on, state=state, role=role, after=request.GET.get("after", ""))
    below = queries.below(found.pk, on)
    own = queries.tally_of(found, on)
    got = working.got_by(found, officer, on)
    passed = found.state == DocumentState.SENT and found.purpose == Purpose.ORDER
    return {
        "page": page,
        "lines": _lines(found, page.rows, below),
        "state": state,
        "states": [("unread", _("Chưa báo nhận")), *charts.WORDS.items()],
        "role": role,
        "roles": Role.choices,
        "query": query_without(request, "after"),
        "tally": own,
        "bar": charts.parts(own),
        "by_order": [(order, tally, charts.parts(tally)) for order, tally in queries.tallies_by_order(found, on)],
        "rolled_up": sum(below.values(), rules.Tally({})),
        "got": got,
        "passing": working.passing_on([row.agency for row in got[:PASSING_SHOWN]], officer, on) if passed else [],
        "my_tasks": list(_my_tasks(found, officer)),
        "untold": found.recipients.filter(notified_at__isnull=True).count(),
        "unread": found.recipients.filter(acknowledged_at__isnull=True).count(),
        "all": found.recipients.count(),
        "by_hand_form": ByHandForm(initial={"at": on}),
    }


def _my_tasks(found: Directive, officer: Officer) -> Any:
    mine = scope.tasks_answered_for(officer, today()).filter(order__directive=found)
    return mine.select_related("order", "agency").order_by("order__position", "id")[:100]


def _lines(found: Directive, rows: list[Recipient], below: dict[int, rules.Tally]) -> list[dict[str, Any]]:
    """Each recipient with its tasks, what figures say of them, what came of it further down, who can be reached."""
    tasks = Task.objects.filter(recipient__in=rows).select_related("order", "agency__unit").order_by("order__position")
    listed = list(tasks)
    measured = queries.measured(listed, today())
    officers = officers_of([row.agency for row in rows], clock.now())
    lines = []
    for row in rows:
        own = [(task, measured.get(task.pk)) for task in listed if task.recipient_id == row.pk]
        lines.append(
            {"row": row, "tasks": own, "below": below.get(row.agency_id), "officers": officers.get(row.agency_id, [])}
        )
    return lines


def printed(request: HttpRequest, directive_id: int, kind: str) -> HttpResponse:
    """The document in the layout of official documents, as DOCX or PDF."""
    found = scope.directive_of(directive_id, me(request), today())
    writers = {"docx": (official.docx, official.DOCX), "pdf": (official.pdf, official.PDF)}
    if kind not in writers:
        raise NotFound
    write, media_type = writers[kind]
    return download(write(letters.official(found)), media_type, f"{letters.file_name(found)}.{kind}")


def download(content: bytes, media_type: str, name: str) -> HttpResponse:
    """A file to be saved."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=media_type, headers=headers)


def attachment(request: HttpRequest, attachment_id: int) -> HttpResponse:
    """A file, always to be saved: nothing of it is shown inside our pages."""
    found = queries.attachment_of(attachment_id, me(request), today())
    if found is None:
        raise NotFound
    answer = download(bytes(found.content), found.media_type, f"tep-{found.pk}.{found.name.rpartition('.')[2]}")
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def progress(request: HttpRequest, directive_id: int) -> HttpResponse:
    """How far everybody is, as a spreadsheet."""
    found, on = scope.directive_of(directive_id, me(request), today()), today()
    tasks = scope.tasks_seen(me(request), on).filter(order__directive=found)
    listed = list(
        tasks.select_related("order", "agency__unit", "recipient").order_by("recipient_id", "order__position")
    )
    measured = queries.measured(listed, on)
    made = exports.xlsx(_("Tiến độ"), _headers(), (_row(task, measured.get(task.pk)) for task in listed))
    return download(made.content, made.media_type, f"tien-do-{found.pk}-{on:%Y-%m-%d}.xlsx")


def _headers() -> list[str]:
    return [
        *(_("Cơ quan"), _("Đơn vị"), _("Nhiệm vụ"), _("Hạn"), _("Tình trạng"), _("Báo nhận lúc"), _("Cập nhật lúc")),
        *(_("Mức phải đạt"), _("Đang đạt"), _("Ghi chú")),
    ]


def _row(task: Task, measured: queries.Measured | None) -> list[exports.Cell]:
    return [
        task.agency.name,
        task.agency.unit.name,
        str(task.order),
        task.deadline,
        str(charts.WORDS[rules.standing(task.state, task.deadline, today(), task.reached_on)]),
        task.recipient.acknowledged_at,
        task.changed_at,
        task.order.target,
        measured.figure.value if measured and measured.figure else None,
        task.note,
    ]
