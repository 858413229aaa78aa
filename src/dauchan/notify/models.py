"""Messages on their way out, and token buckets. Recipient and text stand here sealed, and only until a message is over.

States: `waiting` for the worker or for another try; `accepted` by the provider; `delivered` and `undelivered` as the
provider says afterwards; `failed` when the provider refused it, `expired` when it could not be sent in time.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class State(models.TextChoices):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    EXPIRED = "expired"


OVER = (State.DELIVERED, State.UNDELIVERED, State.FAILED, State.EXPIRED)


class Channel(models.TextChoices):
    SMS = "sms"
    EMAIL = "email"


class Message(models.Model):
    """One SMS or e-mail: for what, until when it is worth sending, what became of it."""

    purpose = models.CharField(max_length=20)
    channel = models.CharField(max_length=5, choices=Channel, default=Channel.SMS)
    sealed = models.BinaryField(null=True)
    sealed_by = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=11, choices=State, default=State.WAITING)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    provider_id = models.CharField(max_length=100, blank=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="message_state_known"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="message_channel_known"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="message_forward"),
            models.CheckConstraint(condition=~Q(state__in=OVER) | Q(sealed__isnull=True), name="message_over_is_empty"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["provider_id"], condition=~Q(provider_id=""), name="message_of_provider"
            ),  # tell_state
            models.Index(fields=["expires_at"], condition=Q(sealed__isnull=False), name="message_open"),  # sweep
            models.Index(fields=["made_at"], name="message_made"),  # sweep, counts
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.state}"


class Bucket(models.Model):
    """What is left of a budget since it was last asked; of whom or what is a keyed hash."""

    name_hash = models.BinaryField(primary_key=True)
    tokens = models.FloatField()
    at = models.DateTimeField()
    full_at = models.DateTimeField()

    class Meta:
        db_table = "notify_budget"
        indexes: ClassVar = [models.Index(fields=["full_at"], name="budget_full")]  # sweep

    def __str__(self) -> str:
        return "budget"
