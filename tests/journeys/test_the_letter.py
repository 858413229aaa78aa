"""The letter of July 2021: written, sent to its twelve groups, acknowledged, done, returned, passed on, printed."""

import io
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import docx as word
import openpyxl
import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from support.letter import BASE, Province, counted, dak_nong, text, the_letter, writer, writes
from support.officers import officer_with, signed_in

from dauchan.accounts.actions import Scope, grant_role
from dauchan.accounts.models import Officer
from dauchan.coverage.models import DayCounts
from dauchan.directives import announcing, queries, working
from dauchan.directives.models import CitedDocument, Directive, Recipient, Task
from dauchan.kernel import clock
from dauchan.notify.models import Message
from dauchan.units.models import Agency

CLOCK = "2021-07-19T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")
PDF = b"%PDF-1.7 signed"


@pytest.fixture(scope="module")
def province(database) -> Province:
    return dak_nong()


@pytest.fixture(scope="module")
def letter(province: Province) -> Directive:
    """The letter, sent."""
    client = writer(province)
    made = writes(client, the_letter())
    assert client.post(f"{BASE}/{made.pk}/gui").status_code == 302
    made.refresh_from_db()
    assert made.state == "sent"
    announcing.announce(made.pk, now=clock.now())
    return made


def tasks_of(letter: Directive, agency: Agency) -> list[Task]:
    return list(Task.objects.filter(order__directive=letter, agency=agency).order_by("order__position"))


def test_it_reaches_every_addressee_and_copy_once(province, letter):
    groups = {line.words: line.recipients.count() for line in letter.addressees.all()}
    assert groups["Ủy ban nhân dân các xã, phường, thị trấn"] == 71
    assert groups["Ủy ban nhân dân các huyện, thành phố"] == 8
    assert groups["Các huyện ủy, thành ủy"] == 8
    assert len([count for count in groups.values() if count]) == 14  # 12 groups, the report and the culture offices
    assert groups["Sở Y tế"] == 0  # it has the letter as one of the departments
    roles = dict(Recipient.objects.filter(directive=letter, role="report").values_list("agency__name", "role"))
    assert roles == {"Ủy ban nhân dân tỉnh Đắk Nông": "report"}
    assert letter.recipients.filter(role="inform").count() == 8
    executing = letter.recipients.filter(role="execute").count()
    assert Task.objects.filter(order__directive=letter).count() == 4 * executing
    assert not letter.recipients.filter(agency=province.department).exists()


def test_it_rests_on_the_documents_that_it_carries_out(letter):
    assert sorted(str(citation.cited) for citation in letter.citations.all()) == ["1324/BTTTT-THH", "2242/UBND-KGVX"]
    assert CitedDocument.objects.get(reference="1324/BTTTT-THH").dated == date(2021, 4, 29)


def test_the_printed_letter_is_a_letter(province, letter):
    client = writer(province)
    pdf = pypdfium2.PdfDocument(client.get(f"{BASE}/{letter.pk}/in.pdf").content)
    shown = " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pdf)
    file = word.Document(io.BytesIO(client.get(f"{BASE}/{letter.pk}/in.docx").content))
    cells = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    opened = " ".join([*(paragraph.text for paragraph in file.paragraphs), *cells])
    for found in (shown, opened):
        assert "Số: 702/STTTT-CNTT" in found
        assert (
            "Thực hiện Công văn số 2242/UBND-KGVX ngày 11/05/2021 của Ủy ban nhân dân tỉnh Đắk Nông; Công văn số"
            " 1324/BTTTT-THH ngày 29/04/2021 của Bộ Thông tin và Truyền thông về áp dụng giải pháp công nghệ trong"
            " phòng, chống dịch Covid-19, Sở Thông tin và Truyền thông tỉnh Đắk Nông có ý kiến như sau:"
        ) in found
        assert "ngày 19 tháng 7 năm 2021" in found
        assert "- Ủy ban nhân dân các xã, phường, thị trấn;" in found
        assert "3. Khai báo Địa điểm truy cập mã QR Code" in found
        assert "Tỷ lệ phủ 100%" in found
        assert "- Ủy ban nhân dân tỉnh (b/c);" in found
        assert "- Lưu: VT, CNTT." in found


