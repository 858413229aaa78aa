"""Reading a visits file: what each line becomes, and what is said about lines that can't be used."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dauchan.tracing.engines.base import Stay
from dauchan.tracing.plainfile import UnreadableFile, UnreadableTime, VisitsFile, read_instant, read_visits

EIGHT = datetime(2021, 7, 1, 1, 0, tzinfo=UTC)
"""08:00 in Việt Nam."""


def reading(tmp_path: Path, content: str | bytes, *, minutes: int = 120) -> VisitsFile:
    path = tmp_path / "visits.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_visits(path, timedelta(minutes=minutes))


def bad_lines(file: VisitsFile) -> list[tuple[int, str, str]]:
    return [(each.line, each.column, each.reason) for each in file.rejected]


@pytest.mark.parametrize(
    "text",
    [
        "2021-07-01 08:00",
        "2021-07-01 08:00:00",
        "2021-07-01T08:00:00+07:00",
        "2021-07-01T01:00:00Z",
        "2021-07-01 01:00:00.000+00:00",
        "2021-07-01 01:00 +00:00",
        "2021-07-01T0800",
        "01/07/2021 08:00",
        "1/7/2021 8:00",
        "1/7/2021 8:00:00",
        " 2021-07-01  8:00 ",
    ],
)
def test_one_instant_can_be_written_in_many_ways(text: str) -> None:
    assert read_instant(text) == EIGHT


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "08:00", "2021-13-01 08:00", "31/02/2021 08:00", "2021-07-01 25:00", "1/7/21 08:00", "44378.33",
     "0001-01-01 00:00", "2021-07-01T08:00+99:00", "2021-07-01 08:00 PM", "9999-12-31 23:00-11:00"],
)  # fmt: skip
def test_what_is_not_clearly_a_time_is_refused(text: str) -> None:
    with pytest.raises(UnreadableTime):
        read_instant(text)


def test_a_day_alone_begins_at_local_midnight_and_as_an_end_counts_whole() -> None:
    assert read_instant("2021-07-01") == datetime(2021, 6, 30, 17, tzinfo=UTC)
    assert read_instant("01/07/2021", whole_day_ends=True) == datetime(2021, 7, 1, 17, tzinfo=UTC)


def test_a_stay_with_departure_is_certain_for_its_whole_length(tmp_path: Path) -> None:
    file = reading(tmp_path, "person,place,point,arrived_at,departed_at\nana,x,2,2021-07-01 08:00,2021-07-01 09:00\n")
    nine = EIGHT + timedelta(hours=1)
    assert file.stays == [Stay("ana", "x", "2", EIGHT, nine, nine, nine, "scan")]


def test_a_stay_without_departure_is_possible_for_the_default_stay_and_certain_for_no_time(tmp_path: Path) -> None:
    file = reading(tmp_path, "person,place,arrived_at\nana,x,2021-07-01 08:00\n", minutes=90)
    end = EIGHT + timedelta(minutes=90)
    assert file.stays == [Stay("ana", "x", "", EIGHT, EIGHT, end, None, "assumed")]


def test_a_stay_without_departure_ends_at_the_persons_next_arrival_anywhere(tmp_path: Path) -> None:
    file = reading(
        tmp_path,
        "person,place,arrived_at\n"
        "ana,y,2021-07-01 08:30\n"
        "ana,x,2021-07-01 08:00\n"
        "ana,z,2021-07-01 08:00\n"
        "ben,x,2021-07-01 08:10\n",
    )
    ends = {(stay.person, stay.place): (stay.latest_departure - EIGHT, stay.departed_by) for stay in file.stays}
    assert ends == {
        ("ana", "x"): (timedelta(minutes=30), "next_scan"),
        ("ana", "z"): (timedelta(minutes=30), "next_scan"),
        ("ana", "y"): (timedelta(minutes=150), "assumed"),
        ("ben", "x"): (timedelta(minutes=130), "assumed"),
    }


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiter_and_encoding_are_found_out(tmp_path: Path, mark: str, encoding: str, end: str) -> None:
    rows = [("Person", " place", "arrived_at"), ("Ánh", "Chợ Đắk Mil", "01/07/2021 08:00")]
    file = reading(tmp_path, end.join(mark.join(row) for row in rows).encode(encoding))
    assert [(stay.person, stay.place, stay.arrived_at) for stay in file.stays] == [("Ánh", "Chợ Đắk Mil", EIGHT)]
    assert file.rejected == []


def test_the_same_name_typed_on_two_keyboards_is_one_person(tmp_path: Path) -> None:
    file = reading(tmp_path, "person,place,arrived_at\nHo\u0300a,x,2021-07-01 08:00\nH\u00f2a,y,2021-07-01 09:00\n")
    assert {stay.person for stay in file.stays} == {"H\u00f2a"}


def test_a_year_that_is_a_slip_of_the_pen_is_told_and_never_overflows_the_calendar(tmp_path: Path) -> None:
    file = reading(
        tmp_path,
        "person,place,arrived_at,departed_at\nana,x,9999-12-31 23:30,\nana,x,2021-07-01 08:00,9999-12-31 23:59\n"
        "ana,x,0021-07-01 08:00,\n",
    )
    assert bad_lines(file) == [
        (2, "arrived_at", "the year 9999 lies after 2200"),
        (3, "departed_at", "the year 9999 lies after 2200"),
        (4, "arrived_at", "the year 21 lies before 1900"),
    ]


def test_bad_lines_are_told_with_line_column_and_reason_and_the_others_are_kept(tmp_path: Path) -> None:
    file = reading(
        tmp_path,
        "person,place,point,arrived_at,departed_at\n"
        ",x,,2021-07-01 08:00,\n"
        "ana,,,2021-07-01 08:00,\n"
        "\n"
        "ana,x,,,\n"
        "ana,x,,2021-07-01,\n"
        "ana,x,,soon,\n"
        "ana,x,,2021-07-01 08:00,2021-07-01 07:59\n"
        "ana,x\n"
        'ana,"two\nlines",,2021-07-01 08:00,\n'
        "ana,x,,2021-07-01 08:00,\n"
        "ana,x,,01/07/2021 08:00,\n",
    )
    assert bad_lines(file) == [
        (2, "person", "is empty"),
        (3, "place", "is empty"),
        (5, "arrived_at", "is empty"),
        (6, "arrived_at", "has a day but no time"),
        (7, "arrived_at", "not a time like 2021-07-01 08:30 or 01/07/2021 08:30"),
        (8, "departed_at", "lies before arrived_at"),
        (9, "arrived_at", "is empty"),
        (10, "place", "holds characters that are not text (is the file UTF-8?)"),
        (13, "", "the same as line 12"),
    ]
    assert len(file.stays) == 1


def test_bytes_that_are_no_text_spoil_one_line_only(tmp_path: Path) -> None:
    file = reading(
        tmp_path,
        b"person,place,arrived_at\n\xc1nh,x,2021-07-01 08:00\nan\x00a,x,2021-07-01 08:00\nben,x,2021-07-01 08:00\n",
    )
    assert [(line, column) for line, column, _ in bad_lines(file)] == [(2, "person"), (3, "person")]
    assert [stay.person for stay in file.stays] == ["ben"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"\n \n", "The file is empty"),
        (b"PK\x03\x04rest", "Save it as"),
        (b"person,place\nana,x\n", "missing: arrived_at"),
        (b"ana,x,2021-07-01 08:00\n", "missing: person, place, arrived_at"),
        (b"person,place,arrived_at,person\n", "repeated: person"),
    ],
)
def test_a_file_that_is_no_visits_file_is_refused_with_one_sentence(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    with pytest.raises(UnreadableFile) as refused:
        reading(tmp_path, content)
    assert sentence in refused.value.text("en")
    assert "{" not in refused.value.text("vi")
