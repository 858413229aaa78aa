"""How fast and how surely the gate app reads codes: the app as it is built, in Chromium, on drawn camera frames.

Frames are made beforehand and given to the app's own decoder and judge, so that a camera's rate is not measured. Needs
Chromium and Playwright, which only a checkout has.
"""

import base64
import contextlib
import gzip
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import dauchan
from dauchan.cli._bench import frames
from dauchan.cli._bench.figures import Figure, Part, Table, milliseconds, percentile
from dauchan.cli._bench.first_load import by_kind, first_load
from dauchan.cli._bench.scratch import HOST, Scratch, web
from dauchan.gates.actions import offer_device
from dauchan.kernel import clock, codes
from dauchan.kernel.errors import Problem
from dauchan.kernel.ids import person_id
from dauchan.places import posters
from dauchan.places.bulk import register_places
from dauchan.places.models import Category, Place, Point
from dauchan.places.rules import PlaceInput
from dauchan.units.models import Unit

Say = Callable[[str], None]
FRAMES, FRAMES_WHEN_FEW = 25, 3
SCANS, SCANS_WHEN_FEW = 3000, 100
THROTTLE = 6
BUILT = Path(dauchan.__file__).parent / "web" / "static" / "built"
FIRST_LOAD = ("gate.js", "gate.css", "sw.js", "mark.svg")
CCCD = "067156000001|245000001|Trần Thị Mẫu|15081956|Nữ|Tổ 1, Nghĩa Thành, Gia Nghĩa, Đắk Nông|02072021"
NAME, HOME = "Trần Thị Mẫu".encode().hex(), "Phường Nghĩa Thành, Đắk Nông".encode().hex()
BHYT = (
    f"GD4676700000001|{NAME}|15/08/1956|2|{HOME}|67 - 001"
    "|01/01/2021|-|02/01/2021|67006700000001|-|4|01/01/2026|0123456789abcdef-7102|$"
)
READY = """
async () => {
  window.gate = await import(document.querySelector("script[type=module]").src);
  const files = JSON.parse(document.querySelector("#told").textContent).files;
  window.decoder = new gate.Decoder(files["decoder.js"], files["zxing_reader.wasm"]);
}
"""
READ = """
async ([texts, width, height, issuer]) => {
  const found = [];
  const keys = { place: [], standing: [] };
  for (const text of texts) {
    const grey = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const colours = new Uint8ClampedArray(grey.length * 4);
    for (let at = 0; at < grey.length; at++) colours.set([grey[at], grey[at], grey[at], 255], at * 4);
    const picture = new ImageData(colours, width, height);
    const begun = performance.now();
    const read = await decoder.read(picture, true);
    const judged = read ? await gate.judge(read, issuer, keys, null, Date.now()) : null;
    found.push([read, performance.now() - begun, judged !== null]);
  }
  return found;
}
"""
RECORD = """
async (count) => {
  const begun = performance.now();
  for (let number = 0; number < count; number++)
    await gate.device.record({ kind: "phone", number: `03${String(10000000 + number)}` }, "typed");
  return performance.now() - begun;
}
"""


class NoBrowser(Problem):
    kind = "bench_no_browser"
    vi = "Cần Chromium và Playwright để đo ứng dụng cổng: chạy script/test một lần."
    en = "Measuring the gate app needs Chromium and Playwright: run script/test once."


@dataclass(frozen=True)
class Reading:
    """One kind of code in one condition: how many frames were read, and the seconds from frame to answer."""

    code: str
    condition: str
    frames: int
    read: int
    seconds: list[float]


def measure(scratch: Scratch, *, few: bool, now: datetime, say: Say) -> Part:
    """The part `gate`; of a few frames and scans only, to try it."""
    count, scans = (FRAMES_WHEN_FEW, SCANS_WHEN_FEW) if few else (FRAMES, SCANS)
    place = _place(now)  # before there is a browser: its event loop keeps Django's models away
    code, poster = _join_code(place), posters.code_text(Point.objects.select_related("place").get(place=place))
    with web(scratch, 1) as serving, _page(f"http://{HOST}:{serving.port}") as page:
        check_in = first_load(page.context.browser, f"http://{HOST}:{serving.port}/P/{poster}")
        say(f"check-in page: {len(check_in)} requests")
        page.evaluate(READY)
        readings = list(_readings(page, scratch, count, now, say))
        throttled = _throttled(page, scratch, now)
        say(f"slowed {THROTTLE} times: {milliseconds(max(throttled))} at most")
        growth, seconds = _recorded(page, code, scans)
        say(f"{scans} scans: {growth:.1f} MB")
    clean = [reading for reading in readings if reading.condition == "clean"]
    degraded = [reading for reading in readings if reading.condition != "clean"]
    figures: dict[str, Figure] = {
        "gate_frame_p50_ms": percentile([each for one in readings for each in one.seconds], 0.5) * 1000,
        "gate_clean_percent": _percent(clean),
        "gate_degraded_percent": _percent(degraded),
        "gate_throttled_ms": max(throttled) * 1000,
        "gate_first_load_kb": sum(len(gzip.compress((BUILT / name).read_bytes())) for name in FIRST_LOAD) / 1000,
        "check_in_first_load_kb": sum(one.kilobytes for one in check_in),
        "check_in_requests": len(check_in),
        "gate_heap_growth_mb": growth,
        "gate_scans_per_s": scans / seconds,
    }
    rows = [
        [one.code, one.condition, f"{one.read} of {one.frames}", *map(milliseconds, _spread(one.seconds))]
        for one in readings
    ]
    table = Table("Codes read", ["code", "frames", "read", "p50", "p95"], rows)
    fetched = Table("First load of the check-in page", ["what", "requests", "over the line"], by_kind(check_in))
    return Part(
        "gate",
        figures,
        [table, fetched],
        HOW.format(frames=count, scans=scans, rate=scans / seconds, throttle=THROTTLE),
    )


