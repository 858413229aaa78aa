"""The engine over sealed visits: SQL narrows, day by day, to the stays that can matter; memory works out the rest.

Tokens of people are made in memory from the day keys and go in as arrays; tokens that come out are opened in memory
again, so no key ever enters SQL. A stay lies in the table as day pieces, which are joined here after opening them.
Persons are canonical ids: whoever is asked about is looked for under every alias that `people` knows, and found as one.
Days whose key or partition is gone can't be asked and count as empty.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol, TypeAlias, cast
from uuid import UUID

from dauchan.kernel import clock
from dauchan.kernel.intervals import Interval
from dauchan.kernel.keyring import Keyring
from dauchan.kernel.sealing import seal_all, unseal_all
from dauchan.people import queries as registered_people
from dauchan.tracing.engines.base import Encounter, Exposure, PersonId, Pieces, PlaceId, PointId, Stay
from dauchan.tracing.engines.memory import MemoryEngine
from dauchan.visits import questions
from dauchan.visits.rules import DepartedBy

Meetings: TypeAlias = Callable[[date, questions.Spans], list[tuple[bytes, int, datetime]]]

MARGINS = (1, 7, 31)
"""Days around a time in which the rest of a stay is looked for; the longest stay of any setting is shorter."""
DEPARTED_BY = {kind.value: kind.name.lower() for kind in DepartedBy}


@dataclass(frozen=True, slots=True)
class Piece:
    """One day's part of a stay, opened: `record` is the id in the row, `person` the one that stands for the human."""

    record: UUID
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


@dataclass(frozen=True, slots=True)
class TellStay:
    """A stay that no scan proves, only somebody's word: wholly possible, not certain."""

    person: UUID
    place: int
    point: int
    window: Interval


class Aliases(Protocol):
    """Who knows which ids are one human; for an installation that is `people.queries`."""

    def aliases_of(self, people: Iterable[UUID]) -> dict[UUID, UUID]:
        """Each id with its canonical id."""

    def expand(self, people: Iterable[UUID]) -> dict[UUID, list[UUID]]:
        """The canonical id of each person with every id of that human."""


