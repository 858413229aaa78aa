"""The desk's pages of guides: the list, one guide with its versions, writing, publishing, files, confirming."""

from collections.abc import Callable
from datetime import timedelta
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import has_permission
from dauchan.agencies.guiding import question_for_guide, questions_for_guides
from dauchan.guides import actions, queries, reach, reading, rules
from dauchan.guides.forms import DeskForm, FileForm, NewGuideForm, TextForm, WhereForm
from dauchan.guides.languages import SOURCE, languages
from dauchan.guides.models import Guide, Version
from dauchan.guides.rules import Content, Told
from dauchan.guides.views import article, page_language, today
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, Problem
from dauchan.kernel.numbers import row_number
from dauchan.places.forms import refuse

QUESTIONS_SHOWN = 20
DAYS = timedelta(days=29)
"""Reach is shown over 30 days, today among them. Ours."""


def me(request: HttpRequest) -> Officer:
    """The signed-in officer: the route table lets nobody else in."""
    return cast(Officer, request.user)


def tell(request: HttpRequest, problem: Problem) -> None:
    messages.error(request, problem.text(get_language() or "vi"))


def may(request: HttpRequest) -> dict[str, bool]:
    """What this officer may do with guides."""
    on = today()
    return {
        "may_edit": actions.may_write(me(request), on),
        "may_tell": has_permission(me(request), "agency.act", on),
    }


def everything(request: HttpRequest) -> HttpResponse:
    """All guides with their state, how many of one's own area have read them, and how far they reached."""
    form, on = DeskForm(request.GET or None), today()
    narrowing = form.narrowing()
    found = queries.everything(page_language(), **narrowing)
    shares = _shares_in_scope(request, reading.versions_in_use())
    reached = reach.reached([one.guide for one in found], on - DAYS, on)
    spread = reach.spread_by_guide(me(request), on, on - DAYS, on)
    lines = [
        {
            "shown": one,
            "share": shares.get(one.version.pk) if one.version else None,
            "views": reached.get(one.guide.pk, {}).get("view", 0),
            "papers": sum(reached.get(one.guide.pk, {}).get(name, 0) for name in ("paper", "poster", "script")),
            "spread": spread.get(one.guide.pk, reach.Spread()),
        }
        for one in found
    ]
    page = {"form": form, "lines": lines, "narrowed": any(narrowing.values()), "first": on - DAYS}
    return render(request, "guides/desk.html", page | may(request))


def _shares_in_scope(request: HttpRequest, versions: list[Version]) -> dict[int, reading.Share]:
    """By version, of the seats in this officer's scope."""
    return reading.totals(versions, today(), reading.seats_seen(me(request), today()))


