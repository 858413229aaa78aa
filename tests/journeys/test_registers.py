"""Registers at the desk: entries meet registered places, a person decides, everything can be taken back."""

from datetime import date, timedelta

import pytest
from support.officers import officer_with, signed_in
from support.registers import ELSEWHERE, begun, bring, entry, place, place_form, search, should, unit

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import AuditRow
from dauchan.kernel import clock
from dauchan.places.models import Place
from dauchan.registers import decisions, matching, queries
from dauchan.registers.models import Candidate, Decision, Entry, MatchRun, Register
from dauchan.registers.undoing import undo
from dauchan.units.models import Agency, AgencyKind

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def manager(database):
    return officer_with("rollout_manager")


@pytest.fixture(scope="module")
def desk(manager):
    return signed_in(manager)


def page(client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def candidates(name: str) -> list[tuple[str, int]]:
    return [(each.place.name, each.score) for each in queries.candidates_of(entry(name))]


def say(client, name: str, act: str, **more):
    one = entry(name)
    return client.post(f"/trien-khai/nguon/muc/{one.pk}/quyet-dinh", {"act": act, "version": one.version, **more})


def test_entries_meet_places_by_name_address_phone_and_position_without_accents(manager):
    place("Cà phê Hoa Sữa", "12 Lê Duẩn")
    place("Quán của bà Tư", owner_name="Bà Tư", owner_phone="0912000111")
    place("Tiệm Góc Phố", latitude=12.0042, longitude=107.6907)
    place("Cà phê Hoa Sữa", "12 Lê Duẩn", code=ELSEWHERE)
    register = begun(name="Gặp")
    bring(
        register,
        "1,HOA SUA COFFEE,cà phê,24611,so 12 le duan,,,,,\n"
        "2,Hộ kinh doanh Nguyễn Thị Tư,cà phê,24611,,0912000111,,,,\n"
        "3,Góc Phố,cà phê,24611,,,12.0043,107.6908,,\n"
        "4,Không giống ai cả,cà phê,24611,,,,,,\n",
        by=manager,
    )
    assert [name for name, _ in candidates("HOA SUA COFFEE")] == ["Cà phê Hoa Sữa"]
    assert [name for name, _ in candidates("Hộ kinh doanh Nguyễn Thị Tư")] == ["Quán của bà Tư"]
    assert [name for name, _ in candidates("Góc Phố")][:1] == ["Tiệm Góc Phố"]
    assert candidates("Không giống ai cả") == []
    mine = queries.visible_to(manager, "rollout.view", clock.local_day(clock.now()))
    assert queries.counts(mine)[register.pk][:4] == (4, 0, 3, 1)


def test_a_person_confirms_rejects_and_takes_back_at_the_desk(manager, desk):
    one, other = place("Nhà thuốc An Khang", "5 Trần Phú"), place("Nhà thuốc An Khang Mới", "5 Trần Phú")
    register = begun(name="Bàn")
    bring(register, "1,Nhà thuốc An Khang,hiệu thuốc,24611,5 Trần Phú,0261 354 4321,,,,\n", by=manager)
    first = desk.get(f"/trien-khai/nguon/{register.pk}/ban-doi-chieu")
    pk = entry("Nhà thuốc An Khang").pk
    assert first.headers["location"] == f"/trien-khai/nguon/muc/{pk}"
    shown = page(desk, f"/trien-khai/nguon/muc/{pk}")
    assert "tên giống 100%" in shown
    assert "địa chỉ giống 100%" in shown
    assert "0261 *** 321" in shown
    assert "02613544321" not in shown
    say(desk, "Nhà thuốc An Khang", "reject", place=other.pk)
    assert [name for name, _ in candidates("Nhà thuốc An Khang")] == ["Nhà thuốc An Khang"]
    say(desk, "Nhà thuốc An Khang", "confirm", place=one.pk)
    found = entry("Nhà thuốc An Khang")
    assert (found.place, found.matched_on, found.version) == (one, date(2026, 3, 2), 2)
    for _ in range(2):
        last = queries.latest_decision(manager, register)
        desk.post(f"/trien-khai/nguon/quyet-dinh/{last.pk}/hoan-tac", {"back": f"/trien-khai/nguon/muc/{pk}"})
    found = entry("Nhà thuốc An Khang")
    assert (found.place, len(candidates("Nhà thuốc An Khang"))) == (None, 2)
    assert desk.post(f"/trien-khai/nguon/quyet-dinh/{last.pk}/hoan-tac").status_code == 302
    assert AuditRow.objects.filter(event="register.undone").count() == 2
    history = page(desk, f"/trien-khai/nguon/muc/{pk}")
    assert history.count("đã hoàn tác") == 2


def test_undoing_belongs_to_its_list_names_the_place_and_leads_back_to_its_entry(manager, desk):
    lines = "".join(f"{n},Quán Bún Bò Huế Chính Gốc {n},cà phê,24611,{n} Lý Tự Trọng,,,,,\n" for n in (1, 2))
    for number in (1, 2):
        place(f"Quán Bún Bò Huế Chính Gốc {number}", f"{number} Lý Tự Trọng")
    register, other = begun(name="Hoàn tác"), begun(name="Danh sách trống")
    bring(register, lines, by=manager)
    first = entry("Quán Bún Bò Huế Chính Gốc 1")
    answer = say(desk, first.name, "confirm", place=queries.candidates_of(first)[0].place_id)
    next_page = desk.get(answer.headers["location"]).headers["location"]
    shown = page(desk, next_page)
    assert next_page != f"/trien-khai/nguon/muc/{first.pk}"
    assert "Hoàn tác: Xác nhận là địa điểm đã đăng ký, Quán Bún Bò Huế Chính G…" in shown.replace("\n", "")
    assert "data-undo" not in page(desk, f"/trien-khai/nguon/{other.pk}")
    last = queries.latest_decision(manager, register)
    undone = desk.post(f"/trien-khai/nguon/quyet-dinh/{last.pk}/hoan-tac", {"back": next_page})
    assert undone.headers["location"] == f"/trien-khai/nguon/muc/{first.pk}"
    assert entry(first.name).place is None


def test_what_was_rejected_is_never_proposed_again(manager, desk):
    one = place("Chợ Nhân Cơ", category="market")
    register = begun(name="Không lại")
    bring(register, "1,Chợ Nhân Cơ cũ,chợ,24611,,,,,,\n", by=manager)
    say(desk, "Chợ Nhân Cơ cũ", "reject", place=one.pk)
    assert (candidates("Chợ Nhân Cơ cũ"), entry("Chợ Nhân Cơ cũ").best_score) == ([], None)
    desk.post(f"/trien-khai/nguon/{register.pk}/doi-chieu")
    search(register)
    assert candidates("Chợ Nhân Cơ cũ") == []
    assert Candidate.objects.filter(entry=entry("Chợ Nhân Cơ cũ")).count() == 1


def test_the_second_of_two_who_decide_sees_what_the_first_did_and_loses_nothing(manager, desk):
    one, other = place("Quán Bảy Núi"), place("Quán Bảy Núi 2")
    bring(begun(name="Hai người"), "1,Quán Bảy Núi,cà phê,24611,,,,,,\n", by=manager)
    pk, seen = entry("Quán Bảy Núi").pk, entry("Quán Bảy Núi").version
    second_officer = officer_with("rollout_manager", email="nguoi.hai@dauchan.test")
    second = signed_in(second_officer)
    address = f"/trien-khai/nguon/muc/{pk}/quyet-dinh"
    desk.post(address, {"act": "confirm", "version": seen, "place": one.pk})
    answer = second.post(address, {"act": "confirm", "version": seen, "place": other.pk})
    assert answer.status_code == 409
    assert "Rollout Manager vừa quyết định mục này (Xác nhận là địa điểm đã đăng ký)" in answer.content.decode()
    assert entry("Quán Bảy Núi").place == one
    last = Decision.objects.latest("pk")
    second.post(f"/trien-khai/nguon/quyet-dinh/{last.pk}/hoan-tac")
    say(second, "Quán Bảy Núi", "confirm", place=other.pk)
    assert entry("Quán Bảy Núi").place == other


def test_clear_matches_are_confirmed_in_bulk_with_the_number_shown_and_taken_back_at_once(manager, desk):
    for number in range(3):
        place(f"Cửa hàng Minh Tâm {number}", f"{number}1 Quang Trung")
    place("Cửa hàng Đôi", "90 Quang Trung")
    register = begun(name="Hàng loạt")
    bring(
        register,
        "".join(f"{n},Cửa hàng Minh Tâm {n},cà phê,24611,{n}1 Quang Trung,,,,,\n" for n in range(3))
        + "8,Cửa hàng Đôi,cà phê,24611,90 Quang Trung,,,,,\n9,Cua hang doi,cà phê,24611,90 Quang Trung,,,,,\n",
        by=manager,
    )
    shown = page(desk, f"/trien-khai/nguon/{register.pk}/xac-nhan")
    assert "Xác nhận 3 mục từ 90 điểm" in shown, "two entries claim one place: that is not clear"
    address = f"/trien-khai/nguon/{register.pk}/xac-nhan"
    assert desk.post(address, {"score": 90, "expected": 4}).status_code == 200, "another number than shown"
    assert not Entry.objects.filter(register=register, place__isnull=False).exists()
    desk.post(address, {"score": 90, "expected": 3})
    assert Entry.objects.filter(register=register, place__isnull=False).count() == 3
    decision = Decision.objects.latest("pk")
    one = Entry.objects.get(register=register, code="1")
    decisions.say(
        decisions.Word("exempt", reason="Ngoài phạm vi"), Entry.objects.filter(pk=one.pk), by=manager, now=clock.now()
    )
    answer = desk.post(f"/trien-khai/nguon/quyet-dinh/{decision.pk}/hoan-tac", follow=True).content.decode()
    assert "Đã hoàn tác cho 2 mục." in answer
    assert "1 mục đã có quyết định mới hơn nên giữ nguyên." in answer
    assert list(Entry.objects.filter(register=register, place__isnull=False)) == [one]


def test_a_place_registered_later_is_proposed_too(manager):
    bring(begun(name="Về sau"), "1,Nhà hàng Suối Mơ,nhà hàng,24611,,,,,,\n", by=manager)
    matching.sweep(clock.now())
    place("Nhà hàng Suối Mơ")
    run = matching.sweep(clock.now())
    assert candidates("Nhà hàng Suối Mơ") == []
    matching.work_on(run.pk, now=clock.now())
    assert [name for name, _ in candidates("Nhà hàng Suối Mơ")] == ["Nhà hàng Suối Mơ"]
    later = clock.now() + timedelta(hours=1)
    matching.sweep(later)
    assert matching.sweep(later + timedelta(hours=1)).units == [], "nothing has changed since"
    MatchRun.objects.all().delete()


def test_an_unmatched_entry_becomes_a_registered_place_from_a_filled_form(manager, desk):
    bring(begun(name="Đăng ký"), "1,Bún riêu Cô Ba,quán ăn,24611,8 Hùng Vương,0912333444,12.0,107.69,,\n", by=manager)
    pk = entry("Bún riêu Cô Ba").pk
    form = page(desk, f"/trien-khai/nguon/muc/{pk}/dang-ky")
    for told in ("Bún riêu Cô Ba", "8 Hùng Vương", "0912333444", "12.0", "Bắc Gia Nghĩa"):
        assert told in form
    given = place_form("Bún riêu Cô Ba") | {"address": "8 Hùng Vương"}
    assert "version" in desk.post(f"/trien-khai/nguon/muc/{pk}/dang-ky", given).content.decode()
    assert entry("Bún riêu Cô Ba").place is None, "as who saw it?"
    answer = desk.post(f"/trien-khai/nguon/muc/{pk}/dang-ky", given | {"version": "0"})
    made = Place.objects.get(name="Bún riêu Cô Ba")
    assert answer.headers["location"] == f"/dia-diem/{made.pk}"
    assert entry("Bún riêu Cô Ba").place == made


def test_a_place_the_machine_did_not_find_is_found_by_hand(manager, desk):
    made = place("Karaoke Sao Đêm")
    bring(begun(name="Tự tìm"), "1,Hộ Lê Văn Bảy,karaoke,24611,,,,,,\n", by=manager)
    pk = entry("Hộ Lê Văn Bảy").pk
    assert "Karaoke Sao Đêm" in page(desk, f"/trien-khai/nguon/muc/{pk}?q=sao+dem")
    say(desk, "Hộ Lê Văn Bảy", "confirm", place=made.pk)
    assert entry("Hộ Lê Văn Bảy").place == made


def test_sector_agency_closed_and_exempt_are_said_of_many_at_once_and_taken_back(manager, desk):
    today = clock.local_day(clock.now())
    board = Agency.objects.create(
        name="Phòng Giáo dục thử", kind=AgencyKind.DEPARTMENT, sector="education", unit=unit(),
        valid_from=date(2020, 1, 1), search_key="phong giao duc thu",
    )  # fmt: skip
    register = begun(name="Nhiều")
    bring(register, "".join(f"{n},Lớp học {n},trường,24611,,,,,,\n" for n in range(4)), by=manager)
    address = f"/trien-khai/nguon/{register.pk}/ghi"
    chosen = [str(each.pk) for each in Entry.objects.filter(register=register).order_by("pk")[:2]]
    desk.post(f"{address}?q=lop+hoc", {"whole": "1", "act": "agency", "agency": "Phòng Giáo dục thử"})
    desk.post(address, {"entry": chosen, "act": "sector", "sector": "other"})
    desk.post(address, {"entry": chosen[:1], "act": "close"})
    assert entry("Lớp học 0").state == "open", "no reason, no closing"
    desk.post(address, {"entry": chosen[:1], "act": "close", "reason": "Đã giải thể"})
    desk.post(address, {"entry": chosen[1:], "act": "exempt", "reason": "Học trực tuyến"})
    closed, exempt, rest = (entry(f"Lớp học {n}") for n in (0, 1, 3))
    assert (closed.state, closed.state_from, closed.reason) == ("closed", today, "Đã giải thể")
    assert (exempt.state, exempt.sector, exempt.agency) == ("exempt", "other", board)
    assert (rest.state, rest.sector, rest.agency) == ("open", "education", board)
    mine = queries.visible_to(manager, "rollout.view", today)
    count = queries.counts(mine)[register.pk]
    assert (count.entries, count.closed, count.exempt) == (4, 1, 1)
    desk.post(f"/trien-khai/nguon/quyet-dinh/{queries.latest_decision(manager, register).pk}/hoan-tac")
    assert (entry("Lớp học 1").state, entry("Lớp học 1").reason) == ("open", "")
    say(desk, "Lớp học 0", "reopen")
    assert entry("Lớp học 0").state == "open"


def test_what_a_newer_list_lacks_waits_for_a_person_to_close_it(manager, desk):
    register = begun(name="Vắng")
    bring(register, "1,Quán Còn,cà phê,24611,,,,,,\n2,Quán Mất,cà phê,24611,,,,,,\n", by=manager)
    bring(register, "1,Quán Còn,cà phê,24611,,,,,,\n", by=manager)
    shown = page(desk, f"/trien-khai/nguon/{register.pk}?condition=missing")
    assert "Quán Mất" in shown
    assert "Quán Còn" not in shown
    body = {"whole": "1", "act": "close", "reason": "Không còn trong danh sách ngày 02/03/2026"}
    desk.post(f"/trien-khai/nguon/{register.pk}/ghi?condition=missing", body)
    assert (entry("Quán Mất").state, entry("Quán Còn").state) == ("closed", "open")


def test_a_premise_in_two_registers_counts_once_and_apart_when_somebody_says_so(manager, desk):
    on = clock.local_day(clock.now())
    before = should(on)
    one, other = begun(name="Kinh doanh"), begun(name="Y tế")
    bring(
        one,
        "1,Phòng khám Tâm Đức,phòng khám,24611,9 Nơ Trang Lơng,,,,,\n2,Phòng khám Tâm Đức,phòng khám,24617,,,,,,\n"
        "3,Phòng khám Bình An,phòng khám,24611,,,12.0,107.69,,\n",
        by=manager,
    )
    assert should(on) == before + 3
    bring(
        other,
        "A,TÂM ĐỨC PHÒNG KHÁM,phòng khám,24611,9 nơ trang lơng,,,,,\n"
        "B,Phòng khám Bình An,phòng khám,24611,,,12.0001,107.6901,,\n"
        "C,Phòng khám Tâm Đức,phòng khám,24611,100 Lê Duẩn,,,,,\n",
        by=manager,
    )
    assert should(on) == before + 4, "A is 1, B is 3; C has another address"
    double = entry("TÂM ĐỨC PHÒNG KHÁM")
    assert double.same_as.register == one
    say(desk, "TÂM ĐỨC PHÒNG KHÁM", "part")
    assert should(on) == before + 5
    matching.ask(other, by=manager, now=clock.now())
    search(other)
    assert should(on) == before + 5, "whoever parted them said so for good"


def test_a_word_about_one_entry_holds_for_the_same_premise_in_every_register(manager, desk):
    made = place("Trường Hoa Mai", "2 Phan Chu Trinh", category="school")
    one, other = begun(name="Trường 1"), begun(name="Trường 2")
    for register in (one, other):
        bring(register, "1,Trường Hoa Mai,trường,24611,2 Phan Chu Trinh,,,,,\n", by=manager)
    first, second = entry("Trường Hoa Mai", one), entry("Trường Hoa Mai", other)
    assert second.same_as == first
    decisions.confirm(second.pk, made.pk, version=second.version, by=manager, now=clock.now())
    assert {each.place for each in Entry.objects.filter(name="Trường Hoa Mai")} == {made}
    on = clock.local_day(clock.now())
    matched = {(row.sector, row.agency_id): row.premises for row in queries.matched(on) if row.unit_id == unit().pk}
    assert matched["education", None] == 1
    assert queries.matched(on - timedelta(days=1)) == []


def test_two_entries_confirmed_to_one_place_are_one_premise_until_that_is_taken_back(manager):
    made = place("Siêu thị Gia Nghĩa", category="supermarket")
    one, other = begun(name="Siêu 1"), begun(name="Siêu 2")
    bring(one, "1,Siêu thị Gia Nghĩa,siêu thị,24611,,,,,,\n", by=manager)
    bring(other, "1,GN Mart,siêu thị,24611,,,,,,\n", by=manager)
    on = clock.local_day(clock.now())
    before = should(on)
    for name in ("Siêu thị Gia Nghĩa", "GN Mart"):
        decisions.confirm(entry(name).pk, made.pk, version=entry(name).version, by=manager, now=clock.now())
    assert should(on) == before - 1
    undo(Decision.objects.latest("pk").pk, by=manager, now=clock.now())
    assert should(on) == before
    assert (entry("GN Mart").place, entry("Siêu thị Gia Nghĩa").place) == (None, made)


def test_entries_parted_and_put_together_again_are_one_premise_with_what_one_of_them_became_meanwhile(manager):
    bring(begun(name="Tách 0"), "1,Nơi Tách Cũ,cà phê,24611,,,,,,\n", by=manager)
    for number in (1, 2):
        bring(begun(name=f"Tách {number}"), "1,Quán Tách Ra,cà phê,24611,7 Lê Lợi,,,,,\n", by=manager)
    older, made, now = entry("Nơi Tách Cũ"), place("Nơi Tách"), clock.now()
    decisions.confirm(older.pk, made.pk, version=older.version, by=manager, now=now)
    first, later = Entry.objects.filter(name="Quán Tách Ra").order_by("pk")
    parted = decisions.part(later.pk, version=later.version, by=manager, now=now)
    decisions.confirm(first.pk, made.pk, version=first.version + 1, by=manager, now=now)
    undo(parted.pk, by=manager, now=now)
    assert {each.pk for each in queries.premise_of(entry("Nơi Tách Cũ"))} == {first.pk, later.pk}


def test_closed_and_exempt_places_count_until_the_day_of_that_word(manager):
    bring(begun(name="Ngày"), "1,Quán Ngày Cũ,cà phê,24611,,,,,,\n", by=manager)
    today, tomorrow = clock.local_day(clock.now()), clock.local_day(clock.now()) + timedelta(days=1)
    word = decisions.Word("close", reason="Nghỉ hẳn")
    before = should(tomorrow)
    one = Entry.objects.filter(name="Quán Ngày Cũ")
    decisions.say(word, one, by=manager, now=clock.now() + timedelta(days=1))
    assert should(today) == before
    assert should(tomorrow) == before - 1
    assert queries.should_exist(date(2026, 1, 1)) == []


def test_an_officer_of_a_commune_sees_and_decides_on_its_own_entries_only(manager):
    made = place("Bến xe Liên tỉnh", category="station", code=ELSEWHERE)
    register = begun(name="Phạm vi")
    bring(register, "1,Bến xe Gia Nghĩa,bến xe,24611,,,,,,\n2,Bến xe Liên tỉnh,bến xe,24617,,,,,,\n", by=manager)
    clerk = officer_with("focal_officer", Scope("unit", str(unit().pk)))
    client, theirs = signed_in(clerk), entry("Bến xe Liên tỉnh")
    shown = page(client, f"/trien-khai/nguon/{register.pk}")
    assert "Bến xe Gia Nghĩa" in shown
    assert "Bến xe Liên tỉnh" not in shown
    assert page(client, f"/trien-khai/nguon/muc/{theirs.pk}", 404)
    assert client.get(f"/trien-khai/nguon/muc/{theirs.pk}/dang-ky").status_code == 404
    for body in ({"act": "confirm", "place": made.pk}, {"act": "close", "reason": "x"}, {"act": "part"}):
        assert say(client, "Bến xe Liên tỉnh", **body).status_code == 404
    client.post(f"/trien-khai/nguon/{register.pk}/ghi", {"whole": "1", "act": "close", "reason": "Thử"})
    assert (entry("Bến xe Gia Nghĩa").state, entry("Bến xe Liên tỉnh").state) == ("closed", "open")
    decision = decisions.confirm(theirs.pk, made.pk, version=theirs.version, by=manager, now=clock.now())
    client.post(f"/trien-khai/nguon/quyet-dinh/{decision.pk}/hoan-tac")
    assert entry("Bến xe Liên tỉnh").place == made
    assert client.get(f"/trien-khai/nguon/{register.pk}/sua").status_code == 200
    answer = client.post(f"/trien-khai/nguon/{register.pk}/sua", {**FORM, "name": "Của tôi"})
    assert "không có quyền" in answer.content.decode()
    assert Register.objects.get(pk=register.pk).name == "Phạm vi"


FORM = {"name": "Danh sách trường", "kind": "schools", "source": "Sở GDĐT, CV 12", "listed_on": "2026-02-01"}


def test_an_officer_begins_a_register_from_its_page_and_finds_it_in_the_list(manager, desk):
    clerk = officer_with("focal_officer", Scope("unit", str(unit().pk)))
    client = signed_in(clerk)
    refused = client.post("/trien-khai/nguon/them", FORM)
    assert "không có quyền" in refused.content.decode(), "a register of nowhere is nobody's but the installation's"
    mine = FORM | {"unit": str(unit().pk), "unit_text": str(unit())}
    early = client.post("/trien-khai/nguon/them", mine | {"listed_on": "2026-03-03"})
    assert "Ngày của danh sách chưa tới" in early.content.decode()
    made = client.post("/trien-khai/nguon/them", mine)
    register = Register.objects.get(name="Danh sách trường")
    assert made.headers["location"] == f"/trien-khai/nguon/{register.pk}/nhap"
    assert "Sở GDĐT, CV 12" in page(client, "/trien-khai/nguon")
    stranger = signed_in(officer_with("focal_officer", Scope("unit", str(unit(ELSEWHERE).pk))))
    assert "Danh sách trường" not in page(stranger, "/trien-khai/nguon")
    assert stranger.get(f"/trien-khai/nguon/{register.pk}").status_code == 404
    exported = desk.get(f"/trien-khai/nguon/{register.pk}/xuat")
    assert exported.headers["content-type"].startswith("application/vnd.openxmlformats")


def test_entries_are_searched_without_accents_and_listed_page_by_page(manager, desk):
    register = begun(name="Dài")
    bring(register, "".join(f"{n},Tạp hóa Ông Bảy {n:03},tạp hóa,24611,,,,,,\n" for n in range(60)), by=manager)
    first = page(desk, f"/trien-khai/nguon/{register.pk}?q=ong+bay+tap")
    assert first.count("data-bulk-item") == 50
    after = first.partition("after=")[2].partition('"')[0]
    assert page(desk, f"/trien-khai/nguon/{register.pk}?q=ong+bay&after={after}").count("data-bulk-item") == 10
    assert "Không có mục nào khớp bộ lọc" in page(desk, f"/trien-khai/nguon/{register.pk}?q=khong+co")
