"""Counts that other slices keep, laid on the subjects of a day: registers, inspections, agencies, staff, residents.

Each slice tells its counts as they stood at the end of the day, by unit, agency and sector; whose figures they are is
said by `reaches`. A count that nobody keeps for a subject is missing: not known is not zero.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from dauchan.agencies import queries as agencies
from dauchan.agencies.joining import staff_joined
from dauchan.coverage.definitions import thresholds
from dauchan.coverage.models import AGENCY, UNIT, PlaceUse
from dauchan.coverage.reaches import Reaches
from dauchan.inspections import queries as inspections
from dauchan.kernel import clock
from dauchan.people.counting import residents_with_pass
from dauchan.registers import queries as registers
from dauchan.units.agencies import agencies_in_force

Counts = dict[tuple[str, int, str], Counter[str]]
"""Columns of a day's counts by kind, subject and sector ("" for all)."""


def counts_on(day: date, reaches: Reaches) -> Counts:
    """What the other slices count for a day."""
    found: Counts = defaultdict(Counter)
    for entry in registers.should_exist(day):
        _add(found, reaches, entry.unit_id, entry.agency_id, entry.sector, should_exist=entry.premises, matched=0)
    for entry in registers.matched(day):
        _add(found, reaches, entry.unit_id, entry.agency_id, entry.sector, matched=entry.premises)
    for seen in inspections.displayed(day):
        counted = {"inspected": seen.inspected, "displayed": seen.displayed}
        _add(found, reaches, seen.unit_id, seen.agency_id, seen.sector, **counted)
    _add_ratios(found, reaches, day)
    _add_agencies(found, reaches, day)
    _add_staff(found, reaches, day)
    _add_residents(found, reaches, day)
    return found


def _add(found: Counts, reaches: Reaches, unit_id: int, agency_id: int | None, sector: str, **counts: int) -> None:
    for kind, subject in reaches.of(unit_id, agency_id):
        for each in ("", sector):
            found[kind, subject, each].update(counts)


def _add_ratios(found: Counts, reaches: Reaches, day: date) -> None:
    """Visitors counted on the spot in the last days, and how many of them scanned: never more than were counted."""
    first = day - timedelta(days=thresholds(day).counted_days - 1)
    told = [each for each in inspections.counts_between(first, day) if each.scans is not None]
    places = PlaceUse.objects.in_bulk({each.place_id for each in told})
    for each in told:
        if (place := places.get(each.place_id)) is not None:
            counted = {"counted_visitors": each.visitors, "counted_scans": min(each.scans or 0, each.visitors)}
            _add(found, reaches, place.unit_id, place.agency_id, place.sector, **counted)


def _add_agencies(found: Counts, reaches: Reaches, day: date) -> None:
    """Agencies count in the units where they sit, in themselves and in those that they belong to."""
    rows = list(agencies_in_force(day).values_list("id", "unit_id", "sector"))
    attested = agencies.attested([agency for agency, *_ in rows], day)
    named = agencies.focal_officer_counts(day).keys()
    for agency, unit, sector in rows:
        counts = {"agencies": 1, "attested": agency in attested, "focal_officers": agency in named}
        for key in _subjects(reaches, unit, agency):
            for each in ("", sector):
                found[(*key, each)].update({name: int(count) for name, count in counts.items()})


def _add_staff(found: Counts, reaches: Reaches, day: date) -> None:
    """Who joined by an agency's code counts there and above, each person once in each."""
    for agency in reaches.living:
        found[AGENCY, agency, ""].update(staff_joined=0)
    for agency, count in staff_joined(day, lambda joined: reaches.above([joined])).items():
        found[AGENCY, agency, ""].update(staff_joined=count)


def _subjects(reaches: Reaches, unit_id: int, agency_id: int) -> Iterable[tuple[str, int]]:
    yield from ((UNIT, unit) for unit in reaches.units_of(unit_id))
    yield from ((AGENCY, above) for above in reaches.agencies_of(unit_id, agency_id))


def _add_residents(found: Counts, reaches: Reaches, day: date) -> None:
    residents = residents_with_pass(clock.day_start(day + timedelta(days=1)))
    for unit in reaches.levels:
        found[UNIT, unit, ""].update(residents_with_pass=0)
    for unit, count in residents.items():
        for above in reaches.units_of(unit):
            found[UNIT, above, ""].update(residents_with_pass=count)
