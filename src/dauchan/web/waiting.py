"""What waits for an officer this morning: one line for each kind of work, with a count and the list it stands for.

Each count is a slice's own list as this officer sees it, counted no further than `CAP`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import has_permission
from dauchan.agencies import queries as agencies
from dauchan.agencies.guiding import questions_for
from dauchan.cases.queries import visible_to as cases_visible_to
from dauchan.citizens.requests import open_for as requests_for
from dauchan.coverage import subjects
from dauchan.coverage.figures import latest_day
from dauchan.coverage.silent import silent_places
from dauchan.coverage.words import number
from dauchan.directives import queries as directives
from dauchan.directives.rules import ASKED, ASSIGNED
from dauchan.directives.scope import asks_seen, ladders_seen, tasks_issued
from dauchan.gates.queries import slow_devices
from dauchan.kernel import clock
from dauchan.owners.actions import waiting_for as hand_overs_for
from dauchan.people.proposals import waiting_for as merges_waiting_for
from dauchan.places import queries as places
from dauchan.reports.queries import drafts_waiting
from dauchan.tracing import queries as tracing
from dauchan.tracing.release import waiting_for_approval
from dauchan.visits.queries import kept_among_visible

Asked = tuple[tuple[str, Callable[[Officer, date], list["Waiting"]]], ...]
"""A permission ("a|b" for either of two), and what waits for whoever holds it."""
CAP = 9_999
"""How far the lines of a morning page are counted. Ours: more than anybody does by hand."""
RECENT_DAYS = 14


@dataclass(frozen=True)
class Waiting:
    """One kind of work: how many wait, capped, and where they are listed."""

    label: str
    icon: str
    path: str
    count: int

    @property
    def shown(self) -> str:
        return f"{number(CAP)}+" if self.count > CAP else number(self.count)


def waiting_for(officer: Officer, today: date) -> list[Waiting]:
    """The work of this officer's permissions that isn't done yet, in the order of the loop; empty when all is done."""
    return _found((*_ASKED, *_ROLLOUT), officer, today)


def rollout_waiting_for(officer: Officer, today: date) -> list[Waiting]:
    """The same for the rollout's own work alone: what its morning page says is due."""
    return _found(_ROLLOUT, officer, today)


def _found(asked: Asked, officer: Officer, today: date) -> list[Waiting]:
    found: list[Waiting] = []
    for permission, ask in asked:
        if has_permission(officer, permission, today):
            found += ask(officer, today)
    return [each for each in found if each.count]


def _counted(rows: QuerySet[Any]) -> int:
    return rows.order_by()[: CAP + 1].count()


def _proposals(officer: Officer, today: date) -> list[Waiting]:
    words = gettext("Đề xuất chờ quyết định, ca %(case)s")
    return [
        Waiting(words % {"case": code}, icon="list-search", path=reverse("tracing:case", args=[code]), count=count)
        for code, count in tracing.undecided_by_case(officer, today)
    ]


def _recent_cases(officer: Officer, today: date) -> list[Waiting]:
    since = today - timedelta(days=RECENT_DAYS)
    recent = cases_visible_to(officer, today).filter(confirmed_on__gte=since)
    path = f"{reverse('cases:list')}?confirmed_from={since.isoformat()}"
    return [Waiting(gettext("Ca bệnh xác nhận trong 14 ngày"), icon="virus", path=path, count=_counted(recent))]


def _unplaced_contacts(officer: Officer, today: date) -> list[Waiting]:
    seen = tracing.contacts_visible_to(officer, today)
    unplaced = tracing.narrowed_contacts(seen, tracing.ContactFilter(residence=tracing.UNASSIGNED), today)
    path = f"{reverse('tracing:my-contacts')}?residence={tracing.UNASSIGNED}"
    return [Waiting(gettext("Người tiếp xúc chưa rõ nơi ở"), icon="users", path=path, count=_counted(unplaced))]


