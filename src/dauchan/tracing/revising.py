"""Whom other dates of a case would add, change, drop or keep: masked, with what they are and would be. Reads only."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from dauchan.cases.models import Case
from dauchan.cases.rules import CaseDates
from dauchan.people.queries import Masked, aliases_of, masked
from dauchan.tracing.actions import Override, Revision
from dauchan.tracing.finding import Finding
from dauchan.tracing.proposing import rank
from dauchan.tracing.queries import class_label

SHOWN = 200
"""People of one kind on the page. Ours: enough to look through; the number of all is said."""


class Label(NamedTuple):
    """What a person of a case is: place in the list, generation, class of evidence."""

    rank: int
    generation: int
    evidence_class: str

    def __str__(self) -> str:
        return f"F{self.generation}, {class_label(self.evidence_class)}"


@dataclass(frozen=True)
class Affected:
    """One person of a change; `before` is None for somebody new, `after` for somebody no longer found."""

    person: Masked | None
    before: Label | None
    after: Label | None
    decided: bool

    @property
    def is_relabelled(self) -> bool:
        return bool(self.before and self.after) and str(self.before) != str(self.after)


@dataclass(frozen=True)
class Part:
    """The people of one kind, first those who stand first in the list; at most SHOWN of `count`."""

    count: int
    people: tuple[Affected, ...]

    @property
    def more(self) -> int:
        return self.count - len(self.people)


@dataclass(frozen=True)
class Affects:
    """Everybody whom a change concerns, by kind."""

    added: Part
    changed: Part
    dropped: Part
    kept: Part


def seen(dates: CaseDates, override: Override, revision: Revision) -> str:
    """By what the change applied is known to be the change that was shown; anything else is shown first."""
    change = revision.difference
    people = [sorted(part) for part in (change.added, change.changed, change.dropped, change.kept)]
    return hashlib.sha256(repr((dates, override, people)).encode()).hexdigest()


def affected_by(case: Case, revision: Revision) -> Affects:
    """The people behind the numbers of a preview."""
    change, before, after = revision.difference, _before(case), _after(revision.findings)
    decided = change.decided_changed | set(change.kept)
    return Affects(
        **{
            kind: _part(getattr(change, kind), before, after, decided)
            for kind in ("added", "changed", "dropped", "kept")
        }
    )


def _part(
    people: Iterable[UUID], before: Mapping[UUID, Label], after: Mapping[UUID, Label], decided: Iterable[UUID]
) -> Part:
    ordered = sorted(people, key=lambda person: (after.get(person) or before[person], person))
    shown, marked = ordered[:SHOWN], set(decided)
    names = masked(shown)
    return Part(
        len(ordered),
        tuple(Affected(names.get(each), before.get(each), after.get(each), each in marked) for each in shown),
    )


def _before(case: Case) -> dict[UUID, Label]:
    """What everybody is now, by the person's id of today."""
    rows = case.proposals.values_list("person_id", "rank", "generation", "evidence_class")
    labels = {person: Label(place, generation, grade) for person, place, generation, grade in rows}
    today = aliases_of(labels)
    return {today.get(person, person): label for person, label in labels.items()}


def _after(findings: Iterable[Finding]) -> dict[UUID, Label]:
    return {each.person: _label(each) for each in findings}


def _label(found: Finding) -> Label:
    evidence_class, weight = str(found.weight.evidence_class), found.weight
    return Label(
        rank(found.generation, evidence_class, weight.certain, weight.possible), found.generation, evidence_class
    )
