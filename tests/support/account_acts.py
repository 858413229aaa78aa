"""Acts on one officer, role, link or credential, for the test that officers of another unit are refused them."""

from datetime import timedelta
from typing import Any

from support.acts import Act, here
from support.officers import officer_with
from support.scene import Scene, officer_of_here

from dauchan.accounts.actions import Scope, create_credential, switch_off
from dauchan.accounts.invitations import invite
from dauchan.accounts.models import Officer, OneTimeLink, Role
from dauchan.kernel import clock


def colleague(scene: Scene, **body: Any) -> Act:
    return Act(officer_of_here(scene), body)


def a_role(scene: Scene) -> Act:
    return Act({"grant_id": Role.objects.get(officer_id=officer_of_here(scene)["officer_id"]).pk})


def one_shut_out(scene: Scene) -> Act:
    act = colleague(scene)
    switch_off(Officer.objects.get(pk=act.arguments["officer_id"]), by=officer_with("administrator"), now=clock.now())
    return act


def an_invitation(scene: Scene) -> Act:
    by, at = here("administrator", scene), Scope("unit", str(scene.here.pk))
    invite(f"moi.{by.pk}@dauchan.test", "investigator", at, by=by, now=clock.now())
    return Act({"link_id": OneTimeLink.objects.latest("pk").pk}, by=by)


def a_credential(scene: Scene) -> Act:
    made, _token = create_credential(
        kind="integrator",
        name="Ứng dụng",
        scopes=["scans:write"],
        expires_at=clock.now() + timedelta(days=1),
        unit_id=scene.here.pk,
        by=None,
        now=clock.now(),
    )
    return Act({"credential_id": made.pk})


ACCOUNT_ACTS = {
    "accounts:grant": lambda scene: colleague(
        scene, role="auditor", scope_kind="unit", scope_name=f"{scene.here.code}"
    ),
    "accounts:end-role": a_role,
    "accounts:switch-off": colleague,
    "accounts:switch-on": one_shut_out,
    "accounts:reset": colleague,
    "accounts:revoke-link": an_invitation,
    "accounts:revoke-credential": a_credential,
}
"""Route name -> an object that lies `here`, and what is asked of it."""
