"""Deciding on scans kept apart: accepted ones enter the ledger under their own day, rejected ones stay out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput
from dauchan.kernel.keyring import Keyring
from dauchan.kernel.sealing import seal, unseal
from dauchan.visits import queries, recording
from dauchan.visits.models import KeptScan

LONGEST_REASON = 500

NOBODY: dict[str, None] = {"token": None, "group_token": None, "proxy_token": None}
"""A decided scan no longer says whose it was: the day it came in and its own day would hang together."""


class ReasonMissing(BadInput):
    vi = "Hãy ghi lý do: người sau cần biết vì sao nhận hoặc bỏ."
    en = "Give a reason: whoever comes after must know why they were taken or left out."


@dataclass(frozen=True)
class Decided:
    """How many were decided, and how many could not be accepted because their day has expired."""

    decided: int
    expired: int


@transaction.atomic
def decide_kept(
    ids: Sequence[UUID], *, accept: bool, reason: str, by: Officer, keyring: Keyring, now: datetime
) -> Decided:
    """Accept or reject kept scans; those outside the officer's scope or decided already are left as they are.

    raises   ReasonMissing
    """
    reason = reason.strip()[:LONGEST_REASON]
    if not reason:
        raise ReasonMissing(field="reason")
    waiting = queries.kept_among(by, clock.local_day(now), list(ids))
    possible = _readable(waiting, keyring) if accept else waiting
    if accept:
        recording.enter(_row(scan, keyring) for scan in possible)
    KeptScan.objects.filter(pk__in=[scan.pk for scan in possible]).update(
        state="accepted" if accept else "rejected",
        decided_by_id=by.pk,
        decided_at=now,
        decision_reason=reason,
        **NOBODY,
    )
    event = "scans.accepted" if accept else "scans.rejected"
    audit.record(event, by=by, at=now, purpose=reason, count=len(possible))
    return Decided(len(possible), len(waiting) - len(possible))


def _readable(waiting: Sequence[KeptScan], keyring: Keyring) -> list[KeptScan]:
    """Those whose own day, and that of their receipt, can still be opened and written to."""
    days = recording.ready_days(keyring)
    return [scan for scan in waiting if {clock.local_day(scan.at), scan.received_day} <= days]


def _row(scan: KeptScan, keyring: Keyring) -> recording.LedgerRow:
    """The person sealed again, now under the day of the scan itself, and so on its way to that day's visits."""
    day = clock.local_day(scan.at)
    received, own = keyring.day_key(scan.received_day), keyring.day_key(day)
    token, group, proxy = (
        seal(own, unseal(received, bytes(sealed))) if sealed else None
        for sealed in (scan.token, scan.group_token, scan.proxy_token)
    )
    assert token is not None
    return recording.LedgerRow(
        day=day,
        id=scan.id,
        token=token,
        point_id=scan.point_id,
        direction=scan.direction,
        at=scan.at,
        received_at=scan.received_at,
        credential=scan.credential,
        confidence=scan.confidence,
        backfilled=True,
        body_hash=bytes(scan.body_hash),
        group_token=group,
        proxy_token=proxy,
    )
