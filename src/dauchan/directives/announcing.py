"""Telling officers that a document came, or of a step of what health asked for: once each, also when a worker dies in
the middle.

The messages to an agency and the mark that they were sent are written in one transaction, a few agencies at a time;
whoever goes on later begins with those without a mark. What SMS cost is taken before, in no transaction, and given back
where another run was first. An agency for which no more messages may go out for now keeps nobody behind it waiting.
What is sent names neither people nor content.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from dauchan import config
from dauchan.accounts.models import Officer
from dauchan.accounts.queries import officers_at_agencies
from dauchan.agencies.queries import Contact, contacts_of
from dauchan.directives import rules, scope
from dauchan.directives.models import Ask, Recipient
from dauchan.kernel import clock
from dauchan.notify.actions import BLOCK, SmsBudgetSpent, put_back_sms, send_mail, send_sms, spend_on_sms
from dauchan.notify.gateways import can_text
from dauchan.notify.mail import can_mail
from dauchan.units import agencies
from dauchan.units.models import Agency, AgencyKind

AT_ONCE = 20
MOST_TEXTS = int(BLOCK.capacity)
"""SMS to one agency: what a block of neighbouring numbers may get at once, so that none waits for ever."""
WORTH_SENDING = timedelta(days=2)
SUBJECT = "Dấu Chân: có văn bản mới"
TEXT = "Có văn bản mới, xem tại {address}"
ASK_SUBJECT = "Dấu Chân: có tin về yêu cầu quét mã"
ASK_TEXT = "Có tin về yêu cầu quét mã, xem tại {address}"
TAKEN_TEXT = "Một yêu cầu quét mã đã giao cho cơ quan khác, xem việc còn lại tại {address}"


def announce(directive_id: int, *, now: datetime) -> int:
    """Tell everybody who gets a document and wasn't told yet.

    returns  how many agencies were told
    raises   SmsBudgetSpent when some still wait, or somebody else holds them: all others were told, and another run
             tells these
    """
    told, last = 0, 0
    while rows := _behind(directive_id, last):
        told += _tell_some(directive_id, rows, now=now)
        last = rows[-1].pk
    if _waiting(directive_id).exists():
        raise SmsBudgetSpent(seconds=600)
    return told


def _waiting(directive_id: int) -> QuerySet[Recipient]:
    return Recipient.objects.filter(directive_id=directive_id, directive__state="sent", notified_at__isnull=True)


def _behind(directive_id: int, last: int) -> list[Recipient]:
    return list(_waiting(directive_id).filter(id__gt=last).select_related("agency__unit").order_by("id")[:AT_ONCE])


def _tell_some(directive_id: int, rows: Sequence[Recipient], *, now: datetime) -> int:
    """Tell a few agencies, each whole; who must wait stays without a mark, and nobody there is told."""
    found = officers_of([row.agency for row in rows], now)
    officers = {row.pk: found.get(row.agency_id, []) for row in rows}
    paid = {pk: theirs for pk, theirs in officers.items() if _pay_for(_phones(theirs), now)}
    told = _tell_paid(directive_id, paid, now=now)
    for pk in paid.keys() - told:
        put_back_sms(*_phones(paid[pk]), now=now)
    return len(told)


@transaction.atomic
def _tell_paid(directive_id: int, paid: Mapping[int, Sequence[Officer]], *, now: datetime) -> set[int]:
    """Tell those of these recipients whom nobody else is telling; their ids."""
    there = _waiting(directive_id).filter(pk__in=paid)
    rows = list(there.select_for_update(of=("self",), skip_locked=True).order_by("id"))
    text = TEXT.format(address=f"{_address()}/{directive_id}")
    for row in rows:
        row.notified, row.notified_at = _send(paid[row.pk], SUBJECT, text, now=now), now
    Recipient.objects.bulk_update(rows, ["notified", "notified_at"])
    return {row.pk for row in rows}


def officers_of(asked: Sequence[Agency], now: datetime) -> Mapping[int, list[Officer]]:
    """Who answers for each of these agencies today; of a dissolved one, who answers for its successor."""
    on = clock.local_day(now)
    now_bearing = agencies.bearers([agency.pk for agency in asked], on)
    units = {agency.pk: agency.unit_id if agency.kind == AgencyKind.COMMITTEE else 0 for agency in now_bearing.values()}
    found = officers_at_agencies("agency.act", units, on)
    return {was: found.get(agency.pk, []) for was, agency in now_bearing.items()}


def people_to_call(asked: Sequence[Agency], now: datetime) -> Mapping[int, list[Contact]]:
    """Whom to call at each of these agencies, or at its successor: the named officers, then others with an account."""
    on = clock.local_day(now)
    now_bearing = agencies.bearers([agency.pk for agency in asked], on)
    named = contacts_of({agency.pk for agency in now_bearing.values()}, on)
    found: dict[int, list[Contact]] = {}
    for was, officers in officers_of(asked, now).items():
        contacts = named.get(now_bearing[was].pk, [])
        phones, known = {one.email: one.phone for one in officers}, {contact.email for contact in contacts}
        reached = [replace(one, phone=one.phone or phones.get(one.email, "")) for one in contacts]
        others = [Contact(was, "", one.name, one.phone, one.email) for one in officers if one.email not in known]
        found[was] = [*reached, *others]
    return found


def announce_ask(ask_id: int, *, taken_from: int | None = None, now: datetime) -> int:
    """Tell of the newest step of what health asked for, unless that was done: who runs the rollout there of a new one,
    the agency of one that it was given, who asked of the answer.

    taken_from   the agency from which that step took it
    returns  how many messages
    raises   SmsBudgetSpent when they must wait; nobody was told
    """
    waiting = Ask.objects.filter(pk=ask_id, told_at=None)
    row = waiting.select_related("asked_by").first()
    if row is None:
        return 0
    concerned, address = _concerned(row, now), f"{_address()}/yeu-cau"
    losing = [officer for officer in _officers_at(taken_from, now) if officer not in concerned]
    phones = _phones(concerned) + _phones(losing)
    if not _pay_for(phones, now):
        raise SmsBudgetSpent(seconds=600)
    with transaction.atomic():
        if waiting.filter(state=row.state, agency=row.agency_id).update(told_at=now):
            told = _send(concerned, ASK_SUBJECT, ASK_TEXT.format(address=address), now=now)
            return told + _send(losing, ASK_SUBJECT, TAKEN_TEXT.format(address=address), now=now)
    put_back_sms(*phones, now=now)  # it went on a step meanwhile, of which another run tells
    return 0


def _concerned(row: Ask, now: datetime) -> list[Officer]:
    on = clock.local_day(now)
    if row.state == rules.ASKED:
        return scope.managers_of(row.unit_id, on)
    if row.state == rules.ASSIGNED:
        return _officers_at(row.agency_id, now)
    return [row.asked_by] if row.asked_by.is_active else []


def _officers_at(agency_id: int | None, now: datetime) -> list[Officer]:
    agency = agencies.agency_by_id(agency_id) if agency_id else None
    return officers_of([agency], now).get(agency.pk, []) if agency else []


def _address() -> str:
    host = config.load().public_host or "localhost"
    return f"https://{host}/trien-khai/van-ban"


def _pay_for(phones: Sequence[str], now: datetime) -> bool:
    """Take what SMS to all of these cost, if there is enough for all; whether there was."""
    try:
        if phones:
            spend_on_sms(*phones, now=now)
    except SmsBudgetSpent:
        return False
    return True


def _send(officers: Sequence[Officer], subject: str, text: str, *, now: datetime) -> int:
    """One message to each who can be reached; how many that are."""
    until, mails, phones = now + WORTH_SENDING, _mails(officers), _phones(officers)
    for mail in mails:
        send_mail(mail, subject, text, purpose="directive", expires_at=until, now=now)
    for phone in phones:
        send_sms(phone, text, purpose="directive", expires_at=until, now=now)
    return len(mails) + len(phones)


def _mails(officers: Sequence[Officer]) -> list[str]:
    return [officer.email for officer in officers if officer.email] if can_mail() else []


def _phones(officers: Sequence[Officer]) -> list[str]:
    """The numbers of those to whom no e-mail goes out, as many as are texted."""
    if not can_text():
        return []
    phones = (officer.phone for officer in officers if officer.phone and not (can_mail() and officer.email))
    return list(dict.fromkeys(phones))[:MOST_TEXTS]
