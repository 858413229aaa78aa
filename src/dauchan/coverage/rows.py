"""Writing a day's rows: sums through the reaches, communes at zero, and how many days in a row nothing came."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any

from django.db import connection

from dauchan.coverage.models import UNIT
from dauchan.coverage.reaches import Reaches
from dauchan.coverage.upper import Counts
from dauchan.units import mapping, queries
from dauchan.units.models import Level

ADDED = (
    "registered", "approved", "new_places", "active_day", "active_7d", "silent", "never_used", "reporting_zero",
    "not_reporting", "first_use_days", "used", "scans", "check_ins", "check_outs",
)  # fmt: skip
TAKEN = (
    "residents_with_pass", "communes", "communes_at_zero", "should_exist", "matched", "inspected", "displayed",
    "counted_scans", "counted_visitors", "agencies", "attested", "focal_officers", "staff_joined",
)  # fmt: skip

SUMS = ", ".join(f"coalesce(sum(count.{name}), 0) as {name}" for name in ADDED)
WHOLE = f"""
create temporary table day_row on commit drop as
select subject.kind, subject.subject_id, '' as sector, {SUMS}
from unnest(%(kinds)s::text[], %(ids)s::bigint[]) as subject (kind, subject_id)
left join day_reach reach on reach.kind = subject.kind and reach.subject_id = subject.subject_id
left join day_count count on count.home = reach.home
group by 1, 2
union all
select reach.kind, reach.subject_id, count.sector, {SUMS}
from day_reach reach
join day_count count on count.home = reach.home
group by 1, 2, 3
"""  # noqa: S608  names of columns, all of this file
AT_ZERO = """
select subject_id from day_row where kind = 'unit' and sector = '' and scans = 0
"""
TAKE = """
create temporary table day_taken on commit drop as
select * from unnest(%(kinds)s::text[], %(ids)s::bigint[], %(sectors)s::text[], {arrays})
    as taken (kind, subject_id, sector, {names})
"""
SAVE = """
insert into coverage_daycounts as old (day, kind, sector, subject_id, as_of, {added}, people, reachable, {taken})
select %(day)s, kind, sector, subject_id, %(now)s, {counted}, coalesce(day_people.people, 0), {reachable}, {taken}
from day_row
left join day_people using (kind, subject_id, sector)
full join day_taken using (kind, subject_id, sector)
on conflict (day, kind, sector, subject_id) do update
set as_of = excluded.as_of, {set_added}, people = excluded.people,
    reachable = coalesce(excluded.reachable, old.reachable), {set_taken}
"""
LEARN = "analyze coverage_daycounts (day, kind, sector, subject_id)"
"""The planner knows nothing of a new day until then, takes it for empty, and joins all its rows one by one."""
REMOVE_REST = "delete from coverage_daycounts where day = %(day)s and as_of <> %(now)s"
DAYS_AT_ZERO = """
with day_before as (
    select kind, coalesce(renamed.id, subject_id) as subject_id, days_at_zero
    from coverage_daycounts
    left join unnest(%(formers)s::bigint[], %(renamed)s::bigint[]) as renamed (former, id)
      on kind = 'unit' and subject_id = renamed.former
    where day = %(day)s::date - 1 and sector = ''
), run as (
    select counts.day, counts.kind, counts.subject_id, counts.scans, day_before.days_at_zero as before,
           max(counts.day) filter (where counts.scans > 0) over (
               partition by counts.kind, counts.subject_id order by counts.day
           ) as last_scans
    from coverage_daycounts counts
    left join day_before using (kind, subject_id)
    where counts.day >= %(day)s and counts.sector = ''
)
update coverage_daycounts counts
set days_at_zero = run.day - coalesce(run.last_scans, %(day)s::date - 1 - coalesce(run.before, 0)::integer)
from run
where counts.day = run.day and counts.kind = run.kind and counts.sector = '' and counts.subject_id = run.subject_id
  and counts.days_at_zero is distinct from
      run.day - coalesce(run.last_scans, %(day)s::date - 1 - coalesce(run.before, 0)::integer)
"""


def write_rows(day: date, now: datetime, reaches: Reaches, taken: Counts) -> None:
    """Write the rows of every unit and agency of a day from what was staged, and of every sector that has places."""
    subjects = reaches.everyone()
    whole: dict[str, Any] = {"kinds": [kind for kind, _ in subjects], "ids": [subject for _, subject in subjects]}
    with connection.cursor() as cursor:
        cursor.execute(WHOLE, whole)
        cursor.execute(AT_ZERO)
        _add_communes(taken, reaches, {row[0] for row in cursor.fetchall()})
        _stage_taken(cursor, taken)
        cursor.execute(_save(), {"day": day, "now": now})
        cursor.execute(REMOVE_REST, {"day": day, "now": now})
        cursor.execute(LEARN)
        renamed = [(former, unit) for unit in reaches.levels for former in queries.atlas().renamings(unit)[:-1]]
        formers = {"formers": [former for former, _ in renamed], "renamed": [unit for _, unit in renamed]}
        cursor.execute(DAYS_AT_ZERO, {"day": day, **formers})


def _add_communes(taken: Counts, reaches: Reaches, at_zero: set[int]) -> None:
    """How many communes lie beneath each larger unit and each committee above a commune, and how many had no scan."""
    totals: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for unit, level in reaches.levels.items():
        if level == Level.COMMUNE:
            larger = mapping.chain(unit)[1:]
            governing = (committee for each in larger for committee in reaches.committees.get(each, ()))
            for key in [*((UNIT, each) for each in larger), *(("agency", each) for each in governing)]:
                totals[key][0] += 1
                totals[key][1] += unit in at_zero
    for (kind, subject), (communes, silent) in totals.items():
        taken[kind, subject, ""].update(communes=communes, communes_at_zero=silent)


def _stage_taken(cursor: Any, taken: Counts) -> None:
    arrays = ", ".join(f"%({name})s::bigint[]" for name in TAKEN)
    columns: dict[str, Any] = {name: [row.get(name) for row in taken.values()] for name in TAKEN}
    columns |= {
        "kinds": [kind for kind, _, _ in taken],
        "ids": [subject for _, subject, _ in taken],
        "sectors": [sector for *_, sector in taken],
    }
    cursor.execute(TAKE.format(arrays=arrays, names=", ".join(TAKEN)), columns)


def _save() -> str:
    return SAVE.format(
        added=", ".join(ADDED),
        counted=", ".join(f"coalesce(day_row.{name}, 0)" for name in ADDED),
        reachable="case when day_people.people is null then 0 else day_people.reachable end",
        taken=", ".join(TAKEN),
        set_added=", ".join(f"{name} = excluded.{name}" for name in ADDED),
        set_taken=", ".join(f"{name} = excluded.{name}" for name in TAKEN),
    )
