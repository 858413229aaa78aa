"""What the codes on cards say: the formats in use, their variants, and everything that is wrong with them."""

import json
import unicodedata
from datetime import date

import pytest
from click.testing import CliRunner

from dauchan.cli import main
from dauchan.people.cards import WARNINGS, NotACard, read_card
from dauchan.people.rules import Document

TODAY = date(2026, 11, 25)
CCCD = "067156000001|245000001|Trần Thị Mẫu|15081956|Nữ|Tổ 1, Nghĩa Thành, Gia Nghĩa, Đắk Nông|02072021"
BHYT_OLD = (
    "GD4676700000001|5472e1baa76e205468e1bb8b204de1baab75|15/08/1956|2|"
    "5068c6b0e1bb9d6e67204e6768c4a961205468c3a06e682c205468c3a06e68207068e1bb9120476961204e6768c4a9612c2054e1bb896e6820"
    "c490e1baaf6b204ec3b46e67|67 - 001|01/01/2021|-|02/01/2021|67006700000001|-|4|01/01/2026|0123456789abcdef-7102|$"
)
BHYT_NEW = (
    "6700000001|5472e1baa76e205468e1bb8b204de1baab75|15/08/1956|2|-|67 - 001|01/01/2022|-|02/01/2022|67006700000001|-|4"
    "| 01/01/2026|0123456789abcdef-7102|4|5468c3a06e68207068e1bb9120476961204e6768c4a9612c2054e1bb896e6820c490e1baaf"
    "6b204ec3b46e67|$"
)
PERSONAL = "067156000001|TRAN THI MAU|1956-08-15|0|162000000000012345|<2<GD4676700000001<0901234567"


def read(text: str):
    return read_card(text, today=TODAY)


@pytest.mark.parametrize(
    "text",
    [
        CCCD,
        CCCD.replace("|245000001|", "||"),
        CCCD.replace("|245000001|", "|"),
        CCCD.replace("15081956", "15/08/1956").replace("02072021", "02/07/2021"),
        f"  {CCCD.replace('|', ' | ')}\r\n",
        CCCD.replace("|Nữ|", "|NU|"),
        unicodedata.normalize("NFD", CCCD),
    ],
    ids=["seven fields", "no CMND", "six fields", "slashed dates", "blanks", "sex without accent", "decomposed"],
)
def test_a_cccd_is_read_in_every_shape_it_comes_in(text):
    card = read(text)
    assert card.kind == "cccd"
    assert card.identity.documents[0] == Document("cccd", "067156000001")
    assert (card.identity.name, card.identity.birth_date) == ("Trần Thị Mẫu", date(1956, 8, 15))
    assert card.identity.sex == "female"
    assert card.identity.address == "Tổ 1, Nghĩa Thành, Gia Nghĩa, Đắk Nông"
    assert (card.issued_on, card.warnings) == (date(2021, 7, 2), ())
    assert card.identity.documents[1:] == ((Document("cmnd", "245000001"),) if "245000001" in text else ())


def test_a_cccd_without_day_of_issue_is_read_too():
    card = read(CCCD.removesuffix("|02072021"))
    assert (card.kind, card.issued_on, card.warnings) == ("cccd", None, ())


@pytest.mark.parametrize(
    ("change", "warnings"),
    [
        (("|Nữ|", "|Nam|"), ("cccd_sex",)),
        (("15081956", "15081965"), ("cccd_year",)),
        (("067156", "067456"), ("cccd_century", "cccd_year", "cccd_sex")),
        (("15081956", "00001956"), ()),
        (("|02072021", "|99992021"), ("date_not_read",)),
        (("Trần Thị Mẫu", "123"), ("name_not_read",)),
        (("Tổ 1", "Tổ\0 1"), ("address_not_read",)),
        (("15081956", "15081756"), ("cccd_year", "birth_not_read")),
    ],
)
def test_what_contradicts_or_can_not_be_read_is_named_and_the_rest_is_kept(change, warnings):
    card = read(CCCD.replace(*change))
    assert (card.kind, card.warnings) == ("cccd", warnings)
    assert len(card.identity.documents) == 2


def test_a_year_alone_is_a_year():
    born = read(CCCD.replace("15081956", "00001956")).identity
    assert (born.birth_date, born.birth_year) == (None, 1956)


