"""What was counted: each place's day, each subject's day, each channel's day, and figures that somebody supplied.

All but the last are made again from the ledger and the registers by `computing`; they outlive the scans they were
counted from, for they are counts and tell of nobody.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from dauchan.accounts.models import Officer
from dauchan.places.models import Place
from dauchan.units.models import Sector

UNIT, AGENCY = "unit", "agency"
KINDS = (UNIT, AGENCY)
OWN, GATE, PAPER, INTEGRATOR = "own", "gate", "paper", "integrator"
CHANNELS = (OWN, GATE, PAPER, INTEGRATOR)
SOURCE_LENGTH = 200


class PlaceDay(models.Model):
    """What one place did on one local day; there is a row only where a scan was made or a gate device was heard of."""

    pk = models.CompositePrimaryKey("day", "place_id")
    day = models.DateField()
    place_id = models.BigIntegerField()
    scans = models.PositiveIntegerField(default=0)
    check_ins = models.PositiveIntegerField(default=0)
    check_outs = models.PositiveIntegerField(default=0)
    people = models.PositiveIntegerField(default=0)
    own = models.PositiveIntegerField(default=0)
    gate = models.PositiveIntegerField(default=0)
    paper = models.PositiveIntegerField(default=0)
    integrator = models.PositiveIntegerField(default=0)
    heard = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["place_id", "day"], name="place_day_place")]  # places.use_of

    def __str__(self) -> str:
        return f"{self.place_id} {self.day}"


_LONGEST = F("last_day").asc(nulls_first=True)
"""Never used places first, then those that are silent the longest."""


class PlaceUse(models.Model):
    """Where a registered place stands after the latest day that was counted: whose it is, first and last check-in.

    `open_from` is the day of its approval while it is approved, null otherwise; `first_day` and `last_day` are null
    for a place that was never used.
    """

    place = models.OneToOneField(Place, models.CASCADE, primary_key=True, related_name="+")
    unit_id = models.BigIntegerField()
    agency_id = models.BigIntegerField(null=True)
    sector = models.CharField(max_length=14)
    open_from = models.DateField(null=True)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                "unit_id", _LONGEST, "place_id", condition=Q(open_from__isnull=False), name="place_use_unit"
            ),  # silent.silent_page, of a commune
            models.Index(
                "agency_id",
                _LONGEST,
                "place_id",
                condition=Q(open_from__isnull=False, agency_id__isnull=False),
                name="place_use_agency",
            ),  # silent.silent_page, of an agency
            models.Index(
                _LONGEST, "place_id", condition=Q(open_from__isnull=False), name="place_use_all"
            ),  # silent.silent_page, of a province
        ]

    def __str__(self) -> str:
        return f"{self.place_id}"


class CountedDay(models.Model):
    """A day that was counted: when last, how many scans the ledger held then, how many supplied figures were known."""

    day = models.DateField(primary_key=True)
    as_of = models.DateTimeField()
    scans = models.BigIntegerField()
    supplied = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.day}"


def _count() -> "models.BigIntegerField[int, int]":
    return models.BigIntegerField(default=0)


def _known() -> "models.BigIntegerField[int | None, int | None]":
    """A count that may not be known: nobody counted it, or what it is counted from is gone."""
    return models.BigIntegerField(null=True)


class DayCounts(models.Model):
    """A subject's counts of one day: a unit or agency with all that lies beneath, in one sector or ("") in all.

    Every column is a sum over places or agencies, but `people`, `reachable`, `staff_joined` (different people of that
    day) and `days_at_zero`. `as_of` is when the row was counted.
    """

    pk = models.CompositePrimaryKey("day", "kind", "sector", "subject_id")
    day = models.DateField()
    kind = models.CharField(max_length=6)
    sector = models.CharField(max_length=14, blank=True)
    subject_id = models.BigIntegerField()
    as_of = models.DateTimeField()
    registered = _count()
    approved = _count()
    new_places = _count()
    active_day = _count()
    active_7d = _count()
    silent = _count()
    never_used = _count()
    reporting_zero = _count()
    not_reporting = _count()
    first_use_days = _count()
    used = _count()
    scans = _count()
    check_ins = _count()
    check_outs = _count()
    people = _known()
    reachable = _known()
    residents_with_pass = _known()
    communes = _known()
    communes_at_zero = _known()
    days_at_zero = _known()
    should_exist = _known()
    matched = _known()
    inspected = _known()
    displayed = _known()
    counted_scans = _known()
    counted_visitors = _known()
    agencies = _known()
    attested = _known()
    focal_officers = _known()
    staff_joined = _known()
    staff_declared = _known()
    self_check = _known()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="day_counts_kind"),
            models.CheckConstraint(condition=Q(sector__in=["", *Sector.values]), name="day_counts_sector"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["kind", "subject_id", "sector", "day"], name="day_counts_series"),  # figures.series
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} {self.sector} {self.day}"


class ChannelDay(models.Model):
    """A subject's scans of one day by the way they came: own pages, gates, paper, or an integrator by credential."""

    pk = models.CompositePrimaryKey("day", "kind", "subject_id", "channel", "credential")
    day = models.DateField()
    kind = models.CharField(max_length=6)
    subject_id = models.BigIntegerField()
    channel = models.CharField(max_length=10)
    credential = models.CharField(max_length=8, blank=True)
    scans = _count()
    check_ins = _count()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(channel__in=CHANNELS), name="channel_day_known")]
        indexes: ClassVar = [
            models.Index(fields=["kind", "subject_id", "day"], name="channel_day_series"),  # channels.channels
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} {self.channel} {self.day}"


class Suppression(models.Model):
    """A count of people that stays hidden on a day though it isn't small, for a small one could be worked out from it.

    `count` is the indicator's code; shares of it are hidden with it.
    """

    pk = models.CompositePrimaryKey("count", "kind", "day", "subject_id")
    count = models.CharField(max_length=30)
    kind = models.CharField(max_length=6)
    day = models.DateField()
    subject_id = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(kind__in=KINDS), name="suppression_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} {self.count} {self.day}"


class SuppliedFigure(models.Model):
    """A figure that somebody entered: of whom, which, how much, as of which day, from where; never altered.

    `app` names the application for installs. Entered again for the same day it replaces the one before, which stays.
    """

    kind = models.CharField(max_length=6)
    subject_id = models.BigIntegerField()
    indicator = models.CharField(max_length=30)
    app = models.CharField(max_length=40, blank=True)
    value = models.BigIntegerField()
    as_of_day = models.DateField()
    source = models.CharField(max_length=SOURCE_LENGTH)
    entered_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="supplied_kind"),
            models.CheckConstraint(condition=Q(value__gte=0), name="supplied_not_negative"),
            models.CheckConstraint(condition=~Q(source=""), name="supplied_has_source"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["indicator", "kind", "subject_id", "app", "-as_of_day", "-id"], name="supplied_newest"
            ),  # supplied.values
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} {self.indicator} {self.as_of_day}"
