"""The rollout from end to end: letter, acknowledgement, places, posters, scans, reminder, and the report on paper."""

import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import docx
import pypdfium2
import pytest
from playwright.sync_api import Page
from support.database import Database
from support.inspecting import record, send
from support.letter import BASE, Province, dak_nong, the_letter
from support.officers import officer_with
from support.registers import begun, bring
from support.town import Town, eventually

from dauchan.accounts.actions import Scope, create_credential
from dauchan.accounts.models import Officer
from dauchan.agencies.models import Attestation
from dauchan.coverage.computing import count_day
from dauchan.directives.models import Directive, Ladder, Recipient
from dauchan.kernel import clock
from dauchan.people.actions import issue_pass, register_people
from dauchan.people.models import Person
from dauchan.people.registering import Registration
from dauchan.people.rules import Identity
from dauchan.places.models import Place, Point
from dauchan.registers.models import Entry, Register
from dauchan.units.models import Agency

CLOCK = "2021-07-19T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")
PHONE, DESK = 360, 1280
SOFFICE = shutil.which("soffice")
LISTED = ("Quán cà phê Ban Mai", "Quán cơm Thanh Bình", "Tạp hóa Minh Châu", "Nhà nghỉ Hoa Rừng", "Quán phở Hòa")
PEOPLE = ("An", "Bình", "Chi", "Dũng", "Em", "Giang")
MARGIN, DARK, FEWEST = 0.02, 200, 10
"""Share of a page's width and height at its edges where nothing darker than this grey may be; letters a page."""


@pytest.fixture(scope="module")
def province(database) -> Province:
    made = dak_nong()
    manager = officer_with("rollout_manager", Scope("unit", str(made.unit.pk)))
    return Province(made.unit, made.department, manager)


@pytest.fixture(scope="module")
def register(province) -> Register:
    """The same five names in a commune that will act and in one that will not."""
    made = begun(province.manager, unit=province.unit)
    codes = [commune(province, name).unit.code for name in ("xã Đắk Wil", "xã Đắk Som")]
    lines = [f"{code}-{n},{name},quán ăn,{code},{n} Lê Lợi,,,,," for code in codes for n, name in enumerate(LISTED)]
    bring(made, "\n".join(lines) + "\n", by=province.manager)
    return made


def commune(province: Province, name: str) -> Agency:
    return province.commune(f"Ủy ban nhân dân {name}")


def open_fold(page: Page, words: str) -> None:
    page.locator("summary", has_text=words).first.click()


def sends(page: Page) -> None:
    page.get_by_role("button", name="Gửi đến").click()
    page.locator("#confirm [data-yes]").click()
    page.get_by_text("đang được báo tin").wait_for()


def writes_the_letter(page: Page, department: Agency) -> Directive:
    """The letter's words, all communes as addressees, its order with a figure; then it goes out."""
    letter = the_letter()
    page.goto(f"{BASE}/moi")
    for label, words in (
        ("Cơ quan ban hành", department.name),
        ("Ký hiệu", letter["symbol"]),
        ("Số", letter["number"]),
        ("Ngày ký", letter["dated"].isoformat()),
        ("Địa danh", letter["place"]),
        ("Trích yếu", letter["subject"]),
        ("Nội dung", letter["body"]),
    ):
        page.get_by_label(label, exact=True).fill(words)
    page.get_by_role("button", name="Lưu bản nháp").click()
    page.get_by_label("Nhiệm vụ", exact=True).fill(letter["orders"][2]["text"])
    page.get_by_label("Hạn", exact=True).fill(letter["orders"][2]["deadline"].isoformat())
    page.get_by_label("Chỉ tiêu đo được").select_option("coverage")
    page.get_by_label("Mức phải đạt").fill("100")
    page.get_by_role("button", name="Thêm nhiệm vụ").click()
    page.get_by_text("Đã thêm nhiệm vụ").wait_for()
    page.get_by_label("Hoặc cả loại").select_option("committee")
    page.get_by_label("Cấp", exact=True).select_option("commune")
    page.get_by_label("Ghi trên văn bản").fill("Ủy ban nhân dân các xã, phường, thị trấn")
    page.get_by_role("button", name="Thêm nơi nhận").click()
    page.locator("td", has_text="Ủy ban nhân dân các xã, phường, thị trấn").wait_for()
    sends(page)
    return Directive.objects.get(issuer=department)


def registers_two_places(phone: Page, agency: Agency, register: Register) -> list[Place]:
    """From the list of what should exist: the form is filled in already."""
    for name in LISTED[:2]:
        listed = Entry.objects.get(register=register, name=name, unit=agency.unit)
        phone.goto(f"/trien-khai/nguon/muc/{listed.pk}")
        phone.get_by_role("link", name="Đăng ký nơi này").click()
        phone.get_by_role("button", name="Đăng ký địa điểm").click()
        phone.get_by_text("Đã đăng ký và khớp").wait_for()
    return list(Place.objects.filter(unit=agency.unit).order_by("pk"))


