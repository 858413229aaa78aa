"""How a citizen's phone is signed in: by a one-time code to its number, or by one that an officer or gate keeper says.

Decides how long a code lives, how often it may be tried, and how many may be asked for; what a signed-in phone may open
is decided by whoever serves it. Neither number nor code is kept or answered in clear, and whether a number is known
changes nothing that the asker can see: nobody is looked up before a right code was given.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from dauchan.accounts import audit
from dauchan.accounts.actions import require
from dauchan.accounts.models import Credential, Officer
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, NotPermitted, TooMany
from dauchan.kernel.sealing import blind_index
from dauchan.notify.actions import send_sms, spend_on_sms
from dauchan.notify.budgets import Budget
from dauchan.people import own, queries, rules, subjects, vault
from dauchan.people.models import Device, SignInCode

CODE_LIFETIME = timedelta(minutes=10)
TRIES = 5
"""One code is guessed in 5 of a million cases at most, whoever tries. Ours, as ASVS 5.0 V6.5 and V6.6 ask."""
DIGITS, DIGITS_UNDER_ATTACK = 6, 8
DEVICE_LIFETIME = timedelta(days=180)  # ours: about two waves of an epidemic

FOR_PHONE = Budget("codes.to", capacity=3, per_hour=2)
"""At most 5 codes to one number within an hour, whoever asks."""
FROM_ADDRESS = Budget("codes.from", capacity=200, per_hour=400)
"""Mobile networks put thousands of phones behind one address: generous. Ours."""
AT_PLACE = Budget("codes.at", capacity=200, per_hour=400)
FAILURES = Budget("codes.failed", capacity=1000, per_hour=500)
"""Wrong guesses of everybody together. Half spent, new codes have 8 digits; all spent, those of 6 are no longer taken:
a spray over many numbers gets some 13,000 guesses at one in a million a day, and then only at one in a hundred million.
Ours."""


class WrongCode(BadInput):
    kind = "wrong_code"
    vi = "Mã chưa đúng hoặc đã hết hạn. Hãy xem lại tin nhắn, hoặc xin mã mới."
    en = "The code is wrong or out of date. Look at the message again, or ask for a new one."


class TooManyCodes(TooMany):
    vi = "Đã xin quá nhiều mã. Hãy chờ ít phút, hoặc nhờ người trực hay cán bộ xã cấp mã tại chỗ."
    en = "Too many codes were asked for. Wait some minutes, or ask the gate keeper or a commune officer for one."


class CodeTooShort(TooMany):
    vi = "Hệ thống đang bị dò mã nên mã 6 số tạm ngừng nhận. Hãy xin mã mới, có 8 số."
    en = "Somebody is guessing codes, so those of 6 digits are not taken now. Ask for a new one, of 8 digits."


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the secret in the browser's cookie, the network it comes from, and at which place, "" at none."""

    request: str
    network: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A phone just signed in: its device and the secret for its cookie, which is not kept here."""

    device: Device
    secret: str


def new_secret() -> str:
    """A secret for a cookie: 32 random bytes as text."""
    return secrets.token_urlsafe(32)


# --- asking for a code ------------------------------------------------------------------------------------------------


def ask_for_code(phone: str, asker: Asker, *, language: str, host: str, now: datetime) -> None:
    """Send a one-time code to a number.

    host     the page's own, by which phones fill the code in; "" for none
    raises   BadPhone, TooManyCodes, and what `notify` says when nothing can be sent
    """
    phone = rules.normal_phone(phone)
    _spend(phone, asker, now)
    with transaction.atomic():
        code = _new_code(phone, issuer="sms", request=asker.request, now=now)
        send_sms(phone, _words(code, language, host), purpose="code", expires_at=now + CODE_LIFETIME, now=now)


def _spend(phone: str, asker: Asker, now: datetime) -> None:
    """Take one code from the number's budget, the network's and the place's, and one message from everybody's.

    raises   TooManyCodes, and what `notify` says when nothing can be sent
    """
    budgets = [(FROM_ADDRESS, asker.network), *([(AT_PLACE, asker.where)] if asker.where else []), (FOR_PHONE, phone)]
    if not all(budget.take(of, now=now) for budget, of in budgets):
        raise TooManyCodes(seconds=600)
    spend_on_sms(phone, now=now)


def _new_code(phone: str, *, issuer: str, request: str | None, now: datetime) -> str:
    digits = DIGITS if issuer == "sms" and FAILURES.left(now=now) > FAILURES.capacity / 2 else DIGITS_UNDER_ATTACK
    code = "".join(secrets.choice("0123456789") for _ in range(digits))
    row = SignInCode(
        phone_hash=_phone_hashes(phone)[0],
        request_hash=_hash(request) if request is not None else None,
        digits=digits,
        issuer=issuer,
        issued_at=now,
        expires_at=now + CODE_LIFETIME,
    )
    row.code_hash = _code_hashes(row.pk, code)[0]
    row.save(force_insert=True)
    return code


def _words(code: str, language: str, host: str) -> str:
    """The message, in letters that cost one SMS; its last line lets a phone's browser fill the code in (WebOTP)."""
    minutes = int(CODE_LIFETIME.total_seconds() // 60)
    if language.startswith("vi"):
        told = f"{code} la ma Dau Chan cua ban, dung trong {minutes} phut. Khong dua ma nay cho ai."
    else:
        told = f"{code} is your Dau Chan code, good for {minutes} minutes. Give it to nobody."
    return f"{told}\n\n@{host} #{code}" if host else told


SPOKEN_BY_GATE = Budget("codes.by_gate", capacity=10, per_hour=20)
"""Codes that one gate device may speak: it could sign itself in as somebody, so only a few, each written down."""


def speak_code(phone: str, *, by: Officer | Credential, now: datetime) -> str:
    """A one-time code for whoever stands here with their papers, when no message comes; 8 digits, told once.

    It signs in any browser that knows the number, so whoever speaks it must have seen who asks.
    raises   BadPhone, NotPermitted, TooManyCodes
    """
    phone = rules.normal_phone(phone)
    if isinstance(by, Officer):
        require(by, "person.register", on=clock.local_day(now))
    elif not SPOKEN_BY_GATE.take(by.pk, now=now):
        raise TooManyCodes(seconds=600)
    with transaction.atomic():
        code = _new_code(phone, issuer="office" if isinstance(by, Officer) else "gate", request=None, now=now)
        audit.record("code.spoken", by=by, about=next(iter(queries.find_by_phone(phone)), None), at=now)
    return code


# --- giving it back ---------------------------------------------------------------------------------------------------

TRY = """
update people_code set tries = tries + 1
where phone_hash = any(%(phones)s::bytea[])
  and (request_hash is null or request_hash = %(request)s)
  and tries < %(most)s and used_at is null and expires_at > %(now)s
returning id, digits, code_hash
"""


def sign_in(phone: str, code: str, asker: Asker, *, now: datetime) -> SignedIn:
    """Sign the asker's phone in as the person of this number, who may be new here.

    raises   BadPhone, WrongCode, CodeTooShort
    """
    phone, code = rules.normal_phone(phone), "".join(filter(str.isdigit, code))
    used = _right_code(phone, code, asker, now)
    with transaction.atomic():
        if not SignInCode.objects.filter(pk=used, used_at__isnull=True).update(used_at=now):
            raise WrongCode(field="code")
        subject = subjects.normalise("phone", phone)
        person = subjects.resolve_on_page([subject], keyring=vault.the_keyring(), now=now)[subject]
        return _new_device(person, now)


def _right_code(phone: str, code: str, asker: Asker, now: datetime) -> UUID:
    """Which of the codes that are out this is; each look counts as a try of all of them, at once and for good."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "phones": _phone_hashes(phone),
            "request": _hash(asker.request),
            "most": TRIES,
            "now": now,
        }
        cursor.execute(TRY, values)
        tried: list[tuple[UUID, int, bytes]] = [(pk, digits, bytes(code)) for pk, digits, code in cursor.fetchall()]
    may_fail = not tried or FAILURES.take(now=now)  # where no code is out nothing can be guessed
    for pk, digits, hashed in tried:
        if digits == DIGITS and not may_fail:
            raise CodeTooShort(seconds=60)
        if any(secrets.compare_digest(hashed, wanted) for wanted in _code_hashes(pk, code)):
            FAILURES.put_back(now=now)
            return pk
    raise WrongCode(field="code")


def _new_device(person: UUID, now: datetime) -> SignedIn:
    secret = new_secret()
    device = Device.objects.create(
        person_id=person,
        secret_hash=_hash(secret),
        made_at=now,
        seen_on=clock.local_day(now),
        expires_at=now + DEVICE_LIFETIME,
    )
    audit.record("device.signed_in", by=None, about=person, at=now)
    return SignedIn(device, secret)


# --- being signed in --------------------------------------------------------------------------------------------------


def device_of(secret: str, now: datetime) -> Device | None:
    """The device behind a cookie; None when it is unknown, ended, or its person was erased."""
    found = (
        Device.objects.filter(secret_hash=_hash(secret), ended_at__isnull=True, expires_at__gt=now)
        .filter(person__tombstoned_at__isnull=True)
        .select_related("person")
        .first()
    )
    today = clock.local_day(now)
    if found and found.seen_on < today:
        Device.objects.filter(pk=found.pk).update(seen_on=today)
    return found


def devices_of(person: UUID, now: datetime) -> list[Device]:
    """The person's signed-in devices, the newest first."""
    living = Device.objects.filter(person_id=person, ended_at__isnull=True, expires_at__gt=now)
    return list(living.order_by("-made_at", "-pk"))


@transaction.atomic
def sign_out(device: Device, *, by: Device, now: datetime) -> None:
    """End a device of one's own: this one, or another once this one is proved.

    raises   NotPermitted, NotProved
    """
    if device.person_id != by.person_id:
        raise NotPermitted
    if device.pk != by.pk:
        own.require_proved(by)
    Device.objects.filter(pk=device.pk, ended_at__isnull=True).update(ended_at=now)
    audit.record("device.signed_out", by=None, about=device.person_id, at=now)


def sweep(now: datetime) -> int:
    """Forget codes and devices that are over.

    returns  how many
    """
    gone, _ = SignInCode.objects.filter(expires_at__lt=now).delete()
    ended, _ = Device.objects.filter(expires_at__lt=now).delete()
    return gone + ended


def _phone_hashes(phone: str) -> list[bytes]:
    """The number under every index key, the newest first."""
    return [blind_index(secret, "code-phone", phone) for secret in vault.index_secrets(vault.the_keyring())]


def _code_hashes(pk: UUID, code: str) -> list[bytes]:
    return [blind_index(secret, f"code:{pk}", code) for secret in vault.index_secrets(vault.the_keyring())]


def _hash(secret: str) -> bytes:
    """Of a random secret; no key is needed where nothing can be guessed."""
    return hashlib.sha256(secret.encode()).digest()
