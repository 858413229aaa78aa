"""What hangs on each key of the keyring: the one list that `dauchan keys` reads before it rotates or destroys.

Whoever derives anything from a named key writes it down here, with a count where the rows know their key's number.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that a purpose's keys are for: what happens when one is gone, and how much of it there is now."""

    lost: str
    count: Callable[[int], int] | None = None
    counted: str = ""

    def told(self, number: int) -> str:
        """The loss in words, with its size under the key of that number."""
        return f"{self.lost} ({self.count(number)} {self.counted})" if self.count else self.lost


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a rotation brings under the newest key at once, and in which words it is told."""

    renew: Callable[[], int]
    told: str


def _people(number: int) -> int:
    from dauchan.people.queries import people_wrapped_by

    return people_wrapped_by(number)


def _officers(number: int) -> int:
    from dauchan.accounts.allauth_adapter import officers_sealed_by

    return officers_sealed_by(number)


def _files(number: int) -> int:
    from dauchan.places.file_runs import sealed_by
    from dauchan.places.models import ImportRun
    from dauchan.registers.models import ListRun

    return sealed_by(ImportRun, number) + sealed_by(ListRun, number)


def _cases(number: int) -> int:
    from dauchan.cases.models import CaseKey

    return CaseKey.objects.filter(wrapping_key=number).count()


def _wrap_people_anew() -> int:
    from dauchan.people.erasing import rewrap_person_keys

    return rewrap_person_keys()


def _seal_officers_anew() -> int:
    from dauchan.accounts.allauth_adapter import seal_second_factors_anew

    return seal_second_factors_anew()


USES: dict[str, tuple[Use, ...]] = {
    "place": (Use("posters signed with it are refused at every gate until they are printed again"),),
    "pass": (Use("passes printed with it are refused at every gate until they are given again"),),
    "standing": (Use("rotating passes on phones stop until the phones fetch new ones"),),
    "ticket": (Use("check-in pages open right now must be loaded again"),),
    "index": (
        Use(
            "people stored under it are no longer found by phone, document, reference or name, and scans that name them"
            " so make new people"
        ),
        Use("one-time codes that are out are refused, and every budget is full again"),
        Use("who looked at somebody after they were erased is no longer found, as far as it was written under it"),
    ),
    "body": (Use("scans recorded under it are told “conflict”, not “duplicate”, when they are sent again"),),
    "person": (Use("the identities wrapped by it can never be read again", _people, "people"),),
    "factor": (
        Use("officers whose second factor it seals can't sign in by code until it is reset", _officers, "officers"),
    ),
    "file": (Use("files uploaded under it and not yet imported must be uploaded again", _files, "files"),),
    "case": (Use("the evidence of cases wrapped by it can never be read again", _cases, "cases"),),
    "audit": (Use("signed heads of the audit log made with it can no longer be verified"),),
    "envelope": (Use("batches that gates sealed to it and have not sent yet are lost"),),
    "message": (Use("messages sealed under it and not sent yet are lost; one-time codes live minutes"),),
}
RENEWALS = {
    "person": Renewal(_wrap_people_anew, "people's keys are wrapped by it now"),
    "factor": Renewal(_seal_officers_anew, "officers' second factors are sealed by it now"),
}
