"""A share with its interval as words and as a bar from 0 to 100 %. Values in, values out; drawn by `interval.html`."""

from dataclasses import dataclass

from dauchan.inspections.estimating import Share

WIDTH = 400


@dataclass(frozen=True)
class Shown:
    """A share as pages show it: "12 % (9–16 %)", and where its bar begins, ends and has its mark."""

    words: str
    visitors: int
    places: int
    x: int
    width: int
    mark: int


def shown(share: Share | None) -> Shown | None:
    """A share for a page; None stays None."""
    if share is None:
        return None
    low, middle, high = (round(WIDTH * part) for part in (share.low, share.share, share.high))
    words = f"{100 * share.share:.0f} % ({100 * share.low:.0f}–{100 * share.high:.0f} %)"
    return Shown(words, share.visitors, share.places, low, max(high - low, 2), min(middle, WIDTH - 3))
