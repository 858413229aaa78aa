"""Every file that this system hands out is safe to open in a spreadsheet, whatever was stored before.

A new route that hands out a file must be named here: the list is held against the URLconf.
"""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook
from support.files import LOOKS_LIKE_A_FILE, OF_THE_ROLLOUT, READ_ELSEWHERE, cells_of
from support.formulas import FORMULAS, HARMLESS
from support.officers import officer_with, signed_in
from support.outbreak import Outbreak, build
from support.routes import addresses
from support.runs import make_list

from dauchan.cases.models import Case
from dauchan.kernel import clock
from dauchan.kernel.errors import Problem
from dauchan.kernel.exports import shown
from dauchan.people import actions as people
from dauchan.people.rules import Identity
from dauchan.places.actions import register_place
from dauchan.places.jobs import work_on_import
from dauchan.places.models import Category, ImportRun, Place
from dauchan.places.rules import PlaceInput, PointInput
from dauchan.tracing.models import Contact, Release

CLOCK = "2021-08-17T08:00+07:00"
CORPUS = (*FORMULAS, *HARMLESS)
FORMULA = re.compile(r"[\s\"]*[=+\-@＝＋－＠]")
PLAIN_NUMBER = re.compile(r"[+-]?\d[\d .]*\Z")


@pytest.fixture(scope="module")
def outbreak(database) -> Outbreak:
    return build(database)


@pytest.fixture(scope="module")
def chief(outbreak) -> Client:
    return signed_in(officer_with("province_health_officer"))


@pytest.fixture(scope="module")
def places(outbreak) -> list[str]:
    """Places, points and owners called by everything hostile; returns the names that were taken."""
    officer, category = officer_with("province_health_officer"), Category.objects.get(code="market").pk
    taken = []
    for number, text in enumerate(CORPUS):
        given = PlaceInput(
            name=f"{text}",
            unit_id=outbreak.home.pk,
            category_id=category,
            address=text,
            external_code=f"{text}{number}",
            owner_name=f"{text} An",
            owner_phone="0912345678",
            points=(PointInput(text or "x"),),
        )
        try:
            taken.append(register_place(given, by=officer, now=clock.now()).name)
        except Problem:
            continue
    return taken


@pytest.fixture(scope="module")
def case(outbreak, places) -> Case:
    """A case who met everybody with a hostile name, and names people whose relation is a formula."""
    officer = officer_with("province_health_officer")
    outbreak.add_people("An")
    outbreak.stay("An", "chợ", "08:00-10:00")
    for text in CORPUS:
        try:
            identity = Identity(name=f"{text} Bình {text}", address=text, phone="0912345678")
            person = people.register_person(identity, outbreak.home.pk, by=officer, now=clock.now())
        except Problem:
            continue
        outbreak.people[text] = person.pk
        outbreak.stay(text, "chợ", "08:10-09:50")
    found = outbreak.case("An")
    make_list(found, by=outbreak.tracer)
    return found


@pytest.fixture(scope="module")
def release(outbreak, case) -> Release:
    page = signed_in(outbreak.tracer)
    for proposal in case.proposals.all():
        page.post(f"/ca-benh/{case.code}/quyet-dinh", {"proposal": [proposal.pk], "grade": "close"})
    told = {"person": "new", "name": "=1+1 Vợ", "relation": "=cmd|'/C calc'!A0", "grade": "close"}
    told |= {"residence": outbreak.home.pk, "last_exposure": "2021-08-16T20:00"}
    page.post(f"/ca-benh/{case.code}/tiep-xuc/them", told)
    count = Contact.objects.filter(case=case).count()
    sheet = {"grade": "close", "recipient": '=1+1 &"Arial"&D&[Tab] @' * 6, "purpose": "=1+1", "confirm": "1"}
    answer = page.post(f"/ca-benh/{case.code}/danh-sach-goi", sheet | {"expected": str(count)})
    assert answer.status_code == 302, answer.content.decode()
    return Release.objects.get()


