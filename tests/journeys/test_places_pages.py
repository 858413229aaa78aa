"""How places are registered, printed, looked up, imported and exported: through pages, JSON and command line."""

import csv
import io
import json
import os
import subprocess
import sys
from datetime import timedelta

import pypdfium2
import pytest
from openpyxl import load_workbook
from support.formulas import FORMULAS, HARMLESS
from support.officers import browser, officer_with, signed_in

from dauchan.accounts.actions import Scope, create_credential
from dauchan.kernel import clock, codes, exports
from dauchan.places import importing, posters
from dauchan.places.jobs import work_on_import
from dauchan.places.models import Category, ImportRun, Place, Point
from dauchan.units.queries import unit_by_code

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def commune(database):
    return unit_by_code("24611", clock.local_day(clock.now()))


@pytest.fixture(scope="module")
def chief(database):
    return signed_in(officer_with("province_health_officer"))


def particulars(commune, **change) -> dict[str, str]:
    market = Category.objects.get(code="market")
    told = {"name": "Chợ Gia Nghĩa", "category": str(market.pk), "unit": str(commune.pk), "unit_text": str(commune)}
    return (
        told
        | {"address": "1 Lê Duẩn", "opening_hours": "5h-18h", "owner_name": "Trần Thị Ánh", "another": "1"}
        | change
    )


