"""How alike an entry of a register and a registered place are, and when two entries are one premise.

Texts and positions in, a score and its reasons out; the same in both directions. docs/methods/register-matching.md
gives the formula, the numbers and where they come from.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt

from dauchan.kernel.search import search_key

OPEN, CLOSED, EXEMPT = "open", "closed", "exempt"
STATES = (OPEN, CLOSED, EXEMPT)

NAME_WEIGHT, ADDRESS_WEIGHT, PHONE_WEIGHT, DISTANCE_WEIGHT, SETTING_WEIGHT = 50, 20, 30, 20, 5
"""What each kind of evidence weighs. Our numbers, set by hand on the Hanoi places of OpenStreetMap."""
OTHER_NUMBER = 0.5
"""“Trường số 1” is not “Trường số 2”, whatever else is the same: names or house numbers that differ count half."""
HERE_M, THERE_M = 30.0, 300.0
"""So near, two positions are the same; so far, they are not. Ours: phones measure to 10-30 m, a market is 200 m."""
NAME_ALONE = 0.85
"""What a score is worth where nothing but the name speaks: in one commune two places may well be called the same."""
PROPOSED = 45
"""From this score on a place is proposed; one of the same phone always is. Ours, set as the weights were."""
SURE = 90
"""From which score the desk offers to confirm many at once; whoever confirms may choose another."""
LEAD = 10
"""By how much the likest must lead the next to be confirmed among many. Our number."""
BEST = 3
"""How many candidates an entry keeps."""
ONE_PREMISE_M = 50.0
"""So near, two entries of the same name in two registers are one premise. Our number."""
EARTH_M = 6_371_000.0

_GENERIC = """
an and ban bar benh bun ca cafe chi cho co coffee com cong cp cua dan dntn doanh giao hang hieu ho hoc hotel huyen
khach kham kinh mam mau mtv nghi nghiep nha nhan nhanh non of phan phe pho phong phuong quan restaurant san sieu so
te thanh thcs the thi thpt thuoc tiem tieu tinh tnhh tram tran trung truong tu ty ubnd uong uy van vien xa y
"""
GENERIC = frozenset(_GENERIC.split())
"""Words that say what a place is, not which. Our list: the commonest of names of Vietnamese places."""


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a premise, from a list or from the register of places; "" and None where it isn't."""

    name: str
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    category_id: int = 0
    sector: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two descriptions are: a score of 100, and each kind of evidence, None where nothing is known."""

    score: int
    name: float
    address: float | None
    same_phone: bool
    distance_m: float | None
    same_setting: bool

    def evidence(self) -> dict[str, float | bool | None]:
        """The evidence as it is stored with a candidate."""
        return {
            "name": round(self.name, 2),
            "address": None if self.address is None else round(self.address, 2),
            "phone": self.same_phone,
            "distance_m": None if self.distance_m is None else round(self.distance_m),
            "setting": self.same_setting,
        }


def words(text: str) -> tuple[str, ...]:
    """The words of a text as they are compared: without accents, capitals and signs."""
    return tuple(re.findall(r"[a-z0-9]+", search_key(text)))


def name_key(name: str) -> str:
    """By what names of one premise are equal: their words, in whatever order."""
    return " ".join(sorted(words(name)))


def address_key(address: str) -> str:
    """By what addresses of one premise are equal."""
    return " ".join(words(address))


def likeness(one: Described, other: Described, *, same_phone: bool = False) -> Likeness:
    """How alike two descriptions are; the same whichever comes first.

    source   docs/methods/register-matching.md
    """
    name, address = name_likeness(one.name, other.name), address_likeness(one.address, other.address)
    distance = distance_between(one, other)
    setting = one.category_id == other.category_id and one.category_id != 0
    weighed = [(NAME_WEIGHT, name), (SETTING_WEIGHT, 1.0 if setting else 0.5 if one.sector == other.sector else 0.0)]
    weighed += [(ADDRESS_WEIGHT, address)] if address is not None else []
    weighed += [(PHONE_WEIGHT, 1.0)] if same_phone else []
    weighed += [(DISTANCE_WEIGHT, nearness(distance))] if distance is not None else []
    score = 100 * sum(weight * value for weight, value in weighed) / sum(weight for weight, _ in weighed)
    if address is None and distance is None and not same_phone:
        score *= NAME_ALONE
    if same_phone:
        score = max(score, PROPOSED)
    return Likeness(round(score), name, address, same_phone, distance, setting)


@lru_cache(maxsize=100_000)
def name_likeness(one: str, other: str) -> float:
    """0 to 1: shared trigrams of the names, those of the words that tell places apart counting twice."""
    these, those = frozenset(words(one)), frozenset(words(other))
    whole = _shared(trigrams(these), trigrams(those))
    own, others = these - GENERIC, those - GENERIC
    told = (whole + 2 * _shared(trigrams(own), trigrams(others))) / 3 if own and others else whole
    return told * (OTHER_NUMBER if _numbers(these) != _numbers(those) else 1.0)


def address_likeness(one: str, other: str) -> float | None:
    """0 to 1: how much of the shorter address stands in the longer one; None when either is unknown."""
    these, those = words(one), words(other)
    if not these or not those:
        return None
    first, second = trigrams(frozenset(these)), trigrams(frozenset(those))
    shared = len(first & second) / min(len(first), len(second))
    houses = {next((word for word in each if word[0].isdigit()), "") for each in (these, those)}
    return shared * (OTHER_NUMBER if len(houses - {""}) > 1 else 1.0)


def trigrams(of: frozenset[str]) -> frozenset[str]:
    """The runs of three letters of words, each with two blanks before and one behind: as pg_trgm takes them."""
    return frozenset(gram for word in of for gram in _grams(f"  {word} "))


def _grams(padded: str) -> Iterator[str]:
    return (padded[start : start + 3] for start in range(len(padded) - 2))


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0


def _numbers(of: frozenset[str]) -> frozenset[str]:
    return frozenset(word.lstrip("0") for word in of if word.isdigit())


def distance_between(one: Described, other: Described) -> float | None:
    """Metres between two positions; None when either is unknown."""
    if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
        return None
    north, east = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    chord = sin(north / 2) ** 2 + cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(chord)))


def nearness(distance_m: float) -> float:
    """1 where positions are the same, 0 where they are not, straight between."""
    return min(1.0, max(0.0, (THERE_M - distance_m) / (THERE_M - HERE_M)))


def best(candidates: Sequence[tuple[int, Likeness]]) -> list[tuple[int, Likeness]]:
    """The candidates that are proposed: those likely enough, the likest first, at most BEST."""
    likely = [(key, found) for key, found in candidates if found.score >= PROPOSED]
    return sorted(likely, key=lambda pair: (-pair[1].score, pair[0]))[:BEST]
