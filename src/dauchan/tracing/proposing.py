"""Turns what the engine found into rows, and says beforehand what that would add, change or drop.

Nobody already decided on disappears: such a row stays and is marked. Undecided people who are no longer found go.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from uuid import UUID

import msgspec

from dauchan.cases.evidence import Vault, vault_of
from dauchan.cases.models import Case
from dauchan.kernel.clock import local_day
from dauchan.people.queries import aliases_of, expand, residences_of
from dauchan.places.queries import place_cards
from dauchan.tracing.evidence import ENCOUNTERS, PlaceUnits, facets_of
from dauchan.tracing.finding import Finding, Found, version
from dauchan.tracing.models import Contact, EvidenceClass, Mark, Proposal, VenueGroup
from dauchan.tracing.rules import CrowdGroup

Told = Callable[[int], None]
BATCH = 1000
CLASS_ORDER = {EvidenceClass.CLOSE: 0, EvidenceClass.POSSIBLE: 1, EvidenceClass.UNGRADED: 1, EvidenceClass.BRIEF: 2}
MINUTES_CAP = 99_999
WRITTEN = (
    "generation", "basis", "evidence_class", "certain_minutes", "possible_minutes", "cumulative_minutes", "rank",
    "residence", "facets", "evidence", "fingerprint", "group", "ruleset", "mark", "weak", "decided", "found_at",
)  # fmt: skip


class Crowd(msgspec.Struct, frozen=True):
    """Where and when one venue group was, as sealed."""

    place_id: int
    point_id: int | None
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Difference:
    """What a run would do to the proposals of a case, by person."""

    added: tuple[UUID, ...] = ()
    changed: tuple[UUID, ...] = ()
    dropped: tuple[UUID, ...] = ()
    kept: tuple[UUID, ...] = ()
    unchanged: int = 0
    decided_changed: frozenset[UUID] = field(default_factory=frozenset)


@dataclass(frozen=True)
class _Known:
    """A proposal as it stands, by the person's id of today."""

    row_id: int
    person: UUID
    fingerprint: bytes
    decided: bool
    mark: str


def difference(case: Case, found: Found) -> Difference:
    """What writing these findings would add, change, drop, or keep although it is no longer found."""
    return _difference(_prints(vault_of(case), found), _known_of(case))


def _prints(vault: Vault, found: Found) -> dict[UUID, bytes]:
    return {each.person: _fingerprint(vault, each, found) for each in found.findings}


def _difference(prints: Mapping[UUID, bytes], known: Mapping[UUID, _Known]) -> Difference:
    changed = tuple(person for person in prints if person in known and known[person].fingerprint != prints[person])
    gone = [person for person in known if person not in prints]
    return Difference(
        added=tuple(person for person in prints if person not in known),
        changed=changed,
        dropped=tuple(person for person in gone if not known[person].decided),
        kept=tuple(person for person in gone if known[person].decided and known[person].mark != Mark.NO_LONGER_FOUND),
        unchanged=sum(1 for person in prints if person in known) - len(changed),
        decided_changed=frozenset(person for person in changed if known[person].decided),
    )


def write(case: Case, found: Found, now: datetime, told: Told) -> Difference:
    """Make the proposals of a case these findings; inside the caller's transaction, which holds the case.

    told  hears how many rows are written
    """
    vault, known = vault_of(case), _known_of(case)
    prints = _prints(vault, found)
    change = _difference(prints, known)
    groups = _write_groups(case, vault, found)
    first_time = not known
    _let_go_of_doubles(case, known)
    rows = [
        _row(
            case, vault, each, prints[each.person], known.get(each.person), found=found, now=now, first_time=first_time
        )
        for each in found.findings
    ]
    _place(vault, rows, found, groups)
    for start in range(0, len(rows), BATCH):
        Proposal.objects.bulk_create(
            rows[start : start + BATCH],
            update_conflicts=True,
            unique_fields=["case", "person"],
            update_fields=list(WRITTEN),
        )
        told(min(start + BATCH, len(rows)))
    Proposal.objects.filter(pk__in=[known[person].row_id for person in change.dropped]).delete()
    Proposal.objects.filter(pk__in=[known[person].row_id for person in change.kept]).update(mark=Mark.NO_LONGER_FOUND)
    again = [person for person in prints if person in known and known[person].mark == Mark.NO_LONGER_FOUND]
    _mark_contacts(case, again, Mark.NONE)
    _mark_contacts(case, change.kept, Mark.NO_LONGER_FOUND)
    _mark_contacts(case, change.decided_changed, Mark.CHANGED)
    VenueGroup.objects.filter(case=case).exclude(pk__in=[group.pk for group in groups.values()]).delete()
    return change


def _known_of(case: Case) -> dict[UUID, _Known]:
    columns = ("pk", "person_id", "fingerprint", "decided", "mark")
    rows = [_Known(row[0], row[1], bytes(row[2]), *row[3:]) for row in case.proposals.values_list(*columns)]
    names = aliases_of([row.person for row in rows])
    rows.sort(key=lambda row: (row.decided, names.get(row.person, row.person) == row.person))
    return {names.get(row.person, row.person): row for row in rows}


