"""Taking a decision back: entries that nobody has decided on since are what they were before it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.kernel.errors import Conflict, NotFound
from dauchan.registers.holding import hold
from dauchan.registers.matching import keep_best
from dauchan.registers.models import Act, Candidate, Decision, DecisionItem
from dauchan.registers.queries import visible_to


class AlreadyUndone(Conflict):
    vi = "Quyết định này đã được hoàn tác."
    en = "This decision was taken back already."


@dataclass(frozen=True, slots=True)
class Undone:
    """How many entries are as they were before, and how many somebody has decided on since.

    `entry_id` is the one that it was about, None where it was about many.
    """

    back: int
    kept: int
    entry_id: int | None


_STATE = ("state", "state_from", "reason", "missing_since")
CHANGED_BY: dict[str, tuple[str, ...]] = {
    Act.CONFIRM: ("place_id", "matched_on", "same_as_id"),
    Act.REJECT: (),
    Act.CLOSE: _STATE,
    Act.EXEMPT: _STATE,
    Act.REOPEN: _STATE,
    Act.SECTOR: ("sector",),
    Act.AGENCY: ("agency_id",),
    Act.PART: ("same_as_id", "stands_alone"),
}
"""The columns that an act changes, and that undoing it brings back."""
RESTORE = """
update registers_entry entry
set {columns}
    version = entry.version + 1
from registers_decisionitem item
cross join lateral jsonb_populate_record(null::registers_entry, item.before) as was
where item.decision_id = %(decision)s and entry.id = item.entry_id and entry.version = item.version
returning entry.id
"""
BEFORE_COUNTS_AGAIN = """
update registers_decisionitem item
set version = entry.version
from registers_entry entry
where entry.id = any(%(entries)s)
  and item.id = (
      select max(other.id)
      from registers_decisionitem other
      join registers_decision decision on decision.id = other.decision_id
      where other.entry_id = entry.id and decision.undone_at is null
  )
"""
"""The decision before the one that was taken back can be taken back next."""
TAKE_PLACE_BACK = """
update registers_entry other
set place_id = null, matched_on = null
from registers_entry entry
where entry.id = any(%(entries)s)
  and entry.place_id is null
  and other.place_id is not null
  and coalesce(other.same_as_id, other.id) = coalesce(entry.same_as_id, entry.id)
"""
HANG_ON_THE_FIRST = """
update registers_entry entry
set same_as_id = first.same_as_id
from registers_entry first
where entry.same_as_id = first.id
  and first.same_as_id is not null
  and (entry.id = any(%(entries)s) or first.id = any(%(entries)s))
"""
"""What an entry is the same as again may itself be the same as an older one by now."""


@transaction.atomic
def undo(decision_id: int, *, by: Officer, now: datetime) -> Undone:
    """Take a decision back: entries that nobody has decided on since are what they were before it.

    raises   NotFound (also for a decision on entries outside the officer's scope), AlreadyUndone
    """
    decision = Decision.objects.select_for_update().filter(pk=decision_id).first()
    if decision is None or not _reaches(decision, by, clock.local_day(now)):
        raise NotFound
    if decision.undone_at is not None:
        raise AlreadyUndone
    hold(decision.items.values_list("entry_id", flat=True))
    Decision.objects.filter(pk=decision_id).update(undone_by=by, undone_at=now)
    with connection.cursor() as cursor:
        columns = " ".join(f"{name} = was.{name}," for name in CHANGED_BY[decision.act])
        cursor.execute(RESTORE.format(columns=columns), {"decision": decision_id})
        back = [row[0] for row in cursor.fetchall()]
        cursor.execute(HANG_ON_THE_FIRST, {"entries": back})
        if decision.act == Act.CONFIRM:
            cursor.execute(TAKE_PLACE_BACK, {"entries": back})
        cursor.execute(BEFORE_COUNTS_AGAIN, {"entries": back})
    Candidate.objects.filter(rejected_by=decision).update(rejected_by=None)
    keep_best(back)
    audit.record("register.undone", by=by, at=now, detail={"decision": decision_id}, count=len(back))
    return Undone(len(back), decision.entries - len(back), decision.entry_id)


def _reaches(decision: Decision, by: Officer, on: date) -> bool:
    """Whether every entry of a decision lies where the officer may decide; for one's own, whether any still does."""
    items, inside = DecisionItem.objects.filter(decision=decision), visible_to(by, "register.edit", on).values("pk")
    if decision.by_id == by.pk:
        return items.filter(entry__in=inside).exists()
    return not items.exclude(entry__in=inside).exists()
