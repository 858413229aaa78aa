"""Which places to inspect: how many are enough, how many of each kind, which ones by lot, and in what order to go.

Pure: values in, values out, the seed included, so that anybody can draw the same sample again. What is estimated from
it is `estimating`'s; formulas and sources: docs/methods/inspection-sampling.md.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Z_95 = 1.96


def sample_size(places: int, *, half_width: float, share: float = 0.5, z: float = Z_95) -> int:
    """How many of some places to inspect so that a share of them is known to within a half-width.

    share    what is expected; 0.5 asks for most
    returns  at most all of them, at least two where there are two, so that a spread can be told
    source   Cochran, Sampling Techniques (1977), 4.4: n0 = z² p (1 - p) / d², n = n0 / (1 + (n0 - 1) / N)
    """
    if places <= 0:
        return 0
    at_large = z * z * share * (1 - share) / (half_width * half_width)
    needed = at_large / (1 + (at_large - 1) / places)
    return min(places, max(math.ceil(needed - 1e-9), min(2, places)))


def allocate(size: int, strata: Mapping[str, int]) -> dict[str, int]:
    """How many of a sample fall to each stratum: by its size, at least two (or all) of each where the sample allows.

    Remainders go to the largest ones first, ties by name. Source: Cochran (1977), 5.3, proportional allocation.
    """
    total = sum(strata.values())
    size = min(size, total)
    least = {name: min(2, count) for name, count in strata.items()}
    given = least if sum(least.values()) <= size else dict.fromkeys(strata, 0)
    exact = {name: size * count / total for name, count in strata.items()} if total else {}
    given = {name: max(given[name], math.floor(exact[name])) for name in strata}
    while sum(given.values()) > size:
        most = max((name for name in strata if given[name] > least[name]), key=lambda name: given[name] - exact[name])
        given[most] -= 1
    while sum(given.values()) < size:
        open_ones = [name for name in strata if given[name] < strata[name]]
        given[max(open_ones, key=lambda name: (exact[name] - given[name], name))] += 1
    return given


def favour(size: int, strata: Mapping[str, int], first: str) -> dict[str, int]:
    """How many fall to each stratum when two thirds of a sample (ours) go to one that is looked at first.

    The others share the rest by their sizes and keep two each, so that an estimate for all remains possible.
    """
    others = {name: count for name, count in strata.items() if name != first}
    size, least = min(size, sum(strata.values())), sum(min(2, count) for count in others.values())
    rest = sum(others.values())
    wanted = max(math.ceil(2 * size / 3), size - rest)
    favoured = max(min(strata.get(first, 0), wanted, size - least), 0)
    return {**allocate(size - favoured, others), **({first: favoured} if first in strata else {})}


def draw(frame: Mapping[str, Sequence[int]], size: int, seed: int, *, first: str = "") -> dict[str, list[int]]:
    """A simple random sample without replacement within each stratum: the same for the same frame and seed.

    first   the stratum that is looked at first (`favour`); "" where all are alike
    """
    chances = random.Random(seed)  # noqa: S311  lots that anybody can draw again, nothing secret
    sizes = {name: len(frame[name]) for name in sorted(frame)}
    shares = favour(size, sizes, first) if first else allocate(size, sizes)
    return {name: sorted(chances.sample(sorted(frame[name]), shares[name])) for name in sorted(frame)}


@dataclass(frozen=True)
class Stop:
    """Somewhere to go; without a position it comes last, in the order given."""

    key: int
    latitude: float | None = None
    longitude: float | None = None


def walk(stops: Sequence[Stop]) -> list[int]:
    """An order to go in: from the stop farthest from the middle always on to the nearest one not yet visited.

    A simple nearest neighbour: short enough for a dozen stops a day, no optimum.
    """
    left = {stop.key: _flat(stop.latitude, stop.longitude) for stop in stops if stop.latitude is not None}
    nowhere = [stop.key for stop in stops if stop.latitude is None]
    if not left:
        return nowhere
    middle = sum(left.values()) / len(left)
    here = max(left, key=lambda key: abs(left[key] - middle))
    order = [here]
    at = left.pop(here)
    while left:
        here = min(left, key=lambda key: abs(left[key] - at))
        order.append(here)
        at = left.pop(here)
    return order + nowhere


def _flat(latitude: float | None, longitude: float | None) -> complex:
    """Degrees as a plane that is right for distances within a commune."""
    assert latitude is not None
    assert longitude is not None  # a position is whole (places)
    return complex(longitude * math.cos(math.radians(latitude)), latitude)
