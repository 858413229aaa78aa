"""The engine over sealed visits: SQL narrows, day by day, to the stays that can matter; memory works out the rest.

A person's tokens are made in memory from the day keys and go in as arrays; the tokens that come out are opened in memory
again, so no key ever enters SQL. A stay lies in the table as day pieces, which are joined here after opening them.
Persons are the canonical ids of `people`: whoever is asked about is looked for under every alias, and found as one.
Days whose key or partition is gone can't be asked and count as empty.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db import connection

from dauchan.kernel import clock
from dauchan.kernel.intervals import Interval
from dauchan.kernel.keyring import Keyring
from dauchan.kernel.sealing import seal_all, unseal_all
from dauchan.people.queries import aliases_of, expand
from dauchan.tracing.engines.base import Encounter, Exposure, PersonId, Pieces, PlaceId, PointId, Stay
from dauchan.tracing.engines.memory import MemoryEngine
from dauchan.visits.rules import DepartedBy

DEPARTED_BY = {kind.value: kind.name.lower() for kind in DepartedBy}


@dataclass(frozen=True, slots=True)
class Piece:
    """One day's part of a stay, opened."""

    person: UUID
    place: int
    point: int
    arrived_at: datetime
    seen_until: datetime
    latest_departure: datetime
    departed_at: datetime
    departed_by: int
    continues_before: bool
    continues_after: bool


class PostgresEngine:
    """Answers the questions of `Engine` from the visit table of this installation."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._days = frozenset(keyring.days())

    def first_exposures(self, carriers: Pieces, window: Interval) -> dict[PersonId, Exposure]:
        return self._exposures(carriers, window, FIRST_EXPOSURES, 1)

    def last_exposures(self, receivers: Pieces, window: Interval) -> dict[PersonId, Exposure]:
        return self._exposures(receivers, window, LAST_EXPOSURES, -1)

    def encounters(
        self, persons: Pieces, window: Interval, *, pairs: Mapping[PersonId, PersonId] | None = None
    ) -> list[Encounter]:
        cut = _cut(persons, window)
        own = self._pieces_of(cut)
        others = self._met(own, cut) if pairs is None else self._met_in_pairs(own, cut, pairs)
        reference = MemoryEngine(_joined([*own, *others]))
        return reference.encounters(persons, window, pairs=pairs)

    def places_of(self, persons: Pieces, window: Interval) -> list[Stay]:
        cut = _cut(persons, window)
        return MemoryEngine(_joined(self._pieces_of(cut, margin=True))).places_of(persons, window)

    def crowding(self, place: PlaceId, point: PointId, window: Interval) -> int:
        present: set[UUID] = set()
        for day in self._days_of([window]):
            rows = _rows(PRESENT, {"day": day, "point": point, "place": place, "from": window.start, "to": window.end})
            present.update(unseal_all(self._keyring.day_key(day), (token for (token,) in rows)))
        return len(set(_canonical(present).values()))

    # --- the persons asked about --------------------------------------------------------------------------------------

    def _pieces_of(self, cut: Mapping[UUID, Interval], *, margin: bool = False) -> list[Piece]:
        """The day pieces of these persons that touch their time; with `margin` also those that continue into it."""
        names = expand(list(cut))
        by_day: dict[date, list[tuple[UUID, UUID]]] = defaultdict(list)
        for person, time in cut.items():
            for day in self._days_of([_with_margin(time) if margin else time]):
                by_day[day].extend((alias, person) for alias in names.get(person, [person]))
        pieces = [piece for day, people in sorted(by_day.items()) for piece in self._day_of(day, people)]
        return pieces if margin else [each for each in pieces if _touches(each, cut[each.person])]

    def _day_of(self, day: date, people: Sequence[tuple[UUID, UUID]]) -> Iterator[Piece]:
        """One day of some people, given as (id in the rows, canonical id)."""
        tokens = seal_all(self._keyring.day_key(day), (alias for alias, _ in people))
        owner = {token: person for token, (_, person) in zip(tokens, people, strict=True)}
        for token, *columns in _rows(STAYS_OF, {"day": day, "tokens": tokens}):
            yield Piece(owner[bytes(token)], *columns)

    # --- those whom they met ------------------------------------------------------------------------------------------

    def _met(self, own: Sequence[Piece], cut: Mapping[UUID, Interval]) -> list[Piece]:
        """The pieces of everybody else that overlap these pieces in their time."""
        found: list[Piece] = []
        for day, spans in _spans_by_day(own, cut).items():
            rows = _rows(OVERLAPPING, {"day": day, **_columns(_merged(spans))})
            found.extend(self._opened(day, rows))
        mine = set(own)
        return [piece for piece in found if piece not in mine]

    def _met_in_pairs(
        self, own: Sequence[Piece], cut: Mapping[UUID, Interval], pairs: Mapping[PersonId, PersonId]
    ) -> list[Piece]:
        """As `_met`, for those pairs alone: the source's spans, the target's tokens, matched in the database."""
        sources = {source: number for number, source in enumerate(sorted(set(pairs.values())))}
        targets = expand([cast("UUID", target) for target in pairs])
        found: list[Piece] = []
        for day, spans in _spans_by_day(own, cut).items():
            here = [span for span in spans if span.person in sources]
            present = {span.person for span in here}
            met = [(alias, sources[pairs[each]]) for each, aliases in targets.items() if pairs[each] in present for alias in aliases]
            tokens = seal_all(self._keyring.day_key(day), (alias for alias, _ in met))
            numbers = {"sources": [sources[span.person] for span in here], "tokens": tokens, "by": [by for _, by in met]}
            found.extend(self._opened(day, _rows(OVERLAPPING_PAIRS, {"day": day, **_columns(here), **numbers})))
        mine = set(own)
        return [piece for piece in found if piece not in mine]

    def _exposures(self, persons: Pieces, window: Interval, question: str, sign: int) -> dict[PersonId, Exposure]:
        cut = _cut(persons, window)
        own = self._pieces_of(dict.fromkeys(cut, window))
        best = _among_themselves(own, persons, window, sign)
        met: dict[UUID, tuple[datetime, PersonId]] = {}
        for day, spans in _spans_by_day(own, cut).items():
            self._meet_on(day, spans, question, sign, met)
        outside = {person: Exposure(at, via) for person, (at, via) in met.items() if person not in cut}
        return best | cast("dict[PersonId, Exposure]", outside)

    def _meet_on(
        self, day: date, spans: "list[Span]", question: str, sign: int, best: dict[UUID, tuple[datetime, PersonId]]
    ) -> None:
        """Better the labels in `best` by one day's meetings; ties go to the lowest person."""
        rows = _rows(question, {"day": day, **_columns(_merged(spans))})
        carriers = _Carriers(spans, sign)
        people = unseal_all(self._keyring.day_key(day), (row[0] for row in rows))
        names = _canonical(people)
        for person, (_, point, at) in zip(people, rows, strict=True):
            target = names[person]
            known = best.get(target)
            if known is None or (at < known[0] if sign > 0 else at > known[0]):
                best[target] = (at, carriers.lowest(point, at))
            elif at == known[0]:
                best[target] = min(known, (at, carriers.lowest(point, at)), key=lambda label: cast("UUID", label[1]))

    def _opened(self, day: date, rows: Sequence[tuple[Any, ...]]) -> list[Piece]:
        people = unseal_all(self._keyring.day_key(day), (row[0] for row in rows))
        names = _canonical(people)
        return [Piece(names[person], *row[1:]) for person, row in zip(people, rows, strict=True)]

    def _days_of(self, times: Iterable[Interval]) -> list[date]:
        """The local days of these times that can still be read."""
        return sorted({day for time in times for day in _local_days(time)} & self._days)


