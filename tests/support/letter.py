"""The letter of July 2021 as its department writes it here: through the pages, line by line of the data file."""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.test import Client
from support.officers import officer_with, signed_in

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer
from dauchan.agencies import seeds
from dauchan.coverage.models import CountedDay, DayCounts
from dauchan.directives.models import Directive
from dauchan.kernel import clock
from dauchan.units.models import Agency, Unit
from dauchan.units.queries import unit_by_code

FILE = Path(__file__).parents[1] / "data" / "letter" / "letter-2021-07.toml"
BASE = "/trien-khai/van-ban"
WORDS = ("form", "symbol", "number", "place", "subject", "body", "signer_title", "signer_name", "filed")


def the_letter() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))


@dataclass(frozen=True)
class Province:
    """Đắk Nông of 2021: its department with the officer who writes, and the officers who answer for a commune."""

    unit: Unit
    department: Agency
    manager: Officer

    def agency(self, name: str) -> Agency:
        return Agency.objects.get(name=name)

    def commune(self, start: str) -> Agency:
        return Agency.objects.filter(kind="committee", unit__level="commune", name__startswith=start).get()

    def focal(self, agency: Agency, *, phone: str = "") -> Officer:
        officer = officer_with("focal_officer", Scope("agency", str(agency.pk)))
        if phone:
            Officer.objects.filter(pk=officer.pk).update(phone=phone)
        return officer


def dak_nong() -> Province:
    brought = seeds.seed("dak-nong-2021", now=clock.now())
    assert brought.faults == []
    unit = unit_by_code("67", clock.local_day(clock.now()))
    assert unit is not None
    department = Agency.objects.get(name=the_letter()["issuer"])
    manager = officer_with("rollout_manager", Scope("agency", str(department.pk)))
    return Province(unit, department, manager)


def counted(unit_id: int, day: date | None = None, **counts: int) -> None:
    """What was counted of a unit on a day, today if none is named."""
    on, now = day or clock.local_day(clock.now()), clock.now()
    CountedDay.objects.get_or_create(day=on, defaults={"as_of": now, "scans": 0})
    DayCounts.objects.create(day=on, kind="unit", subject_id=unit_id, sector="", as_of=now, **counts)


def words_of(letter: dict[str, Any], **changed: str) -> dict[str, str]:
    sent = {name: letter[name] for name in WORDS} | {"dated": letter["dated"].isoformat(), "issuer": letter["issuer"]}
    return sent | changed


def writes(client: Client, letter: dict[str, Any], **changed: str) -> Directive:
    """The whole letter as a draft, made over the pages."""
    answer = client.post(f"{BASE}/moi", words_of(letter, **changed))
    assert answer.status_code == 302, answer.content.decode()
    page = answer["Location"]
    for line in letter["addressees"] + letter["copies"]:
        assert client.post(f"{page}/noi-nhan", {"role": "execute", **line}).status_code == 302
    for order in letter["orders"]:
        client.post(f"{page}/nhiem-vu", order | {"deadline": order["deadline"].isoformat()})
    for cited in letter["cited"]:
        client.post(f"{page}/can-cu", cited | {"dated": cited["dated"].isoformat()})
    return Directive.objects.get(pk=int(page.rpartition("/")[2]))


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return str(answer.content.decode())


def seen(client: Client, page: str) -> dict[str, str]:
    """The hidden word of a draft's form: which edition it shows."""
    return {"seen": text(client, f"{page}/sua").partition('name="seen" value="')[2].partition('"')[0]}


def writer(province: Province) -> Client:
    return signed_in(province.manager)
