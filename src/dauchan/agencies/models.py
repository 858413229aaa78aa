"""What agencies do in the rollout: name officers, invite them, attest their places, guide and answer, hand over.

Agencies themselves, to whom they belong and whom they guide are `units.models`. Everything here is dated, and nothing
is taken away when an agency is dissolved: it stays as its history.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.models import Officer, OneTimeLink
from dauchan.agencies import rules
from dauchan.notify.models import Message
from dauchan.people.models import Person
from dauchan.places.models import Place
from dauchan.units.models import Agency


class AgencyChange(models.Model):
    """One thing done to an agency: its history, in small facts without personal data."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    event = models.CharField(max_length=20)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["agency", "-id"], name="agency_change_latest")]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.event}"


class Duty(models.TextChoices):
    """As what somebody is named."""

    FOCAL_OFFICER = "focal_officer", _("Cán bộ đầu mối")
    AGENCY_HEAD = "agency_head", _("Lãnh đạo cơ quan")


class Post(models.TextChoices):
    """The work somebody has besides; the letter asks for office staff where there is no officer for IT."""

    IT = "it", _("Cán bộ công nghệ thông tin")
    OFFICE = "office", _("Cán bộ văn phòng")
    OTHER = "other", _("Khác")


class Appointment(models.Model):
    """Somebody named as focal officer or head of an agency for a term; the account may come later, or never."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", db_index=False)
    duty = models.CharField(max_length=13, choices=Duty)
    post = models.CharField(max_length=6, choices=Post)
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)
    officer = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    named_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    named_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(duty__in=Duty.values), name="appointment_duty_known"),
            models.CheckConstraint(condition=Q(post__in=Post.values), name="appointment_post_known"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="appointment_days_forward"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["agency", "duty", "valid_from"], name="appointment_of_agency")]

    def __str__(self) -> str:
        return f"{self.duty} of {self.agency_id}"


class Batch(models.Model):
    """A list of people to invite: checked first, sent once it is confirmed; one not confirmed is forgotten next day."""

    made_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    file_name = models.CharField(max_length=200, blank=True)
    lines = models.PositiveIntegerField(default=0)
    base_url = models.CharField(max_length=200)
    confirmed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"batch {self.pk}"


class Fault(models.Model):
    """One thing in a list that could not be read or taken: line, column and reason."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="faults")
    line = models.PositiveIntegerField()
    column = models.CharField(max_length=80, blank=True)
    reason_vi = models.CharField(max_length=400)
    reason_en = models.CharField(max_length=400)

    def __str__(self) -> str:
        return f"line {self.line}"


class Channel(models.TextChoices):
    EMAIL = "email", _("Thư điện tử")
    SMS = "sms", _("Tin nhắn")
    LETTER = "letter", _("Thư in")


class Invitation(models.Model):
    """Somebody invited to a role at an agency or unit: who, how, which link, which message carries it."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="invitations")
    line = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    role = models.CharField(max_length=40)
    scope_kind = models.CharField(max_length=10)
    scope_id = models.CharField(max_length=64)
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, related_name="invitations")
    until = models.DateField(null=True)
    channel = models.CharField(max_length=6, choices=Channel)
    link = models.ForeignKey(OneTimeLink, models.PROTECT, null=True, related_name="+")
    message = models.ForeignKey(Message, models.SET_NULL, null=True, related_name="+")
    officer = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    times = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    problem_vi = models.CharField(max_length=300, blank=True)
    problem_en = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "line"], name="invitation_once_a_line"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="invitation_channel_known"),
        ]
        indexes: ClassVar = [
            models.Index(  # what the worker still has to send
                fields=["id"],
                condition=Q(sent_at__isnull=True, revoked_at__isnull=True, problem_vi=""),
                name="invitation_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class Attestation(models.Model):
    """An agency's word that its list of places is complete: how many they were when it was signed, and which.

    `places_hash` tells whether the list is still the one that was signed.
    """

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", db_index=False)
    signed_on = models.DateField()
    due_on = models.DateField()
    places = models.PositiveIntegerField()
    places_hash = models.CharField(max_length=64)
    signed_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agency", "signed_on"], name="attestation_once_a_day"),
            models.CheckConstraint(condition=Q(due_on__gt=F("signed_on")), name="attestation_days_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} on {self.signed_on}"


class HandOver(models.Model):
    """A dissolved agency's business given to its successor: what it was, who gave it, who took it."""

    receipt = models.CharField(max_length=8, unique=True)
    old = models.OneToOneField(Agency, models.PROTECT, related_name="+")
    new = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    on = models.DateField()
    places = models.PositiveIntegerField()
    children = models.PositiveIntegerField()
    guidances = models.PositiveIntegerField()
    officers_ended = models.PositiveIntegerField()
    officers_kept = models.PositiveIntegerField()
    given_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    taken_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(old=F("new")), name="hand_over_to_another")]

    def __str__(self) -> str:
        return self.receipt


class SessionKind(models.TextChoices):
    TRAINING = "training", _("Tập huấn")
    VISIT = "visit", _("Đến tận nơi")
    CALL = "call", _("Qua điện thoại")
    MESSAGE = "message", _("Qua nhóm Zalo, tin nhắn")
    BROADCAST = "broadcast", _("Loa truyền thanh")


class GuidanceGiven(models.Model):
    """One session in which an agency guided staff or people: what, to whom, how many were reached."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=9, choices=SessionKind)
    subject = models.CharField(max_length=200)
    audience = models.CharField(max_length=200)
    reached = models.PositiveIntegerField()
    held_on = models.DateField()
    where = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=SessionKind.values), name="guidance_given_kind_known")
        ]
        indexes: ClassVar = [models.Index(fields=["agency", "-held_on", "-id"], name="guidance_given_latest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.held_on}"


class Question(models.Model):
    """What a place wants to know: asked by its owner, or noted by an officer on the phone; maybe answered."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="+")
    text = models.CharField(max_length=rules.QUESTION_LENGTH)
    asked_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    noted_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=rules.ANSWER_LENGTH, blank=True)
    answered_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    for_guide = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="") | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="question_answered_with_words",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(answered_at__isnull=True), name="question_open"),
            models.Index(fields=["id"], condition=Q(for_guide=True), name="question_for_guide"),
        ]

    def __str__(self) -> str:
        return f"question {self.pk}"


class JoinCode(models.Model):
    """The code with which its own people join an agency: printed on a sheet, drawn anew when it got about."""

    agency = models.OneToOneField(Agency, models.PROTECT, related_name="+", primary_key=True)
    code = models.CharField(max_length=8, unique=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"code of {self.agency_id}"


class Membership(models.Model):
    """Somebody's own word that they work at an agency, for as long as they like; only counted, never listed."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    joined_on = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["agency", "person"], name="membership_once")]

    def __str__(self) -> str:
        return f"member of {self.agency_id}"


class AgencyFile(models.Model):
    """An uploaded list of agencies, which holds no personal data: checked as often as asked, brought in once."""

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    uploaded_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    created = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.file_name
