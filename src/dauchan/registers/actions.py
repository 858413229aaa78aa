"""What is done to registers themselves: begin one, correct what it says of itself."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, NotFound, NotPermitted
from dauchan.kernel.search import sort_key
from dauchan.places.rules import clean_text
from dauchan.registers.models import Kind, Register
from dauchan.registers.queries import registers_visible_to, scope_at
from dauchan.units.models import Agency, Unit


class SourceMissing(BadInput):
    vi = "Hãy ghi tên danh sách và nguồn."
    en = "Give the list's name and its source."


class ListNotYet(BadInput):
    vi = "Ngày của danh sách chưa tới. Xem lại ngày."
    en = "The day of the list has not come yet. Look again at the date."


@dataclass(frozen=True, slots=True)
class Said:
    """What a register says of itself: whose list, from where, of which day, for which unit and agency."""

    name: str
    kind: str
    source: str
    listed_on: date
    licence: str = ""
    credit: str = ""
    unit: Unit | None = None
    agency: Agency | None = None

    def columns(self, today: date) -> dict[str, object]:
        """The columns of the register.

        raises   SourceMissing, ListNotYet, BadInput, TextNotAllowed
        """
        limits = {"name": 200, "source": 300, "licence": 100, "credit": 300}
        texts = {name: clean_text(getattr(self, name), name=name, limit=limit) for name, limit in limits.items()}
        if not texts["name"] or not texts["source"]:
            raise SourceMissing(field="name" if not texts["name"] else "source")
        if self.listed_on > today:
            raise ListNotYet(field="listed_on")
        if self.kind not in Kind.values:
            raise BadInput(field="kind")
        same = {"kind": self.kind, "listed_on": self.listed_on, "unit": self.unit, "agency": self.agency}
        return texts | same | {"sort_key": sort_key(texts["name"])}


@transaction.atomic
def begin_register(said: Said, *, by: Officer | None, now: datetime) -> Register:
    """Begin a register; its entries come by import.

    raises   NotPermitted where unit and agency lie outside the officer's scope, BadInput
    """
    on = clock.local_day(now)
    _require(by, said.unit, said.agency, on)
    register = Register.objects.create(**said.columns(on), made_by=by, made_at=now)
    _record("register.begun", register, by=by, now=now)
    return register


@transaction.atomic
def change_register(register_id: int, said: Said, *, by: Officer, now: datetime) -> Register:
    """Correct what a register says of itself.

    raises   NotFound, NotPermitted, BadInput
    """
    on = clock.local_day(now)
    register = registers_visible_to(by, "register.edit", on).filter(pk=register_id).first()
    if register is None:
        raise NotFound
    _require(by, register.unit, register.agency, on)
    _require(by, said.unit, said.agency, on)
    Register.objects.filter(pk=register_id).update(**said.columns(on))
    _record("register.changed", register, by=by, now=now)
    return register


def may_change(register: Register, officer: Officer, on: date) -> bool:
    """Whether the officer holds the register's own unit or agency, not only some of what it lists."""
    scope = scope_at(officer, "register.edit", on)
    if register.unit_id is not None and scope.holds_unit(register.unit_id):
        return True
    return scope.everywhere or register.agency_id in scope.agency_ids


def _require(by: Officer | None, unit: Unit | None, agency: Agency | None, on: date) -> None:
    if by is None:
        return
    scope = scope_at(by, "register.edit", on)
    of_unit = unit is not None and scope.holds_unit(unit.pk)
    of_agency = agency is not None and scope.holds_agency(agency)
    if not (scope.everywhere or of_unit or of_agency):
        raise NotPermitted


def _record(event: str, register: Register, *, by: Officer | None, now: datetime) -> None:
    audit.record(event, by=by, at=now, unit=register.unit_id, detail={"register": register.pk})