def page(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_an_officer_registers_a_place_and_prints_its_code(chief, commune):
    answer = chief.post("/dia-diem/them", particulars(commune, owner_phone="+84 912 345 678"))
    place = Place.objects.get(name="Chợ Gia Nghĩa")
    assert answer.headers["location"] == f"/dia-diem/{place.pk}"
    shown = page(chief, f"/dia-diem/{place.pk}")
    assert "Trần Thị *** 0912 *** 678" in shown
    assert "345" not in shown.replace("345678", "")
    assert "05:00-18:00" in shown
    poster = chief.get(f"/dia-diem/{place.pk}/ma/a4")
    assert poster.headers["content-type"] == "application/pdf"
    assert len(pypdfium2.PdfDocument(poster.content)) == 1
    assert "Chợ Gia Nghĩa" in page(chief, "/dia-diem?q=nghia+CHO+gia")


def test_what_is_wrong_with_a_form_is_said_beside_its_field(chief, commune):
    wrong = particulars(
        commune, name="", opening_hours="lúc nào cũng mở", owner_phone="12", latitude="99", unit_text="xyz", unit=""
    )
    answer = chief.post("/dia-diem/them", wrong).content.decode()
    for sentence in ("Giờ mở cửa chưa rõ", "Số điện thoại chưa đúng", "Không tìm thấy đơn vị"):
        assert sentence in answer
    answer = chief.post("/dia-diem/them", particulars(commune, latitude="48", longitude="2")).content.decode()
    assert "Vị trí chưa đúng" in answer


def test_a_map_shows_the_places_of_the_officers_own_units_by_name_and_position_alone(chief, commune):
    chief.post("/dia-diem/them", particulars(commune, name="Quán có vị trí", latitude="12.01", longitude="107.69"))
    chief.post("/dia-diem/them", particulars(commune, name="Quán đóng cửa", latitude="12.02", longitude="107.69"))
    closed = Place.objects.get(name="Quán đóng cửa")
    chief.post(f"/dia-diem/{closed.pk}/buoc", {"step": "close", "reason": "Nghỉ hẳn"})
    chief.post("/dia-diem/them", particulars(commune, name="Quán không vị trí"))
    shown = [{"name": "Quán có vị trí", "latitude": 12.01, "longitude": 107.69}]
    other = unit_by_code("24617", clock.local_day(clock.now()))
    stranger = signed_in(officer_with("province_health_officer", Scope("unit", str(other.pk))))
    asked = "/dia-diem/ban-do.json?unit=24611"
    assert chief.get(asked).json() == {"places": shown}
    assert stranger.get(asked).json() == {"places": []}
    assert chief.get("/dia-diem/ban-do.json?unit=x").json() == {"places": []}
    assert browser().get(asked).status_code == 302


def test_steps_and_points_are_done_from_the_page_and_stand_in_its_history(chief, commune):
    chief.post("/dia-diem/them", particulars(commune, name="Quán bước"))
    place = Place.objects.get(name="Quán bước")
    chief.post(f"/dia-diem/{place.pk}/diem", {"name": "Cổng sau", "kind": "gate", "direction": "out"})
    chief.post(f"/dia-diem/{place.pk}/buoc", {"step": "suspend"})
    assert Place.objects.get(pk=place.pk).state == "approved", "no reason, no step"
    chief.post(f"/dia-diem/{place.pk}/buoc", {"step": "suspend", "reason": "Có ca bệnh"})
    chief.post(f"/dia-diem/{place.pk}/sua", particulars(commune, name="Quán bước", address="2 Lê Duẩn"))
    shown = page(chief, f"/dia-diem/{place.pk}")
    assert "Đang tạm dừng" in shown
    assert "Có ca bệnh" in shown
    assert "Cổng sau" in shown
    assert chief.get(f"/dia-diem/{place.pk}/ma/a4").status_code == 409
    chief.post(f"/dia-diem/{place.pk}/buoc", {"step": "reopen"})
    assert Place.objects.get(pk=place.pk).state == "approved"


def test_the_page_behind_a_code_names_the_place_and_its_state_in_words(chief, commune):
    chief.post("/dia-diem/them", particulars(commune, name="Chợ của mã"))
    point = Point.objects.get(place__name="Chợ của mã")
    code = posters.code_text(point)
    anybody = browser()
    shown = page(anybody, f"/P/{code}")
    assert "Chợ của mã" in shown
    assert "Mã thật" in shown
    assert "Trần" not in shown, "the owner is nobody's business here"
    assert anybody.get(f"/p/{code.lower()}").headers["location"] == f"/P/{code}"
    chief.post(f"/dia-diem/{point.place_id}/buoc", {"step": "close", "reason": "Nghỉ hẳn"})
    assert "đã đóng cửa" in page(anybody, f"/P/{code}")
    assert "closed" in anybody.get(f"/P/{code}", headers={"accept-language": "en"}).content.decode()


def test_altered_foreign_and_nonsense_codes_are_refused_in_words(database, chief, commune):
    key = database.keyring.named("place")
    known = Point.objects.order_by("pk").first()
    good = codes.PlaceCode(67, known.place_id, known.pk, 1)
    foreign = codes.encode_place(codes.PlaceCode(1, 1, 1), key)
    unknown = codes.encode_place(codes.PlaceCode(67, 4_000_000_000, 4_000_000_000), key)
    text = codes.encode_place(good, key)
    altered = text[:20] + ("0" if text[20] != "0" else "1") + text[21:]
    said = {altered: "sửa đổi hoặc làm giả", foreign: "tỉnh khác", unknown: "Không tìm thấy", "XYZ": "không phải mã"}
    for code, words in said.items():
        answer = browser().get(f"/P/{code}")
        assert 400 <= answer.status_code < 500
        assert words in answer.content.decode()


def test_a_list_is_exported_safely_owners_masked_and_read_back_by_the_import(chief, commune):
    for number, text in enumerate((*FORMULAS[:8], *HARMLESS)):
        shown = exports.shown(text).replace("�", "?")
        chief.post(
            "/dia-diem/them",
            particulars(commune, name=f"{shown.strip()} {number}", address=shown, owner_phone="0912345678"),
        )
    answer = chief.get("/dia-diem/xuat?format=xlsx")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert int(answer.headers["x-rows"]) == len(rows) - 1 == Place.objects.count()
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type in "fe"]
    assert all("0912345678" not in str(cell) for row in rows[1:] for cell in (row[7], row[8]))
    again = importing.import_file(answer.content, by=None, mode="create", now=clock.now(), dry_run=True)
    assert (again.created, again.matched, again.failed) == (0, Place.objects.count(), 0)
    read = list(csv.reader(io.StringIO(chief.get("/dia-diem/xuat?format=csv&q=Le+Duan").content.decode("utf-8-sig"))))
    assert [len(row) for row in read] == [15] * len(read)


