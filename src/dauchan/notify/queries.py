"""What became of messages, in numbers; and what the made-up phone of a try-out shows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from dauchan.notify.actions import EVERYBODY, Envelope, opened
from dauchan.notify.models import Message, State

SHOWN = 20
STUCK_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class Sent:
    """One message on the try-out's phone."""

    at: datetime
    envelope: Envelope


def on_the_try_out_phone(now: datetime) -> list[Sent]:
    """The messages that a try-out's phone has, the newest first."""
    found = Message.objects.filter(sealed__isnull=False, expires_at__gt=now).order_by("-pk")[:SHOWN]
    return [Sent(message.made_at, envelope) for message in found if (envelope := opened(message)) is not None]


@dataclass(frozen=True)
class Tally:
    """How many messages there were, and how many of them reached nobody."""

    all: int
    lost: int


def tally_since(since: datetime) -> Tally:
    """The messages made since."""
    lost = Count("pk", filter=Q(state__in=(State.FAILED, State.UNDELIVERED, State.EXPIRED)))
    return Tally(**Message.objects.filter(made_at__gte=since).aggregate(all=Count("pk"), lost=lost))


def stuck(now: datetime) -> int:
    """How many messages have waited for minutes."""
    return Message.objects.filter(state=State.WAITING, made_at__lt=now - STUCK_AFTER, expires_at__gt=now).count()


def budget_is_spent(now: datetime) -> bool:
    """Whether the installation sends no more messages for now."""
    return EVERYBODY.left(now=now) < 1
