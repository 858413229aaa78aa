"""Registers of the places that should use the system, their entries, and which registered place each entry is.

An entry is one line of one register. Entries of several registers that are one premise hang on the oldest of them
(`same_as`), and only that one is counted. A `Candidate` is a place that an entry may be, found and scored by the
machine; that it is the one is said by a person and stands on the entry (`place`). Every such word is a `Decision`,
which can be undone.
"""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.models import Officer
from dauchan.places import rules as places
from dauchan.places.file_runs import FileFault, FileRun
from dauchan.places.models import Category, Place
from dauchan.registers import rules
from dauchan.units.models import Agency, Sector, Unit


class Kind(models.TextChoices):
    BUSINESSES = "businesses", _("Đăng ký kinh doanh")
    SCHOOLS = "schools", _("Danh sách trường học")
    HOSPITALS = "hospitals", _("Danh sách cơ sở y tế")
    AGENCY = "agency", _("Danh sách của cơ quan")
    OSM = "osm", "OpenStreetMap"
    OTHER = "other", _("Danh sách khác")


class State(models.TextChoices):
    OPEN = rules.OPEN, _("Đang hoạt động")
    CLOSED = rules.CLOSED, _("Đã đóng cửa")
    EXEMPT = rules.EXEMPT, _("Được miễn")


class Register(models.Model):
    """A list of places that should use the system: whose it is, where it comes from, of which day it is."""

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind)
    source = models.CharField(max_length=300)
    licence = models.CharField(max_length=100, blank=True)
    credit = models.CharField(max_length=300, blank=True)
    listed_on = models.DateField()
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    made_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    sort_key = models.CharField(max_length=410)

    class Meta:
        ordering: ClassVar = ["sort_key", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="register_kind_known"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(source=""), name="register_says_its_source"),
        ]

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """One line of a register, and what persons have said of it since.

    `identity` is by what a newer list knows the line again. `version` counts the decisions, so that of two people who
    decide at once the second sees what the first did. `missing_since` is the date of the list that no longer has it.
    """

    register = models.ForeignKey(Register, models.CASCADE, related_name="entries", db_index=False)
    line = models.PositiveIntegerField()
    identity = models.CharField(max_length=32)
    code = models.CharField(max_length=places.CODE_LENGTH, blank=True)
    name = models.CharField(max_length=places.NAME_LENGTH)
    address = models.CharField(max_length=places.ADDRESS_LENGTH, blank=True)
    phone = models.CharField(max_length=12, blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", db_index=False)
    sector = models.CharField(max_length=14, choices=Sector)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", db_index=False)
    listed_from = models.DateField()
    missing_since = models.DateField(null=True)
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    state_from = models.DateField(null=True)
    reason = models.CharField(max_length=places.REASON_LENGTH, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", db_index=False)
    matched_on = models.DateField(null=True)
    same_as = models.ForeignKey("self", models.SET_NULL, null=True, related_name="others", db_index=False)
    stands_alone = models.BooleanField(default=False)
    best_score = models.PositiveSmallIntegerField(null=True)
    version = models.PositiveIntegerField(default=0)
    search_key = models.CharField(max_length=places.NAME_LENGTH + places.ADDRESS_LENGTH + 10)
    sort_key = models.CharField(max_length=2 * places.NAME_LENGTH + 10)
    name_key = models.CharField(max_length=places.NAME_LENGTH + 10)
    address_key = models.CharField(max_length=places.ADDRESS_LENGTH + 10)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["register", "identity"], name="entry_once_a_register"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="entry_state_known"),
            models.CheckConstraint(condition=Q(sector__in=Sector.values), name="entry_sector_known"),
            models.CheckConstraint(
                condition=Q(state=rules.OPEN, state_from__isnull=True, reason="")
                | (~Q(state=rules.OPEN) & Q(state_from__isnull=False) & ~Q(reason="")),
                name="entry_closed_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="entry_position_whole",
            ),
            models.CheckConstraint(
                condition=Q(place__isnull=True, matched_on__isnull=True)
                | Q(place__isnull=False, matched_on__isnull=False),
                name="entry_matched_on_a_day",
            ),
            models.CheckConstraint(condition=~Q(same_as=F("id")), name="entry_same_as_another"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["register", "sort_key", "id"], name="entry_list"),  # a register's entries, by name
            models.Index(
                fields=["register", "-best_score", "id"],
                condition=Q(state=rules.OPEN, place__isnull=True, same_as__isnull=True, best_score__isnull=False),
                name="entry_desk",
            ),  # what waits for a decision, the likest first
            models.Index(
                fields=["unit", "sector", "agency"],
                include=["listed_from", "state", "state_from", "matched_on"],
                condition=Q(same_as__isnull=True),
                name="entry_counted",
            ),  # should_exist, matched
            models.Index(
                fields=["register"],
                include=["unit", "agency", "state", "place", "same_as", "best_score", "missing_since"],
                name="entry_standing",
            ),  # counts: read from the index alone
            models.Index(fields=["unit", "name_key"], name="entry_unit"),  # matching and linking, unit by unit
            models.Index(
                fields=["agency"], condition=Q(agency__isnull=False), name="entry_agency"
            ),  # an agency's scope
            models.Index(fields=["place"], condition=Q(place__isnull=False), name="entry_place"),  # linking by place
            models.Index(fields=["same_as"], condition=Q(same_as__isnull=False), name="entry_others"),  # one premise
            GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="entry_search"),  # search by text
        ]

    def __str__(self) -> str:
        return self.name


