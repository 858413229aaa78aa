"""Urging those who lag: the reminder with its annex, calls, the ladder that people climb, and who leaves it."""

import io
import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import docx as word
import openpyxl
import pypdfium2
import pytest
from django.db import connection, transaction
from django.test import Client
from support.letter import BASE, Province, counted, dak_nong, seen, text, writer
from support.officers import officer_with, signed_in

from dauchan.accounts.actions import Scope
from dauchan.accounts.models import AuditRow
from dauchan.agencies.naming import Named, name_officer
from dauchan.coverage.models import CountedDay, DayCounts, PlaceUse
from dauchan.directives import lagging, letters, reminding, writing
from dauchan.directives.models import Call, Directive, Ladder, LadderStep
from dauchan.directives.reminded import Urged, reminders_between
from dauchan.kernel import clock
from dauchan.places.actions import register_place
from dauchan.places.models import Category, Place
from dauchan.places.rules import PlaceInput
from dauchan.units.models import Agency

CLOCK = "2021-08-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")
TODAY = date(2021, 8, 2)


@pytest.fixture(scope="module")
def province(database) -> Province:
    return dak_nong()


def market(province: Province, name: str, commune: str, agency: Agency | None = None) -> Place:
    unit, code = province.commune(commune).unit, Category.objects.get(code="market").pk
    given = PlaceInput(name, unit.pk, code, address="Chợ trung tâm", agency_id=agency.pk if agency else None)
    return register_place(given, by=officer_with("province_health_officer"), now=clock.now())


def words(**more: object) -> dict[str, object]:
    given = {"issuer": "Sở Thông tin và Truyền thông tỉnh Đắk Nông", "form": "letter", "symbol": "STTTT-CNTT"}
    given |= {"place": "Đắk Nông", "subject": "đôn đốc quét mã QR", "body": "Đề nghị khẩn trương.", "filed": "VT"}
    return given | {"indicator": "coverage"} | more


def reminds(province: Province, *, number: str, **chosen: object) -> Directive:
    """A reminder to those chosen, signed and sent with a reason."""
    client = writer(province)
    page = client.post(f"{BASE}/don-doc/moi", words(**chosen))["Location"]
    signed = words(number=number, dated=clock.local_day(clock.now()).isoformat())
    client.post(f"{page}/sua", signed | seen(client, page))
    client.post(f"{page}/gui", {"reason": "Chưa đăng ký đủ"})
    return Directive.objects.get(pk=int(page.rpartition("/")[2]))


def test_a_reminder_is_drafted_from_a_list_of_laggards_and_its_annex_shows_their_figures(province):
    slow, slower = (province.commune(f"Ủy ban nhân dân xã {name}").unit for name in ("Đắk Sin", "Đắk Ru"))
    counted(slow.pk, should_exist=40, matched=18, registered=20)
    counted(slower.pk, should_exist=30, matched=3, registered=4)
    client = writer(province)
    form = client.post(f"{BASE}/don-doc/moi", {"unit": [slow.pk, slower.pk], "indicator": "coverage"}).content.decode()
    assert "Ủy ban nhân dân xã Đắk Sin" in form
    assert "45 %" in form
    assert f'name="unit" value="{slower.pk}"' in form
    made = client.post(f"{BASE}/don-doc/moi", words(unit=[slow.pk, slower.pk]))
    assert made.status_code == 302
    draft = Directive.objects.latest("pk")
    assert Ladder.objects.filter(unit=slow).count() == 0  # a draft is no step
    pdf = pypdfium2.PdfDocument(client.get(f"{BASE}/{draft.pk}/in.pdf").content)
    pages = [" ".join(page.get_textpage().get_text_range().split()) for page in pdf]
    assert "Ủy ban nhân dân xã Đắk Sin" in pages[0]
    assert "ngày ..... tháng ..... năm ......" in pages[0]
    assert "PHỤ LỤC" in pages[-1]
    assert "45,0" in pages[-1]
    assert "10,0" in pages[-1]
    assert "Tính đến" in pages[-1]
    file = word.Document(io.BytesIO(client.get(f"{BASE}/{draft.pk}/in.docx").content))
    annex = [[cell.text for cell in row.cells] for row in file.tables[-1].rows]
    assert annex[0][:2] == ["STT", "Đơn vị"]
    assert len(annex) == 3
    asked = "Đề nghị Xã Đắk Ru (tỷ lệ phủ: 10 %), Xã Đắk Sin (tỷ lệ phủ: 45 %) thực hiện ngay."
    assert asked in text(client, f"{BASE}/{draft.pk}")


