"""Drafts that wait to be issued: who is told of them, who sees that they wait, and what each of them corrects."""

from datetime import date

import pytest
from support.bulletin import counted
from support.officers import officer_with, signed_in
from support.reports import SIGNATURE, drafted, office
from support.scene import Scene, two_communes

from dauchan.accounts.actions import Scope
from dauchan.kernel import clock
from dauchan.reports import actions, queries

CLOCK = "2026-11-20T16:30+07:00"
TODAY = date(2026, 11, 20)
pytestmark = pytest.mark.usefixtures("database", "full_budgets")


@pytest.fixture(scope="module")
def scene(database) -> Scene:
    scene = two_communes()
    counted(scene.here, TODAY, registered=3, approved=3, active_day=1)
    return scene


# --- who sees that they wait ------------------------------------------------------------------------------------------


def test_drafts_wait_for_whoever_may_issue_them_and_the_list_shows_just_these(scene, monkeypatch):
    here, elsewhere = (
        officer_with("focal_officer", Scope("unit", str(one.pk))) for one in (scene.here, scene.elsewhere)
    )
    inspector = officer_with("inspector", Scope("unit", str(scene.here.pk)))
    made = [drafted(scene.here, office(f"Phòng {name}", scene.here), TODAY, here) for name in "ABC"]
    assert [queries.drafts_waiting(one, TODAY) for one in (here, elsewhere, inspector)] == [3, 0, 0]
    actions.issue(made[0].pk, SIGNATURE, by=here, now=clock.now())
    assert queries.drafts_waiting(here, TODAY) == 2
    page = signed_in(here).get("/trien-khai/bao-cao?state=draft").content.decode()
    assert [f'/trien-khai/bao-cao/{one.pk}"' in page for one in made] == [False, True, True]
    monkeypatch.setattr(queries, "DRAFTS_COUNTED", 1)
    assert queries.drafts_waiting(here, TODAY) == 1
