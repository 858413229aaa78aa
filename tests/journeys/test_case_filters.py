"""The filters above a case's proposals: a wrong one shows, exports and decides on nobody; every place can be chosen."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from support.officers import signed_in
from support.outbreak import Outbreak, build
from support.runs import make_list

from dauchan.cases.models import Case
from dauchan.kernel import clock
from dauchan.tracing import choosing, forms, queries
from dauchan.tracing.decisions import decide
from dauchan.tracing.models import VenueGroup
from dauchan.visits.rules import Confidence, Doubt

CLOCK = "2021-08-17T08:00+07:00"
WRONG = [
    "place=abc",
    "place=0",
    "place_unit=x",
    "residence=-1",
    "day=31/31/2021",
    "generation=zz",
    "group=-",
    "mark=x",
    "sure=x",
]
MISSPELT = ["generatoin=2", "Generation=2", "tên=a", "residence_text=a", "day%20=2021-08-15"]


@pytest.fixture(scope="module")
def outbreak(database) -> Outbreak:
    town = build(database, places=("chợ", "quán", "sân", "trạm"))
    town.add_people("An", "Bình", "Chi", "Dũng")
    town.stay("An", "chợ", "08:00-10:00")
    town.stay("Bình", "chợ", "08:20-09:30")
    town.stay("Bình", "trạm", "12:00-13:00")
    town.stay("Chi", "trạm", "12:10-12:50")
    town.stay("Dũng", "sân", "14:00-15:00")
    return town


@pytest.fixture(scope="module")
def case(outbreak) -> Case:
    """F1 Bình, met at the market; F2 Chi, met by Bình at the station of another commune."""
    made = outbreak.case("An")
    make_list(made, by=outbreak.tracer)
    first = made.proposals.filter(person_id=outbreak.people["Bình"])
    decide(made, first, "close", by=outbreak.tracer, now=clock.now())
    make_list(made, by=outbreak.tracer)
    return made


@pytest.fixture
def page(outbreak, case):
    return signed_in(outbreak.tracer)


def people_in(shown: str, outbreak: Outbreak, case: Case) -> set[str]:
    ids = {int(number) for number in re.findall(r'name="proposal" value="(\d+)"', shown)}
    found = set(case.proposals.filter(pk__in=ids).values_list("person_id", flat=True))
    return {name for name, person in outbreak.people.items() if person in found}


@pytest.mark.parametrize("query", WRONG + MISSPELT)
def test_a_wrong_filter_shows_nobody_and_says_so(outbreak, case, page, query):
    shown = page.get(f"/ca-benh/{case.code}?state=all&{query}").content.decode()
    assert people_in(shown, outbreak, case) == set()
    assert "Bộ lọc trong địa chỉ không đúng" in shown
    assert "everybody" not in shown


@pytest.mark.parametrize("query", WRONG + MISSPELT)
def test_a_wrong_filter_exports_nothing(case, page, query):
    answer = page.get(f"/ca-benh/{case.code}/xuat.csv?state=all&{query}")
    assert answer.status_code == 400
    assert "Bộ lọc không đúng" in answer.content.decode()


@pytest.mark.parametrize("query", WRONG)
def test_a_wrong_filter_decides_on_nobody(case, page, query):
    name, _, value = query.partition("=")
    waiting = case.proposals.filter(decided=False).count()
    given = {"everybody": "1", "grade": "casual", "expected": str(waiting), name: value}
    answer = page.post(f"/ca-benh/{case.code}/quyet-dinh", given, follow=True)
    assert "Bộ lọc không đúng" in answer.content.decode()
    assert case.proposals.filter(decided=False).count() == waiting > 0


@pytest.mark.parametrize("query", ["generation=zz", "grade=queen", "residence=abc", "mark=x", "place=1", *MISSPELT])
def test_a_wrong_filter_of_contacts_shows_nobody_and_says_so(case, page, query):
    for path in (f"/ca-benh/{case.code}/tiep-xuc", "/tiep-xuc"):
        assert page.get(f"{path}?after=9999999&grade=close").status_code == 200
        answer = page.get(f"{path}?{query}")
        assert answer.status_code == 400
        assert "Bộ lọc không đúng" in answer.content.decode()


def test_the_groups_of_a_case_are_counted_in_one_question(case):
    vault = queries.vault_of(case)
    crowd = queries.Crowd(1, None, case.period_start, case.period_end)

    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            queries.venue_groups(case)
        return len(asked)

    for number in range(2):
        key = bytes([number]) * 32
        VenueGroup.objects.create(case=case, key=key, people=9, evidence=vault.seal("crowd", key, crowd))
    few = questions()
    for number in range(2, 12):
        key = bytes([number]) * 32
        VenueGroup.objects.create(case=case, key=key, people=9, evidence=vault.seal("crowd", key, crowd))
    group = case.venue_groups.latest("pk")
    case.proposals.filter(person_id=somebody_waiting(case)).update(group=group)
    assert questions() == few
    assert {each.row.pk: each.undecided for each in queries.venue_groups(case)}[group.pk] == 1
    case.venue_groups.all().delete()


def somebody_waiting(case: Case):
    """Somebody of the case who isn't decided on."""
    return case.proposals.filter(decided=False).values_list("person_id", flat=True)[0]


