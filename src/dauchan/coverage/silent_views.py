"""The list of silent places: each by name with its days of silence, to be chosen and urged."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import has_permission
from dauchan.accounts.sessions import officer_of
from dauchan.agencies.queries import visible_to
from dauchan.coverage import definitions, subjects
from dauchan.coverage.figures import Subject, latest_day
from dauchan.coverage.forms import SilentForm
from dauchan.coverage.models import AGENCY, UNIT
from dauchan.coverage.silent import OPEN, SilentPage, silent_page
from dauchan.coverage.views import sent
from dauchan.kernel import clock, exports
from dauchan.places.forms import narrowing, query_without
from dauchan.units.agencies import agency_names
from dauchan.units.models import Agency, Sector, Unit

SECTORS = dict(Sector.choices)


@dataclass(frozen=True)
class _Wanted:
    """Whose silent places are asked for."""

    whose: list[Subject]
    unit: Unit | None
    agency: Agency | None
    only: str

    def page(self, day: date, *, after: str = "", size: int | None = None) -> SilentPage:
        if not self.whose:
            return SilentPage([], "")
        sized = {"size": size} if size else {}
        first, *beside = self.whose
        return silent_page(first, day, beside=beside, after=after, only=self.only, **sized)


def silent(request: HttpRequest) -> HttpResponse:
    """The silent places of a scope, never used ones first, then the longest silent."""
    officer, form, day = officer_of(request), SilentForm(request.GET or None), _day()
    today = clock.local_day(clock.now())
    wanted = _wanted(officer, form, day)
    page = wanted.page(day, after=request.GET.get("after", ""))
    names = agency_names(one.agency_id for one in page.places if one.agency_id)
    shown = {
        "form": form,
        "opens_agencies": {each.pk for each in visible_to(officer, subjects.PERMISSION, today).filter(pk__in=names)},
        "agency": wanted.agency,
        "lines": [(one, SECTORS.get(one.sector, ""), names.get(one.agency_id or 0, "")) for one in page.places],
        "next_after": page.next_after,
        "query": query_without(request, "after"),
        "narrowed": bool(request.GET),
        "is_open": wanted.only == OPEN,
        "day": day,
        "silent_days": definitions.thresholds(day).silent_days,
        "may_remind": has_permission(officer, "directive.issue", today),
    }
    return render(request, "coverage/silent.html", shown)


def _day() -> date:
    return latest_day() or clock.local_day(clock.now())


def _wanted(officer: Officer, form: SilentForm, day: date) -> _Wanted:
    """What the filters mean within the officer's scope.

    raises   FilterWrong, NotFound
    """
    given = narrowing(form)
    sector, only = given.get("sector", ""), given.get("used", "")
    if given.get("agency"):
        agency = subjects.seen_agency(officer, given["agency"])
        return _Wanted([Subject(AGENCY, agency.pk, sector)], None, agency, only)
    if given.get("unit"):
        unit = subjects.seen_unit(officer, given["unit"].code, day)
        return _Wanted([Subject(UNIT, unit.pk, sector)], unit, None, only)
    roots = [Subject(one.subject.kind, one.subject.id, sector) for one in subjects.roots(officer, day)]
    return _Wanted(roots, None, None, only)


def export(request: HttpRequest) -> HttpResponse:
    """The whole list as a file, in the order of the page."""
    officer, form, day = officer_of(request), SilentForm(request.GET), _day()
    places = _wanted(officer, form, day).page(day, size=exports.ROW_LIMIT).places
    names = agency_names(one.agency_id for one in places if one.agency_id)
    headers = [_("Số"), _("Địa điểm"), _("Địa chỉ"), _("Đơn vị"), _("Lĩnh vực"), _("Cơ quan")]
    headers += [_("Lượt đến gần nhất"), _("Số ngày im lặng"), _("Ngày")]
    lines: list[list[exports.Cell]] = [
        [
            one.place.place_id,
            one.place.name,
            one.place.address,
            one.place.unit,
            str(SECTORS.get(one.sector, "")),
            names.get(one.agency_id or 0, ""),
            one.last_day,
            one.days,
            day,
        ]
        for one in places
    ]
    as_csv = request.GET.get("format") == "csv"
    return sent(headers, lines, name=f"im-lang-{day:%Y-%m-%d}", title=_("Địa điểm im lặng"), csv=as_csv)
