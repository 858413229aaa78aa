"""The verbs of urging: a reminder to those who lag, calls, the steps of the ladder that a person decides, and undoing.

The product proposes the next step (`ladder.py`); nothing here happens without somebody's decision and reason. A
suspension is proposed to whoever approves places, and never done from here.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import override

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.coverage import uses
from dauchan.coverage.definitions import indicator
from dauchan.coverage.figures import Subject, figures, latest_day
from dauchan.coverage.words import number
from dauchan.directives import ladder, rules, scope, wording, writing
from dauchan.directives.lagging import Chosen, Laggard, laggards
from dauchan.directives.models import (
    Addressee,
    Call,
    Directive,
    Ladder,
    LadderStep,
    Lag,
    Recipient,
    Reminded,
)
from dauchan.directives.wording import Purpose, Role
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound
from dauchan.people.rules import normal_text
from dauchan.units.models import Agency

LINES_OF_THEIR_OWN = 12
"""So many addressees stand by name in "Kính gửi"; more of them are named by the annex. Ours."""
IN_THE_ANNEX = "Các cơ quan, đơn vị, địa phương có tên trong phụ lục"
BACK_IN_USE = "Có lượt quét trở lại ngày {day}."
BETTER = "{name}: từ {before} lên {after} (số liệu ngày {day})."
FEWER = "{name}: từ {before} xuống {after} (số liệu ngày {day})."


@transaction.atomic
def draft_reminder(
    issuer: Agency, wanted: Chosen, words: writing.Words, *, code: str, by: Officer, now: datetime
) -> Directive:
    """Begin a reminder to those chosen: their figures stand in its annex, and their agencies are its addressees as far
    as the issuer may write to them.

    code     the indicator by which they lag
    raises   NobodyChosen, OutOfScope, UnknownIndicator
    """
    on = clock.local_day(now)
    indicator(code)
    found = laggards(wanted, code, by, on)
    made = writing.draft(issuer, words, by=by, now=now, purpose=Purpose.REMINDER)
    rows = [
        Reminded(
            directive=made,
            kind=one.kind,
            subject_id=one.id,
            name=one.name[:200],
            unit=one.unit,
            agency=one.agency,
            figures={"indicator": code, **one.figures},
        )
        for one in found
    ]
    Reminded.objects.bulk_create(rows)
    _address(made, found, by, on)
    return made


def _address(made: Directive, found: Sequence[Laggard], by: Officer, on: date) -> None:
    meant = {one.agency.pk: one.agency for one in found if one.agency}
    allowed = set(scope.may_be_told(by, made.issuer, on).filter(id__in=meant).values_list("id", flat=True))
    told = {number: agency for number, agency in meant.items() if number in allowed}
    many = len(told) > LINES_OF_THEIR_OWN
    shared = Addressee.objects.create(directive=made, role=Role.EXECUTE, words=IN_THE_ANNEX) if many else None
    for agency in told.values():
        line = shared or Addressee.objects.create(directive=made, role=Role.EXECUTE, words=agency.name)
        Recipient.objects.create(directive=made, addressee=line, agency=agency, role=Role.EXECUTE)


@transaction.atomic
def send_reminder(directive_id: int, reason: str, *, by: Officer, now: datetime) -> Directive:
    """Send a reminder that was signed: each who lags and whose agency is told goes one step up the ladder, with this
    reason.

    raises   NotFound, NotADraft, NotReady, ReasonMissing
    """
    why = _reason(reason)
    sent = writing.send(directive_id, by=by, now=now)
    for one in told_of(sent).order_by("kind", "subject_id"):  # all letters in one order: none waits for another in turn
        _remind(one, sent, why, by=by, now=now)
    return sent


def told_of(reminder: Directive) -> QuerySet[Reminded]:
    """Those who lag whose agency gets the reminder, or writes it; the others only stand in its annex."""
    told = Q(agency__in=reminder.recipients.values("agency")) | Q(agency=reminder.issuer_id)
    return reminder.reminded.filter(told)


def _reason(text: str) -> str:
    why = normal_text(text, field="reason", longest=rules.NOTE_LENGTH)
    if not why:
        raise rules.ReasonMissing(field="reason")
    return why


@transaction.atomic
def withdraw(directive_id: int, why: str, *, by: Officer, now: datetime) -> Directive:
    """Take back a document that was sent, and with a reminder the steps that it was.

    raises   NotFound, ReasonMissing
    """
    gone = writing.withdraw(directive_id, why, by=by, now=now)
    steps = LadderStep.objects.filter(directive=gone, undone_at=None)
    climbing = Ladder.objects.select_for_update().filter(pk__in=steps.values("ladder"))
    for standing in climbing.order_by("kind", "subject_id", "pk"):
        for step in steps.filter(ladder=standing):
            _undo(standing, step, gone.withdrawn_why, by=by, now=now)
    return gone


def _remind(one: Reminded, sent: Directive, why: str, *, by: Officer, now: datetime) -> None:
    standing = _standing_of(one, clock.local_day(now))
    LadderStep.objects.create(ladder=standing, step=rules.REMIND, reason=why, directive=sent, at=now, by=by)
    _recount(standing)


def _standing_of(one: Reminded, on: date) -> Ladder:
    """The open ladder of one who lags, locked; a new one if there is none, or if it ended a moment ago."""
    begins = {"name": one.name, "unit_id": one.unit_id, "agency_id": one.agency_id, "last_step_on": on}
    begins |= {"indicator": one.indicator, "was": one.value}
    known, _made = Ladder.objects.get_or_create(kind=one.kind, subject_id=one.subject_id, left_at=None, defaults=begins)
    held = Ladder.objects.select_for_update().get(pk=known.pk)
    return held if held.left_at is None else _standing_of(one, on)


def _recount(standing: Ladder) -> None:
    """Where somebody stands, from the steps that weren't undone; without any they have left the ladder."""
    steps = [step for step in standing.steps.all() if step.undone_at is None]
    standing.reminders = sum(step.step == rules.REMIND for step in steps)
    standing.proposed = any(step.step == rules.PROPOSE for step in steps)
    if steps:
        standing.last_step_on = clock.local_day(max(step.at for step in steps))
    standing.save(update_fields=["reminders", "proposed", "last_step_on"])


