"""What officers do with a case: record it, change its dates, share it, keep its milestones.

The infectious period comes in ready-made; `tracing.actions.confirm_case` works it out by the ruleset in force.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import Max
from psycopg.errors import LockNotAvailable

from dauchan.accounts import audit
from dauchan.accounts.actions import require
from dauchan.accounts.models import Officer
from dauchan.cases import rules
from dauchan.cases.evidence import make_key, vault_of
from dauchan.cases.models import Case, CaseShare, Milestone, MilestoneSource, MilestoneState
from dauchan.cases.queries import MilestoneEvidence, cases_of_person, require_on
from dauchan.cases.rules import CaseDates
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Conflict, NotFound
from dauchan.kernel.intervals import Interval
from dauchan.units.models import Unit

NUMBERING_LOCK = 0x43425F4E  # "CB_N": one case takes its number at a time


PATIENCE = "5s"


class CaseBusy(Conflict):
    kind = "case_busy"
    vi = "Danh sách của ca này đang được lập. Hãy đợi một lát rồi làm lại; chưa có gì thay đổi."
    en = "This case's list is being made. Wait a moment and do it again; nothing was changed."


class DuplicateCase(Conflict):
    kind = "duplicate_case"
    vi = "Người này đã là ca bệnh {code}, xác nhận cùng ngày."
    en = "This person already is case {code}, confirmed on the same day."


class MilestoneNotFound(NotFound):
    kind = "milestone_not_found"
    vi = "Không có mốc dịch tễ này."
    en = "There is no such milestone."


class NotYetThere(BadInput):
    kind = "milestone_in_future"
    vi = "Mốc dịch tễ bắt đầu trong tương lai. Hãy xem lại ngày giờ."
    en = "The milestone begins in the future. Look at day and time again."


class PlaceNotNamed(BadInput):
    kind = "place_not_named"
    vi = "Hãy chọn một địa điểm đã đăng ký, hoặc ghi tên địa điểm và xã."
    en = "Choose a registered place, or write the name of the place and its commune."


@dataclass(frozen=True)
class Judgement:
    """The infectious period of a case: by which ruleset version, and why when an officer changed it."""

    period: Interval
    ruleset: str
    reason: str = ""


def lock_case(case: Case, *, waits: bool = False) -> Case:
    """The case as it stands now, held until the transaction ends: what is done with one case is done in turns.

    waits    as long as it takes; otherwise a few seconds, since a list for a whole town may be under way
    raises   CaseBusy
    """
    with connection.cursor() as cursor:
        cursor.execute("select set_config('lock_timeout', %s, true)", ["0" if waits else PATIENCE])
        try:
            found = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise CaseBusy from error
            raise
        cursor.execute("select set_config('lock_timeout', '0', true)")
    return found


@transaction.atomic
def record_case(
    person_id: UUID, unit: Unit, dates: CaseDates, judgement: Judgement, *, by: Officer, now: datetime
) -> Case:
    """Record a confirmed index case under the next number of its year.

    raises   NotPermitted, DuplicateCase, DatesOutOfOrder, PeriodWrong
    """
    require(by, "case.confirm", unit_id=unit.pk, on=clock.local_day(now))
    rules.check_not_in_future(dates, now)
    rules.check_period(judgement.period, dates.confirmed_on)
    year, number = dates.confirmed_on.year, _next_number(dates.confirmed_on.year)
    _refuse_same_day(person_id, dates)  # after the lock of the number: a form sent twice at once waits here
    case = Case(year=year, number=number, code=rules.case_code(year, number), person_id=person_id, unit=unit)
    case.confirmed_by, case.recorded_at = by, now
    _write(case, dates, judgement)
    make_key(case)
    audit.record("case.confirmed", by=by, about=person_id, case=case.code, unit=unit.pk, at=now)
    return case


def _refuse_same_day(person_id: UUID, dates: CaseDates, *, but: Case | None = None) -> None:
    for known in cases_of_person(person_id):
        if known != but and known.confirmed_on == dates.confirmed_on:
            raise DuplicateCase(code=known.code)


def check_day(case: Case, dates: CaseDates) -> None:
    """Refuses other dates by which the case would be one that the person already is.

    raises   DuplicateCase
    """
    _refuse_same_day(case.person_id, dates, but=case)


def _next_number(year: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", (NUMBERING_LOCK, year))
    return (Case.objects.filter(year=year).aggregate(last=Max("number"))["last"] or 0) + 1


def _write(case: Case, dates: CaseDates, judgement: Judgement) -> None:
    case.confirmed_on, case.onset_on, case.sampled_on = dates.confirmed_on, dates.onset_on, dates.sampled_on
    case.isolated_at = dates.isolated_at
    case.period_start, case.period_end = judgement.period.start, judgement.period.end
    case.ruleset, case.override_reason = judgement.ruleset, judgement.reason
    case.save()


@transaction.atomic
def revise_case(case: Case, dates: CaseDates, judgement: Judgement, *, by: Officer, now: datetime) -> Case:
    """Change the dates, the period or the ruleset of a case; the audit row keeps what they were.

    raises   NotPermitted, DatesOutOfOrder, PeriodWrong, DuplicateCase
    """
    case = lock_case(case)
    require_on(case, "case.edit", by, clock.local_day(now))
    rules.check_not_in_future(dates, now)
    rules.check_period(judgement.period, dates.confirmed_on)
    check_day(case, dates)
    before = {
        "period": f"{case.period_start:%Y-%m-%dT%H:%MZ}/{case.period_end:%Y-%m-%dT%H:%MZ}",
        "ruleset": case.ruleset,
    }
    _write(case, dates, judgement)
    audit.record("case.revised", by=by, about=case.person_id, case=case.code, unit=case.unit_id, at=now, detail=before)
    return case


@transaction.atomic
def share_case(case: Case, unit: Unit, *, by: Officer, now: datetime) -> None:
    """Let the officers of another unit work on the case too; doing it twice changes nothing.

    raises   NotPermitted
    """
    require_on(case, "case.edit", by, clock.local_day(now))
    _, made = CaseShare.objects.get_or_create(case=case, unit=unit, defaults={"shared_by": by, "shared_at": now})
    if made:
        audit.record("case.shared", by=by, case=case.code, unit=case.unit_id, at=now, detail={"with": unit.code})


@transaction.atomic
def stop_sharing(case: Case, unit_id: int, *, by: Officer, now: datetime) -> None:
    """Take the case back from a unit it was shared with.

    raises   NotPermitted
    """
    require_on(case, "case.edit", by, clock.local_day(now))
    removed, _ = CaseShare.objects.filter(case=case, unit_id=unit_id).delete()
    if removed:
        audit.record("case.unshared", by=by, case=case.code, unit=case.unit_id, at=now, detail={"unit": unit_id})


@transaction.atomic
def propose_milestones(case: Case, found: Iterable[MilestoneEvidence], *, now: datetime) -> int:
    """Write down where the case's own visits say it was; those already there, decided or not, stay as they are.

    returns  how many are new
    """
    vault = vault_of(case)
    keyed = {vault.index("visit", each.point_id, each.start.isoformat()): each for each in found}
    known = {bytes(key) for key in case.milestones.values_list("key", flat=True)}
    fresh = [
        Milestone(
            case=case,
            key=key,
            source=MilestoneSource.VISITS,
            evidence=vault.seal("milestone", key, evidence),
            recorded_at=now,
        )
        for key, evidence in keyed.items()
        if key not in known
    ]
    Milestone.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


@transaction.atomic
def tell_milestone(case: Case, told: MilestoneEvidence, *, by: Officer, now: datetime) -> Milestone:
    """Write down a place that the case told: any place, registered or not; it counts at once.

    raises   NotPermitted, PeriodWrong, NotYetThere, PlaceNotNamed
    """
    require_on(case, "case.edit", by, clock.local_day(now))
    rules.check_milestone(told.window, case.period_start)
    if told.start > now:
        raise NotYetThere
    if told.place_id is None and not (told.place_name.strip() and told.unit_id):
        raise PlaceNotNamed
    vault, key = vault_of(case), secrets.token_bytes(32)
    sealed = vault.seal("milestone", key, told)
    milestone = Milestone(case=case, key=key, source=MilestoneSource.TOLD, evidence=sealed, recorded_at=now)
    milestone.state, milestone.decided_by, milestone.decided_at = MilestoneState.DECIDED, by, now
    milestone.save()
    audit.record("milestone.told", by=by, about=case.person_id, case=case.code, unit=case.unit_id, at=now)
    return milestone


@transaction.atomic
def decide_milestone(case: Case, milestone_id: int, state: str, *, by: Officer, now: datetime) -> Milestone:
    """Make a proposed milestone count, set it aside, or put it back.

    raises   NotPermitted, MilestoneNotFound, BadInput
    """
    require_on(case, "case.edit", by, clock.local_day(now))
    if state not in MilestoneState.values:
        raise BadInput(field="state")
    milestone = case.milestones.select_for_update().filter(pk=milestone_id).first()
    if milestone is None:
        raise MilestoneNotFound
    milestone.state, milestone.decided_by, milestone.decided_at = state, by, now
    milestone.save(update_fields=["state", "decided_by", "decided_at"])
    audit.record(f"milestone.{state}", by=by, about=case.person_id, case=case.code, unit=case.unit_id, at=now)
    return milestone
