"""Fills a try-out with the made-up province: through the API what comes from outside, by the desk's verbs the outbreak.

Safe to run again after it was stopped half-way: the same day, the same ids, so nothing is doubled.
"""

import json
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rich.progress import Progress

from dauchan.cli import _demo_rollout, _installation, _sending
from dauchan.cli._remote import Remote
from dauchan.cli._sending import Scan, Tally
from dauchan.cli._synthetic import Commune, Province, make_province, scans_until
from dauchan.cli._try_out import integrator_token
from dauchan.cli.replay import progress
from dauchan.kernel import clock
from dauchan.kernel.errors import Problem

if TYPE_CHECKING:
    from dauchan.accounts.models import Officer
    from dauchan.cases.models import Case
    from dauchan.units.models import Unit

FACTS_FILE = "demo.json"
SOURCE = "dauchan demo"
DERIVE_SECONDS = 120.0
OLD_PROVINCE, OLD_LIST = "67", date(2021, 11, 1)
"""Đắk Nông in the list of 2021; its 71 communes became 28 of Lâm Đồng."""
TOWN, PROVINCE = "24611", "68"
ONSET_DAYS_AGO = 1
CONFIRMED_SINGLY = 14
LEFT_PENDING = 5
"""Places left waiting, so that approving can be tried."""
COMMITTEE = "committee"
"""Instead of a unit's code: at the People's Committee of the town's ward."""
MANAGER, PROVINCES, WARDS, HEAD = "trien-khai", "dau-moi", "dau-moi-phuong", "lanh-dao"
OFFICERS: tuple[tuple[str, str, str, str], ...] = (
    ("cdc", "Cán bộ CDC tỉnh (giả)", "province_health_officer", PROVINCE),
    ("xa", "Cán bộ y tế phường (giả)", "commune_health_officer", TOWN),
    ("dieu-tra", "Điều tra viên (giả)", "investigator", PROVINCE),
    (PROVINCES, "Cán bộ đầu mối (giả)", "focal_officer", PROVINCE),
    ("kiem-toan", "Kiểm toán viên (giả)", "auditor", ""),
    ("quan-tri", "Quản trị viên (giả)", "administrator", ""),
    (MANAGER, "Người quản lý triển khai (giả)", "rollout_manager", PROVINCE),
    (WARDS, "Cán bộ đầu mối phường (giả)", "focal_officer", COMMITTEE),
    (HEAD, "Lãnh đạo UBND phường (giả)", "agency_head", COMMITTEE),
)


class DemoIncomplete(Problem):
    kind = "demo_incomplete"
    vi = "Chưa dựng xong dữ liệu thử: {reason}. Hãy chạy lại, hoặc xoá thư mục {data_dir}."
    en = "The made-up data is not complete: {reason}. Start again, or remove {data_dir}."


def told(data_dir: Path) -> dict[str, Any]:
    """What the made-up province holds; {} until it is complete."""
    facts = _read(data_dir)
    return facts if facts.get("complete") else {}


def links(data_dir: Path, url: str) -> list[tuple[str, str]]:
    """A fresh one-time address for each officer of the try-out, with the officer's name."""
    with _installation.opened(data_dir):
        from dauchan.accounts.try_out import try_out_link

        now = clock.now()
        return [
            (officer.name, f"{url}/vao-thu/{try_out_link(officer, now=now)}")
            for officer in (_officer(*told, now=now) for told in OFFICERS)
        ]


def fill(data_dir: Path, url: str, *, people: int) -> None:
    """Make the province up and bring it in.

    raises   DemoIncomplete, Refused, ServerAway
    """
    now, people = _begun(data_dir, people)
    token = integrator_token(data_dir)
    with _installation.opened(data_dir), progress() as bar:
        communes = _communes(clock.local_day(now))
        province = make_province(communes, clock.local_day(now), people=people)
        scans = list(scans_until(province, now))
        _demo_rollout.prepare(now)
        _bring_in(Remote(url, token), province, scans, data_dir, bar)
        _wait_for_visits(bar, data_dir)
        case = _outbreak(province, token, now, bar)
        _roll_out(province, communes, now, bar)
    _write(
        data_dir,
        {
            "complete": True,
            "begun": now.isoformat(),
            "case": case,
            "phone": province.unconfirmed.phone,
            "people": len(province.people),
            "places": len(province.places),
            "scans": len(scans),
        },
    )


