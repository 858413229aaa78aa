"""When attestations fall due, what a small count may show, which role follows which duty. Values in, values out."""

import hashlib
from collections.abc import Iterable
from datetime import date

QUESTION_LENGTH = 1_000
ANSWER_LENGTH = 4_000
SMALL_CELL = 10
"""Counts of people below this are shown to nobody above the agency, as `coverage/indicators.toml` has it."""
MONTHS_ATTESTED = 3
"""For how long an attestation holds: a quarter. Ours, as the rollout's letter wants lists kept up to date."""
DUE_SOON_DAYS = 14
"""How long before its end an attestation is listed as due. Ours."""
LINES_A_LIST = 5_000
"""Lines of a list of agencies or invitations: more than any province's agencies. Ours."""


def due_on(signed_on: date, months: int = MONTHS_ATTESTED) -> date:
    """The first day on which an attestation no longer holds: the same day some months later, or that month's end."""
    position = signed_on.month - 1 + months
    year, month = signed_on.year + position // 12, position % 12 + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    last_day = (following - date.resolution).day
    return date(year, month, min(signed_on.day, last_day))


def hash_of(place_ids: Iterable[int]) -> str:
    """A fingerprint of a list of places, whatever its order."""
    return hashlib.sha256(",".join(map(str, sorted(place_ids))).encode()).hexdigest()


def shown(count: int, *, own: bool) -> int | None:
    """A count of people as it may be shown: None for a small one, except to the agency itself."""
    return count if own or count == 0 or count >= SMALL_CELL else None
