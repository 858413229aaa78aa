"""What people ask about their own data is answered and done in time, extended once, or refused with a reason."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from support.citizens import code_sent_to
from support.officers import browser, officer_with, signed_in
from support.scene import two_communes

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import AuditRow, Officer
from dauchan.citizens import clocks, requests
from dauchan.citizens.models import DataRequest
from dauchan.kernel import clock
from dauchan.people.models import Person
from dauchan.people.queries import find_by_phone

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")


@pytest.fixture(scope="module")
def officer(database) -> Officer:
    return officer_with("data_protection_officer")


@pytest.fixture
def desk(officer: Officer) -> Callable[[], Client]:
    """The officer's browser, signed in just now: desks left alone for half an hour are signed out."""
    return lambda: signed_in(officer)


def signed(number: str, name: str = "Trần Thị Mẫu") -> Client:
    client = browser()
    client.post("/vao", {"phone": number})
    client.post("/vao", {"phone": number, "code": code_sent_to(number)})
    empty = dict.fromkeys(("document", "old_document", "insurance", "birth", "sex", "address", "residence_text"), "")
    here = two_communes().here
    assert client.post("/toi/danh-tinh", empty | {"name": name, "residence": str(here.pk)}).status_code == 302
    return client


def asks(client: Client, kind: str, words: str = "") -> DataRequest:
    answer = client.post("/toi/yeu-cau", {"kind": kind, "words": words})
    assert answer.status_code == 302, answer.content.decode()
    return DataRequest.objects.latest("pk")


@pytest.mark.parametrize(
    ("asked", "answer_by"),
    [
        ("2026-03-02", "2026-03-04"),
        ("2026-03-05", "2026-03-09"),
        ("2026-03-06", "2026-03-10"),
        ("2026-03-07", "2026-03-10"),
    ],
    ids=["Monday", "Thursday", "Friday", "Saturday"],
)
def test_an_answer_is_due_within_two_working_days(asked, answer_by):
    assert clocks.answer_by(date.fromisoformat(asked)) == date.fromisoformat(answer_by)


@pytest.mark.parametrize(("kind", "days"), [("see", 10), ("correct", 10), ("restrict", 15), ("erase", 20)])
def test_each_kind_of_request_has_its_days(kind, days):
    asked = date(2026, 3, 2)
    assert clocks.do_by(asked, kind) == asked + timedelta(days=days)
    assert clocks.extended(clocks.do_by(asked, kind), asked, kind) == asked + timedelta(days=2 * days)


def test_a_request_is_seen_at_the_desk_with_its_days_and_answered(desk, officer, at):
    at("2026-03-02T09:00")
    client = signed("0912500001")
    made = asks(client, "correct", "Sai năm sinh, đúng là 1956")
    page = desk().get("/quan-tri/yeu-cau").content.decode()
    assert "Sai năm sinh, đúng là 1956" in page
    assert "Trần Thị ***" in page
    assert "04/03/2026" in page
    assert "Yêu cầu về dữ liệu cá nhân" in desk().get("/ban-lam-viec").content.decode()
    desk().post(f"/quan-tri/yeu-cau/{made.pk}", {"act": "answer"})
    assert "Đã tiếp nhận" in client.get("/toi/yeu-cau").content.decode()
    desk().post(f"/quan-tri/yeu-cau/{made.pk}", {"act": "done", "why": "đã sửa"})
    assert "đã sửa" in client.get("/toi/yeu-cau").content.decode()
    assert not requests.open_for(officer, clock.local_day(clock.now())).exists()


def test_what_is_late_is_marked_first_unanswered_then_undone(desk, at):
    at("2026-03-02T10:00")
    made = asks(signed("0912500002"), "restrict")
    at("2026-03-04T23:00")
    assert "quá hạn" not in desk().get("/quan-tri/yeu-cau").content.decode()
    at("2026-03-05T08:00")
    assert "quá hạn" in desk().get("/quan-tri/yeu-cau").content.decode()
    desk().post(f"/quan-tri/yeu-cau/{made.pk}", {"act": "answer"})
    assert "quá hạn" not in desk().get("/quan-tri/yeu-cau").content.decode()
    row = DataRequest.objects.get(pk=made.pk)
    assert requests.told(row, clock.now() + timedelta(days=13)).late
    desk().post(f"/quan-tri/yeu-cau/{made.pk}", {"act": "refused", "why": "xong"})


