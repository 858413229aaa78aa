"""People are invited by a list: checked by line, sent once each, never beyond the inviter's reach."""

import re
from datetime import date

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from procrastinate.contrib.django.models import ProcrastinateJob
from support.citizens import send_messages
from support.officers import browser, officer_with, signed_in

from dauchan.accounts.actions import Scope, end_roles_at, grant_role
from dauchan.accounts.models import Officer, Role
from dauchan.agencies import inviting, jobs, naming, seeds
from dauchan.agencies.invited import state_of
from dauchan.agencies.models import Appointment, Batch, Invitation
from dauchan.agencies.naming import Named
from dauchan.kernel import clock
from dauchan.kernel.exports import xlsx
from dauchan.notify.actions import BLOCK
from dauchan.notify.queries import on_the_try_out_phone
from dauchan.units.models import Agency
from dauchan.units.queries import unit_by_code

CLOCK = "2021-08-17T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "tree_of_2021", "full_budgets")
ROOT = "/trien-khai/co-quan/loi-moi"
PASSWORD = "một câu khá dài để nhớ"
HEADER = ["Họ và tên", "Cơ quan", "Đơn vị hành chính", "Vai trò", "Điện thoại", "Thư điện tử", "Nhiệm kỳ đến ngày"]


@pytest.fixture(scope="module")
def tree_of_2021(database):
    seeds.seed("dak-nong-2021", now=clock.now())


def manager(code: str = "67") -> Officer:
    unit = unit_by_code(code, clock.local_day(clock.now()))
    return officer_with("rollout_manager", Scope("unit", str(unit.pk)))


def a_list(*rows: list[str]) -> SimpleUploadedFile:
    return SimpleUploadedFile("danh-sach.xlsx", xlsx("Lời mời", HEADER, rows).content)


def uploaded(by: Officer, *rows: list[str], **told: str) -> Batch:
    answer = signed_in(by).post(f"{ROOT}/moi", {"file": a_list(*rows), **told})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return Batch.objects.latest("pk")


def sent(by: Officer, *rows: list[str], **told: str) -> list[Invitation]:
    batch = uploaded(by, *rows, **told)
    assert signed_in(by).post(f"{ROOT}/tep/{batch.pk}").status_code == 302
    inviting.send_batch(batch.pk, now=clock.now())
    send_messages()
    return list(batch.invitations.select_related("link__officer", "message", "officer").order_by("line"))


def link_in(text: str) -> str:
    found = re.search(r"/loi-moi/[0-9A-Z]+", text)
    assert found
    return found[0]


def message_to(recipient: str) -> str:
    return next(one.envelope.text for one in on_the_try_out_phone(clock.now()) if one.envelope.to == recipient)


def accepts(path: str, **told: str) -> int:
    return browser().post(path, {"name": "Người Mới", "password": PASSWORD, "again": PASSWORD, **told}).status_code


OFFICE = "Phòng Văn hóa và Thông tin huyện Cư Jút"


def test_a_list_is_checked_line_by_line_and_nothing_is_sent_before_it_is_confirmed():
    boss = manager()
    batch = uploaded(
        boss,
        ["Một", OFFICE, "", "Cán bộ đầu mối", "0912345601", "mot@dauchan.test", "31/12/2021"],
        ["Hai", "Sở Không Có", "", "Cán bộ đầu mối", "0912345602", "", ""],
        ["Ba", "Sở Y tế tỉnh Đắk Nông", "", "Cán bộ y tế xã", "0912345603", "", ""],
        ["Bốn", "Sở Y tế tỉnh Đắk Nông", "", "Quản trị viên", "0912345604", "", ""],
        ["", "Sở Y tế tỉnh Đắk Nông", "", "focal officer", "12", "sai", "01/01/2020"],
        ["Một", OFFICE, "", "Cán bộ đầu mối", "0912345601", "mot@dauchan.test", ""],
        ["Bảy", "", "24611", "Cán bộ kiểm tra", "0912345607", "", ""],
        ["Tám", "", "", "Cán bộ kiểm tra", "", "", ""],
    )
    lines = sorted(set(batch.faults.values_list("line", flat=True)))
    assert lines == [3, 4, 5, 6, 7, 9]
    assert batch.faults.filter(line=6).count() == 4
    assert list(batch.invitations.order_by("line").values_list("line", "channel")) == [(2, "email"), (8, "sms")]
    page = signed_in(boss).get(f"{ROOT}/tep/{batch.pk}").content.decode()
    assert "Mời 2 người" in page
    assert "Không mời được vai trò" in page
    assert not Invitation.objects.filter(batch=batch, sent_at__isnull=False).exists()
    assert not Appointment.objects.filter(name="Một").exists()
    made = signed_in(boss).get(f"{ROOT}/tep/{batch.pk}?format=xlsx")
    assert made.headers["X-Rows"] == str(batch.faults.count())
    assert signed_in(manager()).get(f"{ROOT}/tep/{batch.pk}").status_code == 404, "somebody else's list"


