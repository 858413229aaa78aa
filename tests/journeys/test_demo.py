"""`dauchan demo` as a newcomer meets it: links, the outbreak's proposals, a second start, and a clean end."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.keeper import ROOT
from support.web import free_port

READY_SECONDS = 240
LINK = re.compile(r"http://\S+/vao-thu/\S+")


class Demo:
    """One `dauchan demo` in a process of its own, its output in a file."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        self.data_dir, self.port = data_dir, free_port()
        self.said = data_dir.with_name(f"said-{self.port}")
        inherited = {name: text for name, text in os.environ.items() if not name.startswith(("DAUCHAN", "DATABASE"))}
        command = [sys.executable, "-m", "dauchan", "demo", "--data-dir", str(data_dir), "--port", str(self.port)]
        with self.said.open("ab") as output:
            self.process = subprocess.Popen(
                [*command, "--no-browser", "--people", "500", *options],
                env={**inherited, "PYTHONPATH": str(ROOT / "src")},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    @property
    def output(self) -> str:
        return self.said.read_text("utf-8")

    @property
    def links(self) -> list[str]:
        return LINK.findall(self.output)

    def ready(self) -> "Demo":
        deadline = time.monotonic() + READY_SECONDS
        while "ready: " not in self.output and self.process.poll() is None:
            assert time.monotonic() < deadline, self.output
            time.sleep(0.1)
        assert "ready: " in self.output, self.output
        return self

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(40)


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Iterator[Demo]:
    started = Demo(tmp_path_factory.mktemp("demo") / "data").ready()
    yield started
    started.end()


def enter(link: str, to: str = "case") -> tuple[httpx.Client, httpx.Response]:
    """Open a link and press its button."""
    browser = httpx.Client(follow_redirects=True, timeout=30, headers={"accept-language": "vi"})
    page = browser.get(link)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token, page.text
    return browser, browser.post(link, data={"to": to, "csrfmiddlewaretoken": token[1]}, headers={"referer": link})


def test_it_is_marked_as_a_try_out_and_says_where_it_is_ready(demo):
    assert f"ready: http://127.0.0.1:{demo.port}" in demo.output
    assert tomllib.loads((demo.data_dir / "installation.toml").read_text("utf-8"))["try_out"] is True
    assert len(demo.links) == 9


def test_the_first_link_leads_to_the_proposals_by_its_main_button(demo):
    page = httpx.get(demo.links[0]).text
    assert "Vào" in page or "Xem ca bệnh" in page
    browser, case = enter(demo.links[0])
    assert case.status_code == 200
    assert str(case.url).endswith("/ca-benh/" + json.loads((demo.data_dir / "demo.json").read_text("utf-8"))["case"])
    assert "Đề xuất" in case.text
    assert len(re.findall(r"/de-xuat/\d+", case.text)) > 10
    assert "(Giả)" in case.text
    assert browser.get(f"http://127.0.0.1:{demo.port}/ban-lam-viec").status_code == 200


def test_the_morning_page_leads_there_too_in_three_clicks(demo):
    browser, desk = enter(demo.links[2], to="desk")
    assert str(desk.url).endswith("/ban-lam-viec")
    assert 'href="/ca-benh"' in desk.text
    cases = browser.get(f"http://127.0.0.1:{demo.port}/ca-benh")
    (case,) = set(re.findall(r'href="(/ca-benh/CB-[0-9-]+)"', cases.text))
    assert "/de-xuat/" in browser.get(f"http://127.0.0.1:{demo.port}{case}").text


def test_the_unconfirmed_person_is_found_by_the_phone_number_that_is_shown(demo):
    phone = json.loads((demo.data_dir / "demo.json").read_text("utf-8"))["phone"]
    assert phone in demo.output
    browser, _ = enter(demo.links[1])
    found = browser.post(
        f"http://127.0.0.1:{demo.port}/api/v1/people/find",
        json={"kind": "phone", "value": phone},
        headers={"x-csrftoken": browser.cookies["csrftoken"], "referer": f"http://127.0.0.1:{demo.port}/"},
    )
    assert found.status_code == 200, found.text
    assert [each["name"].startswith("(Giả) ") for each in found.json()] == [True]


def test_the_managers_door_leads_to_a_rollout_under_way(demo):
    browser, morning = enter(demo.links[6], to="rollout")
    assert str(morning.url).endswith("/trien-khai")
    assert "Tình hình triển khai: Tỉnh Lâm Đồng" in morning.text
    pages = {
        "/dia-ban/68": ("Từ phải đăng ký đến được dùng", "Số người bịa ra để thử (giả)"),
        "/nguon": ("Cơ sở kinh doanh của 28 xã, phường (giả)",),
        "/van-ban": ("101/SKHCN-CĐS", "118/SKHCN-CĐS"),
        "/van-ban/don-doc": ("Đôn đốc lần 2",),
        "/kiem-tra": ("Chưa treo mã",),
        "/bao-cao": ("BC-SKHCN",),
        "/co-quan": ("Ủy ban nhân dân",),
    }
    for path, words in pages.items():
        page = browser.get(f"http://127.0.0.1:{demo.port}/trien-khai{path}").text
        assert [each for each in words if each not in page] == [], path
    asked = f"http://127.0.0.1:{demo.port}/api/v1/coverage/units/68"
    (share,) = browser.get(asked, params={"codes": "pass_share"}).json()["figures"]
    assert 30 < share["value"] < 60, "a good part of the made-up people have a pass"


def test_the_wards_focal_officer_and_its_head_see_what_their_committee_owes(demo):
    for link in demo.links[7:9]:
        browser, morning = enter(link, to="rollout")
        own = re.search(r'href="(/trien-khai/co-quan/\d+/do-phu)"', morning.text)
        assert own, morning.text
        assert "Danh sách địa điểm chưa ký cam kết" in morning.text
        gap = browser.get(f"http://127.0.0.1:{demo.port}{own[1]}")
        assert "Ủy ban nhân dân phường Bắc Gia Nghĩa" in gap.text


def test_a_link_opens_once_and_another_start_gives_fresh_ones(demo):
    enter(demo.links[3], to="desk")
    assert httpx.get(demo.links[3]).status_code == 410
    second = Demo(demo.data_dir)
    assert second.ready().process.wait(20) == 0
    assert f"ready: http://127.0.0.1:{demo.port}" in second.output
    assert set(second.links).isdisjoint(demo.links)
    assert httpx.get(second.links[3]).status_code == 200
    assert httpx.get(demo.links[4]).status_code == 410


def test_it_ends_clean_and_a_later_start_shows_the_same(demo):
    before = (demo.data_dir / "demo.json").read_bytes()
    assert demo.end() == 0
    assert demo.output.rstrip().endswith("stopped")
    again = Demo(demo.data_dir)
    begun = time.monotonic()
    try:
        again.ready()
        assert time.monotonic() - begun < 60
        assert (demo.data_dir / "demo.json").read_bytes() == before
        assert "/de-xuat/" in enter(again.links[0])[1].text
        assert again.end(signal.SIGINT) == 0
    finally:
        again.end()


def test_a_directory_of_a_real_installation_is_refused(tmp_path):
    from dauchan.cli import _installation

    data_dir = tmp_path / "real"
    _installation.create(data_dir, public_host="dauchan.test")
    refused = Demo(data_dir)
    assert refused.process.wait(30) == 1
    assert "no try-out" in refused.output
    assert not (data_dir / "demo.json").exists()
