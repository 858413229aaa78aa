"""People in a real database: registered once, found exactly, merged and parted, revealed in the open, forgotten."""

import asyncio
import subprocess
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from support.database import Database

from dauchan.accounts.actions import Scope, create_officer, grant_role
from dauchan.accounts.models import AuditRow, Credential, Officer
from dauchan.kernel.errors import NotFound, NotPermitted
from dauchan.people import actions, keystore, queries, subjects
from dauchan.people.actions import Grant
from dauchan.people.models import BlindIndex, Pass, Person
from dauchan.people.registering import DocumentTaken, Registration
from dauchan.people.rules import Document, Identity

CLOCK = "2021-08-17T08:00+07:00"
NOW = datetime(2021, 8, 17, 1, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("database")

MAU = Identity(
    name="Trần Thị Mẫu",
    phone="0912345345",
    documents=(Document("cccd", "067156000001"),),
    birth_date=date(1956, 8, 15),
    sex="female",
    address="Tổ 1, Nghĩa Thành",
)


@pytest.fixture(scope="module")
def officer(database: Database) -> Officer:
    made = create_officer(email="xa@example.vn", name="Cán bộ xã", password=None, now=NOW)
    grant_role(made, "commune_health_officer", Scope("all"), by=None, now=NOW)
    return made


@pytest.fixture(scope="module")
def school(database: Database) -> Credential:
    return integrator("TRUONG01")


def integrator(public: str) -> Credential:
    return Credential.objects.create(
        id=public,
        kind="integrator",
        name="Trường",
        secret_hash=public.encode(),
        scopes=["people:register"],
        made_at=NOW,
        expires_at=NOW + timedelta(days=30),
    )


def someone(officer: Officer, **told: object) -> Person:
    return actions.register_person(Identity(**told), None, by=officer, now=NOW)  # type: ignore[arg-type]  # literal tables


def pupil(number: int, **told: object) -> Registration:
    return Registration(Identity(name=f"Học Sinh {number}x", **told), reference=f"HS{number}")  # type: ignore[arg-type]


def resolved(database: Database, *named: subjects.Subject) -> list[UUID]:
    """What the fast lane makes of these subjects, in one transaction of its own."""

    async def run() -> dict[subjects.Subject, UUID]:
        async with await psycopg.AsyncConnection.connect(database.dsn) as connection:
            return await subjects.resolve(connection, named, keyring=database.keyring, now=NOW)

    found = asyncio.run(run())
    return [found[subject] for subject in named]


def phones(first: int, number: int) -> list[subjects.Subject]:
    return [subjects.normalise("phone", f"03{first + each:08d}") for each in range(number)]


# --- finding and masking ----------------------------------------------------------------------------------------------


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
    other = Registration(Identity(name="Phạm Văn Hai", documents=document), reference="TAKEN")
    outcome = actions.register_people([other], credential=school, now=NOW)[0]
    assert outcome.outcome == "rejected"
    assert isinstance(outcome.reason, DocumentTaken)
    assert queries.find_by_reference("TAKEN", school.pk) is None


def test_a_name_is_searched_only_inside_a_list_already_in_hand(officer: Officer) -> None:
    people = [someone(officer, name=name).pk for name in ("Đỗ Thị Đào", "Đỗ Văn Mận", "Bùi Thị Mơ")]
    assert queries.named_among(people, "do") == people[:2]


# --- the fast lane ----------------------------------------------------------------------------------------------------


def test_an_unknown_phone_becomes_one_provisional_person_however_often_it_is_scanned(database: Database) -> None:
    subject = subjects.normalise("phone", "0933000001")
    (first,), (again,) = resolved(database, subject), resolved(database, subject)
    assert first == again
    assert Person.objects.get(pk=first).provisional
    assert queries.masked([first])[first].phone == "0933 *** 001"


def test_references_of_two_integrators_are_two_people(database: Database) -> None:
    one, other = resolved(database, *(subjects.normalise("reference", "NV-1", scope) for scope in ("AAAA", "BBBB")))
    assert one != other


def test_two_batches_with_the_same_people_in_opposite_order_agree_without_a_deadlock(database: Database) -> None:
    named = [*phones(1, 200), *(subjects.normalise("reference", f"R{each}", "CCCC") for each in range(200))]

    async def batch(order: list[subjects.Subject]) -> dict[subjects.Subject, UUID]:
        async with await psycopg.AsyncConnection.connect(database.dsn) as connection:
            return await subjects.resolve(connection, order, keyring=database.keyring, now=NOW)

    async def race() -> list[dict[subjects.Subject, UUID]]:
        return await asyncio.gather(batch(named), batch(named[::-1]), batch(named[100:]), batch(named[300::-1]))

    one, other, *parts = asyncio.run(race())
    assert one == other
    assert len(set(one.values())) == 400
    assert all(one[subject] == person for part in parts for subject, person in part.items())


def test_whoever_waits_for_another_batch_takes_its_people(database: Database) -> None:
    named = phones(5000, 3)

    async def race() -> tuple[dict[subjects.Subject, UUID], dict[subjects.Subject, UUID]]:
        async with (
            await psycopg.AsyncConnection.connect(database.dsn) as slow,
            await psycopg.AsyncConnection.connect(database.dsn) as fast,
        ):
            first = await subjects.resolve(slow, named, keyring=database.keyring, now=NOW)
            waiting = asyncio.create_task(subjects.resolve(fast, named, keyring=database.keyring, now=NOW))
            await asyncio.sleep(0.2)
            assert not waiting.done()
            await slow.commit()
            return first, await waiting

    first, second = asyncio.run(race())
    assert first == second


def test_an_aborted_batch_leaves_nobody_behind(database: Database) -> None:
    named, before = phones(7000, 5), Person.objects.count()

    async def abort() -> None:
        async with await psycopg.AsyncConnection.connect(database.dsn) as connection:
            await subjects.resolve(connection, named, keyring=database.keyring, now=NOW)
            await connection.rollback()

    asyncio.run(abort())
    assert Person.objects.count() == before


def test_people_found_under_an_older_index_key_stay_the_same_people(officer: Officer, database: Database) -> None:
    person = someone(officer, name="Võ Thị Cũ", phone="0966000001", documents=(Document("cmnd", "245222222"),))
    database.keyring.rotate("index")
    assert resolved(database, subjects.normalise("phone", "0966000001")) == [person.pk]
    with pytest.raises(DocumentTaken):
        someone(officer, name="Võ Thị Mới", documents=(Document("cmnd", "245222222"),))


# --- bulk registration ------------------------------------------------------------------------------------------------


def test_a_list_sent_twice_registers_everybody_once(school: Credential) -> None:
    listed = [pupil(number, phone=f"0988{number:06d}") for number in range(50)]
    first = actions.register_people(listed, credential=school, now=NOW)
    again = actions.register_people(listed, credential=school, now=NOW)
    assert {outcome.outcome for outcome in first} == {"created"}
    assert {outcome.outcome for outcome in again} == {"matched"}
    assert [outcome.person_id for outcome in first] == [outcome.person_id for outcome in again]


def test_a_bad_line_is_rejected_with_its_reason_and_the_others_are_kept(school: Credential) -> None:
    listed = [pupil(101), pupil(102, phone="12"), pupil(101), pupil(103, birth_date=date(2030, 1, 1)), pupil(104)]
    outcomes = actions.register_people(listed, credential=school, now=NOW)
    assert [outcome.outcome for outcome in outcomes] == ["created", "rejected", "rejected", "rejected", "created"]
    assert [outcome.reason.kind for outcome in outcomes if outcome.reason] == [
        "bad_phone",
        "reference_twice",
        "bad_birth",
    ]


def test_a_contradicting_cccd_is_registered_with_a_warning(school: Credential) -> None:
    listed = [pupil(111, documents=(Document("cccd", "067156000111"),), sex="male", birth_year=1956)]
    assert actions.register_people(listed, credential=school, now=NOW)[0].warnings == ("cccd_sex",)


def test_somebody_scanned_before_registration_is_the_same_person_afterwards(
    school: Credential, database: Database
) -> None:
    (scanned,) = resolved(database, subjects.normalise("reference", "HS121", school.pk))
    outcome = actions.register_people([pupil(121, phone="0944000121")], credential=school, now=NOW)[0]
    assert (outcome.outcome, outcome.person_id) == ("matched", scanned)
    assert not Person.objects.get(pk=scanned).provisional
    assert queries.find_by_phone("0944000121") == [scanned]
    assert queries.masked([scanned])[scanned].name == "Học Sinh ***"


def test_a_document_scanned_before_registration_belongs_to_who_registers_it(
    school: Credential, database: Database
) -> None:
    (scanned,) = resolved(database, subjects.normalise("document", "067304000131"))
    outcome = actions.register_people(
        [pupil(131, documents=(Document("cccd", "067304000131"),))], credential=school, now=NOW
    )[0]
    assert outcome.person_id == scanned
    assert resolved(database, subjects.normalise("reference", "HS131", school.pk)) == [scanned]


def test_a_phone_scanned_before_registration_joins_nobody_unless_an_officer_says_so(
    officer: Officer, school: Credential, database: Database
) -> None:
    (scanned,) = resolved(database, subjects.normalise("phone", "0944000141"))
    child = actions.register_people([pupil(141, phone="0944000141")], credential=school, now=NOW)[0]
    assert child.person_id != scanned
    mother = actions.register_person(
        Identity(name="Lý Thị Mẹ", phone="0944000141"), None, by=officer, now=NOW, adopt=scanned
    )
    assert mother.pk == scanned
    assert queries.masked([scanned])[scanned].name == "Lý Thị ***"
    with pytest.raises(actions.NotProvisional):
        actions.register_person(Identity(name="Lý Thị Hai"), None, by=officer, now=NOW, adopt=scanned)


def test_a_thousand_people_are_registered_in_one_request_and_no_more(school: Credential) -> None:
    listed = [pupil(number, phone=f"0799{number:06d}") for number in range(10_000, 11_000)]
    assert len(actions.register_people(listed, credential=school, now=NOW)) == 1000
    with pytest.raises(actions.TooManyPeople):
        actions.register_people([*listed, pupil(1)], credential=school, now=NOW)


# --- passes and standings ---------------------------------------------------------------------------------------------


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


# --- merging ----------------------------------------------------------------------------------------------------------


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
        with pytest.raises(actions.AlreadyMerged):
            actions.merge(alias, into=into, by=officer, now=NOW)


# --- revealing --------------------------------------------------------------------------------------------------------


def test_whoever_looks_at_an_identity_is_written_down_for_the_person_to_read(officer: Officer) -> None:
    person = someone(officer, name="Đinh Thị Riêng")
    identity = actions.reveal_identity(person.pk, Grant(officer, "Gọi điện hỏi lịch trình", NOW, case="CA-7"))
    assert identity.name == "Đinh Thị Riêng"
    look = queries.looks_at(person.pk)[0]
    assert (look.event, look.purpose, look.case) == ("person.revealed", "Gọi điện hỏi lịch trình", "CA-7")
    assert "commune_health_officer" in look.role


def test_without_a_purpose_nothing_is_revealed(officer: Officer) -> None:
    person = someone(officer, name="Đinh Thị Kín")
    with pytest.raises(actions.NoPurpose):
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
    keeper = create_officer(email="cong@example.vn", name="Gác cổng", password=None, now=NOW)
    grant_role(keeper, "gate_keeper", Scope("all"), by=None, now=NOW)
    with pytest.raises(NotPermitted):
        actions.register_person(MAU, None, by=keeper, now=NOW)


# --- forgetting -------------------------------------------------------------------------------------------------------


def test_an_erased_person_is_found_no_more_and_no_pass_or_audit_row_leads_there(officer: Officer) -> None:
    person = someone(officer, name="Ngô Văn Quên", phone="0955000001")
    card = actions.issue_pass(person, now=NOW)
    actions.reveal_identity(person.pk, Grant(officer, "Hỏi lịch trình", NOW))
    actions.erase_person(person.pk, by=officer, now=NOW)
    assert queries.find_by_phone("0955000001") == []
    assert (person.pk, card.serial) in queries.revoked_passes()
    assert queries.masked([person.pk])[person.pk].name == ""
    assert queries.looks_at(person.pk) == []
    assert not BlindIndex.objects.filter(person=person).exists()
    with pytest.raises(NotFound):
        actions.reveal_identity(person.pk, Grant(officer, "Xem lại", NOW))
    with pytest.raises(NotFound):
        actions.issue_pass(person, now=NOW)


def test_a_restored_backup_forgets_again_whoever_was_erased_since(officer: Officer, database: Database) -> None:
    person = someone(officer, name="Ngô Văn Về", phone="0955000002")
    actions.issue_pass(person, now=NOW)
    backup = row_texts(database, person.pk)
    actions.erase_person(person.pk, by=officer, now=NOW)
    restore(database, person.pk, backup)
    assert queries.masked([person.pk])[person.pk].name == "Ngô Văn ***"
    assert actions.replay_tombstones(now=NOW) == 1
    assert queries.masked([person.pk])[person.pk].name == ""
    assert queries.find_by_phone("0955000002") == []
    assert not Pass.objects.filter(person=person, revoked_at__isnull=True).exists()
    assert actions.replay_tombstones(now=NOW) == 0


RESTORED = ("people_identity", "people_blind_index", "keystore.person_key", "people_pass")


def row_texts(database: Database, person: UUID) -> dict[str, list[str]]:
    """The rows of a person as the database writes them out."""
    with psycopg.connect(database.dsn) as connection:
        return {
            table: [
                row for (row,) in connection.execute(f"select t::text from {table} t where person_id = %s", [person])
            ]
            for table in RESTORED
        }


def restore(database: Database, person: UUID, backup: dict[str, list[str]]) -> None:
    """Bring a person's rows back as an old backup would: no tombstone in the database is left."""
    with psycopg.connect(database.dsn) as connection:
        connection.execute("delete from keystore.tombstone where person_id = %s", [person])
        connection.execute("delete from people_pass where person_id = %s", [person])
        connection.execute("update people_person set tombstoned_at = null where id = %s", [person])
        for table, rows in backup.items():
            for row in rows:
                connection.execute(f"insert into {table} select (%s::{table}).*", [row])


def test_keys_wrapped_by_an_older_key_move_to_the_newest_and_open_as_before(
    officer: Officer, database: Database
) -> None:
    person = someone(officer, name="Vũ Thị Khoá")
    newest = database.keyring.rotate("person").id
    with_older = keystore.people_by_kek()
    assert actions.rewrap_person_keys() == sum(number for kek, number in with_older.items() if kek != newest)
    assert set(keystore.people_by_kek()) == {newest}
    assert queries.masked([person.pk])[person.pk].name == "Vũ Thị ***"


# --- what a stolen database shows -------------------------------------------------------------------------------------

CANARIES = (
    "Hoàng Yến Canary",
    "0919191919",
    "067195919191",
    "245919191",
    "P9191919",
    "19 đường Chim Yến",
    "REF-CANARY-19",
)


def test_a_dump_of_the_database_shows_no_name_phone_or_document_and_the_keyring_brings_them_back(
    officer: Officer, school: Credential, database: Database
) -> None:
    identity = Identity(
        name=CANARIES[0],
        phone=CANARIES[1],
        documents=(Document("cccd", CANARIES[2]), Document("cmnd", CANARIES[3]), Document("passport", CANARIES[4])),
        birth_date=date(1995, 9, 19),
        address=CANARIES[5],
    )
    outcome = actions.register_people([Registration(identity, reference=CANARIES[6])], credential=school, now=NOW)[0]
    assert outcome.person_id is not None
    actions.set_standing(
        Person.objects.get(pk=outcome.person_id),
        "manual",
        colour="red",
        reason=f"{CANARIES[0]} về từ vùng dịch",
        by=officer,
        now=NOW,
    )
    actions.record_search(queries.find_by_phone(CANARIES[1]), by_what="phone", by=officer, now=NOW)
    dumped = dump(database)
    assert str(outcome.person_id) in dumped
    assert [canary for canary in (*CANARIES, "hoang yen canary") if is_inside(canary, dumped)] == []
    seen = actions.reveal_identity(outcome.person_id, Grant(officer, "Kiểm tra", NOW))
    assert seen.name == CANARIES[0]
    assert seen.phone == CANARIES[1]


def dump(database: Database) -> str:
    """The whole database as text, the key store included."""
    from dauchan.cli._postgres.binaries import find_binaries

    program = find_binaries().program("pg_dump")
    done = subprocess.run([program, "--inserts", database.dsn], capture_output=True, check=True)
    return done.stdout.decode().lower()


def is_inside(canary: str, dumped: str) -> bool:
    """Whether it stands there as text, or as the hexadecimal of its bytes."""
    return canary.lower() in dumped or canary.encode().hex() in dumped or canary.lower().encode().hex() in dumped
