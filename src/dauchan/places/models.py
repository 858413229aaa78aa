"""Places and the points where people are scanned, with everything about them that is dated.

What a place is on a given day (its setting, its opening hours) is a `PlacePeriod`, so that visits derived again years
later come out the same. What was done to a place, by whom and why, is a `PlaceChange`, never altered.
"""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.models import Credential, Officer
from dauchan.people.models import Person
from dauchan.places import rules
from dauchan.places.file_runs import FileFault, FileRun
from dauchan.units.models import Agency, Sector, Unit


class State(models.TextChoices):
    PENDING = rules.PENDING, _("Chờ duyệt")
    APPROVED = rules.APPROVED, _("Đang hoạt động")
    SUSPENDED = rules.SUSPENDED, _("Đang tạm dừng")
    CLOSED = rules.CLOSED, _("Đã đóng cửa")
    REJECTED = rules.REJECTED, _("Không được duyệt")


class PointKind(models.TextChoices):
    GATE = "gate", _("Cổng, cửa")
    FLOOR = "floor", _("Tầng, khu")
    ROOM = "room", _("Phòng")
    VEHICLE = "vehicle", _("Phương tiện")


class Direction(models.TextChoices):
    BOTH = "both", _("Vào và ra")
    IN = "in", _("Chỉ vào")
    OUT = "out", _("Chỉ ra")


class Category(models.Model):
    """A setting: what kind of place, which decides how long people usually stay, and whose field it is."""

    code = models.CharField(max_length=30, unique=True)
    name_vi = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    is_indoor = models.BooleanField()
    sector = models.CharField(max_length=14, choices=Sector)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(sector__in=Sector.values), name="category_sector_known")
        ]

    def __str__(self) -> str:
        return self.name_vi if (get_language() or "vi").startswith("vi") else self.name_en


class CategoryStay(models.Model):
    """How long people stay in a setting, from `valid_from` until before `valid_to`, in minutes."""

    category = models.ForeignKey(Category, models.PROTECT, related_name="stays")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    default_stay_minutes = models.PositiveIntegerField()
    longest_stay_minutes = models.PositiveIntegerField()
    source = models.CharField(max_length=300)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["category", "valid_from"], name="stay_starts_once"),
            models.UniqueConstraint(fields=["category"], condition=Q(valid_to__isnull=True), name="stay_open_once"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="stay_days_forward"
            ),
            models.CheckConstraint(
                condition=Q(default_stay_minutes__gt=0, longest_stay_minutes__gte=F("default_stay_minutes")),
                name="stay_default_within_longest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category_id}: {self.default_stay_minutes} / {self.longest_stay_minutes} min"


class Place(models.Model):
    """Somewhere people come and go, registered with one or more points; its owner is a person of the register."""

    name = models.CharField(max_length=rules.NAME_LENGTH)
    category = models.ForeignKey(Category, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    address = models.CharField(max_length=rules.ADDRESS_LENGTH, blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    owner = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", db_index=False)
    capacity = models.PositiveIntegerField(null=True)
    opening_hours = models.JSONField(null=True)
    external_source = models.CharField(max_length=40, blank=True)
    external_code = models.CharField(max_length=rules.CODE_LENGTH, null=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    search_key = models.CharField(max_length=rules.NAME_LENGTH + rules.ADDRESS_LENGTH + 10)
    sort_key = models.CharField(max_length=2 * rules.NAME_LENGTH + 10)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["external_source", "external_code"], name="place_external_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="place_state_known"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="place_position_whole",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="place_has_name"),
        ]
        indexes: ClassVar = [
            models.Index(  # search, whole installation: every filter is answered without opening the row
                fields=["sort_key", "id"],
                include=["search_key", "unit", "category", "state", "agency"],
                name="place_list",
            ),
            models.Index(fields=["unit", "sort_key", "id"], name="place_list_unit"),  # search within units
            models.Index(
                fields=["agency", "sort_key", "id"], condition=Q(agency__isnull=False), name="place_list_agency"
            ),
            models.Index(fields=["category", "sort_key", "id"], name="place_list_category"),  # search by setting
            models.Index(
                fields=["state", "sort_key", "id"], condition=~Q(state="approved"), name="place_list_state"
            ),  # what waits for approval
            models.Index(fields=["updated_at"], name="place_updated"),  # points_for_gateway, what changed
            GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="place_search"),  # search by text
        ]

    def __str__(self) -> str:
        return self.name


class PlacePeriod(models.Model):
    """What held for a place from `valid_from` until before `valid_to`: its setting and its opening hours."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="periods", db_index=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", db_index=False)
    opening_hours = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["place", "valid_from"], name="period_starts_once"),
            models.UniqueConstraint(fields=["place"], condition=Q(valid_to__isnull=True), name="period_open_once"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="period_days_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} from {self.valid_from}"


class Point(models.Model):
    """Where a code hangs or a gate keeper stands: a gate, floor, room or vehicle of a place.

    One that came from a list registered elsewhere `needs_poster` until ours was printed, or its code was opened.
    """

    place = models.ForeignKey(Place, models.CASCADE, related_name="points", db_index=False)
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=rules.POINT_NAME_LENGTH)
    kind = models.CharField(max_length=8, choices=PointKind, default=PointKind.GATE)
    direction = models.CharField(max_length=4, choices=Direction, default=Direction.BOTH)
    external_code = models.CharField(max_length=rules.CODE_LENGTH, null=True)
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True)
    serial = models.PositiveSmallIntegerField(default=1)
    needs_poster = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["number"]
        indexes: ClassVar = [
            models.Index(
                fields=["place"], condition=Q(needs_poster=True, active_to__isnull=True), name="point_needs_poster"
            ),  # list filtered by poster, its count
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["place", "number"], name="point_number_once"),
            models.UniqueConstraint(fields=["place", "external_code"], name="point_external_once"),
            models.CheckConstraint(condition=Q(kind__in=PointKind.values), name="point_kind_known"),
            models.CheckConstraint(condition=Q(direction__in=Direction.values), name="point_direction_known"),
            models.CheckConstraint(condition=Q(number__gt=0, serial__gt=0), name="point_counts_from_one"),
            models.CheckConstraint(
                condition=Q(active_to__isnull=True) | Q(active_to__gte=F("active_from")), name="point_days_forward"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PosterReport(models.Model):
    """Told by anybody: a printing of a point's poster hangs where it does not belong; closed with what was done."""

    point = models.ForeignKey(Point, models.CASCADE, related_name="+", db_index=False)
    serial = models.PositiveSmallIntegerField()
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=rules.REASON_LENGTH, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["point", "serial"], condition=Q(closed_at__isnull=True), name="poster_report_open_once"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, note="") | (Q(closed_at__isnull=False) & ~Q(note="")),
                name="poster_report_closed_with_note",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["point", "-last_at"], name="poster_report_latest")]  # reports_of

    def __str__(self) -> str:
        return f"report {self.pk}"


