"""Reports with the figures that they were frozen with, their numbers and signers, who receives them, and the schedule.

A report's `content` is the whole of it: pages and files are made from it alone. Once issued it never changes, which a
trigger of the database sees to.
"""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.units.models import Agency, Unit


class Kind(models.TextChoices):
    DAILY = "daily", _("Báo cáo ngày")
    WEEKLY = "weekly", _("Báo cáo tuần")
    AD_HOC = "ad_hoc", _("Báo cáo đột xuất")


WEEKDAYS = (_("Thứ Hai"), _("Thứ Ba"), _("Thứ Tư"), _("Thứ Năm"), _("Thứ Sáu"), _("Thứ Bảy"), _("Chủ Nhật"))


class State(models.TextChoices):
    DRAFT = "draft", _("Bản thảo")
    ISSUED = "issued", _("Đã ban hành")
    SENT = "sent", _("Đã gửi")


_ONE_SUBJECT = Q(unit__isnull=False, agency__isnull=True) | Q(unit__isnull=True, agency__isnull=False)
_ONE_RECIPIENT = Q(to_agency__isnull=False, officer__isnull=True) | Q(to_agency__isnull=True, officer__isnull=False)


class Schedule(models.Model):
    """From `valid_from` until before `valid_to`, a report is made each day or week at a local time: its cut-off."""

    kind = models.CharField(max_length=6, choices=Kind)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    issuer = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    at = models.TimeField()
    weekday = models.PositiveSmallIntegerField(null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    made_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=_ONE_SUBJECT, name="report_schedule_subject"),
            models.CheckConstraint(
                condition=Q(kind="daily", weekday__isnull=True) | Q(kind="weekly", weekday__lte=6),
                name="report_schedule_weekday",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="report_schedule_forward"
            ),
            models.UniqueConstraint(
                fields=["kind", "issuer", "unit", "agency"],
                condition=Q(valid_to__isnull=True),
                nulls_distinct=False,
                name="report_schedule_once",
            ),
        ]

    def __str__(self) -> str:
        return f"schedule {self.pk}"

    @property
    def subject_name(self) -> str:
        return str(self.unit or self.agency)

    @property
    def weekday_name(self) -> str:
        return "" if self.weekday is None else str(WEEKDAYS[self.weekday])


class Report(models.Model):
    """What was known of a unit or agency over some days, as it was computed at `as_of`."""

    kind = models.CharField(max_length=6, choices=Kind)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    issuer = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    schedule = models.ForeignKey(Schedule, models.SET_NULL, null=True, related_name="reports")
    first_day = models.DateField()
    last_day = models.DateField()
    as_of = models.DateTimeField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    definitions = models.CharField(max_length=64)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrected_by")
    state = models.CharField(max_length=6, choices=State, default=State.DRAFT)
    made_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    year = models.PositiveSmallIntegerField(null=True)
    number = models.PositiveIntegerField(null=True)
    symbol = models.CharField(max_length=60, blank=True)
    issued_at = models.DateTimeField(null=True)
    issued_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    signer_title = models.CharField(max_length=120, blank=True)
    signer_name = models.CharField(max_length=120, blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=_ONE_SUBJECT, name="report_subject"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="report_days_forward"),
            models.CheckConstraint(
                condition=Q(state="draft", number__isnull=True, issued_at__isnull=True)
                | (~Q(state="draft") & Q(number__isnull=False, issued_at__isnull=False) & ~Q(signer_name="")),
                name="report_issued_whole",
            ),
            models.UniqueConstraint(fields=["issuer", "year", "number"], name="report_number_once"),
            models.UniqueConstraint(
                fields=["kind", "issuer", "unit", "agency", "last_day"],
                condition=~Q(kind="ad_hoc"),
                nulls_distinct=False,
                name="report_once_a_period",  # what makes the schedule's job safe to run twice
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["last_day"], condition=Q(state="draft"), name="report_drafts"),  # drafts_waiting
            models.Index(fields=["-last_day", "-id"], name="report_newest"),  # reports_seen, page by page
            models.Index(fields=["unit", "-last_day", "-id"], name="report_of_unit"),  # former_of, open data
            models.Index(fields=["agency", "-last_day", "-id"], name="report_of_agency"),  # former_of
        ]

    def __str__(self) -> str:
        return f"{self.number:02d}/{self.symbol}" if self.number else f"report {self.pk}"

    @property
    def subject_name(self) -> str:
        return str(self.unit or self.agency)

    @property
    def issued_on(self) -> date | None:
        return clock.local_day(self.issued_at) if self.issued_at else None

    @property
    def is_draft(self) -> bool:
        return self.state == State.DRAFT


class Recipient(models.Model):
    """Who receives a report, or each report of a schedule: an agency or an officer; when it was opened first."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, null=True, related_name="recipients")
    report = models.ForeignKey(Report, models.CASCADE, null=True, related_name="recipients")
    to_agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    officer = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=_ONE_RECIPIENT, name="report_recipient_one"),
            models.CheckConstraint(
                condition=Q(schedule__isnull=False, report__isnull=True)
                | Q(schedule__isnull=True, report__isnull=False),
                name="report_recipient_of_one",
            ),
            models.UniqueConstraint(
                fields=["schedule", "report", "to_agency", "officer"],
                nulls_distinct=False,
                name="report_recipient_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["to_agency"], condition=Q(report__isnull=False), name="report_recipient_agency"),
            models.Index(fields=["officer"], condition=Q(report__isnull=False), name="report_recipient_officer"),
        ]

    def __str__(self) -> str:
        return str(self.to_agency or self.officer)


class Told(models.Model):
    """That one officer was told of one report, so that a worker killed in the middle tells nobody twice; `as_draft`
    when it waited for them to be issued. `at` is when the message went out, which may have told of several drafts.
    """

    report = models.ForeignKey(Report, models.CASCADE, related_name="told")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    as_draft = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report", "officer", "as_draft"], name="report_told_once")
        ]

    def __str__(self) -> str:
        return f"told {self.report_id} {self.officer_id}"