def _releases(officer: Officer, today: date) -> list[Waiting]:
    count = len(waiting_for_approval(officer, today))
    return [Waiting(gettext("Danh sách gọi chờ duyệt"), icon="phone", path=reverse("tracing:releases"), count=count)]


def _places(officer: Officer, today: date) -> list[Waiting]:
    mine = places.visible_to(officer, "place.approve", today)
    pending = places.narrowed(mine, places.Filters(state="pending"))
    path = f"{reverse('places:list')}?state=pending"
    return [Waiting(gettext("Địa điểm chờ duyệt"), icon="map-pin", path=path, count=_counted(pending))]


def _reported_posters(officer: Officer, today: date) -> list[Waiting]:
    mine = places.visible_to(officer, "place.edit", today)
    told = places.narrowed(mine, places.Filters(poster=places.REPORTED))
    path = f"{reverse('places:list')}?poster={places.REPORTED}"
    return [Waiting(gettext("Áp phích bị báo không đúng nơi"), icon="map-pin-off", path=path, count=_counted(told))]


def _kept_scans(officer: Officer, today: date) -> list[Waiting]:
    kept = kept_among_visible(officer, today)
    return [
        Waiting(gettext("Lượt quét chờ nhận hay bỏ"), icon="scan", path=reverse("visits:kept"), count=_counted(kept))
    ]


def _proposed_merges(officer: Officer, today: date) -> list[Waiting]:
    count = _counted(merges_waiting_for(officer, today))
    return [Waiting(gettext("Có thể là một người"), icon="users", path=reverse("people:proposals"), count=count)]


def _handed_over(officer: Officer, today: date) -> list[Waiting]:
    count = _counted(hand_overs_for(officer, today))
    return [
        Waiting(
            gettext("Chủ địa điểm chuyển giao"), icon="transfer-in", path=reverse("owners:handed-over"), count=count
        )
    ]


def _data_requests(officer: Officer, today: date) -> list[Waiting]:
    count, path = _counted(requests_for(officer, today)), reverse("citizens:request-desk")
    return [Waiting(gettext("Yêu cầu về dữ liệu cá nhân"), icon="user-shield", path=path, count=count)]


def _slow_gates(officer: Officer, today: date) -> list[Waiting]:
    count = _counted(slow_devices(officer, clock.now()))
    return [Waiting(gettext("Cổng chưa gửi"), icon="cloud-off", path=reverse("gates:slow"), count=count)]


def _silent_places(officer: Officer, today: date) -> list[Waiting]:
    day = latest_day()
    whose = [one.subject for one in subjects.roots(officer, day)] if day else []
    if not whose or day is None:
        return []
    count = _counted(silent_places(whose, day))
    return [Waiting(gettext("Địa điểm im lặng"), icon="volume-off", path=reverse("coverage:silent"), count=count)]


def _unsigned_lists(officer: Officer, today: date) -> list[Waiting]:
    words = gettext("Danh sách địa điểm chưa ký cam kết")
    return [_lacking(officer, "agency.act", agencies.NOT_ATTESTED, words, "building", today)]


def _attestations_ending(officer: Officer, today: date) -> list[Waiting]:
    permission = "directive.issue" if has_permission(officer, "directive.issue", today) else "agency.act"
    words = gettext("Cam kết sắp hết hạn")
    return [_lacking(officer, permission, agencies.DUE_SOON, words, "signature", today)]


def _hand_overs(officer: Officer, today: date) -> list[Waiting]:
    words = gettext("Bàn giao chờ ký nhận")
    return [_lacking(officer, "agency.act", agencies.NOT_TAKEN, words, "transfer-in", today)]


def _no_officers(officer: Officer, today: date) -> list[Waiting]:
    words = gettext("Cơ quan chưa cử cán bộ đầu mối")
    return [_lacking(officer, "agency.name", agencies.NO_OFFICER, words, "building", today)]


