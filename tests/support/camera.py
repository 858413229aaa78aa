"""What a fake camera sees: a film of codes that Chromium plays as its camera, again and again."""

from collections.abc import Sequence
from pathlib import Path

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
