"""A made-up province: people, households, places and two weeks of scans, the same each time for the same day and seed.

Nobody in it exists. Names begin with "(Giả)", phone numbers with 05000, a prefix that no network has. All proportions
are our own choice, made to look like a day in a small town; nothing here is evidence about anything.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Any

from dauchan.cli._sending import MAIN_POINT, Scan
from dauchan.kernel.clock import day_start

SEED = 67
DAYS = 14
PEOPLE = 3000
LEAVES_BY_SCAN = 0.32
LEAVES_WORK_BY_SCAN = 0.6
"""Shares of visits that end with a scan out: in all, about three in five are forgotten."""
OUTINGS = 0.1
"""How often a household goes out together on a day."""
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "H'", "Y")
MIDDLE = {"female": ("Thị", "Ngọc", "Thanh", "Kim"), "male": ("Văn", "Hữu", "Đức", "Minh")}
GIVEN = {
    "female": ("Lan", "Hoa", "Hương", "Mai", "Linh", "Thảo", "Yến", "Hạnh", "Nga", "Trang", "Phượng", "Bích"),
    "male": ("Hùng", "Dũng", "Nam", "Sơn", "Tuấn", "Long", "Khánh", "Thành", "Quang", "Phúc", "Bình", "Đạt"),
}
# setting, what it is called, how many in a commune (by size 0-1), opening and closing hour, usual minutes
KINDS: tuple[tuple[str, str, float, int, int, int], ...] = (
    ("market", "Chợ", 1.0, 5, 18, 40),
    ("cafe", "Cà phê", 2.6, 6, 22, 50),
    ("restaurant", "Quán ăn", 1.8, 6, 21, 40),
    ("school", "Trường tiểu học", 1.0, 7, 17, 510),
    ("clinic", "Trạm y tế", 1.0, 7, 17, 45),
    ("shop", "Tạp hoá", 1.4, 6, 21, 12),
    ("office", "Trụ sở UBND", 1.0, 7, 17, 540),
    ("religious", "Nhà thờ", 0.6, 5, 20, 70),
    ("factory", "Xưởng chế biến cà phê", 0.5, 6, 18, 570),
)
NAMES = ("Bình Minh", "Hoàng Hôn", "Đồi Gió", "Suối Mơ", "Nắng Mai", "Phố Núi", "Đại Ngàn", "Hương Rừng", "Thác Đá")
TOWN_PLACES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("hospital", "hospital", "Bệnh viện đa khoa", (MAIN_POINT, "Khoa Nội", "Khoa Nhi", "Khoa Cấp cứu")),
    ("station", "station", "Bến xe", (MAIN_POINT,)),
    ("supermarket", "supermarket", "Siêu thị", (MAIN_POINT,)),
    ("wedding", "event", "Trung tâm tiệc cưới", (MAIN_POINT,)),
    ("highschool", "school", "Trường trung học phổ thông", (MAIN_POINT, "Lớp 10A", "Lớp 11A", "Lớp 12A")),
)
WARDS = ("Khoa Nội", "Khoa Nhi", "Khoa Cấp cứu")
GUESTS = 64
WEDDING_DAYS_AGO = 3


@dataclass(frozen=True)
class Commune:
    """Where a part of the made-up people live."""

    code: str
    name: str
    weight: float


@dataclass
class Place:
    """A made-up place."""

    code: str
    kind: str
    name: str
    commune: Commune
    points: tuple[str, ...] = (MAIN_POINT,)
    opens: int = 6
    closes: int = 21
    minutes: int = 45

    def body(self) -> dict[str, Any]:
        """As it is registered."""
        points = [{"external_code": each, "name": "" if each == MAIN_POINT else each} for each in self.points]
        return {
            "external_code": self.code,
            "name": f"(Giả) {self.name}",
            "unit": self.commune.code,
            "category": self.kind,
            "points": points,
        }


@dataclass
class Person:
    """A made-up person: where they live, work or learn, and what they like."""

    code: str
    household: int
    commune: Commune
    name: str
    phone: str
    sex: str
    birth_year: int
    anchor: Place | None = None
    anchor_point: str = MAIN_POINT
    nights: bool = False
    haunts: list[Place] = field(default_factory=list)

    def body(self) -> dict[str, Any]:
        """As they are registered."""
        return {
            "reference": self.code,
            "name": self.name,
            "phone": self.phone,
            "sex": self.sex,
            "birth_year": self.birth_year,
            "residence": self.commune.code,
        }


@dataclass
class Province:
    """Everything that was made up, for one last day."""

    last_day: date
    places: list[Place]
    people: list[Person]
    guests: list[Person]
    index: Person
    unconfirmed: Person
    wedding: Place

    @property
    def household_of_index(self) -> list[Person]:
        members = [each for each in self.people if each.household == self.index.household]
        return [each for each in members if each is not self.index]


def make_province(communes: Sequence[Commune], last_day: date, *, people: int = PEOPLE, seed: int = SEED) -> Province:
    """Make up places and people of these communes; the first commune has the town."""
    chance = random.Random(seed)  # noqa: S311  made-up people, no secret
    town = communes[0]
    places = [place for commune in communes for place in _places(commune, chance)]
    in_town = {name: _town_place(name, kind, what, points, town) for name, kind, what, points in TOWN_PLACES}
    places += in_town.values()
    made = _people(communes, people, last_day.year, chance)
    _settle(made, places, in_town, chance)
    guests = _guests(made, town, chance)
    return Province(last_day, places, made, guests, guests[0], guests[1], in_town["wedding"])


def _places(commune: Commune, chance: random.Random) -> Iterator[Place]:
    for kind, what, usual, opens, closes, minutes in KINDS:
        count = max(int(usual * (0.6 + commune.weight) + chance.random()), 1 if usual >= 1 else 0)
        for number in range(1, count + 1):
            called = f" {chance.choice(NAMES)}" if kind in {"cafe", "restaurant", "shop"} else ""
            name = f"{what}{called} {commune.name}" + (f" {number}" if number > 1 else "")
            points = (MAIN_POINT, "Cổng sau") if kind == "market" else (MAIN_POINT,)
            yield Place(f"{commune.code}-{kind}-{number}", kind, name, commune, points, opens, closes, minutes)


def _town_place(name: str, kind: str, what: str, points: tuple[str, ...], town: Commune) -> Place:
    return Place(f"{town.code}-{name}", kind, f"{what} {town.name}", town, points)


def _people(communes: Sequence[Commune], count: int, year: int, chance: random.Random) -> list[Person]:
    """People by households of one to six, more of them where more people live."""
    weights = list(accumulate(commune.weight for commune in communes))
    made: list[Person] = []
    household = 0
    while len(made) < count:
        household += 1
        (commune,) = chance.choices(communes, cum_weights=weights)
        size = chance.choices((1, 2, 3, 4, 5, 6), weights=(8, 17, 22, 30, 15, 8))[0]
        for member in range(min(size, count - len(made))):
            made.append(_person(len(made) + 1, household, commune, _age(member, chance), year, chance))
    return made


def _age(member: int, chance: random.Random) -> int:
    return chance.randint(24, 62) if member < 2 else chance.choice((chance.randint(6, 17), chance.randint(60, 85)))


def _person(number: int, household: int, commune: Commune, age: int, year: int, chance: random.Random) -> Person:
    sex = chance.choice(("female", "male"))
    name = f"(Giả) {chance.choice(FAMILY)} {chance.choice(MIDDLE[sex])} {chance.choice(GIVEN[sex])}"
    return Person(f"demo-{number:05}", household, commune, name, f"05000{number:05}", sex, year - age)


def _settle(people: list[Person], places: list[Place], in_town: dict[str, Place], chance: random.Random) -> None:
    """Give everybody a school or work, and haunts: the nearest places, few of them visited by most."""
    of_commune: dict[tuple[str, str], list[Place]] = {}
    for place in places:
        of_commune.setdefault((place.commune.code, place.kind), []).append(place)
    year = max(person.birth_year for person in people) + 6
    for person in people:
        near = {kind: of_commune.get((person.commune.code, kind), []) for kind, *_ in KINDS}
        _give_work(person, year - person.birth_year, near, in_town, chance)
        leisure = [place for kind in ("cafe", "restaurant", "shop", "religious", "clinic") for place in near[kind]]
        chance.shuffle(leisure)
        town = [in_town["supermarket"], *of_commune.get((places[0].commune.code, "market"), []), in_town["station"]]
        person.haunts = [*near["market"], *leisure, *town]


def _give_work(
    person: Person, age: int, near: dict[str, list[Place]], in_town: dict[str, Place], chance: random.Random
) -> None:
    if age < 12 and near["school"]:
        person.anchor = chance.choice(near["school"])
    elif age < 18:
        person.anchor, person.anchor_point = in_town["highschool"], chance.choice(in_town["highschool"].points[1:])
    elif age < 60:
        works = [*near["office"], *near["factory"], *near["school"], *near["market"], *near["cafe"]]
        drawn = chance.random()
        if drawn < 0.02:
            person.anchor, person.nights = in_town["hospital"], chance.random() < 0.5
            person.anchor_point = chance.choice(WARDS)
        elif drawn < 0.4 and works:
            person.anchor = chance.choice(works)


def _guests(people: list[Person], town: Commune, chance: random.Random) -> list[Person]:
    """Wedding guests; the first two work in town and have a family: the case, and somebody not confirmed yet."""
    families = Counter(each.household for each in people)
    there = [each for each in people if each.commune.code == town.code and families[each.household] >= 3]
    grown = [
        each for each in there if each.anchor and each.anchor.kind in {"office", "cafe", "market"} and not each.nights
    ]
    central = list({each.household: each for each in reversed(grown or there or people)}.values())[-2:]
    others = [each for each in people if each not in central]
    return [*central, *chance.sample(others, min(GUESTS - 2, len(others)))]


# --- scans ------------------------------------------------------------------------------------------------------------


def scans_until(province: Province, now: datetime, *, days: int = DAYS, seed: int = SEED) -> Iterator[Scan]:
    """Everybody's scans, day by day and person by person, each with its number as its line; none after `now`."""
    chance = random.Random(seed + 1)  # noqa: S311  made-up scans, no secret
    guests = {guest.code for guest in province.guests}
    number = 0
    for back in range(days - 1, -1, -1):
        day = province.last_day - timedelta(days=back)
        outing, household = None, 0
        for person in province.people:
            if person.household != household:
                household, outing = person.household, _outing(person, day, chance)
            invited = [province.wedding] if back == WEDDING_DAYS_AGO and person.code in guests else []
            for stay in _day_of(person, day, chance, outing=outing, invited=invited):
                for scan in _scans_of(person, stay):
                    number += 1
                    if scan.at <= now:
                        yield Scan(number, *_but_line(scan))


