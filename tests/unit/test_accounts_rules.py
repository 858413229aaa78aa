"""What the roles allow, and what the rules about links, sessions and devices say."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dauchan.accounts import rules
from dauchan.kernel.errors import BadInput

NOW = datetime(2021, 8, 17, 1, tzinfo=UTC)
HEALTH = {"health", "identity", "location", "contact"}


def test_every_role_is_made_of_known_permissions_and_has_a_name_in_both_languages():
    assert frozenset().union(*rules.ROLES.values()) <= rules.PERMISSIONS.keys()
    assert rules.ROLES.keys() == rules.ROLE_NAMES.keys()


def test_every_permission_is_held_by_some_role():
    assert [name for name in rules.PERMISSIONS if not rules.roles_allowing(name)] == []


@pytest.mark.parametrize(
    "role", ["administrator", "auditor", "data_protection_officer", "integrator", "gate_keeper", "agency_head"]
)
def test_no_health_data_is_open_to(role):
    assert {rules.PERMISSIONS[name].data_class for name in rules.ROLES[role]} & HEALTH == set()


def test_large_releases_are_approved_by_the_province_alone():
    assert rules.roles_allowing("case.approve_release") == {"province_health_officer"}


@pytest.mark.parametrize(
    ("role", "needed"),
    [
        ("gate_keeper", False),
        ("place_owner", False),
        ("investigator", True),
        ("administrator", True),
        ("auditor", True),
    ],
)
def test_a_second_factor_is_asked_of_who_sees_more_than_places(role, needed):
    assert rules.needs_second_factor(rules.ROLES[role]) is needed


@pytest.mark.parametrize(
    ("signed_in", "seen", "over"),
    [(0, 0, False), (719, 29, False), (720, 0, True), (60, 30, True), (29, 29, False)],
)
def test_a_session_ends_after_twelve_hours_or_thirty_idle_minutes(signed_in, seen, over):
    started, last = NOW - timedelta(minutes=signed_in), NOW - timedelta(minutes=seen)
    assert rules.session_is_over(NOW, signed_in_at=started, seen_at=last) is over


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "robot"}, "kind"),
        ({"name": " "}, "name"),
        ({"scopes": frozenset()}, "scopes"),
        ({"scopes": frozenset({"everything"})}, "scopes"),
        ({"scopes": frozenset({"scans:write", "people:register"})}, "scopes"),
        ({"scopes": frozenset({"scans:write", "scans:backfill"})}, "scopes"),
        ({"scopes": frozenset({"scans:paper"})}, "scopes"),
        ({"has_place": False}, "place_id"),
        ({"lifetime": timedelta(0)}, "expires_at"),
        ({"lifetime": timedelta(days=401)}, "expires_at"),
    ],
)
def test_a_gate_is_not_made_with(change, field):
    gate = {
        "kind": "gate",
        "name": "Cổng 1",
        "scopes": rules.GATE_SCOPES,
        "lifetime": timedelta(days=30),
        "has_place": True,
    }
    said = {**gate, **change}
    with pytest.raises(BadInput) as refused:
        rules.check_credential(said.pop("kind"), said.pop("name"), said.pop("scopes"), **said)
    assert refused.value.detail["field"] == field


def test_the_page_about_roles_tells_what_the_rules_say():
    page = (Path(__file__).parents[2] / "docs/reference/roles.md").read_text("utf-8")
    told = {
        name: set(roles.split(", "))
        for name, roles in re.findall(r"^\| `([\w.]+)`[^|]*\|[^|]*\| ([\w, ]+) \|$", page, re.MULTILINE)
    }
    assert told == {name: set(rules.roles_allowing(name)) for name in rules.PERMISSIONS}
