"""Questions about sealed visits: tokens in and tokens out, each with its day.

Who is behind a token is the caller's to know; no key comes near this file. A visit row is one day's piece of a stay.
Answers and arrays travel in PostgreSQL's binary format: text would double their size and cost more than the search.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from typing import Any, NamedTuple

import psycopg
from django.db import connection


class OwnPiece(NamedTuple):
    """One row of the visit table, of somebody asked about."""

    day: date
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
    confidence: int
    doubts: int


@dataclass(frozen=True)
class Spans:
    """The times that matter of persons asked about, as columns; each lies within one piece of one of them.

    seen                 until when the piece is proven by scans
    comes_in, goes_out   the piece goes on before or after midnight, and the span reaches that edge
    confidences, doubts  of the piece (`visits.rules`)
    """

    days: Sequence[date]
    points: Sequence[int]
    starts: Sequence[datetime]
    ends: Sequence[datetime]
    seen: Sequence[datetime] = ()
    comes_in: Sequence[bool] = ()
    goes_out: Sequence[bool] = ()
    confidences: Sequence[int] = ()
    doubts: Sequence[int] = ()
    sources: Sequence[int] = ()


Meeting = tuple[int, date, bytes, datetime, datetime, datetime, bool, bool, int, int]
"""Number of the span, day and token met, start, certain until, end, whether both go on from before, go on after, and
of both the lesser confidence and all doubts.
"""


STAYS_OF = """
select visit.day, visit.token, visit.place_id, visit.point_id, visit.arrived_at, visit.seen_until,
       visit.latest_departure, visit.departed_at, visit.departed_by, visit.continues_before, visit.continues_after,
       visit.confidence, visit.doubts
from unnest(%(days)s::date[], %(tokens)s::bytea[]) asked (day, token)
join visits_visit visit
  on visit.day = asked.day
 and visit.token = asked.token
where visit.day = any(%(within)s::date[])
"""


def pieces_of(days: Sequence[date], tokens: Sequence[bytes]) -> list[OwnPiece]:
    """The pieces of people, each token asked about on its day."""
    values = {"days": list(days), "tokens": list(tokens), "within": sorted(set(days))}
    return [OwnPiece(*row) for row in _rows(STAYS_OF, values)]


MEETINGS = """
select span.number::integer,
       visit.day,
       visit.token,
       greatest(visit.arrived_at, span.start),
       greatest(visit.arrived_at, span.start, least(visit.seen_until, span.seen, visit.latest_departure, span.until)),
       least(visit.latest_departure, span.until),
       visit.continues_before and span.comes_in and visit.arrived_at = span.start,
       visit.continues_after and span.goes_out and visit.latest_departure = span.until,
       least(visit.confidence, span.confidence),
       visit.doubts | span.doubts
from unnest(
    %(days)s::date[], %(points)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[],
    %(seen)s::timestamptz[], %(comes_in)s::boolean[], %(goes_out)s::boolean[],
    %(confidences)s::smallint[], %(doubts)s::smallint[]
) with ordinality span (day, point_id, start, until, seen, comes_in, goes_out, confidence, doubts, number)
join visits_visit visit
  on visit.day = span.day
 and visit.point_id = span.point_id
 and visit.arrived_at < span.until
 and visit.latest_departure > span.start
where visit.arrived_at < visit.latest_departure
  and visit.day = any(%(within)s::date[])
"""


def meetings(spans: Spans) -> list[Meeting]:
    """Everybody who shared time with a span at its point, with the time shared; spans are numbered from one."""
    return _rows(MEETINGS, {**_columns(spans), **_edges(spans)})


MEETINGS_OF_PAIRS = """
with pair as materialized (
    select substring(%(tokens)b::bytea from 16 * position + 1 for 16) as token, given.source
    from unnest(%(pair_sources)s::integer[], %(firsts)s::integer[], %(pasts)s::integer[]) given (source, first, past)
    cross join generate_series(given.first, given.past - 1) position
)
select span.number::integer,
       visit.day,
       visit.token,
       greatest(visit.arrived_at, span.start),
       greatest(visit.arrived_at, span.start, least(visit.seen_until, span.seen, visit.latest_departure, span.until)),
       least(visit.latest_departure, span.until),
       visit.continues_before and span.comes_in and visit.arrived_at = span.start,
       visit.continues_after and span.goes_out and visit.latest_departure = span.until,
       least(visit.confidence, span.confidence),
       visit.doubts | span.doubts