def test_a_commune_acknowledges_works_and_hands_in_evidence_and_the_department_returns_what_is_not_done(
    province, letter
):
    commune = province.commune("Ủy ban nhân dân xã Quảng Trực")
    client, department = signed_in(province.focal(commune)), writer(province)
    assert "Báo đã nhận" in text(client, f"{BASE}/{letter.pk}")
    client.post(f"{BASE}/{letter.pk}/da-nhan")
    last = tasks_of(letter, commune)[-1]
    assert {task.state for task in tasks_of(letter, commune)} == {"acknowledged"}
    page = f"{BASE}/nhiem-vu/{last.pk}"
    client.post(f"{page}/buoc", {"after": "in_progress"})
    client.post(f"{page}/buoc", {"after": "done"})
    assert Task.objects.get(pk=last.pk).state == "in_progress"  # neither words nor a file
    scan = io.BytesIO(PDF)
    scan.name = "bao-cao.pdf"
    client.post(f"{page}/buoc", {"after": "done", "file": scan})
    assert Task.objects.get(pk=last.pk).state == "done"
    assert department.post(f"{page}/tra-lai", {"note": "Chưa có ảnh"}).status_code == 302
    shown = text(client, page)
    assert "Trả lại làm tiếp" in shown
    assert "Chưa có ảnh" in shown
    (evidence,) = Task.objects.get(pk=last.pk).evidence.all()
    file = department.get(f"{BASE}/tep/{evidence.pk}")
    assert file.content == PDF
    assert file["Content-Disposition"].startswith("attachment")
    assert "sandbox" in file["Content-Security-Policy"]


def test_a_step_of_a_task_waits_for_an_acknowledgement_without_holding_the_task(province, letter):
    commune = province.commune("Ủy ban nhân dân xã Quảng Tâm")
    focal, (task, *_others) = province.focal(commune), tasks_of(letter, commune)

    def begins() -> str:
        try:
            return working.move(task.pk, "in_progress", "", by=focal, now=clock.now()).state
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            Recipient.objects.select_for_update().get(pk=task.recipient_id)
            moving = thread.submit(begins)
            time.sleep(0.5)
            assert working.acknowledge(letter.pk, by=focal, now=clock.now()) == 1  # it has what the other waits for
        assert moving.result() == "in_progress"


def test_a_neighbour_sees_neither_its_tasks_nor_its_files(province, letter):
    commune, neighbour = (province.commune(f"Ủy ban nhân dân xã {name}") for name in ("Đắk Ngo", "Quảng Tân"))
    client = signed_in(province.focal(neighbour))
    (task, *_others) = tasks_of(letter, commune)
    assert client.post(f"{BASE}/nhiem-vu/{task.pk}/buoc", {"after": "done", "note": "xong"}).status_code == 404
    assert Task.objects.get(pk=task.pk).state == "sent"
    page = f"{BASE}/nhiem-vu/{task.pk}"
    done = {"after": "done", "note": "Số 0912 nhà bà Tư", "file": SimpleUploadedFile("anh.pdf", PDF)}
    assert signed_in(province.focal(commune)).post(f"{page}/buoc", done).status_code == 302
    (evidence,) = Task.objects.get(pk=task.pk).evidence.all()
    assert client.get(page).status_code == 404
    assert client.get(f"{BASE}/tep/{evidence.pk}").status_code == 404
    document = text(client, f"{BASE}/{letter.pk}")
    assert f"{neighbour.name}</strong>" in document
    assert f"{commune.name}</strong>" not in document
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{BASE}/{letter.pk}/tien-do.xlsx").content))
    assert {row[0].value for row in book.active.iter_rows(min_row=2)} == {neighbour.name}
    everybody = openpyxl.load_workbook(io.BytesIO(writer(province).get(f"{BASE}/{letter.pk}/tien-do.xlsx").content))
    assert everybody.active.max_row == 1 + Task.objects.filter(order__directive=letter).count()
    assert writer(province).get(page).status_code == 200
    outsider = signed_in(officer_with("focal_officer", Scope("agency", str(_elsewhere(province).pk))))
    assert outsider.get(f"{BASE}/{letter.pk}").status_code == 404
    assert outsider.get(f"{BASE}/{letter.pk}/in.pdf").status_code == 404
    assert outsider.post(f"{BASE}/{letter.pk}/da-nhan").status_code == 404