def test_a_file_is_uploaded_checked_and_imported_with_its_errors_to_download(chief, commune):
    assert chief.get("/dia-diem/nhap/mau.xlsx").status_code == 200
    text = "Tên địa điểm,Xã,Cột lạ,Mã\nQuán nhập,24611,x,N1\nQuán hỏng,Không Đâu,x,N2\n"
    upload = io.BytesIO(text.encode())
    upload.name = "danh sách.csv"
    where = chief.post("/dia-diem/nhap", {"file": upload}).headers["location"]
    run = ImportRun.objects.latest("pk")
    assert "Cột lạ" in page(chief, where)
    columns = {"column_name": "0", "column_unit": "1", "column_external_code": "3", "mode": "create"}
    assert "Chưa biết cột nào" in chief.post(where, columns | {"column_unit": ""}).content.decode()
    chief.post(where, columns)
    assert "tien-do" in page(chief, where)
    work_on_import(run.pk)
    assert chief.get(f"{where}/tien-do").headers["hx-refresh"] == "true"
    shown = page(chief, where)
    assert "Nhập 1 địa điểm" in shown
    assert "Không Đâu" in shown
    chief.post(f"{where}/bat-dau")
    work_on_import(run.pk)
    assert "Đã nhập xong" in page(chief, where)
    faults = load_workbook(io.BytesIO(chief.get(f"{where}/loi.xlsx").content)).active
    assert [row[:2] for row in faults.iter_rows(values_only=True)] == [("Dòng", "Cột"), (3, "Xã")]
    assert Place.objects.filter(external_code="N1").exists()
    stranger = signed_in(officer_with("province_health_officer"))
    assert stranger.get(where).status_code == 404


def test_an_unreadable_file_is_refused_with_what_to_do(chief):
    upload = io.BytesIO(b"%PDF-1.4 ...")
    upload.name = "x.pdf"
    assert "lưu lại dạng .xlsx" in chief.post("/dia-diem/nhap", {"file": upload}).content.decode()


def test_waiting_places_of_a_list_are_approved_together_where_the_officer_may(chief, commune):
    clerk = signed_in(officer_with("commune_health_officer", Scope("unit", str(commune.pk))))
    for name in ("Chờ không", "Chờ một", "Chờ hai"):
        clerk.post("/dia-diem/them", particulars(commune, name=name))
    assert clerk.post("/dia-diem/duyet?q=cho+khong&state=pending").status_code == 403
    assert chief.post("/dia-diem/duyet?q=Cho+mot&category=khong-co").status_code == 400, "a wrong filter is not “all”"
    misspelt = chief.get("/dia-diem?q=Cho+mot&category=khong-co").content.decode()
    assert "Không có địa điểm nào khớp bộ lọc" in misspelt
    assert ">Chờ một<" not in misspelt
    chief.post("/dia-diem/duyet?q=Cho+mot&state=pending")
    states = dict(Place.objects.filter(name__startswith="Chờ ").values_list("name", "state"))
    assert states == {"Chờ không": "pending", "Chờ một": "approved", "Chờ hai": "pending"}
    sheets = chief.get("/dia-diem/ma?sheet=a5&state=pending")
    assert len(pypdfium2.PdfDocument(sheets.content)) == Point.objects.filter(place__state="pending").count()


# --- JSON -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def integrator(database):
    _, token = create_credential(
        kind="integrator", name="Thử", scopes=["places:register"], by=None, now=clock.now(),
        expires_at=clock.now() + timedelta(days=1),
    )  # fmt: skip
    return token


def send(token: str, *places: object, language: str = "en", **more: object):
    return browser().post(
        "/api/v1/places",
        json.dumps({"places": places} | more),
        content_type="application/json",
        headers={"authorization": f"Bearer {token}", "accept-language": language},
    )


