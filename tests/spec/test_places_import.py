"""A file of places comes in: tried first, counted to the last line, the same however often it comes."""

import time
from datetime import date

import pytest
from support.officers import officer_with

from dauchan.accounts.actions import Scope
from dauchan.kernel import clock
from dauchan.people.queries import masked
from dauchan.places import columns, file_runs, finding, importing
from dauchan.places.finding import Finder
from dauchan.places.importing import import_file
from dauchan.places.models import ImportFault, ImportRun, Place
from dauchan.places.sheets import read_file
from dauchan.units import queries as units

CLOCK = "2026-03-02T08:00+07:00"
DAY = date(2026, 3, 2)
HEADER = "Mã,Tên địa điểm,Loại hình,Xã phường,Tỉnh,Địa chỉ,Người phụ trách,Điện thoại,Sức chứa,Giờ mở cửa,Điểm quét\n"
pytestmark = pytest.mark.usefixtures("database")


def bring(text: str, *, by=None, mode="fill", dry_run=False) -> importing.Tally:
    tally = import_file((HEADER + text).encode(), by=by, mode=mode, now=clock.now(), dry_run=dry_run)
    assert tally.adds_up
    return tally


def counts(tally: importing.Tally) -> tuple[int, int, int, int]:
    return tally.created, tally.matched, tally.updated, tally.failed


def test_a_line_becomes_a_place_with_unit_setting_owner_hours_and_points():
    tally = bring("C1,Chợ Một,Chợ dân sinh,bac gia nghia,Lâm Đồng,1 Lê Duẩn,Trần Thị Ánh,912 345 678,200,5h-18h,A; B\n")
    assert counts(tally) == (1, 0, 0, 0)
    place = Place.objects.get(external_code="C1")
    assert (place.unit.code, place.category.code, place.capacity, place.state) == ("24611", "market", 200, "approved")
    assert place.opening_hours["mon"] == [["05:00", "18:00"]]
    assert [point.name for point in place.points.all()] == ["A", "B"]
    owner = masked([place.owner_id])[place.owner_id]
    assert (owner.name, owner.phone) == ("Trần Thị ***", "0912 *** 678")


def test_a_dry_run_counts_the_same_and_changes_nothing():
    text = (
        "D1,Quán,quán ăn,24611,,,,,,,\n,Không mã,chợ,24611,,x,,,,,\n,Không mã,chợ,24611,,x,,,,,\nD4,,chợ,24611,,,,,,,\n"
    )
    before = Place.objects.count()
    tried = bring(text, dry_run=True)
    assert Place.objects.count() == before
    assert counts(tried) == counts(bring(text)) == (2, 1, 0, 1)
    assert counts(bring(text)) == (0, 3, 0, 1)


def test_what_is_wrong_is_told_by_line_column_and_reason():
    tally = bring(
        "E1,Tốt,chợ,24611,,,,,,,\n"
        "E2,Xấu,chợ,Không Đâu,,,,0123,abc,lúc nào cũng mở,\n"
        "E1,Lặp lại,chợ,24611,,,,,,,\n"
        "E4,Thừa,chợ,24611,,,,,,,,,,thừa\n"
    )
    told = [(fault.line, fault.column, fault.problem.kind) for fault in tally.faults]
    assert told == [
        (3, "Xã phường", "unit_unknown"),
        (3, "Sức chứa", "not_a_number"),
        (3, "Giờ mở cửa", "bad_input"),
        (3, "Điện thoại", "bad_phone"),
        (4, "Mã", "conflict"),
        (5, "Điểm quét", "line_too_long"),
    ]
    assert counts(tally) == (1, 0, 0, 3)


def test_update_shows_what_would_change():
    bring("F1,Tên cũ,chợ,24611,,,,,,,\n")
    tally = bring("F1,Tên mới,chợ,24611,,Đường mới,,,,,\n", mode="update", dry_run=True)
    assert tally.changes == [(2, "Tên mới", ("name", "address"))]
    assert Place.objects.get(external_code="F1").name == "Tên cũ"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("24611", "24611"),
        ("Bắc Gia Nghĩa, Lâm Đồng", "24611"),
        ("phuong bac gia nghia", "24611"),
        ("P. Bắc Gia Nghĩa - tỉnh Lâm Đồng", "24611"),
        ("Bắc Gia Nghĩa, Đắk Nông", None),
        ("Nghĩa Thành, Gia Nghĩa, Đắk Nông", "24611"),
        ("Phường Nghĩa Thành, TP Gia Nghĩa, Đắk Nông", "24611"),
    ],
)
def test_a_unit_is_found_by_code_and_by_present_or_old_names(text, found):
    from dauchan.accounts.queries import Reach

    finder = Finder(DAY, Reach(everywhere=True))
    if found is None:
        with pytest.raises(finding.UnitUnknown):
            finder.unit(text)
    else:
        assert units.Unit.objects.get(pk=finder.unit(text)).code == found


