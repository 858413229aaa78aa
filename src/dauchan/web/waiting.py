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
from dauchan.cases.queries import visible_to as cases_visible_to
from dauchan.citizens.requests import open_for as requests_for
from dauchan.coverage import subjects
from dauchan.coverage.figures import latest_day
from dauchan.coverage.silent import silent_places
from dauchan.directives.queries import due
from dauchan.gates.queries import slow_devices
from dauchan.kernel import clock
from dauchan.owners.actions import waiting_for as hand_overs_for
from dauchan.people.proposals import waiting_for as merges_waiting_for
from dauchan.places import queries as places
from dauchan.tracing import queries as tracing
from dauchan.tracing.release import waiting_for_approval
from dauchan.visits.queries import kept_among_visible

Asked = tuple[tuple[str, Callable[[Officer, date], list["Waiting"]]], ...]
"""A permission, and what waits for whoever holds it."""
CAP = 99
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
        return f"{CAP}+" if self.count > CAP else str(self.count)


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
    return [
        _lacking(officer, "agency.act", agencies.NOT_ATTESTED, gettext("Danh sách địa điểm chưa ký cam kết"), today)
    ]


def _no_officers(officer: Officer, today: date) -> list[Waiting]:
    words = gettext("Cơ quan chưa cử cán bộ đầu mối")
    return [_lacking(officer, "agency.name", agencies.NO_OFFICER, words, today)]


def _lacking(officer: Officer, permission: str, gap: str, words: str, today: date) -> Waiting:
    """The agencies of the officer that lack something."""
    mine = agencies.narrowed(agencies.visible_to(officer, permission, today), agencies.Filters(gap=gap), today)
    path = f"{reverse('agencies:list')}?gap={gap}"
    return Waiting(words, icon="building", path=path, count=_counted(mine))


def _tasks(officer: Officer, today: date) -> list[Waiting]:
    found, path = due(officer, today), reverse("directives:tasks")
    still = found.total - found.done - found.overdue
    return [
        Waiting(gettext("Nhiệm vụ quá hạn"), icon="alarm", path=f"{path}?state=overdue", count=found.overdue),
        Waiting(gettext("Nhiệm vụ đang làm"), icon="checklist", path=path, count=still),
    ]


_ROLLOUT: Asked = (
    ("agency.act", _tasks),
    ("agency.act", _unsigned_lists),
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