def _ladder_of(ladder_id: int, by: Officer, on: date) -> Ladder:
    """An open ladder where the officer urges, locked.

    raises   NotFound
    """
    reach = scope.rollout_scope(by, on)
    found = Ladder.objects.select_for_update(of=("self",)).select_related("unit").filter(pk=ladder_id, left_at=None)
    standing = found.first()
    if standing is None or not (reach.holds_unit(standing.unit_id) or standing.agency_id in reach.agency_ids):
        raise NotFound
    return standing


@transaction.atomic
def propose_suspension(ladder_id: int, reason: str, *, by: Officer, now: datetime) -> Ladder:
    """Propose to whoever approves places that a place is suspended; for others, that their superior steps in.

    raises   NotFound, ReasonMissing, StepNotPossible before the rules' number of reminders
    """
    on, why = clock.local_day(now), _reason(reason)
    standing = _ladder_of(ladder_id, by, on)
    following = ladder.next_step(
        standing.reminders, proposed=standing.proposed, last_step_on=standing.last_step_on, today=on
    )
    if following is None or following.step != rules.PROPOSE:
        raise rules.StepNotPossible
    LadderStep.objects.create(ladder=standing, step=rules.PROPOSE, reason=why, at=now, by=by)
    _recount(standing)
    audit.record("ladder.proposed", by=by, at=now, unit=standing.unit_id, detail={"ladder": standing.pk})
    return standing


@transaction.atomic
def undo_step(ladder_id: int, step_id: int, reason: str, *, by: Officer, now: datetime) -> Ladder:
    """Take a step of a ladder back, with a reason; it stays to be read.

    raises   NotFound, ReasonMissing
    """
    why = _reason(reason)
    standing = _ladder_of(ladder_id, by, clock.local_day(now))
    step = standing.steps.filter(pk=step_id, undone_at=None).first()
    if step is None:
        raise NotFound
    _undo(standing, step, why, by=by, now=now)
    audit.record("ladder.undone", by=by, at=now, unit=standing.unit_id, detail={"ladder": standing.pk})
    return standing


def _undo(standing: Ladder, step: LadderStep, why: str, *, by: Officer, now: datetime) -> None:
    """Undo a step of a locked ladder; who has none left leaves it."""
    step.undone_at, step.undone_by, step.undone_why = now, by, why
    step.save(update_fields=["undone_at", "undone_by", "undone_why"])
    _recount(standing)
    if not (standing.reminders or standing.proposed or standing.left_at):
        _leave(standing, why, now)