def _but_line(scan: Scan) -> tuple[str, str, str, datetime, str]:
    return scan.person, scan.place, scan.point, scan.at, scan.direction


@dataclass(frozen=True)
class _Stay:
    place: Place
    point: str
    start: datetime
    end: datetime
    scans_out: bool


def _day_of(
    person: Person, day: date, chance: random.Random, *, outing: _Stay | None, invited: Sequence[Place]
) -> list[_Stay]:
    """One person's stays of one day, one after the other."""
    planned = [*_work(person, day, chance), *([outing] if outing else [])]
    for party in invited:
        start, end = _at(day, 16.75 + chance.random() * 0.75), _at(day, 20 + chance.random())
        planned.append(_Stay(party, MAIN_POINT, start, end, chance.random() < 0.7))
    for hour, likely in ((6.3, 0.3), (11.8, 0.15), (18.6, 0.25)):
        if chance.random() < likely * (1 if person.anchor else 1.6):
            planned.append(_leisure(person, day, hour, chance))
    planned.sort(key=lambda stay: stay.start)
    kept: list[_Stay] = []
    for stay in planned:
        if not kept or kept[-1].end <= stay.start:
            kept.append(stay)
    return kept


def _outing(person: Person, day: date, chance: random.Random) -> _Stay | None:
    """Where a household goes together in the evening of a day, if it does."""
    return _leisure(person, day, 19.2, chance) if chance.random() < OUTINGS else None


