"""Which communes of a subject are at zero, by name, and by which channels its scans came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db import connection

from dauchan.accounts.queries import credential_names
from dauchan.coverage.figures import Subject
from dauchan.coverage.models import ChannelDay
from dauchan.coverage.reaches import units_within
from dauchan.units.models import Level, Unit
from dauchan.units.queries import units_of

AT_ZERO = """
select subject_id, coalesce(days_at_zero, 0), registered
from coverage_daycounts
where day = %(day)s and kind = 'unit' and sector = '' and scans = 0 and subject_id = any(%(within)s)
"""


class AtZero(NamedTuple):
    """A commune without any scan on a day: for how many days in a row, and how many places are registered there."""

    unit: Unit
    days: int
    registered: int


def communes_at_zero(subjects: Sequence[Subject], day: date) -> list[AtZero]:
    """The communes of some subjects without any scan on a day, the longest first."""
    within = {unit for each in subjects for unit in units_within(each.kind, each.id, day)}
    with connection.cursor() as cursor:
        cursor.execute(AT_ZERO, {"day": day, "within": sorted(within)})
        counted = {subject: rest for subject, *rest in cursor.fetchall()}
    named = [AtZero(unit, *counted[unit.pk]) for unit in units_of(counted) if unit.level == Level.COMMUNE]
    return sorted(named, key=lambda each: (-each.days, each.unit.sort_key, each.unit.pk))


@dataclass(frozen=True)
class Channel:
    """By which way scans came: own | gate | paper | integrator, this one by name."""

    channel: str
    name: str
    scans: int
    check_ins: int


def channels(subject: Subject, day: date) -> list[Channel]:
    """A subject's scans of a day by channel, most first; all sectors together.

    An integrator whose credential was renewed is one channel.
    """
    rows = list(ChannelDay.objects.filter(day=day, kind=subject.kind, subject_id=subject.id))
    names = credential_names(row.credential for row in rows if row.credential)
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for row in rows:
        key = (row.channel, names.get(row.credential, row.credential))
        scans, check_ins = sums.get(key, (0, 0))
        sums[key] = (scans + row.scans, check_ins + row.check_ins)
    found = [Channel(*key, *counts) for key, counts in sums.items()]
    return sorted(found, key=lambda each: (-each.scans, each.channel, each.name))
