"""Figures of units and agencies as JSON, for officers who see their rollout; what pages show, from the same file."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, cast

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema

from dauchan.accounts.models import Officer
from dauchan.coverage import figures, subjects
from dauchan.coverage.definitions import indicator, indicators, thresholds
from dauchan.coverage.figures import Figure, Subject
from dauchan.coverage.models import AGENCY, UNIT
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput
from dauchan.units.models import Sector

router = Router(tags=["coverage"])
FIRST_DAY = date(2020, 1, 1)
MOST_DAYS = 366

Day = Annotated[date, Query(ge=FIRST_DAY, le=clock.LAST_DAY)]
UnitCode = Annotated[str, Path(max_length=5)]
AgencyId = Annotated[int, Path(ge=1, lt=2**63)]
Codes = Annotated[str, Query(max_length=2000, description="Codes of indicators, parted by commas; all when left out")]
SectorIn = Annotated[Literal[""] | Sector, Query(description="A sector; all together when left out")]


class TooManyDays(BadInput):
    vi = "Nhiều nhất {most} ngày một lần, và ngày đầu không sau ngày cuối."
    en = "At most {most} days at once, and the first not after the last."


class ThresholdsOut(Schema):
    """What makes a place silent or active today, and how few people are hidden; who says so."""

    silent_days: int
    active_check_ins: int
    active_days: int
    counted_days: int
    fewest_people: int
    source_vi: str
    source_en: str


class IndicatorOut(Schema):
    """What a figure means; `numerator` and `denominator` are names of counts, `better` is "" where neither is."""

    code: str
    name_vi: str
    name_en: str
    formula_vi: str
    formula_en: str
    numerator: str
    denominator: str | None
    unit: Literal["count", "percent", "days"]
    better: Literal["up", "down", ""]
    supplied: bool
    people: bool


class IndicatorsOut(Schema):
    indicators: list[IndicatorOut]
    thresholds: ThresholdsOut


class FigureOut(Schema):
    """One figure of a day; without value where it isn't known, or `suppressed`: it tells of few people."""

    indicator: str
    day: date
    value: float | None
    numerator: int | None
    denominator: int | None
    as_of: datetime | None
    suppressed: bool
    supplied: bool


class FiguresOut(Schema):
    """Figures of one subject: of one day, or of every day of a stretch, indicator by indicator."""

    kind: Literal["unit", "agency"]
    code: str
    name: str
    sector: str
    figures: list[FigureOut]


@router.get("/coverage/indicators", response=IndicatorsOut, url_name="coverage-indicators", summary="What figures mean")
def indicator_list(request: HttpRequest) -> dict[str, object]:
    return {"indicators": list(indicators().values()), "thresholds": thresholds(clock.local_day(clock.now()))}


@router.get(
    "/coverage/units/{code}", response=FiguresOut, url_name="coverage-unit", summary="A unit's figures of a day"
)
def unit_figures(
    request: HttpRequest, code: UnitCode, day: Day | None = None, codes: Codes = "", sector: SectorIn = ""
) -> FiguresOut:
    on = _day(day)
    unit = subjects.seen_unit(_officer(request), code.replace("\0", ""), on)
    return _answer(Subject(UNIT, unit.pk, sector), unit.code, unit.full_name, codes, on, on)


@router.get(
    "/coverage/units/{code}/series",
    response=FiguresOut,
    url_name="coverage-unit-series",
    summary="A unit's figures day by day",
)
def unit_series(
    request: HttpRequest,
    code: UnitCode,
    first: Day | None = None,
    last: Day | None = None,
    codes: Codes = "",
    sector: SectorIn = "",
) -> FiguresOut:
    first, last = _days(first, last)
    unit = subjects.seen_unit(_officer(request), code.replace("\0", ""), last)
    return _answer(Subject(UNIT, unit.pk, sector), unit.code, unit.full_name, codes, first, last)


@router.get(
    "/coverage/agencies/{agency_id}",
    response=FiguresOut,
    url_name="coverage-agency",
    summary="An agency's figures of a day",
)
def agency_figures(
    request: HttpRequest, agency_id: AgencyId, day: Day | None = None, codes: Codes = "", sector: SectorIn = ""
) -> FiguresOut:
    agency = subjects.seen_agency(_officer(request), agency_id)
    on = _day(day)
    return _answer(Subject(AGENCY, agency.pk, sector), str(agency.pk), agency.name, codes, on, on)


@router.get(
    "/coverage/agencies/{agency_id}/series",
    response=FiguresOut,
    url_name="coverage-agency-series",
    summary="An agency's figures day by day",
)
def agency_series(
    request: HttpRequest,
    agency_id: AgencyId,
    first: Day | None = None,
    last: Day | None = None,
    codes: Codes = "",
    sector: SectorIn = "",
) -> FiguresOut:
    first, last = _days(first, last)
    agency = subjects.seen_agency(_officer(request), agency_id)
    return _answer(Subject(AGENCY, agency.pk, sector), str(agency.pk), agency.name, codes, first, last)


def _day(day: date | None) -> date:
    return day or figures.latest_day() or clock.local_day(clock.now())


def _days(first: date | None, last: date | None) -> tuple[date, date]:
    """The days asked for; the thirty that end with the last, or with the latest that was counted."""
    last = _day(last)
    return first or last - timedelta(days=29), last


def _officer(request: HttpRequest) -> Officer:
    return cast(Officer, request.user)


def _answer(subject: Subject, code: str, name: str, codes: str, first: date, last: date) -> FiguresOut:
    """The figures named, all when none is, of every day from the first to the last.

    raises   UnknownIndicator, TooManyDays
    """
    if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
        raise TooManyDays(field="first", most=MOST_DAYS)
    named = [indicator(part.strip()).code for part in codes.split(",") if part.strip()]
    found = figures.series(subject, dict.fromkeys(named or indicators()), first, last)
    shown = [_shown(figure) for daily in found.values() for figure in daily]
    return FiguresOut(kind=cast(Any, subject.kind), code=code, name=name, sector=subject.sector, figures=shown)


def _shown(figure: Figure) -> FigureOut:
    names = ("indicator", "day", "value", "numerator", "denominator", "as_of", "suppressed", "supplied")
    return FigureOut(**{name: getattr(figure, name) for name in names})
