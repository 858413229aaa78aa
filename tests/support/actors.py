"""People who act in a story: guests who are scanned, and an investigator at the pages of a case."""

import re
from dataclasses import dataclass
from uuid import UUID

from django.test import Client
from support.officers import officer_with, signed_in
from support.runs import work_off_runs
from support.town import GIA_NGHIA, Town

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer
from dauchan.cases.models import Case
from dauchan.kernel import clock
from dauchan.people.queries import masked
from dauchan.tracing.models import Proposal, Release
from dauchan.units.queries import unit_by_code

ROW = re.compile(r'name="proposal" value="(\d+)"')


@dataclass(frozen=True)
class Guest:
    """Somebody with a pass, scanned on arriving and leaving."""

    name: str
    town: Town

    def checks_in(self, place: str, *, at: str) -> None:
        self._scanned(place, at, "in")

    def leaves(self, place: str, *, at: str) -> None:
        self._scanned(place, at, "out")

    def stays(self, place: str, times: str) -> None:
        """`stays("cafe", "10:00-11:00")`."""
        arrived, left = times.split("-")
        self.checks_in(place, at=arrived)
        self.leaves(place, at=left)

    def _scanned(self, place: str, at: str, direction: str) -> None:
        assert self.town.statuses(self.town.scan(self.name, place, at, direction)) == ["accepted"]


class Investigator:
    """A health officer of the town's commune, who works through the pages alone."""

    def __init__(self, town: Town) -> None:
        unit = unit_by_code(GIA_NGHIA, clock.local_day(clock.now()))
        assert unit is not None
        self.town, self.unit = town, unit
        self.officer: Officer = officer_with("commune_health_officer", Scope("unit", str(unit.pk)))
        self.browser: Client = signed_in(self.officer)
        self._names: dict[UUID, str] = {person: name for name, person in town.people.items()}

    def confirms(self, name: str, *, onset: str) -> Case:
        """Find the person by phone, choose them, confirm the case today."""
        phone = f"09120000{list(self.town.people).index(name):02}"
        found = self.browser.post("/ca-benh/moi", {"find": "1", "find_by": "phone", "find_value": phone})
        handle = masked([self.town.people[name]])[self.town.people[name]].handle
        assert handle in found.content.decode()
        today = clock.local_day(clock.now()).isoformat()
        given = {"person": handle, "onset_on": onset, "confirmed_on": today, "unit": self.unit.pk}
        answer = self.browser.post("/ca-benh/moi", given)
        assert answer.status_code == 302, answer.content.decode()
        return Case.objects.get(code=answer.headers["location"].rpartition("/")[2])

    def proposes(self, case: Case) -> None:
        self._posted(f"/ca-benh/{case.code}/lap-danh-sach", {})
        work_off_runs()

    def reads(self, case: Case) -> str:
        """The page of the case, as it comes."""
        return self.browser.get(f"/ca-benh/{case.code}").content.decode()

    def sees_proposals_for(self, case: Case) -> list[tuple[str, str, int]]:
        """Name, generation and certain minutes of every row that waits for a decision, in the order of the page."""
        shown = [int(number) for number in ROW.findall(self.reads(case))]
        rows = Proposal.objects.in_bulk(shown)
        return [
            (self._names[rows[pk].person_id], f"F{rows[pk].generation}", round(rows[pk].certain_minutes))
            for pk in shown
        ]

    def decides(self, case: Case, name: str, grade: str) -> None:
        row = case.proposals.get(person_id=self.town.people[name])
        self._posted(f"/ca-benh/{case.code}/quyet-dinh", {"proposal": [row.pk], "grade": grade})

    def takes_a_call_sheet(self, case: Case, *, people: int) -> tuple[Release, str]:
        """Ask for the sheet of close contacts and open it."""
        given = {"grade": "close", "recipient": "Tổ gọi điện số 1", "purpose": "Báo cách ly", "confirm": "1"}
        self._posted(f"/ca-benh/{case.code}/danh-sach-goi", given | {"expected": str(people)})
        release = case.releases.latest("pk")
        return release, self.browser.post(f"/danh-sach-goi/{release.pk}/in").content.decode()

    def _posted(self, address: str, given: dict[str, object]) -> None:
        answer = self.browser.post(address, given)
        assert answer.status_code == 302, answer.content.decode()