@pytest.mark.parametrize(
    "text",
    [
        "067156000001",
        "067156000001|x|y|z",
        "067156000001||Trần Thị Mẫu|15081956|Nữ|Gia Nghĩa|02072021|067056000002|067056000003",
        "4|067156000001|Trần Thị Mẫu",
        CCCD.replace("15081956", "32132056"),
    ],
)
def test_a_code_whose_fields_are_unknown_gives_its_number_alone_and_asks_for_the_rest(text):
    card = read(text)
    assert (card.kind, card.warnings) == ("can_cuoc", ("only_number",))
    assert card.identity.documents == (Document("cccd", "067156000001"),)
    assert (card.identity.name, card.identity.birth_date) == ("", None)


def test_an_old_and_a_new_bhyt_card_are_the_same_person():
    old, new = read(BHYT_OLD), read(BHYT_NEW)
    assert old.kind == new.kind == "bhyt"
    assert old.identity.documents == new.identity.documents == (Document("bhyt", "6700000001"),)
    assert (old.card_number, new.card_number) == ("GD4676700000001", "6700000001")
    assert old.identity.name == new.identity.name == "Trần Thị Mẫu"
    assert old.identity.address == "Phường Nghĩa Thành, Thành phố Gia Nghĩa, Tỉnh Đắk Nông"
    assert new.identity.address == ""
    assert (old.identity.birth_date, old.identity.sex) == (date(1956, 8, 15), "female")
    assert (old.valid_from, old.valid_to, old.issued_on) == (date(2021, 1, 1), None, date(2021, 1, 2))
    assert old.warnings == new.warnings == ()


def test_a_short_bhyt_card_is_read_and_one_that_ran_out_says_so():
    short = read(BHYT_OLD.split("|67006700000001")[0].replace("|-|02/01", "|31/12/2025|02/01") + "|$")
    assert (short.kind, short.valid_to, short.warnings) == ("bhyt", date(2025, 12, 31), ("expired",))


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        (("5472e1baa76e", "5472e1baa76"), "name_not_read"),
        (("5472e1baa76e", "ffffe1baa76e"), "name_not_read"),
        (("|2|5068", "|3|5068"), "sex_not_read"),
        (("15/08/1956", "31/02/1956"), "birth_not_read"),
        (("5068c6b0", "zz68c6b0"), "address_not_read"),
    ],
)
def test_a_bhyt_field_that_is_broken_is_named(change, warning):
    card = read(BHYT_OLD.replace(*change))
    assert (card.kind, card.warnings) == ("bhyt", (warning,))


def test_the_personal_qr_of_1405_is_accepted():
    card = read(PERSONAL)
    assert card.kind == "qd1405"
    assert card.identity.documents == (Document("cccd", "067156000001"), Document("bhyt", "6700000001"))
    assert (card.identity.name, card.identity.phone) == ("TRAN THI MAU", "0901234567")
    assert (card.identity.birth_date, card.identity.sex) == (date(1956, 8, 15), "female")
    assert (card.qid, card.proxy_qid, card.warnings) == ("162000000000012345", "", ("without_accents",))
    by_proxy = read(PERSONAL.replace("|0|", "|1|").replace("|<2<", "|162000000000099999<2<"))
    assert by_proxy.proxy_qid == "162000000000099999"


def test_what_an_app_hides_behind_stars_is_asked_for():
    card = read("******000001|TRAN THI MAU|1956-**-**|0|162000000000012345|<2<<090****567<")
    assert (card.kind, card.warnings) == ("qd1405", ("without_accents", "hidden"))
    assert (card.identity.documents, card.identity.birth_year, card.identity.phone) == ((), 1956, "")


@pytest.mark.parametrize("text", ["", "|", "xin chào", "HTTPS://DAUCHAN.VN/P/04RG2", "|||||", "$", "12345", "x" * 5000])
def test_anything_else_is_no_card(text):
    with pytest.raises(NotACard):
        read(text)


def test_the_command_prints_kind_fields_with_iso_dates_and_warnings():
    done = CliRunner().invoke(main, ["read-id", CCCD.replace("|Nữ|", "|Nam|"), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output) == {
        "kind": "cccd",
        "fields": {
            "name": "Trần Thị Mẫu",
            "documents": [{"kind": "cccd", "number": "067156000001"}, {"kind": "cmnd", "number": "245000001"}],
            "birth_date": "1956-08-15",
            "sex": "male",
            "address": "Tổ 1, Nghĩa Thành, Gia Nghĩa, Đắk Nông",
            "issued_on": "2021-07-02",
        },
        "warnings": ["cccd_sex"],
    }
    told = CliRunner().invoke(main, ["read-id", "-"], input=PERSONAL).output
    assert "qd1405" in told
    assert WARNINGS["without_accents"][1] in told
    refused = CliRunner().invoke(main, ["read-id", "xin chào"])
    assert refused.exit_code == 1
    assert "no code of a CCCD" in refused.output
    assert "xin chào" not in refused.output
