"""One day's figures from scratch, by sets: places as they stood, the day's scans, and whose figures they count in.

Counting a day again replaces what was counted before, and changes nothing where nothing changed. What can't be counted
again (a gate heard of only then, people once the day's key is gone) is kept from before.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from dauchan.accounts.queries import credential_kinds
from dauchan.coverage import phones, upper
from dauchan.coverage.definitions import Thresholds, thresholds
from dauchan.coverage.models import GATE, INTEGRATOR, OWN, CountedDay
from dauchan.coverage.reaches import Reaches, reaches_on
from dauchan.coverage.rows import write_rows
from dauchan.coverage.suppression import suppress
from dauchan.gates.queries import places_heard_since
from dauchan.kernel import clock
from dauchan.kernel.keyring import Keyring
from dauchan.places import counting as places
from dauchan.visits import counting as visits
from dauchan.visits.recording import PAGE

COUNTING_LOCK = 0x64616363
"""The advisory lock of whoever counts: "dacc"."""


@transaction.atomic
def count_day(day: date, keyring: Keyring, now: datetime) -> CountedDay:
    """Count one local day for every unit and agency of that day, and what its places did.

    raises   DayNotStored
    """
    _take_turns()
    stored = visits.scans_stored(day)
    visits.stage_scans(day)
    places.stage_places(day)
    places.stage_points()
    limits = thresholds(day)
    _count_places(day, now)
    _note_use(day)
    reaches = _stage_homes(day)
    _count_homes(day, limits)
    phones.stage_people(day, keyring)
    _count_people()
    _count_channels(day)
    write_rows(day, now, reaches, upper.counts_on(day, reaches))
    told = {"as_of": now, "scans": stored, "supplied": suppress(day, reaches)}
    counted, _ = CountedDay.objects.update_or_create(day=day, defaults=told)
    return counted


def _take_turns() -> None:
    _execute("select pg_advisory_xact_lock(%s)", [COUNTING_LOCK])


@transaction.atomic
def suppress_again(day: date) -> None:
    """Choose anew which counts of people stay hidden on a day that is counted: a figure was supplied for it since."""
    _take_turns()
    CountedDay.objects.filter(day=day).update(supplied=suppress(day, reaches_on(day)))


PLACE_DAYS = """
create temporary table day_activity on commit drop as
select point.place_id,
       sum(scan.scans)::integer as scans,
       sum(scan.check_ins)::integer as check_ins,
       sum(scan.check_outs)::integer as check_outs,
       coalesce(sum(scan.scans) filter (where not on_paper and channel.name = 'own'), 0)::integer as own,
       coalesce(sum(scan.scans) filter (where not on_paper and channel.name = 'gate'), 0)::integer as gate,
       coalesce(sum(scan.scans) filter (where on_paper), 0)::integer as paper,
       coalesce(sum(scan.scans) filter (where not on_paper and channel.name = 'integrator'), 0)::integer as integrator
from day_scan scan
join day_point point on point.point_id = scan.point_id
join day_channel channel on channel.credential = scan.credential
group by 1
"""
PLACE_PEOPLE = """
create temporary table day_crowd on commit drop as
select point.place_id, count(distinct seen.token)::integer as people
from day_seen seen
join day_point point on point.point_id = seen.point_id
group by 1
"""
SAVE_PLACE_DAYS = """
insert into coverage_placeday as old
    (day, place_id, scans, check_ins, check_outs, people, own, gate, paper, integrator, heard)
select %(day)s, place_id, coalesce(scans, 0), coalesce(check_ins, 0), coalesce(check_outs, 0), coalesce(people, 0),
       coalesce(own, 0), coalesce(gate, 0), coalesce(paper, 0), coalesce(integrator, 0), heard.place_id is not null
from day_activity
join day_crowd using (place_id)
full join day_heard heard using (place_id)
on conflict (day, place_id) do update
set scans = excluded.scans, check_ins = excluded.check_ins, check_outs = excluded.check_outs,
    people = excluded.people, own = excluded.own, gate = excluded.gate, paper = excluded.paper,
    integrator = excluded.integrator, heard = old.heard or excluded.heard
where (old.scans, old.check_ins, old.check_outs, old.people, old.own, old.gate, old.paper, old.integrator)
      is distinct from (excluded.scans, excluded.check_ins, excluded.check_outs, excluded.people, excluded.own,
                        excluded.gate, excluded.paper, excluded.integrator)
   or excluded.heard and not old.heard
