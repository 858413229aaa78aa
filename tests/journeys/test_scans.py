"""Scans through the real gateway: what gates and integrators are told, and what stands in the ledger afterwards."""

from datetime import timedelta

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from django.db import connection
from support.officers import officer_with
from support.town import GIA_NGHIA, Town, build, eventually, local

from dauchan.accounts.actions import create_credential
from dauchan.kernel import clock, codes, ids
from dauchan.kernel.sealing import seal, seal_envelope, unseal
from dauchan.units.queries import unit_by_code
from dauchan.visits.gateway import wire
from dauchan.visits.rules import Confidence

CLOCK = "2026-11-20T12:00+07:00"


@pytest.fixture(scope="module")
def town(server, database) -> Town:
    return build(server, database)


def rows(statement: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def stored(scan: dict) -> tuple | None:
    found = rows(
        "select day, token, point_id, direction, confidence, backfilled from visits_scan where id = %s", scan["id"]
    )
    return found[0] if found else None


def test_an_accepted_scan_stands_in_the_ledger_under_the_token_of_its_day(town):
    scan = town.scan("ana", "market", "08:00")
    assert town.statuses(scan) == ["accepted"]
    day, token, point, direction, *_ = stored(scan)
    assert bytes(token) == seal(town.database.keyring.day_key(day), town.people["ana"])
    assert (point, direction) == (town.points["market"], 1)


def test_one_scan_may_be_sent_without_a_batch(town):
    assert town.post(town.scan("ana", "market", "08:01")).json()["accepted"] == 1


def test_a_retry_is_a_duplicate_and_another_body_under_the_same_id_a_conflict(town):
    scan = town.scan("ana", "market", "08:02")
    assert town.statuses(scan, scan) == ["accepted", "duplicate"]
    assert town.statuses(scan) == ["duplicate"]
    assert town.statuses({**scan, "direction": "out"}) == ["conflict id_used_before"]


def test_a_retry_stays_a_duplicate_after_the_pass_was_replaced(town):
    from dauchan.people.actions import reissue_pass
    from dauchan.people.models import Person

    scan = town.scan("chi", "market", "08:03")
    assert town.statuses(scan) == ["accepted"]
    registrar = officer_with("province_health_officer")
    person = Person.objects.get(pk=town.people["chi"])
    reissue_pass(person, by=registrar, now=clock.now())
    eventually(lambda: town.statuses(town.scan("chi", "market", clock.now())) == ["rejected pass_ended"])
    assert town.statuses(scan) == ["duplicate"]


def test_bad_items_are_rejected_alone_each_with_a_code(town):
    good = town.scan("ana", "market", "08:05")
    other_issuer = codes.encode_place(codes.PlaceCode(1, 1, 1), town.database.keyring.named("place"))
    wrong_letter = "0" if town.passes["ana"][-10] != "0" else "1"
    forged = town.passes["ana"][:-10] + wrong_letter + town.passes["ana"][-9:]
    assert town.statuses(
        {**town.scan("ana", "market", "08:06"), "point": 4_000_000_000},
        {**town.scan("ana", "market", "08:06"), "point": other_issuer},
        {**town.scan("ana", "market", "08:06"), "subject": {"kind": "pass", "code": forged}},
        {**town.scan("ana", "market", "08:06"), "subject": {"kind": "pass", "code": "HELLO"}},
        {**town.scan("ana", "market", "08:06"), "subject": {"kind": "telepathy"}},
        {**town.scan("ana", "market", "08:06"), "id": "7e6f1a2e-8d7c-4c3e-9f0a-000000000000"},
        {**town.scan("ana", "market", "08:06"), "surprise": 1},
        {**town.scan("ana", "market", "08:06"), "at": "2026-11-20T08:07:00+07:00"},
        town.scan("ana", "market", clock.now() + timedelta(minutes=6)),
        town.scan("ana", "market", clock.now() - timedelta(days=40)),
        {**town.scan("ana", "market", "08:06"), "subject": {"kind": "phone", "number": "12"}},
        good,
    ) == [
        "rejected unknown_point",
        "rejected code_foreign_issuer",
        "rejected code_altered",
        "rejected code_malformed",
        "rejected scan_malformed",
        "rejected id_not_uuid7",
        "rejected scan_malformed",
        "rejected times_differ",
        "rejected future_time",
        "rejected too_old",
        "rejected bad_phone",
        "accepted",
    ]


def test_the_text_of_a_place_code_names_a_point_too(town):
    code = codes.encode_place(
        codes.PlaceCode(67, town.places["cafe"], town.points["cafe 2"]), town.database.keyring.named("place")
    )
    scan = {**town.scan("ana", "cafe", "08:07"), "point": code}
    assert town.statuses(scan) == ["accepted"]
    assert stored(scan)[2] == town.points["cafe 2"]


def test_unknown_phones_and_documents_become_provisional_persons_once(town):
    by_phone = {"subject": {"kind": "phone", "number": "0987 654 321"}}
    again = {"subject": {"kind": "phone", "number": "+84987654321"}}
    by_document = {"subject": {"kind": "document", "type": "cccd", "number": "067090000123"}}
    first, second, third = (
        {**town.scan("ana", "market", "08:08"), **by_phone},
        {**town.scan("ana", "market", "08:09"), **again},
        {**town.scan("ana", "market", "08:10"), **by_document},
    )
    assert town.statuses(first, second, third) == ["accepted"] * 3
    day = stored(first)[0]
    people = [unseal(town.database.keyring.day_key(day), bytes(stored(scan)[1])) for scan in (first, second, third)]
    assert people[0] == people[1] != people[2]


def test_an_integrators_reference_leads_to_the_person_it_registered(town):
    scan = {**town.scan("ana", "market", "08:11"), "subject": {"kind": "reference", "value": "ben"}}
    assert town.statuses(scan) == ["accepted"]
    day, token, *_ = stored(scan)
    assert unseal(town.database.keyring.day_key(day), bytes(token)) == town.people["ben"]


def test_a_gate_may_record_at_its_own_place_only(town):
    here, there = town.scan("ana", "market", "08:12"), town.scan("ana", "cafe", "08:12")
    assert town.statuses(here, there, token=town.gate_token) == ["accepted", "rejected wrong_place"]


def test_a_credential_bound_to_a_unit_records_within_it_only(town):
    today, tokens = clock.local_day(clock.now()), {}
    for code in (GIA_NGHIA, "24646"):
        _, tokens[code] = create_credential(
            kind="integrator", name=code, scopes=["scans:write"], expires_at=clock.now() + timedelta(days=9), by=None,
            now=clock.now(), unit_id=unit_by_code(code, today).pk,
        )  # fmt: skip
    assert town.statuses(town.scan("ana", "market", "08:12"), token=tokens[GIA_NGHIA]) == ["accepted"]
    assert town.statuses(town.scan("ana", "market", "08:12"), token=tokens["24646"]) == ["rejected wrong_place"]


def test_a_gate_offline_for_more_than_a_week_is_kept_for_review_and_an_integrator_may_backfill(town):
    old = town.scan("ana", "market", clock.now() - timedelta(days=9))
    assert town.statuses(old, token=town.gate_token) == ["kept backlog"]
    assert town.statuses(old, token=town.gate_token) == ["duplicate"]
    assert stored(old) is None
    backfilled = town.scan("ana", "market", clock.now() - timedelta(days=9))
    assert town.statuses(backfilled) == ["accepted"]
    assert stored(backfilled)[5] is True


def with_scopes(town, kind: str, *scopes: str) -> str:
    _, token = create_credential(
        kind=kind, name="Nhập phiếu", scopes=scopes, expires_at=clock.now() + timedelta(days=9), by=None,
        now=clock.now(), place_id=town.places["market"],
    )  # fmt: skip
    return token


def test_old_scans_are_taken_from_paper_only_by_whom_that_was_granted(town):
    old = clock.now() - timedelta(days=9)
    for kind in ("gate", "integrator"):
        claims, may = with_scopes(town, kind, "scans:write"), with_scopes(town, kind, "scans:write", "scans:paper")
        assert town.statuses(town.scan("ana", "market", old, capture="paper"), token=claims) == ["kept backlog"]
        assert town.statuses(town.scan("ana", "market", old, capture="typed"), token=may) == ["kept backlog"]
        granted = town.scan("ana", "market", old, capture="paper")
        assert town.statuses(granted, token=may) == ["accepted"]
        assert stored(granted)[5] is True


@pytest.mark.parametrize(
    ("sender", "capture", "subject", "confidence"),
    [
        ("gate", "scanned", "pass", Confidence.STAFF_SCANNED),
        ("gate", "typed", "pass", Confidence.TYPED),
        ("gate", "paper", "pass", Confidence.TYPED),
        ("gate", "scanned", "phone", Confidence.TYPED),
        ("gate", "paper", "phone", Confidence.TYPED),
        ("integrator", "scanned", "pass", Confidence.INTEGRATOR),
        ("integrator", "typed", "pass", Confidence.INTEGRATOR),
        ("integrator", "paper", "pass", Confidence.INTEGRATOR),
    ],
)
def test_how_a_scan_was_captured_says_how_sure_it_is(town, sender, capture, subject, confidence):
    scan = town.scan("ana", "market", "08:18", capture=capture)
    if subject == "phone":
        scan["subject"] = {"kind": "phone", "number": "0912000000"}
    assert town.statuses(scan, token=town.gate_token if sender == "gate" else town.integrator_token) == ["accepted"]
    assert stored(scan)[4:] == (confidence, capture == "paper")


def test_someone_who_answers_for_another_is_sealed_beside_them(town):
    scan = town.scan("ana", "market", "08:13", proxy={"kind": "pass", "code": town.passes["ben"]})
    assert town.statuses(scan) == ["accepted"]
    day = stored(scan)[0]
    ((proxy,),) = rows("select proxy_token from visits_scan where id = %s", scan["id"])
    assert unseal(town.database.keyring.day_key(day), bytes(proxy)) == town.people["ben"]


def test_messagepack_says_the_same_as_json(town):
    body = msgspec.msgpack.encode({"scans": [town.scan("ana", "market", "08:14")]})
    answer = httpx.post(
        f"{town.address}/api/v1/scans",
        content=body,
        headers={"authorization": f"Bearer {town.integrator_token}", "content-type": "application/msgpack"},
    )
    assert answer.headers["content-type"] == "application/msgpack"
    assert msgspec.msgpack.decode(answer.content)["accepted"] == 1


def test_a_batch_sealed_by_hpke_is_opened_and_its_ids_must_match(town):
    import base64

    key = town.database.keyring.named("envelope")
    public: X25519PublicKey = key.opening.public_key()
    scan = town.scan("ana", "market", "08:15")
    envelope = base64.b64encode(
        seal_envelope(public, msgspec.json.encode({"scans": [scan]}), wire.ENVELOPE_CONTEXT)
    ).decode()
    sealed = {"ids": [scan["id"]], "envelope": envelope, "key": key.id}
    assert town.post(sealed).json()["accepted"] == 1
    refused = town.post({**sealed, "ids": [str(ids.random_uuid7(local("08:15")))]})
    assert (refused.status_code, refused.json()["code"]) == (400, "body_malformed")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b'{"scans": 1}', 400),
        (b'{"scans": [' + b"[" * 10_000 + b"]" * 10_000 + b"]}", 400),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400),
        (b'{"scans": ["\\u0000", "\\ud800", "\xff"]}', 400),
        (b"x" * (10 * 1024 * 1024), 413),
        (b'{"scans": [' + b",".join([b"{}"] * 1001) + b"]}", 413),
    ],
)
def test_hostile_bodies_get_a_clear_answer(town, body, status):
    answer = httpx.post(
        f"{town.address}/api/v1/scans",
        content=body,
        headers={"authorization": f"Bearer {town.integrator_token}", "content-type": "application/json"},
        timeout=30,
    )
    assert answer.status_code == status, answer.text
    assert "message" in answer.json() or answer.json()["rejected"]


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer dc_x_y", "Basic Zm9v", "Bearer \x00"])
def test_without_a_valid_credential_nothing_is_said_or_recorded(town, authorization):
    answer = httpx.post(
        f"{town.address}/api/v1/scans",
        json=town.scan("ana", "market", "08:16"),
        headers={"authorization": authorization.replace("\x00", "%00"), "accept-language": "vi"},
    )
    assert answer.status_code == 401
    assert "khoá truy cập" in answer.json()["message"]


