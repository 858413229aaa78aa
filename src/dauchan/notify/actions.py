"""The verbs of messages, SMS and e-mail: have one sent, send it, say what became of it.

Outgoing messages carry no health status, place or name. Whoever has one sent bounds how often by budgets of its own;
here stand those that bound the bill: for everybody together, and for each block of neighbouring numbers, which is what
a fraud that earns by messages runs through.
"""

from datetime import datetime, timedelta
from itertools import takewhile

import msgspec
from django.db import transaction
from procrastinate.contrib.django import app

from dauchan import config
from dauchan.kernel.errors import TooMany
from dauchan.kernel.keyring import open_keyring
from dauchan.kernel.sealing import CannotOpen, decrypt, encrypt
from dauchan.notify import gateways, mail, rules
from dauchan.notify.budgets import Budget
from dauchan.notify.models import OVER, Bucket, Channel, Message, State

KEPT = timedelta(days=7)
"""How long a row without its recipient tells what became of a message. Ours."""
CONTEXT = b"message"
EVERYBODY = Budget("sms.all", capacity=5_000, per_hour=20_000)
"""Messages of the whole installation: about three times what a province of two million needs when it begins. Ours."""
BLOCK = Budget("sms.block", capacity=20, per_hour=20)
"""Messages to numbers that share their first seven digits: a family may, a fraud does. Ours."""
BLOCK_DIGITS = 7


class SmsBudgetSpent(TooMany):
    kind = "sms_budget_spent"
    vi = "Tạm thời không gửi thêm tin nhắn. Hãy chờ ít phút, hoặc nhờ người trực hay cán bộ xã cấp mã tại chỗ."
    en = "No more messages are sent for now. Wait some minutes, or ask the gate keeper or a commune officer for a code."


class Envelope(msgspec.Struct, frozen=True):
    """What is sealed: whom it goes to and what it says; an SMS has no subject."""

    to: str
    text: str
    subject: str = ""


def spend_on_sms(*phones: str, now: datetime) -> None:
    """Take a message to each of these numbers from what may be sent, or none; outside a transaction, before `send_sms`.

    raises   SmsBudgetSpent, gateways.NoSms
    """
    gateways.the_gateway()
    taken = list(takewhile(lambda phone: _take(phone, now), phones))
    if len(taken) < len(phones):
        put_back_sms(*taken, now=now)
        raise SmsBudgetSpent(seconds=600)


def _take(phone: str, now: datetime) -> bool:
    if not BLOCK.take(phone[:BLOCK_DIGITS], now=now):
        return False
    if not EVERYBODY.take(now=now):
        BLOCK.put_back(phone[:BLOCK_DIGITS], now=now)
        return False
    return True


def put_back_sms(*phones: str, now: datetime) -> None:
    """Give back what was taken for messages to these numbers and not sent."""
    for phone in phones:
        BLOCK.put_back(phone[:BLOCK_DIGITS], now=now)
        EVERYBODY.put_back(now=now)


@transaction.atomic
def send_sms(phone: str, text: str, *, purpose: str, expires_at: datetime, now: datetime) -> Message:
    """Have an SMS sent by the worker; it is not sent when the caller's transaction fails.

    phone        ten digits from 0
    expires_at   when it is no longer worth sending
    """
    return _post(Channel.SMS, Envelope(phone, text), purpose=purpose, expires_at=expires_at, now=now)


@transaction.atomic
def send_mail(to: str, subject: str, text: str, *, purpose: str, expires_at: datetime, now: datetime) -> Message:
    """Have an e-mail sent by the worker; it is not sent when the caller's transaction fails."""
    return _post(Channel.EMAIL, Envelope(to, text, subject), purpose=purpose, expires_at=expires_at, now=now)


def _post(channel: Channel, envelope: Envelope, *, purpose: str, expires_at: datetime, now: datetime) -> Message:
    """Seal it, and put it where the worker finds it."""
    key = open_keyring(config.load().keyring_dir).named("message")
    message = Message.objects.create(
        purpose=purpose,
        channel=channel,
        sealed=encrypt(key.secret, msgspec.json.encode(envelope), CONTEXT),
        sealed_by=key.id,
        made_at=now,
        expires_at=expires_at,
    )
    app.configure_task("notify.deliver").defer(message_id=message.pk)
    return message


def opened(message: Message) -> Envelope | None:
    """Whom a message goes to and what it says; None once it is over, or its key is gone."""
    if message.sealed is None:
        return None
    try:
        secret = open_keyring(config.load().keyring_dir).named("message", message.sealed_by).secret
        return msgspec.json.decode(decrypt(secret, bytes(message.sealed), CONTEXT), type=Envelope)
    except CannotOpen:
        return None


def deliver(message_id: int, *, now: datetime) -> timedelta | None:
    """Hand a message over to the provider.

    returns  how long to wait before the next try; None when there is nothing more to do
    """
    message = Message.objects.filter(pk=message_id, state=State.WAITING).first()
    envelope = opened(message) if message else None
    if message is None or envelope is None:
        return None
    if now >= message.expires_at:
        _end(message, State.EXPIRED, now)
        return None
    try:
        provider_id = _sent(message, envelope)
    except gateways.NotNow as later:
        return _again(message, later.wait)
    except (gateways.NoSms, mail.NoMail):
        return _again(message, timedelta(0))
    except gateways.Refused:
        _end(message, State.FAILED, now)
        return None
    _accepted(message, provider_id, now)
    return None


def _sent(message: Message, envelope: Envelope) -> str:
    if message.channel == Channel.EMAIL:
        return mail.the_mailer().send(envelope.to, envelope.subject, envelope.text, reference=str(message.pk))
    return gateways.the_gateway().send(envelope.to, envelope.text, reference=str(message.pk))


def _again(message: Message, wait: timedelta) -> timedelta:
    """How long to wait before the next try: as the provider asks, and no less than ours."""
    Message.objects.filter(pk=message.pk).update(tries=message.tries + 1)
    return max(wait, rules.pause_before(message.tries + 1))


def _accepted(message: Message, provider_id: str, now: datetime) -> None:
    """The provider has it; a try-out's phone goes on showing it until it expires."""
    kept = message.sealed if config.load().try_out else None
    Message.objects.filter(pk=message.pk, state=State.WAITING).update(
        state=State.ACCEPTED, provider_id=provider_id, sealed=kept, tries=message.tries + 1, told_at=now
    )


def _end(message: Message, state: State, now: datetime) -> None:
    Message.objects.filter(pk=message.pk).update(state=state, sealed=None, told_at=now)


def tell_state(provider_id: str, *, delivered: bool, now: datetime) -> None:
    """Write down what the provider says afterwards of a message, if there is one; the first last word counts."""
    state = State.DELIVERED if delivered else State.UNDELIVERED
    sent = Message.objects.filter(provider_id=provider_id).exclude(provider_id="")
    sent.exclude(state__in=OVER).update(state=state, sealed=None, told_at=now)


def sweep(now: datetime) -> int:
    """Empty what can no longer be sent, forget old rows and budgets that are full again.

    returns  how many rows were touched
    """
    late = Message.objects.filter(expires_at__lte=now, sealed__isnull=False)
    emptied = late.filter(state=State.WAITING).update(state=State.EXPIRED, sealed=None, told_at=now)
    emptied += late.exclude(state=State.WAITING).update(sealed=None)
    forgotten, _ = Message.objects.filter(made_at__lt=now - KEPT).delete()
    full, _ = Bucket.objects.filter(full_at__lt=now).delete()
    return emptied + forgotten + full