def test_nobody_is_invited_beyond_the_inviters_reach():
    far = uploaded(manager("660"), ["Xa", OFFICE, "", "Cán bộ đầu mối", "0912345610", "", ""])
    assert far.invitations.count() == 0
    assert "ngoài phạm vi" in far.faults.get().reason_vi
    head = officer_with("agency_head", Scope("agency", str(Agency.objects.get(name=OFFICE).pk)))
    assert signed_in(head).post(f"{ROOT}/moi", {"file": a_list()}).status_code == 403


def test_invitations_go_out_once_and_who_joins_holds_the_role_for_the_term(at):
    at("2021-08-17T09:00")
    boss = manager()
    rows = [
        ["Thư", OFFICE, "", "Cán bộ đầu mối", "", "thu@dauchan.test", "01/10/2021"],
        ["Tin", OFFICE, "", "Lãnh đạo cơ quan", "0912345621", "", ""],
    ]
    mail, sms = sent(boss, *rows)
    text = message_to("0912345621")
    assert "Tin" not in text, "no personal data in an SMS"
    assert OFFICE not in text
    assert text.isascii()
    inviting.send_batch(mail.batch_id, now=clock.now())
    assert Invitation.objects.get(pk=mail.pk).times == 1, "sent once"
    path = link_in(message_to("thu@dauchan.test"))
    assert accepts(path) == 302
    officer = Officer.objects.get(email="thu@dauchan.test")
    role = Role.objects.get(officer=officer)
    office = Agency.objects.get(name=OFFICE)
    assert (role.role, role.scope_id, role.valid_to) == ("focal_officer", str(office.pk), date(2021, 10, 1))
    named = Appointment.objects.get(agency=office, name="Thư")
    assert naming.account_of(named) == officer
    assert accepts(path) == 410
    tin = link_in(text)
    assert accepts(tin) == 200, "an invitation without an address asks for one"
    assert accepts(tin, email="tin@dauchan.test") == 302
    joined = Officer.objects.filter(email__in=["thu@dauchan.test", "tin@dauchan.test"])
    joined.update(last_login=clock.now())  # Django writes the machine's own clock
    at("2021-08-18T09:00")
    desk = signed_in(boss)
    page = desk.get(f"{ROOT}?list={mail.batch_id}").content.decode()
    assert "chưa đăng nhập lại" in page
    Officer.objects.filter(pk=officer.pk).update(last_login=clock.now())
    mail.refresh_from_db()
    fresh = Invitation.objects.select_related("link__officer").get(pk=mail.pk)
    assert state_of(fresh, clock.now()) == "joined"
    assert state_of(Invitation.objects.get(pk=sms.pk), clock.now()) == "never"
    again = uploaded(boss, *rows)
    assert again.invitations.count() == 2, "who has joined may be invited to something again"


def test_an_invitation_expires_after_thirty_days_is_sent_again_and_revoked(at):
    at("2021-08-17T10:00")
    boss = manager()
    (one,) = sent(boss, ["Muộn", OFFICE, "", "Cán bộ đầu mối", "0912345631", "", ""])
    old = link_in(message_to("0912345631"))
    twice = uploaded(boss, ["Muộn", OFFICE, "", "Cán bộ đầu mối", "0912345631", "", ""])
    assert "đã được mời" in twice.faults.get().reason_vi
    at("2021-09-16T09:59")
    assert browser().get(old).status_code == 200, "29 days and a night"
    at("2021-09-16T10:00")
    assert browser().get(old).status_code == 410
    assert state_of(Invitation.objects.select_related("link").get(pk=one.pk), clock.now()) == "expired"
    assert signed_in(boss).post(f"{ROOT}/{one.pk}", {"act": "again"}).status_code == 302
    inviting.send_batch(one.batch_id, now=clock.now())
    send_messages()
    fresh = link_in(message_to("0912345631"))
    assert fresh != old
    assert browser().get(fresh).status_code == 200
    assert signed_in(boss).post(f"{ROOT}/{one.pk}", {"act": "revoke"}).status_code == 302
    assert browser().get(fresh).status_code == 410
    assert state_of(Invitation.objects.get(pk=one.pk), clock.now()) == "revoked"
    stranger = signed_in(manager("660"))
    assert stranger.post(f"{ROOT}/{one.pk}", {"act": "again"}).status_code == 404


