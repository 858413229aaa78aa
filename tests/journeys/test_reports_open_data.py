"""Open data: issued daily figures of provinces alone, without a count from which few people could be worked out."""

import csv
import io
from datetime import date

import pytest
from support.bulletin import counted
from support.officers import browser, officer_with
from support.reports import SIGNATURE, drafted, issued, office

from dauchan.kernel import clock
from dauchan.reports import actions, api
from dauchan.reports.api import DayOut
from dauchan.reports.snapshot import read
from dauchan.units import queries as units

CLOCK = "2026-11-21T08:00+07:00"
pytestmark = pytest.mark.usefixtures("database", "full_budgets")
DAY = date(2026, 11, 20)
ADDRESS = "/api/v1/open-data"
PEOPLE = [3, 40, 0, 55, 200]
"""What the first communes had; the others have none."""


@pytest.fixture(scope="module")
def province(database):
    found = units.unit_by_code("68", DAY)
    assert found is not None
    counted(found, DAY, registered=900, approved=900, active_day=90, scans=700, people=sum(PEOPLE), reachable=250)
    for commune, people in zip(units.children(found, DAY), PEOPLE, strict=False):
        counted(
            commune, DAY, registered=100, approved=100, active_day=9, scans=people * 2, people=people, reachable=people
        )
    return found


@pytest.fixture(scope="module")
def manager(province):
    return officer_with("rollout_manager")


@pytest.fixture(scope="module")
def published(province, manager):
    """Before the province's daily report is issued nothing of the day is public, whatever else was."""
    issuer = office("Sở Thông tin", province)
    draft = drafted(province, issuer, DAY, manager)
    issued(units.children(province, DAY)[0], issuer, DAY, manager)
    issued(province, issuer, DAY, manager, kind="ad_hoc")
    assert browser().get(f"{ADDRESS}/{DAY}").status_code == 404
    assert browser().get(ADDRESS).json()["days"] == []
    return actions.issue(draft.pk, SIGNATURE, by=manager, now=clock.now())


def rows(published) -> list[dict[str, str]]:
    answer = browser().get(f"{ADDRESS}/{DAY}.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_anybody_gets_the_issued_figures_of_a_day_as_json_and_csv(published, province):
    answer = browser().get(f"{ADDRESS}/{DAY}")
    DayOut.model_validate_json(answer.content, extra="forbid")
    told = answer.json()
    report = told["reports"][0]
    assert (report["report"], report["sha256"]) == (str(published), published.sha256)
    whole = {one["indicator"]: one["value"] for one in report["figures"] if one["unit_code"] == province.code}
    assert (whole["registered"], whole["people"]) == (900, 298)
    assert {row["indicator"]: float(row["value"]) for row in rows(published) if row["unit_code"] == "68"} == whole
    assert browser().get(ADDRESS).json() == {"licence": told["licence"], "days": [DAY.isoformat()]}


def test_a_small_count_is_hidden_and_another_with_it_so_that_it_is_no_difference(published, province):
    communes = [unit.code for unit in units.children(province, DAY)[: len(PEOPLE)]]
    people = {row["unit_code"]: row for row in rows(published) if row["indicator"] == "people"}
    assert [people[code]["value"] for code in communes] == ["", "", "0", "55", "200"]
    assert [people[code]["suppressed"] for code in communes] == ["true", "true", "false", "false", "false"]
    reachable = {row["unit_code"]: row["value"] for row in rows(published) if row["indicator"] == "reachable_share"}
    assert reachable[communes[0]] == reachable[communes[1]] == ""


def test_no_small_count_is_anywhere_in_the_frozen_report_itself(published):
    content = read(published.content)
    assert content.suppressed_below == 10
    shown = [row.figures["people"].value for row in content.rows if "people" in row.figures]
    assert all(value is None or value == 0 or value >= 10 for value in shown)


def test_a_copy_is_asked_for_again_by_its_etag(published, monkeypatch):
    for address in (f"{ADDRESS}/{DAY}", f"{ADDRESS}/{DAY}.csv"):
        first = browser().get(address)
        assert "public" in first["Cache-Control"]
        tag = first["ETag"]
        for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
            again = browser().get(address, headers={"If-None-Match": known})
            assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
        assert browser().get(address, headers={"If-None-Match": '"x"'}).status_code == 200
        monkeypatch.setattr(api, "SHAPE", "another")
        assert browser().get(address)["ETag"] != tag, "a program shall not keep a copy in an older shape"
        monkeypatch.undo()


def test_the_dictionary_is_the_definition_file(published):
    told = {one["code"]: one for one in browser().get(f"{ADDRESS}/dictionary").json()}
    assert told["active_day_share"]["formula_en"] == "Places with a scan on the day / approved places"
    assert {row["indicator"] for row in rows(published)} <= told.keys()


def test_the_public_page_lists_the_days_and_what_each_figure_means(published):
    page = browser().get("/du-lieu-mo").content.decode()
    assert "20/11/2026" in page
    assert "CC BY 4.0" in page
    assert "Số địa điểm có lượt quét trong ngày / số đã duyệt" in page


def test_a_day_without_data_says_so(published):
    answer = browser().get(f"{ADDRESS}/2026-01-01", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
