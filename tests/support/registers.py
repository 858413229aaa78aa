"""Registers for tests: begun by actions, filled from a text as a file would be."""

from datetime import date
from typing import Any

from support.officers import officer_with

from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.places.actions import register_place
from dauchan.places.models import Category, Place
from dauchan.places.rules import PlaceInput
from dauchan.registers import importing, matching, queries
from dauchan.registers.actions import Said, begin_register
from dauchan.registers.models import Entry, ListRun, MatchRun, Register
from dauchan.units.models import Unit
from dauchan.units.queries import unit_by_code

HEADER = "Mã,Tên,Loại hình,Xã phường,Địa chỉ,Điện thoại,Vĩ độ,Kinh độ,Lĩnh vực,Cơ quan quản lý\n"
HERE, ELSEWHERE = "24611", "24617"
"""Two communes of the province."""


def unit(code: str = HERE) -> Unit:
    found = unit_by_code(code, clock.local_day(clock.now()))
    assert found is not None
    return found


def place(name: str, address: str = "", *, code: str = HERE, category: str = "cafe", **more: Any) -> Place:
    setting = Category.objects.get(code=category).pk
    given = PlaceInput(name, unit(code).pk, setting, address=address, **more)
    return register_place(given, by=officer_with("province_health_officer"), now=clock.now())


def begun(by: Officer | None = None, *, name: str = "Đăng ký kinh doanh", unit: Unit | None = None) -> Register:
    now = clock.now()
    listed_on = min(date(2026, 1, 5), clock.local_day(now))
    said = Said(name, "businesses", "Sở Kế hoạch và Đầu tư", listed_on, unit=unit)
    return begin_register(said, by=by, now=now)


def uploaded(register: Register, text: str, *, by: Officer, header: str = HEADER) -> ListRun:
    content = (header + text).encode()
    return importing.upload(content, register, file_name="danh-sach.csv", by=by, now=clock.now())


def bring(register: Register, text: str, *, by: Officer, mode: str = "whole", on: date | None = None) -> ListRun:
    """Bring a list in as the worker would: dry run, run, and the search for candidates."""
    run, now = uploaded(register, text, by=by), clock.now()
    listed_on = on or clock.local_day(now)
    importing.plan(run.pk, by=by, mapping=run.mapping, mode=mode, listed_on=listed_on, now=now)
    importing.work_on(run.pk, now=now)
    importing.start(run.pk, by=by, now=now)
    importing.work_on(run.pk, now=now)
    search(register)
    return ListRun.objects.get(pk=run.pk)


def search(register: Register) -> None:
    """Do the searches that wait for a register."""
    for waiting in MatchRun.objects.filter(register=register, finished_at__isnull=True):
        matching.work_on(waiting.pk, now=clock.now())


def entry(name: str, register: Register | None = None) -> Entry:
    found = Entry.objects.filter(name=name)
    return (found.filter(register=register) if register else found).get()


def counts(run: ListRun) -> dict[str, Any]:
    """What a run counts, without zeros."""
    names = ("created", "matched", "updated", "failed", "gone")
    return {name: value for name in names if (value := getattr(run, name))}


def should(on: date) -> int:
    """How many premises of the two communes should use the system on a day."""
    codes = {unit(HERE).pk, unit(ELSEWHERE).pk}
    return sum(row.premises for row in queries.should_exist(on) if row.unit_id in codes)


def place_form(name: str) -> dict[str, str]:
    """The form of a new place as a browser sends it."""
    given = dict.fromkeys(("opening_hours", "capacity", "latitude", "longitude", "owner_name", "owner_phone"), "")
    given |= {"name": name, "category": str(Category.objects.get(code="restaurant").pk)}
    return given | {"unit": str(unit().pk), "unit_text": str(unit()), "address": "", "agency": ""}
