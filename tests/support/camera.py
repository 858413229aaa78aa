"""What a fake camera sees: codes drawn into frames of a film that Chromium plays as its camera, again and again."""

import random
from collections.abc import Sequence
from pathlib import Path

import segno

WIDTH, HEIGHT, RATE = 640, 480, 10
GREY, WHITE, BLACK = 110, 235, 20


def film(path: Path, texts: Sequence[str], *, seconds: float = 2.0, blank: float = 0.5) -> Path:
    """A film (YUV4MPEG2) that shows each text as a QR code, with nothing between them."""
    empty = bytes([GREY]) * (WIDTH * HEIGHT)
    colour = bytes([128]) * (WIDTH * HEIGHT // 2)
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for text in texts:
            for frame, times in ((drawn(text), seconds), (empty, blank)):
                for _ in range(round(times * RATE)):
                    out.write(b"FRAME\n" + frame + colour)
    return path


def drawn(text: str, *, share: float = 0.8, dark: int = BLACK, light: int = WHITE, noise: int = 0) -> bytes:
    """One frame's brightness: a code in the middle, as large as `share` of the height."""
    matrix = segno.make_qr(text, error="m").matrix
    modules = len(matrix) + 8
    scale = max(1, int(HEIGHT * share) // modules)
    size = modules * scale
    left, top = (WIDTH - size) // 2, (HEIGHT - size) // 2
    rows = [bytearray([GREY]) * WIDTH for _ in range(HEIGHT)]
    for y in range(size):
        for x in range(size):
            row, column = y // scale - 4, x // scale - 4
            inside = 0 <= row < len(matrix) and 0 <= column < len(matrix)
            rows[top + y][left + x] = dark if inside and matrix[row][column] else light
    frame = b"".join(rows)
    return _noisy(frame, noise) if noise else frame


def _noisy(frame: bytes, amount: int) -> bytes:
    chance = random.Random(1)
    return bytes(min(255, max(0, value + chance.randint(-amount, amount))) for value in frame)
