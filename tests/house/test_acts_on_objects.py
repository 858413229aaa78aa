"""Acts on one object are done by officers of its unit, and refused to those of another, who change nothing by trying.

A new route that takes POST and names one object needs one line in `ACTS`: an object inside the unit `here` and a body
that does something. That it does is tested too: the same request of an officer of `here` must change the database.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, override_settings
from support.account_acts import ACCOUNT_ACTS
from support.acts import Act, here
from support.agency_acts import AGENCY_ACTS
from support.directive_acts import DIRECTIVE_ACTS
from support.guides import GUIDE_ACTS
from support.officers import officer_with, signed_in
from support.report_acts import REPORT_ACTS
from support.rollout_acts import ROLLOUT_ACTS
from support.routes import Address, addresses
from support.scene import (
    Scene,
    case_of_here,
    hold_of_here,
    person_of_here,
    place_of_here,
    two_communes,
)

from dauchan.accounts import rules
from dauchan.accounts.actions import Scope
from dauchan.cases.actions import tell_milestone
from dauchan.cases.models import Case, Milestone
from dauchan.cases.queries import MilestoneEvidence
from dauchan.citizens import requests as data_requests
from dauchan.gates.actions import join, offer_device
from dauchan.kernel import clock
from dauchan.owners.actions import hand_over
from dauchan.people.actions import issue_pass, merge, register_person
from dauchan.people.models import Device, MergeProposal
from dauchan.people.queries import by_handle, handle_of
from dauchan.people.rules import Identity
from dauchan.places.models import Place, Point, PosterReport
from dauchan.places.reports import report
from dauchan.tracing.decisions import decide
from dauchan.tracing.models import Grade, Proposal
from dauchan.web.route import Route
from dauchan.web.routes import ROUTES

CLOCK = "2026-03-02T08:00+07:00"
LOOKS = ("accounts_auditrow",)
"""What a mere look writes: searching and asking are written down whoever does it."""
PASSING = ("django_session", "accounts_counter")
WITHOUT_EFFECT = frozenset({"tracing:milestones"})
"""Pages that take a half-filled form back and change nothing for anybody."""
TABLES = """
select relname
from pg_class
where relnamespace = current_schema()::regnamespace and relkind = 'r' and relname !~ '^(units|visits_(scan|visit)_)'
order by relname
"""


@pytest.fixture(scope="module")
def scene(database) -> Scene:
    officer_with("administrator")  # the last one could not be shut out, and neither could anybody before there is one
    return two_communes()


# --- people -----------------------------------------------------------------------------------------------------------


def person(scene: Scene, **body: Any) -> Act:
    return Act(person_of_here(scene), body)


def person_with_pass(scene: Scene) -> Act:
    act = person(scene, reason="lost")
    issue_pass(by_handle(act.arguments["handle"]), now=clock.now())
    return act


def twins(scene: Scene) -> Act:
    by, now = here("commune_health_officer", scene), clock.now()
    phone = f"09{by.pk:08}"
    register_person(Identity(name="Trần Thị Mẫu", phone=phone), scene.here.pk, by=by, now=now)
    return person(scene, kind="phone", value=phone)


def merged(scene: Scene) -> Act:
    by, now = here("commune_health_officer", scene), clock.now()
    one, other = (register_person(Identity(name="Mẫu"), scene.here.pk, by=by, now=now).pk for _ in range(2))
    merge(one, into=other, by=by, now=now)
    return Act({"handle": handle_of(one)})


def told_twice(scene: Scene) -> Act:
    """Somebody who told a document that another bears."""
    by, now = here("commune_health_officer", scene), clock.now()
    one, other = (register_person(Identity(name="Mẫu"), scene.here.pk, by=by, now=now) for _ in range(2))
    made = MergeProposal.objects.create(alias=one, canonical=other, kind="cccd", made_at=now)
    return Act({"proposal_id": made.pk}, {"act": "accept"})


def a_request(scene: Scene) -> Act:
    """What somebody of here asked about their data."""
    now, by = clock.now(), here("commune_health_officer", scene)
    asked_by = register_person(Identity(name="Mẫu"), scene.here.pk, by=by, now=now)
    device = Device.objects.create(
        person=asked_by,
        secret_hash=asked_by.pk.bytes,
        made_at=now,
        seen_on=clock.local_day(now),
        expires_at=now + timedelta(days=1),
        proved_at=now,
    )
    return Act({"number": data_requests.ask(device, "see", "", now=now).pk}, {"act": "answer"})


# --- places -----------------------------------------------------------------------------------------------------------


def place(scene: Scene, **body: Any) -> Act:
    return Act(place_of_here(scene), body)


def a_point(scene: Scene) -> Act:
    act = place(scene, step="renew")
    return Act(act.arguments | {"point_id": Point.objects.get(place_id=act.arguments["place_id"]).pk}, act.body)


def a_report(scene: Scene) -> Act:
    """Somebody said that a poster of a place hangs elsewhere."""
    act = place(scene, note="đã gỡ")
    point = Point.objects.select_related("place").get(place_id=act.arguments["place_id"])
    report(point, point.serial, network=f"test {point.pk}", now=clock.now())
    return Act(act.arguments | {"report_id": PosterReport.objects.get(point=point).pk}, act.body)


def other_particulars(scene: Scene) -> Act:
    act = place(scene, name="Chợ Khác", unit=scene.here.pk, unit_text=str(scene.here))
    return Act(act.arguments, act.body | {"category": Place.objects.get(pk=act.arguments["place_id"]).category_id})


# --- gates ------------------------------------------------------------------------------------------------------------


def a_gate(scene: Scene) -> Act:
    """A device of a place with its first keeper."""
    act, now = place(scene), clock.now()
    chosen = Place.objects.get(pk=act.arguments["place_id"])
    by = here("commune_health_officer", scene)
    _row, code = offer_device(chosen, "Cổng", until=now + timedelta(days=1), takes_paper=False, by=by, now=now)
    keeper = join(code, "Tư", network="test", now=now).keeper
    return Act(act.arguments | {"device_id": keeper.device_id, "keeper_id": keeper.pk})


def a_hand_over(scene: Scene) -> Act:
    """What the owner of a place handed over."""
    now, by = clock.now(), here("commune_health_officer", scene)
    chosen = Place.objects.get(pk=place(scene).arguments["place_id"])
    owner = register_person(Identity(name="Chủ"), scene.here.pk, by=by, now=now).pk
    made = hand_over(chosen, now - timedelta(hours=2), now - timedelta(hours=1), "nghi", by=owner, now=now)
    return Act({"receipt": made.receipt})


# --- cases ------------------------------------------------------------------------------------------------------------


def case(scene: Scene, **body: Any) -> Act:
    return Act(case_of_here(scene), body)


def local_minutes(hours_ago: int) -> str:
    return (clock.now() - timedelta(hours=hours_ago)).astimezone(clock.LOCAL).strftime("%Y-%m-%dT%H:%M")


def a_milestone(scene: Scene) -> Act:
    act, now = case(scene, state="set_aside"), clock.now()
    told = MilestoneEvidence(
        start=now - timedelta(hours=9), end=now - timedelta(hours=8), place_name="Quán", unit_id=scene.here.pk
    )
    by = here("commune_health_officer", scene)
    made: Milestone = tell_milestone(Case.objects.get(code=act.arguments["code"]), told, by=by, now=now)
    return Act(act.arguments | {"milestone_id": made.pk}, act.body)


def a_proposal(scene: Scene) -> Act:
    act = case(scene, grade="casual")
    return Act(act.arguments, act.body | {"proposal": act.arguments["proposal_id"]})


def a_proposal_by_program(scene: Scene) -> Act:
    act = case(scene, grade="casual")
    return Act(act.arguments, act.body | {"proposals": [act.arguments["proposal_id"]]})


def a_contact(scene: Scene) -> Act:
    act = case(scene, grade="casual")
    return Act(act.arguments, act.body | {"contact": act.arguments["contact_id"]})


def decided(scene: Scene) -> Act:
    act, by = case(scene), here("commune_health_officer", scene)
    chosen = Proposal.objects.filter(pk=act.arguments["proposal_id"])
    one = Case.objects.get(code=act.arguments["code"])
    batch = decide(one, chosen, Grade.CASUAL, by=by, now=clock.now())
    return Act(act.arguments | {"batch_id": batch.pk})


def other_dates(scene: Scene) -> Act:
    today = clock.local_day(clock.now())
    act = case(scene, onset_on=today - timedelta(days=2), sampled_on="", confirmed_on=today, apply="1")
    officer = signed_in(here("commune_health_officer", scene))
    preview = officer.post(f"/ca-benh/{act.arguments['code']}/sua", act.body | {"apply": ""})
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', preview.content.decode())
    return Act(act.arguments, act.body | {"seen": seen})


def a_waiting_sheet(scene: Scene) -> Act:
    with override_settings(TRACING_SECOND_APPROVER_ABOVE=0):
        return case(scene, answer="approve")


def a_sheet(scene: Scene) -> Act:
    act = place(scene, day=f"{clock.local_day(clock.now())}", line="1.a", time="00:05", name="", year="")
    point = Point.objects.get(place_id=act.arguments["place_id"])
    return Act(act.arguments, act.body | {"point": point.pk, "who": "0912345345", "direction": "in"})


PURPOSE = {"purpose": "gọi điện"}
TOLD_PERSON = {"person": "new", "name": "Chi", "relation": "bạn", "grade": "close"}
SHEET = {"confirm": "1", "expected": "1", "recipient": "Trạm", "purpose": "gọi điện", "grade": "close"}


ACTS: dict[str, Callable[[Scene], Act]] = {
    "people:card": person,
    "people:reissue": person_with_pass,
    "people:standing": lambda scene: person(
        scene, colour="red", action_vi="Mời ra", action_en="Leave", until="2026-03-09", reason="nghi nhiễm"
    ),
    "people:merge": twins,
    "people:decide-proposal": told_twice,
    "citizens:request-act": a_request,
    "people:part": merged,
    "places:edit": other_particulars,
    "places:step": lambda scene: place(scene, step="suspend", reason="hết phép"),
    "places:add-point": lambda scene: place(scene, name="Cổng sau", kind="gate", direction="out"),
    "places:point-step": a_point,
    "places:close-report": a_report,
    "visits:type-in": a_sheet,
    "owners:take": a_hand_over,
    "gates:devices": lambda scene: place(scene, name="Cổng trước", days="30"),
    **dict.fromkeys(("gates:add-keeper", "gates:revoke", "gates:end-keeper"), a_gate),
    "tracing:tell-milestone": lambda scene: case(
        scene, place_name="Quán", unit=scene.here.pk, start=local_minutes(9), end=local_minutes(8)
    ),
    "cases:decide-milestone": a_milestone,
    "cases:share": lambda scene: case(scene, unit=scene.elsewhere.pk),
    "tracing:tell-contact": lambda scene: case(scene, last_exposure=local_minutes(8), **TOLD_PERSON),
    "tracing:milestones": case,
    "tracing:contacts": lambda scene: case(scene, name="Mẫu"),
    "tracing:regrade": a_contact,
    "tracing:revise": other_dates,
    "tracing:reveal-case": lambda scene: case(scene, **PURPOSE),
    "tracing:propose": lambda scene: case(scene, generations="1"),
    "tracing:decide": a_proposal,
    "tracing:undo": decided,
    "tracing:reveal-proposal": lambda scene: case(scene, **PURPOSE),
    "tracing:ask-release": lambda scene: case(scene, **SHEET),
    "tracing:holds": lambda scene: case(scene, reason="CV 1", until=clock.local_day(clock.now())),
    "tracing:end-hold": lambda scene: Act(hold_of_here(scene), {"why": "xong"}),
    "tracing:reveal-contact": lambda scene: case(scene, **PURPOSE),
    "tracing:decide-release": a_waiting_sheet,
    "tracing:sheet": case,
    "tracing:spreadsheet": case,
    **ACCOUNT_ACTS,
    **AGENCY_ACTS,
    **DIRECTIVE_ACTS,
    **REPORT_ACTS,
    **ROLLOUT_ACTS,
    **GUIDE_ACTS,
    "api:propose": lambda scene: case(scene, generations=1),
    "api:decisions": a_proposal_by_program,
    "api:undo-decision": decided,
}
"""Route name -> an object that lies `here`, and what is asked of it."""


# --- the tests --------------------------------------------------------------------------------------------------------


ADDRESSES = {address.name: address for address in addresses()}


def acts_on_one_object() -> list[tuple[Route, Address]]:
    rows = [route for route in ROUTES if "POST" in route.methods and route.name in ADDRESSES]
    named = [(route, ADDRESSES[route.name]) for route in rows if ADDRESSES[route.name].blanks]
    return [(route, address) for route, address in named if route.scope not in ("none", "self")]


def state(*, without: tuple[str, ...]) -> dict[str, str]:
    """A fingerprint of each table."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [name for (name,) in cursor.fetchall() if name not in without]
        found = {}
        for name in tables:
            cursor.execute(f"select coalesce(string_agg(md5(t::text), '' order by md5(t::text)), '') from \"{name}\" t")
            found[name] = hashlib.sha256(cursor.fetchone()[0].encode()).hexdigest()
    return found