"""


def _count_places(day: date, now: datetime) -> None:
    """Write what each place did; a gate that was in contact is known on the day itself only, and then kept."""
    _stage_channels()
    heard = places_heard_since(clock.day_start(day)) if day == clock.local_day(now) else []
    _execute("create temporary table day_heard on commit drop as select unnest(%s::bigint[]) as place_id", [heard])
    for statement in (PLACE_DAYS, PLACE_PEOPLE, SAVE_PLACE_DAYS):
        _execute(statement, {"day": day})


CHANNELS = """
create temporary table day_channel on commit drop as
select * from unnest(%s::text[], %s::text[]) as channel (credential, name)
"""


def _stage_channels() -> None:
    used = [row[0] for row in _rows("select distinct credential from day_scan")]
    kinds = credential_kinds(used)
    _execute(CHANNELS, [used, [_channel(each, kinds) for each in used]])


def _channel(credential: str, kinds: dict[str, str]) -> str:
    if credential == PAGE:
        return OWN
    return GATE if kinds.get(credential) == "gate" else INTEGRATOR


KNOW_PLACES = """
insert into coverage_placeuse as old (place_id, unit_id, agency_id, sector, open_from)
select place_id, unit_id, nullif(agency_id, 0), sector, case when state = 'approved' then open_from end
from day_place
on conflict (place_id) do update
set unit_id = excluded.unit_id, agency_id = excluded.agency_id, sector = excluded.sector,
    open_from = excluded.open_from
where (old.unit_id, old.agency_id, old.sector, old.open_from)
      is distinct from (excluded.unit_id, excluded.agency_id, excluded.sector, excluded.open_from)
"""
NOTE_USE = """
update coverage_placeuse used
set first_day = least(used.first_day, %(day)s), last_day = greatest(used.last_day, %(day)s)
from day_activity activity
where activity.place_id = used.place_id
  and activity.check_ins > 0
  and (used.first_day is null or used.first_day > %(day)s or used.last_day < %(day)s)
"""


def _note_use(day: date) -> None:
    """Whose each place is and since when it is open, as of the newest day; and its first and last check-in."""
    if not CountedDay.objects.filter(day__gt=day).exists():
        _execute(KNOW_PLACES, [])
    _execute(NOTE_USE, {"day": day})


HOMES = """
create temporary table day_home on commit drop as
select row_number() over ()::integer as home, unit_id, agency_id
from (select distinct unit_id, agency_id from day_place) pair
"""
REACHED = """
create temporary table day_reach on commit drop as
select * from unnest(%s::integer[], %s::text[], %s::bigint[]) as reach (home, kind, subject_id)
"""


def _stage_homes(day: date) -> Reaches:
    """Give every pair of unit and agency that places have a number, and say whose figures it counts in."""
    _execute(HOMES, [])
    homes = _rows("select home, unit_id, agency_id from day_home")
    reaches = reaches_on(day)
    pairs = [(home, *key) for home, unit, agency in homes for key in reaches.of(unit, agency)]
    _execute(REACHED, [list(column) for column in zip(*pairs, strict=True)] or [[], [], []])
    _execute("analyze day_home", [])
    _execute("analyze day_reach", [])
    return reaches


HOME_COUNTS = """
create temporary table day_count on commit drop as
with recent as (
    select place_id,
           sum(check_ins) filter (where day > %(day)s - %(active_days)s) as of_active,
           sum(check_ins) filter (where day > %(day)s - %(silent_days)s) as of_silent
    from coverage_placeday
    where day > %(day)s - %(longest)s and day <= %(day)s
    group by place_id
), place as (
    select home.home, place.sector, place.created_day, place.open_from,
           place.state in ('pending', 'approved', 'suspended') as registered,
           place.state = 'approved' as approved,
           coalesce(today.scans, 0) as scans,
           coalesce(today.check_ins, 0) as check_ins,
           coalesce(today.check_outs, 0) as check_outs,
           coalesce(today.heard, false) as heard,
           coalesce(recent.of_active, 0) as of_active,
           coalesce(recent.of_silent, 0) as of_silent,
           case when used.first_day <= %(day)s then used.first_day end as first_day
    from day_place place
    join day_home home on home.unit_id = place.unit_id and home.agency_id = place.agency_id
    left join coverage_placeday today on today.day = %(day)s and today.place_id = place.place_id
    left join recent on recent.place_id = place.place_id
    left join coverage_placeuse used on used.place_id = place.place_id
)
select home,
       sector,
       count(*) filter (where registered) as registered,
       count(*) filter (where approved) as approved,
       count(*) filter (where registered and created_day = %(day)s) as new_places,
       count(*) filter (where approved and scans > 0) as active_day,
       count(*) filter (where approved and of_active >= %(check_ins)s) as active_7d,
       count(*) filter (where approved and of_silent = 0 and open_from <= %(day)s - %(silent_days)s + 1) as silent,
       count(*) filter (where approved and first_day is null) as never_used,
       count(*) filter (where approved and scans = 0 and heard) as reporting_zero,
       count(*) filter (where approved and scans = 0 and not heard) as not_reporting,
       coalesce(sum(greatest(first_day - created_day, 0)) filter (where registered), 0) as first_use_days,
       count(first_day) filter (where registered) as used,
       sum(scans) as scans,
       sum(check_ins) as check_ins,
       sum(check_outs) as check_outs
