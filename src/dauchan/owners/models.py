"""What owners hand over to the health authority: which place, which window of time; officers find the visits there."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from dauchan.accounts.models import Officer
from dauchan.people.models import Person
from dauchan.places.models import Place


class HandOver(models.Model):
    """An owner's word that somebody should look at a place and time; no visit is copied, and no name leaves."""

    receipt = models.CharField(max_length=8, unique=True)
    place = models.ForeignKey(Place, models.CASCADE, related_name="+")
    by = models.ForeignKey(Person, models.CASCADE, related_name="+")
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    reason = models.CharField(max_length=300)
    made_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends__gt=F("begins")), name="hand_over_forward"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-made_at", "-id"], condition=Q(taken_at__isnull=True), name="hand_over_waiting"),
        ]

    def __str__(self) -> str:
        return self.receipt