def annex_of(client: Client, draft: Directive) -> list[list[str]]:
    """The last table of the printed letter, with its headers."""
    file = word.Document(io.BytesIO(client.get(f"{BASE}/{draft.pk}/in.docx").content))
    return [[cell.text for cell in row.cells] for row in file.tables[-1].rows]


def button_of(page: str) -> dict[str, list[str]]:
    """What the first button that drafts a reminder posts."""
    form = page.partition(f'action="{BASE}/don-doc/moi"')[2].partition("</form>")[0]
    fields = re.findall(r'name="(unit|agency|place|indicator)" value="([^"]*)"', form)
    return {name: [value for each, value in fields if each == name] for name, _value in fields}


def test_the_mornings_button_complains_of_the_days_without_a_scan_and_its_annex_shows_them(province):
    unit = province.commune("Ủy ban nhân dân xã Thuận Hạnh").unit
    counted(unit.pk, should_exist=40, matched=40, scans=0, days_at_zero=9)
    client = writer(province)
    posted = button_of(text(client, "/trien-khai"))
    assert str(unit.pk) in posted["unit"]
    assert posted["indicator"] == ["days_at_zero"]
    asked = {"unit": [unit.pk], "indicator": posted["indicator"]}
    form = client.post(f"{BASE}/don-doc/moi", asked).content.decode()
    assert "chỉ tiêu số ngày liền không có lượt quét còn cao" in form
    assert "tỷ lệ phủ" not in form
    client.post(f"{BASE}/don-doc/moi", words(**asked))
    draft = Directive.objects.latest("pk")
    headers, row = annex_of(client, draft)
    assert headers[2] == "Số ngày liền không có lượt quét"
    assert row[1:3] == [unit.name, "9"]
    assert "Số ngày liền không có lượt quét: 9" in text(client, f"{BASE}/{draft.pk}")


def test_whoever_is_unticked_before_the_draft_is_neither_told_nor_in_the_annex(province):
    named = ("Đắk Búk So", "Quảng Tâm", "Đắk R'Tíh")
    one, other, spared = (province.commune(f"Ủy ban nhân dân xã {name}").unit for name in named)
    client, units = writer(province), [one.pk, other.pk, spared.pk]
    form = client.post(f"{BASE}/don-doc/moi", {"unit": units, "indicator": "coverage"}).content.decode()
    listed = re.findall(r'name="listed" value="([^"]*)"', form)
    assert listed == [",".join(f"unit-{number}" for number in units)]
    assert len(re.findall(r'name="unit" value="\d+" checked data-bulk-item', form)) == 3
    assert "<strong data-bulk-count>3</strong>/3" in form
    wrong = words(unit=[one.pk, other.pk], listed=listed[0], subject="")
    again = client.post(f"{BASE}/don-doc/moi", wrong).content.decode()
    assert f'name="unit" value="{spared.pk}" data-bulk-item' in again  # still listed, still unticked
    assert "<strong data-bulk-count>2</strong>/3" in again
    nobody = client.post(f"{BASE}/don-doc/moi", words(listed=listed[0], subject="chữ đã gõ")).content.decode()
    assert "Hãy chọn ít nhất một nơi" in nobody
    assert "chữ đã gõ" in nobody
    client.post(f"{BASE}/don-doc/moi", wrong | {"subject": "đôn đốc"})
    draft = Directive.objects.latest("pk")
    assert {row[1] for row in annex_of(client, draft)[1:]} == {one.name, other.name}
    assert {recipient.agency.unit for recipient in draft.recipients.all()} == {one, other}