def _elsewhere(province: Province) -> Agency:
    return Agency.objects.create(
        name="Trường Khác", kind="public_service", unit=province.unit, valid_from=date(2021, 1, 1), search_key="khac"
    )


def test_who_has_no_account_is_written_down_by_hand_with_who_when_and_how(province, letter):
    newspaper = Recipient.objects.get(directive=letter, agency__kind="newspaper")
    client = writer(province)
    assert "chưa có tài khoản" in text(client, f"{BASE}/{letter.pk}?state=unread")
    told = {"who": "Bà Mẫu, văn thư", "how": "phone", "at": "2021-07-19"}
    client.post(f"{BASE}/noi-nhan/{newspaper.pk}", told)
    newspaper.refresh_from_db()
    assert (newspaper.acknowledged_how, newspaper.acknowledged_who) == ("phone", "Bà Mẫu, văn thư")
    assert newspaper.recorded_by == province.manager
    assert set(newspaper.tasks.values_list("state", flat=True)) == {"acknowledged"}
    assert client.post(f"{BASE}/noi-nhan/{newspaper.pk}", told | {"how": "account"}).status_code in (302, 404)
    newspaper.refresh_from_db()
    assert newspaper.acknowledged_how == "phone"


def test_what_is_late_is_overdue_until_it_is_done(province, letter):
    commune = province.commune("Ủy ban nhân dân xã Đắk Ru")
    second = tasks_of(letter, commune)[1]
    Task.objects.filter(pk=second.pk).update(deadline=date(2021, 7, 18))
    client = signed_in(province.focal(commune))
    assert "Quá hạn" in text(client, f"{BASE}/nhiem-vu?state=overdue")
    client.post(f"{BASE}/nhiem-vu/{second.pk}/buoc", {"after": "done", "note": "Đã cử bà Mẫu"})
    assert second.order.text not in text(client, f"{BASE}/nhiem-vu?state=overdue")


def test_a_figure_says_whether_the_target_is_reached(province, letter):
    commune = province.commune("Ủy ban nhân dân xã Nhân Cơ")
    counted(commune.unit_id, should_exist=40, matched=40)
    other = province.commune("Ủy ban nhân dân xã Nhân Đạo")
    counted(other.unit_id, should_exist=40, matched=10)
    client = signed_in(province.focal(commune))
    assert "đã đạt" in text(client, f"{BASE}/nhiem-vu/{tasks_of(letter, commune)[2].pk}")
    late = signed_in(province.focal(other))
    shown = text(late, f"{BASE}/nhiem-vu/{tasks_of(letter, other)[2].pk}")
    assert "chưa đạt" in shown
    assert "25 %" in shown


def test_a_task_whose_figure_reached_its_target_reads_reached_and_not_overdue(province, letter):
    commune, day = province.commune("Ủy ban nhân dân xã Đạo Nghĩa"), clock.local_day(clock.now())
    counted(commune.unit_id, should_exist=40, matched=40)
    task = tasks_of(letter, commune)[2]
    Task.objects.filter(pk=task.pk).update(deadline=date(2021, 7, 18))
    client, late = signed_in(province.focal(commune)), f"{BASE}/nhiem-vu?state=overdue"
    assert f"/nhiem-vu/{task.pk}" in text(client, late)
    assert working.mark_reached(clock.now()) > 0
    assert working.mark_reached(clock.now()) == 0
    assert f"/nhiem-vu/{task.pk}" not in text(client, late)
    assert "Đạt chỉ tiêu 19/07/2021" in text(client, f"{BASE}/nhiem-vu?state=reached")
    assert "Đạt chỉ tiêu 19/07/2021" in text(writer(province), f"{BASE}/{letter.pk}?state=reached")
    assert queries.tally(Task.objects.filter(pk=task.pk), day).by_state == {"reached": 1}
    DayCounts.objects.filter(subject_id=commune.unit_id).update(matched=20)
    working.mark_reached(clock.now())
    assert f"/nhiem-vu/{task.pk}" in text(client, late)