def _let_go_of_doubles(case: Case, known: Mapping[UUID, _Known]) -> None:
    """Of two rows that a merge made one human, keep the one decided on; a second decided one stays, marked."""
    doubles = Proposal.objects.filter(case=case).exclude(pk__in=[row.row_id for row in known.values()])
    doubles.filter(decided=False).delete()
    doubles.update(mark=Mark.NO_LONGER_FOUND)


def _mark_contacts(case: Case, people: Iterable[UUID], mark: str) -> None:
    ids = [each for group in expand(people).values() for each in group]
    Contact.objects.filter(case=case, person_id__in=ids).update(mark=mark)


def _fingerprint(vault: Vault, finding: Finding, found: Found) -> bytes:
    """By what a finding is known to be the same as before.

    Somebody met by the case itself is the same whatever the basis, and whichever longer ways a what-if found as well.
    """
    trail, basis = finding.trail, str(found.basis)
    if finding.generation == 1:
        trail, basis = msgspec.structs.replace(trail, best_at=trail.exposed_at, best_via=trail.via), ""
    content = hashlib.sha256(msgspec.msgpack.encode(trail)).hexdigest()
    return vault.index(finding.generation, basis, finding.weight.evidence_class, content)


def _row(
    case: Case,
    vault: Vault,
    finding: Finding,
    fingerprint: bytes,
    known: _Known | None,
    *,
    found: Found,
    now: datetime,
    first_time: bool,
) -> Proposal:
    weight, person = finding.weight, known.person if known else finding.person
    return Proposal(
        case=case,
        person_id=person,
        generation=finding.generation,
        basis=found.basis,
        evidence_class=str(weight.evidence_class),
        certain_minutes=weight.certain,
        possible_minutes=weight.possible,
        cumulative_minutes=weight.cumulative,
        rank=rank(finding.generation, str(weight.evidence_class), weight.certain, weight.possible),
        evidence=vault.seal(ENCOUNTERS, person.bytes, finding.trail),
        fingerprint=fingerprint,
        ruleset=version(found.ruleset),
        mark=Mark.NONE if first_time else _mark(known, fingerprint),
        weak=finding.trail.weak,
        decided=bool(known and known.decided),
        found_at=now,
    )


def _mark(known: _Known | None, fingerprint: bytes) -> str:
    if known is None:
        return Mark.NEW
    return Mark.CHANGED if known.fingerprint != fingerprint else Mark.NONE


def rank(generation: int, evidence_class: str, certain: float, possible: float) -> int:
    """The place in the list as one number: generation, class, then most certain and most possible minutes first."""
    order = CLASS_ORDER[EvidenceClass(evidence_class)]
    least_certain = MINUTES_CAP - min(int(certain), MINUTES_CAP)
    least_possible = MINUTES_CAP - min(int(possible), MINUTES_CAP)
    return ((generation * 10 + order) * 100_000 + least_certain) * 100_000 + least_possible


def _place(vault: Vault, rows: Sequence[Proposal], found: Found, groups: Mapping[bytes, VenueGroup]) -> None:
    """Give the rows their facets, residences and venue groups."""
    trails = {each.person: each.trail for each in found.findings}
    cards = place_cards({met.place_id for trail in trails.values() for met in trail.encounters})
    units = PlaceUnits({place: card.unit_id for place, card in cards.items()})
    residences = residences_of([row.person_id for row in rows])
    crowded = _crowded(vault, found, groups)
    names = aliases_of([row.person_id for row in rows])
    for row in rows:
        person = names.get(row.person_id, row.person_id)
        row.facets = facets_of(vault, trails[person], units)
        row.residence_id = residences.get(row.person_id)
        row.group = crowded.get(person)


def _write_groups(case: Case, vault: Vault, found: Found) -> dict[bytes, VenueGroup]:
    groups: dict[bytes, VenueGroup] = {}
    for crowd in found.crowds:
        key = _crowd_key(vault, crowd)
        place, point = cast("int", crowd.place), cast("int | None", crowd.point)
        evidence = vault.seal("crowd", key, Crowd(place, point, crowd.start, crowd.end))
        values = {"people": len(crowd.persons), "evidence": evidence}
        groups[key], _ = VenueGroup.objects.update_or_create(case=case, key=key, defaults=values)
    return groups


def _crowded(vault: Vault, found: Found, groups: Mapping[bytes, VenueGroup]) -> dict[UUID, VenueGroup]:
    """The venue group of everyone met in crowds only; who was also met elsewhere stands alone in the list."""
    spots = {(crowd.place, crowd.point, crowd.day): _crowd_key(vault, crowd) for crowd in found.crowds}
    if not spots:
        return {}
    assigned: dict[UUID, VenueGroup] = {}
    for each in found.findings:
        if each.generation == 1:
            keys = [spots.get((met.place_id, met.point_id, local_day(met.start))) for met in each.trail.encounters]
            known = [key for key in keys if key is not None]
            if known and len(known) == len(keys):
                assigned[each.person] = max((groups[key] for key in known), key=lambda group: group.people)
    return assigned


def _crowd_key(vault: Vault, crowd: CrowdGroup) -> bytes:
    return vault.index("crowd", crowd.place, crowd.point, crowd.day.isoformat())
