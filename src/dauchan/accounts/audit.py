"""The audit log: rows written in the transaction of the act, chained within seconds, heads signed and kept outside.

`record` writes a row. `chain.py` holds what happens afterwards: hashes that hang together, signed heads, verification.

Whom a row is about is never written in clear. `about` is the person's id: it is found again by a keyed hash and opened
with a key; the slice that owns people's keys gives the sealer (`seal_people_with`), so that erasing a person also makes
their rows unfindable. Without it, the "index" keys of the installation are used.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from dauchan import config
from dauchan.accounts.models import AuditRow, Credential, Officer
from dauchan.accounts.queries import roles_of
from dauchan.kernel import clock
from dauchan.kernel.keyring import open_keyring
from dauchan.kernel.sealing import blind_index, encrypt

LONGEST_DETAIL = 4000


@dataclass(frozen=True)
class About:
    """Whom a row is about, as it is stored: a keyed hash to find it by and a sealed box with the person's id.

    older    the hashes that rows written before a rotation have
    """

    index: bytes
    sealed: bytes
    older: tuple[bytes, ...] = ()


Sealer = Callable[[UUID], About]


def seal_by_installation(person_id: UUID) -> About:
    """Found and opened by "index" keys, for want of a key of the person's own: also under those rotated since."""
    keyring = open_keyring(config.load().keyring_dir)
    secrets = [keyring.named("index", number).secret for number in reversed(keyring.numbers("index"))]
    keys = [blind_index(secret, "audit-about-installation", "") for secret in secrets]
    index, *older = [blind_index(key, "audit-about", person_id.hex) for key in keys]
    return About(index, encrypt(keys[0], person_id.bytes, b"audit-about"), tuple(older))


_sealer: Sealer = seal_by_installation


def seal_people_with(sealer: Sealer) -> None:
    """Let the owner of people's keys seal whom rows are about; called once, when the process starts."""
    global _sealer
    _sealer = sealer


def record(
    event: str,
    *,
    by: Officer | Credential | None,
    at: datetime,
    about: UUID | None = None,
    case: object = None,
    unit: int | None = None,
    purpose: str = "",
    detail: Mapping[str, Any] | None = None,
    count: int | None = None,
) -> AuditRow:
    """Write down one act, inside the caller's transaction.

    event    "noun.verb" in the past: "case.confirmed", "person.revealed"
    by       the officer or device; None for the installation itself
    about    the person concerned; sealed, never stored in clear
    case     the case's number or id
    unit     id of the unit where it was done, so that its auditor sees it
    detail   small facts without personal data
    count    how many people or rows the act touched
    """
    role, agency = _standing(by, at)
    person = _sealer(about) if about is not None else None
    return AuditRow.objects.create(
        at=at.astimezone(UTC),
        event=event,
        officer_id=by.pk if isinstance(by, Officer) else None,
        credential_id=by.pk if isinstance(by, Credential) else "",
        role=role[:200],
        agency=agency[:200],
        purpose=purpose[:500],
        case_ref="" if case is None else str(case),
        unit_id=unit,
        about_index=person.index if person else None,
        about_sealed=person.sealed if person else None,
        count=count,
        detail=_detail_text(detail),
    )


def _standing(by: Officer | Credential | None, at: datetime) -> tuple[str, str]:
    """As what somebody acted: role names, and the scopes that these were held at."""
    if isinstance(by, Credential):
        return by.kind, f"place:{by.place_id}" if by.place_id else ""
    if by is None:
        return "system", ""
    roles = roles_of(by, clock.local_day(at))
    scopes = {f"{role.scope_kind}:{role.scope_id}".rstrip(":") for role in roles}
    return ",".join(sorted({role.role for role in roles})), ",".join(sorted(scopes))


def _detail_text(detail: Mapping[str, Any] | None) -> str:
    if not detail:
        return ""
    text = json.dumps(detail, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    if len(text) > LONGEST_DETAIL:
        raise ValueError("an audit row holds small facts, not documents")
    return text


def rows_about(person_id: UUID) -> list[AuditRow]:
    """Who looked at this person: their rows, newest first."""
    about = _sealer(person_id)
    return list(AuditRow.objects.filter(about_index__in=[about.index, *about.older]).order_by("-at", "-id"))
