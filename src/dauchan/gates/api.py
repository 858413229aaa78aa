"""What gate devices say and are told, as JSON (docs/reference/gates.md). Scans themselves go to the fast lane."""

import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, Field

from dauchan import config
from dauchan.accounts.models import Credential
from dauchan.accounts.networks import network_of
from dauchan.gates import actions, ended, queries
from dauchan.gates.actions import ShiftTold
from dauchan.gates.faces import face_of
from dauchan.gates.models import Device
from dauchan.kernel import clock
from dauchan.people import vault

router = Router(tags=["gates"])
MOST_SHIFTS = 200


class KeeperOut(Schema):
    id: int
    name: str
    until: datetime


class DeviceOut(Schema):
    id: str
    name: str
    until: datetime
    paper: bool


class GatePlaceOut(Schema):
    id: int
    name: str
    address: str
    state: str


class GatePointOut(Schema):
    id: int
    name: str
    direction: Literal["both", "in", "out"]


class PublicKeyOut(Schema):
    """A public key of 32 bytes, in base 64."""

    id: int
    key: str


class KeysOut(Schema):
    """Ed25519 keys that verify place codes and standings, and the X25519 key that batches are sealed to."""

    place: list[PublicKeyOut]
    standing: list[PublicKeyOut]
    envelope: PublicKeyOut


class SettingsOut(Schema):
    repeat_seconds: int
    warn_hours: float
    backlog_days: int


class HereOut(Schema):
    """Everything that a device keeps to work without network; nothing secret."""

    device: DeviceOut
    place: GatePlaceOut
    points: list[GatePointOut]
    keepers: list[KeeperOut]
    issuer: int
    hosts: list[str]
    keys: KeysOut
    settings: SettingsOut
    now: datetime


class JoinIn(Schema):
    """A one-time code from the owner's screen, and who keeps the gate; `device` for one more keeper of that device."""

    code: Annotated[str, Field(min_length=1, max_length=20)]
    keeper: Annotated[str, Field(min_length=1, max_length=80)]
    device: Annotated[str, Field(max_length=8)] = ""


class JoinedOut(Schema):
    """Who joined; `token` only for a new device, and only now."""

    keeper: KeeperOut
    token: str
    here: HereOut


class SubjectIn(Schema):
    """Who: a pass, a document or a phone number, as in a scan."""

    kind: Literal["pass", "document", "phone"]
    code: Annotated[str, Field(max_length=512)] = ""
    type: Literal["", "cccd", "cmnd", "bhyt", "passport", "card"] = ""
    number: Annotated[str, Field(max_length=64)] = ""


class FaceIn(Schema):
    subject: SubjectIn


class ActionOut(Schema):
    """What the gate keeper does, in the words of whoever set it."""

    vi: str
    en: str


class FaceOut(Schema):
    """A colour and what to do; a masked name, sex and year of birth for a pass alone."""

    known: bool
    name: str
    sex: str
    birth_year: int | None
    standing: str
    colour: Literal["green", "yellow", "orange", "red", "grey"]
    action: ActionOut
    until: datetime | None


class ShiftIn(Schema):
    id: UUID
    keeper: int
    began_at: AwareDatetime
    ended_at: AwareDatetime | None = None


class ShiftsIn(Schema):
    shifts: Annotated[list[ShiftIn], Field(max_length=MOST_SHIFTS)]


class ShiftsOut(Schema):
    taken: int


class WaitingIn(Schema):
    """How many scans wait on the device, since when, and the app's version."""

    waiting: Annotated[int, Field(ge=0, le=10_000_000)]
    oldest: AwareDatetime | None = None
    app: Annotated[str, Field(max_length=20)] = ""


def _device(request: HttpRequest) -> Device:
    return actions.device_of(cast(Credential, request.credential))  # type: ignore[attr-defined]  # set by the door


@router.post("/gate/join", response={201: JoinedOut}, url_name="gate-join", summary="Join by a one-time code")
def join(request: HttpRequest, told: JoinIn) -> Status[dict[str, Any]]:
    """A new device with its first keeper, or one more keeper of a device."""
    now = clock.now()
    joined = actions.join(told.code, told.keeper, device_id=told.device, network=network_of(request), now=now)
    keeper = joined.keeper
    answer = {
        "keeper": {"id": keeper.pk, "name": keeper.name, "until": keeper.until},
        "token": joined.token,
        "here": queries.here(actions.device_of(keeper.device.credential), now),
    }
    return Status(201, answer)


