"""Which share of visitors scans: written down by whoever counted them, read beside what scans alone can show.

How it is counted and estimated is decided above (`inspections`); here stand the newest figure of a place, of a setting
in a commune and of a commune, and the words for them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from dauchan.kernel import clock
from dauchan.places.models import Place, ScanShare


@dataclass(frozen=True)
class Figure:
    """A share between 0 and 1 with its interval, how many visitors it rests on, until when and by what (`rules`)."""

    share: float
    low: float
    high: float
    counted: int
    as_of: datetime
    basis: str


def note_scan_share(place_id: int, figure: Figure) -> None:
    """Write down the share of visitors who scan at a place; an older figure never replaces a newer one."""
    _note(figure, place_id=place_id)


def note_area_share(unit_id: int, figure: Figure, *, category_id: int | None = None) -> None:
    """Write down the share in a commune, or in one setting of it; an older figure never replaces a newer one."""
    _note(figure, unit_id=unit_id, category_id=category_id)


@transaction.atomic
def _note(figure: Figure, **of: int | None) -> None:
    kept = ScanShare.objects.select_for_update().filter(**of).first() or ScanShare(**of)
    if kept.pk and kept.as_of > figure.as_of:
        return
    for name in ("share", "low", "high", "counted", "as_of", "basis"):
        setattr(kept, name, getattr(figure, name))
    kept.save()


def scan_shares(place_ids: Iterable[int]) -> dict[int, ScanShare]:
    """The best figure for each place: its own, else that of its setting in its commune, else its commune's.

    A place for which none is known is missing from the answer.
    """
    rows = Place.objects.filter(pk__in=set(place_ids)).values_list("pk", "unit_id", "category_id")
    places = {pk: (unit_id, category_id) for pk, unit_id, category_id in rows}
    found = ScanShare.objects.filter(Q(place__in=places) | Q(unit__in={unit for unit, _ in places.values()}))
    own: dict[int | None, ScanShare] = {}
    areas: dict[tuple[int | None, int | None], ScanShare] = {}
    for share in found.select_related("unit", "category"):
        if share.place_id:
            own[share.place_id] = share
        else:
            areas[share.unit_id, share.category_id] = share
    best = {pk: own.get(pk) or areas.get(place) or areas.get((place[0], None)) for pk, place in places.items()}
    return {pk: share for pk, share in best.items() if share}


def area_share(unit_id: int) -> ScanShare | None:
    """The figure of a commune; None where none is known."""
    return ScanShare.objects.filter(unit=unit_id, category=None).select_related("unit").first()


def share_words(share: ScanShare | None) -> str:
    """The figure as a sentence that stands beside a list made from scans; without one, that nothing is known."""
    if share is None:
        return gettext("chưa biết bao nhiêu khách đã quét")
    told = {
        "share": _percent(share.share),
        "low": _percent(share.low),
        "high": _percent(share.high),
        "day": clock.local_day(share.as_of).strftime("%d/%m/%Y"),
        "count": share.counted,
        "area": f"{share.category}, {share.unit}" if share.category else str(share.unit),
    }
    if share.place_id:
        return gettext("khoảng %(share)s %% khách đã quét (%(low)s–%(high)s %%, kiểm tra ngày %(day)s)") % told
    return (
        gettext("khoảng %(share)s %% khách đã quét (%(low)s–%(high)s %%, ước tính chung của %(area)s ngày %(day)s)")
        % told
    )


def _percent(share: float) -> str:
    return str(round(100 * share))
