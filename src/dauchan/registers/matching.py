"""Finds which registered places the entries of registers may be: unit by unit, in the background, as proposals only.

Nothing found here counts until a person confirms it. What a person rejected is never proposed again. The same search
first links entries of several registers that are plainly one premise, so that it is not counted twice.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.people.queries import people_with_phones
from dauchan.places.resembling import Asked, Resembling, resembling, units_changed_since
from dauchan.registers import queries, rules
from dauchan.registers.holding import hold
from dauchan.registers.models import Entry, MatchRun, Register
from dauchan.registers.rules import Described
from dauchan.units.queries import unit_ids_within

AT_ONCE = 2000
"""Entries that are held against their unit's places in one question. Ours: bounds memory."""
OVERLAP = timedelta(minutes=5)
"""So far back before the last search places count as new: longer than any transaction that registers them."""
SWEEPS_KEPT = timedelta(days=7)


@transaction.atomic
def ask(register: Register, *, by: Officer | None, now: datetime) -> MatchRun:
    """Search for candidates of a register's entries; the search that is under way is the one asked for again."""
    from dauchan.registers.jobs import work_on_matches  # the job calls this module

    units = queries.waiting_units(register)
    asked = {"by": by, "units": units, "started_at": now}
    run, is_new = MatchRun.objects.get_or_create(register=register, finished_at=None, defaults=asked)
    if not is_new:
        run.units = run.units[: run.units_done] + units
        run.save(update_fields=["units"])
    work_on_matches.defer(run_id=run.pk)
    return run


@transaction.atomic
def sweep(now: datetime) -> MatchRun | None:
    """Search again, in every register, where places were registered or changed since the last time."""
    from dauchan.registers.jobs import work_on_matches

    MatchRun.objects.filter(finished_at__lte=now - SWEEPS_KEPT).delete()
    last = MatchRun.objects.filter(register__isnull=True).order_by("-started_at").first()
    since = (last.started_at if last else now - SWEEPS_KEPT) - OVERLAP
    today = clock.local_day(now)
    changed = units_changed_since(since)
    units = [unit for unit in queries.waiting_units(None) if changed.intersection(unit_ids_within(unit, today))]
    run = MatchRun.objects.create(register=None, units=units, started_at=now, finished_at=None if units else now)
    if units:
        work_on_matches.defer(run_id=run.pk)
    return run


def work_on(run_id: int, *, now: datetime) -> None:
    """Do a search from where it stands; called twice it does nothing twice."""
    run = MatchRun.objects.select_related("register").filter(pk=run_id, finished_at__isnull=True).first()
    while run is not None and run.units_done < len(run.units):
        _do_unit(run)
        run = MatchRun.objects.select_related("register").filter(pk=run_id, finished_at__isnull=True).first()
    if run is not None:
        MatchRun.objects.filter(pk=run.pk).update(finished_at=now)


@transaction.atomic
def _do_unit(run: MatchRun) -> None:
    """One unit and how far the search is, in one transaction; what another worker took is left."""
    here = MatchRun.objects.select_for_update().get(pk=run.pk)
    if here.units_done != run.units_done or here.finished_at:
        return
    unit = here.units[here.units_done]
    link_premises(unit)
    waiting = Entry.objects.filter(queries.WAITING, unit=unit)
    found = propose(waiting.filter(register=run.register) if run.register else waiting, unit, run.started_at)
    here.units_done, here.found = here.units_done + 1, here.found + found
    here.save(update_fields=["units_done", "found"])


# --- candidates -------------------------------------------------------------------------------------------------------


def propose(entries: QuerySet[Entry], unit_id: int, now: datetime) -> int:
    """Find the candidates of some entries of one unit anew; returns how many entries have one."""
    area = unit_ids_within(unit_id, clock.local_day(now)) or [unit_id]
    found = 0
    waiting = list(entries.order_by("pk"))
    for start in range(0, len(waiting), AT_ONCE):
        some = waiting[start : start + AT_ONCE]
        best = _best(some, resembling(_asked(some), area))
        _store([entry.pk for entry in some], best)
        found += len({entry for entry, _, _, _ in best})
    return found


def _asked(entries: Sequence[Entry]) -> list[Asked]:
    bearers = people_with_phones(entry.phone for entry in entries if entry.phone)
    return [
        Asked(entry.pk, entry.name, entry.address, entry.latitude, entry.longitude, bearers.get(entry.phone, ()))
        for entry in entries
    ]


Found = tuple[int, int, int, dict[str, float | bool | None]]
"""An entry, a place it may be, the score and the evidence."""


