"""Guides on the desk: written as plain forms, published, undone, withdrawn; read and understood; spread and counted."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from support.guides import Bodies, agency, bodies, officer_at
from support.officers import browser, officer_with, signed_in

from dauchan.accounts.actions import Scope, grant_role
from dauchan.accounts.models import AuditRow
from dauchan.guides import actions, queries, reach, reading, rules, shipping
from dauchan.guides.models import Broadcast, Guide, Reading, Version
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound, NotPermitted
from dauchan.units.models import Unit
from dauchan.units.queries import unit_by_code

pytestmark = pytest.mark.usefixtures("database")

CLOCK = "2026-11-25T08:00+07:00"
DESK = "/trien-khai/huong-dan"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture(scope="module")
def tree(database) -> Bodies:
    return bodies()


@pytest.fixture(scope="module")
def writer(database) -> Client:
    return signed_in(officer_with("rollout_manager", email="viet@dauchan.test"))


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()[:3000]
    return str(answer.content.decode())


def sent(client: Client, path: str, body: dict[str, object], status: int = 302) -> str:
    answer = client.post(path, body)
    assert answer.status_code == status, answer.content.decode()[:6000]
    return str(answer.content.decode())


def words(slug: str, **changed: object) -> dict[str, object]:
    """What the form of the Vietnamese sends when nothing was changed, and then these fields."""
    guide = queries.guide_named(slug)
    draft = queries.draft_of(guide)
    content = queries.content_of(draft or queries.public_version(guide))
    told = content.texts["vi"]
    body: dict[str, object] = {"title": told.title, "summary": told.summary, "script": told.script}
    body |= {"official": told.official, "seen": draft.edited_at.isoformat() if draft else ""}
    for number in range(min(len(content.steps) + 3, rules.MOST_STEPS)):
        step = content.steps[number] if number < len(content.steps) else rules.Step("circle-check")
        body |= {f"words{number}": step.words.get("vi", ""), f"few{number}": step.few.get("vi", "")}
        body |= {f"picture{number}": step.picture, f"order{number}": str(number + 1)}
    return body | changed


# --- writing and versions ---------------------------------------------------------------------------------------------


def test_a_guide_is_written_previewed_published_and_then_public(writer):
    sent(writer, f"{DESK}/moi", {"title": "Đi lễ chùa", "audience": "citizen", "settings": ["general"]})
    page = f"{DESK}/xem/di-le-chua"
    text(browser(), "/huong-dan/di-le-chua", 404)
    first = {
        "words0": "Quét mã ở cổng chùa, bấm **Vào**. <script>1</script>",
        "few0": "Quét ở cổng",
        "picture0": "scan",
    }
    sent(writer, f"{page}/soan/vi", words("di-le-chua", summary="Ngắn gọn.", **first, then="preview"))
    shown = text(writer, f"{page}/nhap")
    assert "bấm <strong>Vào</strong>" in shown
    assert "&lt;script&gt;" in shown
    text(browser(), "/huong-dan/di-le-chua", 404)
    sent(writer, f"{page}/viec", {"act": "publish", "number": "1"})
    assert "Quét mã ở cổng chùa" in text(browser(), "/huong-dan/di-le-chua")


def test_an_unfinished_draft_is_not_published_and_says_what_is_missing(writer):
    sent(writer, f"{DESK}/moi", {"title": "Bản dở dang", "audience": "citizen", "settings": ["general"]})
    page = f"{DESK}/xem/ban-do-dang"
    assert "ít nhất một bước có lời" in text(writer, f"{page}/nhap")
    sent(writer, f"{page}/viec", {"act": "publish", "number": "1"})
    text(browser(), "/huong-dan/ban-do-dang", 404)
    sent(writer, f"{page}/viec", {"act": "drop"})
    assert not Guide.objects.filter(slug="ban-do-dang").exists()


def test_a_second_guide_under_the_same_address_is_refused(writer):
    body = {"title": "Chợ", "audience": "citizen", "settings": ["market"]}
    assert "Đã có hướng dẫn mang địa chỉ này" in sent(writer, f"{DESK}/moi", body, 400)


def test_steps_are_moved_and_left_out_and_their_translations_go_with_them(writer):
    page = f"{DESK}/xem/khach-san"
    before = queries.content_of(queries.public_version(queries.guide_named("khach-san")))
    sent(writer, f"{page}/soan/vi", words("khach-san", order0="9", words1=""))
    after = queries.content_of(queries.draft_of(queries.guide_named("khach-san")))
    assert [step.words["en"] for step in after.steps] == [before.steps[at].words["en"] for at in (2, 3, 4, 0)]
    assert queries.content_of(queries.public_version(queries.guide_named("khach-san"))) == before


def test_a_translation_into_rade_is_written_step_by_step_and_then_read(writer):
    page = f"{DESK}/xem/nguoi-nha"
    assert "Klei Êđê" in text(writer, f"{page}/soan/rad")
    body = {"title": "Klei mrâo", "summary": "Ƀuôn sang", "script": "", "official": "", "seen": ""}
    body |= {f"words{number}": f"Êđê {number}" for number in range(5)} | {f"few{number}": "Êđê" for number in range(5)}
    sent(writer, f"{page}/soan/rad", body)
    draft = queries.draft_of(queries.guide_named("nguoi-nha"))
    sent(writer, f"{page}/viec", {"act": "publish", "number": str(draft.number)})
    shown = text(browser(), "/huong-dan/nguoi-nha?lang=rad")
    assert "Klei mrâo" in shown
    assert "Êđê 4" in shown
    assert browser().get(f"/huong-dan/nguoi-nha/ban/{draft.number}/ap-phich-rad.pdf").status_code == 200


def test_two_writers_do_not_lose_each_others_words(writer):
    body = words("cuoc-hop", title="Họp, bản của người thứ nhất")
    sent(writer, f"{DESK}/xem/cuoc-hop/soan/vi", body)
    late = sent(writer, f"{DESK}/xem/cuoc-hop/soan/vi", body | {"title": "Họp, bản của người thứ hai"}, 400)
    assert "Người khác vừa lưu bản nháp này" in late
    assert "bản của người thứ hai" in late
    assert queries.content_of(queries.draft_of(queries.guide_named("cuoc-hop"))).texts["vi"].title.endswith("nhất")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"words0": "a" * 401}, "400"),
        ({"picture0": "skull"}, "skull"),
        ({"title": ""}, "bắt buộc"),
        ({"order0": "x"}, ""),
        ({"seen": "hôm qua"}, "Người khác vừa lưu"),
    ],
)
def test_what_cannot_be_stored_comes_back_with_what_to_do(writer, changed, said):
    assert said in sent(writer, f"{DESK}/xem/cho/soan/vi", words("cho", **changed), 400)


def test_a_new_version_replaces_the_old_one_which_says_so_and_can_be_brought_back(writer):
    page, public = f"{DESK}/xem/truong-hoc", "/huong-dan/truong-hoc"
    sent(writer, f"{page}/soan/vi", words("truong-hoc", summary="Bản hai."))
    sent(writer, f"{page}/viec", {"act": "publish", "number": "2"})
    assert "Bản hai." in text(browser(), public)
    old = text(browser(), f"{public}/ban/1")
    assert "Đây là bản cũ (bản 1)" in old
    assert "noindex" in old
    sent(writer, f"{page}/viec", {"act": "bring-back", "number": "1"})
    assert "Bản hai." not in text(browser(), public)
    assert "Đây là bản cũ (bản 2)" in text(browser(), f"{public}/ban/2")


def test_a_withdrawn_guide_says_so_and_why_and_leaves_library_and_links(writer):
    page, public = f"{DESK}/xem/ap-phich-bi-trao", "/huong-dan/ap-phich-bi-trao"
    sent(writer, f"{page}/viec", {"act": "withdraw", "why": ""})
    assert queries.title_of("ap-phich-bi-trao", "vi")
    sent(writer, f"{page}/viec", {"act": "withdraw", "why": "Quy trình đã đổi"})
    shown = text(browser(), public)
    assert "Đừng làm theo" in shown
    assert "Quy trình đã đổi" in shown
    assert "ap-phich-bi-trao" not in text(browser(), "/huong-dan")
    assert queries.title_of("ap-phich-bi-trao", "vi") == ""
    sent(writer, f"{page}/viec", {"act": "bring-back", "number": "1"})
    assert "Đừng làm theo" not in text(browser(), public)
    acts = AuditRow.objects.filter(event__startswith="guide.").values_list("event", flat=True)
    assert {"guide.withdrawn", "guide.brought_back", "guide.published"} <= set(acts)


def test_what_officers_wrote_stays_when_a_release_brings_other_words(writer):
    sent(writer, f"{DESK}/xem/chu-dia-diem/soan/vi", words("chu-dia-diem", summary="Lời của tỉnh."))
    sent(writer, f"{DESK}/xem/chu-dia-diem/viec", {"act": "publish", "number": "2"})
    released = [one for one in shipping.shipped() if one.slug in ("chu-dia-diem", "cach-ly-cua-khau")]
    newer = [replace(one, digest="0" * 63 + str(at)) for at, one in enumerate(released)]
    assert shipping.take_shipped(newer) == 2
    assert shipping.take_shipped(newer) == 0
    ours = Version.objects.get(guide__slug="chu-dia-diem", state="published")
    theirs = Version.objects.get(guide__slug="cach-ly-cua-khau", state="published")
    assert (ours.number, theirs.number) == (2, 2)
    assert Version.objects.get(guide__slug="chu-dia-diem", number=3).state == "replaced"


def test_only_who_writes_guides_may_change_them(tree):
    focal = officer_at(tree.school)
    client = signed_in(focal)
    assert text(client, f"{DESK}/xem/cho").count("Soạn bản mới") == 0
    text(client, f"{DESK}/xem/cho/soan/vi", 403)
    sent(client, f"{DESK}/xem/cho/viec", {"act": "withdraw", "why": "x"}, 403)
    with pytest.raises(NotPermitted):
        actions.withdraw("cho", "x", by=focal, now=clock.now())


# --- the official document --------------------------------------------------------------------------------------------


def upload(client: Client, content: bytes, status: int) -> str:
    from django.core.files.uploadedfile import SimpleUploadedFile

    body = {"title": "1324/BTTTT-THH, phụ lục", "file": SimpleUploadedFile("a.pdf", content)}
    return sent(client, f"{DESK}/xem/bo-giai-phap/van-ban", body, status)


def test_the_letters_attachment_is_laid_beside_the_first_guide_and_taken_away_again(writer):
    upload(writer, PDF, 302)
    upload(writer, PDF, 302)
    file = queries.guide_named("bo-giai-phap").files.get()
    shown = text(browser(), "/huong-dan/bo-giai-phap")
    assert "1324/BTTTT-THH, phụ lục" in shown
    assert "phần mềm không mang theo nó" not in shown
    answer = browser().get(f"/huong-dan/bo-giai-phap/van-ban/{file.pk}.pdf")
    assert answer.content == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    sent(writer, f"{DESK}/xem/bo-giai-phap/van-ban/{file.pk}/bo", {})
    text(browser(), f"/huong-dan/bo-giai-phap/van-ban/{file.pk}.pdf", 404)


@pytest.mark.parametrize(
    "content", [b"MZ\x90", b"<html></html>", b"%PDF-1.4 cut off", b"%PDF-" + b"0" * 10_485_760 + b"%%EOF"]
)
def test_what_is_no_pdf_or_too_large_is_refused(writer, content):
    assert "Chỉ nhận tệp PDF, nhiều nhất 10 MB" in upload(writer, content, 400)


# --- read and understood ----------------------------------------------------------------------------------------------


def share(slug: str, seat: reading.Seat) -> tuple[int, int, list[str]]:
    version, today = queries.in_use(queries.guide_named(slug)), clock.local_day(clock.now())
    one = reading.shares([version], today, {seat}).get(seat, reading.Share())
    return one.read, one.expected, reading.missing_names(version, today, {seat}).get(seat, [])


def test_an_officer_confirms_for_each_agency_and_is_asked_again_by_a_new_version(tree, writer):
    today, slug = clock.local_day(clock.now()), "ben-xe-va-xe"
    ana, ben = officer_at(tree.elsewhere), officer_at(tree.elsewhere)
    grant_role(ana, "focal_officer", Scope("agency", str(tree.department.pk)), by=None, now=clock.now())
    here, other = reading.Seat("agency", tree.elsewhere.pk), reading.Seat("agency", tree.department.pk)
    client = signed_in(ana)
    assert "Tôi đã đọc và hiểu" in text(client, f"{DESK}/xem/{slug}")
    assert share(slug, here)[:2] == (0, 2)
    for _again in range(2):
        sent(client, f"{DESK}/xem/{slug}/da-doc", {"number": "1"})
    assert "Bạn đã xác nhận đọc và hiểu bản này lúc" in text(client, f"{DESK}/xem/{slug}")
    assert share(slug, here) == (1, 2, [ben.name])
    assert share(slug, other)[:2] == (1, 1)
    assert Reading.objects.filter(officer=ana).count() == 2
    sent(writer, f"{DESK}/xem/{slug}/soan/vi", words(slug, summary="Mới."))
    sent(writer, f"{DESK}/xem/{slug}/viec", {"act": "publish", "number": "2"})
    assert share(slug, here)[:2] == (0, 2)
    with pytest.raises(rules.NotInState):
        reading.confirm(slug, 1, by=ana, now=clock.now())
    sent(writer, f"{DESK}/xem/{slug}/viec", {"act": "bring-back", "number": "1"})
    assert share(slug, here)[:2] == (1, 2)
    there = reading.read_within((), [tree.elsewhere.pk], today)
    assert there.read == 1
    assert there.expected > 2 * 10


def test_superiors_see_how_many_have_not_read_and_only_who_names_officers_sees_their_names(tree):
    officer_at(tree.school, email="chua.doc@dauchan.test")
    page = f"{DESK}/xem/cho/ai-doc"
    names = "Focal Officer"
    head = text(signed_in(officer_at(tree.department, "agency_head")), page)
    assert "Trường Nguyễn Du" in head
    assert names in head
    focal = text(signed_in(officer_at(tree.department)), page)
    assert "Trường Nguyễn Du" in focal
    assert names not in focal.partition("<main")[2]
    elsewhere = text(signed_in(officer_at(tree.elsewhere, "agency_head")), page)
    assert "Trường Nguyễn Du" not in elsewhere


def test_an_agency_that_is_dissolved_is_asked_no_more(tree):
    today = clock.local_day(clock.now())
    officer = officer_at(tree.school)
    seat = reading.Seat("agency", tree.school.pk)
    before = share("khong-co-dien-thoai", seat)[1]
    tree.school.valid_to = today
    tree.school.save()
    assert before > 0
    assert share("khong-co-dien-thoai", seat)[1] == 0
    with pytest.raises(NotPermitted):
        reading.confirm("khong-co-dien-thoai", 1, by=officer, now=clock.now())
    tree.school.valid_to = None
    tree.school.save()


def test_an_officer_of_a_unit_confirms_for_the_unit():
    today = clock.local_day(clock.now())
    unit = unit_by_code("24611", today)
    health = officer_with("commune_health_officer", Scope("unit", str(unit.pk)))
    reading.confirm("bo-giai-phap-can-bo", 1, by=health, now=clock.now())
    assert share("bo-giai-phap-can-bo", reading.Seat("unit", unit.pk))[:2] == (1, 1)
    assert reading.read_within([unit.pk], (), today).read == 1


# --- spreading --------------------------------------------------------------------------------------------------------


def broadcast(where: Bodies, **changed: object) -> dict[str, object]:
    body = {"agency": str(where.school.pk), "means": "loudspeaker", "language": "vi", "place": "Loa thôn 3"}
    return body | {"unit": "", "unit_text": "", "day": "2026-11-24", "audience": "400"} | changed


def test_a_focal_officer_tells_a_broadcast_which_counts_once_and_can_be_struck(tree):
    today = clock.local_day(clock.now())
    client = signed_in(officer_at(tree.school))
    for _again in range(2):
        sent(client, f"{DESK}/xem/cho/pho-bien", broadcast(tree))
    sent(client, f"{DESK}/xem/cho/pho-bien", broadcast(tree, place="Nhóm phụ huynh", means="group", audience=""))
    month = (today - timedelta(days=29), today)
    assert reach.spread_between((), [tree.school.pk], *month) == reach.Spread(2, 400)
    assert reach.spread_between([tree.school.unit_id], (), *month) == reach.Spread(2, 400)
    listed = text(client, f"{DESK}/pho-bien")
    assert "Loa thôn 3" in listed
    sent(client, f"{DESK}/pho-bien/{Broadcast.objects.get(place='Loa thôn 3').pk}/bo", {})
    assert reach.spread_between((), [tree.school.pk], *month) == reach.Spread(1, 0)


@pytest.mark.parametrize(
    "changed", [{"day": "2026-12-24"}, {"day": "2025-01-01"}, {"place": " "}, {"means": "smoke"}, {"audience": "-3"}]
)
def test_a_broadcast_that_cannot_be_is_refused(tree, changed):
    before = Broadcast.objects.count()
    sent(signed_in(officer_at(tree.school)), f"{DESK}/xem/cho/pho-bien", broadcast(tree, **changed), 400)
    assert Broadcast.objects.count() == before


def test_nobody_tells_or_strikes_for_an_agency_that_is_not_theirs(tree):
    stranger = officer_at(tree.elsewhere)
    sent(signed_in(stranger), f"{DESK}/xem/cho/pho-bien", broadcast(tree), 400)
    told = reach.Told(tree.school, "meeting", "Hội trường", clock.local_day(clock.now()))
    with pytest.raises(NotFound):
        reach.tell_broadcast("cho", told, by=stranger, now=clock.now())
    made = reach.tell_broadcast("cho", told, by=officer_at(tree.department), now=clock.now())
    sent(signed_in(stranger), f"{DESK}/pho-bien/{made.pk}/bo", {}, 404)
    assert "Hội trường" not in text(signed_in(stranger), f"{DESK}/pho-bien")


def test_the_desks_list_has_reading_openings_and_broadcasts_of_ones_own_scope(tree):
    browser().get("/huong-dan/cho")
    listed = text(signed_in(officer_at(tree.department, "agency_head")), DESK)
    assert "Lượt mở trang" in listed
    assert "Chợ" in listed
    assert text(signed_in(officer_at(tree.department)), f"{DESK}?q=cho+tieu+thuong&audience=place_owner")


def test_units_named_in_a_broadcast_are_communes(tree):
    unit = Unit.objects.filter(code="24617", valid_to=None).get()
    client = signed_in(officer_at(tree.department))
    sent(client, f"{DESK}/xem/cho/pho-bien", broadcast(tree, place="Chợ Xã", unit=str(unit.pk), unit_text=str(unit)))
    assert Broadcast.objects.get(place="Chợ Xã").unit == unit


def test_a_commune_reads_the_library_and_only_a_province_writes_it(tree):
    def new_guide(scope: Scope, title: str) -> int:
        client = signed_in(officer_with("rollout_manager", scope))
        body = {"title": title, "audience": "citizen", "settings": ["market"]}
        return client.post("/trien-khai/huong-dan/moi", body).status_code

    commune, province = (unit_by_code(code, clock.local_day(clock.now())) for code in ("24611", "68"))
    department = agency("Sở Thử Hướng Dẫn", "department", "68")
    assert new_guide(Scope("unit", str(commune.pk)), "Của xã") == 403
    assert new_guide(Scope("unit", str(province.pk)), "Của tỉnh") == 302
    assert new_guide(Scope("agency", str(department.pk)), "Của sở") == 302
