"""Who may do what is asked once while a page is made, and anew for the next page and while something changes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from support.officers import officer_with, signed_in

from dauchan.accounts.actions import Scope, grant_role
from dauchan.accounts.models import Role
from dauchan.accounts.queries import has_permission
from dauchan.kernel import clock
from dauchan.kernel.once import once, remembering

pytestmark = pytest.mark.usefixtures("database")


def test_a_page_asks_once_for_the_roles_of_its_officer():
    desk = signed_in(officer_with("rollout_manager", Scope("all")))
    with CaptureQueriesContext(connection) as asked:
        assert desk.get("/trien-khai").status_code == 200
    roles = [query for query in asked.captured_queries if 'FROM "accounts_role"' in query["sql"]]
    assert len(roles) == 1


def test_a_role_that_ends_closes_the_next_page():
    officer = officer_with("rollout_manager", Scope("all"))
    desk = signed_in(officer)
    assert desk.get("/trien-khai").status_code == 200
    Role.objects.filter(officer=officer).update(valid_to=clock.local_day(clock.now()))
    assert desk.get("/trien-khai").status_code == 403


def test_outside_a_page_every_question_is_put_anew():
    officer, now = officer_with("auditor"), clock.now()
    assert not has_permission(officer, "rollout.view", clock.local_day(now))
    grant_role(officer, "rollout_manager", Scope("all"), by=None, now=now)
    assert has_permission(officer, "rollout.view", clock.local_day(now))


def test_an_answer_is_kept_by_its_arguments_until_the_block_ends():
    calls: list[tuple[int, int]] = []

    @once
    def added(one: int, other: int = 0) -> int:
        calls.append((one, other))
        return one + other

    with remembering():
        assert [added(1), added(1), added(1, other=2), added(1, other=2)] == [1, 1, 3, 3]
    assert calls == [(1, 0), (1, 2)]
    added(1)
    assert len(calls) == 3
