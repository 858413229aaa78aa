"""The rollout's morning page: what changed, who lags, what is due, and three buttons.

It stands here because it mixes figures, duties and tasks of several slices; each part is that slice's own list as the
officer sees it.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import has_permission, roles_of
from dauchan.accounts.sessions import officer_of
from dauchan.coverage import overview, subjects
from dauchan.coverage.asked import Asked
from dauchan.coverage.figures import counted_on
from dauchan.coverage.silent import SilentPlace, silent_page
from dauchan.coverage.standing import AtZero, communes_at_zero
from dauchan.coverage.subjects import Named
from dauchan.coverage.views import asked_by
from dauchan.kernel import clock
from dauchan.units.models import Unit
from dauchan.web.context import may_open
from dauchan.web.waiting import rollout_waiting_for

AT_ZERO_SHOWN = 10
SILENT_SHOWN = 10
REMINDED_MOST = 500
"""One letter urges no more."""
MOVERS_SHOWN = 5
ROWS_COMPARED = 400
"""Of more rows than a province has communes no moves are shown here."""

TOUR: dict[str, Any] = {
    "rollout_manager": _(
        "Mỗi sáng: xem điều gì thay đổi, xã nào chưa có lượt quét; bấm “Nhắc nơi chậm” để soạn công văn đôn đốc; "
        "cuối ngày bấm “Lập báo cáo”."
    ),
    "agency_head": _("Mở trang cơ quan của bạn: một con số cho biết còn thiếu gì; ký cam kết danh sách mỗi quý."),
    "focal_officer": _(
        "Xem địa điểm im lặng của cơ quan, gọi hoặc đến nơi; nhận việc được giao và ghi kết quả kèm minh chứng."
    ),
    "inspector": _("Xem nơi im lặng trong địa bàn, rồi mở mục Kiểm tra trên điện thoại để đi kiểm tra."),
    "province_health_officer": _("Xem độ phủ trước khi tin một danh sách tiếp xúc ngắn: nơi ít quét thì ít dấu vết."),
}
"""A line for each role: what this page is for, in the order of the day."""
TOUR["commune_health_officer"] = TOUR["district_health_officer"] = TOUR["province_health_officer"]


@dataclass(frozen=True)
class Button:
    """One of the three big buttons; with `units` it posts them, and by which indicator they lag."""

    label: Any
    hint: Any
    icon: str
    path: str
    units: tuple[int, ...] = ()
    indicator: str = ""


def morning(request: HttpRequest) -> HttpResponse:
    """The first page of the rollout for whoever sees it."""
    officer, asked = officer_of(request), asked_by(request)
    today = clock.local_day(clock.now())
    roots = subjects.roots(officer, asked.day)
    lagging = _at_zero(roots, asked.day)
    silent = _longest_silent(roots, asked.day)
    page = {
        "asked": asked,
        "here": request.path,
        "roots": roots,
        "own": [subjects.of_agency(agency) for agency in subjects.own_agencies(officer, today)],
        "tour": [TOUR[role] for role in dict.fromkeys(one.role for one in roles_of(officer, today)) if role in TOUR],
        "waiting": rollout_waiting_for(officer, today),
        "at_zero": lagging[:AT_ZERO_SHOWN],
        "more_at_zero": max(0, len(lagging) - AT_ZERO_SHOWN),
        "governs": any(each.unit for each in roots),
        "silent": silent,
        "buttons": _buttons(officer, today, [each.unit for each in lagging]),
    }
    return render(request, "web/rollout_morning.html", page | _changes(roots, asked))


def _changes(roots: list[Named], asked: Asked) -> dict[str, Any]:
    """The headline figures with what changed, and who rose and fell most since the day before."""
    if not roots:
        return {"cards": []}
    whose = [each.subject for each in roots]
    cards = overview.cards(whose, overview.HEADLINE, asked.day, runs=True)
    has_figures = any(card.figure.as_of for card in cards)
    as_of = min((card.figure.as_of for card in cards if card.figure.as_of), default=None)
    return {"cards": cards if has_figures else [], "as_of": as_of, **_movers(roots, asked)}


def _movers(roots: list[Named], asked: Asked) -> dict[str, Any]:
    """Who lies below and moved most in the league of the usual figure; while a day runs, on the day before."""
    if overview.is_open(asked.indicator, asked.day):
        asked = replace(asked, day=asked.yesterday)
    below = subjects.below(roots[0].unit, asked.day) if len(roots) == 1 and roots[0].unit else roots
    if not 1 < len(below) <= ROWS_COMPARED:
        return {}
    rows = overview.table(below, asked)
    moved = sorted((row for row in rows if row.standing.moved), key=lambda row: row.standing.moved)
    fell = [row for row in moved if row.standing.moved < 0][:MOVERS_SHOWN]
    rose = [row for row in reversed(moved) if row.standing.moved > 0][:MOVERS_SHOWN]
    return {"fell": fell, "rose": rose, "moved": asked, "drill": asked.further().link()}


def _at_zero(roots: list[Named], day: date) -> list[AtZero]:
    """Every commune in sight without a scan that day, longest first; while the day runs, those at zero before it too,
    with their whole days. Before a whole day was counted, everybody at zero.
    """
    found = communes_at_zero([each.subject for each in roots if each.unit], day)
    if day < clock.local_day(clock.now()) or counted_on(day - timedelta(days=1)) is None:
        return found
    return [each._replace(days=each.days - 1) for each in found if each.days > 1]


def _longest_silent(roots: list[Named], day: date) -> list[SilentPlace]:
    """The places of an officer's agencies that are silent, never used ones first; [] for who has units in sight."""
    whose = [each.subject for each in roots if each.agency]
    return silent_page(whose[0], day, beside=whose[1:], size=SILENT_SHOWN).places if whose else []


REMIND = reverse_lazy("directives:remind")
SILENT = reverse_lazy("coverage:silent")
REPORT = "/trien-khai/bao-cao"


def _buttons(officer: Officer, today: date, lagging: list[Unit]) -> list[Button]:
    """What this officer does here, the most usual first."""
    found = []
    if lagging and has_permission(officer, "directive.issue", today) and may_open(officer, str(REMIND), "POST"):
        hint = _("Soạn công văn cho các xã chưa có lượt quét")
        chosen = tuple(unit.pk for unit in lagging[:REMINDED_MOST])
        found.append(Button(_("Nhắc nơi chậm"), hint, "bell-ringing", str(REMIND), chosen, overview.AT_ZERO))
    if may_open(officer, str(SILENT)):
        hint = _("Từng nơi, số ngày, ai phụ trách")
        found.append(Button(_("Xem địa điểm im lặng"), hint, "volume-off", str(SILENT)))
    if may_open(officer, REPORT):
        found.append(Button(_("Lập báo cáo"), _("Ngày, tuần, hoặc bất kỳ lúc nào"), "report", REPORT))
    elif may_open(officer, reverse("coverage:whole")):
        found.append(Button(_("Xem bản đồ và xếp hạng"), _("Từ tỉnh đến từng xã"), "map", reverse("coverage:whole")))
    return found
