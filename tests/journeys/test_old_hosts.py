"""A change of host: posters that hang show the old one, and lead to their place all the same."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import Client, override_settings
from support.officers import officer_with

from dauchan import config
from dauchan.kernel import clock
from dauchan.places import posters
from dauchan.places.actions import register_place
from dauchan.places.models import Category
from dauchan.places.rules import PlaceInput
from dauchan.units.queries import unit_by_code

CLOCK = "2026-11-20T12:00+07:00"


@pytest.fixture(autouse=True)
def moved(database) -> Iterator[None]:
    """The installation was at `cu.test` and is at `moi.test` now."""
    installation = replace(settings.INSTALLATION, public_host="moi.test", old_hosts=("cu.test",))
    hosts = [*settings.ALLOWED_HOSTS, "moi.test", "cu.test"]
    with override_settings(INSTALLATION=installation, ALLOWED_HOSTS=hosts):
        yield


@pytest.fixture(scope="module")
def code(database) -> str:
    unit = unit_by_code("24611", clock.local_day(clock.now()))
    given = PlaceInput("Chợ Mẫu", unit.pk, Category.objects.get(code="market").pk)
    place = register_place(given, by=officer_with("province_health_officer"), now=clock.now())
    return posters.code_text(place.points.select_related("place").get())


@pytest.fixture
def old() -> Client:
    return Client(SERVER_NAME="cu.test", raise_request_exception=False)


def test_a_poster_with_the_old_host_leads_to_its_place(old, code):
    page = old.get(f"/P/{code}")
    assert (page.status_code, "Chợ Mẫu" in page.content.decode()) == (200, True)
    assert old.get(f"/p/{code.lower()}").headers["location"] == f"/P/{code}"
    assert old.head(f"/P/{code}").status_code == 200


def test_its_language_can_be_changed_there(old, code):
    answer = old.post("/ngon-ngu", {"language": "en", "next": f"/P/{code}"})
    assert (answer.status_code, answer["Location"]) == (302, f"/P/{code}")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/", "/dang-nhap?next=/dia-diem", "/dia-diem", "/api/v1/", "/khong-co"])
def test_everything_else_is_sent_on_to_the_present_host(old, method, path):
    answer = old.generic(method, path)
    assert (answer.status_code, answer["Location"]) == (307, f"http://moi.test{path}")


def test_an_arrival_told_there_is_recorded_there(old, code):
    page = old.post(f"/P/{code}", {"phone": "0912345678", "nonce": "0" * 16, "direction": "in"})
    assert page.status_code == 200
    assert "Đã vào" in page.content.decode()


def test_a_host_that_was_never_ours_is_refused(code):
    assert Client(SERVER_NAME="la.test", raise_request_exception=False).get(f"/P/{code}").status_code == 400


def test_the_present_host_answers_itself(code):
    assert Client(SERVER_NAME="moi.test").get("/dang-nhap").status_code == 200


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('public_host = "moi.test"\nold_hosts = ["cu.test", "Moi.test"]\n', ("cu.test",)),
        ('public_host = "moi.test"\nold_hosts = "cu.test, xua.test"\n', ("cu.test", "xua.test")),
        ('old_hosts = ["cu.test"]\n', ()),
        ('public_host = "moi.test"\n', ()),
    ],
)
def test_old_hosts_stand_in_the_installation_s_file(tmp_path, written, read):
    (tmp_path / "installation.toml").write_text(written, "utf-8")
    assert config.load({"DAUCHAN_DATA_DIR": str(tmp_path)}).old_hosts == read


def test_old_hosts_named_in_the_environment_are_answered(tmp_path):
    marks = {"DAUCHAN_PUBLIC_HOST": "moi.test", "DAUCHAN_OLD_HOSTS": "cu.test", "DAUCHAN_DATA_DIR": str(tmp_path)}
    program = "from dauchan import settings as s; print(*s.ALLOWED_HOSTS[3:])"
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, **marks}, capture_output=True, check=True)
    assert done.stdout.decode().split() == ["moi.test", "cu.test"]
