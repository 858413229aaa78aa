"""Entering figures that others counted: one by one, or from a file of which good lines are taken and bad ones told.

A figure is entered with the day that it holds for and its source; it is never altered, a newer one takes its place.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Sum

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.agencies.queries import Scope, scope_of
from dauchan.coverage import supplied
from dauchan.coverage.models import AGENCY, SOURCE_LENGTH, UNIT, SuppliedFigure
from dauchan.coverage.publishing import tells_of_few
from dauchan.coverage.suppression import ever_kept_back
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Conflict, NotPermitted
from dauchan.places.rules import clean_text
from dauchan.units import agencies, queries

PERMISSION = "register.edit"
LARGEST = 200_000_000
"""More than all people of the country; a larger number has digits too many. Ours."""
APP_LENGTH = 40
FAR = 10
"""Beyond so many times what was known before, or less than that part of it, is asked about. Ours: digits slip."""
WEIGHED = ("population", "smartphones", "headcount")
OF_UNITS = ("population", "smartphones", "installs")
OF_AGENCIES = ("headcount", "staff_with_pass")


class NotSupplied(BadInput):
    vi = "Chỉ tiêu này không nhập bằng tay cho loại đối tượng đó."
    en = "This indicator is not entered by hand for such a subject."


class ValueUnlikely(BadInput):
    vi = "Giá trị phải là số nguyên từ 0 đến {most}."
    en = "The value must be a whole number from 0 to {most}."


class NotYet(BadInput):
    vi = "Ngày số liệu chưa tới. Xem lại ngày."
    en = "The day of the figure has not come yet. Look again at the date."


class SourceMissing(BadInput):
    vi = "Hãy ghi nguồn số liệu, ví dụ: Niên giám thống kê 2025."
    en = "Say where the figure is from, for example: Statistical yearbook 2025."


class AppMissing(BadInput):
    vi = "Hãy ghi tên ứng dụng; chỉ lượt cài mới có tên ứng dụng."
    en = "Name the app; only installs have one."


class MoreThanHeads(Conflict):
    vi = "Số người có mã ({value}) lớn hơn số người làm việc ({heads}). Xem lại hai số."
    en = "More staff with a pass ({value}) than staff ({heads}). Look again at both."


class FarFromKnown(Conflict):
    vi = "{value} khác xa số đã biết là {known}. Xem lại; nếu đúng, chọn “Số này đúng” (trong tệp: ghi x ở cột ấy)."
    en = (
        "{value} is far from the {known} known before. Look again; if right, tick “The number is right” (in a file: x)."
    )


class MoreThanProvince(FarFromKnown):
    vi = "{value} nhiều hơn dân số cả tỉnh, {known}. Xem lại; nếu đúng, chọn “Số này đúng” (trong tệp: ghi x ở cột ấy)."
    en = "{value} is more than the province's {known}. Look again; if right, tick “The number is right” (in a file: x)."


@dataclass(frozen=True)
class Told:
    """One figure as somebody tells it: whose, which, how much, for which day, from where.

    sure   they looked again: it is right, however far from what was known
    """

    kind: str
    subject_id: int
    indicator: str
    value: int
    as_of_day: date
    source: str
    app: str = ""
    sure: bool = False


@transaction.atomic
def supply(told: Told, *, by: Officer | None, now: datetime) -> SuppliedFigure:
    """Enter a figure; `by` is None for the installation itself (the command line).

    raises   NotPermitted, and BadInput or Conflict with what is wrong
    """
    scope = Scope(everywhere=True) if by is None else scope_of(by, PERMISSION, clock.local_day(now))
    return enter(told, scope, by=by, now=now)


def enter(told: Told, scope: Scope, *, by: Officer | None, now: datetime) -> SuppliedFigure:
    """As `supply`, within a scope asked before; a figure told again as it stands is not entered twice."""
    unit_id = _checked_subject(told, scope)
    source, app = _checked(told, now)
    same = {
        "kind": told.kind,
        "subject_id": told.subject_id,
        "indicator": told.indicator,
        "app": app,
        "as_of_day": told.as_of_day,
    }
    newest = SuppliedFigure.objects.filter(**same).order_by("-id").first()
    if newest is not None and (newest.value, newest.source) == (told.value, source):
        return newest
    entered = SuppliedFigure.objects.create(**same, value=told.value, source=source, entered_by=by, entered_at=now)
    detail = {"kind": told.kind, "subject": told.subject_id, "indicator": told.indicator, "day": str(told.as_of_day)}
    detail |= {"sure": True} if told.sure else {}
    audit.record("figure.supplied", by=by, at=now, unit=unit_id, detail=detail)
    return entered


def _checked_subject(told: Told, scope: Scope) -> int:
    """The unit of the subject, which must exist on the figure's day and lie within the scope.

    raises   NotPermitted, NotSupplied
    """
    if told.indicator not in {UNIT: OF_UNITS, AGENCY: OF_AGENCIES}.get(told.kind, ()):
        raise NotSupplied(field="indicator")
    if told.kind == UNIT:
        unit = queries.in_force(told.as_of_day).filter(pk=told.subject_id).first()
        if unit is None or not scope.holds_unit(unit.pk):
            raise NotPermitted
        return unit.pk
    agency = agencies.agencies_in_force(told.as_of_day).filter(pk=told.subject_id).first()
    if agency is None or not scope.holds_agency(agency):
        raise NotPermitted
    return agency.unit_id


def _checked(told: Told, now: datetime) -> tuple[str, str]:
    """Source and app as they are kept."""
    source = clean_text(told.source, name="source", limit=SOURCE_LENGTH)
    app = clean_text(told.app, name="app", limit=APP_LENGTH)
    if not source:
        raise SourceMissing(field="source")
    if bool(app) != (told.indicator == "installs"):
        raise AppMissing(field="app")
    if not 0 <= told.value <= LARGEST:
        raise ValueUnlikely(field="value", most=f"{LARGEST:,}")
    if told.as_of_day > clock.local_day(now):
        raise NotYet(field="as_of_day")
    if told.indicator in WEIGHED and not told.sure:
        _check_weight(told)
    if told.indicator == "staff_with_pass":
        heads = supplied.values(["headcount"], told.as_of_day)(told.kind, told.subject_id, "headcount")
        if heads is not None and told.value > heads:
            raise MoreThanHeads(field="value", value=told.value, heads=heads)
    return source, app


def _check_weight(told: Told) -> None:
    """Hold a figure against what was known before; a commune's first population against that of its province.

    raises   FarFromKnown, MoreThanProvince
    """
    rows = SuppliedFigure.objects.filter(kind=told.kind, subject_id__in=supplied.rows_of(told.kind, told.subject_id))
    newest = rows.filter(indicator=told.indicator).order_by("-as_of_day", "-id").first()
    if newest is None:
        most = _of_province(told) if told.indicator == "population" else None
        if most and told.value > most:
            raise MoreThanProvince(field="value", value=_grouped(told.value), known=_grouped(most))
    elif newest.value and not _kept_secret(newest) and not newest.value / FAR <= told.value <= newest.value * FAR:
        raise FarFromKnown(field="value", value=_grouped(told.value), known=_grouped(newest.value))


def _kept_secret(figure: SuppliedFigure) -> bool:
    """Whether a figure is of few people, so that no fault may tell of it, nor be looked for until it shows."""
    few = figure.kind == AGENCY and tells_of_few(figure.value, None, figure.as_of_day)
    return few or ever_kept_back(figure.kind, figure.subject_id, figure.indicator)


def _of_province(told: Told) -> int | None:
    """The population of the province above a unit: what was supplied, or else the sum that the list of units has."""
    above = queries.ancestors(queries.units_of([told.subject_id])[0])
    if not above:
        return None
    own = supplied.values(["population"], told.as_of_day)(UNIT, above[0].pk, "population")
    below = queries.in_force(told.as_of_day).filter(level="commune", path__startswith=f"{above[0].path}.")
    return own or below.aggregate(sum=Sum("population"))["sum"]


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", "\u00a0")