def test_only_post_and_only_known_types_are_taken(town):
    assert httpx.get(f"{town.address}/api/v1/scans").status_code == 405
    answer = httpx.post(f"{town.address}/api/v1/scans", content=b"a", headers={"content-type": "text/plain"})
    assert answer.status_code == 415


def test_two_batches_with_the_same_ids_in_opposite_order_do_not_wait_for_each_other_forever(town):
    from concurrent.futures import ThreadPoolExecutor

    scans = [town.scan("ana", "market", "08:17") for _ in range(200)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda batch: town.post({"scans": batch}).json(), [scans, scans[::-1]] * 5))
    assert sum(answer["accepted"] for answer in answers) == 200
    assert sum(answer["duplicate"] for answer in answers) == 9 * 200


def test_nothing_breaks_at_local_midnight(town):
    before = town.scan("dung", "cafe", local("2026-11-18T23:59:59.999"))
    after = town.scan("dung", "cafe", local("2026-11-19T00:00:00"), "out")
    assert town.statuses(before, after) == ["accepted", "accepted"]
    assert [str(stored(scan)[0]) for scan in (before, after)] == ["2026-11-18", "2026-11-19"]
    assert stored(before)[1] != stored(after)[1]


def test_scans_become_visits_and_a_rebuild_gives_the_same(town, derive):
    from dauchan.visits.actions import rebuild

    town.statuses(
        town.scan("ben", "cafe", "10:00"),
        town.scan("ben", "cafe", "10:42", "out"),
        town.scan("dung", "ward", local("2026-11-17T20:00")),
        town.scan("dung", "ward", local("2026-11-18T07:00"), "out"),
    )
    derive()
    statement = """
    select day, token, point_id, arrived_at, seen_until, departed_at, latest_departure, departed_by,
           continues_before, continues_after
    from visits_visit
    order by 1, 2, 4
    """
    derived = rows(statement)
    keyring = town.database.keyring
    night = [
        (
            str(row[0]),
            row[3].astimezone(clock.LOCAL).strftime("%H:%M"),
            row[4].astimezone(clock.LOCAL).strftime("%H:%M"),
        )
        for row in derived
        if row[2] == town.points["ward"] and unseal(keyring.day_key(row[0]), bytes(row[1])) == town.people["dung"]
    ]
    assert night == [("2026-11-17", "20:00", "00:00"), ("2026-11-18", "00:00", "07:00")]
    rebuild(keyring, clock.now())
    assert rows(statement) == derived


