"""What the pages of figures offer to an officer opens for that officer: every link, and every form's target."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from urllib.parse import urljoin

import pytest
from django.test import Client
from support.database import Database
from support.figures import counted, made_up_days, registered_place
from support.officers import officer_with, signed_in
from support.rollout import unit

from dauchan.accounts.actions import Scope
from dauchan.kernel.search import search_key
from dauchan.units.models import Agency, AgencyKind

CLOCK = "2026-03-02T16:40+07:00"
TODAY = date(2026, 3, 2)
HERE = "24611"
REFUSED = (400, 403, 404)


@pytest.fixture(scope="module")
def school(database: Database) -> Agency:
    """A school of the ward whose board sits in the province, with silent places of both."""
    province, ward = unit("68", TODAY), unit(HERE, TODAY)
    made_up_days(province, [TODAY - timedelta(days=back) for back in range(2)])
    board = _agency("Sở Giáo dục Mẫu", AgencyKind.DEPARTMENT, "68")
    made = _agency("Trường THPT Mẫu", AgencyKind.PUBLIC_SERVICE, HERE, parent=board)
    _agency("Điểm trường Mẫu", AgencyKind.PUBLIC_SERVICE, HERE, parent=made)
    counts = {"should_exist": 12, "matched": 9, "registered": 9, "approved": 8, "active_7d": 5}
    counted("agency", made.pk, TODAY, **counts, agencies=1, attested=0, focal_officers=1, silent=2)
    registered_place("Cổng Trường", ward, last_day=None, agency=made)
    registered_place("Nhà khách của Sở", ward, last_day=None, agency=board)
    return made


def _agency(name: str, kind: str, unit_code: str, parent: Agency | None = None) -> Agency:
    begins = {"valid_from": date(2025, 7, 1), "search_key": search_key(name)}
    return Agency.objects.create(name=name, kind=kind, unit=unit(unit_code, TODAY), parent=parent, **begins)


def offered(client: Client, path: str) -> Iterator[tuple[str, int]]:
    """Every address that a page links or posts to, and how it answers; signing out is not tried."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    page = unescape(answer.content.decode())
    links = {to for to in re.findall(r'<a [^>]*href="([^"#]+)', page) if not to.startswith(("http", "tel:", "mailto:"))}
    for to in sorted(links):
        yield to, client.get(urljoin(path, to)).status_code
    for form in re.findall(r'<form [^>]*method="post"[^>]*>', page):
        action = re.search(r'action="([^"]*)"', form)
        if (to := action[1] if action else path).startswith("/trien-khai"):
            yield f"POST {to}", client.post(to).status_code


def paths_of(school: Agency, role: str, at: str) -> list[str]:
    """The pages of figures that an officer of this role opens."""
    found = ["/trien-khai", f"/trien-khai/co-quan/{school.pk}/do-phu", "/trien-khai/im-lang", "/trien-khai/chi-so"]
    if role != "agency_head":
        found += [f"/trien-khai/so-lieu?agency={school.pk}", "/trien-khai/so-lieu", "/trien-khai/so-lieu/tep"]
    if at != "agency":
        found += [f"/trien-khai/dia-ban/{HERE}", f"/trien-khai/dia-ban/{HERE}/bang", "/trien-khai/dia-ban"]
    if at == "all":
        found += ["/trien-khai/dia-ban/68", "/trien-khai/dia-ban/68/bang"]
    return found


@pytest.mark.parametrize(
    ("role", "at"),
    [("agency_head", "agency"), ("focal_officer", "agency"), ("focal_officer", "unit"), ("rollout_manager", "all")],
)
def test_whatever_a_page_offers_opens_for_who_reads_it(school: Agency, role: str, at: str) -> None:
    where = {"agency": str(school.pk), "unit": str(school.unit_id), "all": ""}
    client = signed_in(officer_with(role, Scope(at, where[at])))
    tried = {to: status for path in paths_of(school, role, at) for to, status in offered(client, path)}
    assert len(tried) > 15
    assert {to: status for to, status in tried.items() if status in REFUSED and not to.startswith("POST")} == {}
    assert {to: status for to, status in tried.items() if status in (403, 404)} == {}


def test_only_a_unit_with_communes_tells_how_many_of_them_had_no_scan(school: Agency) -> None:
    client = signed_in(officer_with("rollout_manager"))
    for code, told in (("68", True), (HERE, False)):
        page = client.get(f"/trien-khai/dia-ban/{code}").content.decode()
        silence = page.split('id="silence-title"')[1].split("</section>")[0]
        assert ("Xã không có lượt quét" in silence) == told, code
