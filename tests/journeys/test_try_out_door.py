"""A try-out is entered by a one-time link; anywhere else such links, and what they opened, are worth nothing."""

from dataclasses import replace

import pytest
from django.conf import settings
from django.db import connection
from support.officers import browser, officer_with

from dauchan.accounts.actions import Scope, create_officer, grant_role
from dauchan.accounts.invitations import accept_link
from dauchan.accounts.models import Officer
from dauchan.accounts.rules import LinkUsedUp, NotTryOut
from dauchan.accounts.try_out import enter_by_link, try_out_link
from dauchan.kernel import clock

CLOCK = "2026-11-20T12:00+07:00"


@pytest.fixture(scope="module")
def officer(database) -> Officer:
    """Somebody who may see identities, so needs a second factor, and has none; nor a password."""
    made = create_officer(email="cdc@dauchan.test", name="CDC", password=None, now=clock.now())
    grant_role(made, "province_health_officer", Scope("all"), by=None, now=clock.now())
    return made


@pytest.fixture
def real_installation(database):
    """The same installation without its mark."""
    marked = settings.INSTALLATION
    settings.INSTALLATION = replace(marked, try_out=False)
    yield
    settings.INSTALLATION = marked


@pytest.fixture
def inside(officer):
    """A browser that came in by a link."""
    visitor = browser()
    path = f"/vao-thu/{try_out_link(officer, now=clock.now())}"
    assert visitor.get(path).status_code == 200
    assert visitor.post(path, {"to": "desk"}).url == "/ban-lam-viec"
    return visitor


def test_a_link_signs_its_officer_in_without_password_and_second_factor(inside):
    assert inside.get("/ban-lam-viec").status_code == 200
    assert inside.get("/ca-benh").status_code == 200


def test_looking_at_a_link_does_not_use_it_up_and_going_in_does(officer):
    token = try_out_link(officer, now=clock.now())
    path = f"/vao-thu/{token}"
    assert [browser().get(path).status_code for _ in range(2)] == [200, 200]
    browser().post(path, {"to": "desk"})
    assert browser().get(path).status_code == 410
    assert browser().post(path, {"to": "desk"}).status_code == 410


def test_a_new_link_ends_the_older_ones_of_that_officer(officer):
    older = try_out_link(officer, now=clock.now())
    try_out_link(officer, now=clock.now())
    with pytest.raises(LinkUsedUp):
        enter_by_link(older, now=clock.now())


def test_an_unknown_link_tells_nothing(database):
    assert browser().get("/vao-thu/ABCDEF").status_code == 410


def test_a_real_installation_makes_no_such_links_and_opens_none(officer, real_installation):
    with pytest.raises(NotTryOut):
        try_out_link(officer, now=clock.now())
    with pytest.raises(NotTryOut):
        enter_by_link("ABCDEF", now=clock.now())
    assert browser().get("/vao-thu/ABCDEF").status_code == 403


def test_a_link_made_in_a_try_out_is_refused_once_the_mark_is_gone(officer, request):
    token = try_out_link(officer, now=clock.now())
    request.getfixturevalue("real_installation")
    assert browser().get(f"/vao-thu/{token}").status_code == 403
    assert browser().post(f"/vao-thu/{token}", {"to": "desk"}).status_code == 403


def test_a_session_opened_by_a_link_must_set_up_a_second_factor_once_the_mark_is_gone(inside, request):
    request.getfixturevalue("real_installation")
    answer = inside.get("/ca-benh")
    assert (answer.status_code, answer.url) == (302, "/tai-khoan")


def test_a_try_outs_link_is_no_invitation(officer):
    token = try_out_link(officer, now=clock.now())
    assert browser().get(f"/loi-moi/{token}").status_code == 410
    with pytest.raises(LinkUsedUp):
        accept_link(token, name="X", email="x@dauchan.test", password="một câu khá dài để nhớ", now=clock.now())


def test_an_ordinary_sign_in_in_a_try_out_still_needs_the_second_factor(database):
    officer = officer_with("investigator", second_factor=False)
    visitor = browser()
    visitor.force_login(officer)
    assert visitor.get("/ca-benh").url == "/tai-khoan"


def test_going_in_is_written_in_the_audit_log(inside, officer):
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from accounts_auditrow where event = 'officer.try_out_link_made'")
        assert cursor.fetchone()[0] > 0
        cursor.execute(
            "select count(*) from accounts_auditrow where event = 'officer.signed_in' and officer_id = %s", [officer.pk]
        )
        assert cursor.fetchone()[0] > 0
