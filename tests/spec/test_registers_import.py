"""A list comes into its register: tried first, every line counted, the newer list compared with the older."""

import io
import json
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook
from support.officers import officer_with, signed_in
from support.registers import begun, bring, counts, entry, search, uploaded

from dauchan.accounts.actions import Scope
from dauchan.kernel import clock
from dauchan.places import file_runs
from dauchan.places.sheets import FileUnreadable
from dauchan.registers import importing, matching
from dauchan.registers.example import load_example
from dauchan.registers.lists import guess
from dauchan.registers.models import Entry, ListRun, MatchRun, Register
from dauchan.registers.reading import OsmXml, read_list
from dauchan.units.models import Agency, AgencyKind
from dauchan.units.queries import unit_by_code

CLOCK = "2026-03-02T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def manager(database):
    return officer_with("rollout_manager")


def run_of(run: ListRun) -> ListRun:
    return ListRun.objects.get(pk=run.pk)


def test_a_line_becomes_an_entry_with_unit_setting_sector_phone_and_position(manager):
    register = begun()
    run = bring(
        register,
        "C1,Chợ Một,Chợ dân sinh,bac gia nghia,1 Lê Duẩn,0261 354 4xxx; 912 345 678,12.0042,107.6907,,\n"
        "C2,Nhà thuốc Hai,hiệu thuốc,24611,,0261 354 4321,,,health,\n"
        "C3,Nhà thuốc Ba,hiệu thuốc,24611,,,,,Y tế,\n",
        by=manager,
    )
    assert counts(run) == {"created": 3}
    one, two = entry("Chợ Một", register), entry("Nhà thuốc Hai", register)
    assert (one.unit.code, one.category.code, one.sector, one.phone) == ("24611", "market", "trade", "0912345678")
    assert (one.latitude, one.listed_from, one.state) == (12.0042, date(2026, 3, 2), "open")
    assert (two.sector, two.phone, two.latitude) == ("health", "02613544321", None)


def test_a_dry_run_counts_the_same_and_changes_nothing(manager):
    register = begun()
    run = uploaded(register, "D1,Quán,,24611,,,,,,\n,Không mã,,24611,x,,,,,\n,Không mã,,24611,x,,,,,\n", by=manager)
    importing.plan(run.pk, by=manager, mapping=run.mapping, mode="whole", listed_on=date(2026, 3, 1), now=clock.now())
    importing.work_on(run.pk, now=clock.now())
    assert (run_of(run).state, counts(run_of(run))) == ("checked", {"created": 2, "failed": 1})
    assert not Entry.objects.filter(register=register).exists()
    importing.start(run.pk, by=manager, now=clock.now())
    importing.work_on(run.pk, now=clock.now())
    assert (run_of(run).state, counts(run_of(run))) == ("done", {"created": 2, "failed": 1})
    assert Entry.objects.filter(register=register).count() == 2
    assert run_of(run).content is None
    assert Register.objects.get(pk=register.pk).listed_on == date(2026, 3, 1)


def test_every_fault_stands_in_a_file_with_line_column_and_reason(manager):
    register = begun()
    run = bring(
        register,
        "E1,Tốt,chợ,24611,,,,,,\n"
        "E2,,chợ,Không Đâu,,,abc,,,\n"
        "E1,Lần hai,chợ,24611,,,,,,\n"
        "E4,Xa,chợ,24611,,,48.8,2.3,,\n"
        "E5,Không nhập,bán lẻ lương thực,24611,,hỏi chủ quán,,,,Sở Không Có\n"
        "E6,Có lưu ý,bán lẻ lương thực,24611,,hỏi chủ quán,,,,\n",
        by=manager,
    )
    assert counts(run) == {"created": 2, "failed": 4}
    told = [(fault.line, fault.column) for fault in run.faults.order_by("line", "column")]
    assert told == [
        *((3, "Tên"), (3, "Vĩ độ"), (3, "Xã phường"), (4, ""), (5, "Vĩ độ")),
        *((6, "Cơ quan quản lý"), (7, "Loại hình"), (7, "Điện thoại")),
    ]
    taken = entry("Có lưu ý", register)
    assert (taken.category.code, taken.phone) == ("other", "")
    answer = signed_in(manager).get(f"/trien-khai/nguon/nhap/{run.pk}/loi.xlsx")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert rows[0] == ("Dòng", "Cột", "Lý do")
    assert len(rows) == 1 + len(told)
    assert (3, "Tên", "Dòng không có tên.") in rows


