"""An agency tree for tests of guides, officers who hold roles in it, and what is done to one broadcast."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from support.acts import Act, here
from support.officers import officer_with
from support.scene import Scene

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer
from dauchan.guides.reach import Told, tell_broadcast
from dauchan.kernel import clock
from dauchan.units.models import Agency
from dauchan.units.queries import unit_by_code


@dataclass(frozen=True)
class Bodies:
    """A department of the province with a school below it, and a committee of another commune."""

    department: Agency
    school: Agency
    elsewhere: Agency


def agency(name: str, kind: str, code: str, parent: Agency | None = None) -> Agency:
    unit = unit_by_code(code, clock.local_day(clock.now()))
    assert unit is not None
    return Agency.objects.create(
        name=name, kind=kind, unit=unit, parent=parent, valid_from=date(2020, 1, 1), search_key=name.lower()
    )


def bodies() -> Bodies:
    department = agency("Sở Giáo dục và Đào tạo", "department", "68")
    school = agency("Trường Nguyễn Du", "public_service", "24611", department)
    return Bodies(department, school, agency("Ủy ban nhân dân xã Khác", "committee", "24617"))


def officer_at(where: Agency, role: str = "focal_officer", **named: str) -> Officer:
    return officer_with(role, Scope("agency", str(where.pk)), **named)


def a_broadcast(scene: Scene) -> Act:
    by = here("focal_officer", scene)
    market = agency(f"Ban quản lý chợ {by.pk}", "public_service", scene.here.code)
    told = Told(market, "loudspeaker", "Loa chợ", clock.local_day(clock.now()))
    return Act({"broadcast_id": tell_broadcast("cho", told, by=by, now=clock.now()).pk})


GUIDE_ACTS: dict[str, Callable[[Scene], Act]] = {"guides:strike": a_broadcast}