def test_silent_places_are_reminded_of_their_silence(province, at):
    at(CLOCK)
    place = market(province, "Chợ Vắng", "Ủy ban nhân dân xã Đức Minh")
    last, since = TODAY - timedelta(days=21), TODAY - timedelta(days=60)
    PlaceUse.objects.create(place=place, unit_id=place.unit_id, sector="trade", open_from=since, last_day=last)
    counted(place.unit_id, registered=1, approved=1, silent=1)
    client = writer(province)
    posted = button_of(text(client, "/trien-khai/im-lang"))
    assert posted == {"indicator": ["silent_places"], "place": [str(place.pk)]}
    form = client.post(f"{BASE}/don-doc/moi", posted).content.decode()
    assert "các nơi nêu trong phụ lục đã nhiều ngày liền không có lượt đến." in form
    client.post(f"{BASE}/don-doc/moi", words(**posted))
    draft = Directive.objects.latest("pk")
    headers, row = annex_of(client, draft)
    assert headers[-2:] == ["Lượt đến gần nhất", "Số ngày không có lượt đến"]
    assert row[-2:] == ["12/07/2021", "21"]
    (table,) = letters.official(draft).annexes[0].body
    assert table.notes == ("Tính đến 08:00 ngày 02/08/2021. Nguồn: hệ thống Dấu Chân.",)
    assert "Chợ Vắng (21 ngày không có lượt đến)" in text(client, f"{BASE}/{draft.pk}")


def test_a_silent_place_is_urged_at_its_agency_or_who_took_that_over_else_at_the_communes_committee(province):
    commune, begins = province.commune("Ủy ban nhân dân xã Đức Xuyên"), date(2021, 1, 1)
    old, new = (
        Agency.objects.create(name=name, kind="public_service", unit=commune.unit, valid_from=begins, search_key=name)
        for name in ("ban quan ly cu", "ban quan ly moi")
    )
    theirs, nobodys = (market(province, f"Chợ {n}", commune.name, who) for n, who in (("Có", old), ("Không", None)))
    Agency.objects.filter(pk=old.pk).update(valid_to=TODAY, successor=new)
    client = writer(province)
    client.post(f"{BASE}/don-doc/moi", words(place=[theirs.pk, nobodys.pk]))
    draft = Directive.objects.latest("pk")
    assert dict(draft.reminded.values_list("name", "agency")) == {"Chợ Có": new.pk, "Chợ Không": commune.pk}
    assert set(draft.recipients.values_list("agency", flat=True)) == {new.pk, commune.pk}


def test_three_reminders_then_a_proposal_each_decided_by_a_person_with_a_reason(province):
    place = market(province, "Chợ Nam Dong", "Ủy ban nhân dân xã Nam Dong")
    client = writer(province)
    for number in (1, 2, 3):
        reminds(province, number=f"8{number}", place=[place.pk])
        standing = Ladder.objects.get(kind="place", subject_id=place.pk)
        assert standing.reminders == number
        page = text(client, f"{BASE}/don-doc/{standing.pk}")
        assert "Chưa đăng ký đủ" in page
        if number < 3:
            client.post(f"{BASE}/don-doc/{standing.pk}/de-nghi", {"reason": "sớm quá"})
            assert not Ladder.objects.get(pk=standing.pk).proposed
    assert "Đề nghị tạm dừng" in page
    client.post(f"{BASE}/don-doc/{standing.pk}/de-nghi", {"reason": ""})
    assert not Ladder.objects.get(pk=standing.pk).proposed
    client.post(f"{BASE}/don-doc/{standing.pk}/de-nghi", {"reason": "Ba lần không đáp"})
    assert Ladder.objects.get(pk=standing.pk).proposed
    assert Place.objects.get(pk=place.pk).state == "approved"  # proposed, not done
    approver = signed_in(officer_with("province_health_officer"))
    assert f'href="/dia-diem/{place.pk}"' in text(approver, f"{BASE}/don-doc/{standing.pk}")
    assert "Chợ Nam Dong" in text(approver, f"{BASE}/don-doc?state=proposed")
    step = LadderStep.objects.filter(ladder=standing, step="propose").get()
    client.post(f"{BASE}/don-doc/{standing.pk}/buoc/{step.pk}/bo", {"reason": "Nhầm nơi"})
    step.refresh_from_db()
    assert step.undone_why == "Nhầm nơi"
    assert not Ladder.objects.get(pk=standing.pk).proposed
    assert AuditRow.objects.filter(event="ladder.undone").exists()