def choices(shown: str, name: str) -> set[str]:
    menu = re.search(rf'<select[^>]*name="{name}".*?</select>', shown, re.DOTALL)
    assert menu
    return set(re.findall(r'<option value="(\d[\d-]*)"', menu[0]))


def test_every_place_of_the_evidence_can_be_chosen(outbreak, case, page):
    """The market of the case's scans, the yard it told of, the station where an F1 met an F2, and their communes."""
    told = {"place_id": outbreak.places["sân"], "start": "2021-08-14T14:10", "end": "2021-08-14T14:20"}
    page.post(f"/ca-benh/{case.code}/moc-dich-te/them", told)
    shown = page.get(f"/ca-benh/{case.code}").content.decode()
    assert choices(shown, "place") == {str(outbreak.places[name]) for name in ("chợ", "sân", "trạm")}
    assert choices(shown, "place_unit") == {str(outbreak.home.pk), str(outbreak.elsewhere.pk)}
    station = page.get(f"/ca-benh/{case.code}?state=all&place={outbreak.places['trạm']}").content.decode()
    assert people_in(station, outbreak, case) == {"Chi"}


def test_what_the_address_has_chosen_stays_chosen_when_another_filter_is_set(outbreak, case, page):
    query = f"place={outbreak.places['quán']}&day=2021-09-30"
    shown = page.get(f"/ca-benh/{case.code}?{query}").content.decode()
    assert f'<option value="{outbreak.places["quán"]}" selected>' in shown
    assert '<option value="2021-09-30" selected>' in shown


@pytest.mark.parametrize(
    ("query", "people"),
    [
        ("place_name=tram", {"Chi"}),
        ("place_name=CHỢ", {"Bình"}),
        ("place_name=quán", set()),
        ("place_name=nowhere", set()),
        ("place_name=a", set()),
        ("place_name=...", set()),
        ("other_unit={elsewhere}", {"Chi"}),
        ("other_unit_text={elsewhere_code}", {"Chi"}),
        ("other_unit=abc", set()),
        ("other_unit_text=nowhere", set()),
        ("other_unit={elsewhere}&place_unit={home}", set()),
        ("place_unit=4611686018427387904", set()),
    ],
)
def test_other_places_and_units_are_found_by_words(outbreak, case, page, query, people):
    units = {"home": outbreak.home.pk, "elsewhere": outbreak.elsewhere.pk, "elsewhere_code": outbreak.elsewhere.code}
    shown = page.get(f"/ca-benh/{case.code}?state=all&{query.format(**units)}").content.decode()
    assert people_in(shown, outbreak, case) == people