def approves_and_prints(desk: Page, place: Place) -> None:
    desk.goto(f"/dia-diem/{place.pk}")
    desk.get_by_role("button", name="Duyệt", exact=True).click()
    desk.locator("#confirm [data-yes]").click()
    desk.get_by_text("Đã duyệt.").wait_for()
    link = desk.get_by_role("link", name="In mã A4").get_attribute("href")
    poster = desk.request.get(str(link))
    assert poster.headers["content-type"] == "application/pdf"
    assert place.name in " ".join(words_of(pypdfium2.PdfDocument(poster.body())))


def townspeople(server: str, database: Database, places: list[Place]) -> Town:
    """Six people with a pass, told by an integrator that also sends their scans."""
    now, town = clock.now(), Town(server, database)
    scopes = ["scans:write", "people:register"]
    credential, town.integrator_token = create_credential(
        kind="integrator", name="Bluezone", scopes=scopes, expires_at=now + timedelta(days=9), by=None, now=now
    )
    told = [
        Registration(Identity(name=f"Nguyễn Văn {who}", phone=f"09120000{n:02}"), reference=who)
        for n, who in enumerate(PEOPLE)
    ]
    for who, outcome in zip(PEOPLE, register_people(told, credential=credential, now=now), strict=True):
        assert outcome.person_id is not None, outcome
        town.passes[who] = issue_pass(Person.objects.get(pk=outcome.person_id), now=now).text
    town.points = {place.name: Point.objects.get(place=place).pk for place in places}
    return town


def standing_of(page: Page, province: Province, name: str) -> str:
    """The row of a commune in the province's table by coverage."""
    page.goto(f"/trien-khai/dia-ban/{province.unit.code}/bang?indicator=coverage&level=commune")
    return page.locator("tr", has=page.get_by_role("link", name=name, exact=True)).inner_text()


def signs_and_names(phone: Page, agency: Agency) -> None:
    """From the line of what is due to the agency's own page: its list is complete, and this is its focal officer."""
    phone.goto("/trien-khai")
    phone.get_by_role("link", name="Danh sách địa điểm chưa ký cam kết").click()
    phone.get_by_role("link", name=agency.name, exact=True).click()
    phone.get_by_role("button", name="Ký: ").click()
    phone.locator("#confirm [data-yes]").click()
    phone.get_by_text("Đã ký cam kết.").wait_for()
    open_fold(phone, "Cử thêm cán bộ")
    phone.get_by_label("Họ và tên").fill("Trần Thị Bình")
    phone.get_by_label("Đang làm việc").select_option("office")
    phone.get_by_label("Điện thoại").fill("0912345678")
    phone.get_by_role("button", name="Cử cán bộ").click()
    phone.get_by_text("Đã cử.").wait_for()
    phone.get_by_role("cell", name="Trần Thị Bình").wait_for()


def reminds(page: Page, department: Agency) -> None:
    """By the morning page's own button: everybody whom it counts as lagging, in one numbered reminder."""
    page.goto("/trien-khai")
    page.get_by_role("button", name="Nhắc nơi chậm").click()
    page.get_by_label("Cơ quan ban hành").fill(department.name)
    page.get_by_label("Ký hiệu").fill("STTTT-CNTT")
    page.get_by_label("Địa danh").fill("Đắk Nông")
    page.get_by_role("button", name="Lưu bản nháp").click()
    page.get_by_role("link", name="Sửa").click()
    page.get_by_label("Số", exact=True).fill("801")
    page.get_by_label("Ngày ký").fill("2021-07-19")
    page.get_by_role("button", name="Lưu bản nháp").click()
    page.get_by_label("Lý do của bước này").fill("chưa đăng ký nơi nào")
    sends(page)


def makes_the_report(page: Page, province: Province, to: Path) -> dict[str, Path]:
    """Today's report on the province, read, issued and downloaded as every kind of file."""
    page.goto("/trien-khai/bao-cao/moi")
    page.get_by_label("Loại báo cáo").select_option("daily")
    page.get_by_label("Đơn vị hành chính").press_sequentially("dak nong")
    page.locator("[role=option]", has_text=province.unit.name).first.click()
    page.get_by_label("Ngày số liệu").fill("2021-07-19")
    page.get_by_label("Cơ quan ban hành").select_option(label=province.department.name)
    page.get_by_role("button", name="Lập bản thảo và xem").click()
    page.get_by_label("Chức vụ người ký").fill("GIÁM ĐỐC")
    page.get_by_label("Họ tên người ký").fill("Nguyễn Văn A")
    page.get_by_role("button", name="Ban hành").first.click()
    page.locator("#confirm [data-yes]").click()
    page.get_by_role("button", name="Gửi báo cáo").wait_for()
    kept = {}
    for kind in ("pdf", "docx", "xlsx"):
        with page.expect_download() as waiting:
            page.get_by_role("link", name=kind.upper(), exact=True).first.click()
        kept[kind] = to / f"bao-cao.{kind}"
        waiting.value.save_as(kept[kind])
    return kept


