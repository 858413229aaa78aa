"""People as the database knows them: a random id, sealed identity, keyed hashes, passes, standings, aliases.

No name, number or address stands here in clear. The keys of the sealed columns are in the schema `keystore`
(migration 0001, reached only through `vault.py`), which has a dump of its own.
"""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from dauchan.accounts.models import Officer
from dauchan.kernel import ids
from dauchan.units.models import Unit

STANDINGS = ("unknown", "manual")
ISSUERS = ("sms", "gate", "office")
COLOURS = ("green", "yellow", "orange", "red", "grey")


class Person(models.Model):
    """Somebody who lives here or was scanned here; provisional while only scans know of them.

    `told_from` stands where somebody with the number said by phone who they are: since when that phone had it. Who had
    the number before may have been somebody else.
    """

    id = models.UUIDField(primary_key=True, default=ids.person_id)
    created_on = models.DateField()  # an instant would lead to a scan of the same instant
    provisional = models.BooleanField(default=False)
    told_from = models.DateField(null=True)
    residence = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    tombstoned_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["residence", "id"], condition=Q(residence__isnull=False), name="person_residence"),
        ]

    def __str__(self) -> str:
        return "person"


class SealedIdentity(models.Model):
    """An identity under the person's own key, bound to the person's id; see `vault.seal_identity`."""

    person = models.OneToOneField(Person, models.CASCADE, primary_key=True, related_name="+", db_index=False)
    sealed = models.BinaryField()

    class Meta:
        db_table = "people_identity"

    def __str__(self) -> str:
        return "sealed identity"


class BlindIndex(models.Model):
    """A keyed hash by which somebody is found: phone, document, name with birth date, an integrator's reference.

    Of all people with one phone or document one `leads`: unknown subjects of scans are taken for them.
    """

    pk = models.CompositePrimaryKey("hash", "person")
    hash = models.BinaryField()
    person = models.ForeignKey(Person, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=16)
    leads = models.BooleanField()

    class Meta:
        db_table = "people_blind_index"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hash"], condition=Q(leads=True), name="blind_index_leads"),  # resolve
        ]
        indexes: ClassVar = [
            models.Index(fields=["person"], name="blind_index_person"),  # erase_person
        ]

    def __str__(self) -> str:
        return self.kind


class Alias(models.Model):
    """`alias` was found to be the same human as `canonical`; undone by closing it, never by rewriting rows."""

    alias = models.ForeignKey(Person, models.CASCADE, related_name="+")
    canonical = models.ForeignKey(Person, models.CASCADE, related_name="+")
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["alias"], condition=Q(undone_at__isnull=True), name="alias_once"),
            models.CheckConstraint(condition=~Q(alias=F("canonical")), name="alias_of_another"),
        ]

    def __str__(self) -> str:
        return f"alias {self.pk}"


class MergeProposal(models.Model):
    """`alias` may be the same human as `canonical`, since one told a document of the other; an officer decides."""

    alias = models.ForeignKey(Person, models.CASCADE, related_name="+")
    canonical = models.ForeignKey(Person, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    accepted = models.BooleanField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["alias", "canonical"], condition=Q(decided_at__isnull=True), name="merge_proposed_once"
            ),
            models.CheckConstraint(condition=~Q(alias=F("canonical")), name="merge_proposal_of_another"),
        ]

    def __str__(self) -> str:
        return f"merge proposal {self.pk}"


class Care(models.Model):
    """`carer` looks after `cared`, a child or somebody old, from an instant until another; open while it lasts."""

    carer = models.ForeignKey(Person, models.CASCADE, related_name="+")
    cared = models.ForeignKey(Person, models.CASCADE, related_name="+")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cared"], condition=Q(ends_at__isnull=True), name="care_one_carer"),
            models.CheckConstraint(condition=~Q(carer=F("cared")), name="care_of_another"),
            models.CheckConstraint(condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("begins_at")), name="care_on"),
        ]

    def __str__(self) -> str:
        return f"care {self.pk}"


class Pass(models.Model):
    """One serial of a person's pass; at most one is valid.

    The number on its card is sealed under the person's key, and kept no longer than the pass is valid.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="passes", db_index=False)
    serial = models.PositiveIntegerField()
    issued_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=20, blank=True)
    sealed_number = models.BinaryField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "serial"], name="pass_serial_once"),
            models.UniqueConstraint(fields=["person"], condition=Q(revoked_at__isnull=True), name="pass_one_valid"),
            models.CheckConstraint(condition=Q(serial__gte=1), name="pass_serial_from_one"),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, sealed_number__isnull=False)
                | Q(revoked_at__isnull=False, sealed_number__isnull=True),
                name="pass_number_while_valid",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["", "reissued", "lost", "stolen", "erased"]), name="pass_reason_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["person", "serial"], condition=Q(revoked_at__isnull=False), name="pass_revoked"),
        ]

    def __str__(self) -> str:
        return f"pass {self.serial}"


class Standing(models.Model):
    """What a gate may know of a person, from `set_at` until `until`: the newest row counts.

    The reason is the officer's own words, so it is sealed under the person's key.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="+", db_index=False)
    standing = models.CharField(max_length=10)
    colour = models.CharField(max_length=6)
    action_vi = models.CharField(max_length=120, blank=True)
    action_en = models.CharField(max_length=120, blank=True)
    until = models.DateTimeField(null=True)
    set_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    sealed_reason = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(standing__in=STANDINGS), name="standing_known"),
            models.CheckConstraint(condition=Q(colour__in=COLOURS), name="standing_colour_known"),
            models.CheckConstraint(condition=Q(until__isnull=True) | Q(until__gt=F("set_at")), name="standing_forward"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["person", "-set_at", "-id"], name="standing_newest"),  # standings_of
        ]

    def __str__(self) -> str:
        return self.standing


class SignInCode(models.Model):
    """A one-time code for whoever holds a phone number; neither code nor number stands here in clear.

    `request_hash` binds it to the browser that asked; a code spoken by a gate keeper or officer has none.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    phone_hash = models.BinaryField()
    request_hash = models.BinaryField(null=True)
    code_hash = models.BinaryField()
    digits = models.PositiveSmallIntegerField()
    issuer = models.CharField(max_length=6)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "people_code"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(issuer__in=ISSUERS), name="code_issuer_known"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("issued_at")), name="code_forward"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["phone_hash"], name="code_of_phone"),  # sign_in
            models.Index(fields=["expires_at"], name="code_expiry"),  # sweep_codes
        ]

    def __str__(self) -> str:
        return f"code by {self.issuer}"


class Hold(models.Model):
    """Somebody who is not erased up to a day, because an order wants what is kept of them.

    `order_number` is that of whoever ordered it (`tracing.holding`), where the reason stands too.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    order_number = models.BigIntegerField()
    until = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "order_number"], name="person_held_once_an_order")
        ]
        indexes: ClassVar = [models.Index(fields=["order_number"], name="hold_of_order")]  # let_go

    def __str__(self) -> str:
        return f"{self.order_number} until {self.until}"


class Device(models.Model):
    """A browser or phone that is signed in as a person, by a random secret in its cookie.

    `proved_at` is when its bearer proved by a document or date of birth, too, that the person is them: phone numbers
    change hands, so before that it opens no history that is older than itself.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="+", db_index=False)
    secret_hash = models.BinaryField(unique=True)
    made_at = models.DateTimeField()
    seen_on = models.DateField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    proved_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["person"], name="device_of_person"),  # devices_of
            models.Index(fields=["expires_at"], name="device_expiry"),  # sweep_codes
        ]

    def __str__(self) -> str:
        return f"device {self.pk}"
