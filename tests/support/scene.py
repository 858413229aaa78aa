"""Objects that lie in one unit, for asking officers of that unit and of another; two communes of one province."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from support import registers
from support.bulletin import counted
from support.directing import draft_of_here, ladder_of_here, sent_of_here
from support.figures import registered_place
from support.officers import officer_with
from support.reports import drafted, office
from support.runs import make_list
from support.stays import SealedStay, write_stays

from dauchan import config
from dauchan.accounts.actions import Scope
from dauchan.agencies.handing import hand_over as hand_agency_over
from dauchan.agencies.handing import preview
from dauchan.agencies.naming import Named, name_officer
from dauchan.agencies.tree import add_agency, close_agency
from dauchan.cases.models import Case
from dauchan.cases.rules import CaseDates
from dauchan.inspections.actions import draw_plan, record_inspection
from dauchan.inspections.rules import Answers, Finding
from dauchan.kernel import clock, ids
from dauchan.kernel.keyring import open_keyring
from dauchan.kernel.search import search_key
from dauchan.people.actions import register_person
from dauchan.people.queries import handle_of
from dauchan.people.rules import Identity
from dauchan.places.actions import register_place
from dauchan.places.models import Category, Place
from dauchan.places.rules import PlaceInput
from dauchan.reports.scheduling import schedule
from dauchan.tracing.actions import confirm_case
from dauchan.tracing.decisions import tell_contact
from dauchan.tracing.evidence import Told
from dauchan.tracing.holding import order_hold
from dauchan.tracing.models import Contact
from dauchan.tracing.release import request_release
from dauchan.units.models import Agency, Unit
from dauchan.units.queries import unit_by_code

CASE_PAGES = (
    *(f"tracing:{page}" for page in ("case", "contacts", "tell-contact", "milestones", "sources", "log", "revise")),
    *(f"tracing:{page}" for page in ("reveal-case", "evidence", "reveal-proposal", "export", "ask-release")),
    *(f"tracing:{page}" for page in ("contact", "reveal-contact", "release", "progress", "tell-milestone")),
    "tracing:holds",
    "api:case",
    "api:run",
    "api:proposals",
)
REGISTER_PAGES = (
    *(f"registers:{page}" for page in ("register", "edit", "export", "imports", "search-progress", "confirm-clear")),
    *(f"registers:{page}" for page in ("desk", "entry", "register-place")),
)


@dataclass(frozen=True)
class Scene:
    """Two communes of one province: officers of `here` may see what officers of `elsewhere` may not."""

    here: Unit
    elsewhere: Unit


def two_communes() -> Scene:
    today = clock.local_day(clock.now())
    here, elsewhere = unit_by_code("24611", today), unit_by_code("24617", today)
    assert here is not None
    assert elsewhere is not None
    return Scene(here, elsewhere)


def officer_of_here(scene: Scene) -> dict[str, Any]:
    return {"officer_id": officer_with("investigator", Scope("unit", str(scene.here.pk))).pk}


def person_of_here(scene: Scene) -> dict[str, Any]:
    officer = officer_with("commune_health_officer", Scope("unit", str(scene.here.pk)))
    person = register_person(Identity(name="Trần Thị Mẫu"), scene.here.pk, by=officer, now=clock.now())
    return {"handle": handle_of(person.pk)}


def place_of_here(scene: Scene) -> dict[str, Any]:
    given = PlaceInput("Chợ Mẫu", scene.here.pk, Category.objects.get(code="market").pk)
    place = register_place(given, by=officer_with("province_health_officer"), now=clock.now())
    return {"place_id": place.pk, "sheet": "a4"}


def case_of_here(scene: Scene) -> dict[str, Any]:
    """A case, somebody met there, the proposal and the contact that this made, and a call sheet."""
    now, by = clock.now(), officer_with("commune_health_officer", Scope("unit", str(scene.here.pk)))
    today = clock.local_day(now)
    ana, ben = (register_person(Identity(name=name), scene.here.pk, by=by, now=now).pk for name in ("An", "Bình"))
    place = Place.objects.get(pk=place_of_here(scene)["place_id"])
    point = place.points.get().pk
    since, until = now - timedelta(hours=20), now - timedelta(hours=18)
    stays = [SealedStay(person, place.pk, point, since, until, until) for person in (ana, ben)]
    write_stays(open_keyring(config.load().keyring_dir), stays)
    case = confirm_case(ana, scene.here, CaseDates(today, today), by=by, now=now)
    make_list(case, by=by)
    contact = tell_contact(case, ben, Told("vợ", until), by=by, now=now)
    one = Contact.objects.filter(pk=contact.pk)
    release = request_release(case, one, recipient="Trạm", purpose="gọi điện", expected=1, by=by, now=now)
    proposal, run = case.proposals.get(person_id=ben), case.runs.get()
    return {
        "code": case.code,
        "proposal_id": proposal.pk,
        "contact_id": contact.pk,
        "release_id": release.pk,
        "kind": "csv",
        "run_id": run.pk,
    }


def hold_of_here(scene: Scene) -> dict[str, Any]:
    now, case = clock.now(), case_of_here(scene)
    by = officer_with("province_health_officer", Scope("unit", str(scene.here.pk)))
    held = order_hold(Case.objects.get(code=case["code"]), "CV 1", clock.local_day(now), by=by, now=now)
    return case | {"number": held.pk}


def inspection_of_here(scene: Scene) -> dict[str, Any]:
    """A place with an owner where no code hung, drawn by a plan."""
    now, by = clock.now(), officer_with("rollout_manager", Scope("unit", str(scene.here.pk)))
    given = PlaceInput(
        "Quán Mẫu", scene.here.pk, Category.objects.get(code="cafe").pk, owner_name="Trần Mẫu", owner_phone="0912700003"
    )
    place = register_place(given, by=by, now=now)
    plan = draw_plan(
        scene.here,
        stratify="setting",
        half_width=0.1,
        inspector_id=by.pk,
        first_day=clock.local_day(now),
        a_day=12,
        by=by,
        now=now,
    )
    found = Finding(ids.random_uuid7(now), place.pk, now, Answers(poster_shown=False, reasons=("no_code",)))
    made, _ = record_inspection(found, by=by, now=now)
    return {"place_id": place.pk, "plan_id": plan.pk, "inspection_id": made.pk}


def figures_of_here(scene: Scene) -> dict[str, Any]:
    """The unit `here`, and an agency that sits in it and answers for nothing."""
    name = f"Trường Mẫu {Agency.objects.count()}"
    begins = scene.here.valid_from
    made = Agency.objects.create(
        name=name, kind="public_service", unit=scene.here, valid_from=begins, search_key=search_key(name)
    )
    return {"code": scene.here.code, "agency_id": made.pk}


def used_place_of_here(scene: Scene) -> dict[str, Any]:
    """A registered place in `here`, as the counting knows it."""
    name = f"Chợ Mẫu {Place.objects.count()}"
    return {"place_id": registered_place(name, scene.here, last_day=clock.local_day(clock.now())).pk}


def register_of_here(scene: Scene) -> dict[str, Any]:
    """A register of the commune, and an entry of it that one registered place clearly is."""
    by = officer_with("rollout_manager", Scope("unit", str(scene.here.pk)))
    register = registers.begun(by, name="Danh sách mẫu", unit=scene.here)
    name, address = f"Quán Mẫu {register.pk}", f"{register.pk} Lê Lợi"
    category = Category.objects.get(code="restaurant").pk
    register_place(PlaceInput(name, scene.here.pk, category, address=address), by=by, now=clock.now())
    registers.bring(register, f"1,{name},quán ăn,{scene.here.code},{address},,,,,\n", by=by)
    return {"register_id": register.pk, "entry_id": registers.entry(name).pk}


def report_of_here(scene: Scene) -> dict[str, Any]:
    """A draft of a report about `here`, in the name of an agency of `here`, and a schedule that makes more."""
    now, today = clock.now(), clock.local_day(clock.now())
    by = officer_with("rollout_manager", Scope("unit", str(scene.here.pk)))
    counted(scene.here, today, registered=9, approved=8, active_day=7, scans=60)
    issuer = office(f"Phòng Mẫu {by.pk}", scene.here)
    draft = drafted(scene.here, issuer, today, by, kind="ad_hoc")
    row = schedule("daily", scene.here, issuer, at=time(16), weekday=None, to=[], by=by, now=now)
    return {"report_id": draft.pk, "kind": "xlsx", "schedule_id": row.pk}


_numbers = itertools.count(1)


def agency_of_here(scene: Scene) -> dict[str, Any]:
    """An agency that sits here, with a named officer."""
    now = clock.now()
    by, begins = officer_with("rollout_manager"), clock.local_day(now) - timedelta(days=2)
    name = f"Trạm Mẫu {next(_numbers)}"
    made = add_agency(name, "public_service", "health", unit=scene.here, parent=None, begins=begins, by=by, now=now)
    named = name_officer(made, Named("Lê Văn Mẫu", phone="0912345678"), by=by, now=now)
    return {"agency_id": made.pk, "appointment_id": named.pk}


def hand_over_of_here(scene: Scene) -> dict[str, Any]:
    """A dissolved agency that handed over to another, both here."""
    now, by = clock.now(), officer_with("rollout_manager")
    old, new = (Agency.objects.get(pk=agency_of_here(scene)["agency_id"]) for _ in range(2))
    close_agency(old, ends=clock.local_day(now), by=by, now=now)
    made = hand_agency_over(old, new, keep=[], seen=preview(old).seen, by=by, now=now)
    return {"receipt": made.receipt}


OBJECTS: dict[str, Callable[[Scene], dict[str, Any]]] = {
    "accounts:officer": officer_of_here,
    "people:person": person_of_here,
    "people:card": person_of_here,
    "people:standing": person_of_here,
    "places:place": place_of_here,
    "places:edit": place_of_here,
    "places:poster": place_of_here,
    "places:paper": place_of_here,
    "visits:type-in": place_of_here,
    "api:place": place_of_here,
    "gates:devices": place_of_here,
    **dict.fromkeys(CASE_PAGES, case_of_here),
    "tracing:hold": hold_of_here,
    **{f"directives:{page}": sent_of_here for page in ("document", "printed", "progress", "file", "task")},
    "directives:edit": draft_of_here,
    "directives:ladder": ladder_of_here,
    "directives:calls": ladder_of_here,
    **dict.fromkeys(("coverage:unit", "coverage:table", "coverage:export", "coverage:agency"), figures_of_here),
    **dict.fromkeys(("api:coverage-unit", "api:coverage-agency"), figures_of_here),
    **dict.fromkeys(("api:coverage-unit-series", "api:coverage-agency-series"), figures_of_here),
    "coverage:place": used_place_of_here,
    **dict.fromkeys(REGISTER_PAGES, register_of_here),
    **dict.fromkeys(("reports:report", "reports:file"), report_of_here),
    **dict.fromkeys(("inspections:place", "inspections:latest", "inspections:plan"), inspection_of_here),
    **dict.fromkeys((f"agencies:{page}" for page in ("agency", "edit", "hand-over")), agency_of_here),
    "agencies:receipt": hand_over_of_here,
}
"""Route name -> its arguments for an object that lies `here`."""
