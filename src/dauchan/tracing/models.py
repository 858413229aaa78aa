"""What the engine proposed, what officers decided, and which call sheets left the house.

Person, case and figures stand in clear; with whom, where and when is evidence under the case's key (`cases.evidence`),
and place, unit of place and day are found by that case's facets only.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.models import Officer
from dauchan.cases.models import Case
from dauchan.people.models import Person
from dauchan.units.models import Unit


class Basis(models.TextChoices):
    CONFIRMED = "confirmed", _("Từ F1 đã xác nhận")
    WHAT_IF = "what_if", _("Giả định: mọi đề xuất đều là F1")


class EvidenceClass(models.TextChoices):
    CLOSE = "close", _("Gần")
    POSSIBLE = "possible", _("Có thể gần")
    BRIEF = "brief", _("Ngắn")
    UNGRADED = "ungraded", _("Không xếp loại")


class Grade(models.TextChoices):
    CLOSE = "close", _("Tiếp xúc gần (F1, F2)")
    CASUAL = "casual", _("Tiếp xúc thông thường")
    VENUE_NOTICE = "venue_notice", _("Thông báo theo địa điểm")
    NOT_CONTACT = "not_contact", _("Không phải người tiếp xúc")


class Mark(models.TextChoices):
    NONE = "", ""
    NEW = "new", _("Mới thêm")
    CHANGED = "changed", _("Đã thay đổi")
    NO_LONGER_FOUND = "no_longer_found", _("Không còn được tìm thấy")


class RunState(models.TextChoices):
    WAITING = "waiting", _("Chờ lập")
    RUNNING = "running", _("Đang lập")
    DONE = "done", _("Đã lập xong")
    FAILED = "failed", _("Không lập được")


class Run(models.Model):
    """One run of the engine for a case: asked for by whom, on what basis, by which ruleset version, what it changed.

    Whoever asks while one waits asks for that one; one that is running may have read already, so that makes another.
    `found` and `written` tell how far a running one is; the other counts stand once it is done.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="runs")
    at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    generations = models.SmallIntegerField()
    basis = models.CharField(max_length=10, choices=Basis)
    state = models.CharField(max_length=8, choices=RunState, default=RunState.WAITING)
    finished_at = models.DateTimeField(null=True)
    ruleset = models.CharField(max_length=80, blank=True)
    found = models.IntegerField(default=0)
    written = models.IntegerField(default=0)
    added = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    dropped = models.IntegerField(default=0)
    kept = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(basis__in=Basis.values), name="run_basis_known"),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="run_state_known"),
            models.UniqueConstraint(fields=["case"], condition=Q(state="waiting"), name="run_waiting_once"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.at}"


