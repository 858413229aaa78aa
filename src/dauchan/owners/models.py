"""Who looks after a place beside its owner, what owners hand over to the health authority (a place and a window of
time; officers find the visits there), and what officers ask owners to mend.
"""

from datetime import date, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.people.models import Person
from dauchan.places.models import Place


class Staff(models.Model):
    """Somebody's right to look after a place until an instant; name and masked number are the owner's words, sealed
    under the person's own key.
    """

    place = models.ForeignKey(Place, models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    sealed = models.BinaryField()
    given_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["place", "person"], name="staff_once"),
            models.CheckConstraint(condition=Q(until__gt=F("given_at")), name="staff_forward"),
        ]

    def __str__(self) -> str:
        return f"staff {self.pk}"

    @property
    def last_day(self) -> date:
        return clock.local_day(self.until - timedelta.resolution)


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


class Word(models.Model):
    """What an officer asks the owner of a place to mend, shown on the place's own page."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="+", db_index=False)
    words = models.CharField(max_length=600)
    told_at = models.DateTimeField()
    told_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["place", "-told_at"], name="word_latest")]  # words_for

    def __str__(self) -> str:
        return f"word {self.pk}"
