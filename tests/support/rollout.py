"""Places, people and scans of a small rollout, written straight into the tables, for tests that count them."""

import itertools
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from support.database import Database

from dauchan.accounts.models import Credential
from dauchan.coverage.computing import count_day
from dauchan.coverage.figures import Subject, figures
from dauchan.kernel import clock, ids
from dauchan.kernel.sealing import seal
from dauchan.people.actions import register_people
from dauchan.people.registering import Registration
from dauchan.people.rules import Identity
from dauchan.places.models import Category, Place, PlaceChange, Point
from dauchan.units.models import Agency, Unit
from dauchan.units.queries import unit_by_code
from dauchan.visits.recording import PAGE, LedgerRow, enter
from dauchan.visits.rules import Confidence

_numbers = itertools.count(1)


@dataclass
class Rollout:
    """A few places by name, and the day that is being counted."""

    database: Database
    today: date
    places: dict[str, Place] = field(default_factory=dict)
    points: dict[str, Point] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)

    def place(
        self,
        name: str,
        unit: Unit,
        *,
        category: str = "cafe",
        agency: Agency | None = None,
        days_ago: int = 30,
        state: str = "approved",
    ) -> Place:
        """A place registered so many days ago, in this state ever since."""
        at = self.at("08:00", days_ago)
        place = Place.objects.create(
            name=name,
            category=Category.objects.get(code=category),
            unit=unit,
            agency=agency,
            state=state,
            search_key=f" {name}",
            sort_key=name,
            created_at=at,
            updated_at=at,
        )
        PlaceChange.objects.create(place=place, at=at, event="registered", from_state="", to_state=state)
        self.places[name] = place
        self.points[name] = Point.objects.create(place=place, number=1, name="Cổng", active_from=at)
        return place

    def person(self, name: str, by: Credential, *, phone: str = "", residence: Unit | None = None) -> UUID:
        """Somebody of the register, told by an integrator."""
        told = Registration(Identity(name=name, phone=phone), name, residence.pk if residence else None)
        outcome = register_people([told], credential=by, now=clock.now())[0]
        assert outcome.person_id is not None, outcome
        self.people[name] = outcome.person_id
        return self.people[name]

    def scan(
        self,
        who: str,
        place: str,
        time: str = "09:00",
        *,
        days_ago: int = 0,
        out: bool = False,
        credential: str = PAGE,
        confidence: Confidence = Confidence.POSTER,
        paper: bool = False,
    ) -> None:
        """One scan in the ledger."""
        at = self.at(time, days_ago)
        person = self.people.setdefault(who, ids.person_id())
        enter(
            [
                LedgerRow(
                    day=clock.local_day(at),
                    id=ids.random_uuid7(at + timedelta(milliseconds=next(_numbers))),
                    token=seal(self.database.keyring.day_key(clock.local_day(at)), person),
                    point_id=self.points[place].pk,
                    direction=2 if out else 1,
                    at=at,
                    received_at=at,
                    credential=credential,
                    confidence=Confidence.TYPED if paper else confidence,
                    backfilled=paper,
                    body_hash=b"",
                    group_token=None,
                    proxy_token=None,
                )
            ]
        )

    def at(self, time: str, days_ago: int = 0) -> datetime:
        return datetime.fromisoformat(f"{self.today - timedelta(days=days_ago)}T{time}+07:00")

    def count(self, days_ago: int = 0) -> None:
        """Count one day."""
        count_day(self.today - timedelta(days=days_ago), self.database.keyring, clock.now())

    def figure(self, kind: str, subject: int, code: str, *, days_ago: int = 0, sector: str = "") -> float | None:
        """One figure's value."""
        subjects = [Subject(kind, subject, sector)]
        return figures(subjects, [code], self.today - timedelta(days=days_ago))[subjects[0]][code].value


def unit(code: str, on: date) -> Unit:
    """The unit with this code on a day."""
    found = unit_by_code(code, on)
    assert found is not None, code
    return found