def _best(entries: Sequence[Entry], rough: Iterable[Resembling]) -> list[Found]:
    """The likest places of each entry, judged one by one."""
    alike: dict[int, list[Resembling]] = defaultdict(list)
    for place in rough:
        alike[place.ref].append(place)
    return [
        (entry.pk, place_id, likeness.score, likeness.evidence())
        for entry in entries
        for place_id, likeness in rules.best([_judged(entry, place) for place in alike[entry.pk]])
    ]


def _judged(entry: Entry, place: Resembling) -> tuple[int, rules.Likeness]:
    told = Described(entry.name, entry.address, entry.latitude, entry.longitude, entry.category_id, entry.sector)
    known = Described(place.name, place.address, place.latitude, place.longitude, place.category_id, place.sector)
    return place.place_id, rules.likeness(told, known, same_phone=place.same_owner)


FORGET_PROPOSALS = "delete from registers_candidate where entry_id = any(%(entries)s) and rejected_by_id is null"
PROPOSE = """
insert into registers_candidate (entry_id, place_id, score, evidence)
select entry_id, place_id, score, evidence
from jsonb_to_recordset(%(found)s::jsonb) as found(entry_id bigint, place_id bigint, score int, evidence jsonb)
on conflict (entry_id, place_id) do nothing
"""
KEEP_BEST = """
update registers_entry entry
set best_score = now.score
from (
    select entry.id, max(candidate.score) as score
    from unnest(%(entries)s::bigint[]) as entry(id)
    left join registers_candidate candidate on candidate.entry_id = entry.id and candidate.rejected_by_id is null
    group by entry.id
) as now
where entry.id = now.id and entry.best_score is distinct from now.score
"""


def _store(entry_ids: list[int], found: Sequence[Found]) -> None:
    rows = [dict(zip(("entry_id", "place_id", "score", "evidence"), each, strict=True)) for each in found]
    with connection.cursor() as cursor:
        cursor.execute(FORGET_PROPOSALS, {"entries": entry_ids})
        cursor.execute(PROPOSE, {"found": json.dumps(rows)})
    keep_best(entry_ids)


def keep_best(entry_ids: Sequence[int]) -> None:
    """Write on each entry the score of its likest candidate."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP_BEST, {"entries": list(entry_ids)})


# --- one premise in several registers ---------------------------------------------------------------------------------


PAIRS = """
with open_entry as materialized (
    select id, register_id, name_key, address_key, phone, latitude, longitude, place_id, same_as_id
    from registers_entry
    where unit_id = %(unit)s and state = 'open' and not stands_alone and name_key <> ''
)
select later.id, min(first.id) as first_id
from open_entry first
join open_entry later on later.name_key = first.name_key
                     and later.id > first.id
                     and later.register_id <> first.register_id
                     and later.same_as_id is null
                     and (later.place_id is null or first.place_id is null or later.place_id = first.place_id)
                     and ((later.address_key <> '' and later.address_key = first.address_key)
                          or (later.phone <> '' and later.phone = first.phone)
                          or ((later.latitude - first.latitude) * 111195) ^ 2
                             + ((later.longitude - first.longitude) * 111195 * cosd(first.latitude)) ^ 2
                             <= %(metres)s ^ 2)
group by later.id
"""
LINK = """
update registers_entry entry
set same_as_id = pair.first_id
from ({pairs}) as pair
where entry.id = pair.id and pair.id = any(%(held)s) and pair.first_id = any(%(held)s)
"""
FOLLOW = """
update registers_entry entry
set same_as_id = first.same_as_id
from registers_entry first
where entry.same_as_id = first.id and first.same_as_id is not null and entry.unit_id = %(unit)s
"""
SHARE_PLACE = """
update registers_entry first
set place_id = told.place_id,
    matched_on = told.matched_on
from (
    select same_as_id, min(place_id) as place_id, min(matched_on) as matched_on
    from registers_entry
    where unit_id = %(unit)s and same_as_id is not null and place_id is not null
    group by same_as_id
    having count(distinct place_id) = 1
) as told
where first.id = told.same_as_id and first.place_id is null
"""


def link_premises(unit_id: int) -> None:
    """Hang the open entries of a unit that are plainly one premise in several registers on the oldest of them.

    Plainly: the same words of the name, and the same address, the same phone, or ONE_PREMISE_M metres. Whoever parts
    two says so for good (`stands_alone`), also in this moment: pairs are asked for again once they are held.
    """
    values: dict[str, Any] = {"unit": unit_id, "metres": rules.ONE_PREMISE_M}
    with connection.cursor() as cursor:
        cursor.execute(PAIRS, values)
        if not (pairs := cursor.fetchall()):
            return
        values["held"] = hold({entry for pair in pairs for entry in pair})
        cursor.execute(LINK.format(pairs=PAIRS), values)
        cursor.execute(FOLLOW, values)
        while cursor.rowcount:
            cursor.execute(FOLLOW, values)
        cursor.execute(SHARE_PLACE, values)
