"""Looks that should leave a trace, an erasure that must be whole, and forms that no page sends."""

import pytest
from support.officers import officer_with, signed_in
from support.people import NOW, someone

from dauchan.accounts import queries as accounts
from dauchan.accounts.actions import Scope
from dauchan.accounts.models import AuditRow, Officer
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound
from dauchan.people import actions, erasing, keystore, queries
from dauchan.people.models import Person
from dauchan.people.rules import Identity
from dauchan.units.queries import unit_by_code

CLOCK = "2021-08-17T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def officer(database) -> Officer:
    return officer_with("commune_health_officer")


@pytest.fixture(scope="module")
def protector(database) -> Officer:
    return officer_with("data_protection_officer")


def page_of(person: Person, part: str = "") -> str:
    return f"/nguoi-dan/{queries.handle_of(person.pk)}{part}"


def looks(person: Person) -> list[str]:
    return [look.event for look in queries.looks_at(person.pk)]


# --- every look is written down ---------------------------------------------------------------------------------------


def test_asking_at_registration_whom_scans_know_by_a_phone_is_a_search_that_is_written_down(officer):
    scanned = someone(officer, phone="0966000001")
    Person.objects.filter(pk=scanned.pk).update(provisional=True)
    page = signed_in(officer).post("/nguoi-dan/dang-ky", {"name": "Lê Văn Hỏi", "phone": "0966000001"})
    assert "Có phải cùng một người" in page.content.decode()
    assert "person.searched" in looks(scanned)


@pytest.mark.parametrize("part", ["/ma", "/trang-thai"])
def test_every_page_about_a_person_writes_down_who_opened_it(officer, part):
    person = someone(officer, name="Lê Thị Soi")
    assert signed_in(officer).get(page_of(person, part)).status_code == 200
    assert "person.opened" in looks(person)


@pytest.mark.parametrize("part", ["", "/ma", "/trang-thai"])
def test_no_page_is_left_of_an_erased_person(officer, protector, part):
    person = someone(officer, name="Lê Thị Thôi")
    erasing.erase_person(person.pk, purpose="Đơn số 1", by=protector, now=NOW)
    assert signed_in(officer).get(page_of(person, part)).status_code == 404


def test_a_unit_s_auditor_sees_what_was_done_with_people_who_live_there(officer):
    here = unit_by_code("24611", clock.local_day(clock.now()))
    auditor = officer_with("auditor", Scope("unit", str(here.pk)))
    one, other = (
        actions.register_person(Identity(name=name), here.pk, by=officer, now=NOW) for name in ("Lê Một", "Lê Hai")
    )
    actions.open_page(one, by=officer, now=NOW)
    actions.issue_pass(one, by=officer, now=NOW)
    actions.merge(one.pk, into=other.pk, by=officer, now=NOW)
    actions.undo_merge(one.pk, by=officer, now=NOW)
    seen = set(accounts.visible_audit(auditor, clock.local_day(NOW)).values_list("event", flat=True))
    assert {"person.opened", "pass.issued", "person.merged", "person.merge_undone"} <= seen


# --- an erasure is whole ----------------------------------------------------------------------------------------------


def test_erasing_somebody_erases_them_under_every_id_that_was_merged(officer, protector):
    one, other = someone(officer, name="Lê Văn Kép", phone="0966000003"), someone(officer, phone="0966000004")
    actions.merge(one.pk, into=other.pk, by=officer, now=NOW)
    erasing.erase_person(one.pk, purpose="Đơn số 1", by=protector, now=NOW)
    assert queries.find_by_phone("0966000003") == queries.find_by_phone("0966000004") == []
    assert Person.objects.filter(pk__in=[one.pk, other.pk], tombstoned_at__isnull=True).count() == 0


def test_a_tombstone_that_never_reached_the_keyring_is_written_there_at_the_next_replay(officer, protector, database):
    person = someone(officer, name="Lê Văn Bia")
    erasing.erase_person(person.pk, purpose="Đơn số 1", by=protector, now=NOW)
    file = database.keyring.path / keystore.TOMBSTONES_FILE
    lines = file.read_text("ascii") if file.exists() else ""
    file.write_text(lines.replace(f"{person.pk}\n", ""), "ascii")
    erasing.replay_tombstones(now=NOW)
    assert str(person.pk) in file.read_text("ascii")


