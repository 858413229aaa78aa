"""Questions about sealed visits: one day each, tokens in and tokens out.

Who is behind a token is the caller's to know; no key comes near this file. A visit row is one day's piece of a stay.
All instants are UTC; a span is a point with a half-open time, and spans of one point must not overlap, or rows repeat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection


class OwnPiece(NamedTuple):
    """One row of the visit table, of somebody asked about."""

    token: bytes
    place_id: int
    point_id: int
    arrived_at: datetime
    seen_until: datetime
    latest_departure: datetime
    departed_at: datetime
    departed_by: int
    continues_before: bool
    continues_after: bool


class MetPiece(NamedTuple):
    """What of a row is needed of somebody who was met: all of it stands in one index."""

    token: bytes
    point_id: int
    arrived_at: datetime
    seen_until: datetime
    latest_departure: datetime
    continues_before: bool
    continues_after: bool


@dataclass(frozen=True)
class Spans:
    """Points with the times asked about, as columns."""

    points: Sequence[int]
    starts: Sequence[datetime]
    ends: Sequence[datetime]


STAYS_OF = """
select visit.token, visit.place_id, visit.point_id, visit.arrived_at, visit.seen_until, visit.latest_departure,
       visit.departed_at, visit.departed_by, visit.continues_before, visit.continues_after
from visits_visit visit
where visit.day = %(day)s
  and visit.token = any(%(tokens)s::bytea[])
"""


def pieces_of(day: date, tokens: Sequence[bytes]) -> list[OwnPiece]:
    """The pieces of these people on a day."""
    return [OwnPiece(*row) for row in _rows(STAYS_OF, {"day": day, "tokens": list(tokens)})]


OVERLAPPING = """
select visit.token, visit.point_id, visit.arrived_at, visit.seen_until, visit.latest_departure,
       visit.continues_before, visit.continues_after
from unnest(%(points)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) span (point_id, start, until)
join visits_visit visit
  on visit.day = %(day)s
 and visit.point_id = span.point_id
 and visit.arrived_at < span.until
 and visit.latest_departure > span.start
"""


def pieces_overlapping(day: date, spans: Spans) -> list[MetPiece]:
    """The pieces of everybody that share time with a span at its point."""
    return _met(OVERLAPPING, {"day": day, **_columns(spans)})


OVERLAPPING_PAIRS = """
with span as materialized (
    select *
    from unnest(
        %(points)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[], %(sources)s::integer[]
    ) span (point_id, start, until, source)
), pair as materialized (
    select * from unnest(%(tokens)s::bytea[], %(by)s::integer[]) pair (token, source)
)
select distinct visit.token, visit.point_id, visit.arrived_at, visit.seen_until, visit.latest_departure,
       visit.continues_before, visit.continues_after
from span
join visits_visit visit
  on visit.day = %(day)s
 and visit.point_id = span.point_id
 and visit.arrived_at < span.until
 and visit.latest_departure > span.start
join pair on pair.token = visit.token and pair.source = span.source
"""


def pieces_of_pairs(
    day: date, spans: Spans, sources: Sequence[int], tokens: Sequence[bytes], met_by: Sequence[int]
) -> list[MetPiece]:
    """The pieces of these people that share time with a span of the very source that each is paired with.

    sources   the number of the source behind each span
    met_by    the number of the source that each token is paired with
    """
    pairs = {"sources": list(sources), "tokens": list(tokens), "by": list(met_by)}
    return _met(OVERLAPPING_PAIRS, {"day": day, **_columns(spans), **pairs})


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


def first_meetings(day: date, spans: Spans) -> list[tuple[bytes, int, datetime]]:
    """For everybody who shares time with a span: token, point, and the first instant shared there."""
    return _rows(FIRST_EXPOSURES, {"day": day, **_columns(spans)})


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


def last_meetings(day: date, spans: Spans) -> list[tuple[bytes, int, datetime]]:
    """For everybody who shares time with a span: token, point, and the instant at which the last sharing there ends."""
    return _rows(LAST_EXPOSURES, {"day": day, **_columns(spans)})


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


def tokens_present(day: date, place_id: int, point_id: int, start: datetime, end: datetime) -> list[bytes]:
    """The tokens of everybody who possibly was at a point within a time of that day."""
    values = {"day": day, "place": place_id, "point": point_id, "from": start, "to": end}
    return [token for (token,) in _rows(PRESENT, values)]


def _columns(spans: Spans) -> dict[str, Any]:
    return {"points": list(spans.points), "starts": list(spans.starts), "ends": list(spans.ends)}


def _met(question: str, values: dict[str, Any]) -> list[MetPiece]:
    return [MetPiece(*row) for row in _rows(question, values)]


def _rows(question: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return list(cursor.fetchall())
