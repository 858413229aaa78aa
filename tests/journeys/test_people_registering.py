"""Subjects of scans and lists of integrators become people, once each."""

import asyncio
from datetime import date
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from support.database import Database
from support.officers import officer_with
from support.people import NOW, awaited, integrator, phones, pupil, resolved, someone

from dauchan.accounts.models import Credential, Officer
from dauchan.kernel import ids
from dauchan.kernel.sealing import blind_index
from dauchan.people import actions, queries, rules, subjects, vault
from dauchan.people.models import Person
from dauchan.people.registering import DocumentTaken
from dauchan.people.rules import Document, Identity

CLOCK = "2021-08-17T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def officer(database: Database) -> Officer:
    return officer_with("commune_health_officer")


@pytest.fixture(scope="module")
def school(database: Database) -> Credential:
    return integrator("TRUONG01")


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

    one, other, *parts = awaited(race())
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

    first, second = awaited(race())
    assert first == second


def test_an_aborted_batch_leaves_nobody_behind(database: Database) -> None:
    named, before = phones(7000, 5), Person.objects.count()

    async def abort() -> None:
        async with await psycopg.AsyncConnection.connect(database.dsn) as connection:
            await subjects.resolve(connection, named, keyring=database.keyring, now=NOW)
            await connection.rollback()

    awaited(abort())
    assert Person.objects.count() == before


def test_people_found_under_an_older_index_key_stay_the_same_people(officer: Officer, database: Database) -> None:
    person = someone(officer, name="Võ Thị Cũ", phone="0966000001", documents=(Document("cmnd", "245222222"),))
    database.keyring.rotate("index")
    assert resolved(database, subjects.normalise("phone", "0966000001")) == [person.pk]
    with pytest.raises(DocumentTaken):
        someone(officer, name="Võ Thị Mới", documents=(Document("cmnd", "245222222"),))


def test_who_leads_for_a_family_phone_does_so_still_when_others_register_it_under_a_newer_index_key(
    officer: Officer, school: Credential, database: Database
) -> None:
    mother = someone(officer, name="Lê Thị Mẹ", phone="0966000777")
    (scanned,) = resolved(database, subjects.normalise("document", "cccd:067304000777"))
    database.keyring.rotate("index")
    someone(officer, name="Lê Văn Con", phone="0966000777")
    actions.register_people([pupil(777, phone="0966000777")], credential=school, now=NOW)
    identity = Identity(name="Lê Thị Bà", phone="0966000777", documents=(Document("cccd", "067304000777"),))
    actions.register_person(identity, None, by=officer, now=NOW, adopt=scanned)
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from people_blind_index where kind = 'phone' and leads and person_id <> %s"
                       " and hash = any(%s)", [mother.pk, phone_hashes(database, "0966000777")])  # fmt: skip
        assert cursor.fetchone() == (0,)
    assert resolved(database, subjects.normalise("phone", "0966000777")) == [mother.pk]
    assert queries.find_by_phone("0966000777")[0] == mother.pk
    assert len(queries.find_by_phone("0966000777")) == 4


def phone_hashes(database: Database, phone: str) -> list[bytes]:
    return [blind_index(secret, "phone", phone) for secret in vault.index_secrets(database.keyring)]


def test_of_two_who_lead_for_one_phone_under_two_keys_the_earlier_one_is_taken_each_time(database: Database) -> None:
    newest, older = phone_hashes(database, "0966000888")[:2]
    for _ in range(4):
        earlier, later = (
            Person.objects.create(id=ids.person_id(), created_on=NOW.date(), provisional=True) for _ in "ab"
        )
        with connection.cursor() as cursor:
            cursor.execute("delete from people_blind_index where hash = any(%s)", [[newest, older]])
            for hashed, person in ((older, earlier), (newest, later)):
                cursor.execute("insert into people_blind_index (hash, person_id, kind, leads)"
                               " values (%s, %s, 'phone', true)", [hashed, person.pk])  # fmt: skip
        assert resolved(database, subjects.normalise("phone", "0966000888")) == [earlier.pk]
        assert queries.find_by_phone("0966000888") == [earlier.pk, later.pk]


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
    with pytest.raises(rules.NotProvisional):
        actions.register_person(Identity(name="Lý Thị Hai"), None, by=officer, now=NOW, adopt=scanned)


def test_a_thousand_people_are_registered_in_one_request_and_no_more(school: Credential) -> None:
    listed = [pupil(number, phone=f"0799{number:06d}") for number in range(10_000, 11_000)]
    assert len(actions.register_people(listed, credential=school, now=NOW)) == 1000
    with pytest.raises(rules.TooManyPeople):
        actions.register_people([*listed, pupil(1)], credential=school, now=NOW)
