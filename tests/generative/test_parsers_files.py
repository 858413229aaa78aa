"""Whatever stands in a file or a form is read or refused with a sentence, quickly, and what was read can be stored."""

import csv
import io
import unicodedata
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from support.formulas import FORMULAS

from dauchan.kernel import clock
from dauchan.kernel.errors import Problem
from dauchan.kernel.search import search_key, sort_key
from dauchan.people import rules as people
from dauchan.people.rules import Document, Identity
from dauchan.people.subjects import normalise
from dauchan.places import columns, importing, sheets
from dauchan.places.models import Place
from dauchan.tracing import plainfile

CLOCK = "2026-03-02T08:00+07:00"
TODAY = date(2026, 3, 2)
ODD = st.characters(exclude_categories=())
"""Any code point, halves of surrogate pairs and NUL included."""
MARKS = st.text(
    st.sampled_from("aăâeêioôơuưyđ \u0300\u0301\u0303\u0309\u0323\u031b\u0302\u0306\u200d\u202e"), max_size=400
)
TEXTS = st.text(ODD, max_size=120) | MARKS | st.sampled_from(FORMULAS) | st.text("0123456789+-.,() /:;hT", max_size=40)
VERY = settings(max_examples=300, deadline=1000, suppress_health_check=[HealthCheck.function_scoped_fixture])
FEW = settings(max_examples=40, deadline=10_000, suppress_health_check=list(HealthCheck))


def as_csv(rows: list[list[str]], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue().encode("utf-8", "surrogatepass")


# --- places -----------------------------------------------------------------------------------------------------------


HEADER = [title for title, _ in columns.FIELDS.values()]
CELLS = TEXTS | st.sampled_from(["24611", "Chợ", "07:00-21:00", "T2-T6 7h", "12,5", "108.1", "0912345678", "=1+1", ""])


@pytest.fixture(scope="module")
def in_the_database(database):
    return database


@FEW
@given(rows=st.lists(st.lists(CELLS, min_size=len(HEADER), max_size=len(HEADER)), max_size=6))
def test_any_file_of_places_is_counted_to_the_last_line(in_the_database, rows):
    try:
        tally = importing.import_file(as_csv([HEADER, *rows]), by=None, mode="update", now=clock.now(), dry_run=False)
    except sheets.FileUnreadable:
        return
    assert tally.adds_up
    for fault in tally.faults:
        assert fault.problem.text("vi")
        assert fault.problem.text("en")


@VERY
@given(content=st.binary(max_size=1500), place=st.integers(0, 20_000))
def test_a_workbook_with_some_bytes_changed_is_read_or_refused(content, place):
    book = workbook()
    start = place % len(book)
    try:
        sheet = sheets.read_file(book[:start] + content + book[start + len(content) :])
    except sheets.FileUnreadable:
        return
    assert all(len(line.cells) == len(sheet.header) for line in sheet.lines)


def workbook() -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in (["Tên", "Xã"], ["Chợ", "24611"], [datetime(2026, 1, 1), 1.5]):  # noqa: DTZ001  sheets know no zones
        book.active.append(row)
    book.save(file)
    return file.getvalue()


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{number} "{f"&a{number - 1};" * 12}">' for number in range(1, 12))
    + ']><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&a11;</t></si></sst>'
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY own SYSTEM "file:///etc/passwd">]>'
    '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&own;</t></si></sst>'
)


@pytest.mark.parametrize("strings", [BOMB, OUTSIDE], ids=["entities that multiply", "an entity from outside"])
def test_a_workbook_can_not_blow_up_or_read_this_machine(strings):
    book, file = zipfile.ZipFile(io.BytesIO(workbook())), io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as changed:
        for name in book.namelist():
            changed.writestr(name, strings if name == "xl/sharedStrings.xml" else book.read(name))
    try:
        sheet = sheets.read_file(file.getvalue())
    except sheets.FileUnreadable:
        return
    assert "root:" not in str(sheet)


@VERY
@given(text=TEXTS)
def test_hours_numbers_and_points_of_any_text_are_understood_or_refused(text):
    for read in (columns.hours, columns.number, columns.whole_number, columns.points):
        refused_or(lambda read=read: read(text))