def _begun(data_dir: Path, people: int) -> tuple[datetime, int]:
    """When the filling began first, and with how many people: what was half done is gone on with just so."""
    began = _read(data_dir)
    if began:
        return datetime.fromisoformat(began["begun"]), int(began["people"])
    now = clock.now().replace(microsecond=0)
    _write(data_dir, {"begun": now.isoformat(), "people": people})
    return now, people


def _read(data_dir: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((data_dir / FACTS_FILE).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return found


def _write(data_dir: Path, facts: dict[str, Any]) -> None:
    fresh = data_dir / f"{FACTS_FILE}.new"
    fresh.write_text(json.dumps(facts, ensure_ascii=False), "utf-8")
    fresh.replace(data_dir / FACTS_FILE)


# --- what comes from outside ------------------------------------------------------------------------------------------


def _communes(today: date) -> list[Commune]:
    """The communes of today that Đắk Nông's became, the town first, with weights by their people."""
    from dauchan.units import queries as units

    old = units.unit_by_code(OLD_PROVINCE, OLD_LIST)
    assert old is not None  # the list of 2021 ships with the package
    communes = [commune for district in units.children(old, OLD_LIST) for commune in units.children(district, OLD_LIST)]
    found = {unit.code: unit for commune in communes for unit in units.equivalent(commune, today)}
    most = max((unit.population or 0 for unit in found.values()), default=0) or 1
    ordered = sorted(found.values(), key=lambda unit: (unit.code != TOWN, unit.code))
    return [Commune(unit.code, unit.name, max((unit.population or most / 2) / most, 0.2)) for unit in ordered]


def _bring_in(remote: Remote, province: Province, scans: list[Scan], data_dir: Path, bar: Progress) -> None:
    places = [place.body() | {"agency": _demo_rollout.agency_of(place)} for place in province.places]
    people = [person.body() for person in province.people]
    totals = {"places": len(places), "people": len(people), "scans": len(scans)}
    tell = {name: _teller(bar, bar.add_task(name, total=total)) for name, total in totals.items()}
    tally = Tally()
    spots = _sending.register_places(remote, places, tally, tell["places"])
    bar.console.print(f"{len(places)} places registered")
    _sending.register_people(remote, people, tally, tell["people"])
    bar.console.print(f"{len(people)} people registered")
    _sending.send(remote, scans, spots, SOURCE, tally, tell["scans"])
    bar.console.print(f"{len(scans)} scans sent through the API")
    wrong = [each for each in tally.troubles if each.status in ("rejected", "failed", "conflict")]
    if wrong:
        raise DemoIncomplete(reason=f"{wrong[0].code} {wrong[0].message}", data_dir=data_dir)


def _teller(bar: Progress, task: Any) -> Callable[[int], None]:
    return lambda done: bar.advance(task, done)


def _wait_for_visits(bar: Progress, data_dir: Path) -> None:
    """Wait until the worker has turned every scan into visits."""
    from dauchan.visits.queries import person_days_waiting

    deadline = time.monotonic() + DERIVE_SECONDS
    left = most = person_days_waiting()
    task = bar.add_task("visits", total=most)
    while left:
        if time.monotonic() > deadline:
            raise DemoIncomplete(reason="visits are not derived", data_dir=data_dir)
        time.sleep(0.3)
        left = person_days_waiting()
        bar.update(task, completed=max(most - left, 0))
    bar.console.print("visits derived")


# --- the outbreak -----------------------------------------------------------------------------------------------------


def _outbreak(province: Province, token: str, now: datetime, bar: Progress) -> str:
    """One case confirmed, its contacts proposed, some of them decided, F2 worked out; returns the case's number."""
    from dauchan.units.queries import unit_by_code

    task = bar.add_task("case", total=5)
    today = clock.local_day(now)
    unit = unit_by_code(TOWN, today)
    assert unit is not None  # checked by tests/journeys/test_demo.py
    officer = _officer(*OFFICERS[0], now=now)
    _approve_most(officer, now)
    bar.advance(task)
    case = _confirmed(_person(province.index.code, token), unit, officer, now, today)
    bar.advance(task)
    _propose(case, officer, now)
    bar.advance(task)
    _tell_household(case, province, token, officer, now)
    _decide_some(case, officer, now)
    bar.advance(task)
    _propose(case, officer, now)
    bar.advance(task)
    return case.code


def _roll_out(province: Province, communes: list[Commune], now: datetime, bar: Progress) -> None:
    """The rollout of the weeks before, by officers who hold their roles since then."""
    task = bar.add_task("rollout", total=_demo_rollout.STEPS)
    by_handle = {told[0]: _officer(*told, now=now) for told in OFFICERS}
    cast = _demo_rollout.Cast(*(by_handle[handle] for handle in (MANAGER, PROVINCES, WARDS, HEAD)))
    _demo_rollout.roll_out(province.places, communes, cast, now, lambda: bar.advance(task))
    bar.console.print("rollout under way")


def _approve_most(officer: "Officer", now: datetime) -> None:
    """A province at work: its places approved but for a handful, and one of them stopped for a while."""
    from dauchan.places import actions as places
    from dauchan.places.models import Place, State

    if Place.objects.exclude(state=State.PENDING).exists():
        return
    left = list(Place.objects.order_by("-pk").values_list("pk", flat=True)[: LEFT_PENDING + 1])
    stopped, *pending = left
    places.approve_all(Place.objects.filter(state=State.PENDING).exclude(pk__in=pending), by=officer, now=now)
    places.suspend(stopped, by=officer, reason="Sửa chữa (giả)", now=now)


def _confirmed(person: UUID, unit: "Unit", officer: "Officer", now: datetime, today: date) -> "Case":
    from dauchan.cases.queries import cases_of_person
    from dauchan.cases.rules import CaseDates
    from dauchan.tracing.actions import confirm_case

    known = list(cases_of_person(person))
    if known:
        return known[0]
    onset = today - timedelta(days=ONSET_DAYS_AGO)
    return confirm_case(person, unit, CaseDates(today, onset, today), by=officer, now=now)


def _propose(case: "Case", officer: "Officer", now: datetime) -> None:
    from dauchan.tracing import runs

    runs.work_on(runs.propose_contacts(case, by=officer, now=now).pk, now=now)


def _tell_household(case: "Case", province: Province, token: str, officer: "Officer", now: datetime) -> None:
    """The household, as the case told of it: nobody scans at home."""
    from dauchan.tracing.actions import tell_contact
    from dauchan.tracing.evidence import Told

    for member in province.household_of_index:
        told = Told(relation="người cùng nhà", last_exposure=now)
        tell_contact(case, _person(member.code, token), told, by=officer, now=now)


def _decide_some(case: "Case", officer: "Officer", now: datetime) -> None:
    """Some of the strongest proposals become F1; most are left for whoever tries it out."""
    from dauchan.tracing.actions import decide
    from dauchan.tracing.models import EvidenceClass, Grade

    open_ones = case.proposals.filter(decided=False, generation=1, evidence_class=EvidenceClass.CLOSE).order_by("rank")
    chosen = [each.pk for each in open_ones[:CONFIRMED_SINGLY]]
    if chosen and not case.contacts.filter(grade=Grade.CLOSE, evidence__isnull=False).exists():
        decide(case, case.proposals.filter(pk__in=chosen), Grade.CLOSE, by=officer, now=now)


def _person(reference: str, token: str) -> UUID:
    """Who a made-up reference is; registering again answers without changing anything."""
    from dauchan.accounts.queries import authenticate_credential
    from dauchan.people.actions import register_people
    from dauchan.people.registering import Registration
    from dauchan.people.rules import Identity

    credential = authenticate_credential(token, clock.now())
    assert credential is not None  # made a moment ago
    (outcome,) = register_people([Registration(Identity(), reference)], credential=credential, now=clock.now())
    assert outcome.person_id is not None
    return outcome.person_id


def _officer(handle: str, name: str, role: str, where: str, *, now: datetime) -> "Officer":
    """One officer of the try-out with one role; nobody can sign in as them but by a link.

    where   the unit's code; a committee's officers get their role when that agency names them
    """
    from dauchan.accounts.actions import Scope, create_officer, grant_role
    from dauchan.accounts.models import Officer
    from dauchan.units.queries import unit_by_code

    email = f"{handle}@dung-thu.invalid"
    known = Officer.objects.filter(email=email).first()
    if known:
        return known
    officer = create_officer(email=email, name=name, password=None, now=now)
    if where == COMMITTEE:
        return officer
    unit = unit_by_code(where, clock.local_day(now)) if where else None
    scope = Scope("unit", str(unit.pk)) if unit else Scope("all")
    grant_role(officer, role, scope, by=None, now=now - _demo_rollout.BEGAN)
    return officer
