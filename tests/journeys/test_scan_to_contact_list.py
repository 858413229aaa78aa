"""The way of one scan to the contact list, played: docs/journeys/scan-to-contact-list.md, step by step.

Ana and Bình sat in the café; Bình met Chi afterwards, and Dũng only before. Guests are scanned through the API, the
investigator works through the pages.
"""

import pytest
from django.db import connection
from support.actors import Guest, Investigator
from support.town import Town, build

from dauchan.accounts.audit import rows_about
from dauchan.cases.models import Case
from dauchan.kernel import clock
from dauchan.kernel.sealing import seal
from dauchan.tracing.models import Contact

CLOCK = "2026-11-20T18:00+07:00"


@pytest.fixture(scope="module")
def town(server, database) -> Town:
    """The day as the gates recorded it, and derived."""
    from dauchan.visits.actions import derive_all

    made = build(server, database)
    ana, ben, chi, dung = (Guest(name, made) for name in ("ana", "ben", "chi", "dung"))
    dung.stays("ward", "08:00-09:00")
    ben.stays("ward", "08:30-09:30")
    ana.checks_in("cafe", at="10:00")
    ben.checks_in("cafe", at="10:20")
    ana.leaves("cafe", at="11:00")
    ben.leaves("cafe", at="11:30")
    ben.stays("market", "14:00-15:00")
    chi.stays("market", "14:30-16:00")
    derive_all(database.keyring, clock.now())
    return made


@pytest.fixture(scope="module")
def tracer(town) -> Investigator:
    return Investigator(town)


@pytest.fixture(scope="module")
def case(tracer) -> Case:
    confirmed = tracer.confirms("ana", onset="2026-11-20")
    tracer.proposes(confirmed)
    return confirmed


def rows(statement: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def dumped(table: str) -> str:
    """The whole table as text, as somebody with a stolen dump would read it."""
    return "\n".join(row[0] for row in rows(f"select row_to_json(row)::text from {table} row"))


def test_the_scan_stands_in_the_ledger_and_the_visit_beside_it_under_the_day_s_token_alone(town, database):
    today = clock.local_day(clock.now())
    token = seal(database.keyring.day_key(today), town.people["ana"])
    assert rows("select count(*) from visits_scan where token = %s", token) == [(2,)]
    (stay,) = rows("select arrived_at, seen_until, latest_departure from visits_visit where token = %s", token)
    assert [f"{each.astimezone(clock.LOCAL):%H:%M}" for each in stay] == ["10:00", "11:00", "11:00"]
    assert rows("select count(*) from visits_dirty") == [(0,)]
    for table in ("visits_scan", "visits_visit"):
        assert str(town.people["ana"]) not in dumped(table)
        assert town.people["ana"].hex not in dumped(table)


def test_a_guest_confirmed_today_puts_the_next_table_on_her_contact_list(tracer, case):
    assert tracer.sees_proposals_for(case) == [("ben", "F1", 40)]
    assert "Cùng Cafe, Cổng 1, 10:20–11:00 ngày 20/11/2026: 40 phút chắc chắn" in tracer.reads(case)


def test_the_engine_only_proposes(case):
    assert case.proposals.count() == 1
    assert case.contacts.count() == 0


def test_once_ben_is_confirmed_as_f1_whoever_he_met_afterwards_is_proposed_as_f2(tracer, case):
    tracer.decides(case, "ben", "close")
    tracer.proposes(case)
    assert tracer.sees_proposals_for(case) == [("chi", "F2", 30)]
    assert "Cùng Market, Cổng 1, 14:30–15:00 ngày 20/11/2026: 30 phút chắc chắn" in tracer.reads(case)


def test_whoever_met_ben_only_before_the_café_is_on_no_list(town, case):
    assert not case.proposals.filter(person_id=town.people["dung"]).exists()


def test_the_officer_decides_on_the_second_generation_too(town, tracer, case):
    tracer.decides(case, "chi", "close")
    contacts = {contact.person_id: contact for contact in Contact.objects.filter(case=case)}
    assert {person: contact.generation for person, contact in contacts.items()} == {
        town.people["ben"]: 1,
        town.people["chi"]: 2,
    }
    assert {contact.decided_by for contact in contacts.values()} == {tracer.officer}


def test_where_and_when_they_met_stands_in_no_row_in_clear(town, case):
    for table in ("cases_milestone", "tracing_proposal", "tracing_contact"):
        found = dumped(table)
        assert found
        assert "Cafe" not in found
        assert "2026-11-20T03:20" not in found, "10:20 in the café, as UTC"


def test_the_call_sheet_names_both_and_each_of_them_can_see_who_looked(town, tracer, case):
    release, sheet = tracer.takes_a_call_sheet(case, people=2)
    for expected in ("Nguyễn Văn Bình", "0912000001", "Nguyễn Văn Chi", "0912000002", release.marker):
        assert expected in sheet, expected
    for name in ("ben", "chi"):
        (look,) = [row for row in rows_about(town.people[name]) if row.event == "person.revealed"]
        assert (look.case_ref, look.officer_id) == (case.code, tracer.officer.pk)
        assert release.marker in look.purpose
