"""Agencies: who is named, what they attest, guide and answer, and what becomes of all that when one is dissolved."""

import re
from datetime import date

import pytest
from support.citizens import code_sent_to
from support.officers import browser, officer_with, signed_in
from support.owners import registers, signed
from support.tree_of_2021 import LIST, a_place, agency, at_agency, manager, text

from dauchan.accounts.models import AuditRow, Role
from dauchan.accounts.queries import permissions_on
from dauchan.agencies import forgetting, guiding, handing, joining, naming, queries, seeds, tree
from dauchan.agencies.models import Appointment, HandOver, Membership, Question
from dauchan.agencies.naming import Named
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, NotPermitted
from dauchan.places.actions import register_place
from dauchan.places.models import Category, PlaceChange
from dauchan.places.rules import PlaceInput
from dauchan.units import agencies as units
from dauchan.units.models import Agency
from dauchan.units.queries import unit_by_code

CLOCK = "2021-08-17T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "tree_of_2021", "full_budgets")


@pytest.fixture(scope="module")
def tree_of_2021(database):
    seeds.seed("dak-nong-2021", now=clock.now())


# --- the tree ---------------------------------------------------------------------------------------------------------


def test_the_list_finds_names_without_accents_and_gaps_and_pages_by_key():
    boss = signed_in(manager())
    assert "Sở Y tế tỉnh Đắk Nông" in text(boss, f"{LIST}?q=so+y+te")
    offices = text(boss, f"{LIST}?kind=culture_office")
    assert offices.count("Phòng Văn hóa và Thông tin") >= 8
    assert "Sở Y tế" not in offices
    first = text(boss, LIST)
    after = first.split("after=")[1].split('"')[0]
    second = text(boss, f"{LIST}?after={after}")
    assert units.agency_by_id(int(after)).name in first
    assert f'{LIST}/{after}"' not in second
    health = agency("Sở Y tế tỉnh Đắk Nông")
    naming.name_officer(health, Named("Lê Văn Đầu", phone="0912345678"), by=manager(), now=clock.now())
    assert "Sở Y tế" not in text(boss, f"{LIST}?q=so+y+te&gap=no-officer")
    assert "Sở Y tế" in text(boss, f"{LIST}?q=so+y+te&gap=not-attested")
    assert boss.get(f"{LIST}?kind=khong").status_code == 400
    made = boss.get(f"{LIST}/xuat?format=csv&kind=department")
    assert "Lê Văn Đầu" in made.content.decode("utf-8-sig")
    assert AuditRow.objects.filter(event="agencies.exported").exists()


def test_a_district_sees_and_edits_its_own_and_nothing_else():
    gia_nghia, cu_jut = signed_in(manager("660")), agency("Ủy ban nhân dân huyện Cư Jút")
    assert "Cư Jút" not in text(gia_nghia, LIST)
    text(gia_nghia, f"{LIST}/{cu_jut.pk}", 404)
    assert gia_nghia.post(f"{LIST}/{cu_jut.pk}/giai-the", {"ends": "2021-09-01"}).status_code == 404
    own = agency("Ủy ban nhân dân thành phố Gia Nghĩa")
    assert "Gia Nghĩa" in text(gia_nghia, f"{LIST}/{own.pk}")


def test_an_agency_is_added_edited_moved_and_never_belongs_to_itself():
    boss, province = manager(), agency("Ủy ban nhân dân tỉnh Đắk Nông")
    unit = province.unit
    told = {"name": "Trung tâm Kiểm soát bệnh tật", "kind": "public_service", "sector": "health"}
    page = signed_in(boss).post(
        f"{LIST}/them",
        told | {"unit": unit.pk, "unit_text": str(unit), "parent": "Sở Y tế tỉnh Đắk Nông", "begins": "2021-08-17"},
    )
    made = agency("Trung tâm Kiểm soát bệnh tật")
    assert page.headers["location"] == f"{LIST}/{made.pk}"
    assert made.parent == agency("Sở Y tế tỉnh Đắk Nông")
    moved = told | {"unit": unit.pk, "unit_text": str(unit), "parent": f"#{province.pk}"}
    assert signed_in(boss).post(f"{LIST}/{made.pk}/sua", moved).status_code == 302
    made.refresh_from_db()
    assert made.parent == province
    health = agency("Sở Y tế tỉnh Đắk Nông")
    circle = {"name": province.name, "kind": province.kind, "sector": province.sector, "parent": f"#{health.pk}"}
    answer = signed_in(boss).post(f"{LIST}/{province.pk}/sua", circle | {"unit": unit.pk, "unit_text": str(unit)})
    assert answer.status_code == 400
    assert "không thể thuộc chính nó" in answer.content.decode()
    assert "Sửa" in text(signed_in(boss), f"{LIST}/{made.pk}")


