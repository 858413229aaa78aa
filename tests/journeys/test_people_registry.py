"""People in a real database: found exactly, given passes, merged and parted, revealed in the open."""

from datetime import date, timedelta

import psycopg
import pytest
from support.database import Database
from support.officers import officer_with
from support.people import NOW, integrator, resolved, someone

from dauchan.accounts.models import AuditRow, Credential, Officer
from dauchan.kernel.errors import NotPermitted
from dauchan.people import actions, queries, rules, subjects
from dauchan.people.actions import Grant
from dauchan.people.models import BlindIndex
from dauchan.people.registering import DocumentTaken, Registration
from dauchan.people.rules import Document, Identity

CLOCK = "2021-08-17T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def officer(database: Database) -> Officer:
    return officer_with("commune_health_officer")


@pytest.fixture(scope="module")
def school(database: Database) -> Credential:
    return integrator("TRUONG01")


MAU = Identity(
    name="Trần Thị Mẫu",
    phone="0912345345",
    documents=(Document("cccd", "067156000001"),),
    birth_date=date(1956, 8, 15),
    sex="female",
    address="Tổ 1, Nghĩa Thành",
)


def test_a_registered_woman_is_found_by_phone_and_document_and_shown_under_a_mask(officer: Officer) -> None:
    person = actions.register_person(MAU, None, by=officer, now=NOW)
    assert queries.find_by_phone("+84 912 345 345") == [person.pk]
    assert queries.find_by_document("067 156 000 001") == [person.pk]
    shown = queries.masked([person.pk])[person.pk]
    assert (shown.name, shown.phone, shown.sex, shown.birth_year) == ("Trần Thị ***", "0912 *** 345", "female", 1956)
    assert [document.number for document in shown.documents] == ["067 *** 001"]
    assert queries.by_handle(shown.handle).pk == person.pk


def test_two_of_a_family_may_share_a_phone_and_scans_are_taken_for_the_first(
    officer: Officer, database: Database
) -> None:
    mother, child = (someone(officer, name=name, phone="0977000001") for name in ("Lê Thị Hoa", "Lê Văn Con"))
    assert queries.find_by_phone("0977000001") == [mother.pk, child.pk]
    assert resolved(database, subjects.normalise("phone", "0977000001")) == [mother.pk]


def test_twins_by_name_and_birth_date_are_never_taken_for_one(officer: Officer, school: Credential) -> None:
    one = someone(officer, name="Nguyễn Văn Sinh", birth_date=date(2010, 1, 1))
    twin = Registration(Identity(name="Nguyễn Văn Sinh", birth_date=date(2010, 1, 1)), reference="TWIN")
    outcome = actions.register_people([twin], credential=school, now=NOW)[0]
    assert outcome.outcome == "created"
    assert outcome.person_id != one.pk


def test_a_document_of_somebody_with_another_name_is_refused_at_the_desk_and_in_bulk(
    officer: Officer, school: Credential
) -> None:
    document = (Document("cmnd", "245111111"),)
    someone(officer, name="Phạm Văn Một", documents=document)
    with pytest.raises(DocumentTaken):
        someone(officer, name="Phạm Văn Hai", documents=document)
    known = BlindIndex.objects.count()
    other = Registration(Identity(name="Phạm Văn Hai", documents=document), reference="TAKEN")
    outcome = actions.register_people([other], credential=school, now=NOW)[0]
    assert outcome.outcome == "rejected"
    assert isinstance(outcome.reason, DocumentTaken)
    assert BlindIndex.objects.count() == known, "the reference leads to nobody"


def test_a_name_is_searched_only_inside_a_list_already_in_hand(officer: Officer) -> None:
    people = [someone(officer, name=name).pk for name in ("Đỗ Thị Đào", "Đỗ Văn Mận", "Bùi Thị Mơ")]
    assert queries.named_among(people, "do") == people[:2]
    assert queries.named_among(people, "thi  MƠ") == people[2:]
    assert queries.named_among(people, "an") == [], "the end of a word is not how anybody is called"


def test_a_pass_is_the_same_until_it_is_given_anew_and_then_the_old_one_is_void(officer: Officer) -> None:
    person = someone(officer, name="Hồ Văn Thẻ")
    first, same = (actions.issue_pass(person, now=NOW) for _ in range(2))
    assert first == same
    assert first.serial == 1
    assert queries.find_by_pass(first.text) == person.pk
    second = actions.reissue_pass(person, by=officer, now=NOW, reason="lost")
    assert second.serial == 2
    assert (person.pk, 1) in queries.revoked_passes()
    assert (person.pk, 2) not in queries.revoked_passes()


def test_of_many_those_who_never_had_a_pass_get_one_whose_number_finds_them(officer: Officer) -> None:
    one, two, three = (someone(officer, name=f"Hồ Văn {name}") for name in ("Một", "Hai", "Ba"))
    known = actions.issue_pass(two, now=NOW)
    assert actions.issue_passes([one.pk, two.pk, three.pk], now=NOW) == 2
    assert actions.issue_passes([one.pk, two.pk, three.pk], now=NOW) == 0
    assert queries.valid_pass(two.pk) == known
    for person in (one, three):
        found = queries.valid_pass(person.pk)
        assert found is not None
        assert queries.find_by_document(found.number) == [person.pk]


