"""Scans that fell outside the rules wait for an officer of their place, who takes them or leaves them out."""

from datetime import timedelta

import pytest
from django.db import connection
from support.officers import officer_with, signed_in
from support.town import Town, build

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import AuditRow
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput
from dauchan.kernel.sealing import unseal
from dauchan.units.queries import unit_by_code
from dauchan.visits import queries
from dauchan.visits.review import decide_kept

CLOCK = "2026-11-20T12:00+07:00"


@pytest.fixture(scope="module")
def town(server, database) -> Town:
    return build(server, database)


@pytest.fixture(scope="module")
def reviewer(town):
    return officer_with("province_health_officer")


def kept(town: Town) -> dict:
    scan = town.scan("ana", "market", clock.now() - timedelta(days=9))
    assert town.statuses(scan, token=town.gate_token) == ["kept backlog"]
    return scan


def waiting(someone) -> list[str]:
    return [str(line.id) for line in queries.kept_waiting(someone, clock.local_day(clock.now())).lines]


def decide(town, someone, scan, *, accept, reason="đã gọi hỏi cổng"):
    return decide_kept(
        [scan["id"]], accept=accept, reason=reason, by=someone, keyring=town.database.keyring, now=clock.now()
    )


def test_an_accepted_scan_becomes_a_visit_of_its_own_day_and_person(town, reviewer, derive):
    scan = kept(town)
    assert decide(town, reviewer, scan, accept=True).decided == 1
    assert scan["id"] not in waiting(reviewer)
    derive()
    with connection.cursor() as cursor:
        cursor.execute("select day, token from visits_visit where arrived_at < %s", [clock.now() - timedelta(days=8)])
        ((day, token),) = cursor.fetchall()
    assert unseal(town.database.keyring.day_key(day), bytes(token)) == town.people["ana"]
    assert AuditRow.objects.filter(event="scans.accepted", count=1).exists()
    assert town.statuses(scan, token=town.gate_token) == ["duplicate"]


def test_a_rejected_scan_stays_out_and_can_not_be_decided_again(town, reviewer):
    scan = kept(town)
    assert decide(town, reviewer, scan, accept=False).decided == 1
    assert decide(town, reviewer, scan, accept=True).decided == 0


def test_nobody_decides_without_a_reason(town, reviewer):
    with pytest.raises(BadInput):
        decide(town, reviewer, kept(town), accept=True, reason="  ")


def test_an_officer_of_another_commune_neither_sees_nor_decides(town):
    elsewhere = unit_by_code("24646", clock.local_day(clock.now()))
    stranger = officer_with("commune_health_officer", Scope("unit", str(elsewhere.pk)))
    scan = kept(town)
    assert waiting(stranger) == []
    assert decide(town, stranger, scan, accept=True).decided == 0


def test_the_page_lists_what_waits_without_saying_who(town, reviewer):
    scan = kept(town)
    page = signed_in(reviewer).get("/luot-quet").content.decode()
    assert scan["id"] in page
    assert "Cổng chợ" in page
    assert "Nguyễn" not in page


@pytest.mark.parametrize("after", ["", "x", "0001-01-01T00:00~00000000-0000-0000-0000-000000000000", "9999-12-31~x"])
def test_a_made_up_key_of_the_next_page_is_no_error(reviewer, after):
    assert signed_in(reviewer).get("/luot-quet", {"after": after}).status_code == 200


def test_two_officers_who_accept_the_same_scan_at_once_record_it_once(town, reviewer):
    from concurrent.futures import ThreadPoolExecutor

    scan = kept(town)

    def accept(_: int) -> int:
        try:
            return decide(town, reviewer, scan, accept=True).decided
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(accept, range(2))) == [0, 1]
