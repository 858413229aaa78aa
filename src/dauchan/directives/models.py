"""Official documents, the tasks that they become for agencies, reminders with their ladder, and what health asks for.

What was said stays: a step of a task, of a ladder, a call is a row of its own and never altered. Who may write to whom
is decided in `scope.py`, which step comes next in `rules.py` and `ladder.py`.
"""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.models import Officer
from dauchan.directives import rules, wording
from dauchan.directives.wording import Form, Purpose, Role
from dauchan.places.models import Place
from dauchan.units.models import Agency, AgencyKind, Level, Sector, Unit


class DocumentState(models.TextChoices):
    DRAFT = "draft", _("Bản nháp")
    SENT = "sent", _("Đã gửi")
    WITHDRAWN = "withdrawn", _("Đã thu hồi")


class Directive(models.Model):
    """An official document. Number and date may wait until it is signed; it goes out only with both."""

    purpose = models.CharField(max_length=8, choices=Purpose, default=Purpose.ORDER)
    form = models.CharField(max_length=11, choices=Form, default=Form.LETTER)
    issuer = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    number = models.CharField(max_length=20, blank=True)
    symbol = models.CharField(max_length=40)
    place = models.CharField(max_length=80)
    dated = models.DateField(null=True)
    subject = models.CharField(max_length=300)
    body = models.TextField(blank=True)
    signer_title = models.CharField(max_length=200, blank=True)
    signer_name = models.CharField(max_length=120, blank=True)
    filed = models.CharField(max_length=80, default="VT")
    carries_out = models.ForeignKey("self", models.PROTECT, null=True, related_name="carried_out_by")
    state = models.CharField(max_length=9, choices=DocumentState, default=DocumentState.DRAFT)
    written_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", db_index=False)
    written_at = models.DateTimeField()
    sent_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", db_index=False)
    sent_at = models.DateTimeField(null=True)
    withdrawn_why = models.CharField(max_length=rules.NOTE_LENGTH, blank=True)
    search_key = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="directive_purpose_known"),
            models.CheckConstraint(condition=Q(form__in=Form.values), name="directive_form_known"),
            models.CheckConstraint(condition=Q(state__in=DocumentState.values), name="directive_state_known"),
            models.CheckConstraint(
                condition=Q(state="draft") | (~Q(number="") & Q(dated__isnull=False, sent_at__isnull=False)),
                name="directive_out_is_numbered",
            ),
            models.CheckConstraint(condition=~Q(subject="") & ~Q(symbol=""), name="directive_named"),
            models.CheckConstraint(
                condition=Q(carries_out__isnull=True) | ~Q(carries_out=F("id")), name="directive_not_of_itself"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["issuer", "-id"], name="directive_outgoing")]  # outgoing

    def __str__(self) -> str:
        return f"{self.number or '...'}/{self.symbol}"

    @property
    def is_draft(self) -> bool:
        return self.state == DocumentState.DRAFT


class CitedDocument(models.Model):
    """A document of somebody else that ours rest on: 1324/BTTTT-THH of 29/4/2021."""

    reference = models.CharField(max_length=60)
    dated = models.DateField(null=True)
    issuer = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    link = models.URLField(max_length=400, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["reference", "dated"], nulls_distinct=False, name="cited_once")
        ]

    def __str__(self) -> str:
        return self.reference


class Citation(models.Model):
    """This document carries out that one."""

    directive = models.ForeignKey(Directive, models.CASCADE, related_name="citations")
    cited = models.ForeignKey(CitedDocument, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["directive", "cited"], name="citation_once")]


class Addressee(models.Model):
    """A line of "Kính gửi" or "Nơi nhận": one agency, or all of a kind at a level within a unit."""

    directive = models.ForeignKey(Directive, models.CASCADE, related_name="addressees")
    role = models.CharField(max_length=10, choices=Role)
    words = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, blank=True)
    level = models.CharField(max_length=8, blank=True)
    sector = models.CharField(max_length=14, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="addressee_role_known"),
            models.CheckConstraint(condition=Q(kind__in=["", *AgencyKind.values]), name="addressee_kind_known"),
            models.CheckConstraint(condition=Q(level__in=["", *Level.values]), name="addressee_level_known"),
            models.CheckConstraint(condition=Q(sector__in=["", *Sector.values]), name="addressee_sector_known"),
        ]

    def __str__(self) -> str:
        return self.words


