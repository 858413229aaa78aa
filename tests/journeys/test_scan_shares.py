"""The share of visitors who scan stands beside milestones and contact lists, so that a short one is no safety."""

from datetime import timedelta
from uuid import UUID

import pytest
from support.inspecting import count, record, send
from support.officers import officer_with, signed_in
from support.outbreak import Outbreak, build
from support.runs import make_list
from support.stays import SealedStay, write_stays

from dauchan.cases.models import Case
from dauchan.inspections import measuring
from dauchan.inspections.models import Inspection
from dauchan.kernel import clock
from dauchan.places.models import Place
from dauchan.places.shares import Figure, note_area_share, note_scan_share, scan_shares

CLOCK = "2021-08-17T08:00+07:00"


@pytest.fixture(scope="module")
def town(database) -> Outbreak:
    made = build(database)
    made.add_people("An", "Bình")
    made.stay("An", "chợ", "08:00-10:00")
    made.stay("Bình", "chợ", "08:10-09:50")
    return made


@pytest.fixture(scope="module")
def case(town) -> Case:
    found = town.case("An")
    make_list(found, by=town.tracer)
    return found


def page(town: Outbreak, case: Case, tab: str, language: str = "vi") -> str:
    answer = signed_in(town.tracer).get(f"/ca-benh/{case.code}/{tab}", headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode().lower()


def test_before_anybody_counted_the_pages_say_that_nothing_is_known(town, case):
    for tab in ("moc-dich-te", "tiep-xuc"):
        assert "chưa biết bao nhiêu khách đã quét" in page(town, case, tab)
        assert "how many visitors scanned is not known" in page(town, case, tab, "en")


def test_a_commune_s_figure_stands_in_and_the_place_s_own_goes_before_it(town, case):
    now = clock.now()
    place = Place.objects.get(pk=town.places["chợ"])
    note_area_share(place.unit_id, Figure(0.31, 0.2, 0.44, 900, now, "sample"))
    assert "khoảng 31 % khách đã quét (20–44 %, ước tính chung của" in page(town, case, "moc-dich-te")
    note_area_share(place.unit_id, Figure(0.2, 0.1, 0.3, 300, now, "sample"), category_id=place.category_id)
    assert "khoảng 20 % khách đã quét (10–30 %, ước tính chung của chợ" in page(town, case, "tiep-xuc")
    note_scan_share(place.pk, Figure(0.12, 0.09, 0.16, 480, now, "eye"))
    for tab in ("moc-dich-te", "tiep-xuc"):
        assert "khoảng 12 % khách đã quét (9–16 %, kiểm tra ngày 17/08/2021)" in page(town, case, tab)
        assert "about 12 % of visitors scanned (9–16 %, counted on 17/08/2021)" in page(town, case, tab, "en")


def test_an_older_figure_does_not_replace_a_newer_one(town):
    place, now = town.places["chợ"], clock.now()
    note_scan_share(place, Figure(0.9, 0.8, 0.95, 10, now - timedelta(days=30), "eye"))
    assert scan_shares([place])[place].share < 0.5


def test_where_nobody_watched_who_scanned_the_ledger_s_arrivals_in_the_window_count_late_ones_too(town):
    """Two of ten visitors scanned by the time of the inspection; a third scan waited on the gate's phone."""
    inspector, place = officer_with("inspector", second_factor=False), Place.objects.get(pk=town.places["quán"])
    town.add_people("Chi", "Dũng", "Em", "Phúc")
    now = clock.now()
    stay(town, "Chi", 50), stay(town, "Dũng", 40), stay(town, "Em", 90)
    told = record(
        inspector, place, now - timedelta(minutes=61), count=count(now - timedelta(minutes=20), 10, None, minutes=40)
    )
    assert send(inspector, told).status_code == 201
    found = Inspection.objects.get(client_id=UUID(told["id"]))
    assert (found.visitors, found.seen_scans, found.ledger_scans) == (10, None, 2)
    assert (scan_shares([place.pk])[place.pk].share, scan_shares([place.pk])[place.pk].basis) == (0.2, "ledger")
    stay(town, "Phúc", 30)
    assert measuring.recount(clock.now()) == 1
    assert scan_shares([place.pk])[place.pk].share == 0.3
    assert measuring.recount(clock.now()) == 0


def stay(town: Outbreak, name: str, minutes_ago: int) -> None:
    """Somebody arrived by scan at the café so long ago."""
    at = clock.now() - timedelta(minutes=minutes_ago)
    point = Place.objects.get(pk=town.places["quán"]).points.get().pk
    write_stays(town.database.keyring, [SealedStay(town.people[name], town.places["quán"], point, at, at, at)])