def test_one_name_of_several_communes_is_refused_unless_only_one_is_the_officers_own():
    from dauchan.accounts.queries import Reach

    with pytest.raises(finding.UnitUnclear):
        Finder(DAY, Reach(everywhere=True)).unit("Tân Thành")
    province = units.search_units("Lâm Đồng", DAY, level="province")[0]
    named = units.search_units("Tân Hà Lâm Hà", DAY, level="commune", within=province)[0]
    own = Finder(DAY, Reach(unit_ids=frozenset({named.pk})))
    assert own.unit(named.name) == named.pk


def test_a_commune_that_was_divided_is_refused_with_its_successors():
    from dauchan.accounts.queries import Reach

    divided = next(
        old
        for old in units.Unit.objects.filter(valid_to__isnull=False, level="commune", later__divided=True)
        if len(units.equivalent(old, DAY)) > 1 and not units.unit_by_code(old.code, DAY)
    )
    with pytest.raises(finding.UnitUnclear) as refused:
        Finder(DAY, Reach(everywhere=True)).unit(divided.code)
    assert str(units.equivalent(divided, DAY)[0]) in refused.value.text("vi")


def test_an_officer_brings_in_places_of_the_own_commune_only():
    unit = units.unit_by_code("24611", DAY)
    clerk = officer_with("commune_health_officer", Scope("unit", str(unit.pk)))
    tally = bring("H1,Gần,chợ,24611,,,,,,,\nH2,Xa,chợ,\"Đức An, Lâm Đồng\",,,,,,,\n", by=clerk)  # fmt: skip
    assert counts(tally) == (1, 0, 0, 1)
    assert tally.faults[0].problem.kind == "not_permitted"
    assert Place.objects.get(external_code="H1").state == "pending"


def test_a_run_goes_on_where_it_was_cut_off_and_counts_every_line_once(monkeypatch):
    clerk = officer_with("rollout_manager")
    content = (
        HEADER + "".join(f"R{n},Nơi {n},chợ,24611,,,,,,,\n" for n in range(1200)) + "R5,Lặp,chợ,24611,,,,,,,\n"
    ).encode()
    run = importing.upload(content, file_name="danh sach.csv", by=clerk, now=clock.now())
    assert bytes(ImportRun.objects.get(pk=run.pk).content).find("Nơi".encode()) == -1
    run = importing.plan(run.pk, by=clerk, mapping=run.mapping, mode="create")
    importing.work_on(run.pk, now=clock.now())
    run.refresh_from_db()
    assert (run.state, run.created, run.failed, run.lines_done) == ("checked", 1200, 1, 1201)
    importing.start(run.pk, by=clerk)
    taken = importing._take_chunk
    calls = iter([taken, taken])

    def cut_off(*args):
        next(calls)(*args)

    monkeypatch.setattr(importing, "_take_chunk", cut_off)
    with pytest.raises(StopIteration):
        importing.work_on(run.pk, now=clock.now())
    monkeypatch.undo()
    assert Place.objects.filter(external_code__startswith="R").count() == 1000
    importing.work_on(run.pk, now=clock.now())
    run.refresh_from_db()
    assert (run.state, run.created, run.failed, run.lines_done, run.content) == ("done", 1200, 1, 1201, None)
    assert ImportFault.objects.filter(run=run).count() == 1


def test_files_that_nobody_brought_in_are_forgotten():
    clerk = officer_with("rollout_manager")
    run = importing.upload((HEADER + "a,b\n").encode(), file_name="x.csv", by=clerk, now=clock.now())
    assert file_runs.forget_old(ImportRun, clock.now()) == 0
    assert file_runs.forget_old(ImportRun, clock.now() + file_runs.KEPT_FOR) == 1
    with pytest.raises(file_runs.FileGone):
        file_runs.sheet_of(ImportRun.objects.get(pk=run.pk))


def test_a_file_waits_through_a_rotation_and_goes_with_its_key_and_its_run_says_so(database):
    clerk = officer_with("rollout_manager")
    run = importing.upload((HEADER + "K1,Quán,chợ,24611,,,,,,,\n").encode(), file_name="x", by=clerk, now=clock.now())
    for purpose in ("person", "file"):
        database.keyring.rotate(purpose)
    run = importing.plan(run.pk, by=clerk, mapping=run.mapping, mode="create")
    importing.work_on(run.pk, now=clock.now())
    run.refresh_from_db()
    assert (run.state, run.created) == ("checked", 1)
    assert (file_runs.sealed_by(ImportRun, 1), file_runs.sealed_by(ImportRun, 2)) == (1, 0)
    importing.start(run.pk, by=clerk)
    database.keyring.destroy_named("file", 1)
    importing.work_on(run.pk, now=clock.now())
    run.refresh_from_db()
    assert (run.state, run.content) == ("mapped", None)


def test_ten_thousand_lines_come_in_within_half_a_minute():
    names = [str(unit) for unit in units.children(units.search_units("Lâm Đồng", DAY, level="province")[0], DAY)]
    lines = (
        f'B{n},Cửa hàng {n},cửa hàng,"{names[n % len(names)]}",,Số {n},Chủ {n},09{n:08d},,,\n' for n in range(10_000)
    )
    begun = time.monotonic()
    tally = bring("".join(lines))
    assert time.monotonic() - begun < 30
    assert counts(tally) == (10_000, 0, 0, 0)
    assert columns.guess(read_file(HEADER.encode()).header)["owner_phone"] == 7
