"""Health asks for scanning somewhere; whoever runs the rollout hands it to an agency; its outcome goes back.

An ask names a place or a unit, days and a target. Which case or whom it is for is never written here.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from procrastinate.contrib.django import app

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import reach_of
from dauchan.coverage.definitions import indicator
from dauchan.directives import impersonal, rules, scope
from dauchan.directives.models import Ask
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, NotFound
from dauchan.people.rules import normal_text
from dauchan.places.models import Place
from dauchan.places.queries import place_cards
from dauchan.units.models import Agency, Unit

AIMS = ("scan_ratio", "exit_share", "displayed_share", "active_day_share", "check_ins")
"""The indicators by which health says what is to be reached."""
LONGEST = timedelta(days=92)
"""How many days an ask may cover: three months. Ours."""


class DaysUnclear(BadInput):
    vi = "Khoảng ngày chưa đúng: kết thúc không trước bắt đầu và không ở quá khứ, dài nhất 3 tháng."
    en = "The days are not right: the end is neither before the beginning nor past, three months at most."


class AimMissing(BadInput):
    vi = "Hãy chọn cần đạt gì, hoặc ghi vài chữ."
    en = "Choose what is to be reached, or say it in a few words."


@dataclass(frozen=True)
class Wish:
    """What health wants: where, on which days, how much, by a figure or in a few words."""

    begins: date
    ends: date
    target: str = ""
    indicator: str = ""
    value: float | None = None
    unit: Unit | None = None
    place_id: int | None = None


@transaction.atomic
def ask(wish: Wish, *, by: Officer, now: datetime) -> Ask:
    """Ask for scanning at a place or in a unit.

    raises   NotFound, OutOfScope, DaysUnclear, AimMissing, TargetIncomplete, TargetBeyond, TellsOfAPerson
    """
    on = clock.local_day(now)
    place = place_to_ask_about(wish.place_id) if wish.place_id else None
    unit_id = place.unit_id if place else wish.unit.pk if wish.unit else None
    reach = reach_of(by, scope.ASK, on)
    if unit_id is None or not (reach.everywhere or unit_id in reach.unit_ids):
        raise rules.OutOfScope
    if not (timedelta(0) <= wish.ends - wish.begins <= LONGEST and wish.ends >= on):
        raise DaysUnclear(field="begins")
    target = normal_text(wish.target, field="target", longest=200)
    if wish.indicator not in ("", *AIMS) or not (target or wish.indicator):
        raise AimMissing(field="indicator")
    rules.check_target(wish.value, indicator(wish.indicator).unit if wish.indicator else "", field="value")
    impersonal.check(target, field="target")
    made = Ask.objects.create(
        unit_id=unit_id,
        place=place,
        begins=wish.begins,
        ends=wish.ends,
        indicator=wish.indicator,
        value=wish.value,
        target=target,
        asked_by=by,
        asked_at=now,
    )
    audit.record("scanning.asked", by=by, at=now, unit=unit_id, detail={"ask": made.pk})
    app.configure_task("directives.announce_ask").defer(ask_id=made.pk)
    return made


def place_to_ask_about(place_id: int) -> Place:
    """A registered place, wherever it lies; whether the officer may ask there is another question.

    raises   NotFound
    """
    card = place_cards([place_id]).get(place_id)
    if card is None:
        raise NotFound
    return Place(pk=card.place_id, name=card.name, unit_id=card.unit_id)


def _ask_of(ask_id: int, by: Officer, on: date) -> Ask:
    found = scope.asks_seen(by, on).filter(pk=ask_id).values("pk")
    row = Ask.objects.select_for_update(of=("self",)).filter(pk__in=found).first()
    if row is None:
        raise NotFound
    return row


def _step(row: Ask, *, taken_from: int | None = None) -> None:
    """Keep a step, and have told whom it concerns.

    taken_from   the agency that knew of the ask and has it no more
    """
    row.told_at = None
    row.save()
    app.configure_task("directives.announce_ask").defer(ask_id=row.pk, taken_from=taken_from)


def manages(ask_row: Ask, by: Officer, on: date) -> bool:
    """Whether the officer runs the rollout where scanning is asked for."""
    return scope.rollout_scope(by, on).holds_unit(ask_row.unit_id)


@transaction.atomic
def assign(ask_id: int, agency: Agency, *, by: Officer, now: datetime) -> Ask:
    """Hand an ask to the agency that sees to it; the one that it is taken from is told so too.

    raises   NotFound, OutOfScope, StepNotPossible
    """
    on = clock.local_day(now)
    row = _ask_of(ask_id, by, on)
    if not (manages(row, by, on) and scope.rollout_scope(by, on).holds_agency(agency)):
        raise rules.OutOfScope
    if row.state not in rules.WITHOUT_ANSWER:
        raise rules.StepNotPossible
    knew = row.agency_id if row.told_at else None
    row.state, row.agency, row.assigned_by, row.assigned_at = rules.ASSIGNED, agency, by, now
    _step(row, taken_from=knew if knew != agency.pk else None)
    audit.record("scanning.assigned", by=by, at=now, unit=row.unit_id, detail={"ask": row.pk, "agency": agency.pk})
    return row


@transaction.atomic
def answer(ask_id: int, state: str, outcome: str, *, by: Officer, now: datetime) -> Ask:
    """Say what came of an ask; the asker reads it.

    raises   NotFound, OutOfScope, StepNotPossible, ReasonMissing
    """
    on = clock.local_day(now)
    row = _ask_of(ask_id, by, on)
    has_it = row.agency_id is not None and row.agency_id in scope.answers_for(by, on)
    if not (has_it or (state == rules.DECLINED and manages(row, by, on))):
        raise rules.OutOfScope
    told = normal_text(outcome, field="outcome", longest=rules.NOTE_LENGTH)
    if not told:
        raise rules.ReasonMissing(field="outcome")
    if row.state not in rules.WITHOUT_ANSWER or state not in (rules.ANSWERED, rules.DECLINED):
        raise rules.StepNotPossible
    row.state, row.outcome, row.answered_by, row.answered_at = state, told, by, now
    _step(row)
    audit.record("scanning.answered", by=by, at=now, unit=row.unit_id, detail={"ask": row.pk, "to": state})
    return row
