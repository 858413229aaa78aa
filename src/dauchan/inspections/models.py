"""Plans of inspection, whom they send where and when, and what was found there: visitors are a number."""

from datetime import date
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.models import Officer
from dauchan.inspections import rules
from dauchan.places.models import Place
from dauchan.units.models import Unit

NOTE_LENGTH = 500


class Stratify(models.TextChoices):
    """By what the places of a commune are divided before lots are drawn."""

    SETTING = "setting", _("Theo loại hình")
    SILENT = "silent", _("Nơi im lặng trước")
    NONE = "none", _("Không phân nhóm")


class Result(models.TextChoices):
    GOOD = rules.GOOD, _("Đạt")
    MEND = rules.MEND, _("Cần sửa")
    MISSING = rules.NOT_DISPLAYED, _("Chưa treo mã")
    UNSEEN = rules.NOT_SEEN, _("Chưa xem được")


class Scanning(models.TextChoices):
    ALL = rules.ALL, _("Hầu hết khách quét")
    SOME = rules.SOME, _("Một số khách quét")
    NOBODY = rules.NOBODY, _("Không ai quét")
    EMPTY = rules.NO_VISITORS, _("Không có khách lúc đó")


class Plan(models.Model):
    """A sample of a commune's places, drawn by lot from a frame that is kept: the same seed draws the same sample."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    stratify = models.CharField(max_length=7, choices=Stratify)
    half_width = models.FloatField()
    size = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    frame = models.JSONField()
    inspector = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    first_day = models.DateField()
    made_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"plan {self.pk}"

    @property
    def places(self) -> int:
        """How many places the lots were drawn from."""
        return sum(len(ids) for ids in self.frame.values())


class Assignment(models.Model):
    """Somebody should inspect a place on a day: drawn by a plan, or added by hand."""

    plan = models.ForeignKey(Plan, models.CASCADE, null=True, related_name="assignments")
    place = models.ForeignKey(Place, models.CASCADE, related_name="+")
    stratum = models.CharField(max_length=40, blank=True)
    inspector = models.ForeignKey(Officer, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    position = models.PositiveIntegerField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["day", "position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "place"], name="assigned_once_a_plan"),
            models.UniqueConstraint(
                fields=["inspector", "place", "day"], condition=Q(plan__isnull=True), name="assigned_by_hand_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["inspector", "day"], condition=Q(done_at__isnull=True), name="assignment_waiting"),
        ]  # today's list

    def __str__(self) -> str:
        return f"assignment {self.pk}"


class Inspection(models.Model):
    """What an inspector found at a place; the phone names it (`client_id`), so that sent twice it counts once."""

    client_id = models.UUIDField(unique=True)
    body_hash = models.BinaryField()
    place = models.ForeignKey(Place, models.CASCADE, related_name="+", db_index=False)
    assignment = models.ForeignKey(Assignment, models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    day = models.DateField()
    received_at = models.DateTimeField()
    poster_shown = models.BooleanField(null=True)
    right_size = models.BooleanField(null=True)
    own_code = models.BooleanField(null=True)
    readable = models.BooleanField(null=True)
    right_place = models.BooleanField(null=True)
    exits_scanned = models.BooleanField(null=True)
    staff_remind = models.BooleanField(null=True)
    scanning = models.CharField(max_length=5, choices=Scanning, blank=True)
    reasons = ArrayField(models.CharField(max_length=20), default=list)
    note = models.CharField(max_length=NOTE_LENGTH, blank=True)
    result = models.CharField(max_length=7, choices=Result)
    displayed = models.BooleanField(null=True)
    due_on = models.DateField(null=True)
    is_latest = models.BooleanField(default=False)
    counted_from = models.DateTimeField(null=True)
    counted_to = models.DateTimeField(null=True)
    visitors = models.PositiveIntegerField(null=True)
    seen_scans = models.PositiveIntegerField(null=True)
    ledger_scans = models.PositiveIntegerField(null=True)
    told_at = models.DateTimeField(null=True)
    told_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["place"], condition=Q(is_latest=True), name="inspection_latest_once"),
            models.CheckConstraint(condition=Q(result__in=Result.values), name="inspection_result_known"),
            models.CheckConstraint(
                condition=Q(counted_from__isnull=True, counted_to__isnull=True, ledger_scans__isnull=True)
                | Q(counted_to__gt=F("counted_from")),
                name="inspection_window_forward",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["place", "-at", "-id"], name="inspection_of_place"),  # latest of a place, displayed_on
            models.Index(fields=["due_on"], condition=Q(is_latest=True), name="inspection_due"),  # list filtered by due
            models.Index(fields=["day"], name="inspection_day"),  # displayed_on, recounting
        ]

    def __str__(self) -> str:
        return f"inspection {self.pk}"

    def answers(self) -> list[tuple[str, bool | None]]:
        """Each question in words, and its answer."""
        return [(str(QUESTION_WORDS[name]), getattr(self, name)) for name in rules.QUESTIONS]

    def reason_words(self) -> list[str]:
        """The reasons in the reader's language."""
        at = 0 if (get_language() or "vi").startswith("vi") else 1
        return [rules.REASONS[code][at] for code in self.reasons if code in rules.REASONS]

    def is_due(self, on: date) -> bool:
        """Whether somebody should come again by that day."""
        return self.is_latest and self.due_on is not None and self.due_on <= on


QUESTION_WORDS = {
    "poster_shown": _("Có treo mã"),
    "right_size": _("Đủ cỡ 15 × 15 cm"),
    "own_code": _("Đúng mã của hệ thống, của nơi này"),
    "readable": _("Quét được"),
    "right_place": _("Treo đúng chỗ, dễ thấy"),
    "exits_scanned": _("Quét cả khi ra"),
    "staff_remind": _("Có người nhắc khách"),
}