def new(request: HttpRequest) -> HttpResponse:
    """Begin a guide; the number of a question may stand in the address, when its answer becomes one."""
    actions.require_writer(me(request), clock.now())
    asked = question_for_guide(row_number(request.GET.get("question", "")) or 0)
    title = " ".join(asked.text.split())[: rules.LONGEST_TITLE] if asked else ""
    form = NewGuideForm(request.POST or None, initial={"title": title})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            answer = asked.answer if asked else ""
            told = (given["title"], given["audience"], given["settings"])
            guide = actions.begin_guide(*told, answer=answer, by=me(request), now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            return redirect("guides:write", guide.slug, SOURCE)
    page = {"form": form, "asked": asked, "waiting": [] if asked else questions_for_guides(QUESTIONS_SHOWN)}
    return render(request, "guides/new.html", page, status=400 if form.errors else 200)


def one(request: HttpRequest, slug: str) -> HttpResponse:
    """One guide: its words, who confirms them, its versions and files."""
    return _one(request, queries.guide_named(slug), FileForm())


def _one(request: HttpRequest, guide: Guide, file_form: FileForm) -> HttpResponse:
    officer, on, version = me(request), today(), queries.in_use(guide)
    shown = version or queries.versions_of(guide, drafts=True)[0]
    shares = _shares_in_scope(request, [version]) if version else {}
    page = {
        **article(shown, request.GET.get("lang", "")),
        "is_in_use": version is not None,
        "draft": queries.draft_of(guide),
        "confirmed": reading.confirmed(version, officer, on) if version else None,
        "share": shares.get(version.pk) if version else None,
        "versions": queries.versions_of(guide, drafts=True),
        "reached": reach.reached([guide], on - DAYS, on).get(guide.pk, {}),
        "spread": reach.spread_by_guide(officer, on, on - DAYS, on).get(guide.pk, reach.Spread()),
        "by_language": [(languages()[code], times) for code, times in reach.by_language(guide, on - DAYS, on).items()],
        "first": on - DAYS,
        "file_form": file_form,
        "where_form": WhereForm(initial={"audience": guide.audience, "settings": guide.settings}),
    }
    return render(request, "guides/one.html", page | may(request), status=400 if file_form.errors else 200)


@require_POST
def confirm(request: HttpRequest, slug: str) -> HttpResponse:
    """Read and understood."""
    number = row_number(request.POST.get("number", "")) or 0
    try:
        reading.confirm(slug, number, by=me(request), now=clock.now())
    except Problem as problem:
        tell(request, problem)
    else:
        messages.success(request, _("Đã ghi: bạn đã đọc và hiểu bản này."))
    return redirect("guides:desk-guide", slug)


def _base(guide: Guide) -> tuple[Content, Version | None]:
    """What a writer begins with: the draft, else the version in use or last, else nothing."""
    draft = queries.draft_of(guide)
    versions = queries.versions_of(guide, drafts=True)
    shown = draft or queries.in_use(guide) or (versions[0] if versions else None)
    return (queries.content_of(shown) if shown else Content((), {SOURCE: Told("", "")})), draft


def write(request: HttpRequest, slug: str, language: str) -> HttpResponse:
    """A guide's words in one language; saving stores a draft, what is in use stays until it is published."""
    guide = queries.guide_named(slug)
    if language not in languages():
        raise NotFound
    base, draft = _base(guide)
    seen = draft.edited_at if draft else None
    form = TextForm(request.POST or None, base=base, language=language, seen=seen)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_draft(slug, form.content(), seen=form.seen(), by=me(request), now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã lưu bản nháp. Chưa ai khác thấy cho đến khi bạn công bố."))
            return redirect(*_after_saving(request, slug, language))
    page = {"form": form, "guide": guide, "language": languages()[language], "languages": languages().values()}
    page |= {"draft": draft, "source": base.texts.get(SOURCE), "most": rules.MOST_STEPS}
    return render(request, "guides/write.html", page, status=400 if form.errors else 200)


def _after_saving(request: HttpRequest, slug: str, language: str) -> tuple[str, ...]:
    if request.POST.get("then") == "preview":
        return ("guides:preview", slug)
    return ("guides:write", slug, language)


def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The draft as readers will see it."""
    draft = queries.draft_of(queries.guide_named(slug))
    if draft is None:
        raise NotFound
    page = article(draft, request.GET.get("lang", ""))
    page["complete"] = queries.content_of(draft).has(SOURCE)
    return render(request, "guides/preview.html", page)


@require_POST
def act(request: HttpRequest, slug: str) -> HttpResponse:
    """Publish or drop the draft, withdraw what is in use, bring an earlier version back."""
    told, by, now = request.POST, me(request), clock.now()
    number = row_number(told.get("number", "")) or 0
    verbs: dict[str, tuple[Callable[[], object], str]] = {
        "publish": (
            lambda: actions.publish(slug, number, by=by, now=now),
            _("Đã công bố. Ai đã xác nhận bản trước sẽ được hỏi lại."),
        ),
        "drop": (lambda: actions.drop_draft(slug, by=by, now=now), _("Đã bỏ bản nháp.")),
        "withdraw": (
            lambda: actions.withdraw(slug, told.get("why", ""), by=by, now=now),
            _("Đã thu hồi. Trang của hướng dẫn nói rõ điều đó."),
        ),
        "bring-back": (
            lambda: actions.bring_back(slug, number, by=by, now=now),
            _("Bản %(number)d lại được dùng.") % {"number": number},
        ),
    }
    if told.get("act") not in verbs:
        raise NotFound
    verb, done = verbs[told["act"]]
    try:
        verb()
    except Problem as problem:
        tell(request, problem)
    else:
        messages.success(request, done)
    if told["act"] == "drop":  # a guide whose only draft was dropped is no more
        return redirect("guides:desk")
    return redirect("guides:desk-guide", slug)


@require_POST
def classify(request: HttpRequest, slug: str) -> HttpResponse:
    """For whom and where a guide is."""
    form = WhereForm(request.POST)
    queries.guide_named(slug)
    if form.is_valid():
        given = form.cleaned_data
        actions.classify(slug, given["audience"], given["settings"], by=me(request), now=clock.now())
        messages.success(request, _("Đã lưu."))
    else:
        messages.error(request, _("Hãy chọn ít nhất một nơi."))
    return redirect("guides:desk-guide", slug)


@require_POST
def add_file(request: HttpRequest, slug: str) -> HttpResponse:
    """Lay an official document beside a guide."""
    guide, form = queries.guide_named(slug), FileForm(request.POST, request.FILES)
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            content = upload.read(rules.LARGEST_FILE + 1)
            actions.add_file(slug, form.cleaned_data["title"], content, by=me(request), now=clock.now())
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("Đã đặt văn bản cạnh hướng dẫn."))
            return redirect("guides:desk-guide", slug)
    return _one(request, guide, form)


@require_POST
def remove_file(request: HttpRequest, slug: str, file_id: int) -> HttpResponse:
    """Take an official document away."""
    actions.remove_file(slug, file_id, by=me(request), now=clock.now())
    messages.success(request, _("Đã bỏ văn bản."))
    return redirect("guides:desk-guide", slug)
