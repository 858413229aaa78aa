"""Pages that collect names and phones, of people or of owners of places, say who controls them, and their rights."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from support.officers import officer_with, signed_in

from dauchan.accounts.actions import Scope, grant_role
from dauchan.kernel import clock, notices
from dauchan.people.actions import register_person
from dauchan.people.queries import handle_of
from dauchan.people.rules import Identity
from dauchan.places.actions import register_place
from dauchan.places.models import Category
from dauchan.places.rules import PlaceInput
from dauchan.units.queries import unit_by_code

CLOCK = "2026-03-02T08:00+07:00"
SHEET = "Tên địa điểm,Loại hình,Đơn vị\nChợ Mẫu,Chợ,24611\n"


@pytest.fixture(scope="module")
def officer(database):
    made = officer_with("province_health_officer")
    grant_role(made, "commune_health_officer", Scope("all"), by=None, now=clock.now())
    return made


@pytest.fixture(scope="module")
def pages(officer) -> dict[str, str]:
    """Addresses of the pages, by what they collect for whom."""
    now = clock.now()
    unit = unit_by_code("24611", clock.local_day(now))
    given = PlaceInput("Chợ Mẫu", unit.pk, Category.objects.get(code="market").pk)
    place = register_place(given, by=officer, now=now)
    person = register_person(Identity(name="Trần Thị Mẫu"), unit.pk, by=officer, now=now)
    file = SimpleUploadedFile("cho.csv", SHEET.encode(), "text/csv")
    run = signed_in(officer).post("/dia-diem/nhap", {"file": file}).headers["location"]
    return {
        "registering people": "/nguoi-dan/dang-ky",
        "a person's code": f"/nguoi-dan/{handle_of(person.pk)}/ma",
        "registering places": "/dia-diem/them",
        "editing a place": f"/dia-diem/{place.pk}/sua",
        "uploading places": "/dia-diem/nhap",
        "choosing columns": run,
    }


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(
    ("page", "collected"),
    [
        ("registering people", notices.PERSON),
        ("a person's code", notices.PERSON),
        ("registering places", notices.PLACE_OWNER),
        ("editing a place", notices.PLACE_OWNER),
        ("uploading places", notices.PLACE_OWNER),
        ("choosing columns", notices.PLACE_OWNER),
    ],
)
def test_the_notice_stands_on_the_page_in_its_language(officer, pages, page, collected, language):
    client: Client = signed_in(officer)
    client.post("/ngon-ngu", {"language": language})
    shown = client.get(pages[page]).content.decode().replace("&#x27;", "'")
    for line in notices.notice(collected, clock.local_day(clock.now()), days=30).lines(language):
        assert line in shown
