"""Acts on agencies, their officers, invitations and questions, for the house test of acts on one object."""

from collections.abc import Callable
from typing import Any

from support.acts import Act, here
from support.scene import Scene, agency_of_here, hand_over_of_here, place_of_here

from dauchan.agencies import rules
from dauchan.agencies.handing import preview
from dauchan.agencies.inviting import invite_named
from dauchan.agencies.models import Question
from dauchan.kernel import clock
from dauchan.units.actions import close_agency, guide
from dauchan.units.models import Agency


def an_agency(scene: Scene, **body: Any) -> Act:
    act = agency_of_here(scene)
    return Act({"agency_id": act["agency_id"]}, body, by=here("rollout_manager", scene))


def of_its_officers(scene: Scene, **body: Any) -> Act:
    return Act(an_agency(scene).arguments, body, by=here("focal_officer", scene))


def other_agency(scene: Scene) -> Act:
    told = {"name": "Trạm Khác", "kind": "public_service", "sector": "health", "unit": scene.here.pk}
    return an_agency(scene, **told, unit_text=str(scene.here), parent="")


def with_guidance(scene: Scene) -> Act:
    act, other = an_agency(scene), Agency.objects.get(pk=an_agency(scene).arguments["agency_id"])
    made = guide(other, Agency.objects.get(pk=act.arguments["agency_id"]), begins=other.valid_from)
    return Act(act.arguments | {"guidance_id": made.pk}, by=act.by)


def to_hand_over(scene: Scene) -> Act:
    act, new = an_agency(scene), an_agency(scene).arguments["agency_id"]
    old = Agency.objects.get(pk=act.arguments["agency_id"])
    close_agency(old, ends=clock.local_day(clock.now()))
    return Act(act.arguments, {"to": f"#{new}", "seen": preview(old).seen}, by=act.by)


def handed_over(scene: Scene) -> Act:
    return Act(hand_over_of_here(scene), by=here("focal_officer", scene))


def a_naming(scene: Scene, **body: Any) -> Act:
    return Act(agency_of_here(scene), body, by=here("rollout_manager", scene))


def an_agencys_invitation(scene: Scene) -> Act:
    by, named = here("rollout_manager", scene), agency_of_here(scene)["appointment_id"]
    made = invite_named(named, letter=True, base_url="https://dauchan.test", by=by, now=clock.now())
    return Act({"invitation_id": made.pk}, {"act": "revoke"}, by=by)


def a_question(scene: Scene) -> Act:
    place_id = place_of_here(scene)["place_id"]
    made = Question.objects.create(place_id=place_id, text="Dán ở đâu?", asked_at=clock.now())
    return Act({"question_id": made.pk}, {"answer": "Ở cửa"}, by=here("focal_officer", scene))


HELD = {"kind": "visit", "subject": "dán mã", "audience": "chủ quán", "reached": "3", "held_on": "2026-03-01"}

AGENCY_ACTS: dict[str, Callable[[Scene], Act]] = {
    "agencies:edit": other_agency,
    "agencies:close": lambda scene: an_agency(scene, ends="2026-03-09"),
    "agencies:add-guidance": lambda scene: an_agency(
        scene, direction="guides", other=f"#{an_agency(scene).arguments['agency_id']}"
    ),
    "agencies:end-guidance": with_guidance,
    "agencies:hand-over": to_hand_over,
    "agencies:take": handed_over,
    "agencies:name": lambda scene: an_agency(
        scene, name="Hồ Thị Mẫu", duty="focal_officer", post="office", phone="0912345679"
    ),
    "agencies:appointment-act": lambda scene: a_naming(scene, act="end"),
    "agencies:invite-named": lambda scene: a_naming(scene, how="message"),
    "agencies:invitation-act": an_agencys_invitation,
    "agencies:attest": lambda scene: of_its_officers(scene, seen=rules.hash_of([])),
    "agencies:log-session": lambda scene: of_its_officers(scene, **HELD),
    "agencies:join-sheet": of_its_officers,
    "agencies:answer": a_question,
}
