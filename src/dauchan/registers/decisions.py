"""What persons say of entries: which place one is, that it is closed or exempt, whose it is; each word can be undone.

A word about an entry holds for every entry of the same premise. It is written with what each entry was before and the
version that it made, so that undoing leaves alone what somebody has decided since, and so that the second of two people
who decide at once is told what the first did instead of overwriting it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.agencies.queries import scope_of
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Conflict, NotFound, NotPermitted
from dauchan.places import actions as places
from dauchan.places.models import Place
from dauchan.places.rules import REASON_LENGTH, PlaceInput, ReasonMissing, clean_text
from dauchan.registers import rules
from dauchan.registers.holding import hold
from dauchan.registers.matching import keep_best
from dauchan.registers.models import Act, Candidate, Decision, DecisionItem, Entry, Register
from dauchan.registers.queries import WAITING, visible_to
from dauchan.units.agencies import agencies_in_force
from dauchan.units.models import Sector

AT_ONCE = 20_000
"""How many entries one press decides, so that a transaction stays short. Ours: about ten seconds."""
PERMISSION = "register.edit"


class Overtaken(Conflict):
    kind = "overtaken"
    vi = "{name} vừa quyết định mục này ({act}). Hãy xem lại rồi quyết định."
    en = "{name} has just decided on this entry ({act}). Look again, then decide."


class NotWaiting(Conflict):
    vi = "Mục này đã có quyết định. Hãy tải lại trang."
    en = "This entry is decided already. Reload the page."


class NumberChanged(Conflict):
    kind = "number_changed"
    vi = "Số mục đã đổi: bây giờ là {count}. Hãy xem lại rồi xác nhận."
    en = "The number has changed: it is {count} now. Look again, then confirm."


class TooManyAtOnce(BadInput):
    vi = "Một lần nhiều nhất {limit} mục. Hãy lọc hẹp hơn."
    en = "At most {limit} entries at once. Narrow the list."


class AgencyOutside(NotPermitted):
    vi = "Cơ quan này không còn hoạt động hoặc nằm ngoài phạm vi của bạn. Hãy chọn cơ quan khác."
    en = "This agency is not in force, or lies outside your scope. Choose another."


# --- one entry --------------------------------------------------------------------------------------------------------


def locked(entry_id: int, version: int, *, by: Officer, now: datetime, place_ids: Sequence[int] = ()) -> Entry:
    """An entry in the officer's scope, as the officer saw it, held with its premise (and these places) as `hold` does.

    raises   NotFound, Overtaken
    """
    visible = visible_to(by, PERMISSION, clock.local_day(now)).filter(pk=entry_id)
    if not visible.exists():
        raise NotFound
    hold([entry_id], place_ids)
    entry = visible.first()
    if entry is None:
        raise NotFound
    if entry.version != version:
        raise _overtaken(entry)
    return entry


def _overtaken(entry: Entry) -> Overtaken:
    last = DecisionItem.objects.filter(entry=entry).select_related("decision__by", "decision__undone_by")
    item = last.order_by("-pk").first()
    if item is None:
        return Overtaken(name="", act="")
    who = item.decision.undone_by or item.decision.by
    return Overtaken(name=who.name, act=str(item.decision.get_act_display()))


@transaction.atomic
def confirm(entry_id: int, place_id: int, *, version: int, by: Officer, now: datetime) -> Decision:
    """Say that an entry is this registered place; the caller has checked that the officer may see the place.

    raises   NotFound, Overtaken, NotWaiting
    """
    _require_waiting(locked(entry_id, version, by=by, now=now, place_ids=[place_id]))
    return _confirm({entry_id: place_id}, by=by, now=now)


@transaction.atomic
def register_place(entry_id: int, told: PlaceInput, *, version: int, by: Officer, now: datetime) -> Place:
    """Register the place that an entry tells of, and say that it is this one: of two who do so at once one is told.

    raises   NotFound, NotPermitted, Overtaken, NotWaiting, BadInput
    """
    _require_waiting(locked(entry_id, version, by=by, now=now))
    place = places.register_place(told, by=by, now=now)
    _confirm({entry_id: place.pk}, by=by, now=now)
    return place


def _require_waiting(entry: Entry) -> None:
    if entry.place_id is not None or entry.state != rules.OPEN:
        raise NotWaiting


@transaction.atomic
def reject(entry_id: int, place_ids: Sequence[int], *, version: int, by: Officer, now: datetime) -> Decision:
    """Say that an entry is none of these places: they are not proposed again.

    raises   NotFound, Overtaken
    """
    entry = locked(entry_id, version, by=by, now=now)
    decision = _decide(Act.REJECT, [entry.pk], {}, by=by, now=now)
    no = Candidate.objects.filter(entry=entry, place__in=place_ids, rejected_by__isnull=True)
    if not no.update(rejected_by=decision):
        raise NotFound
    keep_best([entry.pk])
    return decision


@transaction.atomic
def part(entry_id: int, *, version: int, by: Officer, now: datetime) -> Decision:
    """Say that an entry is a premise of its own, whatever other registers list.

    raises   NotFound, Overtaken
    """
    entry = locked(entry_id, version, by=by, now=now)
    group = hold([entry.pk])
    decision = _write(Act.PART, [entry.pk], group, by=by, now=now)
    Entry.objects.filter(pk__in=group).update(same_as=None, stands_alone=True)
    return decision


# --- many entries -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Word:
    """What is said of entries in bulk: an act with the value or reason that it needs."""

    act: str
    reason: str = ""
    sector: str = ""
    agency_id: int | None = None

    def changes(self, on: date) -> dict[str, Any]:
        """The columns that it changes.

        raises   BadInput, ReasonMissing
        """
        if self.act in (Act.CLOSE, Act.EXEMPT):
            reason = clean_text(self.reason, name="reason", limit=REASON_LENGTH)
            if not reason:
                raise ReasonMissing(field="reason")
            state = rules.CLOSED if self.act == Act.CLOSE else rules.EXEMPT
            return {"state": state, "state_from": on, "reason": reason}
        if self.act == Act.REOPEN:
            return {"state": rules.OPEN, "state_from": None, "reason": "", "missing_since": None}
        if self.act == Act.SECTOR and self.sector in Sector.values:
            return {"sector": self.sector}
        if self.act == Act.AGENCY:
            return {"agency_id": self.agency_id}
        raise BadInput(field="act")


@transaction.atomic
def say(word: Word, entries: QuerySet[Entry], *, by: Officer, now: datetime, version: int | None = None) -> Decision:
    """Say the same of some entries, as far as they lie in the officer's scope.

    version   that of the one entry meant, as the officer saw it
    raises    BadInput, ReasonMissing, AgencyOutside, TooManyAtOnce, NotFound, Overtaken
    """
    on = clock.local_day(now)
    changes = word.changes(on)
    _require_agency(changes.get("agency_id"), by, on)
    inside = entries.filter(pk__in=visible_to(by, PERMISSION, on).values("pk"))
    ids = list(inside.order_by("pk").values_list("pk", flat=True)[: AT_ONCE + 1])
    if len(ids) > AT_ONCE:
        raise TooManyAtOnce(limit=AT_ONCE)
    if not ids:
        raise NotFound
    if version is not None:
        locked(ids[0], version, by=by, now=now)
    return _decide(word.act, ids, changes, by=by, now=now)


def _require_agency(agency_id: int | None, by: Officer, on: date) -> None:
    if agency_id is None:
        return
    agency = agencies_in_force(on).filter(pk=agency_id).first()
    if agency is None or not scope_of(by, PERMISSION, on).holds_agency(agency):
        raise AgencyOutside


CLEAR = """
with ranked as (
    select entry.id,
           candidate.place_id,
           candidate.score,
           row_number() over (partition by entry.id order by candidate.score desc, candidate.place_id) as place_number,
           lead(candidate.score) over (
               partition by entry.id order by candidate.score desc, candidate.place_id
           ) as next_score
    from ({waiting}) as entry (id)
    join registers_candidate candidate on candidate.entry_id = entry.id and candidate.rejected_by_id is null
),
likest as (
    select id, place_id, score, next_score, count(*) over (partition by place_id) as claims
    from ranked
    where place_number = 1
)
select id, place_id, score
from likest
where score >= %s
  and claims = 1
  and (next_score is null or next_score <= score - %s)
  and not exists (
      select from registers_entry other
      where other.place_id = likest.place_id and other.register_id = %s and other.same_as_id is null
  )