class PostgresEngine:
    """Answers the questions of `Engine` from the visit table that the connection leads to.

    `told` are stays added to those in the table, for people who are asked about.
    """

    def __init__(self, keyring: Keyring, *, told: Sequence[TellStay] = (), people: Aliases = registered_people) -> None:
        self._people = people
        self._keyring = keyring
        self._days = frozenset(keyring.days())
        self._told = told

    def first_exposures(self, carriers: Pieces, window: Interval) -> dict[PersonId, Exposure]:
        return self._exposures(carriers, window, questions.first_meetings, 1)

    def last_exposures(self, receivers: Pieces, window: Interval) -> dict[PersonId, Exposure]:
        return self._exposures(receivers, window, questions.last_meetings, -1)

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
        return MemoryEngine(_joined(self._whole(cut))).places_of(persons, window)

    def crowding(self, place: PlaceId, point: PointId, window: Interval) -> int:
        present: set[UUID] = set()
        for day in self._days_of([window]):
            tokens = questions.tokens_present(day, cast("int", place), cast("int", point), window.start, window.end)
            present.update(unseal_all(self._keyring.day_key(day), tokens))
        return len(set(self._canonical(present).values()))

    # --- the persons asked about --------------------------------------------------------------------------------------

    def _whole(self, cut: Mapping[UUID, Interval]) -> list[Piece]:
        """The pieces of the stays that touch their time, those on the days before and after included."""
        pieces: list[Piece] = []
        for margin in MARGINS:
            wide = {person: _with_margin(time, margin) for person, time in cut.items()}
            pieces = self._pieces_of(wide)
            if not any(_goes_beyond(piece, wide[piece.person]) for piece in pieces):
                break
        return pieces

    def _pieces_of(self, cut: Mapping[UUID, Interval]) -> list[Piece]:
        """The day pieces of these persons that touch their time."""
        names = self._people.expand(list(cut))
        by_day: dict[date, list[tuple[UUID, UUID]]] = defaultdict(list)
        for person, time in cut.items():
            for day in self._days_of([time]):
                by_day[day].extend((record, person) for record in names.get(person, [person]))
        pieces = [piece for day, people in sorted(by_day.items()) for piece in self._day_of(day, people)]
        pieces.extend(piece for stay in self._told if stay.person in cut for piece in _told_pieces(stay))
        return [each for each in pieces if _touches(each, cut[each.person])]

    def _day_of(self, day: date, people: Sequence[tuple[UUID, UUID]]) -> Iterator[Piece]:
        """One day of some people, given as (id in the rows, canonical id)."""
        tokens = seal_all(self._keyring.day_key(day), (record for record, _ in people))
        owners = dict(zip(tokens, people, strict=True))
        for row in questions.pieces_of(day, tokens):
            yield Piece(
                *owners[bytes(row.token)],
                place=row.place_id,
                point=row.point_id,
                arrived_at=row.arrived_at,
                seen_until=row.seen_until,
                latest_departure=row.latest_departure,
                departed_at=row.departed_at,
                departed_by=row.departed_by,
                continues_before=row.continues_before,
                continues_after=row.continues_after,
            )

    # --- those whom they met ------------------------------------------------------------------------------------------

    def _met(self, own: Sequence[Piece], cut: Mapping[UUID, Interval]) -> list[Piece]:
        """The pieces of everybody else that overlap these pieces in their time."""
        found: list[Piece] = []
        for day, spans in self._spans_by_day(own, cut).items():
            found.extend(self._opened(day, questions.pieces_overlapping(day, _columns(_merged(spans))), spans))
        return _without(found, own)

    def _met_in_pairs(
        self, own: Sequence[Piece], cut: Mapping[UUID, Interval], pairs: Mapping[PersonId, PersonId]
    ) -> list[Piece]:
        """As `_met`, for those pairs alone: the source's spans, the target's tokens, matched in the database."""
        sources = {source: number for number, source in enumerate(sorted(set(pairs.values())))}
        targets = self._people.expand([cast("UUID", target) for target in pairs])
        found: list[Piece] = []
        for day, spans in self._spans_by_day(own, cut).items():
            here = [span for span in spans if span.person in sources]
            present = {span.person for span in here}
            wanted = [each for each in targets if pairs[each] in present]
            met = [(alias, sources[pairs[each]]) for each in wanted for alias in targets[each]]
            tokens = seal_all(self._keyring.day_key(day), (alias for alias, _ in met))
            by = [number for _, number in met]
            numbers = [sources[span.person] for span in here]
            rows = questions.pieces_of_pairs(day, _columns(here), numbers, tokens, by)
            found.extend(self._opened(day, rows, here))
        return _without(found, own)

    def _exposures(self, persons: Pieces, window: Interval, question: Meetings, sign: int) -> dict[PersonId, Exposure]:
        cut = _cut(persons, window)
        own = self._pieces_of(dict.fromkeys(cut, window))
        best = _among_themselves(own, persons, window, sign)
        met: dict[UUID, tuple[datetime, PersonId]] = {}
        for day, spans in self._spans_by_day(own, cut).items():
            self._meet_on(day, spans, question, sign, met)
        outside = {person: Exposure(at, via) for person, (at, via) in met.items() if person not in cut}
        return best | cast("dict[PersonId, Exposure]", outside)

    def _meet_on(
        self, day: date, spans: "list[Span]", question: Meetings, sign: int, best: dict[UUID, tuple[datetime, PersonId]]
    ) -> None:
        """Better the labels in `best` by one day's meetings; ties go to the lowest person."""
        rows = question(day, _columns(_merged(spans)))
        carriers = _Carriers(spans, sign)
        people = unseal_all(self._keyring.day_key(day), (row[0] for row in rows))
        names = self._canonical(people)
        for person, (_, point, at) in zip(people, rows, strict=True):
            target = names[person]
            known = best.get(target)
            if known is None or (at < known[0] if sign > 0 else at > known[0]):
                best[target] = (at, carriers.lowest(point, at))
            elif at == known[0]:
                best[target] = min(known, (at, carriers.lowest(point, at)), key=lambda label: cast("UUID", label[1]))

    def _opened(self, day: date, rows: Sequence[questions.MetPiece], spans: Iterable["Span"]) -> list[Piece]:
        places = {span.point: span.place for span in spans}
        people = unseal_all(self._keyring.day_key(day), (row.token for row in rows))
        names = self._canonical(people)
        return [
            Piece(
                record,
                names[record],
                place=places[row.point_id],
                point=row.point_id,
                arrived_at=row.arrived_at,
                seen_until=row.seen_until,
                latest_departure=row.latest_departure,
                departed_at=row.latest_departure,
                departed_by=DepartedBy.ASSUMED,
                continues_before=row.continues_before,
                continues_after=row.continues_after,
            )
            for record, row in zip(people, rows, strict=True)
        ]

    def _spans_by_day(self, own: Iterable[Piece], cut: Mapping[UUID, Interval]) -> dict[date, list["Span"]]:
        """Where each person matters, day by day, for the days that can still be read."""
        spans: dict[date, list[Span]] = defaultdict(list)
        for piece in own:
            time, day = cut[piece.person], clock.local_day(piece.arrived_at)
            start, end = max(piece.arrived_at, time.start), min(piece.latest_departure, time.end)
            if start < end and day in self._days:
                spans[day].append(Span(piece.person, piece.place, piece.point, start, end))
        return spans

    def _canonical(self, people: Iterable[UUID]) -> dict[UUID, UUID]:
        """Each id with the id that stands for the person today."""
        ids = set(people)
        return {each: each for each in ids} | self._people.aliases_of(ids)

    def _days_of(self, times: Iterable[Interval]) -> list[date]:
        """The local days of these times that can still be read."""
        return sorted({day for time in times if time.start < time.end for day in _local_days(time)} & self._days)


