"""An agency tree for tests of guides, and officers who hold roles in it."""

from dataclasses import dataclass
from datetime import date

from support.officers import officer_with

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer
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