def test_letters_are_printed_one_page_each_and_a_reprint_voids_the_old_code(at, monkeypatch):
    at("2021-08-17T11:00")
    boss, printed = manager(), []
    monkeypatch.setattr(
        "dauchan.agencies.papers.typeset", lambda template, content: printed.append(content) or b"%PDF-"
    )
    rows = [[f"Thư {n}", OFFICE, "", "Cán bộ đầu mối", "", f"thu{n}@dauchan.test", ""] for n in range(3)]
    first, *_others = sent(boss, *rows, letters="on")
    assert first.sent_at is None
    assert signed_in(boss).post(f"{ROOT}/thu.pdf", {"list": first.batch_id}).status_code == 200
    assert len(printed[0]["letters"]) == 3
    code = printed[0]["letters"][0]["code"]
    assert re.fullmatch(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}", code)
    assert signed_in(boss).post(f"{ROOT}/thu.pdf", {"list": first.batch_id}).status_code == 404, "none waits"
    typed = browser().post("/loi-moi", {"code": code.lower().replace("-", " ")})
    assert typed.headers["location"] == f"/loi-moi/{code.replace('-', '')}"
    signed_in(boss).post(f"{ROOT}/thu.pdf", {"invitation": first.pk})
    assert browser().post("/loi-moi", {"code": code}).status_code == 400
    assert accepts(f"/loi-moi/{printed[1]['letters'][0]['code'].replace('-', '')}") == 302


def test_one_stale_invitation_stops_nobody_elses_letter_and_is_told(at, monkeypatch):
    at("2021-10-04T09:00")
    boss, printed = manager(), []
    monkeypatch.setattr(
        "dauchan.agencies.papers.typeset", lambda template, content: printed.append(content) or b"%PDF-"
    )
    rows = [
        [f"Kỳ {n}", OFFICE, "", "Cán bộ kiểm tra", "", f"ky{n}@dauchan.test", f"{10 + n:02}/11/2021"] for n in range(3)
    ]
    first, *_rest = sent(boss, *rows, letters="on")
    at("2021-11-11T09:00")
    assert signed_in(boss).post(f"{ROOT}/thu.pdf", {"list": first.batch_id}).status_code == 200
    assert [each["name"] for each in printed[0]["letters"]] == ["Kỳ 2"]
    assert [each["name"] for each in printed[0]["left_out"]] == ["Kỳ 0", "Kỳ 1"]
    told = signed_in(boss).get(f"{ROOT}?list={first.batch_id}").content.decode()
    assert told.count("Nhiệm kỳ trong lời mời đã hết.") == 2
    assert "In các thư chờ in" not in told, "nothing waits for paper any more"


def test_a_sheet_behind_the_letters_says_who_is_left_out(at):
    at("2021-10-05T09:00")
    boss = manager()
    rows = [[f"Tờ {n}", OFFICE, "", "Cán bộ kiểm tra", "", f"to{n}@dauchan.test", ""] for n in range(2)]
    first, _second = sent(boss, *rows, letters="on")
    Invitation.objects.filter(pk=first.pk).update(until=date(2021, 10, 1))
    content = signed_in(boss).post(f"{ROOT}/thu.pdf", {"list": first.batch_id}).content
    pages = pypdfium2.PdfDocument(content)
    assert [("Tờ 0" in page.get_textpage().get_text_range()) for page in pages] == [False, True]


def test_whom_no_message_reaches_for_now_holds_up_nobody_behind(at):
    at("2021-10-06T09:00")
    numbers = [f"09123477{n:02}" for n in range(int(BLOCK.capacity) + 2)]
    rows = [[f"Tin {n}", OFFICE, "", "Cán bộ kiểm tra", n, "", ""] for n in numbers]
    rows.append(["Thư điện tử", OFFICE, "", "Cán bộ kiểm tra", "", "sau.cung@dauchan.test", ""])
    *texts, mail = sent(manager(), *rows)
    assert mail.sent_at is not None
    waits, other = (one for one in texts if one.sent_at is None)
    sending = ProcrastinateJob.objects.filter(task_name="agencies.send_batch")
    before = sending.count()
    for one in (waits, other):
        inviting.invite_again(one.pk, by=mail.batch.made_by, now=clock.now())
        jobs.send_batch(mail.batch_id)
    assert sending.count() == before + 2, "what has to wait starts nothing more by itself"
    at("2021-10-06T10:00")
    jobs.send_waiting(0)
    assert {one.times for one in mail.batch.invitations.all()} == {1}


