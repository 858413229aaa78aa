"""What counts in tracing: infectious periods, exposure, minutes, classes of evidence, reasons in words, crowds.

Pure: values and a ruleset in, values out. Numbers come from the ruleset alone. Which encounters there are is the
engines' answer; who becomes a contact is an officer's decision. Definitions: docs/methods/contact-definition.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from dauchan.kernel.clock import LOCAL, day_start, local_day
from dauchan.kernel.errors import BadInput
from dauchan.kernel.intervals import Interval
from dauchan.tracing.engines.base import Encounter, PersonId, PlaceId, PointId
from dauchan.tracing.rulesets import Ruleset


class NoDayToCountFrom(BadInput):
    kind = "no_day_to_count_from"
    vi = "Cần ngày khởi phát, ngày lấy mẫu hoặc ngày xác định để tính thời kỳ lây truyền."
    en = "The infectious period needs the day of onset, of the sample or of confirmation."


class NoPeriodInRuleset(BadInput):
    kind = "no_period_in_ruleset"
    vi = "Bộ quy định {name} không có thời kỳ lây truyền: hãy cho thời điểm bắt đầu và kết thúc."
    en = "The ruleset {name} has no infectious period: give the start and the end."


class EvidenceClass(StrEnum):
    """How strong the evidence of one contact is, by minutes alone; distance and masks are asked by people."""

    CLOSE = "close"
    POSSIBLE = "possible"
    BRIEF = "brief"
    UNGRADED = "ungraded"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the encounters of one pair amount to; minutes.

    `cumulative` are the most certain minutes within the ruleset's hours, `cumulative_possible` the most possible ones.
    """

    certain: float
    possible: float
    cumulative: float
    cumulative_possible: float
    evidence_class: EvidenceClass


@dataclass(frozen=True, slots=True)
class CrowdGroup:
    """Too many co-visitors of one point on one local day to call one by one: ranked by certain minutes."""

    place: PlaceId
    point: PointId
    day: date
    start: datetime
    end: datetime
    persons: tuple[PersonId, ...]


def infectious_period(
    onset_on: date | None,
    sampled_on: date | None,
    confirmed_on: date | None,
    isolated_at: datetime | None,
    ruleset: Ruleset,
) -> Interval:
    """When a case could pass it on: from the ruleset's days before onset until isolation.

    Days are local. Without symptoms the earliest positive sample stands for onset, without a sample the confirmation.
    Without isolation the ruleset's days after that day, which counts as day 0, limit the period.
    Empty when the case was isolated before it began.
    raises   NoDayToCountFrom, NoPeriodInRuleset
    source   docs/methods/contact-definition.md, section 3
    """
    day = _day_zero(onset_on, sampled_on, confirmed_on)
    after = ruleset.days_after_sample if onset_on is None else ruleset.days_after_onset
    if ruleset.days_before_onset is None or after is None:
        raise NoPeriodInRuleset(name=ruleset.name)
    start = day_start(day - timedelta(days=ruleset.days_before_onset))
    end = day_start(day + timedelta(days=after + 1)) if isolated_at is None else isolated_at
    return Interval(start, max(start, end))


def exposure_period(
    onset_on: date | None, sampled_on: date | None, confirmed_on: date | None, ruleset: Ruleset
) -> Interval:
    """When a case could have been infected: from the longest to the shortest incubation before onset, whole local days.

    raises   NoDayToCountFrom, NoPeriodInRuleset
    source   docs/methods/contact-definition.md, section 4
    """
    day = _day_zero(onset_on, sampled_on, confirmed_on)
    if ruleset.incubation_max_days is None or ruleset.incubation_min_days is None:
        raise NoPeriodInRuleset(name=ruleset.name)
    first = day - timedelta(days=ruleset.incubation_max_days)
    last = day - timedelta(days=ruleset.incubation_min_days)
    return Interval(day_start(first), day_start(last + timedelta(days=1)))


def _day_zero(onset_on: date | None, sampled_on: date | None, confirmed_on: date | None) -> date:
    day = onset_on or sampled_on or confirmed_on
    if day is None:
        raise NoDayToCountFrom(field="onset_on")
    return day


def weigh(encounters: Sequence[Encounter], ruleset: Ruleset) -> Evidence:
    """The minutes of one pair's encounters, single and summed, and their class."""
    certain, possible = [each.certain for each in encounters], [each.possible for each in encounters]
    cumulative = cumulative_overlap(certain, hours=ruleset.cumulative_hours)
    cumulative_possible = cumulative_overlap(possible, hours=ruleset.cumulative_hours)
    longest_certain = max((each.minutes for each in certain), default=0.0)
    longest_possible = max((each.minutes for each in possible), default=0.0)
    grade = grade_evidence(
        longest_certain, longest_possible, cumulative, ruleset, cumulative_possible=cumulative_possible
    )
    return Evidence(_sum(certain), _sum(possible), cumulative, cumulative_possible, grade)


def grade_evidence(
    certain: float, possible: float, cumulative: float, ruleset: Ruleset, *, cumulative_possible: float = 0.0
) -> EvidenceClass:
    """The class of minutes: those of the longest single encounter, or summed within the ruleset's hours.

    source   docs/methods/contact-definition.md, section 5
    """
    if not ruleset.grades:
        return EvidenceClass.UNGRADED
    if _at_least(certain, ruleset.close_minutes) or _at_least(cumulative, ruleset.cumulative_minutes):
        return EvidenceClass.CLOSE
    if _at_least(possible, ruleset.possible_minutes) or _at_least(cumulative_possible, ruleset.cumulative_minutes):
        return EvidenceClass.POSSIBLE
    return EvidenceClass.BRIEF