class Recipient(models.Model):
    """An agency that gets a document: once, however many lines mean it. Who acknowledged, when and how."""

    directive = models.ForeignKey(Directive, models.CASCADE, related_name="recipients", db_index=False)
    addressee = models.ForeignKey(Addressee, models.CASCADE, related_name="recipients")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=Role)
    notified_at = models.DateTimeField(null=True)
    notified = models.PositiveSmallIntegerField(default=0)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_how = models.CharField(max_length=8, blank=True, choices=wording.CHANNELS)
    acknowledged_who = models.CharField(max_length=120, blank=True)
    recorded_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["directive", "agency"], name="recipient_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="recipient_role_known"),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_how="")
                | (Q(acknowledged_at__isnull=False) & ~Q(acknowledged_how="")),
                name="recipient_acknowledged_somehow",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["directive"], condition=Q(notified_at__isnull=True), name="recipient_to_notify"),
            models.Index(fields=["agency", "-directive"], name="recipient_incoming"),  # incoming
        ]

    def __str__(self) -> str:
        return f"{self.directive_id} -> {self.agency_id}"


class Order(models.Model):
    """One thing that a document orders: until when, and by which figure it can be seen that it is done.

    indicator   a code of `coverage.definitions`; "" where no figure shows it
    """

    directive = models.ForeignKey(Directive, models.CASCADE, related_name="orders", db_index=False)
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=500)
    deadline = models.DateField()
    indicator = models.CharField(max_length=40, blank=True)
    target = models.FloatField(null=True)
    carries_out = models.ForeignKey("self", models.PROTECT, null=True, related_name="carried_out_by")

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["directive", "position"], name="order_position_once"),
            models.CheckConstraint(
                condition=Q(indicator="", target__isnull=True) | (~Q(indicator="") & Q(target__isnull=False)),
                name="order_target_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.text}"


class Task(models.Model):
    """An order as one agency has to carry it out. A dissolved agency's open tasks are read as its successor's."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="tasks", db_index=False)
    recipient = models.ForeignKey(Recipient, models.CASCADE, related_name="tasks")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", db_index=False)
    deadline = models.DateField()
    state = models.CharField(max_length=12, choices=wording.STATES, default=rules.SENT)
    changed_at = models.DateTimeField()
    reached_on = models.DateField(null=True)  # the day whose figures first showed it, as long as the newest do
    note = models.CharField(max_length=rules.NOTE_LENGTH, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "recipient"], name="task_once"),
            models.CheckConstraint(condition=Q(state__in=[code for code, _words in wording.STATES]), name="task_state"),
        ]
        indexes: ClassVar = [models.Index(fields=["agency", "deadline", "id"], name="task_of_agency")]  # tasks

    def __str__(self) -> str:
        return f"task {self.pk}"


class TaskChange(models.Model):
    """One step of a task: by whom, from which state to which, with what words."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+", db_index=False)
    before = models.CharField(max_length=12)
    after = models.CharField(max_length=12)
    note = models.CharField(max_length=rules.NOTE_LENGTH, blank=True)


class Attachment(models.Model):
    """A file of a document (its annex, the signed scan) or the evidence of a task; public documents, as they came."""

    directive = models.ForeignKey(Directive, models.CASCADE, null=True, related_name="attachments")
    task = models.ForeignKey(Task, models.CASCADE, null=True, related_name="evidence")
    is_signed = models.BooleanField(default=False)
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=100)
    content = models.BinaryField()
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(Officer, models.PROTECT, related_name="+", db_index=False)
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(directive__isnull=False, task__isnull=True) | Q(directive__isnull=True, task__isnull=False),
                name="attachment_of_one",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Lag(models.TextChoices):
    UNIT = "unit", _("Đơn vị hành chính")
    AGENCY = "agency", _("Cơ quan")
    PLACE = "place", _("Địa điểm")