def test_a_letter_is_a_page_of_paper(at):
    at("2021-08-17T11:30")
    boss = manager()
    office = Agency.objects.get(name=OFFICE)
    named = naming.name_officer(office, Named("Thư Riêng", phone="0912345641"), by=boss, now=clock.now())
    answer = signed_in(boss).post(f"/trien-khai/co-quan/{named.agency_id}/can-bo/{named.pk}/moi", {"how": "letter"})
    assert answer.content.startswith(b"%PDF")


def test_an_invitation_dies_when_the_inviter_may_no_longer_give_it(at):
    at("2021-08-17T12:00")
    boss = manager()
    sent(boss, ["Chậm", OFFICE, "", "Cán bộ đầu mối", "", "cham@dauchan.test", ""])
    path = link_in(message_to("cham@dauchan.test"))
    role = Role.objects.get(officer=boss)
    end_roles_at(Scope("unit", role.scope_id), holder=boss, by=None, now=clock.now())
    accepts(path)
    assert not Officer.objects.filter(email="cham@dauchan.test").exists()


def test_whoever_works_here_already_gets_the_role_at_once(at):
    at("2021-08-17T13:00")
    known = officer_with("inspector", email="quen@dauchan.test")
    (one,) = sent(manager(), ["Quen", OFFICE, "", "Cán bộ đầu mối", "", known.email, ""])
    assert one.officer == known
    assert one.link is None
    assert Role.objects.filter(officer=known, role="focal_officer").exists()


def test_a_manager_cannot_hand_out_other_roles_or_reach_further_through_an_agencys_branches(at):
    at("2021-08-17T14:00")
    boss, far = manager("660"), Agency.objects.get(name=OFFICE)
    committee = Agency.objects.get(name="Ủy ban nhân dân thành phố Gia Nghĩa")
    someone = officer_with("inspector")
    grant_role(someone, "focal_officer", Scope("agency", str(committee.pk)), by=boss, now=clock.now())
    for role in ("commune_health_officer", "administrator", "rollout_manager", "auditor"):
        with pytest.raises(Exception, match="may not"):
            grant_role(someone, role, Scope("agency", str(committee.pk)), by=boss, now=clock.now())
    Agency.objects.filter(pk=far.pk).update(parent=committee)
    with pytest.raises(Exception, match="may not"):
        grant_role(someone, "focal_officer", Scope("agency", str(committee.pk)), by=boss, now=clock.now())
    Agency.objects.filter(pk=far.pk).update(parent=Agency.objects.get(name="Ủy ban nhân dân huyện Cư Jút"))


def test_lists_that_nobody_confirmed_are_forgotten_next_day(at):
    at("2021-08-17T15:00")
    batch = uploaded(manager(), ["Nháp", OFFICE, "", "Cán bộ đầu mối", "0912345651", "", ""])
    at("2021-08-18T15:01")
    inviting.forget_drafts(clock.now())
    assert not Batch.objects.filter(pk=batch.pk).exists()


def test_a_named_officer_who_is_invited_twice_gets_one_message_and_one_link_opens(at):
    at("2021-10-02T09:00")
    boss, office = manager(), Agency.objects.get(name=OFFICE)
    told = Named("Vũ Thị Hai Lần", phone="0912999888", email="hai.lan@vp.vn")
    named = naming.name_officer(office, told, by=boss, now=clock.now())
    how = {"letter": False, "base_url": "https://a.vn", "by": boss, "now": clock.now()}
    first, again = inviting.invite_named(named.pk, **how), inviting.invite_named(named.pk, **how)
    assert first == again
    inviting.send_batch(first.batch_id, now=clock.now())
    send_messages()
    old = link_in(message_to("hai.lan@vp.vn"))
    other = inviting.invite_named(named.pk, **how | {"letter": True})
    (letter,), _left_out = inviting.write_letters([other.pk], by=boss, now=clock.now())
    assert accepts(old) == 410
    assert accepts("/loi-moi/" + letter.url.rpartition("/")[2]) == 302
    with pytest.raises(inviting.JoinedAlready):
        inviting.invite_named(named.pk, **how)


def test_whom_two_lists_name_is_invited_by_the_one_that_is_confirmed_first(at):
    at("2021-10-03T09:00")
    row = ["Đỗ Văn Trùng", OFFICE, "", "Cán bộ kiểm tra", "", "trung@vp.vn", ""]
    one, two = (uploaded(manager(), row) for _ in range(2))
    for batch in (one, two):
        inviting.confirm(batch.pk, by=batch.made_by, now=clock.now())
        inviting.send_batch(batch.pk, now=clock.now())
    assert [each.invitations.get().times for each in (one, two)] == [1, 0]
    assert state_of(two.invitations.get(), clock.now()) == "refused"
