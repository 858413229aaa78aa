"""The engine over sealed visits: SQL finds who shared time with whom, day by day; what it means is put together here.

Tokens of people are made in memory from the day keys and go in as arrays; tokens that come out are opened in memory
again, so no key ever enters SQL. A stay lies in the table as day pieces: what two people shared is joined here.
Persons are canonical ids: whoever is asked about is looked for under every alias that `people` knows, and found as one.
Days whose key or partition is gone can't be asked and count as empty.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Protocol, TypeAlias, TypeVar, cast
from uuid import UUID

from msgspec.structs import replace

from dauchan.kernel.clock import local_day
from dauchan.kernel.intervals import Interval
from dauchan.kernel.keyring import Keyring
from dauchan.kernel.sealing import person_of, seal_all, seal_blocks, unseal_all, unseal_blocks
from dauchan.people import queries as registered_people
from dauchan.tracing.engines.base import Encounter, Exposure, PersonId, Pieces, PlaceId, PointId, Stay
from dauchan.tracing.engines.memory import MemoryEngine
from dauchan.tracing.engines.pieces import (
    Carriers,
    Piece,
    Span,
    TellStay,
    goes_beyond,
    joined,
    local_days,
    merged,
    told_pieces,
    touches,
    with_margin,
)
from dauchan.visits import questions

__all__ = ["PostgresEngine", "TellStay"]

Meetings: TypeAlias = Callable[[questions.Spans], list[tuple[bytes, int, datetime]]]
Label: TypeAlias = tuple[datetime, list[tuple[date, int]]]
"""An instant, and the days and points at which it was reached: several only when two points tie."""

Item = TypeVar("Item")
Days: TypeAlias = list[tuple[date, Sequence[Item]]]
_DAY = itemgetter(1)

FEW = 200
"""Up to so many tokens or spans, days are asked about together: round trips would cost more than the search. Ours."""
MARGINS = (1, 7, 31)
"""Days around a time in which the rest of a stay is looked for; the longest stay of any setting is shorter."""


class Aliases(Protocol):
    """Who knows which ids are one human; for an installation that is `people.queries`."""

    def merged_ids(self) -> set[UUID]:
        """Every id that stands for another."""

    def aliases_of(self, people: Iterable[UUID]) -> dict[UUID, UUID]:
        """Each id with its canonical id."""


class PostgresEngine:
    """Answers the questions of `Engine` from the visit table that the connection leads to.

    `told` are stays added to those in the table, for people who are asked about.
    """

    def __init__(self, keyring: Keyring, *, told: Sequence[TellStay] = (), people: Aliases = registered_people) -> None:
        self._people = people
        self._keyring = keyring
        self._days = frozenset(keyring.days())
        self._told = told
        self._asked: tuple[Pieces, Interval, dict[date, set[bytes]]] | None = None

    def first_exposures(self, carriers: Pieces, window: Interval) -> dict[PersonId, Exposure]:
        return self._exposures(carriers, window, questions.first_meetings, forward=True)

    def last_exposures(self, receivers: Pieces, window: Interval) -> dict[PersonId, Exposure]:
        return self._exposures(receivers, window, questions.last_meetings, forward=False)

    def encounters(
        self, persons: Pieces, window: Interval, *, pairs: Mapping[PersonId, PersonId] | None = None
    ) -> list[Encounter]:
        cut = _cut(persons, window)
        packed, names = (None, {}) if pairs is None else self._packed(cast("Mapping[UUID, UUID]", pairs))
        met = self._met_by(persons, window)
        found = _Joining()
        for group in _batches(self._spans_by_day(self._pieces_of(cut), cut), together=packed is None):
            spans = [span for _, here in group for span in here]
            here, rows = (spans, _asked(spans)) if packed is None else self._paired(group[0][0], spans, packed, met)
            rows.sort(key=_DAY)
            for row, record in zip(rows, self._opened(rows), strict=True):
                target = names.get(record) or names.setdefault(record, self._human(record))
                found.add(here[row[0] - 1], record, target, row)
        return found.all()

    def places_of(self, persons: Pieces, window: Interval) -> list[Stay]:
        whole = self._whole(_cut(persons, window))
        return MemoryEngine(joined(whole)).places_of(persons, window)

    def crowding(self, place: PlaceId, point: PointId, window: Interval) -> int:
        present: set[UUID] = set()
        for day in self._days_of(window):
            tokens = questions.tokens_present(day, cast("int", place), cast("int", point), window.start, window.end)
            present.update(unseal_all(self._keyring.day_key(day), tokens))
        return len({self._aliases.get(record, record) for record in present})

    # --- one human under several ids ----------------------------------------------------------------------------------

    @cached_property
    def _aliases(self) -> dict[UUID, UUID]:
        """Every id that stands for another, with the one it stands for; few, so read whole."""
        return self._people.aliases_of(self._people.merged_ids())

    @cached_property
    def _records(self) -> dict[UUID, list[UUID]]:
        """The ids in the rows of everybody who has several."""
        records: dict[UUID, list[UUID]] = defaultdict(list)
        for alias, canonical in self._aliases.items():
            records[canonical].append(alias)
        return records

    def _records_of(self, person: UUID) -> list[UUID]:
        return [person, *self._records.get(person, ())]

    # --- the persons asked about --------------------------------------------------------------------------------------

    def _whole(self, cut: Mapping[UUID, Interval]) -> list[Piece]:
        """The pieces of the stays that touch their time, those on the days before and after included."""
        pieces: list[Piece] = []
        for margin in MARGINS:
            wide = {person: with_margin(time, margin) for person, time in cut.items()}
            pieces = self._pieces_of(wide)
            if not any(goes_beyond(piece, wide[piece.person]) for piece in pieces):
                break
        return pieces

    def _pieces_of(self, cut: Mapping[UUID, Interval]) -> list[Piece]:
        """The day pieces of these persons that touch their time."""
        by_day: dict[date, list[tuple[UUID, UUID]]] = defaultdict(list)
        for person, time in cut.items():
            for day in self._days_of(time):
                by_day[day].extend((record, person) for record in self._records_of(person))
        pieces = [piece for group in _batches(sorted(by_day.items())) for piece in self._pieces_on(group)]
        pieces.extend(piece for stay in self._told if stay.person in cut for piece in told_pieces(stay))
        return [each for each in pieces if touches(each, cut[each.person])]

    def _pieces_on(self, days: Sequence[tuple[date, Sequence[tuple[UUID, UUID]]]]) -> Iterator[Piece]:
        """Some days, each with its people given as (id in the rows, canonical id)."""
        owners: dict[bytes, tuple[UUID, UUID]] = {}
        asked: list[date] = []
        for day, people in days:
            tokens = seal_all(self._keyring.day_key(day), (record for record, _ in people))
            owners.update(zip(tokens, people, strict=True))
            asked.extend([day] * len(people))
        for row in questions.pieces_of(asked, list(owners)):
            yield Piece(
                *owners[row.token],
                place=row.place_id,
                point=row.point_id,
                arrived_at=row.arrived_at,
                seen_until=row.seen_until,
                latest_departure=row.latest_departure,
                departed_at=row.departed_at,
                departed_by=row.departed_by,
                continues_before=row.continues_before,
                continues_after=row.continues_after,
                confidence=row.confidence,
                doubts=row.doubts,
            )

    def _spans_by_day(self, own: Iterable[Piece], cut: Mapping[UUID, Interval]) -> list[tuple[date, list[Span]]]:
        """Where each person matters, day by day, for the days that can still be read."""
        spans: dict[date, list[Span]] = defaultdict(list)
        for piece in own:
            time, day = cut[piece.person], local_day(piece.arrived_at)
            start, end = max(piece.arrived_at, time.start), min(piece.latest_departure, time.end)
            if start < end and day in self._days:
                spans[day].append(Span(piece, start, end))
        return sorted(spans.items())

    def _days_of(self, time: Interval) -> list[date]:
        """The local days of this time that can still be read."""
        return [day for day in local_days(time) if day in self._days] if time.start < time.end else []

    def _opened(self, rows: Sequence[questions.Meeting]) -> list[bytes]:
        """The ids in the rows behind tokens that come day after day."""
        opened: list[bytes] = []
        for day, here in groupby(rows, key=_DAY):
            opened.extend(unseal_blocks(self._keyring.day_key(day), (row[2] for row in here)))
        return opened

    def _human(self, record: bytes) -> UUID:
        """The one whom an id in the rows stands for."""
        person = person_of(record)
        return self._aliases.get(person, person)

    # --- those whom they met ------------------------------------------------------------------------------------------

    def _paired(
        self,
        day: date,
        spans: Sequence[Span],
        packed: Mapping[UUID, Sequence[bytes]],
        met: Mapping[date, Collection[bytes]] | None,
    ) -> tuple[list[Span], list[questions.Meeting]]:
        """The meetings of pairs on a day, with the spans that their numbers count.

        packed   for each source the ids of its targets
        met      who was met at all on each day, where that is known: the others needn't be looked for
        """
        here = [span for span in spans if span.piece.person in packed]
        numbers = {person: number for number, person in enumerate({span.piece.person for span in here})}
        targets: list[Sequence[bytes]] = [packed[source] for source in numbers]
        if met is not None:
            present = met.get(day, ())
            targets = [[record for record in records if record in present] for records in targets]
        tokens = seal_blocks(self._keyring.day_key(day), b"".join(record for records in targets for record in records))
        counts = {number: len(records) for number, records in enumerate(targets)}
        return here, questions.meetings_of_pairs(_columns(here, numbers), tokens, counts)

    def _met_by(self, persons: Pieces, window: Interval) -> dict[date, set[bytes]] | None:
        """Whom these persons met on each day, by id in the rows, when that was the question just answered."""
        if self._asked is None or self._asked[0] is not persons or self._asked[1] != window:
            return None
        return self._asked[2]

    def _packed(self, pairs: Mapping[UUID, UUID]) -> tuple[dict[UUID, list[bytes]], dict[bytes, UUID]]:
        """For each source the ids of its targets; and for each id the target."""
        targets: dict[UUID, list[bytes]] = defaultdict(list)
        names: dict[bytes, UUID] = {}
        for target, source in pairs.items():
            targets[source].append(target.bytes)
            names[target.bytes] = target
        for target in self._records.keys() & pairs.keys():
            records = [record.bytes for record in self._records[target]]
            targets[pairs[target]].extend(records)
            names.update(dict.fromkeys(records, target))
        return targets, names

    def _exposures(
        self, persons: Pieces, window: Interval, question: Meetings, *, forward: bool
    ) -> dict[PersonId, Exposure]:
        cut = _cut(persons, window)
        own = self._pieces_of(dict.fromkeys(cut, window))
        best: dict[bytes, Label] = {}
        carriers: dict[date, Carriers] = {}
        met: dict[date, set[bytes]] = {}
        for day, spans in self._spans_by_day(own, cut):
            carriers[day] = Carriers(spans, forward=forward)
            met[day] = self._meet_on(day, question(_columns(merged(spans))), best, forward=forward)
        self._asked = persons, window, met
        for person in cut:
            best.pop(person.bytes, None)
        exposures: dict[PersonId, Exposure] = {
            person_of(record): Exposure(at, _lowest(carriers, spots, at)) for record, (at, spots) in best.items()
        }
        return exposures | _among_themselves(own, persons, window, forward=forward)

    def _meet_on(
        self, day: date, rows: Sequence[tuple[bytes, int, datetime]], best: dict[bytes, Label], *, forward: bool
    ) -> set[bytes]:
        """Better the labels in `best` by one day's meetings.

        returns  the ids in the rows of everybody met
        """
        records = unseal_blocks(self._keyring.day_key(day), (row[0] for row in rows))
        canonical = {alias.bytes: person.bytes for alias, person in self._aliases.items()}
        for record, (_, point, at) in zip(records, rows, strict=True):
            person = canonical.get(record, record)
            known = best.get(person)
            if known is None or (at < known[0] if forward else at > known[0]):
                best[person] = (at, [(day, point)])
            elif at == known[0]:
                known[1].append((day, point))
        return set(records)


@dataclass
class _Joining:
    """Collects encounters; what two people shared on both sides of a midnight becomes one."""

    _whole: list[Encounter] = field(default_factory=list)
    _open: dict[tuple[UUID, bytes, int, datetime], Encounter] = field(default_factory=dict)

    def add(self, span: Span, record: bytes, target: UUID, row: questions.Meeting) -> None:
        """One day's meeting; days must come in order."""
        _, _, _, start, certain_until, end, goes_on_before, goes_on_after, confidence, doubts = row
        own = span.piece
        if target == own.person:
            return
        met = Encounter(own.person, target, own.place, own.point, start, certain_until, end, confidence, doubts)
        if goes_on_before:
            earlier = self._open.pop((own.record, record, own.point, start), None)
            met = _together(earlier, met) if earlier else met
        if goes_on_after:
            self._open[own.record, record, own.point, end] = met
        else:
            self._whole.append(met)

    def all(self) -> list[Encounter]:
        return [*self._whole, *self._open.values()]


