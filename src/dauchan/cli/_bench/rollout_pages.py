"""Every page of the rollout that is read, with the rows that an officer's own pages lead to, by the officer's reach."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import Officer
from dauchan.cli._bench.desk import officer_with
from dauchan.units.models import Unit


@dataclass(frozen=True)
class Reader:
    """An officer who reads pages, and the communes in sight; `agency` is the officer's own, 0 for none."""

    name: str
    officer: Officer
    communes: Sequence[Unit]
    agency: int = 0


COMMITTEE = "select id from units_agency where kind = 'committee' and unit_id = %s order by id limit 1"
FOCAL = "select officer_id from accounts_role where role = 'focal_officer' and scope_id = %s order by id limit 1"


def readers(own: Unit, communes: Sequence[Unit], now: datetime) -> list[Reader]:
    """Officers of everything, of a province and of a commune; the last is the focal officer of its committee."""
    province = [unit for unit in communes if unit.parent_id == own.parent_id]
    committee = _number(COMMITTEE, own.pk)
    focal = Officer.objects.get(pk=_number(FOCAL, str(committee)))
    return [
        Reader("all", officer_with("rollout_manager", Scope("all"), now), communes),
        Reader("province", officer_with("rollout_manager", Scope("unit", str(own.parent_id)), now), province),
        Reader("commune", focal, [own], committee),
    ]


EVERYBODY = {
    "morning": "/trien-khai",
    "desk": "/ban-lam-viec",
    "whole": "/trien-khai/dia-ban",
    "silent places": "/trien-khai/im-lang",
    "open places": "/trien-khai/im-lang?used=open",
    "silent places of a sector": "/trien-khai/im-lang?sector=education",
    "indicators": "/trien-khai/chi-so",
    "supplied figures": "/trien-khai/so-lieu",
    "agencies": "/trien-khai/co-quan",
    "agencies without word": "/trien-khai/co-quan?gap=not-attested",
    "agencies by name": "/trien-khai/co-quan?q=bao+lam",
    "questions": "/trien-khai/co-quan/hoi-dap",
    "invitations": "/trien-khai/co-quan/loi-moi",
    "registers": "/trien-khai/nguon",
    "documents": "/trien-khai/van-ban",
    "documents in": "/trien-khai/van-ban?box=in",
    "tasks": "/trien-khai/van-ban/nhiem-vu",
    "tasks overdue": "/trien-khai/van-ban/nhiem-vu?state=overdue",
    "ladders": "/trien-khai/van-ban/don-doc",
    "asks": "/trien-khai/van-ban/yeu-cau",
    "inspections": "/trien-khai/kiem-tra",
    "inspections due": "/trien-khai/kiem-tra?due=on",
    "plans": "/trien-khai/kiem-tra/ke-hoach",
    "guides' desk": "/trien-khai/huong-dan",
    "broadcasts": "/trien-khai/huong-dan/pho-bien",
    "library": "/huong-dan",
    "reports": "/trien-khai/bao-cao",
    "new report": "/trien-khai/bao-cao/moi",
    "schedules": "/trien-khai/bao-cao/lich",
    "open data": "/du-lieu-mo",
}
AGENCY = "select id from units_agency where unit_id = any(%(units)s) and valid_to is null"
DIRECTIVE = """
select directive_id
from directives_recipient
join units_agency agency on agency.id = agency_id
where agency.unit_id = any(%(units)s)
"""
TASK = """
select task.id from directives_task task join units_agency agency on agency.id = agency_id
where agency.unit_id = any(%(units)s)
"""
INSPECTED = """
select place_id from inspections_inspection join places_place place on place.id = place_id
where place.unit_id = any(%(units)s)
"""
USED = "select place_id from coverage_placeuse where unit_id = any(%(units)s)"
OF_ROWS = {
    "a place's figures": ("/trien-khai/dia-diem/{}", USED),
    "an agency": ("/trien-khai/co-quan/{}", AGENCY),
    "an agency's figures": ("/trien-khai/co-quan/{}/do-phu", AGENCY),
    "an agency's hand-over": ("/trien-khai/co-quan/{}/ban-giao", AGENCY),
    "a register": ("/trien-khai/nguon/{}", "select id from registers_register"),
    "a register's waiting": ("/trien-khai/nguon/{}?condition=proposed", "select id from registers_register"),
    "a register by name": ("/trien-khai/nguon/{}?q=dia+diem+1234", "select id from registers_register"),
    "matching": ("/trien-khai/nguon/{}/ban-doi-chieu", "select id from registers_register"),
    "clear matches": ("/trien-khai/nguon/{}/xac-nhan", "select id from registers_register"),
    "an entry": ("/trien-khai/nguon/muc/{}", "select id from registers_entry where unit_id = any(%(units)s)"),
    "a document": ("/trien-khai/van-ban/{}", DIRECTIVE),
    "a document's unread": ("/trien-khai/van-ban/{}?state=unread", DIRECTIVE),
    "a document's overdue": ("/trien-khai/van-ban/{}?state=overdue", DIRECTIVE),
    "calls": ("/trien-khai/van-ban/{}/goi", "select id from directives_directive where purpose = 'reminder'"),
    "a task": ("/trien-khai/van-ban/nhiem-vu/{}", TASK),
    "a ladder": (
        "/trien-khai/van-ban/don-doc/{}",
        "select id from directives_ladder where unit_id = any(%(units)s)",
    ),
    "a plan": ("/trien-khai/kiem-tra/ke-hoach/{}", "select id from inspections_plan where unit_id = any(%(units)s)"),
    "an inspected place": ("/trien-khai/kiem-tra/dia-diem/{}", INSPECTED),
    "a guide": ("/huong-dan/{}", "select slug from guides_guide"),
    "a guide at the desk": ("/trien-khai/huong-dan/xem/{}", "select slug from guides_guide"),
    "a guide's readers": ("/trien-khai/huong-dan/xem/{}/ai-doc", "select slug from guides_guide"),
    "a guide's missing readers": ("/trien-khai/huong-dan/xem/{}/ai-doc?missing=1", "select slug from guides_guide"),
    "a report": ("/trien-khai/bao-cao/{}", "select id from reports_report where kind = 'daily'"),
    "figures by programs": ("/api/v1/coverage/units/{}", "select code from units_unit where id = any(%(units)s)"),
    "a trend by programs": (
        "/api/v1/coverage/units/{}/series",
        "select code from units_unit where id = any(%(units)s)",
    ),
}
OPEN_DAY = "select to_char(last_day, 'YYYY-MM-DD') from reports_report where state <> 'draft'"
PUBLIC_ROWS = {
    "open data by programs": ("/api/v1/open-data/{}", OPEN_DAY),
    "open data as CSV": ("/api/v1/open-data/{}.csv", OPEN_DAY),
}


