"""What stands around a report's figures: the parts of its subject, who lies beside it, sectors, channels, its map."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils import translation

from dauchan.agencies.guiding import given_between
from dauchan.coverage import maps
from dauchan.coverage.figures import Subject
from dauchan.coverage.overview import CHANNEL_NAMES
from dauchan.coverage.reaches import reaches_on
from dauchan.coverage.silent import unused_on
from dauchan.coverage.standing import channels
from dauchan.directives.reminded import reminders_between
from dauchan.guides.reach import spread_between
from dauchan.guides.reading import read_within
from dauchan.inspections.models import Result
from dauchan.inspections.outcomes import results_between
from dauchan.reports.snapshot import Drawn, Row, Shown, Unused
from dauchan.units import agencies, positions, queries
from dauchan.units.models import Agency, Level, Sector, Unit
from dauchan.units.rules import bare_name

UNUSED_NAMED = 50
"""How many places without a check-in a report names; of the rest it says how many. Ours."""


def parts_of(subject: Unit | Agency, on: date) -> list[Row]:
    """All units, or all agencies, below a subject on a day; units before their parts."""
    if isinstance(subject, Agency):
        return _agencies_below(subject, on)
    found: list[Row] = []
    waiting = [subject]
    for above in waiting:
        for unit in queries.children(above, on) if above.level != Level.COMMUNE else ():
            waiting.append(unit)
            found.append(Row(unit.pk, unit.name, {}, unit.code, unit.level, above.pk))
    return found


def _agencies_below(subject: Agency, on: date) -> list[Row]:
    """The agencies below one, each as a part of the nearest that it counts in and that is among them, else of it."""
    within = agencies.agencies_in_force(on).filter(id__in=agencies.agency_ids_within([subject.pk], on))
    names = dict(within.exclude(pk=subject.pk).order_by("search_key", "pk").values_list("pk", "name"))
    above = reaches_on(on).above
    parents = {one: next((each for each in above([one])[1:] if each in names), subject.pk) for one in names}
    return [Row(one, name, {}, level="agency", parent=parents[one]) for one, name in names.items()]


def beside(subject: Unit | Agency, on: date) -> list[int]:
    """Ids of a subject and of those that lie beside it: what it can be ranked among."""
    if isinstance(subject, Agency):
        same = agencies.agencies_in_force(on).filter(parent_id=subject.parent_id, kind=subject.kind)
        return list(same.order_by("pk").values_list("pk", flat=True)) if subject.parent_id else [subject.pk]
    if subject.parent is None:
        return [unit.pk for unit in queries.provinces(on)]
    return [unit.pk for unit in queries.children(subject.parent, on)]


def above(issuer: Agency) -> str:
    """The office that stands above an issuer in the head of its papers; "" for none."""
    return issuer.parent.name if issuer.parent else ""


def seat(issuer: Agency) -> str:
    """The place that stands before the date."""
    return bare_name(issuer.unit.name)


def sectors() -> list[Row]:
    """A row without figures for each sector."""
    return [
        Row(number, _in("vi", label), {}, code=code, level="sector", name_en=_in("en", label))
        for number, (code, label) in enumerate(_sector_labels(), 1)
    ]


def _sector_labels() -> list[tuple[str, object]]:
    return [(sector.value, sector.label) for sector in Sector]


def _in(language: str, label: object) -> str:
    with translation.override(language):
        return str(label)


def by_channel(key: Subject, days: Sequence[date]) -> list[Row]:
    """The scans and check-ins of some days by the way they came, most first; an integrator stands by its name."""
    told: dict[tuple[str, str], list[int]] = {}
    for day in days:
        for one in channels(key, day):
            sums = told.setdefault((one.channel, one.name), [0, 0])
            sums[0], sums[1] = sums[0] + one.scans, sums[1] + one.check_ins
    ordered = sorted(told.items(), key=lambda item: -item[1][0])
    return [
        Row(
            number,
            name or _in("vi", CHANNEL_NAMES[channel]),
            {"scans": Shown(scans), "check_ins": Shown(check_ins)},
            code=channel,
            level="channel",
            name_en=name or _in("en", CHANNEL_NAMES[channel]),
        )
        for number, ((channel, name), (scans, check_ins)) in enumerate(ordered, 1)
    ]


def reminders(subject: Unit | Agency, first: date, last: date) -> dict[str, int]:
    """Reminders sent about what is the subject's, and to how many; {} for none."""
    urged = reminders_between(*_within(subject, last), first, last)
    return {"sent": urged.letters, "subjects": urged.subjects} if urged.letters else {}


def inspections(subject: Unit | Agency, first: date, last: date) -> dict[str, int]:
    """Inspections made there by what they found; {} for none."""
    found = results_between(*_within(subject, last), first, last)
    if not found:
        return {}
    missing, unseen = found.get(Result.MISSING, 0), found.get(Result.UNSEEN, 0)
    made = sum(found.values())
    return {"made": made, "displayed": made - missing - unseen, "missing": missing, "unseen": unseen}


def spreading(subject: Unit | Agency, first: date, last: date) -> dict[str, int]:
    """Sessions of guidance, broadcasts of guides, and confirmations that guides were read; {} for none of them."""
    unit_ids, agency_ids = _within(subject, last)
    given = given_between(unit_ids, agency_ids, first, last)
    spread = spread_between(unit_ids, agency_ids, first, last)
    read = read_within(unit_ids, agency_ids, last)
    told = {"sessions": given.sessions, "people": given.people, "times": spread.times, "audience": spread.audience}
    told |= {"expected": read.expected, "read": read.read}
    return told if any(told.values()) else {}


def unused(key: Subject, on: date) -> tuple[list[Unused], int]:
    """The first places without a check-in on a day, by name, and how many there are."""
    found, count = unused_on(key, on, limit=UNUSED_NAMED)
    return [Unused(one.place.name, one.place.unit, one.last_day) for one in found], count


def _within(subject: Unit | Agency, on: date) -> tuple[Iterable[int], Iterable[int]]:
    """Ids of the units and of the agencies that are a subject's on a day."""
    if isinstance(subject, Agency):
        return (), agencies.agency_ids_within([subject.pk], on)
    return queries.unit_ids_within(subject, on), ()


def drawing(subject: Unit | Agency, on: date) -> Drawn | None:
    """The shapes of a unit's direct parts; None for agencies, and for a unit without two parts."""
    parts = queries.children(subject, on) if isinstance(subject, Unit) and subject.level != Level.COMMUNE else []
    if len(parts) < 2:
        return None
    outlines = positions.outlines(parts)
    drawn = maps.outlined(outlines) if len(outlines) == len(parts) else maps.tiled(_middles(parts))
    shapes = {each: (shape.path, float(shape.x), float(shape.y)) for each, shape in drawn.shapes.items()}
    return Drawn(shapes, float(drawn.width), float(drawn.height), drawn.tiled)


def _middles(parts: Iterable[Unit]) -> dict[int, tuple[float, float] | None]:
    return {each: maps.middle(known) for each, known in positions.centres(parts).items()}
