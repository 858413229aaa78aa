"""Reports that a poster hangs where it does not belong: anybody tells, the place's owner and its officers close.

Nothing is kept of who told: how often, when first and last, and for which printing of which point.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, NotFound, TooMany
from dauchan.notify.budgets import Budget
from dauchan.places import rules
from dauchan.places.actions import locked, record
from dauchan.places.models import Place, Point, PosterReport

FROM_NETWORK = Budget("posters.reported_from", capacity=20, per_hour=20)
"""Reports from one network; mobile networks put thousands of phones behind one, and few find a wrong poster. Ours."""
AT_POINT = Budget("posters.reported_at", capacity=30, per_hour=30)
"""Reports of one point: who told before said it already. Ours."""
SHOWN = 10


class TooManyReports(TooMany):
    vi = "Mạng này vừa gửi nhiều báo cáo. Hãy báo cho người trực, hoặc thử lại sau một giờ."
    en = "This network sent many reports just now. Tell the gate keeper, or try again in an hour."


class NoteMissing(BadInput):
    vi = "Hãy ghi đã làm gì, ví dụ: đã gỡ tờ dán sai."
    en = "Say what was done, for example: the wrong sheet was taken down."


def report(point: Point, serial: int, *, network: str, now: datetime) -> None:
    """Somebody says that the poster with this printing of a point hangs elsewhere; told again it is counted.

    raises   TooManyReports
    """
    if not FROM_NETWORK.take(network, now=now):
        raise TooManyReports(seconds=3600)
    if not AT_POINT.take(str(point.pk), now=now):
        return
    with transaction.atomic():
        told, is_new = PosterReport.objects.get_or_create(
            point=point, serial=serial, closed_at=None, defaults={"first_at": now, "last_at": now}
        )
        if is_new:
            detail = {"place": point.place_id, "point": point.pk, "serial": serial}
            audit.record("place.poster_reported", by=None, unit=point.place.unit_id, at=now, detail=detail)
        else:
            PosterReport.objects.filter(pk=told.pk).update(count=F("count") + 1, last_at=now)


def reports_of(place_id: int) -> list[PosterReport]:
    """The reports of a place's posters: the open ones, then those closed last."""
    found = PosterReport.objects.filter(point__place=place_id).select_related("point")
    return list(found.order_by(F("closed_at").desc(nulls_first=True), "-last_at", "-pk")[:SHOWN])


def reported_among(place_ids: Iterable[int]) -> set[int]:
    """Those of some places of whose posters a report is open."""
    found = PosterReport.objects.filter(closed_at__isnull=True, point__place__in=list(place_ids))
    return set(found.values_list("point__place_id", flat=True))


@transaction.atomic
def close_report(place_id: int, report_id: int, note: str, *, by: Officer, now: datetime) -> None:
    """Close a report as an officer, with what was done.

    raises   NotFound, NotPermitted, NoteMissing, TextNotAllowed
    """
    close_at(locked(place_id, by, "place.edit", clock.local_day(now)), report_id, note, by=by, now=now)


@transaction.atomic
def close_at(place: Place, report_id: int, note: str, *, by: Officer | None, now: datetime) -> None:
    """Close a report of a place that is in the right hands; `by` is None for its owner or staff.

    raises   NotFound, NoteMissing, TextNotAllowed
    """
    told = PosterReport.objects.select_for_update().filter(pk=report_id, point__place=place).first()
    if told is None:
        raise NotFound
    clean = rules.clean_text(note, name="note", limit=rules.REASON_LENGTH)
    if not clean:
        raise NoteMissing(field="note")
    if told.closed_at is None:
        told.closed_at, told.note = now, clean
        told.save(update_fields=["closed_at", "note"])
        record("poster_report_closed", place, by=by, now=now, reason=clean)
