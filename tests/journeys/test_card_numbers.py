"""Somebody with nothing but a printed card, whose code no camera reads: the number on it is typed and is them."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from support.officers import officer_with, signed_in
from support.people import integrator, resolved
from support.town import Town, build

from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.kernel.sealing import seal
from dauchan.people import actions, erasing, queries, rules, subjects
from dauchan.people.models import BlindIndex, Pass, Person
from dauchan.people.queries import IssuedPass
from dauchan.people.registering import Registration
from dauchan.people.rules import Document, Identity, NoIdentityDocument

CLOCK = "2026-11-20T12:00+07:00"


@pytest.fixture(scope="module")
def town(server: str, database: Any) -> Town:
    return build(server, database)


@pytest.fixture(scope="module")
def officer(town: Town) -> Officer:
    return officer_with("province_health_officer")


def carried(town: Town, who: str) -> IssuedPass:
    issued = queries.valid_pass(town.people[who])
    assert issued is not None
    return issued


def typed(town: Town, at: str, number: str, kind: str = "card") -> tuple[bytes, int]:
    """What is recorded when a keeper types a number: the token of the day, and how sure it is."""
    subject = {"kind": "document", "type": kind, "number": number}
    scan = town.scan("ana", "market", at, subject=subject, capture="typed")
    assert town.statuses(scan, token=town.gate_token) == ["accepted"]
    with connection.cursor() as cursor:
        cursor.execute("select token, confidence from visits_scan where id = %s", [scan["id"]])
        token, confidence = cursor.fetchone()
    return bytes(token), confidence


def token_of(town: Town, person: UUID) -> bytes:
    return seal(town.database.keyring.day_key(clock.local_day(clock.now())), person)


def test_a_number_typed_at_a_gate_is_its_bearer_and_as_sure_as_a_typed_document(town: Town) -> None:
    token, confidence = typed(town, "08:00", carried(town, "ana").number.lower())
    assert token == token_of(town, town.people["ana"])
    assert confidence == typed(town, "08:01", "067156000501", "cccd")[1]
    scan = town.scan("ana", "market", "08:02")
    wrong = {"kind": "document", "type": "card", "number": "DC K7MP 3QXR T"}
    assert town.statuses({**scan, "subject": wrong}, token=town.gate_token) == ["rejected bad_document"]


def test_the_number_of_a_lost_card_is_a_stranger_and_the_new_one_the_bearer(town: Town, officer: Officer) -> None:
    person = Person.objects.get(pk=town.people["chi"])
    old = carried(town, "chi").number
    fresh = actions.reissue_pass(person, by=officer, now=clock.now(), reason="lost").number
    assert queries.find_by_document(old) == []
    stranger, _ = typed(town, "09:00", old)
    assert stranger != token_of(town, person.pk)
    (unknown,) = queries.find_by_document(old)
    assert (Person.objects.get(pk=unknown).provisional, queries.masked([unknown])[unknown].documents) == (True, ())
    assert typed(town, "09:01", fresh)[0] == token_of(town, person.pk)
    assert typed(town, "09:02", old)[0] == stranger


def test_an_old_number_finds_nobody_when_the_index_has_got_a_new_key_since(town: Town, officer: Officer) -> None:
    document = Document("cccd", "067156000502")
    person = actions.register_person(
        Identity(name="Hồ Thị Khóa", documents=(document,)), None, by=officer, now=clock.now()
    )
    old = actions.issue_pass(person, now=clock.now()).number
    town.database.keyring.rotate("index")
    assert queries.find_by_document(old) == [person.pk]
    fresh = actions.reissue_pass(person, by=officer, now=clock.now()).number
    assert queries.find_by_document(old) == []
    assert queries.find_by_document(fresh) == queries.find_by_document(document.text) == [person.pk]


def test_of_two_who_are_one_human_each_card_leads_to_its_own_and_ends_alone(town: Town, officer: Officer) -> None:
    one, other = (
        actions.register_person(Identity(name="Lê Thị Đôi", phone=phone), None, by=officer, now=clock.now())
        for phone in ("0955100001", "0955100002")
    )
    first, second = (actions.issue_pass(person, now=clock.now()).number for person in (one, other))
    actions.merge(one.pk, into=other.pk, by=officer, now=clock.now())
    actions.reissue_pass(other, by=officer, now=clock.now())
    assert (queries.find_by_document(first), queries.find_by_document(second)) == ([one.pk], [])


def test_an_erased_person_leaves_no_number_behind(town: Town, officer: Officer) -> None:
    person = actions.register_person(Identity(name="Ngô Văn Quên"), None, by=officer, now=clock.now())
    number = actions.issue_pass(person, now=clock.now()).number
    protector = officer_with("data_protection_officer")
    erasing.erase_person(person.pk, purpose="Đơn số 1", by=protector, now=clock.now())
    assert queries.find_by_document(number) == []
    assert Pass.objects.get(person=person).sealed_number is None
    assert not BlindIndex.objects.filter(person=person).exists()
    assert typed(town, "10:00", number)[0] != token_of(town, person.pk)


def test_an_officer_finds_the_bearer_by_it_at_the_desk_and_sees_it_on_the_card(town: Town, officer: Officer) -> None:
    issued, client = carried(town, "ana"), signed_in(officer)
    found = client.post("/nguoi-dan/tim", {"kind": "document", "value": issued.number.lower()}).content.decode()
    handle = queries.handle_of(issued.person_id)
    assert handle in found
    assert issued.number in client.get(f"/nguoi-dan/{handle}/ma").content.decode()


def test_it_stands_nowhere_in_clear(town: Town) -> None:
    issued = carried(town, "ana")
    plain = rules.normal_document(issued.number).number
    (row,) = Pass.objects.filter(person_id=issued.person_id, revoked_at__isnull=True)
    assert plain.encode() not in bytes(row.sealed_number or b"")
    assert plain not in repr(issued)
    assert issued.number not in repr(issued)


def test_it_proves_no_identity_wherever_one_is_told(town: Town, officer: Officer) -> None:
    number = carried(town, "ana").number
    for kind in ("", "card"):
        told = Identity(name="Kẻ Dò", documents=(Document(kind, number),))  # type: ignore[arg-type]  # as sent
        with pytest.raises(NoIdentityDocument):
            actions.register_person(told, None, by=officer, now=clock.now())
        school = integrator(f"TRUONG{len(kind)}")
        (outcome,) = actions.register_people([Registration(told, reference="1")], credential=school, now=clock.now())
        assert isinstance(outcome.reason, NoIdentityDocument)


def test_a_card_number_that_nobody_has_makes_one_stranger_however_often(town: Town) -> None:
    subject = subjects.normalise("document", "DC 0110 0110 T")
    first, second = (resolved(town.database, subject) for _ in range(2))
    assert first == second
