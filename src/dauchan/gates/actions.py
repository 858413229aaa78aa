"""The verbs of gates: let a device or a keeper join by a one-time code, hear of shifts and backlogs, end them."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Coalesce, Least

from dauchan import config
from dauchan.accounts import audit
from dauchan.accounts.actions import create_credential, end_credential
from dauchan.accounts.models import Credential, Officer
from dauchan.gates import rules
from dauchan.gates.models import Device, JoinCode, Keeper, Shift
from dauchan.gates.rules import JoinCodeUsedUp, PlaceNotApproved, TooManyTries
from dauchan.kernel import base32
from dauchan.kernel.errors import BadInput, NotPermitted
from dauchan.people.rules import normal_text
from dauchan.people.signing_in import speak_code
from dauchan.places.models import Place
from dauchan.places.queries import officer_approved, place_cards

KEPT_LONGER = timedelta(days=30)
"""How long after the retention it is still known who kept a gate: a question may come late. Ours."""
LONGEST_WAIT = timedelta(days=400)
"""How far off a device's clock is believed. Ours: longer than anything it may still send."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A keeper who has just joined; the token is the device's, shown once, "" when the device had it before."""

    keeper: Keeper
    token: str = ""


@dataclass(frozen=True, slots=True)
class ShiftTold:
    """A shift as a device tells it."""

    id: UUID
    keeper_id: int
    began_at: datetime
    ended_at: datetime | None


# --- codes on the owner's screen --------------------------------------------------------------------------------------


@transaction.atomic
def offer_device(
    place: Place, name: str, *, until: datetime, takes_paper: bool, by: Officer | None, now: datetime
) -> tuple[JoinCode, str]:
    """A one-time code by which a phone becomes a gate device of this place.

    until    when the device ends
    by       the officer; None for the place's owner
    returns  the row and the code itself, which is kept only as a hash
    raises   BadInput
    """
    return _offer("device", place, None, _name(name), until=until, takes_paper=takes_paper, by=by, now=now)


@transaction.atomic
def offer_keeper(device: Device, *, until: datetime, by: Officer | None, now: datetime) -> tuple[JoinCode, str]:
    """A one-time code by which one more keeper joins a device.

    returns, raises   as `offer_device`
    """
    until = min(until, device.credential.expires_at)
    return _offer("keeper", device.place, device, "", until=until, takes_paper=False, by=by, now=now)


def _offer(
    kind: str,
    place: Place,
    device: Device | None,
    name: str,
    *,
    until: datetime,
    takes_paper: bool,
    by: Officer | None,
    now: datetime,
) -> tuple[JoinCode, str]:
    if not now < until <= now + rules.LONGEST_KEPT:
        raise BadInput(field="until")
    code = base32.encode(secrets.token_bytes(7))[: rules.CODE_LETTERS]
    row = JoinCode.objects.create(
        kind=kind,
        code_hash=_hash(code),
        place=place,
        device=device,
        name=name,
        until=until,
        takes_paper=takes_paper,
        made_by=by,
        made_at=now,
        expires_at=now + rules.CODE_LIFETIME,
    )
    audit.record(f"gate.{kind}_offered", by=by, unit=place.unit_id, at=now, detail={"place": place.pk})
    return row, code


def withdraw_codes(place: Place) -> None:
    """Nobody joins any more by a code that was made at this place and not used yet."""
    JoinCode.objects.filter(place=place, used_at__isnull=True).delete()


def _name(text: str) -> str:
    """A name as it may stand in lists.

    raises   BadInput and its kinds
    """
    name = normal_text(text, field="name", longest=rules.LONGEST_NAME)
    if not name:
        raise BadInput(field="name")
    return name


def _hash(code: str) -> bytes:
    return hashlib.sha256(base32.tidy(code).encode()).digest()


# --- joining ----------------------------------------------------------------------------------------------------------


def join(code: str, keeper: str, *, device_id: str = "", network: str, now: datetime) -> Joined:
    """Join by a code: as a new device with its first keeper, or as one more keeper of the device that asks.

    raises   JoinCodeUsedUp, TooManyTries, BadInput
    """
    if not rules.JOINING.take(network, now=now):
        raise TooManyTries(seconds=120)
    name = _name(keeper)
    with transaction.atomic():
        offered = JoinCode.objects.select_for_update().filter(code_hash=_hash(code), used_at__isnull=True).first()
        if offered is None or offered.expires_at <= now:
            raise JoinCodeUsedUp
        if offered.kind == "keeper" and offered.device_id != device_id:
            raise JoinCodeUsedUp
        offered.used_at = now
        offered.save(update_fields=["used_at"])
        return _with_keeper(offered, name, now)


def _with_keeper(offered: JoinCode, name: str, now: datetime) -> Joined:
    device, token = (offered.device, "") if offered.device else _new_device(offered, now)
    assert device is not None
    keeper = Keeper.objects.create(device=device, name=name, joined_at=now, until=offered.until)
    audit.record("gate.keeper_joined", by=None, unit=offered.place.unit_id, at=now, detail={"device": device.pk})
    return Joined(keeper, token)


def _new_device(offered: JoinCode, now: datetime) -> tuple[Device, str]:
    scopes = {"scans:write", *({"scans:paper"} if offered.takes_paper else ())}
    credential, token = create_credential(
        kind="gate",
        name=offered.name,
        scopes=scopes,
        expires_at=offered.until,
        by=None,
        now=now,
        place_id=offered.place_id,
    )
    return Device.objects.create(credential=credential, place=offered.place, heard_at=now), token


# --- what devices say -------------------------------------------------------------------------------------------------


def device_of(credential: Credential) -> Device:
    """The device behind a gate's credential; one that an administrator made by hand becomes a device now.

    raises   NotPermitted for a credential that is no gate's, or whose place is not there
    """
    place_id = credential.place_id if credential.kind == "gate" else None
    if place_id is None or place_id not in place_cards([place_id]):
        raise NotPermitted
    device, _ = Device.objects.select_related("place__unit", "credential").get_or_create(
        credential=credential, defaults={"place_id": place_id, "heard_at": credential.made_at}
    )
    return device


def hear(device: Device, *, waiting: int, oldest: datetime | None, app: str, now: datetime) -> None:
    """Note that a device is alive, and how many scans wait on it; a device's clock may be anywhere."""
    since = None if oldest is None or not waiting else min(max(oldest, now - LONGEST_WAIT), now)
    Device.objects.filter(pk=device.pk).update(
        heard_at=now, waiting=waiting, oldest_waiting=since.astimezone(UTC) if since else None, app=app[:20]
    )


