"""A small outbreak for the journeys of cases and tracing: places, people, stays, officers, one case."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from support.database import Database
from support.officers import officer_with
from support.stays import SealedStay, write_stays

from dauchan.accounts.actions import Scope, create_credential
from dauchan.accounts.models import Officer
from dauchan.cases.models import Case
from dauchan.cases.rules import CaseDates
from dauchan.kernel import clock
from dauchan.people.actions import register_people
from dauchan.people.registering import Registration
from dauchan.people.rules import Identity
from dauchan.places.bulk import register_places
from dauchan.places.models import Category
from dauchan.places.rules import PlaceInput, PointInput
from dauchan.tracing.actions import confirm_case
from dauchan.units.models import Unit
from dauchan.units.queries import search_units

HOME, ELSEWHERE = "Nghĩa Đức, Gia Nghĩa", "Quảng Thành, Gia Nghĩa"
"""Two communes of Gia Nghĩa on the list of 2021."""


@dataclass
class Outbreak:
    """Who and what there is, by name; times are local."""

    database: Database
    home: Unit
    elsewhere: Unit
    places: dict[str, int] = field(default_factory=dict)
    points: dict[str, int] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)
    officer: Officer | None = None

    @property
    def tracer(self) -> Officer:
        assert self.officer is not None
        return self.officer

    def add_people(
        self, *names: str, home: Unit | None = None, phones: bool = True, nobody_knows_where: bool = False
    ) -> None:
        now = clock.now()
        credential, _ = create_credential(
            kind="integrator",
            name="Sổ hộ",
            scopes=["people:register"],
            expires_at=now + timedelta(days=9),
            by=None,
            now=now,
        )
        start = len(self.people)
        given = [
            Registration(
                Identity(
                    name=f"Nguyễn Văn {name}",
                    phone=f"0912{start + number:06}" if phones else "",
                    address=f"Số {number} đường Hai Bà Trưng",
                ),
                residence_id=None if nobody_knows_where else (home or self.home).pk,
                reference=name,
            )
            for number, name in enumerate(names)
        ]
        for name, outcome in zip(names, register_people(given, credential=credential, now=now), strict=True):
            assert outcome.person_id is not None, outcome.reason
            self.people[name] = outcome.person_id

    def stay(self, name: str, place: str, times: str, day: str = "2021-08-15", **sureness: Any) -> None:
        """`stay("An", "chợ", "08:00-09:00")`; a third time is the latest departure; confidence and doubts by name."""
        arrived, seen, *latest = (self.at(each, day) for each in times.split("-"))
        spot = (self.people[name], self.places[place], self.points[place])
        stay = SealedStay(*spot, arrived, seen, latest[0] if latest else seen, **sureness)
        write_stays(self.database.keyring, [stay])

    @staticmethod
    def at(time: str, day: str = "2021-08-15") -> datetime:
        """A local instant; hours above 23 run into the next days."""
        hours, minutes = time.split(":")
        return clock.day_start(date.fromisoformat(day)) + timedelta(hours=int(hours), minutes=int(minutes))

    def case(self, name: str, onset: str = "2021-08-16", confirmed: str = "2021-08-17") -> Case:
        dates = CaseDates(date.fromisoformat(confirmed), date.fromisoformat(onset))
        return confirm_case(self.people[name], self.home, dates, by=self.tracer, now=clock.now())


def unit_named(text: str) -> Unit:
    found = search_units(text, clock.local_day(clock.now()), level="commune", limit=1)
    assert found, text
    return found[0]


def build(database: Database, *, places: tuple[str, ...] = ("chợ", "quán", "trạm")) -> Outbreak:
    """Places in the home commune (the last one elsewhere) and an investigator of the home commune."""
    now = clock.now()
    home, elsewhere = unit_named(HOME), unit_named(ELSEWHERE)
    outbreak = Outbreak(database, home, elsewhere)
    credential, _ = create_credential(
        kind="integrator", name="Sở", scopes=["places:register"], expires_at=now + timedelta(days=9), by=None, now=now
    )
    category = Category.objects.get(code="market")
    given = [
        PlaceInput(
            name=place.title(),
            unit_id=(elsewhere if place == places[-1] else home).pk,
            category_id=category.pk,
            external_code=place,
            points=(PointInput("Cổng", external_code="1"),),
        )
        for place in places
    ]
    for place, outcome in zip(places, register_places(given, by=credential, now=now), strict=True):
        assert outcome.place_id is not None, outcome
        outbreak.places[place], outbreak.points[place] = outcome.place_id, outcome.points[0][1]
    outbreak.officer = officer_with("commune_health_officer", Scope("unit", str(home.pk)))
    return outbreak