def _lacking(officer: Officer, permission: str, gap: str, words: str, icon: str, today: date) -> Waiting:
    """The agencies that lack something where the officer may do about it."""
    mine = agencies.narrowed(officer, agencies.Filters(gap=gap, permission=permission), today)
    path = f"{reverse('agencies:list')}?gap={gap}&may={permission}"
    return Waiting(words, icon=icon, path=path, count=_counted(mine))


def _questions(officer: Officer, today: date) -> list[Waiting]:
    count = _counted(questions_for(officer, "agency.act", today).filter(answered_at=None))
    path = reverse("agencies:questions")
    return [Waiting(gettext("Câu hỏi của địa điểm chờ trả lời"), icon="message-question", path=path, count=count)]


def _tasks(officer: Officer, today: date) -> list[Waiting]:
    found, path = directives.due(officer, today), f"{reverse('directives:tasks')}?whose=mine"
    still = found.total - found.done - found.overdue
    return [
        Waiting(gettext("Nhiệm vụ quá hạn"), icon="alarm", path=f"{path}&state=overdue", count=found.overdue),
        Waiting(gettext("Nhiệm vụ đang làm"), icon="checklist", path=path, count=still),
    ]


def _tasks_issued(officer: Officer, today: date) -> list[Waiting]:
    count = _counted(directives.overdue(tasks_issued(officer, today), today))
    path = f"{reverse('directives:tasks')}?whose=issued&state=overdue"
    return [Waiting(gettext("Nhiệm vụ đã giao, quá hạn"), icon="alarm", path=path, count=count)]


def _asks(officer: Officer, today: date) -> list[Waiting]:
    """What health asked for: nobody has it yet, or who has it has not answered; one line each, for all three sides."""
    seen, path = asks_seen(officer, today), reverse("directives:asks")
    lines = ((ASKED, gettext("Y tế yêu cầu: chờ giao")), (ASSIGNED, gettext("Y tế yêu cầu: chờ kết quả")))
    return [
        Waiting(words, icon="stethoscope", path=f"{path}?state={state}", count=_counted(seen.filter(state=state)))
        for state, words in lines
    ]


def _steps(officer: Officer, today: date) -> list[Waiting]:
    count = _counted(directives.steps_due(ladders_seen(officer, today), today))
    path = f"{reverse('directives:ladders')}?state=due"
    return [Waiting(gettext("Nơi chậm đến hạn bước tiếp theo"), icon="bell-ringing", path=path, count=count)]


def _suspensions(officer: Officer, today: date) -> list[Waiting]:
    count = _counted(directives.suspensions_proposed(ladders_seen(officer, today), officer, today))
    path = f"{reverse('directives:ladders')}?state=decide"
    return [Waiting(gettext("Đề nghị tạm dừng chờ bạn quyết định"), icon="gavel", path=path, count=count)]


def _report_drafts(officer: Officer, today: date) -> list[Waiting]:
    path = f"{reverse('reports:list')}?state=draft"
    count = drafts_waiting(officer, today)
    return [Waiting(gettext("Bản thảo báo cáo chờ ban hành"), icon="report", path=path, count=count)]


_ROLLOUT: Asked = (
    ("agency.act", _tasks),
    ("directive.issue", _tasks_issued),
    ("rollout.ask|directive.issue|agency.act", _asks),
    ("directive.issue", _steps),
    ("place.approve", _suspensions),
    ("report.make", _report_drafts),
    ("agency.act", _questions),
    ("agency.act", _hand_overs),
    ("agency.act", _unsigned_lists),
    ("agency.act|directive.issue", _attestations_ending),
    ("agency.name", _no_officers),
    ("rollout.view", _silent_places),
)
_ASKED: Asked = (
    ("contact.decide", _proposals),
    ("case.view", _recent_cases),
    ("case.edit", _unplaced_contacts),
    ("case.approve_release", _releases),
    ("place.approve", _places),
    ("place.edit", _reported_posters),
    ("scan.review", _kept_scans),
    ("place.view", _slow_gates),
    ("case.view", _handed_over),
    ("person.erase", _data_requests),
    ("person.register", _proposed_merges),
)