def test_a_reminder_that_is_withdrawn_takes_its_steps_with_it_and_counts_in_no_report(province):
    unit = province.commune("Ủy ban nhân dân xã Nhân Cơ").unit
    counted(unit.pk, should_exist=10, matched=1)
    first, second = (reminds(province, number=number, unit=[unit.pk]) for number in ("71", "72"))
    assert reminders_between([unit.pk], [], TODAY, TODAY) == Urged(letters=2, subjects=1)
    writer(province).post(f"{BASE}/{second.pk}/thu-hoi", {"why": "sai số"})
    standing = Ladder.objects.get(unit=unit)
    assert (standing.reminders, standing.left_at) == (1, None)
    writer(province).post(f"{BASE}/{first.pk}/thu-hoi", {"why": "nhầm nơi"})
    standing.refresh_from_db()
    assert (standing.reminders, standing.left_note) == (0, "nhầm nơi")
    assert set(standing.steps.values_list("undone_why", "undone_by")) == {
        ("sai số", province.manager.pk),
        ("nhầm nơi", province.manager.pk),
    }
    assert reminders_between([unit.pk], [], TODAY, TODAY) == Urged(letters=0, subjects=0)


def test_two_letters_to_the_same_laggard_at_once_both_count(province):
    slow = province.commune("Ủy ban nhân dân xã Đắk N'Drót").unit
    counted(slow.pk, should_exist=10, matched=1)
    by, now = province.manager, clock.now()

    def drafted(number: str) -> int:
        told = writing.Words("letter", "STTTT", "Đắk Nông", "đôn đốc", number=number, dated=TODAY)
        wanted = lagging.Chosen(unit=(slow.pk,))
        return reminding.draft_reminder(province.department, wanted, told, code="coverage", by=by, now=now).pk

    def sends(letter: int) -> None:
        try:
            reminding.send_reminder(letter, "chậm", by=by, now=now)
        finally:
            connection.close()

    first, second = drafted("97"), drafted("98")
    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            reminding.send_reminder(first, "chậm", by=by, now=now)
            other = thread.submit(sends, second)
            time.sleep(0.5)
        other.result()
    assert Ladder.objects.get(unit=slow).reminders == 2


def test_a_place_that_scans_again_leaves_with_a_note_and_one_that_does_not_stays(province):
    back, silent = (market(province, f"Chợ {n}", "Ủy ban nhân dân xã Cư Knia") for n in ("Trở lại", "Im lặng"))
    reminds(province, number="90", place=[back.pk, silent.pk])
    tomorrow = TODAY + timedelta(days=1)
    for place, last in ((back, tomorrow), (silent, TODAY - timedelta(days=9))):
        PlaceUse.objects.create(place=place, unit_id=place.unit_id, sector="trade", last_day=last)
    reminding.let_go_who_reacted(clock.now())
    assert "03/08/2021" in Ladder.objects.get(subject_id=back.pk).left_note
    assert Ladder.objects.get(subject_id=silent.pk).left_at is None
    reminds(province, number="91", place=[back.pk])
    assert Ladder.objects.filter(subject_id=back.pk).count() == 2  # begins anew


def test_a_reminder_sent_while_it_is_found_out_who_reacted_keeps_them_on_the_ladder(province, at, monkeypatch):
    place, used = market(province, "Chợ Đua", "Ủy ban nhân dân xã Cư Knia"), TODAY + timedelta(days=1)
    reminds(province, number="88", place=[place.pk])
    PlaceUse.objects.create(place=place, unit_id=place.unit_id, sector="trade", last_day=used)
    at("2021-08-10T08:00")
    found_out = reminding._of_others

    def meanwhile(climbing: Sequence[Ladder]) -> dict[int, str]:
        reminds(province, number="89", place=[place.pk])
        return found_out(climbing)

    monkeypatch.setattr(reminding, "_of_others", meanwhile)
    reminding.let_go_who_reacted(clock.now())
    standing = Ladder.objects.get(kind="place", subject_id=place.pk)
    assert (standing.reminders, standing.left_at) == (2, None)