class Act(models.TextChoices):
    """What a person said of entries."""

    CONFIRM = "confirm", _("Xác nhận là địa điểm đã đăng ký")
    REJECT = "reject", _("Không phải địa điểm này")
    CLOSE = "close", _("Ghi đã đóng cửa")
    EXEMPT = "exempt", _("Cho miễn")
    REOPEN = "reopen", _("Ghi đang hoạt động")
    SECTOR = "sector", _("Đặt lĩnh vực")
    AGENCY = "agency", _("Giao cơ quan phụ trách")
    PART = "part", _("Tách khỏi mục trùng")


class Decision(models.Model):
    """What one person said of one entry or of many at once, and whether it was taken back.

    `register` is the list that it was said in; `entry` the one it was said of, None where it was said of many.
    """

    register = models.ForeignKey(Register, models.CASCADE, related_name="+", db_index=False)
    entry = models.ForeignKey(Entry, models.CASCADE, null=True, related_name="+", db_index=False)
    act = models.CharField(max_length=8, choices=Act)
    reason = models.CharField(max_length=places.REASON_LENGTH, blank=True)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    entries = models.PositiveIntegerField(default=0)
    undone_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", db_index=False)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["register", "by", "-id"], name="decision_mine")
        ]  # what I can take back
        constraints: ClassVar = [models.CheckConstraint(condition=Q(act__in=Act.values), name="decision_act_known")]

    def __str__(self) -> str:
        return f"{self.act}: {self.entries}"


class DecisionItem(models.Model):
    """An entry of a decision: what it was before, and the version that the decision made it."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="items", db_index=False)
    entry = models.ForeignKey(Entry, models.CASCADE, related_name="items", db_index=False)
    before = models.JSONField()
    version = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["decision", "entry"], name="decision_once_an_entry"),
        ]
        indexes: ClassVar = [models.Index(fields=["entry", "-id"], name="decision_of_entry")]  # an entry's history

    def __str__(self) -> str:
        return f"{self.decision_id}: {self.entry_id}"


class Candidate(models.Model):
    """A registered place that an entry may be: its score of 100 and why; `rejected_by` says that it is not."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="candidates", db_index=False)
    place = models.ForeignKey(Place, models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField()
    evidence = models.JSONField()
    rejected_by = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry", "place"], name="candidate_once"),
            models.CheckConstraint(condition=Q(score__lte=100), name="candidate_score_of_a_hundred"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} ~ {self.place_id}: {self.score}"


class ListRun(FileRun):
    """One list brought into a register; `matched` counts the lines that say nothing new, `gone` what is missing."""

    SEALED_AS = "register-import"

    register = models.ForeignKey(Register, models.CASCADE, related_name="runs")
    listed_on = models.DateField()
    gone = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["officer", "-id"], name="register_import_mine")]


class ListFault(FileFault):
    """One thing in a list that could not be read or taken."""

    run = models.ForeignKey(ListRun, models.CASCADE, related_name="faults", db_index=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["run", "line", "id"], name="register_fault_list")]


class MatchRun(models.Model):
    """One search for candidates: through a register, or through all of them where places changed; unit by unit."""

    register = models.ForeignKey(Register, models.CASCADE, null=True, related_name="searches")
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", db_index=False)
    units = models.JSONField()
    units_done = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["register"], condition=Q(finished_at__isnull=True), name="match_run_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.register_id}: {self.units_done} / {len(self.units)}"

    @property
    def percent(self) -> int:
        return round(100 * self.units_done / len(self.units)) if self.units else 100
