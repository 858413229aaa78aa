"""Telling officers that a document came, or of a step of what health asked for: once each, also when a worker dies in
the middle.

The messages to an agency and the mark that they were sent are written in one transaction, a few agencies at a time;
whoever goes on later begins with those without a mark. An agency for which no more messages may go out for now keeps
nobody behind it waiting. What is sent names neither people nor content.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from dauchan import config
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import officers_at_agencies
from dauchan.directives import rules, scope
from dauchan.directives.models import Ask, Recipient
from dauchan.kernel import clock
from dauchan.notify.actions import SmsBudgetSpent, send_mail, send_sms, spend_on_sms
from dauchan.notify.gateways import NoSms
from dauchan.notify.mail import can_mail
from dauchan.units import agencies
from dauchan.units.models import Agency, AgencyKind

AT_ONCE = 20
WORTH_SENDING = timedelta(days=2)
SUBJECT = "Dấu Chân: có văn bản mới"
TEXT = "Có văn bản mới, xem tại {address}"
ASK_SUBJECT = "Dấu Chân: có tin về yêu cầu quét mã"
ASK_TEXT = "Có tin về yêu cầu quét mã, xem tại {address}"


def announce(directive_id: int, *, now: datetime) -> int:
    """Tell everybody who gets a document and wasn't told yet.

    returns  how many agencies were told
    raises   SmsBudgetSpent when some still wait, or somebody else holds them: all others were told, and another run
             tells these
    """
    rows: list[Recipient] = []
    while chunk := _some(directive_id, rows[-1].pk if rows else 0, now=now):
        rows += chunk
    if _waiting(directive_id).exists():
        raise SmsBudgetSpent(seconds=600)
    return len(rows)


def _waiting(directive_id: int) -> QuerySet[Recipient]:
    return Recipient.objects.filter(directive_id=directive_id, directive__state="sent", notified_at__isnull=True)


@transaction.atomic
def _some(directive_id: int, last: int, *, now: datetime) -> list[Recipient]:
    """Tell the next few behind the last one; whoever must wait stays without a mark, and nobody there is told."""
    rows = list(
        _waiting(directive_id)
        .filter(id__gt=last)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("agency__unit")
        .order_by("id")[:AT_ONCE]
    )
    officers = officers_of([row.agency for row in rows], now)
    text = TEXT.format(address=f"{_address()}/{directive_id}")
    for row in rows:
        with suppress(SmsBudgetSpent), transaction.atomic():
            row.notified = sum(_tell(officer, SUBJECT, text, now=now) for officer in officers.get(row.agency_id, []))
            row.notified_at = now
    Recipient.objects.bulk_update(rows, ["notified", "notified_at"])
    return rows


def officers_of(asked: Sequence[Agency], now: datetime) -> Mapping[int, list[Officer]]:
    """Who answers for each of these agencies today; of a dissolved one, who answers for its successor."""
    on = clock.local_day(now)
    now_bearing = agencies.bearers([agency.pk for agency in asked], on)
    units = {agency.pk: agency.unit_id if agency.kind == AgencyKind.COMMITTEE else 0 for agency in now_bearing.values()}
    found = officers_at_agencies("agency.act", units, on)
    return {was: found.get(agency.pk, []) for was, agency in now_bearing.items()}


@transaction.atomic
def announce_ask(ask_id: int, *, now: datetime) -> int:
    """Tell of the newest step of what health asked for, unless that was done: who runs the rollout there of a new one,
    the agency of one that it was given, who asked of the answer.

    returns  how many messages
    raises   SmsBudgetSpent when they must wait; nobody was told
    """
    waiting = Ask.objects.select_for_update(of=("self",)).select_related("agency__unit", "asked_by")
    row = waiting.filter(pk=ask_id, told_at__isnull=True).first()
    if row is None:
        return 0
    text = ASK_TEXT.format(address=f"{_address()}/yeu-cau")
    count = sum(_tell(officer, ASK_SUBJECT, text, now=now) for officer in _concerned(row, now))
    row.told_at = now
    row.save(update_fields=["told_at"])
    return count


def _concerned(row: Ask, now: datetime) -> list[Officer]:
    on = clock.local_day(now)
    if row.state == rules.ASKED:
        return scope.managers_of(row.unit_id, on)
    if row.state == rules.ASSIGNED and row.agency:
        return officers_of([row.agency], now).get(row.agency.pk, [])
    return [row.asked_by] if row.asked_by.is_active else []


def _address() -> str:
    host = config.load().public_host or "localhost"
    return f"https://{host}/trien-khai/van-ban"


def _tell(officer: Officer, subject: str, text: str, *, now: datetime) -> int:
    """One message to one officer: an e-mail, or an SMS where no e-mail goes out.

    returns  1, or 0 when there is no way to reach them
    raises   SmsBudgetSpent
    """
    until = now + WORTH_SENDING
    if can_mail() and officer.email:
        send_mail(officer.email, subject, text, purpose="directive", expires_at=until, now=now)
        return 1
    if not officer.phone:
        return 0
    try:
        spend_on_sms(officer.phone, now=now)
    except NoSms:
        return 0
    send_sms(officer.phone, text, purpose="directive", expires_at=until, now=now)
    return 1
