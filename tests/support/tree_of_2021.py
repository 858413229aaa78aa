"""The agencies of Đắk Nông in 2021: who is held where, their pages and their places."""

from support.officers import officer_with

from dauchan.accounts.actions import Scope
from dauchan.kernel import clock
from dauchan.places.actions import register_place
from dauchan.places.models import Category, Place
from dauchan.places.rules import PlaceInput
from dauchan.units.models import Agency
from dauchan.units.queries import unit_by_code

LIST = "/trien-khai/co-quan"


def agency(name: str) -> Agency:
    return Agency.objects.get(name=name)


def at_agency(role: str, one: Agency, **told):
    return officer_with(role, Scope("agency", str(one.pk)), **told)


def manager(code: str = "67"):
    unit = unit_by_code(code, clock.local_day(clock.now()))
    return officer_with("rollout_manager", Scope("unit", str(unit.pk)))


def text(client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def a_place(one: Agency, name: str, *, by) -> Place:
    commune = unit_by_code("24611", clock.local_day(clock.now()))
    category = Category.objects.get(code="market").pk
    return register_place(PlaceInput(name, commune.pk, category, agency_id=one.pk), by=by, now=clock.now())