def addresses(reader: Reader, times: int) -> Iterator[tuple[str, list[str]]]:
    """Each page's name with as many addresses as it shall be opened, of other rows each time."""
    for name, address in EVERYBODY.items():
        yield name, [address] * times
    codes = [unit.code for unit in reader.communes]
    yield (
        "a commune",
        _repeated([f"/trien-khai/dia-ban/{code}" for code in codes[:: max(len(codes) // times, 1)]], times),
    )
    if len(codes) > 1:
        provinces = sorted({unit.path.partition(".")[0] for unit in reader.communes})
        yield "a province", _repeated([f"/trien-khai/dia-ban/{code}" for code in provinces], times)
        yield "a province's table", _repeated([f"/trien-khai/dia-ban/{code}/bang" for code in provinces], times)
    asked: dict[str, list[int]] = {"units": [unit.pk for unit in reader.communes]}
    for name, (address, query) in (OF_ROWS | PUBLIC_ROWS).items():
        if rows := _some(query, asked, times):
            yield name, _repeated([address.format(row) for row in rows], times)


def _repeated(some: Sequence[str], times: int) -> list[str]:
    return [some[number % len(some)] for number in range(times)]


CHOSEN = "select * from ({query} limit 20000) as found (key) order by md5(key::text) limit {times}"


def _some(query: str, asked: dict[str, list[int]], times: int) -> list[object]:
    """The keys of some rows, the same each time."""
    with connection.cursor() as cursor:
        cursor.execute(CHOSEN.format(query=query, times=times), asked)
        return [row[0] for row in cursor.fetchall()]


def _number(query: str, asked: int | str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, [asked])
        return int(cursor.fetchone()[0])