def ask(route: Route, path: str, body: dict[str, Any], client: Client) -> int:
    client.raise_request_exception = False
    for sent in body.values():
        if isinstance(sent, SimpleUploadedFile):
            sent.seek(0)
    if route.name.startswith("api:"):
        return client.post(path, body, content_type="application/json").status_code
    return client.post(path, body).status_code


def roles_of(route: Route) -> set[str]:
    """Every role that comes through this route's door."""
    return {role for permission in route.permission.split("|") for role in rules.roles_allowing(permission)}


def test_every_act_on_one_object_says_how_it_is_tried():
    assert {route.name for route, _ in acts_on_one_object()} ^ ACTS.keys() == set()


@pytest.mark.parametrize(
    ("route", "address"),
    [(route, address) for route, address in acts_on_one_object() if route.name in ACTS],
    ids=lambda value: getattr(value, "name", ""),
)
def test_an_act_is_done_by_an_officer_of_the_unit_and_refused_to_all_of_another(scene, route, address):
    act = ACTS[route.name](scene)
    path, roles = address.path(act.arguments.__getitem__), sorted(roles_of(route))
    strangers = {role: signed_in(officer_with(role, Scope("unit", str(scene.elsewhere.pk)))) for role in roles}
    friend = signed_in(act.by or here(max(roles, key="province_health_officer".__eq__), scene))
    before = state(without=(*PASSING, *LOOKS))
    answers = {role: ask(route, path, act.body, client) for role, client in strangers.items()}
    assert {role: answer for role, answer in answers.items() if answer not in (403, 404)} == {}
    assert changed(before, state(without=(*PASSING, *LOOKS))) == set()
    before = state(without=PASSING)
    assert ask(route, path, act.body, friend) < 400
    assert (changed(before, state(without=PASSING)) == set()) == (route.name in WITHOUT_EFFECT)


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before if before[name] != after[name]}