@pytest.fixture(scope="module")
def run(chief) -> ImportRun:
    """An import whose every line is wrong, under hostile headers."""
    rows = [["=1+1", "@SUM(1)", "Xã"], *([text, text, text] for text in CORPUS if "\0" not in text)]
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    upload = io.BytesIO(file.getvalue().encode())
    upload.name = "=cmd.csv"
    where = chief.post("/dia-diem/nhap", {"file": upload}).headers["location"]
    chief.post(where, {"column_name": "0", "column_unit": "1", "mode": "create"})
    made = ImportRun.objects.latest("pk")
    work_on_import(made.pk)
    assert made.faults.exists()
    return made


def places_as(ending: str) -> Callable[[Any], Any]:
    def ask(get: Any) -> tuple[Any, int]:
        get("places")
        return get("chief").get(f"/dia-diem/xuat?format={ending}"), Place.objects.count()

    return ask


def proposals_as(ending: str) -> Callable[[Any], Any]:
    def ask(get: Any) -> tuple[Any, int]:
        case = get("case")
        answer = signed_in(get("outbreak").tracer).get(f"/ca-benh/{case.code}/xuat.{ending}?state=all")
        return answer, case.proposals.count()

    return ask


def call_sheet(get: Any) -> tuple[Any, int]:
    release = get("release")
    answer = signed_in(get("outbreak").tracer).post(f"/danh-sach-goi/{release.pk}/xlsx")
    return answer, Contact.objects.filter(case=release.case).count()


def import_faults(get: Any) -> tuple[Any, int]:
    run = get("run")
    return get("chief").get(f"/dia-diem/nhap/{run.pk}/loi.xlsx"), run.faults.count()


def import_template(get: Any) -> tuple[Any, int]:
    return get("chief").get("/dia-diem/nhap/mau.xlsx"), Category.objects.count()


EXPORTS: dict[str, tuple[Callable[[Any], Any], ...]] = {
    "places:export": (places_as("xlsx"), places_as("csv")),
    "places:import-template": (import_template,),
    "places:import-faults": (import_faults,),
    "tracing:export": (proposals_as("xlsx"), proposals_as("csv")),
    "tracing:spreadsheet": (call_sheet,),
}
TRIED = [(name, way) for name, ways in EXPORTS.items() for way in ways]


def test_every_route_that_hands_out_a_file_is_tried_here():
    found = {each.name for each in addresses() if LOOKS_LIKE_A_FILE.search(f"{each.name} {each.pattern}")}
    assert found == EXPORTS.keys() | {route.name for route in OF_THE_ROLLOUT} | READ_ELSEWHERE


@pytest.mark.parametrize(("name", "way"), TRIED, ids=[f"{name}-{number}" for number, (name, _) in enumerate(TRIED)])
def test_a_file_holds_no_formula_and_every_row(request, name, way):
    answer, rows = way(request.getfixturevalue)
    assert answer.status_code == 200, answer.content[:500]
    disposition = answer.headers["content-disposition"]
    assert re.fullmatch(r'attachment; filename="[\w.-]+"', disposition), disposition
    if answer.headers["content-type"].startswith("text/csv"):
        read = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
        assert len(read) == rows + 1
        assert {len(row) for row in read} == {len(read[0])}
        for delimiter in ",;\t|":
            naive = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=delimiter)
            for cell in (cell for row in naive for cell in row if not PLAIN_NUMBER.match(cell)):
                assert not FORMULA.match(cell), cell
        return
    cells = list(cells_of(answer.content))
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "inlineStr"}
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet.max_row == rows + 1


def test_names_and_numbers_come_out_as_they_were_stored(request, places):
    answer, _ = places_as("xlsx")(request.getfixturevalue)
    found = {cell.value for cell in cells_of(answer.content)}
    assert len(places) > 20
    assert {shown(name).replace("\r", "\n") for name in places} - found == set()
    assert "0912345678" in found, "as a name; a leading zero stays"
    phones = {cell.value for cell in cells_of(call_sheet(request.getfixturevalue)[0].content)}
    assert "0912345678" in phones


def test_the_mark_in_a_call_sheet_is_text_whatever_the_recipient_is_called(request):
    book = load_workbook(io.BytesIO(call_sheet(request.getfixturevalue)[0].content))
    for part in (book.active.oddFooter.left, book.active.oddFooter.center, book.active.oddFooter.right):
        assert len(part.text or "") <= 255