@router.get("/gate/here", response=HereOut, url_name="gate-here", summary="What a device keeps")
def here(request: HttpRequest) -> dict[str, Any]:
    """Place, points, keepers, public keys and settings as they are now."""
    return queries.here(_device(request), clock.now())


@router.get("/gate/ended", url_name="gate-ended", summary="The signed list of ended passes")
def ended_passes(request: HttpRequest) -> HttpResponse:
    """Bytes, as docs/reference/gates.md has them; 304 while nothing changed."""
    entries = queries.ended_passes()
    tag = f'"{hashlib.sha256(b"".join(entries)).hexdigest()[:16]}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    key, issuer = vault.the_keyring().named("standing"), config.load().issuer
    written = ended.write_list(entries, issuer=issuer, key=key, made_at=clock.now())
    return HttpResponse(written, content_type="application/octet-stream", headers={"ETag": tag})


@router.post("/gate/face", response=FaceOut, url_name="gate-face", summary="What a gate may know of somebody")
def face(request: HttpRequest, told: FaceIn) -> dict[str, Any]:
    """A colour and what to do. POST, since a subject is personal data."""
    subject = told.subject
    value = subject.code if subject.kind == "pass" else subject.number
    if subject.kind == "document" and subject.type:
        value = f"{subject.type}:{subject.number}"
    found = face_of(subject.kind, value, device=_device(request), now=clock.now())
    return {
        "known": found.known,
        "name": found.name,
        "sex": found.sex,
        "birth_year": found.birth_year,
        "standing": found.standing.standing,
        "colour": found.standing.colour,
        "action": {"vi": found.standing.action_vi, "en": found.standing.action_en},
        "until": found.standing.until,
    }


class PhoneIn(Schema):
    """The number of whoever stands at the gate with their papers."""

    phone: Annotated[str, Field(min_length=1, max_length=20)]


class CodeOut(Schema):
    """A one-time code, told once, for signing in with that number."""

    code: str


@router.post("/gate/code", response=CodeOut, url_name="gate-code", summary="A sign-in code, on sight of a document")
def code(request: HttpRequest, told: PhoneIn) -> dict[str, str]:
    """For somebody whom no message reaches; at approved places, a few an hour for each device, each written down."""
    return {"code": actions.speak_code_at(_device(request), told.phone, now=clock.now())}


class ScreenCodeOut(Schema):
    """What a screen shows from an instant on, for 30 s: the whole address."""

    at: datetime
    url: str


class ScreenOut(Schema):
    now: datetime
    codes: list[ScreenCodeOut]


@router.get("/gate/screen", response=ScreenOut, url_name="gate-screen", summary="Codes for a screen, one each 30 s")
def screen(request: HttpRequest, point: Annotated[int, Field(ge=1, le=2**31 - 1)]) -> dict[str, Any]:
    """Who scans them there counts as surer than at a poster, which can be photographed."""
    now = clock.now()
    shown = queries.screen_codes(_device(request), point, now)
    return {"now": now, "codes": [{"at": at, "url": url} for at, url in shown]}


@router.post("/gate/shifts", response=ShiftsOut, url_name="gate-shifts", summary="Who had the device in hand")
def shifts(request: HttpRequest, told: ShiftsIn) -> dict[str, int]:
    """Shifts of the device's keepers; told again they only get their end."""
    listed = [ShiftTold(shift.id, shift.keeper, shift.began_at, shift.ended_at) for shift in told.shifts]
    return {"taken": actions.tell_shifts(_device(request), listed, now=clock.now())}


@router.post("/gate/waiting", response={204: None}, url_name="gate-waiting", summary="How much waits on the device")
def waiting(request: HttpRequest, told: WaitingIn) -> Status[None]:
    """By this the owner and the province see a gate that has not sent for hours."""
    actions.hear(_device(request), waiting=told.waiting, oldest=told.oldest, app=told.app, now=clock.now())
    return Status(204, None)