def test_a_newer_list_updates_what_it_knows_by_code_or_name_and_proposes_what_is_gone_as_closed(manager):
    register = begun()
    bring(
        register,
        "F1,Một,chợ,24611,1 Lê Duẩn,0912345678,,,,\nF2,Hai,chợ,24611,,,,,,\n"
        ",Ba,chợ,24611,3 Lê Duẩn,,,,,\n,Bốn,chợ,24611,,,,,,\n",
        by=manager,
    )
    before = {each.name: each.pk for each in Entry.objects.filter(register=register)}
    newer = "F1,Một đổi tên,chợ,24611,,,,,,\n,Ba,chợ,24611,33 Lê Duẩn,,,,,\n,Bốn,chợ,24611,,,,,,\n"
    run = bring(register, newer, by=manager, on=date(2026, 2, 1))
    assert counts(run) == {"updated": 2, "matched": 1, "gone": 1}
    renamed = entry("Một đổi tên", register)
    assert (renamed.pk, renamed.address, renamed.phone) == (before["Một"], "1 Lê Duẩn", "0912345678"), "blanks keep"
    assert (entry("Ba", register).pk, entry("Ba", register).address) == (before["Ba"], "33 Lê Duẩn")
    assert (entry("Hai", register).state, entry("Hai", register).missing_since) == ("open", date(2026, 2, 1))
    again = bring(register, newer + "F2,Hai,chợ,24611,,,,,,\n", by=manager)
    assert counts(again) == {"matched": 4}
    assert entry("Hai", register).missing_since is None


def test_what_a_faulty_line_of_a_whole_list_tells_of_is_not_proposed_as_closed(manager):
    register = begun()
    bring(register, "P1,Một,chợ,24611,,,,,,\n,Hai Bà,chợ,24611,,,,,,\nP3,Ba,chợ,24611,,,,,,\n", by=manager)
    newer = "P1,Một,chợ,Không Đâu,,,,,,\n,HAI BÀ,chợ,24611,,,mười hai,107.6,,\nP4,Bốn,chợ,24611,,,,,,\n"
    run = bring(register, newer, by=manager)
    assert counts(run) == {"created": 1, "failed": 2, "gone": 1}
    assert {each.name for each in Entry.objects.filter(register=register, missing_since__isnull=False)} == {"Ba"}


def test_a_list_with_a_quote_that_swallows_lines_proposes_nothing_as_closed(manager):
    register = begun()
    bring(register, "P1,Một,chợ,24611,,,,,,\nP2,Hai,chợ,24611,,,,,,\nP3,Ba,chợ,24611,,,,,,\n", by=manager)
    run = bring(register, 'P1,"Một,chợ,24611,,,,,,\nP2,Hai,chợ,24611,,,,,,\nP3,Ba",chợ,24611,,,,,,\n', by=manager)
    assert counts(run) == {"failed": 1}
    assert "nuốt cả những dòng sau" in run.faults.get().reason_vi


@pytest.mark.parametrize("title", ["Mã trong danh sách", "Code in the list", "Mã số thuế"])
def test_two_lines_of_one_code_are_one_and_the_second_names_the_line_of_the_first(manager, title):
    register = begun()
    run = uploaded(register, "Q1,Một,24611\nQ1,Hai,24611\n", by=manager, header=f"{title},Tên,Xã phường\n")
    importing.plan(run.pk, by=manager, mapping=run.mapping, mode="whole", listed_on=date(2026, 3, 1), now=clock.now())
    importing.work_on(run.pk, now=clock.now())
    assert counts(run_of(run)) == {"created": 1, "failed": 1}
    fault = run.faults.get()
    assert fault.line == 3
    assert "dòng 2" in fault.reason_vi


def test_a_fault_quotes_what_was_read(manager):
    run = bring(
        begun(), "R1,Một,chợ,24611,,,mười hai,107.6,,\nR2,Hai,chợ,24611,,,107.69,12.0,,\n", by=manager, mode="part"
    )
    told = [fault.reason_vi for fault in run.faults.order_by("line")]
    assert told[0] == "Cần một số, không phải “mười hai”."
    assert told[1].startswith("Vị trí 107.69, 12.0 không ở Việt Nam.")