def test_gateways_are_told_of_a_revoked_pass(officer: Officer, database: Database) -> None:
    person = someone(officer, name="Hồ Văn Nghe")
    with psycopg.connect(database.dsn, autocommit=True) as gateway:
        gateway.execute("listen dauchan_gateway")
        actions.reissue_pass(person, by=officer, now=NOW)
        heard = [notice.payload for notice in gateway.notifies(timeout=2, stop_after=1)]
    assert heard == ["passes"]


def test_a_standing_counts_until_it_runs_out_and_then_nothing_is_known(officer: Officer) -> None:
    person = someone(officer, name="Mai Văn Đỏ")
    assert queries.standings_of([person.pk], NOW)[person.pk].standing == "unknown"
    until = NOW + timedelta(days=1)
    actions.set_standing(
        person,
        "manual",
        colour="red",
        action_vi="Mời sang bàn y tế",
        until=until,
        reason="Theo ca 12",
        by=officer,
        now=NOW,
    )
    assert queries.standings_of([person.pk], NOW)[person.pk].colour == "red"
    assert queries.standings_of([person.pk], until)[person.pk].colour == "grey"


def test_a_gate_sees_the_newest_standing_of_a_merged_person_under_either_id(officer: Officer) -> None:
    one, two = (someone(officer, name=f"Đàm Văn {each}") for each in (1, 2))
    actions.set_standing(two, "manual", colour="red", reason="Theo dõi", by=officer, now=NOW)
    actions.merge(one.pk, into=two.pk, by=officer, now=NOW)
    assert {row.colour for row in queries.standings_of([one.pk, two.pk], NOW).values()} == {"red"}
    actions.undo_merge(one.pk, by=officer, now=NOW)
    assert queries.standings_of([one.pk], NOW)[one.pk].colour == "grey"


def test_a_chain_of_merges_leads_to_one_human_and_undoing_parts_them_with_everything_they_had(officer: Officer) -> None:
    one, two, three = (someone(officer, name=f"Cao Văn {each}", phone=f"090000000{each}") for each in (1, 2, 3))
    actions.merge(one.pk, into=two.pk, by=officer, now=NOW)
    actions.merge(two.pk, into=three.pk, by=officer, now=NOW)
    assert queries.aliases_of([one.pk, two.pk, three.pk]) == dict.fromkeys([one.pk, two.pk, three.pk], three.pk)
    assert queries.expand([one.pk]) == {three.pk: [three.pk, *sorted([one.pk, two.pk])]}
    actions.undo_merge(two.pk, by=officer, now=NOW)
    assert queries.aliases_of([one.pk, two.pk, three.pk]) == {one.pk: two.pk, two.pk: two.pk, three.pk: three.pk}
    actions.undo_merge(one.pk, by=officer, now=NOW)
    assert queries.expand([one.pk, two.pk]) == {one.pk: [one.pk], two.pk: [two.pk]}
    assert queries.find_by_phone("0900000001") == [one.pk]


def test_merges_that_would_run_in_a_circle_are_refused(officer: Officer) -> None:
    one, two = (someone(officer, name=f"Tạ Văn {each}") for each in (1, 2))
    actions.merge(one.pk, into=two.pk, by=officer, now=NOW)
    for alias, into in ((two.pk, one.pk), (one.pk, two.pk), (two.pk, two.pk)):
        with pytest.raises(rules.AlreadyMerged):
            actions.merge(alias, into=into, by=officer, now=NOW)


def test_whoever_looks_at_an_identity_is_written_down_for_the_person_to_read(officer: Officer) -> None:
    person = someone(officer, name="Đinh Thị Riêng")
    identity = actions.reveal_identity(person.pk, Grant(officer, "Gọi điện hỏi lịch trình", NOW, case="CA-7"))
    assert identity.name == "Đinh Thị Riêng"
    look = queries.looks_at(person.pk)[0]
    assert (look.event, look.purpose, look.case) == ("person.revealed", "Gọi điện hỏi lịch trình", "CA-7")
    assert "commune_health_officer" in look.role


def test_without_a_purpose_nothing_is_revealed(officer: Officer) -> None:
    person = someone(officer, name="Đinh Thị Kín")
    with pytest.raises(rules.NoPurpose):
        actions.reveal_identity(person.pk, Grant(officer, "  ", NOW))


def test_looks_at_either_id_of_a_merged_person_are_shown_together(officer: Officer) -> None:
    one, two = (someone(officer, name=f"Kim Văn {each}") for each in (1, 2))
    actions.reveal_identity(one.pk, Grant(officer, "Hỏi thăm", NOW))
    actions.merge(one.pk, into=two.pk, by=officer, now=NOW)
    assert "Hỏi thăm" in [look.purpose for look in queries.looks_at(two.pk)]


def test_many_are_revealed_with_one_audit_row_each(officer: Officer) -> None:
    people = [someone(officer, name=f"Tô Văn {each}").pk for each in range(3)]
    before = AuditRow.objects.filter(event="person.revealed").count()
    assert len(actions.reveal_many(people, Grant(officer, "Xuất danh sách", NOW))) == 3
    assert AuditRow.objects.filter(event="person.revealed").count() == before + 3


def test_an_officer_without_the_role_registers_nobody(database: Database) -> None:
    keeper = officer_with("gate_keeper")
    with pytest.raises(NotPermitted):
        actions.register_person(MAU, None, by=keeper, now=NOW)