class Reminded(models.Model):
    """Who lags, as a reminder names them, with the figures of that moment."""

    directive = models.ForeignKey(Directive, models.CASCADE, related_name="reminded", db_index=False)
    kind = models.CharField(max_length=6, choices=Lag)
    subject_id = models.BigIntegerField()
    name = models.CharField(max_length=200)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", db_index=False)
    figures = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["directive", "kind", "subject_id"], name="reminded_once"),
            models.CheckConstraint(condition=Q(kind__in=Lag.values), name="reminded_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def indicator(self) -> str:
        """The code of the figure by which it lags."""
        return str(self.figures["indicator"])

    @property
    def value(self) -> float | None:
        """That figure as it was; None for a place, and where it wasn't known."""
        frozen: dict[str, Any] = self.figures.get(self.indicator) or {}
        return frozen.get("value")


class Ladder(models.Model):
    """Where one who lags stands: how often reminded, whether a suspension is proposed, or that they left it.

    was   the figure when the first reminder went out
    """

    kind = models.CharField(max_length=6, choices=Lag)
    subject_id = models.BigIntegerField()
    name = models.CharField(max_length=200)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    indicator = models.CharField(max_length=40)
    was = models.FloatField(null=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    proposed = models.BooleanField(default=False)
    last_step_on = models.DateField()
    left_at = models.DateTimeField(null=True)
    left_note = models.CharField(max_length=rules.NOTE_LENGTH, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "subject_id"], condition=Q(left_at__isnull=True), name="ladder_open_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=Lag.values), name="ladder_kind_known"),
            models.CheckConstraint(condition=Q(left_at__isnull=True) | ~Q(left_note=""), name="ladder_left_with_note"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.reminders}"

    @property
    def proposal(self) -> tuple[Any, Any, Any]:
        """What its last step is called, what that asks first, whom it waits for."""
        return wording.PROPOSALS[self.kind == Lag.PLACE]


class LadderStep(models.Model):
    """One step that a person decided, with the reason; undone, it stays with who undid it and why."""

    ladder = models.ForeignKey(Ladder, models.CASCADE, related_name="steps")
    step = models.CharField(max_length=8, choices=wording.STEPS)
    reason = models.CharField(max_length=rules.NOTE_LENGTH)
    directive = models.ForeignKey(Directive, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+", db_index=False)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", db_index=False)
    undone_why = models.CharField(max_length=rules.NOTE_LENGTH, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(step__in=[code for code, _words in wording.STEPS]), name="ladder_step")
        ]

    def __str__(self) -> str:
        return f"{self.ladder_id} {self.step}"

    @property
    def words(self) -> Any:
        return self.ladder.proposal[0] if self.step == rules.PROPOSE else self.get_step_display()


class Call(models.Model):
    """A telephone call to one who lags, and what came of it."""

    reminded = models.ForeignKey(Reminded, models.CASCADE, related_name="calls")
    outcome = models.CharField(max_length=9, choices=wording.OUTCOMES)
    note = models.CharField(max_length=rules.NOTE_LENGTH, blank=True)
    next_call = models.DateField(null=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(outcome__in=[code for code, _ in wording.OUTCOMES]), name="call_outcome")
        ]


class Ask(models.Model):
    """Health asks for scanning at a place or in a unit for some days: never for which case or whom."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", db_index=False)
    begins = models.DateField()
    ends = models.DateField()
    indicator = models.CharField(max_length=40, blank=True)
    value = models.FloatField(null=True)
    target = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=wording.ASK_STATES, default=rules.ASKED)
    asked_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    assigned_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", db_index=False)
    assigned_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=rules.NOTE_LENGTH, blank=True)
    answered_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", db_index=False)
    answered_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)  # when whoever its newest step concerns was told of it

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends__gte=F("begins")), name="ask_days_forward"),
            models.CheckConstraint(condition=Q(state__in=[code for code, _ in wording.ASK_STATES]), name="ask_state"),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "assigned"]) | ~Q(outcome=""), name="ask_answered_in_words"
            ),
            models.CheckConstraint(
                condition=~Q(state="assigned") | Q(agency__isnull=False), name="ask_assigned_to_somebody"
            ),
        ]

    def __str__(self) -> str:
        return f"ask {self.pk}"