# --- pieces and spans -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """The time for which one person matters at one point on one day."""

    person: UUID
    place: int
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


def _with_margin(time: Interval, days: int) -> Interval:
    return Interval(time.start - timedelta(days=days), time.end + timedelta(days=days))


def _goes_beyond(piece: Piece, time: Interval) -> bool:
    """Whether a stay may have more pieces outside this time."""
    before = piece.continues_before and piece.arrived_at <= time.start
    return before or (piece.continues_after and piece.latest_departure >= time.end)


def _without(found: Iterable[Piece], own: Iterable[Piece]) -> list[Piece]:
    """Those pieces that are not among their own, each once."""
    known = {(piece.record, piece.arrived_at, piece.point) for piece in own}
    fresh = {(piece.record, piece.arrived_at, piece.point): piece for piece in found}
    return [piece for key, piece in fresh.items() if key not in known]


def _told_pieces(stay: TellStay) -> Iterator[Piece]:
    record = UUID(int=stay.point)
    for day in _local_days(stay.window):
        part = clock.day_interval(day).overlap(stay.window)
        if part is not None:
            yield Piece(
                record,
                stay.person,
                place=stay.place,
                point=stay.point,
                arrived_at=part.start,
                seen_until=part.start,
                latest_departure=part.end,
                departed_at=part.end,
                departed_by=DepartedBy.ASSUMED,
                continues_before=part.start > stay.window.start,
                continues_after=part.end < stay.window.end,
            )


def _merged(spans: Iterable[Span]) -> list[Span]:
    """The same time at each point without overlaps, so that a crowd of carriers asks about it once."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.point, each.start)):
        last = merged[-1] if merged else None
        if last and last.point == span.point and span.start <= last.end:
            merged[-1] = replace(last, end=max(last.end, span.end))
        else:
            merged.append(span)
    return merged


def _columns(spans: Sequence[Span]) -> questions.Spans:
    return questions.Spans([s.point for s in spans], [s.start for s in spans], [s.end for s in spans])


def _among_themselves(own: Sequence[Piece], persons: Pieces, window: Interval, sign: int) -> dict[PersonId, Exposure]:
    """The exposures of the persons asked about by one another."""
    if len(persons) < 2:
        return {}
    reference = MemoryEngine(_joined(own))
    ask = reference.first_exposures if sign > 0 else reference.last_exposures
    return ask(persons, window)


def _joined(pieces: Iterable[Piece]) -> list[Stay]:
    """Whole stays from day pieces: same record and point, one going on where the other begins."""
    stays: list[list[Piece]] = []
    ordered = sorted(pieces, key=lambda each: (each.record, each.place, each.point, each.arrived_at))
    for piece in ordered:
        last = stays[-1][-1] if stays else None
        if last is not None and _goes_on(last, piece):
            stays[-1].append(piece)
        else:
            stays.append([piece])
    return [_stay(parts) for parts in stays]


def _goes_on(earlier: Piece, later: Piece) -> bool:
    same = (earlier.record, earlier.place, earlier.point) == (later.record, later.place, later.point)
    return same and earlier.continues_after and later.continues_before and earlier.latest_departure == later.arrived_at


def _stay(parts: Sequence[Piece]) -> Stay:
    """`seen_until` ends the unbroken proof: a later piece counts only when the earlier one was proven to its end."""
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