def test_guidance_is_added_and_ended_and_opens_the_view_only():
    boss, health = manager(), agency("Sở Y tế tỉnh Đắk Nông")
    office = agency("Phòng Văn hóa và Thông tin huyện Cư Jút")
    focal = at_agency("focal_officer", health)
    assert not queries.visible_to(focal, "rollout.view", date(2021, 8, 17)).filter(pk=office.pk).exists()
    told = {"direction": "guides", "other": office.name}
    assert signed_in(boss).post(f"{LIST}/{health.pk}/huong-dan", told).status_code == 302
    assert queries.visible_to(focal, "rollout.view", date(2021, 8, 17)).filter(pk=office.pk).exists()
    assert not queries.scope_of(focal, "agency.act", date(2021, 8, 17)).holds_agency(office)
    (link,) = [one for one in units.guidance_of(office) if one.guide_id == health.pk]
    assert signed_in(boss).post(f"{LIST}/{health.pk}/huong-dan/{link.pk}").status_code == 302
    assert not queries.visible_to(focal, "rollout.view", date(2021, 8, 17)).filter(pk=office.pk).exists()


# --- officers ---------------------------------------------------------------------------------------------------------


def test_the_head_names_the_focal_officer_for_a_term_and_nobody_elsewhere(at):
    at("2021-08-17T09:00")
    school = agency("Sở Giáo dục và Đào tạo tỉnh Đắk Nông")
    head, known = at_agency("agency_head", school), officer_with("inspector", email="thay.giao@dauchan.test")
    told = {"name": "Thầy Giáo", "duty": "focal_officer", "post": "office", "email": known.email, "until": "2021-10-01"}
    assert signed_in(head).post(f"{LIST}/{school.pk}/can-bo", told).status_code == 302
    named = Appointment.objects.get(agency=school)
    role = Role.objects.get(officer=known, role="focal_officer")
    assert (role.scope_id, role.valid_to, named.officer) == (str(school.pk), date(2021, 10, 1), known)
    assert "đã được cử" in signed_in(head).post(f"{LIST}/{school.pk}/can-bo", told).content.decode()
    past = signed_in(head).post(f"{LIST}/{school.pk}/can-bo", told | {"name": "Cô Giáo", "until": "2021-08-17"})
    assert re.search('id="id_until"[^>]*>\\s*<p[^>]*>Nhiệm kỳ phải kéo dài qua hôm nay', past.content.decode())
    unreachable = signed_in(head).post(f"{LIST}/{school.pk}/can-bo", told | {"name": "Cô Giáo", "email": ""})
    assert re.search('id="id_phone"[^>]*>\\s*<p[^>]*>Cần số điện thoại', unreachable.content.decode())
    other = signed_in(head).post(f"{LIST}/{school.pk}/can-bo", told | {"duty": "agency_head", "name": "Ai Đó"})
    assert other.status_code == 403 or "quyền" in other.content.decode()
    assert queries.focal_officer_counts(date(2021, 8, 17))[school.pk] == 1
    assert school.pk not in queries.focal_officer_counts(date(2021, 10, 1)), "the term is over"
    with pytest.raises(NotFound):
        naming.name_officer(
            agency("Sở Y tế tỉnh Đắk Nông"), Named("Lạ", phone="0912000000"), by=manager("660"), now=clock.now()
        )
    naming.renew(named.pk, until=date(2022, 1, 1), by=head, now=clock.now())
    assert "place.edit" in permissions_on(known, date(2021, 12, 31))
    naming.end(named.pk, by=head, now=clock.now())
    assert "place.edit" not in permissions_on(known, date(2021, 8, 17))