def test_nobody_erased_a_moment_ago_is_completed_and_found_again(officer, protector):
    person = someone(officer, phone="0966000005")
    Person.objects.filter(pk=person.pk).update(provisional=True)
    erasing.erase_person(person.pk, purpose="Đơn số 1", by=protector, now=NOW)
    with pytest.raises(NotFound):
        actions.register_person(Identity(name="Lê Về", phone="0966000005"), None, by=officer, now=NOW, adopt=person.pk)
    assert queries.find_by_phone("0966000005") == []


def test_a_data_protection_officer_erases_somebody_by_the_page_once_the_consequence_is_understood(officer, protector):
    person, client = someone(officer, name="Lê Thị Quên", phone="0966000007"), signed_in(protector)
    assert "/nguoi-dan/xoa" in client.get("/ban-lam-viec").content.decode()
    page = client.post("/nguoi-dan/xoa", {"kind": "phone", "value": "0966000007"}).content.decode()
    assert "Lê Thị ***" in page
    said = {"handle": queries.handle_of(person.pk), "purpose": "Đơn số 7"}
    client.post("/nguoi-dan/xoa", said)
    assert queries.find_by_phone("0966000007") == [person.pk], "the box was not ticked"
    page = client.post("/nguoi-dan/xoa", {**said, "understood": "on"}, follow=True).content.decode()
    assert "Đã xóa danh tính" in page
    assert queries.find_by_phone("0966000007") == []
    row = AuditRow.objects.filter(event="person.erased").latest("pk")
    assert (row.officer_id, row.purpose) == (protector.pk, "Đơn số 7")


def test_nobody_erases_people_who_live_elsewhere_or_without_the_right(officer):
    today = clock.local_day(clock.now())
    here, elsewhere = unit_by_code("24611", today), unit_by_code("24617", today)
    person = actions.register_person(Identity(name="Lê Ở Đây"), here.pk, by=officer, now=NOW)
    said = {"handle": queries.handle_of(person.pk), "purpose": "thử", "understood": "on"}
    stranger = officer_with("data_protection_officer", Scope("unit", str(elsewhere.pk)))
    for by in (stranger, officer, officer_with("administrator")):
        assert signed_in(by).post("/nguoi-dan/xoa", said).status_code == 403
    assert queries.masked([person.pk])[person.pk].name != ""


# --- forms that no page sends -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("until", ["9999-12-31", "0001-01-01"])
def test_an_odd_last_day_of_a_standing_is_refused_and_breaks_nothing(officer, until):
    person = someone(officer, name="Lê Văn Hạn")
    said = {"colour": "red", "reason": "thử", "until": until}
    assert signed_in(officer).post(page_of(person, "/trang-thai"), said).status_code == 400


REGISTRATIONS = (
    {"name": "\0"},
    {"name": "a" * 200, "phone": "9" * 20},
    {"name": "Lê", "birth": "31/02/2000"},
    {"name": "Lê", "birth": "9" * 5000},
    {"name": "Lê", "birth": "01/01/0001"},
    {"name": "Lê", "residence": "9" * 5000, "residence_text": "x"},
    {"name": "Lê", "who": "KHONGCO"},
    {"name": "Lê", "phone": "0966000009", "who": "0" * 26},
    {"name": "Lê", "sex": "x"},
    {"name": "e" + "\u0301" * 5000},
)


@pytest.mark.parametrize("said", REGISTRATIONS, ids=lambda said: str(said)[:40])
def test_no_registration_breaks_the_page(officer, said):
    client = signed_in(officer)
    client.raise_request_exception = False
    assert client.post("/nguoi-dan/dang-ky", said).status_code < 500


def test_no_audit_row_holds_what_was_searched_for(officer):
    actions.search("phone", "0966000099", by=officer, now=NOW)
    row = AuditRow.objects.latest("pk")
    assert "0966000099" not in str(row.__dict__)