from unnest(
    %(days)s::date[], %(points)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[],
    %(seen)s::timestamptz[], %(comes_in)s::boolean[], %(goes_out)s::boolean[],
    %(confidences)s::smallint[], %(doubts)s::smallint[], %(sources)s::integer[]
) with ordinality span (day, point_id, start, until, seen, comes_in, goes_out, confidence, doubts, source, number)
join visits_visit visit
  on visit.day = span.day
 and visit.point_id = span.point_id
 and visit.arrived_at < span.until
 and visit.latest_departure > span.start
join pair on pair.token = visit.token and pair.source = span.source
where visit.arrived_at < visit.latest_departure
  and visit.day = any(%(within)s::date[])
"""


def meetings_of_pairs(spans: Spans, tokens: bytes, counts: Mapping[int, int]) -> list[Meeting]:
    """As `meetings`, for these people of one day alone, each with spans of the one source they are paired with.

    tokens   joined, 16 bytes each, source after source
    counts   how many of them belong to each source (by number), in the same order
    """
    pasts = list(accumulate(counts.values()))
    pairs = {"tokens": tokens, "pair_sources": list(counts), "firsts": [0, *pasts[:-1]], "pasts": pasts}
    values = {"sources": list(spans.sources), **pairs, **_columns(spans), **_edges(spans)}
    return _rows(MEETINGS_OF_PAIRS, values)


FIRST_MEETINGS = """
select visit.token, visit.point_id, min(greatest(visit.arrived_at, span.start))
from unnest(
    %(days)s::date[], %(points)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]
) span (day, point_id, start, until)
join visits_visit visit
  on visit.day = span.day
 and visit.point_id = span.point_id
 and visit.arrived_at < span.until
 and visit.latest_departure > span.start
where visit.arrived_at < visit.latest_departure
  and visit.day = any(%(within)s::date[])
group by visit.token, visit.point_id
"""


def first_meetings(spans: Spans) -> list[tuple[bytes, int, datetime]]:
    """For everybody who shares time with a span, all of one day: token, point, the first instant shared there."""
    return _rows(FIRST_MEETINGS, _columns(spans))


LAST_MEETINGS = """
select visit.token, visit.point_id, max(least(visit.latest_departure, span.until))
from unnest(
    %(days)s::date[], %(points)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]
) span (day, point_id, start, until)
join visits_visit visit
  on visit.day = span.day
 and visit.point_id = span.point_id
 and visit.arrived_at < span.until
 and visit.latest_departure > span.start
where visit.arrived_at < visit.latest_departure
  and visit.day = any(%(within)s::date[])
group by visit.token, visit.point_id
"""


def last_meetings(spans: Spans) -> list[tuple[bytes, int, datetime]]:
    """For everybody who shares time with a span, all of one day: token, point, the end of the last sharing there."""
    return _rows(LAST_MEETINGS, _columns(spans))


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
    spots = {"days": list(spans.days), "within": sorted(set(spans.days)), "points": list(spans.points)}
    return {**spots, "starts": list(spans.starts), "ends": list(spans.ends)}


def _edges(spans: Spans) -> dict[str, Any]:
    edges = {"seen": list(spans.seen), "comes_in": list(spans.comes_in), "goes_out": list(spans.goes_out)}
    return {**edges, "confidences": list(spans.confidences), "doubts": list(spans.doubts)}


def _rows(question: str, values: Mapping[str, Any]) -> list[Any]:
    """All rows of an answer, on Django's own connection; planned anew each time, for arrays differ wildly in length."""
    with connection.cursor() as django, psycopg.Cursor(django.connection) as cursor:
        cursor.execute(question, values, prepare=False, binary=True)
        return cursor.fetchall()
