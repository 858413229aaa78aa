"""The list of places as a spreadsheet: the header that an import understands, owners under their masks."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.utils.translation import get_language

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.kernel import clock, exports
from dauchan.people.queries import masked
from dauchan.places import columns, queries
from dauchan.places.hours import OpeningHours
from dauchan.places.models import Place, Point

FIELDS = (
    "external_code",
    "name",
    "category",
    "unit",
    "address",
    "latitude",
    "longitude",
    "owner_name",
    "owner_phone",
    "agency",
    "capacity",
    "opening_hours",
    "points",
)
MORE = (("Số", "Number"), ("Tình trạng", "State"))
BATCH = 1000


@transaction.atomic
def export_places(officer: Officer, filters: queries.Filters, *, csv: bool, now: datetime) -> exports.Export:
    """Every place of the filtered list, in its order.

    raises   TooManyRows, RowsMissing
    """
    places = queries.narrowed(queries.visible_to(officer, "place.view", clock.local_day(now)), filters)
    language = 0 if (get_language() or "vi").startswith("vi") else 1
    headers = [columns.FIELDS[name][language] for name in FIELDS] + [names[language] for names in MORE]
    expected = places.count()
    if expected > exports.ROW_LIMIT:
        raise exports.TooManyRows(limit=exports.ROW_LIMIT)
    rows = _rows(places.select_related("category", "unit", "agency").order_by("sort_key", "id").iterator(BATCH))
    if csv:
        made = exports.csv_file(headers, rows, expected=expected)
    else:
        made = exports.xlsx(headers[1], headers, rows, expected=expected)
    audit.record("places.exported", by=officer, at=now, count=made.rows, detail={"sha256": made.sha256})
    return made


def _rows(places: Iterable[Place]) -> Iterator[list[exports.Cell]]:
    """Rows of all places, their owners and points fetched for many at a time."""
    remaining = iter(places)
    while some := list(islice(remaining, BATCH)):
        owners = masked({place.owner_id for place in some if place.owner_id})
        points: dict[int, list[str]] = {}
        listed = Point.objects.filter(place__in=some, active_to__isnull=True).order_by("number")
        for place_id, name in listed.values_list("place_id", "name"):
            points.setdefault(place_id, []).append(name)
        for place in some:
            owner = owners.get(place.owner_id) if place.owner_id else None
            yield [
                place.external_code or "",
                place.name,
                str(place.category),
                f"{place.unit.full_name}",
                place.address,
                place.latitude,
                place.longitude,
                owner.name if owner else "",
                owner.phone if owner else "",
                place.agency.name if place.agency else "",
                place.capacity,
                OpeningHours.read(place.opening_hours).text() if place.opening_hours else "",
                "; ".join(points.get(place.pk, [])),
                place.pk,
                place.get_state_display(),
            ]