def cumulative_overlap(intervals: Iterable[Interval], hours: float) -> float:
    """The most minutes that fall into any window of this many hours; a minute counted twice counts once.

    Pieces are cut at the window's edge. With pieces that don't overlap, a best window begins where a piece begins.
    source   CDC 21 Oct 2020: cumulative 15 minutes over 24 hours
    """
    pieces, width = _joined(intervals), timedelta(hours=hours)
    best = inside = timedelta()
    last = 0
    for first, piece in enumerate(pieces):
        while last < len(pieces) and pieces[last].end <= piece.start + width:
            inside += pieces[last].length
            last += 1
        reaches_in = last < len(pieces) and pieces[last].start < piece.start + width
        best = max(best, inside + (piece.start + width - pieces[last].start if reaches_in else timedelta()))
        if first < last:
            inside -= piece.length
        else:
            last = first + 1
    return best.total_seconds() / 60


def crowd_groups(encounters: Iterable[Encounter], ruleset: Ruleset) -> list[CrowdGroup]:
    """The points and local days at which so many people were met that they are told as one group, largest first.

    A stay over midnight belongs to the day on which the encounter began.
    """
    met: dict[tuple[PlaceId, PointId, date], list[Encounter]] = defaultdict(list)
    for each in encounters:
        met[each.place, each.point, local_day(each.start)].append(each)
    groups = [_crowd(key, each) for key, each in met.items()]
    crowded = [group for group in groups if _at_least(len(group.persons), ruleset.crowd_persons)]
    return sorted(crowded, key=lambda group: (-len(group.persons), group.start, str(group.place), str(group.point)))


def _crowd(key: tuple[PlaceId, PointId, date], encounters: list[Encounter]) -> CrowdGroup:
    minutes: dict[PersonId, float] = defaultdict(float)
    for each in encounters:
        minutes[each.target] += each.certain.minutes
    ranked = sorted(minutes, key=lambda person: (-minutes[person], str(person)))
    return CrowdGroup(*key, min(each.start for each in encounters), max(each.end for each in encounters), tuple(ranked))


def reason_in_words(encounters: Sequence[Encounter]) -> tuple[str, str]:
    """Why this person is proposed, in Vietnamese and English: the longest encounter, and how many more.

    The encounters carry names of place and point in place of ids. What minutes can't tell (distance, masks) is the
    ruleset's `setting_vi`, `setting_en`, to be said once beside a list. ("", "") without encounters.
    """
    if not encounters:
        return "", ""
    top = max(encounters, key=lambda each: (each.certain.length, each.possible.length))
    where = ", ".join(str(part) for part in (top.place, top.point) if part)
    vi = f"Cùng {where}, {_when(top, 'ngày ')}: {_minutes_vi(top)}"
    en = f"Both at {where}, {_when(top, 'on ')}: {_minutes_en(top)}"
    more = len(encounters) - 1
    if more:
        certain, possible = _sum(each.certain for each in encounters), _sum(each.possible for each in encounters)
        vi += f"; và {more} lần khác, tổng {_whole(certain)} phút chắc chắn, {_whole(possible)} có thể"
        en += f"; and {more} more, {_whole(certain)} certain and {_whole(possible)} possible minutes in all"
    return vi, en


def _when(met: Encounter, on: str) -> str:
    """The time of an encounter, as in 08:10–08:52 ngày 20/11/2026; with both days when it ran past midnight."""
    start, end = met.start.astimezone(LOCAL), met.end.astimezone(LOCAL)
    if start.date() == end.date():
        return f"{start:%H:%M}–{end:%H:%M} {on}{start:%d/%m/%Y}"
    return f"{start:%H:%M} {on}{start:%d/%m/%Y} – {end:%H:%M} {on}{end:%d/%m/%Y}"


def _minutes_vi(met: Encounter) -> str:
    certain, possible = _whole(met.certain.minutes), _whole(met.possible.minutes)
    if met.certain_until == met.end:
        return f"{certain} phút chắc chắn"
    return f"{certain} phút chắc chắn, có thể tới {possible} phút (chưa rõ giờ rời)"


def _minutes_en(met: Encounter) -> str:
    certain, possible = _whole(met.certain.minutes), _whole(met.possible.minutes)
    if met.certain_until == met.end:
        return f"{certain} certain minutes"
    return f"{certain} certain minutes, possibly {possible} (departure not recorded)"


def _whole(minutes: float) -> int:
    """Minutes as a sentence says them: begun ones don't count."""
    return int(minutes)


def _sum(intervals: Iterable[Interval]) -> float:
    return sum((each.length for each in intervals), timedelta()).total_seconds() / 60


def _at_least(amount: float, threshold: float | None) -> bool:
    return threshold is not None and amount >= threshold


def _joined(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time without overlaps, by start; empty pieces are left out."""
    joined: list[Interval] = []
    for each in sorted(intervals):
        if each.start == each.end:
            continue
        if joined and each.start <= joined[-1].end:
            joined[-1] = Interval(joined[-1].start, max(joined[-1].end, each.end))
        else:
            joined.append(each)
    return joined