def test_a_focal_officer_of_an_agency_registers_its_places_in_any_commune_and_no_others():
    bank, post = agency("Sở Tài chính tỉnh Đắk Nông"), agency("Báo Đắk Nông")
    focal = at_agency("focal_officer", bank)
    made = a_place(bank, "Trụ sở Sở Tài chính", by=focal)
    assert made.agency_id == bank.pk
    commune, market = unit_by_code("24611", date(2021, 8, 17)), Category.objects.get(code="market")
    for elsewhere in (post.pk, None):
        given = PlaceInput("Chợ Người Ta", commune.pk, market.pk, agency_id=elsewhere)
        with pytest.raises(NotPermitted):
            register_place(given, by=focal, now=clock.now())
    page = text(signed_in(focal), "/dia-diem/them")
    assert bank.name in page, "the form knows the officer's own agency"
    assert "Trụ sở Sở Tài chính" in text(signed_in(focal), "/dia-diem")


# --- guiding ----------------------------------------------------------------------------------------------------------


def test_guidance_given_is_logged_and_summed():
    office = agency("Phòng Văn hóa và Thông tin huyện Đắk Mil")
    focal = signed_in(at_agency("focal_officer", office))
    told = {"kind": "training", "subject": "Dán mã", "audience": "tiểu thương", "reached": "40", "where": "chợ"}
    assert focal.post(f"{LIST}/{office.pk}/buoi", told | {"held_on": "2021-08-16"}).status_code == 302
    assert focal.post(f"{LIST}/{office.pk}/buoi", told | {"held_on": "2021-08-18"}).status_code == 400, "not yet held"
    assert "tiểu thương" in text(focal, f"{LIST}/{office.pk}")
    august = date(2021, 8, 1), date(2021, 8, 31)
    for within in (((), [office.pk]), ([office.unit_id], ())):
        assert guiding.given_between(*within, *august) == guiding.Given(1, 40)


def test_an_owner_asks_the_commune_answers_and_the_answer_may_become_a_guide(at):
    at("2021-08-17T09:00")
    commune = unit_by_code("24611", date(2021, 8, 17))
    owner = signed("0912800501")
    place = registers(owner, commune, "Quán Hay Hỏi")
    assert owner.post(f"/cua-toi/dia-diem/{place.pk}/hoi", {"text": "Dán mã ở đâu?"}).status_code == 302
    committee = Agency.objects.get(kind="committee", unit__code="24611")
    focal, far = at_agency("focal_officer", committee), at_agency("focal_officer", agency("Báo Đắk Nông"))
    assert "Dán mã ở đâu?" in text(signed_in(focal), f"{LIST}/hoi-dap")
    assert "Dán mã ở đâu?" not in text(signed_in(far), f"{LIST}/hoi-dap")
    asked = Question.objects.get(place=place)
    with pytest.raises(NotFound):
        guiding.answer(asked.pk, "Không biết", for_guide=False, by=far, now=clock.now())
    answered = {"answer": "Ngang tầm mắt, ngay cửa.", "for_guide": "on"}
    signed_in(focal).post(f"{LIST}/hoi-dap/{asked.pk}", answered)
    assert "Ngang tầm mắt" in text(owner, f"/cua-toi/dia-diem/{place.pk}/hoi")
    assert [one.text for one in guiding.questions_for_guides()] == ["Dán mã ở đâu?"]
    noted = signed_in(focal).post(f"{LIST}/hoi-dap", {"place_id": place.pk, "text": "Mất tờ mã?"})
    assert noted.status_code == 302
    assert "qua điện thoại" in text(signed_in(focal), f"{LIST}/hoi-dap")
    assert signed("0912800502").get(f"/cua-toi/dia-diem/{place.pk}/hoi").status_code == 404


# --- dissolved --------------------------------------------------------------------------------------------------------