def test_an_integrator_registers_places_and_learns_the_numbers_of_their_points(integrator, chief):
    told = {"external_code": "A1", "name": "Chợ API", "unit": "24611", "category": "market", "opening_hours": "5h-18h",
            "owner_name": "Lê Văn Tám", "owner_phone": "0987654321",
            "points": [{"external_code": "(main)"}, {"external_code": "B", "name": "Cổng B"}]}  # fmt: skip
    first, again = send(integrator, told).json(), send(integrator, told).json()
    assert (first["created"], again["matched"]) == (1, 1)
    assert first["results"][0]["points"] == again["results"][0]["points"]
    assert [point["external_code"] for point in first["results"][0]["points"]] == ["(main)", "B"]
    found = chief.get("/api/v1/places?q=cho+api").json()["places"][0]
    assert (found["id"], found["state"], found["unit"]) == (first["results"][0]["id"], "pending", "24611")
    detail = chief.get(f"/api/v1/places/{found['id']}").json()
    assert [point["name"] for point in detail["points"]] == ["Cổng chính", "Cổng B"]
    assert posters.point_of_code(detail["points"][1]["code"])[0].name == "Cổng B"
    assert "Tám" not in json.dumps(detail, ensure_ascii=False)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"unit": "Không Đâu"}, "unit"),
        ({"unit": ""}, "unit"),
        ({"category": "xyz"}, "category"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "\u202egnp"}, "name"),
        ({"owner_phone": "12"}, "phone"),
        ({"opening_hours": "?"}, "opening_hours"),
        ({"points": [{"external_code": "x"}, {"external_code": "x"}]}, "points.external_code"),
        ({"latitude": 12.0}, "latitude"),
        ({"external_code": "y" * 80}, "external_code"),
    ],
)
def test_a_bad_place_is_rejected_alone_with_field_and_sentence(integrator, change, field):
    good = {"external_code": f"G{field}", "name": "Tốt", "unit": "24611"}
    answer = send(integrator, good, good | {"external_code": f"X{field}"} | change, language="vi")
    assert answer.status_code == 200
    fine, bad = answer.json()["results"]
    assert fine["outcome"] in ("created", "matched")
    assert (bad["outcome"], bad["field"]) == ("rejected", field)
    assert bad["message"]


def test_more_than_a_thousand_places_or_a_wrong_shape_is_refused_whole(integrator):
    place = {"external_code": "Z", "name": "Z", "unit": "24611"}
    assert send(integrator, *([place] * 1001)).status_code == 422
    assert send(integrator, place | {"latitude": "north"}).status_code == 422
    assert not Place.objects.filter(external_code="Z").exists()


def test_one_integrator_never_touches_places_of_another(integrator):
    _, other = create_credential(
        kind="integrator", name="Khác", scopes=["places:register"], by=None, now=clock.now(),
        expires_at=clock.now() + timedelta(days=1),
    )  # fmt: skip
    mine = send(integrator, {"external_code": "S1", "name": "Của một", "unit": "24611"}).json()["results"][0]
    theirs = send(other, {"external_code": "S1", "name": "Của hai", "unit": "24611"}, mode="update").json()["results"][
        0
    ]
    assert mine["id"] != theirs["id"]
    assert Place.objects.get(pk=mine["id"]).name == "Của một"


# --- command line -----------------------------------------------------------------------------------------------------


def test_the_command_line_tries_imports_and_writes_the_errors(database, tmp_path):
    file, errors = tmp_path / "places.csv", tmp_path / "errors.xlsx"
    file.write_text("ten;xa;ma\nQuán dòng lệnh;24611;CLI1\nQuán hỏng;Không Đâu;CLI2\n", "utf-8")

    def run(*options: str) -> dict[str, object]:
        command = [sys.executable, "-m", "dauchan", "places", "import", str(file), "--json", *options]
        done = subprocess.run(command, env=os.environ | database.environment, capture_output=True, text=True)
        assert done.returncode == 1, done.stderr
        return json.loads(done.stdout)

    tried = run("--dry-run", "--errors", str(errors))
    assert (tried["created"], tried["failed"], Place.objects.filter(external_code="CLI1").count()) == (1, 1, 0)
    assert load_workbook(errors).active["A2"].value == 3
    done = run("--mapping", "name=1,unit=xa,external_code=ma")
    assert (done["created"], done["failed"], done["errors"][0]["column"]) == (1, 1, "xa")
    assert run()["matched"] == 1