def test_too_many_places_of_one_name_are_not_cut_in_silence(outbreak, case, page, monkeypatch):
    monkeypatch.setattr(forms, "MOST_PLACES", 0)
    shown = page.get(f"/ca-benh/{case.code}?place_name=tram").content.decode()
    assert "Quá nhiều địa điểm khớp" in shown


def test_a_very_long_list_says_that_its_menu_of_places_is_not_whole(outbreak, case, page, monkeypatch):
    assert "menu địa điểm chưa có đủ" not in page.get(f"/ca-benh/{case.code}").content.decode()
    monkeypatch.setattr(choosing, "MOST_OPENED", 0)
    assert "menu địa điểm chưa có đủ" in page.get(f"/ca-benh/{case.code}").content.decode()


@pytest.fixture(scope="module")
def unsure_case(outbreak) -> Case:
    """Everybody met the case at the yard: typed at the gate, far from where they were just before, and once surely."""
    outbreak.add_people("Giang", "Hà", "Khoa", "Lan")
    outbreak.stay("Giang", "sân", "08:00-10:00", doubts=Doubt.SHUT)
    outbreak.stay("Giang", "quán", "11:00-12:00")
    outbreak.stay("Hà", "sân", "08:10-09:00", confidence=Confidence.TYPED)
    outbreak.stay("Khoa", "quán", "11:10-11:50", doubts=Doubt.FAR)
    outbreak.stay("Lan", "quán", "11:00-11:20", doubts=Doubt.FAR)
    outbreak.stay("Lan", "quán", "11:30-11:50")
    made = outbreak.case("Giang")
    make_list(made, by=outbreak.tracer)
    return made


def test_who_is_found_by_unsure_visits_alone_is_marked_and_can_be_listed_alone(outbreak, unsure_case, page):
    path = f"/ca-benh/{unsure_case.code}"
    everybody = page.get(path).content.decode()
    assert people_in(everybody, outbreak, unsure_case) == {"Hà", "Khoa", "Lan"}
    assert everybody.count(">chưa chắc<") == 2
    assert people_in(page.get(f"{path}?sure=no").content.decode(), outbreak, unsure_case) == {"Hà", "Khoa"}
    assert people_in(page.get(f"{path}?sure=yes").content.decode(), outbreak, unsure_case) == {"Lan"}
    sheet = page.get(f"{path}/xuat.csv?sure=no").content.decode("utf-8-sig")
    assert sheet.count("Chỉ có lượt chưa chắc") == 2


def test_the_evidence_says_how_each_visit_was_recorded_and_what_speaks_against_it(outbreak, unsure_case, page):
    def evidence(name: str, language: str = "vi") -> str:
        row = unsure_case.proposals.get(person_id=outbreak.people[name])
        path = f"/ca-benh/{unsure_case.code}/de-xuat/{row.pk}"
        return page.get(path, headers={"accept-language": language}).content.decode()

    assert "nhập tay, chưa xác minh · ngoài giờ mở cửa" in evidence("Hà")
    assert "người trực quét · không thể đi từ nơi trước đến kịp" in evidence("Khoa")
    assert "typed, not verified · outside opening hours" in evidence("Hà", "en")
    days = page.get(f"/ca-benh/{unsure_case.code}").content.decode()
    assert '<span class="badge bg-warning-lt">ngoài giờ mở cửa</span>' in days


def test_the_interface_tells_the_same(outbreak, unsure_case, page):
    found = page.get(f"/api/v1/cases/{unsure_case.code}/proposals?weak=true").json()["proposals"]
    told = {(row["weak"], *((met["confidence"], *met["doubts"]) for met in row["encounters"])) for row in found}
    assert told == {(True, (1, "shut")), (True, (5, "far"))}