def people_known() -> int:
    ((count,),) = rows("select count(*) from people_person")
    return count


def test_a_conflicting_scan_of_an_unknown_phone_makes_nobody(town):
    scan = town.scan("ana", "market", "08:20")
    assert town.statuses(scan) == ["accepted"]
    before = people_known()
    other = {**scan, "subject": {"kind": "phone", "number": "0987111222"}}
    assert town.statuses(other) == ["conflict id_used_before"]
    assert people_known() == before


def test_a_retry_stays_a_duplicate_after_its_place_was_closed_and_waits_for_no_review(town):
    from dauchan.places.actions import approve, close

    scan = town.scan("ana", "ward", "08:21")
    assert town.statuses(scan) == ["accepted"]
    officer = officer_with("province_health_officer")
    approve(town.places["ward"], by=officer, now=clock.now())
    close(town.places["ward"], by=officer, reason="sửa chữa", now=clock.now())
    eventually(lambda: town.statuses(town.scan("ana", "ward", clock.now())) == ["kept point_closed"])
    assert town.statuses(scan) == ["duplicate"]
    assert rows("select count(*) from visits_kept where id = %s", scan["id"]) == [(0,)]


def test_what_a_gate_without_network_recorded_before_its_place_was_closed_is_taken_afterwards(town):
    from dauchan.places.actions import approve, close

    officer = officer_with("province_health_officer")
    approve(town.places["cafe"], by=officer, now=clock.now())
    before = town.scan("ana", "cafe", clock.now())
    close(town.places["cafe"], by=officer, reason="sửa chữa", now=clock.now() + timedelta(seconds=1))
    eventually(lambda: town.statuses(town.scan("ana", "cafe", clock.now())) == ["kept point_closed"])
    assert town.statuses(before) == ["accepted"]


def test_what_was_kept_from_a_gate_can_not_enter_by_another_sender(town):
    scan = town.scan("ana", "market", clock.now() - timedelta(days=9))
    assert town.statuses(scan, token=town.gate_token) == ["kept backlog"]
    assert town.statuses(scan) == ["duplicate"]
    assert stored(scan) is None


def test_a_pass_replaced_today_still_opens_what_a_gate_without_network_recorded_before(town):
    from dauchan.people.actions import reissue_pass
    from dauchan.people.models import Person

    yesterday = town.scan("dung", "market", clock.now() - timedelta(days=1))
    person = Person.objects.get(pk=town.people["dung"])
    reissue_pass(person, by=officer_with("province_health_officer"), now=clock.now())
    eventually(lambda: town.statuses(town.scan("dung", "market", clock.now())) == ["rejected pass_ended"])
    assert town.statuses(yesterday, token=town.gate_token) == ["accepted"]