def test_a_district_passes_it_on_and_what_becomes_of_it_comes_back(province, letter):
    district = province.agency("Ủy ban nhân dân huyện Tuy Đức")
    focal, pages = signed_in(province.focal(district)), (f"{letter.pk}", f"nhiem-vu/{tasks_of(letter, district)[0].pk}")
    for page in pages:
        assert "chưa ai ở cơ quan có quyền ban hành văn bản" in text(focal, f"{BASE}/{page}")
    manager = officer_with("rollout_manager", Scope("agency", str(district.pk)))
    Officer.objects.filter(pk=manager.pk).update(name="Bà Giao Tiếp")
    for page in pages:
        shown = text(focal, f"{BASE}/{page}")
        assert "hãy nhờ người có quyền ban hành văn bản của cơ quan: Bà Giao Tiếp." in shown
        assert "carries_out" not in shown
    client = signed_in(manager)
    grant_role(manager, "focal_officer", Scope("agency", str(district.pk)), by=None, now=clock.now())
    for page in pages:
        assert f"carries_out={letter.pk}" in text(client, f"{BASE}/{page}")
    given = {"issuer": district.name, "form": "letter", "symbol": "UBND-VHTT", "number": "55", "dated": "2021-07-19"}
    given |= {"place": "Tuy Đức", "subject": "thực hiện Công văn 702/STTTT-CNTT", "filed": "VT"}
    answer = client.post(f"{BASE}/moi?carries_out={letter.pk}", given)
    page = answer["Location"]
    client.post(f"{page}/noi-nhan", {"role": "execute", "kind": "committee", "level": "commune", "words": "Các xã"})
    client.post(f"{page}/gui")
    passed = Directive.objects.get(carries_out=letter)
    assert passed.orders.count() == 4
    paper = client.get(f"{BASE}/{passed.pk}/in.docx").content
    begins = f"Thực hiện Công văn số {letter} ngày 19/07/2021 của {province.department.name} về {letter.subject}, "
    assert any(paragraph.text.startswith(begins) for paragraph in word.Document(io.BytesIO(paper)).paragraphs)
    assert passed.recipients.count() == 6  # the communes of Tuy Đức, and of no other district
    below = signed_in(province.focal(province.commune("Ủy ban nhân dân xã Đắk Búk So")))
    mine = Task.objects.filter(order__directive=passed, agency__name__contains="Đắk Búk So").first()
    below.post(f"{BASE}/nhiem-vu/{mine.pk}/buoc", {"after": "done", "note": "xong"})
    rolled = text(writer(province), f"{BASE}/{letter.pk}")
    assert "Cấp dưới giao tiếp: xong 1/24." in rolled


def test_the_successor_of_a_dissolved_agency_has_its_open_tasks(province, letter):
    old = province.agency("Báo Đắk Nông")
    new = Agency.objects.create(
        name="Báo và Đài Đắk Nông", kind="newspaper", unit=province.unit, valid_from=date(2021, 7, 19), search_key="bd"
    )
    before = signed_in(province.focal(old))
    assert "Phân công cán bộ" in text(before, f"{BASE}/nhiem-vu")
    Agency.objects.filter(pk=old.pk).update(valid_to=date(2021, 7, 19), successor=new)
    assert before.get(f"{BASE}/nhiem-vu").status_code == 403  # rights end that day
    client = signed_in(province.focal(new))
    assert "Phân công cán bộ" in text(client, f"{BASE}/nhiem-vu")
    task = tasks_of(letter, old)[0]
    client.post(f"{BASE}/nhiem-vu/{task.pk}/buoc", {"after": "done", "note": "Tiếp nhận và hoàn thành"})
    assert Task.objects.get(pk=task.pk).state == "done"
    Agency.objects.filter(pk=old.pk).update(valid_to=date(2025, 7, 1), successor=None)


