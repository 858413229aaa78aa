"""Devices at gates, their keepers, and the one-time codes by which both join.

A device is a gate's credential with what it last said of itself. Scans carry the device; who kept it when is told by
shifts.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from dauchan.accounts.models import Credential, Officer
from dauchan.places.models import Place

KINDS = ("device", "keeper")


class Device(models.Model):
    """A phone at a gate, bound to a place until its credential ends; `waiting` scans are on it and not sent yet."""

    credential = models.OneToOneField(Credential, models.CASCADE, primary_key=True, related_name="+")
    place = models.ForeignKey(Place, models.CASCADE, related_name="+")
    heard_at = models.DateTimeField()
    waiting = models.PositiveIntegerField(default=0)
    oldest_waiting = models.DateTimeField(null=True)
    app = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["heard_at"], name="gate_device_heard"),  # slow_devices
        ]

    def __str__(self) -> str:
        return f"device {self.pk}"


class Keeper(models.Model):
    """Somebody who keeps a gate with a device, until a day or until ended."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="keepers")
    name = models.CharField(max_length=80)
    joined_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"keeper {self.pk}"


class JoinCode(models.Model):
    """A one-time code on somebody's screen; whoever types it joins: a device with its first keeper, or a keeper."""

    kind = models.CharField(max_length=6)
    code_hash = models.BinaryField(unique=True)
    place = models.ForeignKey(Place, models.CASCADE, related_name="+")
    device = models.ForeignKey(Device, models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=80, blank=True)
    until = models.DateTimeField()
    takes_paper = models.BooleanField(default=False)
    made_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="join_code_kind"),
            models.CheckConstraint(
                condition=Q(kind="device", device__isnull=True) | Q(kind="keeper", device__isnull=False),
                name="join_code_device",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} code {self.pk}"


class Shift(models.Model):
    """When a keeper had a device in hand, as the device says."""

    id = models.UUIDField(primary_key=True)
    keeper = models.ForeignKey(Keeper, models.CASCADE, related_name="shifts")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")), name="shift_on"
            ),
        ]

    def __str__(self) -> str:
        return f"shift of {self.keeper_id}"
