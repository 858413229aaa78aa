"""A call sheet printed by Chromium: every page says whose copy it is."""

import pypdfium2
import pytest
from support.outbreak import Outbreak, build
from support.runs import make_list

from dauchan.kernel import clock
from dauchan.tracing import decisions
from dauchan.tracing.models import Contact, Release
from dauchan.tracing.release import LONGEST_RECIPIENT, request_release

CLOCK = "2021-08-17T08:00+07:00"
PEOPLE = [f"Khách {number}" for number in range(46)]
RECIPIENT = ("Tổ gọi điện số 2 của Trung tâm Y tế " * 9)[:LONGEST_RECIPIENT].strip()


@pytest.fixture(scope="module")
def town(database) -> Outbreak:
    made = build(database)
    made.add_people("An", *PEOPLE[:23])
    made.add_people(*PEOPLE[23:], home=made.elsewhere)
    for name in ("An", *PEOPLE):
        made.stay(name, "chợ", "08:00-10:00")
    return made


@pytest.fixture(scope="module")
def release(town: Outbreak) -> Release:
    now, case = clock.now(), town.case("An")
    make_list(case, by=town.tracer)
    decisions.decide(case, case.proposals.all(), "close", by=town.tracer, now=now)
    everybody = Contact.objects.filter(case=case)
    return request_release(
        case, everybody, recipient=RECIPIENT, purpose="Gọi điện", expected=len(PEOPLE), by=town.tracer, now=now
    )


@pytest.mark.parametrize("paper", ["A4", "A5"])
def test_every_printed_page_says_whose_copy_it_is_and_which_page(look, town, release, paper, tmp_path) -> None:
    page = look(officer=town.tracer)
    page.goto(f"/danh-sach-goi/{release.pk}")
    page.click("main form[action$='/in'] button")
    page.wait_for_selector("text=Nguyễn Văn Khách 45")
    document = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=paper == "A4", format=paper))
    pages = [" ".join(each.get_textpage().get_text_range().split()) for each in document]
    assert len(pages) > 2
    for number, text in enumerate(pages, start=1):
        for expected in (RECIPIENT, release.marker, release.case.code, str(release.case.unit), "08:0", "17/08/2021"):
            assert expected in text, f"{expected} is missing on page {number}"
        assert f"{number} / {len(pages)}" in text
    everything = " ".join(pages)
    assert [name for name in PEOPLE if everything.count(f"Nguyễn Văn {name} ") != 1] == []
