"""Guides, their dated versions and texts, files beside them, who read them, and how far they reached.

A version that was published never changes: another one replaces it, and may give way to it again.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.models import Officer
from dauchan.guides import rules
from dauchan.units.models import Agency, Unit


class Setting(models.TextChoices):
    """Where a guide is for."""

    GENERAL = "general", _("Mọi nơi")
    OFFICE = "office", _("Cơ quan, văn phòng")
    MEETING = "meeting", _("Cuộc họp, sự kiện")
    HOUSEHOLD = "household", _("Gia đình")
    SCHOOL = "school", _("Trường học")
    STATION = "station", _("Bến xe, nhà ga")
    VEHICLE = "vehicle", _("Xe chở khách")
    MARKET = "market", _("Chợ")
    HOTEL = "hotel", _("Khách sạn, nhà nghỉ")
    QUARANTINE = "quarantine", _("Nơi cách ly")
    BORDER = "border", _("Cửa khẩu, chốt kiểm soát")


class Audience(models.TextChoices):
    """For whom a guide is."""

    CITIZEN = "citizen", _("Người dân")
    GATE_KEEPER = "gate_keeper", _("Người trực cổng")
    PLACE_OWNER = "place_owner", _("Chủ địa điểm")
    AGENCY = "agency", _("Cơ quan và cán bộ đầu mối")
    HEALTH = "health", _("Cán bộ y tế")
    OFFICER = "officer", _("Cán bộ các cấp")


class State(models.TextChoices):
    DRAFT = rules.DRAFT, _("Bản nháp")
    PUBLISHED = rules.PUBLISHED, _("Đang dùng")
    REPLACED = rules.REPLACED, _("Bản cũ")
    WITHDRAWN = rules.WITHDRAWN, _("Đã thu hồi")


class Channel(models.TextChoices):
    """How a guide reached people: counted by the site itself, or told by officers."""

    VIEW = "view", _("Lượt mở trang")
    PAPER = "paper", _("Tải bản in")
    POSTER = "poster", _("Tải áp phích")
    SCRIPT = "script", _("Tải lời đọc loa")
    FILE = "file", _("Tải văn bản chính thức")


class Means(models.TextChoices):
    """How an agency spread a guide."""

    LOUDSPEAKER = "loudspeaker", _("Loa truyền thanh")
    MEETING = "meeting", _("Nói tại cuộc họp")
    LEAFLET = "leaflet", _("Phát bản in")
    POSTER = "poster", _("Treo áp phích")
    HOUSE = "house", _("Đến từng nhà")
    GROUP = "group", _("Nhóm Zalo, mạng xã hội")
    MEDIA = "media", _("Báo, đài, cổng thông tin")


class Guide(models.Model):
    """One guide under an address that stays; what it says is in its versions."""

    slug = models.SlugField(max_length=60, unique=True)
    audience = models.CharField(max_length=12, choices=Audience)
    settings = ArrayField(models.CharField(max_length=12))
    position = models.SmallIntegerField(default=100)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(audience__in=Audience.values), name="guide_audience_known"),
            models.CheckConstraint(
                condition=Q(settings__contained_by=Setting.values) & ~Q(settings=[]), name="guide_settings_known"
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class Version(models.Model):
    """One version of a guide; nobody `by` means that it came with the product, from a file with this digest."""

    guide = models.ForeignKey(Guide, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9, choices=State)
    steps = models.JSONField(default=list)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    edited_at = models.DateTimeField()
    edited_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    withdrawn_why = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["guide", "number"], name="guide_version_once"),
            models.UniqueConstraint(fields=["guide"], condition=Q(state="published"), name="guide_published_once"),
            models.UniqueConstraint(fields=["guide"], condition=Q(state="draft"), name="guide_draft_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="guide_version_state"),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(published_at__isnull=False), name="guide_version_published_at"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guide_id} v{self.number}"


class Text(models.Model):
    """What a version says in one language, beside its steps."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="texts")
    language = models.CharField(max_length=12)
    title = models.CharField(max_length=rules.LONGEST_TITLE)
    summary = models.CharField(max_length=rules.LONGEST_SUMMARY, blank=True)
    script = models.CharField(max_length=rules.LONGEST_SCRIPT, blank=True)
    official = models.CharField(max_length=rules.LONGEST_OFFICIAL, blank=True)
    search_key = models.TextField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["version", "language"], name="guide_text_once")]
        indexes: ClassVar = [
            GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="guide_search"),  # search
        ]

    def __str__(self) -> str:
        return self.title


class File(models.Model):
    """An official document beside a guide, as a PDF; what was taken away is kept, out of sight."""

    guide = models.ForeignKey(Guide, models.CASCADE, related_name="files")
    title = models.CharField(max_length=200)
    content = models.BinaryField()
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return self.title


class Reading(models.Model):
    """An officer says of one version: read and understood, for an agency or a unit (neither: the installation)."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="readings")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "officer", "agency", "unit"], name="guide_read_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(agency__isnull=True) | Q(unit__isnull=True), name="guide_read_for_one"),
        ]

    def __str__(self) -> str:
        return f"reading {self.pk}"


class Reach(models.Model):
    """How often a version was opened or fetched on a local day, by channel and language: a number, nobody's."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    channel = models.CharField(max_length=6, choices=Channel)
    language = models.CharField(max_length=12)
    times = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "day", "channel", "language"], name="guide_reach_once"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.day}: {self.times}"


class Broadcast(models.Model):
    """An agency's word that it spread a guide: how, where, when, to about how many."""

    guide = models.ForeignKey(Guide, models.CASCADE, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    means = models.CharField(max_length=11, choices=Means)
    language = models.CharField(max_length=12)
    place = models.CharField(max_length=200)
    day = models.DateField()
    audience = models.PositiveIntegerField(null=True)
    told_at = models.DateTimeField()
    told_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    struck_at = models.DateTimeField(null=True)
    struck_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(means__in=Means.values), name="guide_broadcast_means"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-day", "-id"], name="guide_broadcast_newest"),  # broadcasts, page by page
        ]

    def __str__(self) -> str:
        return f"{self.means} {self.day}"