order by score desc, id
limit %s
"""
CLEAR_BY_SCORE = "select score, count(*) from ({clear}) as clear group by score"


def _clear(register: Register, score: int, by: Officer, on: date) -> tuple[str, list[Any]]:
    """The question for clear matches: at least this score, well ahead of the next candidate, and claimed by no other
    entry of the register.
    """
    waiting = visible_to(by, PERMISSION, on).filter(WAITING, register=register, best_score__isnull=False)
    sql, given = waiting.order_by().values("pk").query.sql_with_params()
    return CLEAR.format(waiting=sql), [*given, score, rules.LEAD, register.pk, AT_ONCE]


def clear_matches(register: Register, score: int, *, by: Officer, on: date) -> list[tuple[int, int, int]]:
    """The entries whose one likely place may be confirmed in bulk, each with that place and its score, best first."""
    with connection.cursor() as cursor:
        cursor.execute(*_clear(register, score, by, on))
        return [(entry, place, reached) for entry, place, reached in cursor.fetchall()]


def clear_scores(register: Register, scores: Sequence[int], *, by: Officer, on: date) -> list[tuple[int, int]]:
    """How many clear matches there are from each of these scores on, as many as can be confirmed at once at most."""
    sql, given = _clear(register, min(scores), by, on)
    with connection.cursor() as cursor:
        cursor.execute(CLEAR_BY_SCORE.format(clear=sql), given)
        counts = cursor.fetchall()
    return [(least, sum(count for score, count in counts if score >= least)) for least in scores]


@transaction.atomic
def confirm_clear(register: Register, score: int, *, expected: int, by: Officer, now: datetime) -> Decision:
    """Confirm every clear match from this score on, if they are still as many as the officer was shown.

    raises   BadInput, NumberChanged (also when somebody decided on one of them in this moment)
    """
    if not rules.PROPOSED <= score <= 100:
        raise BadInput(field="score")

    def asked() -> dict[int, int]:
        return {entry: place for entry, place, _ in clear_matches(register, score, by=by, on=clock.local_day(now))}

    clear = asked()
    hold(clear, clear.values())
    if (still := asked()) != clear or len(clear) != expected or not clear:
        raise NumberChanged(count=len(still))
    return _confirm(clear, by=by, now=now)


# --- writing ----------------------------------------------------------------------------------------------------------


def _decide(act: str, ids: Sequence[int], changes: dict[str, Any], *, by: Officer, now: datetime) -> Decision:
    group = hold(ids)
    decision = _write(act, ids, group, reason=changes.get("reason", ""), by=by, now=now)
    if changes:
        Entry.objects.filter(pk__in=group).update(**changes)
    return decision


WRITE_ITEMS = """
insert into registers_decisionitem (decision_id, entry_id, before, version)
select %(decision)s,
       entry.id,
       jsonb_build_object(
           'state', state, 'state_from', state_from, 'reason', reason, 'missing_since', missing_since,
           'sector', sector, 'agency_id', agency_id, 'place_id', place_id, 'matched_on', matched_on,
           'same_as_id', same_as_id, 'stands_alone', stands_alone
       ),
       version + 1