def test_a_dissolved_agency_hands_over_once_and_its_officers_lose_their_rights_that_day(at):
    at("2021-09-01T09:00")
    boss, unit = manager(), unit_by_code("67", date(2021, 9, 1))
    old = tree.add_agency(
        "Ban Cũ", "department", "trade", unit=unit, parent=None, begins=date(2021, 9, 1), by=boss, now=clock.now()
    )
    new = tree.add_agency(
        "Sở Mới", "department", "trade", unit=unit, parent=None, begins=date(2021, 9, 1), by=boss, now=clock.now()
    )
    child = tree.add_agency(
        "Chợ Đầu Mối", "enterprise", "trade", unit=unit, parent=old, begins=date(2021, 9, 1), by=boss, now=clock.now()
    )
    guide = agency("Sở Công Thương tỉnh Đắk Nông")
    tree.add_guidance(guide, old, begins=date(2021, 9, 1), by=boss, now=clock.now())
    an, ben = officer_with("inspector", email="an@dauchan.test"), officer_with("inspector", email="ben@dauchan.test")
    kept = naming.name_officer(old, Named("An", email=an.email), by=boss, now=clock.now())
    naming.name_officer(old, Named("Bền", email=ben.email), by=boss, now=clock.now())
    place = a_place(old, "Nhà kho", by=an)
    with pytest.raises(handing.StillThere):
        handing.hand_over(old, new, keep=[], seen=handing.preview(old).seen, by=boss, now=clock.now())
    tree.close_agency(old, ends=date(2021, 9, 10), by=boss, now=clock.now())
    assert "place.edit" in permissions_on(an, date(2021, 9, 9))
    assert "place.edit" not in permissions_on(an, date(2021, 9, 10))
    at("2021-09-10T09:00")
    desk = signed_in(boss)
    page = text(desk, f"{LIST}/{old.pk}/ban-giao?to=So+Moi")
    assert "Nhà" not in page
    assert "Bền" in page
    told = {"to": f"#{new.pk}", "seen": "9-9-9-9", "keep": kept.pk}
    assert "Số liệu vừa thay đổi" in desk.post(f"{LIST}/{old.pk}/ban-giao", told).content.decode()
    told["seen"] = handing.preview(Agency.objects.get(pk=old.pk)).seen
    answer = desk.post(f"{LIST}/{old.pk}/ban-giao", told)
    done = HandOver.objects.get(old=old)
    assert answer.headers["location"] == f"{LIST}/ban-giao/{done.receipt}"
    assert (done.places, done.children, done.guidances, done.officers_ended, done.officers_kept) == (1, 1, 1, 2, 1)
    again = desk.post(f"{LIST}/{old.pk}/ban-giao", told)
    assert again.headers["location"] == answer.headers["location"], "the same hand-over"
    assert HandOver.objects.filter(old=old).count() == 1
    place.refresh_from_db()
    child.refresh_from_db()
    assert (place.agency, child.parent) == (new, new)
    assert PlaceChange.objects.filter(place=place, event="agency_changed").count() == 1
    assert units.heirs([old.pk, guide.pk], date(2021, 9, 10)) == {old.pk: new.pk, guide.pk: guide.pk}
    assert [link.guide_id for link in units.guidance_of(new)] == [guide.pk]
    assert "place.edit" in permissions_on(an, date(2021, 9, 10)), "named anew"
    assert "place.edit" not in permissions_on(ben, date(2021, 9, 10))
    assert desk.post(f"{LIST}/ban-giao/{done.receipt}/nhan").status_code == 403, (
        "the giving side can't sign for the other"
    )
    assert signed_in(an).post(f"{LIST}/ban-giao/{done.receipt}/nhan").status_code == 302
    done.refresh_from_db()
    assert (done.given_by, done.taken_by) == (boss, an)
    assert "An" in text(signed_in(manager()), f"{LIST}/{old.pk}"), "its history stays"
    with pytest.raises(handing.AlreadyHandedOver):
        handing.hand_over(old, guide, keep=[], seen="", by=boss, now=clock.now())


def test_who_signs_for_a_dissolved_successor_signs_for_what_that_one_took_over(at):
    at("2021-09-20T09:00")
    boss, unit, day = manager(), unit_by_code("67", date(2021, 9, 20)), date(2021, 9, 20)
    made = {"unit": unit, "parent": None, "begins": day, "by": boss, "now": clock.now()}
    first, second, last = (tree.add_agency(f"Ban Nối {n}", "department", "trade", **made) for n in range(3))
    for n, (old, new) in enumerate(((first, second), (second, last)), 21):
        tree.close_agency(old, ends=date(2021, 9, n), by=boss, now=clock.now())
        at(f"2021-09-{n}T09:00")
        old = Agency.objects.get(pk=old.pk)
        handing.hand_over(old, new, keep=[], seen=handing.preview(old).seen, by=boss, now=clock.now())
    taker = at_agency("focal_officer", last)
    receipts = [HandOver.objects.get(old=old).receipt for old in (first, second)]
    assert signed_in(taker).post(f"{LIST}/ban-giao/{receipts[0]}/nhan").status_code == 404
    assert signed_in(taker).post(f"{LIST}/ban-giao/{receipts[1]}/nhan").status_code == 302
    assert set(HandOver.objects.filter(receipt__in=receipts).values_list("taken_by", flat=True)) == {taker.pk}


