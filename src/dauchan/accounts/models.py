"""Officers, the roles they hold at opaque scopes, gate and integrator credentials, one-time links, the audit log.

What a role allows is in `rules.py`; what a scope's id means is known to the slice that gave it (unit, agency, place).
"""

import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from dauchan.kernel import base32

PUBLIC_ID_BYTES = 5


def public_id() -> str:
    """Eight letters that name a credential in its token and on pages; they give no access."""
    return base32.encode(secrets.token_bytes(PUBLIC_ID_BYTES))


class OfficerManager(BaseUserManager["Officer"]):
    def get_by_natural_key(self, username: str | None) -> "Officer":
        return self.get(email=(username or "").strip().lower())


class Officer(AbstractBaseUser):
    """A person who works here, signing in with an e-mail address; what they may do is in their roles alone."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=2, default="vi")
    is_active = models.BooleanField(default=True)
    session_epoch = models.IntegerField(default=0)
    search_key = models.CharField(max_length=400, default="")
    created_at = models.DateTimeField()

    objects: ClassVar[OfficerManager] = OfficerManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        indexes: ClassVar = [models.Index(fields=["id"], condition=Q(is_active=True), name="officer_active")]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(email=Lower("email")), name="officer_lower")]

    def __str__(self) -> str:
        return self.name

    def _session_hash(self, secret: str | None = None) -> str:
        secured = f"{self.password}|{self.session_epoch}"
        return salted_hmac("dauchan.accounts.session", secured, secret=secret, algorithm="sha256").hexdigest()

    def get_session_auth_hash(self) -> str:
        """What a session must carry to count: a new password or epoch ends every older session at once."""
        return self._session_hash()

    def get_session_auth_fallback_hash(self) -> Any:
        """No fallback secrets: turning the installation's secret ends all sessions."""
        return iter(())


class Role(models.Model):
    """An officer holds a role at a scope from a day up to, not including, another."""

    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="roles")
    role = models.CharField(max_length=40)
    scope_kind = models.CharField(max_length=10)
    scope_id = models.CharField(max_length=64, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    granted_by = models.ForeignKey(Officer, on_delete=models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField()
    ended_by = models.ForeignKey(Officer, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["scope_kind", "scope_id"], name="role_by_scope")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(scope_kind__in=["unit", "agency", "place", "all"]),
                name="role_scope",
            ),
            models.CheckConstraint(
                condition=Q(scope_kind="all", scope_id="") | (~Q(scope_kind="all") & ~Q(scope_id="")),
                name="role_scope_named",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")),
                name="role_dates",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} @ {self.scope_kind}:{self.scope_id}"


class OneTimeLink(models.Model):
    """A link shown once to the person who made it: first administrator, invitation of a colleague, new password.

    Kind "try_out" signs an officer of a try-out in; no other installation takes it (`enter_by_link`).
    """

    kind = models.CharField(max_length=16)
    token_hash = models.BinaryField(unique=True)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=40, blank=True)
    scope_kind = models.CharField(max_length=10, blank=True)
    scope_id = models.CharField(max_length=64, blank=True)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, null=True, related_name="+")
    made_by = models.ForeignKey(Officer, on_delete=models.PROTECT, null=True, related_name="+")
    role_until = models.DateField(null=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=["administrator", "invitation", "reset", "recovery", "try_out"]),
                name="one_time_link_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Recovery(models.Model):
    """A new password and second factor for an officer who lost theirs: one officer asks, another decides."""

    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    asked_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(Officer, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    approved = models.BooleanField(null=True)
    link = models.ForeignKey(OneTimeLink, on_delete=models.PROTECT, null=True, related_name="recoveries")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["officer"], condition=Q(decided_at__isnull=True), name="recovery_open_once"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("asked_by")), name="recovery_takes_two"
            ),
        ]

    def __str__(self) -> str:
        return f"recovery {self.pk}"


class Credential(models.Model):
    """A gate's or an integrator's secret, bound to scopes, maybe to a place and a unit, with an end."""

    id = models.CharField(primary_key=True, max_length=8, default=public_id)
    kind = models.CharField(max_length=10)
    name = models.CharField(max_length=120)
    secret_hash = models.BinaryField()
    scopes = ArrayField(models.CharField(max_length=40))
    place_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)
    made_by = models.ForeignKey(Officer, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=["gate", "integrator"]), name="credential_kind"),
            models.CheckConstraint(
                condition=~Q(kind="gate") | Q(place_id__isnull=False),
                name="credential_gate_has_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    def allows(self, scope: str) -> bool:
        return scope in self.scopes


class AuditRow(models.Model):
    """One act: who, as what, what, why, when. Written by `audit.record` only; chained later, never changed.

    `about_index` finds a person's rows, `about_sealed` says whose they are; both need keys (see `audit.py`).
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    event = models.CharField(max_length=60)
    officer_id = models.BigIntegerField(null=True)
    credential_id = models.CharField(max_length=8, blank=True)
    role = models.CharField(max_length=200, blank=True)
    agency = models.CharField(max_length=200, blank=True)
    purpose = models.CharField(max_length=500, blank=True)
    case_ref = models.CharField(max_length=64, blank=True)
    unit_id = models.BigIntegerField(null=True)
    about_index = models.BinaryField(null=True)
    about_sealed = models.BinaryField(null=True)
    count = models.IntegerField(null=True)
    detail = models.TextField(blank=True)
    seq = models.BigIntegerField(null=True, unique=True)
    prev_hash = models.BinaryField(null=True)
    row_hash = models.BinaryField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(seq__isnull=True), name="audit_unchained"),  # chain_pending
            models.Index(fields=["about_index", "at"], name="audit_about"),  # who looked at me
            models.Index(fields=["officer_id", "-id"], name="audit_by_officer"),  # the log, one officer
            models.Index(fields=["event", "-id"], name="audit_by_event"),  # the log, one kind of act
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"