@transaction.atomic
def let_go(ladder_id: int, note: str, *, by: Officer, now: datetime) -> Ladder:
    """Take somebody off the ladder by hand.

    raises   NotFound, ReasonMissing
    """
    why = _reason(note)
    standing = _ladder_of(ladder_id, by, clock.local_day(now))
    _leave(standing, why, now)
    audit.record("ladder.left", by=by, at=now, unit=standing.unit_id, detail={"ladder": standing.pk})
    return standing


def _leave(standing: Ladder, note: str, now: datetime) -> None:
    standing.left_at, standing.left_note = now, note[: rules.NOTE_LENGTH]
    standing.save(update_fields=["left_at", "left_note"])


def let_go_who_reacted(now: datetime) -> int:
    """Take those off the ladder who scan again or got better since they were reminded, with a note that says so; not
    those who were reminded again while that was being found out.

    returns  how many left
    """
    climbing = list(Ladder.objects.filter(left_at=None))
    notes = _of_places(climbing) | _of_others(climbing)
    last_step = {standing.pk: standing.last_step_on for standing in climbing}
    with transaction.atomic():
        held = Ladder.objects.select_for_update().filter(pk__in=notes, left_at=None)
        going = [one for one in held.order_by("kind", "subject_id") if one.last_step_on == last_step[one.pk]]
        for standing in going:
            _leave(standing, notes[standing.pk], now)
    return len(going)


def _of_places(climbing: Sequence[Ladder]) -> dict[int, str]:
    places = [standing for standing in climbing if standing.kind == Lag.PLACE]
    used = uses.last_days(standing.subject_id for standing in places)
    return {
        standing.pk: BACK_IN_USE.format(day=f"{last:%d/%m/%Y}")
        for standing in places
        if (last := used[standing.subject_id]) and last > standing.last_step_on
    }


def _of_others(climbing: Sequence[Ladder]) -> dict[int, str]:
    day = latest_day()
    others = [standing for standing in climbing if standing.kind != Lag.PLACE and standing.was is not None]
    if day is None or not others:
        return {}
    codes = {standing.indicator for standing in others}
    found = figures([Subject(standing.kind, standing.subject_id) for standing in others], codes, day)
    notes = {}
    for standing in others:
        if day <= standing.last_step_on:
            continue
        value = found[Subject(standing.kind, standing.subject_id)][standing.indicator].value
        note = _better(standing, value, day)
        if note:
            notes[standing.pk] = note
    return notes


REACTED_POINTS = 10
"""How many points of a percentage count as a reaction, not as noise. Ours."""


def _better(standing: Ladder, value: float | None, day: date) -> str:
    """How a figure got better since the reminder; "" when it didn't, or hardly."""
    one, before = indicator(standing.indicator), standing.was
    if value is None or before is None:
        return ""
    least = REACTED_POINTS if one.unit == "percent" else 1
    gain = before - value if one.better == "down" else value - before
    if gain < least:
        return ""
    words = FEWER if one.better == "down" else BETTER
    with override("vi"):
        return words.format(name=one.name_vi, before=number(before), after=number(value), day=f"{day:%d/%m/%Y}")


@transaction.atomic
def note_call(reminded_id: int, outcome: str, note: str, *, next_call: date | None, by: Officer, now: datetime) -> Call:
    """Write down a call to one who lags.

    raises   NotFound, BadInput
    """
    on = clock.local_day(now)
    one = Reminded.objects.select_related("directive").filter(pk=reminded_id).first()
    if one is None or outcome not in dict(wording.OUTCOMES):
        raise NotFound
    issued = scope.own_directive(one.directive_id, by, on)
    if next_call and not on <= next_call <= on + timedelta(days=365):
        raise rules.NotReady(field="next_call", missing="ngày gọi lại", missing_en="the day of the next call")
    told = normal_text(note, field="note", longest=rules.NOTE_LENGTH)
    made = Call.objects.create(reminded=one, outcome=outcome, note=told, next_call=next_call, at=now, by=by)
    audit.record("call.noted", by=by, at=now, unit=issued.issuer.unit_id, detail={"reminded": one.pk})
    return made