def words_of(pdf: pypdfium2.PdfDocument) -> list[str]:
    """The text of each page, with single spaces."""
    return [" ".join(page.get_textpage().get_text_range().split()) for page in pdf]


def look_page_by_page(file: Path) -> list[str]:
    """See that every page has words, and nothing that runs off its edge; returns the words of each."""
    pdf = pypdfium2.PdfDocument(file)
    for number, page in enumerate(pdf, 1):
        rows, columns = (page.render(scale=1.5, grayscale=True).to_numpy().squeeze() < DARK).nonzero()
        wide, high = (length * 1.5 for length in page.get_size())
        assert wide * MARGIN < columns.min() < columns.max() < wide * (1 - MARGIN), (file.name, number)
        assert high * MARGIN < rows.min() < rows.max() < high * (1 - MARGIN), (file.name, number)
    found = words_of(pdf)
    pdf.close()
    assert all(len(words) > FEWEST for words in found), found
    return found


def opened_with_libreoffice(file: Path) -> Path:
    """The file as LibreOffice reads and prints it."""
    assert SOFFICE is not None
    there = file.parent / f"from-{file.suffix[1:]}"
    profile = f"-env:UserInstallation=file://{file.parent / 'profile'}"
    command = [SOFFICE, profile, "--headless", "--convert-to", "pdf", "--outdir", str(there), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return there / f"{file.stem}.pdf"


@pytest.fixture(scope="module")
def papers(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("papers")


def test_from_the_letter_to_the_report(look, server, database, province, register, papers):
    desk = look(DESK, officer=province.manager)
    letter = writes_the_letter(desk, province.department)
    quick, today = commune(province, "xã Đắk Wil"), clock.local_day(clock.now())
    for day in (today - timedelta(days=1), today):
        count_day(day, database.keyring, clock.now())  # who is at zero while the day runs was so the day before
    before = standing_of(desk, province, "Xã Đắk Wil")

    focal: Officer = province.focal(quick)
    phone = look(PHONE, officer=focal)
    phone.goto(f"{BASE}/{letter.pk}")
    phone.get_by_role("button", name="Báo đã nhận").click()
    phone.get_by_text("đã báo nhận lúc").wait_for()
    assert Recipient.objects.get(directive=letter, agency=quick).acknowledged_how == "account"

    places = registers_two_places(phone, quick, register)
    head = officer_with("agency_head", Scope("agency", str(quick.pk)))
    approving = look(DESK, officer=head)
    for place in places:
        approves_and_prints(approving, place)
        assert send(focal, record(focal, place)).status_code == 201
    signs_and_names(look(PHONE, officer=head), quick)
    assert Attestation.objects.get(agency=quick).signed_by == head

    town = townspeople(server, database, places)
    eventually(lambda: town.statuses(town.scan("An", LISTED[0], clock.now())) == ["accepted"])
    arrived = [town.scan(who, LISTED[0], clock.now()) for who in PEOPLE[1:]]
    left = [town.scan(who, LISTED[0], clock.now(), "out") for who in PEOPLE[:2]]
    assert town.statuses(*arrived, *left) == ["accepted"] * 7
    count_day(today, database.keyring, clock.now())
    after = standing_of(desk, province, "Xã Đắk Wil")
    assert ("0 %" in before, "40 %" in after) == (True, True), (before, after)

    reminds(desk, province.department)
    urged = {one.name for one in Ladder.objects.all()}
    assert ("Xã Đắk Som" in urged, "Xã Đắk Wil" in urged) == (True, False), urged

    files = makes_the_report(desk, province, papers)
    told = " ".join(look_page_by_page(files["pdf"]))
    document = docx.Document(str(files["docx"]))
    written = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for words in ("BÁO CÁO", "Nguyễn Văn A", "Huyện Cư Jút 2 40,00%", "Văn bản đôn đốc đã gửi trong kỳ: 1"):
        assert words in told
    assert "Văn bản đôn đốc đã gửi trong kỳ: 1" in written


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed here")
@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_libreoffice_opens_the_report_and_every_page_is_whole(papers, kind):
    file = papers / f"bao-cao.{kind}"
    if not file.exists():
        pytest.skip("the report was not made")
    assert re.search("40[.,]00%", " ".join(look_page_by_page(opened_with_libreoffice(file))))