def test_the_successor_of_a_dissolved_issuer_sees_what_it_gave_out_and_returns_what_is_not_done(province):
    old, commune = province.department, province.commune("Ủy ban nhân dân xã Nhân Đạo")
    draft = writes(writer(province), the_letter() | {"addressees": [], "copies": []}, number="705")
    sent = writes(writer(province), the_letter() | {"addressees": [], "copies": []}, number="706")
    line = {"role": "execute", "agency": f"{commune.name} ({commune.unit.name})", "words": commune.name}
    writer(province).post(f"{BASE}/{sent.pk}/noi-nhan", line)
    writer(province).post(f"{BASE}/{sent.pk}/gui")
    task = tasks_of(sent, commune)[0]
    working.move(task.pk, "done", "xong", by=province.focal(commune), now=clock.now())
    heir = Agency.objects.create(
        name="Sở mới", kind="department", unit=province.unit, valid_from=date(2021, 7, 19), search_key="so moi"
    )
    client = signed_in(officer_with("rollout_manager", Scope("agency", str(heir.pk))))
    assert client.get(f"{BASE}/{sent.pk}").status_code == 404
    Agency.objects.filter(pk=old.pk).update(valid_to=date(2021, 7, 19), successor=heir)
    assert f"/nhiem-vu/{task.pk}" in text(client, f"{BASE}/nhiem-vu?whose=issued&state=done")
    assert f'href="{BASE}/{sent.pk}"' in text(client, f"{BASE}?tab=di")
    assert "Thu hồi" in text(client, f"{BASE}/{sent.pk}")
    client.post(f"{BASE}/nhiem-vu/{task.pk}/tra-lai", {"note": "thiếu ảnh"})
    assert Task.objects.get(pk=task.pk).state == "returned"
    assert client.get(f"{BASE}/{draft.pk}").status_code == 404  # nobody writes in a dissolved agency's name
    assert client.post(f"{BASE}/{draft.pk}/gui").status_code == 404
    Agency.objects.filter(pk=old.pk).update(valid_to=old.valid_to, successor=None)


def test_focal_officers_are_told_once_and_without_content(province):
    communes = [province.commune(f"Ủy ban nhân dân xã {name}") for name in ("Nam Xuân", "Nâm Nung", "Tân Thành")]
    for commune in communes:
        province.focal(commune)
    client = writer(province)
    made = writes(client, the_letter() | {"addressees": [], "copies": []}, number="703")
    for commune in communes:
        client.post(
            f"{BASE}/{made.pk}/noi-nhan", {"role": "execute", "agency": f"{commune.name} ({commune.unit.name})"}
        )
    client.post(f"{BASE}/{made.pk}/gui")
    before = Message.objects.filter(purpose="directive").count()
    assert announcing.announce(made.pk, now=clock.now()) == 3
    assert announcing.announce(made.pk, now=clock.now()) == 0
    assert Message.objects.filter(purpose="directive").count() == before + 3
    assert announcing.TEXT.format(address="…") == "Có văn bản mới, xem tại …"