# --- SQL --------------------------------------------------------------------------------------------------------------

STAYS_OF = """
select visit.token, visit.place_id, visit.point_id, visit.arrived_at, visit.seen_until, visit.latest_departure,
       visit.departed_at, visit.departed_by, visit.continues_before, visit.continues_after
from visits_visit visit
where visit.day = %(day)s
  and visit.token = any(%(tokens)s::bytea[])
"""

OVERLAPPING = """
select visit.token, visit.place_id, visit.point_id, visit.arrived_at, visit.seen_until, visit.latest_departure,
       visit.departed_at, visit.departed_by, visit.continues_before, visit.continues_after
from unnest(%(points)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) span (point_id, start, until)
join visits_visit visit
  on visit.day = %(day)s
 and visit.point_id = span.point_id
 and visit.arrived_at < span.until
 and visit.latest_departure > span.start
"""

OVERLAPPING_PAIRS = """
with span as materialized (
    select *
    from unnest(
        %(points)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[], %(sources)s::integer[]
    ) span (point_id, start, until, source)
), pair as materialized (
    select * from unnest(%(tokens)s::bytea[], %(by)s::integer[]) pair (token, source)
)
select distinct visit.token, visit.place_id, visit.point_id, visit.arrived_at, visit.seen_until,
       visit.latest_departure, visit.departed_at, visit.departed_by, visit.continues_before, visit.continues_after
from span
join visits_visit visit
  on visit.day = %(day)s
 and visit.point_id = span.point_id
 and visit.arrived_at < span.until
 and visit.latest_departure > span.start
join pair on pair.token = visit.token and pair.source = span.source
"""

FIRST_EXPOSURES = """
select visit.token, visit.point_id, min(greatest(visit.arrived_at, span.start))
from unnest(%(points)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) span (point_id, start, until)
join visits_visit visit
  on visit.day = %(day)s
 and visit.point_id = span.point_id
 and visit.arrived_at < span.until
 and visit.latest_departure > span.start
where visit.arrived_at < visit.latest_departure
group by visit.token, visit.point_id
"""

LAST_EXPOSURES = """
select visit.token, visit.point_id, max(least(visit.latest_departure, span.until))
from unnest(%(points)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) span (point_id, start, until)
join visits_visit visit
  on visit.day = %(day)s
 and visit.point_id = span.point_id
 and visit.arrived_at < span.until
 and visit.latest_departure > span.start
where visit.arrived_at < visit.latest_departure
group by visit.token, visit.point_id
"""