def test_the_date_typed_for_a_list_is_the_registers_from_then_on_and_none_to_come_is_taken(manager):
    register, desk = begun(), signed_in(manager)
    Register.objects.filter(pk=register.pk).update(listed_on=date(2026, 3, 2))  # the form of a new one offers today
    run = uploaded(register, "S1,Một,chợ,24611,,,,,,\n", by=manager)
    chosen = {f"column_{name}": str(column) for name, column in run.mapping.items()}
    body, address = {**chosen, "mode": "whole"}, f"/trien-khai/nguon/nhap/{run.pk}"
    refused = desk.post(address, body | {"listed_on": "2026-03-03"}).content.decode()
    assert "Ngày của danh sách chưa tới" in refused
    assert desk.post(address, body | {"listed_on": "2026-02-20"}).status_code == 302
    importing.work_on(run.pk, now=clock.now())
    assert "20/02/2026" in desk.get(address).content.decode()
    importing.start(run.pk, by=manager, now=clock.now())
    importing.work_on(run.pk, now=clock.now())
    assert "20/02/2026" in desk.get(f"/trien-khai/nguon/{register.pk}").content.decode()
    assert entry("Một", register).listed_from == date(2026, 2, 20)
    bring(register, "S2,Hai,chợ,24611,,,,,,\n", by=manager, mode="part", on=date(2026, 1, 10))
    assert Register.objects.get(pk=register.pk).listed_on == date(2026, 2, 20), "an older one comes after a newer"


def test_a_list_that_only_adds_says_nothing_of_what_it_lacks(manager):
    register = begun()
    bring(register, "G1,Một,chợ,24611,,,,,,\n", by=manager)
    assert counts(bring(register, "G2,Hai,chợ,24611,,,,,,\n", by=manager, mode="part")) == {"created": 1}
    assert entry("Một", register).missing_since is None


def test_an_officer_of_a_commune_brings_in_lines_of_that_commune_and_loses_nobody_elses(manager):
    register, today = begun(), clock.local_day(clock.now())
    here = unit_by_code("24611", today)
    bring(register, "H1,Ở đây,chợ,24611,,,,,,\nH2,Nơi khác,chợ,24617,,,,,,\n", by=manager)
    clerk = officer_with("focal_officer", Scope("unit", str(here.pk)))
    run = bring(register, "H3,Mới,chợ,24611,,,,,,\nH4,Ngoài,chợ,24617,,,,,,\nH2,Đổi,chợ,24611,,,,,,\n", by=clerk)
    assert counts(run) == {"created": 1, "failed": 2, "gone": 1}
    assert entry("Ở đây", register).missing_since == today
    assert entry("Nơi khác", register).missing_since is None


def test_an_agencys_own_list_belongs_to_it_and_is_brought_in_by_its_officer(manager):
    today = clock.local_day(clock.now())
    board = Agency.objects.create(
        name="Sở Giáo dục thử",
        kind=AgencyKind.DEPARTMENT,
        sector="education",
        unit=unit_by_code("68", today),
        valid_from=date(2020, 1, 1),
        search_key="so giao duc thu",
    )
    register = begun(name="Trường học")
    Register.objects.filter(pk=register.pk).update(agency=board)
    register.refresh_from_db()
    clerk = officer_with("focal_officer", Scope("agency", str(board.pk)))
    run = bring(register, "T1,Trường Một,trường,24611,,,,,,\n", by=clerk)
    assert counts(run) == {"created": 1}
    assert entry("Trường Một", register).agency == board
    assert "Trường Một" in signed_in(clerk).get(f"/trien-khai/nguon/{register.pk}").content.decode()


def test_an_import_that_is_cut_off_goes_on_where_it_stopped(manager, monkeypatch):
    register = begun()
    monkeypatch.setattr(importing, "CHUNK", 3)
    text = "".join(f"K{number},Quán {number},,24611,,,,,,\n" for number in range(10))
    run = uploaded(register, text, by=manager)
    importing.plan(run.pk, by=manager, mapping=run.mapping, mode="whole", listed_on=date(2026, 3, 1), now=clock.now())
    importing.work_on(run.pk, now=clock.now())
    importing.start(run.pk, by=manager, now=clock.now())
    taken = importing.write

    def cut(register, found, first, last, listed_on):
        if first == 6:
            raise ConnectionError
        return taken(register, found, first, last, listed_on)

    monkeypatch.setattr(importing, "write", cut)
    with pytest.raises(ConnectionError):
        importing.work_on(run.pk, now=clock.now())
    assert (run_of(run).lines_done, Entry.objects.filter(register=register).count()) == (6, 6)
    monkeypatch.setattr(importing, "write", taken)
    importing.work_on(run.pk, now=clock.now())
    assert (run_of(run).state, counts(run_of(run))) == ("done", {"created": 10})
    assert sorted(Entry.objects.filter(register=register).values_list("line", flat=True)) == list(range(2, 12))