from place
group by home, sector
"""


def _count_homes(day: date, limits: Thresholds) -> None:
    asked = {
        "day": day,
        "active_days": limits.active_days,
        "silent_days": limits.silent_days,
        "longest": max(limits.active_days, limits.silent_days),
        "check_ins": limits.active_check_ins,
    }
    _execute(HOME_COUNTS, asked)


VISITORS = """
create temporary table day_visitor on commit drop as
select distinct person.number, person.reachable, home.home, place.sector
from day_seen seen
join day_person person on person.token = seen.token
join day_point point on point.point_id = seen.point_id
join day_place place on place.place_id = point.place_id
join day_home home on home.unit_id = place.unit_id and home.agency_id = place.agency_id
"""
PEOPLE = """
create temporary table day_people on commit drop as
select kind, subject_id, coalesce(sector, '') as sector, count(*) as people, sum(reachable) as reachable
from (
    select distinct reach.kind, reach.subject_id, visitor.sector, visitor.number, visitor.reachable
    from day_visitor visitor
    join day_reach reach on reach.home = visitor.home
) each_sector
group by kind, subject_id, sector
union all
select kind, subject_id, '', count(*), sum(reachable)
from (
    select distinct reach.kind, reach.subject_id, visitor.number, visitor.reachable
    from day_visitor visitor
    join day_reach reach on reach.home = visitor.home
) whole
group by kind, subject_id
"""


def _count_people() -> None:
    """Different people of each subject; one who visited two communes counts in both, and once in their province."""
    for statement in (VISITORS, "analyze day_visitor", PEOPLE):
        _execute(statement, [])


FORGET_CHANNELS = "delete from coverage_channelday where day = %(day)s"
SAVE_CHANNELS = """
insert into coverage_channelday (day, kind, subject_id, channel, credential, scans, check_ins)
select %(day)s, reach.kind, reach.subject_id, scan.channel, scan.credential, sum(scan.scans), sum(scan.check_ins)
from (
    select home.home,
           case when scan.on_paper then 'paper' else channel.name end as channel,
           case when channel.name = 'integrator' and not scan.on_paper then scan.credential else '' end as credential,
           sum(scan.scans) as scans,
           sum(scan.check_ins) as check_ins
    from day_scan scan
    join day_channel channel on channel.credential = scan.credential
    join day_point point on point.point_id = scan.point_id
    join day_place place on place.place_id = point.place_id
    join day_home home on home.unit_id = place.unit_id and home.agency_id = place.agency_id
    group by 1, 2, 3
) scan
join day_reach reach on reach.home = scan.home
group by 2, 3, 4, 5
"""


def _count_channels(day: date) -> None:
    for statement in (FORGET_CHANNELS, SAVE_CHANNELS):
        _execute(statement, {"day": day})


def due_days(now: datetime, *, back: int) -> list[date]:
    """Of today and the days before, those to be counted (again), oldest first: today, whatever was never counted or
    before it was over, and days that got late scans since.
    """
    today = clock.local_day(now)
    stored = set(visits.days_stored())
    counted = {each.day: each for each in CountedDay.objects.filter(day__gte=today - timedelta(days=back))}
    asked = [today - timedelta(days=number) for number in range(back, -1, -1)]
    return [day for day in asked if day in stored and _is_due(day, counted.get(day))]


def _is_due(day: date, counted: CountedDay | None) -> bool:
    over = clock.day_start(day + timedelta(days=1))
    return counted is None or counted.as_of < over or counted.scans != visits.scans_stored(day)


def _execute(statement: str, parameters: Sequence[Any] | dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def _rows(statement: str) -> Iterable[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