def speak_code_at(device: Device, phone: str, *, now: datetime) -> str:
    """A sign-in code from a gate; not where anybody may have made place and gate up, for it signs in as whom they like.

    raises   PlaceNotApproved, and as `speak_code`
    """
    if not officer_approved(device.place):
        raise PlaceNotApproved
    return speak_code(phone, by=device.credential, now=now)


def tell_shifts(device: Device, told: Iterable[ShiftTold], *, now: datetime) -> int:
    """Write down who had the device in hand; told again, a shift only gets its end.

    returns  how many shifts are the device's own keepers', at a time that can be
    """
    keepers = set(Keeper.objects.filter(device=device).values_list("pk", flat=True))
    own = [shift for shift in told if shift.keeper_id in keepers and _can_be(shift, now)]
    for shift in own:
        Shift.objects.get_or_create(
            pk=shift.id, defaults={"keeper_id": shift.keeper_id, "began_at": shift.began_at, "ended_at": None}
        )
        if shift.ended_at is not None and shift.ended_at >= shift.began_at:
            Shift.objects.filter(pk=shift.id, keeper_id=shift.keeper_id, ended_at__isnull=True).update(
                ended_at=shift.ended_at
            )
    return len(own)


def _can_be(shift: ShiftTold, now: datetime) -> bool:
    return all(now - LONGEST_WAIT <= at <= now + LONGEST_WAIT for at in (shift.began_at, shift.ended_at or now))


# --- ending -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def revoke_device(device: Device, *, by: Officer | None, now: datetime) -> None:
    """End a lost device: the lane refuses it within seconds, and what waits on it can be read by nobody else."""
    end_credential(device.credential, by=by, now=now)
    JoinCode.objects.filter(device=device, used_at__isnull=True).delete()
    Keeper.objects.filter(device=device, ended_at__isnull=True).update(ended_at=now)


@transaction.atomic
def end_keeper(keeper: Keeper, *, by: Officer | None, now: datetime) -> None:
    """End a keeper; the device shows it when it next hears from here."""
    Keeper.objects.filter(pk=keeper.pk, ended_at__isnull=True).update(ended_at=now)
    unit = keeper.device.place.unit_id
    audit.record("gate.keeper_ended", by=by, unit=unit, at=now, detail={"device": keeper.device_id})


# --- forgetting -------------------------------------------------------------------------------------------------------


def forget_over(now: datetime) -> int:
    """Forget join codes that are over, and who kept a gate once nothing they recorded can be read; how many rows."""
    codes, _ = JoinCode.objects.filter(expires_at__lt=now - timedelta(days=1)).delete()
    before = now - timedelta(days=config.load().retention_days) - KEPT_LONGER
    shifts, _ = Shift.objects.annotate(over_at=Coalesce("ended_at", "began_at")).filter(over_at__lt=before).delete()
    keepers, _ = Keeper.objects.annotate(over_at=Least("until", "ended_at")).filter(over_at__lt=before).delete()
    return codes + shifts + keepers