def test_who_only_files_a_letter_is_told_has_no_task_and_stands_behind_luu(province):
    archive, worker = province.agency("Sở Nội vụ tỉnh Đắk Nông"), province.agency("Sở Y tế tỉnh Đắk Nông")
    client = writer(province)
    made = writes(client, the_letter() | {"addressees": [], "copies": []}, number="704")
    for role, agency in (("file", archive), ("execute", worker)):
        client.post(f"{BASE}/{made.pk}/noi-nhan", {"role": role, "agency": agency.name, "words": agency.name})
    client.post(f"{BASE}/{made.pk}/gui")
    assert {task.agency for task in Task.objects.filter(order__directive=made)} == {worker}
    province.focal(archive)
    announcing.announce(made.pk, now=clock.now())
    assert made.recipients.get(role="file").notified == 1
    assert archive.name in text(client, f"{BASE}/{made.pk}?role=file")
    file = word.Document(io.BytesIO(client.get(f"{BASE}/{made.pk}/in.docx").content))
    cells = " ".join(cell.text for table in file.tables for row in table.rows for cell in row.cells)
    assert "- Lưu: VT, CNTT, Sở Nội vụ tỉnh Đắk Nông." in cells


def test_a_draft_says_what_it_lacks_and_a_sent_document_is_not_changed_but_withdrawn(province):
    client = writer(province)
    given = {"issuer": province.department.name, "form": "letter", "symbol": "STTTT", "place": "Đắk Nông"}
    page = client.post(f"{BASE}/moi", given | {"subject": "thử", "filed": "VT"})["Location"]
    shown = text(client, page)
    assert "số văn bản" in shown
    assert "nơi nhận" in shown
    client.post(f"{page}/gui")
    made = Directive.objects.get(pk=int(page.rpartition("/")[2]))
    assert made.state == "draft"
    assert signed_in(province.focal(province.commune("Ủy ban nhân dân xã Đắk Wer"))).get(page).status_code == 404
    made = writes(client, the_letter() | {"addressees": the_letter()["addressees"][:1], "copies": []}, number="9")
    client.post(f"{BASE}/{made.pk}/gui")
    client.post(f"{BASE}/{made.pk}/nhiem-vu", {"text": "thêm", "deadline": "2021-08-01"})
    assert made.orders.count() == 4
    client.post(f"{BASE}/{made.pk}/thu-hoi", {"why": ""})
    made.refresh_from_db()
    assert made.state == "sent"
    client.post(f"{BASE}/{made.pk}/thu-hoi", {"why": "Sai số"})
    assert "Sai số" in text(client, f"{BASE}/{made.pk}")


def test_the_signed_scan_is_attached_after_sending_and_nobody_writes_for_another_agency(province, letter):
    client = writer(province)
    file = io.BytesIO(PDF)
    file.name = "da-ky.pdf"
    client.post(f"{BASE}/{letter.pk}/tep", {"file": file, "signed": "1"})
    assert "bản đã ký" in text(client, f"{BASE}/{letter.pk}")
    given = {"issuer": "Ủy ban nhân dân tỉnh Đắk Nông", "form": "letter", "symbol": "X", "place": "Y", "filed": "VT"}
    before = Directive.objects.count()
    client.post(f"{BASE}/moi", given | {"subject": "thay mặt tỉnh"})
    assert Directive.objects.count() == before


def test_a_letter_to_hundreds_is_read_in_few_questions(province, letter):
    client, asked = writer(province), []

    def count(execute, sql, params, many, context):
        asked.append(sql)
        return execute(sql, params, many, context)

    for path in (f"{BASE}/{letter.pk}", f"{BASE}?tab=di", f"{BASE}/nhiem-vu"):
        text(client, path)
        asked.clear()
        with connection.execute_wrapper(count):
            text(client, path)
        assert len(asked) < 80, (path, len(asked))


def test_lists_filter_by_words_and_page(province, letter):
    client = writer(province)
    assert "702/STTTT-CNTT" in text(client, f"{BASE}?tab=di&q=giai+phap+cong+nghe&state=sent")
    assert "702/STTTT-CNTT" not in text(client, f"{BASE}?tab=di&q=khong+co")
    first = text(client, f"{BASE}/{letter.pk}")
    (more,) = re.findall(r'href="\?([^"]*after=\d+)"', first)
    assert "Trang sau" in first
    assert text(client, f"{BASE}/{letter.pk}?{more}") != first