def test_a_request_is_extended_once_and_refused_only_with_a_reason(desk, at):
    at("2026-03-03T09:00")
    client = signed("0912500003")
    made = asks(client, "see")
    path = f"/quan-tri/yeu-cau/{made.pk}"
    desk().post(path, {"act": "extend", "why": " "})
    assert DataRequest.objects.get(pk=made.pk).extended_at is None
    desk().post(path, {"act": "extend", "why": "cần tìm thêm"})
    assert DataRequest.objects.get(pk=made.pk).do_by == date(2026, 3, 23)
    assert desk().post(path, {"act": "extend", "why": "lần nữa"}).status_code == 409
    desk().post(path, {"act": "refused", "why": ""})
    assert DataRequest.objects.get(pk=made.pk).closed_at is None
    desk().post(path, {"act": "refused", "why": "đang lưu giữ theo lệnh số 5"})
    page = client.get("/toi/yeu-cau").content.decode()
    assert "lệnh số 5" in page


def test_erasing_is_done_with_the_request_and_nothing_can_be_read_afterwards(desk, at):
    at("2026-03-03T11:00")
    client = signed("0912500004")
    (person,) = find_by_phone("0912500004")
    made = asks(client, "erase", "xóa hết giúp tôi")
    desk().post(f"/quan-tri/yeu-cau/{made.pk}", {"act": "done"})
    assert Person.objects.get(pk=person).tombstoned_at is not None
    assert find_by_phone("0912500004") == []
    assert client.get("/toi")["Location"] == "/vao?next=/toi", "every phone of theirs is signed out"
    assert requests.told(DataRequest.objects.get(pk=made.pk), clock.now()).words is None


def test_only_those_who_may_erase_handle_requests(at):
    at("2026-03-03T12:00")
    made = asks(signed("0912500005"), "see")
    health = signed_in(officer_with("commune_health_officer"))
    assert health.get("/quan-tri/yeu-cau").status_code == 403
    assert health.post(f"/quan-tri/yeu-cau/{made.pk}", {"act": "done"}).status_code == 403
    elsewhere = officer_with("data_protection_officer", Scope("unit", str(two_communes().elsewhere.pk)))
    assert signed_in(elsewhere).post(f"/quan-tri/yeu-cau/{made.pk}", {"act": "done"}).status_code == 404
    assert DataRequest.objects.get(pk=made.pk).closed_at is None


def test_the_words_stand_nowhere_in_clear_and_each_step_is_written_down(desk, at):
    at("2026-03-03T13:00")
    made = asks(signed("0912500006"), "correct", "CANARY-4711 sai địa chỉ")
    with connection.cursor() as cursor:
        cursor.execute("select citizens_datarequest::text from citizens_datarequest")
        assert not any("CANARY-4711" in row or b"CANARY-4711".hex() in row for (row,) in cursor.fetchall())
    desk().post(f"/quan-tri/yeu-cau/{made.pk}", {"act": "done"})
    events = AuditRow.objects.order_by("-pk").values_list("event", flat=True)[:10]
    assert {"person.asked", "request.closed"} <= set(events)


def test_nobody_floods_the_desk(at):
    at("2026-03-04T09:00")
    client = signed("0912500007")
    for _ in range(5):
        asks(client, "see")
    assert "nhiều yêu cầu" in client.post("/toi/yeu-cau", {"kind": "see", "words": ""}).content.decode()


def test_a_second_request_to_be_erased_is_closed_after_the_first_was_done(desk, at):
    at("2026-03-04T11:00")
    client = signed("0912500008")
    first, second = asks(client, "erase"), asks(client, "erase")
    desk().post(f"/quan-tri/yeu-cau/{first.pk}", {"act": "done"})
    assert desk().post(f"/quan-tri/yeu-cau/{second.pk}", {"act": "done"}).status_code == 302
    assert DataRequest.objects.get(pk=second.pk).outcome == "done"


def test_whoever_asked_sees_who_read_it(desk, at):
    at("2026-03-04T12:00")
    client = signed("0912500009")
    asks(client, "see", "cho tôi xem")
    assert "Đọc yêu cầu về dữ liệu" not in client.get("/toi/ai-da-xem").content.decode()
    assert "cho tôi xem" in desk().get("/quan-tri/yeu-cau").content.decode()
    assert "Đọc yêu cầu về dữ liệu" in client.get("/toi/ai-da-xem").content.decode()