HOW = """\
- The app as it is built and served, in Chromium without a window, on this machine; 640 x 480 pixels, the code over 80 %
  of the height (clean ones over 60 to 90 %), {frames} frames of each kind. Degraded: turned by up to 30 degrees and
  leaning; a fifth of the contrast with a gradient and noise; a fifteenth of it; strong noise; moved by some pixels.
- From frame to answer: decoding in the app's worker, then signature, time and list, or the fields of a card.
- Slowed: Chromium lets the page's own thread run 1/{throttle} of the time; that does not slow the decoder's worker.
- {scans:,} scans recorded one after another: each sealed, on disk, sent to the lane and answered; {rate:,.0f} a second.
  Memory is what the page's heap holds after garbage was collected, before and after.
- The check-in page behind a poster, by a phone that was never there: bytes as they come over the line, compressed where
  the server compresses, headers included. Nothing but document and stylesheet is needed to use it.
"""


def _percent(readings: list[Reading]) -> float:
    return 100 * sum(one.read for one in readings) / sum(one.frames for one in readings)


def _spread(seconds: list[float]) -> tuple[float, float]:
    return (percentile(seconds, 0.5), percentile(seconds, 0.95)) if seconds else (0.0, 0.0)


@contextlib.contextmanager
def _page(address: str) -> Iterator[Any]:
    """A page with the gate app, joined by nobody yet, for as long as the block lasts.

    raises   NoBrowser
    """
    chromium = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise NoBrowser from error
    if chromium is None:
        raise NoBrowser
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(base_url=address, viewport={"width": 360, "height": 740}, locale="vi-VN")
        page.goto("/app/cong")
        yield page
        browser.close()


def _texts(scratch: Scratch, now: datetime) -> dict[str, str]:
    """A code of each kind."""
    key = scratch.keyring.named("pass")
    pass_code = codes.PassCode(67, person_id(), 1)
    device = ec.generate_private_key(ec.SECP256R1())
    compressed = device.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    said = codes.PassCertificate(pass_code, compressed, 1, now + timedelta(hours=24))
    certificate = codes.encode_certificate(said, key, scratch.keyring.named("standing"))
    return {
        "pass": codes.encode_pass(pass_code, key),
        "rotating pass": codes.encode_rotating_pass(certificate, device, now),
        "CCCD": CCCD,
        "BHYT": BHYT,
    }


def _readings(page: Any, scratch: Scratch, count: int, now: datetime, say: Say) -> Iterator[Reading]:
    chance = np.random.default_rng(1)
    for name, text in _texts(scratch, now).items():
        shares = chance.uniform(0.6, 0.9, count)
        shown = {"clean": [frames.drawn(text, share=share) for share in shares]}
        whole = frames.drawn(text)
        shown |= {how: [spoil(whole, chance) for _ in range(count)] for how, spoil in frames.DEGRADED.items()}
        for condition, pictures in shown.items():
            found = _read(page, pictures)
            right = [seconds for read, seconds in found if read == text]
            yield Reading(name, condition, len(pictures), len(right), right)
        say(f"{name}: read")


def _read(page: Any, pictures: list[frames.Frame]) -> list[tuple[str, float]]:
    """What the app reads in these frames, and how long each took, in seconds."""
    sent = [base64.b64encode(picture.tobytes()).decode() for picture in pictures]
    found = page.evaluate(READ, [sent, frames.WIDTH, frames.HEIGHT, 67])
    return [(str(text), float(took) / 1000) for text, took, _ in found]


def _throttled(page: Any, scratch: Scratch, now: datetime) -> list[float]:
    """Seconds from frame to answer while the page's thread is slowed down."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
    found = _read(page, [frames.drawn(text) for text in _texts(scratch, now).values() for _ in range(5)])
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    return [seconds for _, seconds in found]


def _recorded(page: Any, code: str, scans: int) -> tuple[float, float]:
    """Megabytes that the page's heap gains by recording and sending many scans, and the seconds they took."""
    page.get_by_label("Mã tham gia").fill(code)
    page.get_by_label("Tên người trực").fill("Đo")
    for label in ("Đặt mã PIN của bạn", "Gõ lại mã PIN"):
        page.get_by_label(label).fill("2468")
    page.get_by_role("button", name="Tham gia", exact=True).click()
    page.get_by_role("button", name="Vào").click()
    page.locator(".stage").wait_for()
    page.evaluate(RECORD, 200)
    before = _heap(page)
    took = float(page.evaluate(RECORD.replace("10000000", "20000000"), scans))
    page.get_by_text("Đã gửi hết").wait_for(timeout=600_000)
    return _heap(page) - before, took / 1000


def _heap(page: Any) -> float:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def _place(now: datetime) -> Place:
    """A place made for this."""
    unit = Unit.objects.filter(level="commune", valid_to__isnull=True).order_by("pk").first()
    assert unit is not None
    given = PlaceInput("Nơi đo", unit.pk, Category.objects.get(code="market").pk)
    register_places([given], by=None, now=now)
    return Place.objects.get(name="Nơi đo")


def _join_code(place: Place) -> str:
    """A one-time code of a gate there."""
    until = clock.now() + timedelta(days=1)
    return offer_device(place, "Đo", until=until, takes_paper=False, by=None, now=clock.now())[1]
