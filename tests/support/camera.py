"""What a fake camera sees: a film of codes that Chromium plays as its camera, again and again."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy
import zxingcpp
from playwright.sync_api import Page

from dauchan.cli._bench.frames import GREY, HEIGHT, WIDTH, drawn

RATE = 10


def film(path: Path, texts: Sequence[str], *, seconds: float = 2.0, blank: float = 0.5) -> Path:
    """A film (YUV4MPEG2) that shows each text as a QR code, with nothing between them."""
    empty = bytes([GREY]) * (WIDTH * HEIGHT)
    colour = bytes([128]) * (WIDTH * HEIGHT // 2)
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for text in texts:
            for frame, times in ((drawn(text).tobytes(), seconds), (empty, blank)):
                for _ in range(round(times * RATE)):
                    out.write(b"FRAME\n" + frame + colour)
    return path


PIXELS = """
() => {
  const canvas = document.querySelector("canvas.pass");
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return [width, height, Array.from({ length: width * height }, (_, at) => data[at * 4])];
}
"""


def read_from_screen(page: Page) -> str:
    """What a camera reads from the code that a page draws, once it is drawn."""
    deadline = time.monotonic() + 15  # the page's policy forbids Playwright's own way of waiting
    while not page.evaluate("(document.querySelector('canvas.pass')?.width ?? 0) > 300"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    width, height, grey = page.evaluate(PIXELS)
    picture = numpy.array(grey, dtype=numpy.uint8).reshape(height, width)
    (found,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return str(found.text)
