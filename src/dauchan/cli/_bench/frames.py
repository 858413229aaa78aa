"""Pictures as a gate's camera sees them: codes drawn into frames, and what light, distance and an unsteady hand do."""

from collections.abc import Callable
from typing import Any

import numpy as np
import segno

WIDTH, HEIGHT = 640, 480
GREY, WHITE, BLACK = 110, 235, 20
Frame = np.ndarray[Any, np.dtype[np.uint8]]


def drawn(text: str, *, share: float = 0.8) -> Frame:
    """A code in the middle of a grey frame, with its quiet zone, as large as `share` of the height."""
    matrix = np.array([list(row) for row in segno.make_qr(text, error="m").matrix], dtype=bool)
    modules = np.pad(matrix, 4)
    scale = max(1, int(HEIGHT * share) // len(modules))
    code = np.kron(np.where(modules, BLACK, WHITE), np.ones((scale, scale))).astype(np.uint8)
    frame = np.full((HEIGHT, WIDTH), GREY, dtype=np.uint8)
    top, left = (HEIGHT - len(code)) // 2, (WIDTH - len(code)) // 2
    frame[top : top + len(code), left : left + len(code)] = code
    return frame


def tilted(frame: Frame, chance: np.random.Generator) -> Frame:
    """Turned by up to 30 degrees, and leaning back so that one side is up to a fifth smaller."""
    angle, lean = np.radians(chance.uniform(-30, 30)), chance.uniform(-0.2, 0.2)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    x, y = x - WIDTH / 2, y - HEIGHT / 2
    depth = 1 + lean * y / HEIGHT
    source_x = (np.cos(angle) * x + np.sin(angle) * y) * depth * 1.25 + WIDTH / 2
    source_y = (np.cos(angle) * y - np.sin(angle) * x) * depth * 1.25 + HEIGHT / 2
    inside = (source_x >= 0) & (source_x < WIDTH) & (source_y >= 0) & (source_y < HEIGHT)
    taken = frame[np.clip(source_y, 0, HEIGHT - 1).astype(int), np.clip(source_x, 0, WIDTH - 1).astype(int)]
    return np.where(inside, taken, GREY).astype(np.uint8)


def dim(frame: Frame, chance: np.random.Generator) -> Frame:
    """Little light: a fifth of the contrast, darker to one side, with the camera's noise."""
    slope = np.linspace(0.7, 1.0, WIDTH)[None, :]
    return _noisy((45 + 45 * frame.astype(float) / 255) * slope, 4, chance)


def dark(frame: Frame, chance: np.random.Generator) -> Frame:
    """Night: one fifteenth of the contrast, too little for the decoder without the app's stretching."""
    return _noisy(30 + 16 * frame.astype(float) / 255, 1.5, chance)


def noisy(frame: Frame, chance: np.random.Generator) -> Frame:
    """A cheap sensor: strong noise."""
    return _noisy(frame.astype(float), 25, chance)


def blurred(frame: Frame, chance: np.random.Generator) -> Frame:
    """Out of focus or moved: a box of 3 pixels in a chosen direction, twice."""
    axis = int(chance.integers(0, 2))
    soft = frame.astype(float)
    for _ in range(2):
        soft = (np.roll(soft, 1, axis) + soft + np.roll(soft, -1, axis)) / 3
    return soft.astype(np.uint8)


def _noisy(values: Any, sigma: float, chance: np.random.Generator) -> Frame:
    made: Frame = np.clip(values + chance.normal(0, sigma, (HEIGHT, WIDTH)), 0, 255).astype(np.uint8)
    return made


DEGRADED: dict[str, Callable[[Frame, np.random.Generator], Frame]] = {
    "tilted": tilted,
    "dim": dim,
    "dark": dark,
    "noisy": noisy,
    "blurred": blurred,
}