def _together(earlier: Encounter, later: Encounter) -> Encounter:
    """Both as one; what is certain ends where the proof first breaks."""
    unbroken = earlier.certain_until == earlier.end
    certain_until = later.certain_until if unbroken else earlier.certain_until
    return replace(
        earlier,
        certain_until=certain_until,
        end=later.end,
        confidence=min(earlier.confidence, later.confidence),
        doubts=earlier.doubts | later.doubts,
    )


def _lowest(carriers: Mapping[date, Carriers], spots: Sequence[tuple[date, int]], at: datetime) -> UUID:
    """The lowest of those who were at these points at this instant."""
    if len(spots) == 1:
        ((day, point),) = spots
        return carriers[day].lowest(point, at)
    return min(carriers[day].lowest(point, at) for day, point in spots)


def _batches(days: Sequence[tuple[date, Sequence[Item]]], *, together: bool = True) -> Iterator[Days[Item]]:
    """The days in groups: few items of several days are one question, many are a question a day."""
    group: Days[Item] = []
    for day, items in days:
        size = sum(len(each) for _, each in group) + len(items)
        if group and (size > FEW or not together):
            yield group
            group = []
        group.append((day, items))
    if group:
        yield group


def _asked(spans: Sequence[Span]) -> list[questions.Meeting]:
    return questions.meetings(_columns(spans))


def _cut(persons: Pieces, window: Interval) -> dict[UUID, Interval]:
    cut = ((cast("UUID", person), time.overlap(window)) for person, time in persons.items())
    return {person: time for person, time in cut if time is not None}


def _columns(spans: Sequence[Span], numbers: Mapping[UUID, int] | None = None) -> questions.Spans:
    return questions.Spans(
        days=[local_day(span.start) for span in spans],
        points=[span.piece.point for span in spans],
        starts=[span.start for span in spans],
        ends=[span.end for span in spans],
        seen=[span.piece.seen_until for span in spans],
        comes_in=[span.comes_in for span in spans],
        goes_out=[span.goes_out for span in spans],
        confidences=[span.piece.confidence for span in spans],
        doubts=[span.piece.doubts for span in spans],
        sources=[numbers[span.piece.person] for span in spans] if numbers else [],
    )


def _among_themselves(
    own: Sequence[Piece], persons: Pieces, window: Interval, *, forward: bool
) -> dict[PersonId, Exposure]:
    """The exposures of the persons asked about by one another."""
    if len(persons) < 2:
        return {}
    reference = MemoryEngine(joined(own))
    return (reference.first_exposures if forward else reference.last_exposures)(persons, window)