@pytest.mark.parametrize("size", [10, 4000])
@pytest.mark.parametrize("piece", ["T2-", "07:00-", "7h;", "- ", "a\u0301\u0323", "1,", "(", " ", "0"])
def test_nothing_takes_longer_than_its_length_allows(piece, size):
    """A pattern that goes back and forth would take minutes here."""
    text = piece * (size // len(piece))
    for read in (
        columns.hours,
        columns.number,
        columns.points,
        people.normal_phone,
        people.normal_document,
        search_key,
    ):
        began = datetime.now(UTC)
        refused_or(lambda read=read: read(text))
        assert datetime.now(UTC) - began < timedelta(seconds=1)


# --- visits and scans in plain files ----------------------------------------------------------------------------------


TIMES = (
    st.sampled_from(["2021-07-01 08:30", "01/07/2021 08:30", "2021-07-01T08:30:00+07:00", "0001-01-01 00:00"]) | TEXTS
)
VISITS = st.lists(st.tuples(TEXTS, TEXTS, TEXTS, TIMES, TIMES), max_size=6)


@VERY
@given(rows=VISITS, delimiter=st.sampled_from(",;\t"))
def test_any_plain_file_of_visits_is_read_line_by_line(tmp_path, rows, delimiter):
    path = tmp_path / "visits.csv"
    path.write_bytes(as_csv([list(plainfile.VISITS.columns), *map(list, rows)], delimiter))
    refused_or(lambda: plainfile.read_visits(path, timedelta(minutes=30)))


@VERY
@given(
    content=st.binary(max_size=600) | st.text(ODD, max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_any_bytes_are_a_plain_file_or_refused(tmp_path, content):
    path = tmp_path / "any.csv"
    for before in (b"", b"person,place,arrived_at\n", b"person,place,at,direction\n"):
        path.write_bytes(before + content)
        refused_or(lambda: plainfile.is_scans_file(path))
        refused_or(lambda: plainfile.read_visits(path, timedelta(minutes=30)))
        refused_or(lambda: plainfile.scan_lines(path, []))


def test_a_cell_of_a_gigabyte_is_not_waited_for(tmp_path):
    path = tmp_path / "long.csv"
    path.write_bytes(b"person,place,arrived_at\n" + b'"' + b"x" * 5_000_000)
    refused_or(lambda: plainfile.read_visits(path, timedelta(minutes=30)))


@VERY
@given(text=TIMES)
def test_any_text_is_an_instant_or_refused(text):
    try:
        instant = plainfile.read_instant(text)
    except plainfile.UnreadableTime:
        return
    assert instant.tzinfo is UTC


# --- people -----------------------------------------------------------------------------------------------------------


PHONES = TEXTS | st.from_regex(r"[+0]?(84)?[ .\-]?0?9\d{8}", fullmatch=True)
DOCUMENTS = st.builds(Document, st.sampled_from(["", "cccd", "cmnd", "bhyt", "passport", "xx"]), TEXTS)
IDENTITIES = st.builds(
    Identity,
    name=TEXTS,
    phone=PHONES,
    documents=st.lists(DOCUMENTS, max_size=9).map(tuple),
    birth_date=st.none() | st.dates(),
    birth_year=st.none() | st.integers(),
    sex=st.sampled_from(["", "female", "male", "other", "x"]),
    address=TEXTS,
)


@VERY
@given(identity=IDENTITIES)
def test_any_identity_is_written_one_way_or_refused(identity):
    try:
        normal = people.normal_identity(identity, today=TODAY)
    except Problem as problem:
        speaks(problem)
        return
    assert people.normal_identity(normal, today=TODAY) == normal
    for text in (normal.name, normal.address):
        assert unicodedata.is_normalized("NFC", text)
        assert "\0" not in text
        text.encode()
    mask = people.mask(normal)
    assert normal.phone == "" or normal.phone not in mask.phone


@VERY
@given(text=TEXTS, kind=st.sampled_from(["phone", "document", "reference", "telepathy"]))
def test_any_subject_of_a_scan_is_written_one_way_or_refused(text, kind):
    refused_or(lambda: normalise(kind, text, "abc"))


@VERY
@given(text=TEXTS)
def test_keys_of_search_and_order_exist_for_every_text(text):
    assert search_key(text) == search_key(search_key(text))
    assert sort_key(text) == sort_key(unicodedata.normalize("NFD", text))


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKD"])
@pytest.mark.parametrize("name", ["Nguyễn Thị Ước", "Đặng Hoàng Yến", "H'Ngọc Ksơr", "Y Đhăm Ênuôl", "Lò Văn Ửng"])
def test_a_name_is_the_same_however_its_marks_were_typed(name, form):
    assert people.normal_name(unicodedata.normalize(form, name)) == unicodedata.normalize("NFC", name)


def speaks(problem: Problem) -> None:
    """A refusal says what to do, in both languages."""
    assert problem.text("vi")
    assert problem.text("en")
    assert problem.text("vi") != problem.text("en")


def refused_or(read):
    """Run it; a refusal must speak both languages. Anything else that is thrown is a failure."""
    try:
        return read()
    except Problem as problem:
        speaks(problem)
        return None


def test_nothing_hostile_is_left_in_what_was_stored(in_the_database):
    for place in Place.objects.all():
        for text in (place.name, place.address):
            assert not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text)
