"""Confirmed cases, the units that may work on them, the key of each case's evidence, and its milestones.

The dates and the infectious period of a case are health data in clear; where a case was and with whom is evidence, one
sealed blob a row, opened with the case's own key (`evidence.py`).
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.models import Officer
from dauchan.cases import rules
from dauchan.kernel.intervals import Interval
from dauchan.people.models import Person
from dauchan.units.models import Unit


class Case(models.Model):
    """One confirmed index case (F0) with its infectious period and the ruleset that gave it."""

    code = models.CharField(max_length=20, unique=True)
    year = models.SmallIntegerField()
    number = models.IntegerField()
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    onset_on = models.DateField(null=True)
    sampled_on = models.DateField(null=True)
    confirmed_on = models.DateField()
    isolated_at = models.DateTimeField(null=True)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    ruleset = models.CharField(max_length=80)
    override_reason = models.CharField(max_length=500, blank=True)
    confirmed_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["year", "number"], name="case_number_once"),
            models.UniqueConstraint(fields=["person", "confirmed_on"], name="case_once_a_day"),
            models.CheckConstraint(condition=Q(period_end__gt=F("period_start")), name="case_period_forward"),
            models.CheckConstraint(
                condition=Q(onset_on__isnull=False) | Q(sampled_on__isnull=False), name="case_has_first_day"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "-id"], name="case_by_unit"),  # visible_to, newest first
            models.Index(fields=["-confirmed_on"], name="case_by_day"),  # filter of the list
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def period(self) -> Interval:
        return Interval(self.period_start, self.period_end)

    @property
    def dates(self) -> rules.CaseDates:
        return rules.CaseDates(self.confirmed_on, self.onset_on, self.sampled_on, self.isolated_at)


class CaseShare(models.Model):
    """Another unit that may work on the case, beside its managing unit."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="shares")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    shared_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    shared_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "unit"], name="case_shared_once")]
        indexes: ClassVar = [models.Index(fields=["unit", "case"], name="case_share_unit")]  # visible_to

    def __str__(self) -> str:
        return f"{self.case_id} -> {self.unit_id}"


class CaseKey(models.Model):
    """The key of one case's evidence, wrapped by the keyring; without this row the evidence is noise."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="key")
    wrapping_key = models.SmallIntegerField()
    wrapped = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.case_id}"


class MilestoneState(models.TextChoices):
    PROPOSED = "proposed", _("Chờ quyết định")
    DECIDED = "decided", _("Mốc dịch tễ")
    SET_ASIDE = "set_aside", _("Bỏ qua")


class MilestoneSource(models.TextChoices):
    VISITS = "visits", _("Từ lượt đến/đi")
    TOLD = "told", _("Ca bệnh kể")


class Milestone(models.Model):
    """A place and window of a case; where and when is in `evidence`, `key` makes a second proposal of it harmless."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="milestones")
    key = models.BinaryField(max_length=32)
    source = models.CharField(max_length=8, choices=MilestoneSource)
    state = models.CharField(max_length=10, choices=MilestoneState, default=MilestoneState.PROPOSED)
    evidence = models.BinaryField()
    decided_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "key"], name="milestone_once"),
            models.CheckConstraint(condition=Q(state__in=MilestoneState.values), name="milestone_state_known"),
            models.CheckConstraint(condition=Q(source__in=MilestoneSource.values), name="milestone_source_known"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.pk}"
