"""How subjects stand: against the day before, among their likes, which communes are at zero, by which channels."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dauchan.accounts.queries import credential_names
from dauchan.coverage.figures import Figure, Subject, figures, ranked
from dauchan.coverage.models import UNIT, ChannelDay, DayCounts
from dauchan.coverage.reaches import units_within
from dauchan.units.models import Level, Unit
from dauchan.units.queries import units_of

LEAGUE = 5


def changes(subjects: Sequence[Subject], codes: Iterable[str], day: date) -> dict[Subject, dict[str, float | None]]:
    """By how much each figure differs from the day before; None where either isn't known or is hidden."""
    asked = list(codes)
    now, before = figures(subjects, asked, day), figures(subjects, asked, day - timedelta(days=1))
    return {
        subject: {code: _less(now[subject][code].value, before[subject][code].value) for code in asked}
        for subject in subjects
    }


def _less(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else now - before


@dataclass(frozen=True)
class League:
    """The best and the worst of a list, each from its end; a short list has nobody in both."""

    best: list[tuple[Subject, Figure]]
    worst: list[tuple[Subject, Figure]]


def league(subjects: Sequence[Subject], code: str, day: date, *, size: int = LEAGUE) -> League:
    """Which of these do best and worst in a figure; those without a known figure are in neither."""
    worst_first = ranked(subjects, code, day)
    worst = worst_first[: min(size, len(worst_first) // 2)]
    best = list(reversed(worst_first[len(worst) :]))[:size]
    return League(best, worst)


def communes_at_zero(subject: Subject, day: date) -> list[tuple[Unit, int]]:
    """The communes of a subject without any scan on a day, with days in a row, the longest first."""
    within = units_within(subject.kind, subject.id, day)
    rows = DayCounts.objects.filter(day=day, kind=UNIT, sector="", scans=0, subject_id__in=within)
    days = {row.subject_id: row.days_at_zero or 0 for row in rows}
    named = [(unit, days[unit.pk]) for unit in units_of(days) if unit.level == Level.COMMUNE]
    return sorted(named, key=lambda each: (-each[1], each[0].sort_key, each[0].pk))


@dataclass(frozen=True)
class Channel:
    """By which way scans came: own | gate | paper | integrator, this one by name."""

    channel: str
    name: str
    scans: int
    check_ins: int


def channels(subject: Subject, day: date) -> list[Channel]:
    """A subject's scans of a day by channel, most first; all sectors together."""
    rows = list(ChannelDay.objects.filter(day=day, kind=subject.kind, subject_id=subject.id))
    names = credential_names(row.credential for row in rows if row.credential)
    found = [Channel(row.channel, names.get(row.credential, row.credential), row.scans, row.check_ins) for row in rows]
    return sorted(found, key=lambda each: (-each.scans, each.channel, each.name))