def test_a_commune_whose_figure_gets_better_leaves(province):
    unit = province.commune("Ủy ban nhân dân xã Quảng Sơn").unit
    counted(unit.pk, should_exist=40, matched=10)
    reminds(province, number="92", unit=[unit.pk])
    counted(unit.pk, TODAY + timedelta(days=1), should_exist=40, matched=12)
    reminding.let_go_who_reacted(clock.now())
    assert Ladder.objects.get(unit=unit).left_at is None  # five points may be noise
    DayCounts.objects.filter(subject_id=unit.pk, day=TODAY + timedelta(days=1)).update(matched=38)
    reminding.let_go_who_reacted(clock.now())
    assert Ladder.objects.get(unit=unit).left_note == "Tỷ lệ phủ: từ 25 lên 95 (số liệu ngày 03/08/2021)."
    DayCounts.objects.filter(day=TODAY + timedelta(days=1)).delete()
    CountedDay.objects.filter(day=TODAY + timedelta(days=1)).delete()


def test_a_commune_leaves_by_the_figure_that_it_was_reminded_of(province):
    unit, tomorrow = province.commune("Ủy ban nhân dân xã Đắk Hòa").unit, TODAY + timedelta(days=1)
    counted(unit.pk, should_exist=40, matched=4, check_ins=200, check_outs=20, days_at_zero=0)
    reminds(province, number="96", unit=[unit.pk], indicator="exit_share")
    counted(unit.pk, tomorrow, should_exist=40, matched=4, check_ins=200, check_outs=200, days_at_zero=0)
    reminding.let_go_who_reacted(clock.now())
    left = Ladder.objects.get(unit=unit)
    assert left.left_note == "Tỷ lệ quét khi rời đi: từ 10 lên 100 (số liệu ngày 03/08/2021)."
    DayCounts.objects.filter(day=tomorrow).delete()
    CountedDay.objects.filter(day=tomorrow).delete()


def test_calls_are_noted_with_their_outcome_and_the_next_day(province, monkeypatch):
    commune = province.commune("Ủy ban nhân dân xã Đắk Nang")
    province.focal(commune, phone="0912345678")
    counted(commune.unit_id, should_exist=10, matched=1)
    sent = reminds(province, number="93", unit=[commune.unit_id])
    client = writer(province)
    page = text(client, f"{BASE}/{sent.pk}/goi")
    assert "0912345678" in page
    assert 'data-copy="#chat-text"' in page
    assert f"Văn bản số {sent}. Đề nghị {commune.unit.name} (tỷ lệ phủ: 10 %) thực hiện ngay." in page
    assert f"Xem tại https://dauchan.test{BASE}/{sent.pk}" in page
    monkeypatch.setenv("DAUCHAN_PUBLIC_HOST", "")
    assert f"Xem tại http://localhost{BASE}/{sent.pk}" in text(client, f"{BASE}/{sent.pk}/goi")
    one = sent.reminded.get()
    told = {"outcome": "promised", "note": "hứa trong tuần", "next_call": "2021-08-05"}
    client.post(f"{BASE}/goi/{one.pk}", told)
    assert Call.objects.get(reminded=one).outcome == "promised"
    client.post(f"{BASE}/goi/{one.pk}", {"outcome": "", "note": "chưa chọn gì"})
    assert 'name="outcome" required><option value="">Chọn kết quả</option>' in page
    client.post(f"{BASE}/goi/{one.pk}", told | {"next_call": "2020-01-01"})
    assert Call.objects.filter(reminded=one).count() == 1
    standing = Ladder.objects.get(unit=commune.unit)
    assert "hứa trong tuần" in text(client, f"{BASE}/don-doc/{standing.pk}")
    focal = signed_in(province.focal(province.commune("Ủy ban nhân dân xã Nam Đà")))
    assert focal.get(f"{BASE}/{sent.pk}/goi").status_code == 403
    assert focal.post(f"{BASE}/goi/{one.pk}", told).status_code == 403