def test_a_search_that_is_cut_off_goes_on_with_the_unit_where_it_stopped(manager, monkeypatch):
    register = begun()
    bring(register, "L1,Một,chợ,24611,,,,,,\nL2,Hai,chợ,24617,,,,,,\n", by=manager)
    asked = matching.ask(register, by=manager, now=clock.now())
    assert matching.ask(register, by=manager, now=clock.now()).pk == asked.pk
    done, propose = [], matching.propose

    def cut(entries, unit, now):
        if len(done) == 1:
            raise ConnectionError
        done.append(unit)
        return propose(entries, unit, now)

    monkeypatch.setattr(matching, "propose", cut)
    with pytest.raises(ConnectionError):
        matching.work_on(asked.pk, now=clock.now())
    assert MatchRun.objects.get(pk=asked.pk).units_done == 1
    monkeypatch.setattr(matching, "propose", propose)
    search(register)
    finished = MatchRun.objects.get(pk=asked.pk)
    assert (finished.units_done, finished.finished_at is not None) == (2, True)


def test_a_file_nobody_brings_in_is_forgotten_and_the_page_says_so(manager):
    run = uploaded(begun(), "M1,Một,chợ,24611,,,,,,\n", by=manager)
    assert file_runs.forget_old(ListRun, clock.now() + file_runs.KEPT_FOR) >= 1
    shown = signed_in(manager).get(f"/trien-khai/nguon/nhap/{run.pk}").content.decode()
    assert "Tệp đã được xóa sau 24 giờ" in shown


OVERPASS = {
    "type": "FeatureCollection",
    "features": [
        {
            "properties": {"@id": "node/1", "name": "Chợ Gia Nghĩa", "amenity": "marketplace", "phone": "0912345678"},
            "geometry": {"type": "Point", "coordinates": [107.69, 12.0]},
        },
        {
            "properties": {"@id": "way/2", "amenity": "cafe"},
            "geometry": {"type": "Polygon", "coordinates": [[[107.68, 12.0], [107.7, 12.02], [107.68, 12.02]]]},
        },
        {"properties": None, "geometry": None},
    ],
}


def feature(properties: str = '{"name": "Quán"}', coordinates: str = "[107.69, 12.0]") -> bytes:
    geometry = f'{{"type": "Point", "coordinates": {coordinates}}}'
    return f'{{"features": [{{"properties": {properties}, "geometry": {geometry}}}]}}'.encode()


@pytest.mark.parametrize(
    "content",
    [feature(coordinates=f"[1{'0' * 400}, 2]"), feature('["a"]'), feature('"ab"'), feature("5"), b'{"features": [1]}'],
    ids=("a number past every float", "a list", "a text", "a number", "no feature"),
)
def test_geojson_that_is_none_is_refused(content):
    with pytest.raises(FileUnreadable):
        read_list(content)


@pytest.mark.parametrize(
    "content",
    [feature('{"name": "Qu\\u0000n"}'), feature('{"name": "Q\\ud800"}'), feature(coordinates="[NaN, Infinity]")],
    ids=("NUL", "half a character", "no position"),
)
def test_what_no_text_or_position_of_ours_can_be_is_a_fault_of_its_line_or_left_out(manager, content):
    register = begun(name="Lạ")
    run = importing.upload(content, register, file_name="la.geojson", by=manager, now=clock.now())
    mapping = {"name": 0, "latitude": 1, "longitude": 2}
    importing.plan(run.pk, by=manager, mapping=mapping, mode="part", listed_on=date(2026, 3, 1), now=clock.now())
    importing.work_on(run.pk, now=clock.now())
    importing.start(run.pk, by=manager, now=clock.now())
    importing.work_on(run.pk, now=clock.now())
    done = counts(run_of(run))
    assert sum(done.values()) == 1
    assert all(entry.name.isprintable() and entry.latitude for entry in Entry.objects.filter(register=register))