def test_on_the_day_of_the_merger_the_old_provinces_officers_lose_their_rights_and_the_records_stay(at):
    at("2025-06-30T23:50")
    committee = agency("Ủy ban nhân dân huyện Krông Nô")
    focal = at_agency("focal_officer", committee)
    named = naming.name_officer(
        committee, Named("Cán bộ huyện", phone="0912345678"), by=officer_with("rollout_manager"), now=clock.now()
    )
    desk = signed_in(focal)
    assert desk.get(f"{LIST}/{committee.pk}").status_code == 200
    at("2025-07-01T00:01")
    assert desk.get(f"{LIST}/{committee.pk}").status_code == 403
    everywhere = signed_in(officer_with("rollout_manager"))
    page = text(everywhere, f"{LIST}/{committee.pk}")
    assert "Đã giải thể từ ngày" in page
    assert named.name in page
    assert committee.name in text(everywhere, f"{LIST}?dissolved=on&q=krong+no")
    assert committee.name not in text(everywhere, f"{LIST}?q=huyen+krong+no")


# --- its own people ---------------------------------------------------------------------------------------------------


def phone(number: str):
    client = browser()
    client.post("/vao", {"phone": number})
    assert client.post("/vao", {"phone": number, "code": code_sent_to(number)}).status_code == 302
    client.get("/toi/ma")
    return client


def test_people_join_by_the_code_are_counted_and_never_listed(at):
    at("2021-08-20T09:00")
    board = agency("Công an tỉnh Đắk Nông")
    focal, boss = at_agency("focal_officer", board), manager()
    sheet = signed_in(focal).post(f"{LIST}/{board.pk}/tham-gia.pdf")
    assert sheet.content.startswith(b"%PDF")
    code = joining.join_code(board, by=focal, now=clock.now())
    today = date(2021, 8, 20)
    people = [phone(f"091277000{number}") for number in range(10)]
    for one in people[:9]:
        assert one.post("/toi/co-quan", {"code": f"{code[:4]} {code[4:].lower()}"}).status_code == 302
    assert people[0].post("/toi/co-quan", {"code": "SAISAISA"}).status_code == 400
    assert joining.members_with_pass([board.pk], today) == {board.pk: 9}
    assert "dưới 10" in text(signed_in(boss), f"{LIST}/{board.pk}")
    above = at_agency("focal_officer", agency("Ủy ban nhân dân tỉnh Đắk Nông"))
    assert "dưới 10" in text(signed_in(above), f"{LIST}/{board.pk}"), "who may act for it from above is no staff of it"
    own = text(signed_in(focal), f"{LIST}/{board.pk}")
    assert "dưới 10" not in own
    assert "0912770001" not in own
    people[9].post("/toi/co-quan", {"code": code})
    assert joining.members_with_pass([board.pk], today) == {board.pk: 10}
    assert board.name in text(people[0], "/toi/co-quan")
    assert people[0].post("/toi/co-quan", {"leave": board.pk}).status_code == 302
    assert Membership.objects.filter(agency=board).count() == 9
    assert joining.members_with_pass([board.pk], today) == {board.pk: 9}
    signed_in(focal).post(f"{LIST}/{board.pk}/tham-gia.pdf", {"act": "anew"})
    assert people[0].post("/toi/co-quan", {"code": code}).status_code == 400, "the old sheet is void"


def test_what_is_over_is_forgotten(at):
    at("2021-08-21T09:00")
    board = agency("Thanh tra tỉnh Đắk Nông")
    boss = manager()
    named = naming.name_officer(
        board, Named("Người Cũ", phone="0912345678", until=date(2021, 9, 1)), by=boss, now=clock.now()
    )
    at("2026-09-01T09:00")
    forgetting.forget(clock.now())
    named.refresh_from_db()
    assert (named.name, named.phone) == (forgetting.GONE, "")