def test_the_call_list_has_the_work_phones_of_named_officers_also_without_an_account(province):
    commune = province.commune("Ủy ban nhân dân xã Đắk Wil")
    given = Named("Ông Mẫu", phone="0912000111", until=TODAY + timedelta(days=365))
    by = officer_with("rollout_manager", Scope("unit", str(province.unit.pk)))
    name_officer(commune, given, by=by, now=clock.now())
    counted(commune.unit_id, should_exist=10, matched=1)
    page = text(writer(province), f"{BASE}/{reminds(province, number='99', unit=[commune.unit_id]).pk}/goi")
    assert "Ông Mẫu" in page
    assert 'href="tel:0912000111"' in page
    assert "chưa cử cán bộ" not in page


def test_nobody_urges_beyond_their_scope(province):
    commune = province.commune("Ủy ban nhân dân xã Đắk Plao")
    district = province.agency("Ủy ban nhân dân huyện Cư Jút")
    client = signed_in(officer_with("rollout_manager", Scope("agency", str(district.pk))))
    page = client.post(f"{BASE}/don-doc/moi", words(unit=[commune.unit_id], issuer=district.name))
    assert page.status_code == 200
    assert not Directive.objects.filter(issuer=district).exists()
    counted(commune.unit_id, should_exist=10, matched=1)
    reminds(province, number="94", unit=[commune.unit_id])
    standing = Ladder.objects.get(unit=commune.unit)
    assert client.get(f"{BASE}/don-doc/{standing.pk}").status_code == 404
    assert client.post(f"{BASE}/don-doc/{standing.pk}/thoi", {"reason": "x"}).status_code == 404


def test_a_reminder_goes_only_to_those_to_whom_its_issuer_may_write_and_orders_nothing(province):
    district = province.agency("Ủy ban nhân dân huyện Cư Jút")
    near, far = (province.commune(f"Ủy ban nhân dân xã {name}") for name in ("Tâm Thắng", "Đắk Som"))
    client = signed_in(officer_with("rollout_manager", Scope("unit", str(province.unit.pk))))
    given = words(unit=[near.unit_id, far.unit_id], issuer=f"{district.name} ({district.unit.name})")
    page = client.post(f"{BASE}/don-doc/moi", given)["Location"]
    draft = Directive.objects.get(issuer=district)
    assert [row.agency for row in draft.recipients.all()] == [near]
    assert {row[1] for row in annex_of(client, draft)[1:]} == {near.unit.name, far.unit.name}
    order = {"text": "đăng ký ngay", "deadline": "2021-08-09"}
    refused = client.post(f"{page}/nhiem-vu", order, follow=True).content.decode()
    assert "Văn bản đôn đốc không giao nhiệm vụ" in refused
    assert not draft.orders.exists()
    assert "Thêm nhiệm vụ" not in refused
    assert refused.count("Chỉ có trong phụ lục") == 1
    signed = words(issuer=given["issuer"], number="98", dated=TODAY.isoformat())
    client.post(f"{page}/sua", signed | seen(client, page))
    client.post(f"{page}/gui", {"reason": "Chưa đăng ký đủ"})
    assert text(client, page).count("Chỉ có trong phụ lục") == 1
    climbing = Ladder.objects.filter(subject_id__in=(near.unit_id, far.unit_id))
    assert [standing.agency for standing in climbing] == [near]  # who was never told climbs no ladder


def test_without_anybody_chosen_the_page_says_where_to_choose(province):
    client = writer(province)
    assert "Chưa chọn nơi nào" in text(client, f"{BASE}/don-doc/moi")
    shown = client.post(f"{BASE}/don-doc/moi", {"unit": ["999999999", "x"]}).content.decode()
    assert "Hãy chọn ít nhất một nơi" in shown


def test_the_ladder_is_a_spreadsheet_too(province):
    made = writer(province).get(f"{BASE}/don-doc/xuat.xlsx?state=open")
    names = [row[0] for row in openpyxl.load_workbook(io.BytesIO(made.content)).active.iter_rows(values_only=True)]
    assert "Chợ Im lặng" in names