class PlaceChange(models.Model):
    """One thing done to a place: when, by which officer or integrator, from which state to which, and why."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="changes", db_index=False)
    at = models.DateTimeField()
    by_officer = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", db_index=False)
    by_credential = models.ForeignKey(Credential, models.PROTECT, null=True, related_name="+", db_index=False)
    event = models.CharField(max_length=30)
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10)
    reason = models.CharField(max_length=rules.REASON_LENGTH, blank=True)
    fields = models.JSONField(default=list)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["place", "-at", "-id"], name="place_change_latest")]  # place history

    def __str__(self) -> str:
        return f"{self.place_id} {self.event}"


class ImportRun(FileRun):
    """One file of places brought in."""

    SEALED_AS = "place-import"

    class Meta:
        indexes: ClassVar = [models.Index(fields=["officer", "-id"], name="place_import_mine")]


class ImportFault(FileFault):
    """One thing in a file of places that could not be read or taken."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="faults", db_index=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["run", "line", "id"], name="place_fault_list")]


class ScanShare(models.Model):
    """The share of visitors who scan, of a place where they were counted or, for want of that, of a commune, perhaps
    of one setting in it; the newest alone is kept.

    counted   how many visitors it rests on
    """

    place = models.ForeignKey(Place, models.CASCADE, null=True, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", db_index=False)
    category = models.ForeignKey(Category, models.PROTECT, null=True, related_name="+", db_index=False)
    share = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    counted = models.PositiveIntegerField()
    as_of = models.DateTimeField()
    basis = models.CharField(max_length=8)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["place"], condition=Q(place__isnull=False), name="share_of_place_once"),
            models.UniqueConstraint(
                fields=["unit", "category"],
                condition=Q(unit__isnull=False),
                nulls_distinct=False,
                name="share_of_unit_once",
            ),
            models.CheckConstraint(
                condition=Q(place__isnull=False, unit__isnull=True, category__isnull=True)
                | Q(place__isnull=True, unit__isnull=False),
                name="share_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(low__gte=0, share__gte=F("low"), high__gte=F("share"), high__lte=1, counted__gt=0),
                name="share_within_interval",
            ),
            models.CheckConstraint(condition=Q(basis__in=rules.SHARE_BASES), name="share_basis_known"),
        ]

    def __str__(self) -> str:
        return f"share {self.pk}"