from registers_entry entry
where entry.id = any(%(entries)s)
"""
RAISE_VERSION = "update registers_entry set version = version + 1 where id = any(%(entries)s)"


def _write(
    act: str, asked: Sequence[int], group: list[int], *, by: Officer, now: datetime, reason: str = ""
) -> Decision:
    """Write a decision on the asked entries down, with what all of the group, which is held, are now."""
    decision = Decision.objects.create(
        register_id=Entry.objects.values_list("register_id", flat=True).get(pk=asked[0]),
        entry_id=asked[0] if len(asked) == 1 else None,
        act=act,
        reason=reason,
        by=by,
        at=now,
        entries=len(group),
    )
    values: dict[str, Any] = {"decision": decision.pk, "entries": group}
    with connection.cursor() as cursor:
        for statement in (WRITE_ITEMS, RAISE_VERSION):
            cursor.execute(statement, values)
    audit.record("register.decided", by=by, at=now, detail={"act": act, "decision": decision.pk}, count=len(group))
    return decision


MATCH = """
update registers_entry entry
set place_id = told.place_id, matched_on = %(on)s
from (
    select asked.place_id, coalesce(first.same_as_id, first.id) as first_id
    from unnest(%(ids)s::bigint[], %(places)s::bigint[]) as asked(id, place_id)
    join registers_entry first on first.id = asked.id
) as told
where (entry.id = told.first_id or entry.same_as_id = told.first_id) and entry.place_id is null
"""
ONE_PREMISE_A_PLACE = """
update registers_entry entry
set same_as_id = first.id
from (
    select place_id, min(id) as id
    from registers_entry
    where place_id = any(%(places)s)
    group by place_id
) as first
where entry.place_id = first.place_id and entry.id <> first.id
"""
FIRST_STANDS = """
update registers_entry entry
set same_as_id = null
from (
    select min(id) as id from registers_entry where place_id = any(%(places)s) group by place_id
) as first
where entry.id = first.id and entry.same_as_id is not null
"""


def _confirm(matches: dict[int, int], *, by: Officer, now: datetime) -> Decision:
    """Match entries to places; whatever is the same place is one premise from then on."""
    matched = sorted(set(matches.values()))
    decision = _write(Act.CONFIRM, list(matches), hold(matches, matched), by=by, now=now)
    values: dict[str, Any] = {
        "ids": list(matches),
        "places": [matches[entry] for entry in matches],
        "on": clock.local_day(now),
    }
    with connection.cursor() as cursor:
        cursor.execute(MATCH, values)
        cursor.execute(FIRST_STANDS, {"places": matched})
        cursor.execute(ONE_PREMISE_A_PLACE, {"places": matched})
    return decision