PRESENT = """
select distinct visit.token
from visits_visit visit
where visit.day = %(day)s
  and visit.point_id = %(point)s
  and visit.place_id = %(place)s
  and visit.arrived_at < %(to)s
  and visit.latest_departure > %(from)s
  and visit.arrived_at < visit.latest_departure
"""


def _rows(question: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchall()


# --- pieces and spans -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """The time for which one person matters at one point on one day."""

    person: UUID
    point: int
    start: datetime
    end: datetime


class _Carriers:
    """Who was where when, to name the lowest person present at an instant (`sign` -1: about to leave at it)."""

    def __init__(self, spans: Iterable[Span], sign: int) -> None:
        self._by_point: dict[int, list[Span]] = defaultdict(list)
        for span in sorted(spans, key=lambda each: each.person):
            self._by_point[span.point].append(span)
        self._forward = sign > 0

    def lowest(self, point: int, at: datetime) -> UUID:
        for span in self._by_point[point]:
            if (span.start <= at < span.end) if self._forward else (span.start < at <= span.end):
                return span.person
        raise LookupError("a meeting without a carrier")


def _cut(persons: Pieces, window: Interval) -> dict[UUID, Interval]:
    cut = ((cast("UUID", person), time.overlap(window)) for person, time in persons.items())
    return {person: time for person, time in cut if time is not None}


def _local_days(time: Interval) -> list[date]:
    first, last = clock.local_day(time.start), clock.local_day(time.end - timedelta(microseconds=1))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _touches(piece: Piece, time: Interval) -> bool:
    return piece.arrived_at < time.end and piece.latest_departure > time.start


def _with_margin(time: Interval) -> Interval:
    """A day more on both sides: the outer pieces of stays that run over midnight."""
    return Interval(time.start - timedelta(days=1), time.end + timedelta(days=1))


def _spans_by_day(own: Iterable[Piece], cut: Mapping[UUID, Interval]) -> dict[date, list[Span]]:
    spans: dict[date, list[Span]] = defaultdict(list)
    for piece in own:
        time = cut[piece.person]
        start, end = max(piece.arrived_at, time.start), min(piece.latest_departure, time.end)
        if start < end:
            spans[clock.local_day(piece.arrived_at)].append(Span(piece.person, piece.point, start, end))
    return spans


def _merged(spans: Iterable[Span]) -> list[Span]:
    """The same time at each point without overlaps, so that a crowd of carriers asks about it once."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.point, each.start)):
        last = merged[-1] if merged else None
        if last and last.point == span.point and span.start <= last.end:
            merged[-1] = Span(last.person, last.point, last.start, max(last.end, span.end))
        else:
            merged.append(span)
    return merged


def _columns(spans: Sequence[Span]) -> dict[str, list[Any]]:
    return {
        "points": [span.point for span in spans],
        "starts": [span.start for span in spans],
        "ends": [span.end for span in spans],
    }


def _canonical(people: Iterable[UUID]) -> dict[UUID, UUID]:
    """Each id with the id that stands for the person today."""
    ids = set(people)
    return {each: each for each in ids} | aliases_of(ids)


def _among_themselves(own: Sequence[Piece], persons: Pieces, window: Interval, sign: int) -> dict[PersonId, Exposure]:
    """The exposures of the persons asked about by one another."""
    if len(persons) < 2:
        return {}
    reference = MemoryEngine(_joined(own))
    ask = reference.first_exposures if sign > 0 else reference.last_exposures
    return ask(persons, window)


def _joined(pieces: Iterable[Piece]) -> list[Stay]:
    """Whole stays from day pieces: same person and point, one going on where the other begins."""
    stays: list[list[Piece]] = []
    ordered = sorted(set(pieces), key=lambda each: (each.person, each.place, each.point, each.arrived_at))
    for piece in ordered:
        last = stays[-1][-1] if stays else None
        if last is not None and _goes_on(last, piece):
            stays[-1].append(piece)
        else:
            stays.append([piece])
    return [_stay(parts) for parts in stays]


def _goes_on(earlier: Piece, later: Piece) -> bool:
    same = (earlier.person, earlier.place, earlier.point) == (later.person, later.place, later.point)
    return same and earlier.continues_after and later.continues_before and earlier.latest_departure == later.arrived_at


def _stay(parts: Sequence[Piece]) -> Stay:
    """`seen_until` is the end of the unbroken proof: a later piece counts only when the earlier was proven to its end."""
    first, last, seen = parts[0], parts[-1], parts[0].seen_until
    for part in parts[1:]:
        if seen < part.arrived_at:
            break
        seen = part.seen_until
    return Stay(
        person=first.person,
        place=first.place,
        point=first.point,
        arrived_at=first.arrived_at.astimezone(UTC),
        seen_until=seen.astimezone(UTC),
        latest_departure=last.latest_departure.astimezone(UTC),
        departed_at=last.departed_at.astimezone(UTC),
        departed_by=DEPARTED_BY[last.departed_by],
    )
