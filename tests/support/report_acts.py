"""Acts on one report or schedule, for the test that officers of another unit are refused them."""

from typing import Any

from support.acts import Act
from support.officers import officer_with
from support.reports import SIGNATURE
from support.scene import Scene, report_of_here

from dauchan.accounts.actions import Scope
from dauchan.kernel import clock
from dauchan.reports.actions import issue


def _report(scene: Scene) -> dict[str, Any]:
    return {"report_id": report_of_here(scene)["report_id"]}


def a_draft(scene: Scene) -> Act:
    return Act(_report(scene), {"symbol": "BC-PM", "signer_title": "TRƯỞNG PHÒNG", "signer_name": "Nguyễn Văn A"})


def an_issued_report(scene: Scene) -> Act:
    of_here = _report(scene)
    by = officer_with("rollout_manager", Scope("unit", str(scene.here.pk)))
    made = issue(of_here["report_id"], SIGNATURE, by=by, now=clock.now())
    return Act(of_here, {"to": [str(made.issuer_id)]})


REPORT_ACTS = {
    "reports:issue": a_draft,
    "reports:send": an_issued_report,
    "reports:act": lambda scene: Act(_report(scene), {"act": "discard"}),
    "reports:end-schedule": lambda scene: Act({"schedule_id": report_of_here(scene)["schedule_id"]}),
}
"""Route name -> an object that lies `here`, and what is asked of it."""