def test_places_of_openstreetmap_come_as_geojson_their_communes_told_by_their_positions(manager):
    sheet = read_list(json.dumps(OVERPASS).encode())
    assert [line.cells[-2:] for line in sheet.lines] == [("12.0", "107.69"), ("12.01", "107.69"), ("", "")]
    register, content = begun(name="OSM"), json.dumps(OVERPASS).encode()
    run = importing.upload(content, register, file_name="osm.geojson", by=manager, now=clock.now())
    assert guess(sheet.header).keys() == {"name", "category", "external_code", "owner_phone", "latitude", "longitude"}
    importing.plan(run.pk, by=manager, mapping=run.mapping, mode="whole", listed_on=date(2026, 3, 1), now=clock.now())
    importing.work_on(run.pk, now=clock.now())
    importing.start(run.pk, by=manager, now=clock.now())
    importing.work_on(run.pk, now=clock.now())
    assert counts(run_of(run)) == {"created": 1, "failed": 2}
    market = entry("Chợ Gia Nghĩa", register)
    assert (market.code, market.category.code, market.unit.level) == ("node/1", "market", "commune")


OUT_JSON = {
    "version": 0.6,
    "generator": "Overpass API",
    "elements": [
        {"type": "node", "id": 7, "lat": 12.0, "lon": 107.69, "tags": {"name": "Quán Out", "amenity": "cafe"}},
        {"type": "way", "id": 8, "center": {"lat": 12.01, "lon": 107.69}, "nodes": [9], "tags": {"name": "Trường Out"}},
        {"type": "node", "id": 9, "lat": 12.0, "lon": 107.6},
        {"type": "way", "id": 10, "tags": {"name": "Không có giữa"}},
    ],
}


def test_what_overpass_answers_is_read_as_it_comes_tagged_elements_alone():
    sheet = read_list(json.dumps(OUT_JSON).encode())
    assert sheet.header == ("@id", "name", "amenity", "latitude", "longitude")
    assert [line.cells for line in sheet.lines] == [
        ("node/7", "Quán Out", "cafe", "12.0", "107.69"),
        ("way/8", "Trường Out", "", "12.01", "107.69"),
        ("way/10", "Không có giữa", "", "", ""),
    ]
    assert guess(sheet.header).keys() >= {"name", "category", "external_code", "latitude", "longitude"}


@pytest.mark.parametrize("content", [b'<?xml version="1.0"?><osm/>', b"\xef\xbb\xbf<osm version='0.6'>"])
def test_osm_xml_is_refused_with_the_formats_that_can_be_exported_instead(content):
    with pytest.raises(OsmXml, match="GeoJSON"):
        read_list(content)


@pytest.mark.parametrize("content", [b'<?xml version="1.0"?><Workbook/>', b"<html><table><tr><td>A</td></tr></table>"])
def test_other_xml_and_web_pages_saved_as_tables_are_refused_with_the_formats_that_can_be_read(content):
    with pytest.raises(FileUnreadable, match="xlsx") as problem:
        read_list(content)
    assert not isinstance(problem.value, OsmXml)


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b'{"elements": 3}',
        b'{"elements": [3]}',
        b'{"elements": [{"tags": "x"}]}',
        b'{"features": 3}',
        b'{"features": [3]}',
        b"{}",
        b'{"features": [{}, null]}',
    ],
)
def test_a_broken_geojson_is_refused_in_words(manager, content):
    register = begun()
    sent = {"file": SimpleUploadedFile("x.geojson", content)}
    answer = signed_in(manager).post(f"/trien-khai/nguon/{register.pk}/nhap", sent).content.decode()
    assert "Không đọc được tệp này" in answer


def test_the_example_is_the_places_of_hanoi_with_their_credit_and_loading_it_again_changes_nothing(manager):
    brought = load_example(clock.now())
    assert brought.counts == {"created": 802, "matched": 0, "updated": 0, "failed": 276}
    assert {fault.problem.kind for fault in brought.faults} == {"name_missing"}
    assert load_example(clock.now()).counts == {"created": 0, "matched": 802, "updated": 0, "failed": 276}
    register = Register.objects.get(kind="osm", licence="ODbL 1.0")
    shown = signed_in(manager).get(f"/trien-khai/nguon/{register.pk}").content.decode()
    assert "© OpenStreetMap contributors, ODbL" in shown
    one = Entry.objects.get(register=register, code="node/3752331075")
    assert (one.name, one.address, one.category.code) == ("Paris Miki Vietnam", "32 Phố Đức Chính", "hospital")
