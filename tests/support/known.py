"""Recorded contacts of real people (tests/data/sociopatterns) as contacts, as visits, and as what must come out."""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"
RECORD = timedelta(seconds=20)
"""A line at t says that the contact lasted over [t - 20 s, t)."""
SLOT_MINUTES = 10
YARD = "yard"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Contact:
    """Twenty seconds of two people face to face, with the class or role of each."""

    until: datetime
    one: str
    other: str
    class_of_one: str
    class_of_other: str


@dataclass(frozen=True)
class Visit:
    """One person at one place."""

    person: str
    place: str
    start: datetime
    end: datetime


def contacts(name: str) -> list[Contact]:
    """The distinct records of a file, by time."""
    with gzip.open(DATA / "sociopatterns" / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
        rows = {
            Contact(EPOCH + timedelta(seconds=int(row["t"])), row["i"], row["j"], row["ci"], row["cj"])
            for row in csv.DictReader(file)
        }
    return sorted(rows, key=lambda contact: (contact.until, contact.one, contact.other))


def pair(contact: Contact) -> tuple[str, str]:
    return min(contact.one, contact.other), max(contact.one, contact.other)


def minutes_met(records: Iterable[Contact]) -> dict[tuple[str, str], float]:
    """The minutes that each pair was face to face."""
    seconds = Counter(pair(contact) for contact in {(pair(c), c.until): c for c in records}.values())
    return {who: count * RECORD.total_seconds() / 60 for who, count in seconds.items()}


def one_place(contact: Contact) -> str:
    """A ward: everybody meets in the same place."""
    return "ward"


def class_rooms(contact: Contact) -> str:
    """A school: a class meets in its room, with its teacher too; classes meet each other in the yard."""
    classes = {contact.class_of_one, contact.class_of_other} - {"Teachers", "teacher"}
    return classes.pop() if len(classes) == 1 else YARD


def visits(records: list[Contact], place_of: Callable[[Contact], str]) -> list[Visit]:
    """Each person's days: from the first to the last contact, in the place where most of ten minutes' contacts were."""
    met: dict[tuple[str, date], list[tuple[datetime, str]]] = defaultdict(list)
    for contact in records:
        place = place_of(contact)
        for person in (contact.one, contact.other):
            met[person, contact.until.date()].append((contact.until, place))
    return [visit for (person, _), seen in sorted(met.items()) for visit in _day(person, sorted(seen))]


def _day(person: str, seen: list[tuple[datetime, str]]) -> list[Visit]:
    """One person's visits of one day, one after the other without a gap."""
    slots = []
    for slot, group in groupby(seen, key=lambda each: _slot(each[0])):
        slots.append((slot, Counter(place for _, place in group).most_common(1)[0][0]))
    stays = [(place, next(group)[0]) for place, group in groupby(slots, key=lambda each: each[1])]
    starts = [seen[0][0] - RECORD, *(start for _, start in stays[1:])]
    ends = [*starts[1:], seen[-1][0]]
    return [Visit(person, place, start, end) for (place, _), start, end in zip(stays, starts, ends, strict=True)]


def _slot(until: datetime) -> datetime:
    moment = until - RECORD
    return moment - timedelta(minutes=moment.minute % SLOT_MINUTES, seconds=moment.second)


def shared(all_visits: Iterable[Visit]) -> dict[tuple[str, str], float]:
    """The minutes that two people were at one place at the same time, worked out pair by pair."""
    by_place: dict[str, list[Visit]] = defaultdict(list)
    for visit in all_visits:
        by_place[visit.place].append(visit)
    minutes: dict[tuple[str, str], float] = defaultdict(float)
    for here in by_place.values():
        here.sort(key=lambda visit: visit.start)
        for number, first in enumerate(here):
            for second in here[number + 1 :]:
                if second.start >= first.end:
                    break
                if first.person != second.person:
                    who = (min(first.person, second.person), max(first.person, second.person))
                    minutes[who] += (min(first.end, second.end) - second.start).total_seconds() / 60
    return minutes


def write_visits(file: Path, all_visits: Iterable[Visit]) -> None:
    """A plain visits file, times with their offset."""
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["person", "place", "point", "arrived_at", "departed_at"])
        for visit in all_visits:
            writer.writerow([visit.person, visit.place, "", visit.start.isoformat(), visit.end.isoformat()])