def _work(person: Person, day: date, chance: random.Random) -> Iterator[_Stay]:
    place = person.anchor
    if place is None or chance.random() > 0.93:
        return
    if person.nights:
        if (day.toordinal() + int(person.code[-2:])) % 3 == 0:
            yield _Stay(place, person.anchor_point, _at(day, 18.8 + chance.random() * 0.2), _at(day, 31.1), True)
        return
    if day.weekday() >= 5 and place.kind in {"school", "office"}:
        return
    start = max(place.opens, 7) + chance.gauss(0.05, 0.15)
    end = _at(day, start + 8.5 + chance.gauss(0, 0.3))
    yield _Stay(place, person.anchor_point, _at(day, start), end, chance.random() < LEAVES_WORK_BY_SCAN)


def _leisure(person: Person, day: date, hour: float, chance: random.Random) -> _Stay:
    """A visit to one of the person's haunts, the first ones far more often than the last (Zipf)."""
    weights = [1 / rank for rank in range(1, len(person.haunts) + 1)]
    (place,) = chance.choices(person.haunts, weights)
    start = _at(day, hour + chance.gauss(0, 0.6))
    minutes = max(place.minutes * chance.uniform(0.5, 1.6), 4)
    point = chance.choice(place.points) if place.kind == "market" else MAIN_POINT
    return _Stay(place, point, start, start + timedelta(seconds=int(minutes * 60)), chance.random() < LEAVES_BY_SCAN)


def _scans_of(person: Person, stay: _Stay) -> Iterator[Scan]:
    yield Scan(0, person.code, stay.place.code, stay.point, stay.start, "in")
    if stay.scans_out:
        yield Scan(0, person.code, stay.place.code, stay.point, stay.end, "out")


def _at(day: date, hour: float) -> datetime:
    return day_start(day) + timedelta(seconds=int(hour * 3600))