class VenueGroup(models.Model):
    """So many co-visitors of one point and day that they are told as one; where and when is in `evidence`."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="venue_groups")
    key = models.BinaryField(max_length=32)
    people = models.IntegerField()
    evidence = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "key"], name="venue_group_once")]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.pk}"


class Proposal(models.Model):
    """Somebody the engine found for a case, at their least generation; not a contact until an officer says so."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="proposals", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    generation = models.SmallIntegerField()
    basis = models.CharField(max_length=10, choices=Basis)
    evidence_class = models.CharField(max_length=10, choices=EvidenceClass)
    certain_minutes = models.FloatField()
    possible_minutes = models.FloatField()
    cumulative_minutes = models.FloatField()
    rank = models.BigIntegerField()
    residence = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", db_index=False)
    facets = ArrayField(models.BigIntegerField())
    evidence = models.BinaryField()
    fingerprint = models.BinaryField(max_length=32)
    group = models.ForeignKey(VenueGroup, models.SET_NULL, null=True, related_name="members")
    ruleset = models.CharField(max_length=80)
    mark = models.CharField(max_length=16, choices=Mark, blank=True)
    weak = models.BooleanField(default=False)
    decided = models.BooleanField(default=False)
    found_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "person"], name="proposal_once"),
            models.CheckConstraint(condition=Q(generation__gte=1), name="proposal_generation"),
            models.CheckConstraint(condition=Q(evidence_class__in=EvidenceClass.values), name="proposal_class_known"),
            models.CheckConstraint(condition=Q(basis__in=Basis.values), name="proposal_basis_known"),
            models.CheckConstraint(condition=Q(mark__in=Mark.values), name="proposal_mark_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["case", "rank", "id"], name="proposal_list")]  # list_proposals

    def __str__(self) -> str:
        return f"{self.case_id}/{self.pk}"


class Source(models.TextChoices):
    VISITS = "visits", _("Từ lượt đến/đi")
    TOLD = "told", _("Ca bệnh kể")


class Contact(models.Model):
    """An officer's decision on one person of a case; `not_contact` is a decision too, and stays readable."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="contacts", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    grade = models.CharField(max_length=12, choices=Grade)
    generation = models.SmallIntegerField()
    source = models.CharField(max_length=6, choices=Source)
    evidence_class = models.CharField(max_length=10, blank=True)
    certain_minutes = models.FloatField(null=True)
    possible_minutes = models.FloatField(null=True)
    residence = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", db_index=False)
    assigned_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", db_index=False)
    evidence = models.BinaryField(null=True)
    told = models.BinaryField(null=True)
    ruleset = models.CharField(max_length=80, blank=True)
    mark = models.CharField(max_length=16, choices=Mark, blank=True)
    decided_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "person"], name="contact_once"),
            models.CheckConstraint(condition=Q(grade__in=Grade.values), name="contact_grade_known"),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="contact_source_known"),
            models.CheckConstraint(condition=Q(generation__gte=1), name="contact_generation"),
            models.CheckConstraint(
                condition=Q(evidence__isnull=False) | Q(told__isnull=False), name="contact_has_evidence"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["case", "-id"], name="contact_of_case"),  # the case's tab
            models.Index(fields=["residence", "-id"], name="contact_residence"),  # my queue
            models.Index(fields=["assigned_unit", "-id"], name="contact_assigned"),  # my queue
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.pk}"

    @property
    def label(self) -> str:
        """What lists call this person: F1 or F2 for a close contact, else the grade in words."""
        return f"F{self.generation}" if self.grade == Grade.CLOSE else str(Grade(self.grade).label)


class DecisionBatch(models.Model):
    """One decision of an officer on one or many people, and whether it was taken back."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="decisions")
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    grade = models.CharField(max_length=12, choices=Grade)
    people = models.IntegerField()
    undone_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.case_id}: {self.people} x {self.grade}"


class Decision(models.Model):
    """One person of a batch: what they were before ("" when undecided)."""

    batch = models.ForeignKey(DecisionBatch, models.CASCADE, related_name="decisions")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    before = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["batch", "person"], name="decision_once")]

    def __str__(self) -> str:
        return f"{self.batch_id}"


class DeclaredOutbreak(models.Model):
    """A declared outbreak at a unit, by a document: while it lasts, large releases may be approved afterwards."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    reference = models.CharField(max_length=200)
    declared_on = models.DateField()
    ended_on = models.DateField(null=True)
    recorded_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gt=F("declared_on")), name="outbreak_forward"
            )
        ]

    def __str__(self) -> str:
        return self.reference


class ReleaseState(models.TextChoices):
    WAITING = "waiting", _("Chờ người thứ hai duyệt")
    READY = "ready", _("Được tải")
    APPROVE_LATER = "approve_later", _("Được tải, còn chờ duyệt sau")
    REFUSED = "refused", _("Bị từ chối")


class Release(models.Model):
    """One call sheet: who asked for how many people, who approved, and the mark that says whose copy it is."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="releases")
    requested_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    recipient = models.CharField(max_length=200)
    purpose = models.CharField(max_length=300)
    people = models.IntegerField()
    state = models.CharField(max_length=14, choices=ReleaseState)
    marker = models.CharField(max_length=16, unique=True)
    approve_before = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=ReleaseState.values), name="release_state_known"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")), name="release_two_people"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["requested_at"],
                condition=Q(state__in=["waiting", "approve_later"], approved_by__isnull=True),
                name="release_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.pk}"


class ReleasedContact(models.Model):
    """One contact on one call sheet."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="rows")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["release", "contact"], name="released_once")]

    def __str__(self) -> str:
        return f"{self.release_id}"


class Hold(models.Model):
    """An order to keep what a case needs beyond the retention: its people are not erased, their stays are copied.

    The copies are evidence of the case; the day's own rows and keys go in time all the same.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=500)
    until = models.DateField()
    people = models.IntegerField()
    stays = models.IntegerField()
    ordered_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    ended_why = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["until"], condition=Q(ended_at__isnull=True), name="hold_in_force")  # end_expired
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.pk}"


class HeldStay(models.Model):
    """One stay copied for a hold: who, where and when is in `evidence`."""

    hold = models.ForeignKey(Hold, models.CASCADE, related_name="copies", db_index=False)
    key = models.BinaryField(max_length=32)
    evidence = models.BinaryField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["hold", "id"], name="held_stay_page")]  # stays_of

    def __str__(self) -> str:
        return f"{self.hold_id}/{self.pk}"
