"""What a page says of one subject or of several together: its figures, funnel, sectors, trend, and who lies below it.

Reads figures only (`figures`), so that a page never counts anything itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils.translation import gettext, gettext_lazy, ngettext

from dauchan.coverage import league, supplied, words
from dauchan.coverage.asked import Asked
from dauchan.coverage.charts import Daily, Step
from dauchan.coverage.dated import in_units_of
from dauchan.coverage.definitions import MEAN, Indicator, indicator, indicators
from dauchan.coverage.figures import Figure, Subject, figures, series
from dauchan.coverage.models import GATE, INTEGRATOR, OWN, PAPER, UNIT
from dauchan.coverage.standing import Channel, channels
from dauchan.coverage.subjects import Named, of_unit
from dauchan.kernel import clock
from dauchan.units import mapping
from dauchan.units.models import Level, Sector, Unit
from dauchan.units.queries import units_of

HEADLINE = (
    *("registered", "new_places", "coverage", "active_day"),
    *("active_day_share", "scans", "people", "silent_places"),
)
OF_DAY = ("scans", "check_ins", "check_outs", "people", "new_places")
FUNNEL = (
    ("should_exist", ""),
    ("matched", "coverage"),
    ("registered", ""),
    ("approved", ""),
    ("displayed", "displayed_share"),
    ("active_day", "active_day_share"),
    ("active_7d", "active_7d_share"),
)
"""The steps of the funnel that count places, each with the share that reads beside it."""
QUALITY = ("exit_share", "reachable_share", "scan_ratio")
"""What the funnel goes on with: how well it is scanned, in per cent."""
SILENCE = ("silent_places", "never_used", "reporting_zero", "not_reporting", "communes_at_zero", "first_use_days")
OF_PEOPLE = ("population", "residents_with_pass", "pass_share", "smartphones", "installs", "install_share")
OF_STAFF = ("headcount", "staff_with_pass", "staff_pass_share", "staff_joined", "staff_declared")
OF_USE = ("registered", "active_day", "scans", "silent_places")
OF_AGENCIES = ("attested_share", "focal_officers_share")
OF_SECTOR = ("registered", "active_day", "active_day_share", "silent_places")
TABLE = ("should_exist", "registered", "coverage", "active_day", "active_day_share", "scans", "people", "silent_places")
AT_ZERO = "days_at_zero"
CHANNEL_NAMES = {
    OWN: gettext_lazy("Trang và ứng dụng Dấu Chân"),
    GATE: gettext_lazy("Cổng quét"),
    PAPER: gettext_lazy("Phiếu giấy nhập lại"),
    INTEGRATOR: gettext_lazy("Ứng dụng khác"),
}
TREND_DAYS, SPARK_DAYS = 60, 14

Known = dict[str, Figure]


@dataclass(frozen=True)
class Card:
    """One figure as a page shows it: with its change since the day before, its mean of seven days and its run.

    source    where a supplied one is from, and of which day
    is_open   the day still runs and brings more of it, so that it has no change yet
    """

    indicator: Indicator
    figure: Figure
    change: words.Change | None = None
    mean: str = ""
    run: tuple[float | None, ...] = ()
    source: str = ""
    is_open: bool = False

    @property
    def shown(self) -> str:
        return words.shown(self.figure)


@dataclass(frozen=True)
class Row:
    """A subject in a table: its figures, its place in the league, and how its chosen figure changed."""

    named: Named
    figures: Known
    standing: league.Standing
    change: words.Change | None
    cells: list[tuple[Indicator, str]] = field(default_factory=list)

    @property
    def days_at_zero(self) -> int:
        figure = self.figures.get(AT_ZERO)
        return int(figure.value or 0) if figure else 0


def known_of(subjects: Sequence[Subject], codes: Iterable[str], day: date) -> Known:
    """The figures of one subject, or of several together where that can be added up.

    People are not: one who goes to two units would be counted twice. Neither are means, nor days in a row.
    """
    asked = list(codes)
    found = figures(subjects, asked, day)
    if len(subjects) == 1:
        return found[subjects[0]]
    return {code: _together(indicator(code), [found[each][code] for each in subjects], day) for code in asked}


def _together(one: Indicator, parts: Sequence[Figure], day: date) -> Figure:
    """The sum of what is known; of figures that were entered only once each part has one, as of a unit's own."""
    divided = one.denominator is not None
    known = [part for part in parts if part.numerator is not None and (part.denominator is not None or not divided)]
    as_of = min((part.as_of for part in parts if part.as_of), default=None)
    lacking = one.supplied and len(known) < len(parts)
    if not known or lacking or one.people or one.is_mean or one.code == AT_ZERO:
        return Figure(one.code, None, None, None, day, as_of)
    numerator = sum(part.numerator or 0 for part in known)
    if not divided:
        return Figure(one.code, numerator, numerator, None, day, as_of)
    denominator = sum(part.denominator or 0 for part in known)
    value = (100 if one.unit == "percent" else 1) * numerator / denominator if denominator else None
    return Figure(one.code, value, numerator, denominator, day, as_of)


def as_of(known: Known) -> datetime | None:
    """The oldest instant at which any of these figures was counted."""
    return min((each.as_of for each in known.values() if each.as_of), default=None)


def cards(subjects: Sequence[Subject], codes: Sequence[str], day: date, *, runs: bool = False) -> list[Card]:
    """Figures with what changed since the day before; with `runs` the last two weeks of a single subject too."""
    means = [code + MEAN for code in codes if code + MEAN in indicators()]
    now = known_of(subjects, [*codes, *means], day)
    before = known_of(subjects, codes, day - timedelta(days=1))
    run = _runs(subjects[0], codes, day) if runs and len(subjects) == 1 else {}
    sources = _sources(subjects[0], codes, day) if len(subjects) == 1 else {}
    open_ones = {code for code in codes if is_open(indicator(code), day)}
    return [
        Card(
            indicator(code),
            now[code],
            words.change(now[code], before[code]) if code not in open_ones else None,
            words.shown(now[code + MEAN]) if code + MEAN in now and now[code + MEAN].value is not None else "",
            run.get(code, ()),
            sources.get(code, ""),
            code in open_ones,
        )
        for code in codes
    ]


def silence_of(own: Sequence[Named]) -> list[str]:
    """The figures of silence that mean something: without communes at zero where there is no commune below."""
    communes = all(one.unit is not None and one.unit.level == Level.COMMUNE for one in own)
    return [code for code in SILENCE if code != "communes_at_zero" or not communes]


def is_open(one: Indicator, day: date) -> bool:
    """Whether a day still brings more of a figure, so that it can't be held against a whole day's."""
    return one.of_day and day >= clock.local_day(clock.now())


def _sources(subject: Subject, codes: Sequence[str], day: date) -> dict[str, str]:
    """Where the supplied ones of these figures are from, in words."""
    counted = [code for code in codes if code in supplied.CODES and not subject.sector]
    own = supplied.standing(subject.kind, subject.id, counted, day) if counted else {}
    lacking = [code for code in counted if code not in own]
    below = supplied.told_below(subject.kind, subject.id, lacking, day) if lacking else {}
    return {code: words.source(own.get(code, ()), below.get(code, (0, 0))) for code in counted}


def installs_by_app(subject: Subject, day: date) -> list[tuple[supplied.Entry, str]]:
    """The installs of each app as they were entered of a subject, each with its number in words."""
    told = supplied.standing(subject.kind, subject.id, ["installs"], day).get("installs", [])
    return [(entry, words.number(entry.value)) for entry in told]


def _runs(subject: Subject, codes: Sequence[str], day: date) -> dict[str, tuple[float | None, ...]]:
    found = series(subject, codes, day - timedelta(days=SPARK_DAYS - 1), day)
    return {code: tuple(figure.value for figure in run) for code, run in found.items()}


def funnel(known: Known) -> list[Step]:
    """The steps that count places; each reads with its share where there is one."""
    return [_step(known[code], known.get(share)) for code, share in FUNNEL]


def _step(figure: Figure, share: Figure | None) -> Step:
    beside = f" · {words.shown(share)}{_basis(share)}" if share and share.value is not None else ""
    return Step(indicator(figure.indicator).name, figure.value, words.shown(figure) + beside)


def _basis(figure: Figure) -> str:
    """On how many a figure of the spot rests, where that is but a sample: places inspected, visitors counted."""
    if figure.denominator is None:
        return ""
    if figure.indicator == "displayed_share":
        places = ngettext("%(count)s nơi đã kiểm tra", "%(count)s nơi đã kiểm tra", figure.denominator)
        return f" ({places % {'count': words.number(figure.denominator)}})"
    if figure.indicator == "scan_ratio":
        visitors = ngettext("%(count)s khách đã đếm", "%(count)s khách đã đếm", figure.denominator)
        return f" ({visitors % {'count': words.number(figure.denominator)}})"
    return ""


def quality(known: Known) -> list[Step]:
    """The funnel's further steps in per cent; the self-check's place is kept."""
    told = [known[code] for code in QUALITY]
    steps = [Step(indicator(each.indicator).name, each.value, words.shown(each) + _basis(each)) for each in told]
    return [*steps, Step(indicator("self_check").name, None, gettext("chưa có"))]


FUNNEL_CODES = (*(code for code, _share in FUNNEL), *(share for _code, share in FUNNEL if share), *QUALITY)


@dataclass(frozen=True)
class SectorRow:
    """One sector of a subject."""

    sector: str
    name: str
    cells: list[tuple[Indicator, str]]
    share: float | None


def by_sector(subjects: Sequence[Subject], day: date) -> list[SectorRow]:
    """The sectors in which something should be or is registered."""
    rows = []
    for sector in Sector:
        whose = [Subject(each.kind, each.id, sector.value) for each in subjects]
        there = known_of(whose, (*OF_SECTOR, "should_exist"), day)
        if any(there[code].value for code in ("should_exist", "registered")):
            cells = [(indicator(code), words.shown(there[code])) for code in OF_SECTOR]
            rows.append(SectorRow(sector.value, str(sector.label), cells, there["active_day_share"].value))
    return rows


def trend(subject: Subject, one: Indicator, day: date) -> list[tuple[str, Daily]]:
    """A figure's last sixty days, and its mean of seven days where there is one."""
    codes = [one.code, *([one.code + MEAN] if one.code + MEAN in indicators() else [])]
    found = series(subject, codes, day - timedelta(days=TREND_DAYS - 1), day)
    return [(indicator(code).name, [(figure.day, figure.value) for figure in run]) for code, run in found.items()]


def table(below: Sequence[Named], asked: Asked) -> list[Row]:
    """Everybody below with the table's figures, ranked by the chosen one, worst first unless asked otherwise."""
    subjects = [Subject(each.subject.kind, each.subject.id, asked.sector) for each in below]
    now = figures(subjects, [*(one.code for one in table_columns(asked)), AT_ZERO], asked.day)
    before = figures(subjects, [asked.indicator.code], asked.yesterday)
    told = [(named, now[one], before[one]) for named, one in zip(below, subjects, strict=True)]
    return _ranked(told, asked)


def table_in_units_of(communes: Sequence[Unit], asked: Asked, on: date) -> list[Row]:
    """The figures of the asked day as rows of those units of another day in which these communes count.

    Which these are says `units.mapping`; what can't be added up is unknown.
    """
    units = units_of(mapping.counted_in((unit.id for unit in communes), on).values())
    subjects = [Subject(UNIT, unit.id, asked.sector) for unit in units]
    now = in_units_of(on, subjects, [one.code for one in table_columns(asked)], asked.day)
    before = in_units_of(on, subjects, [asked.indicator.code], asked.yesterday)
    told = [(of_unit(unit), now[one], before[one]) for unit, one in zip(units, subjects, strict=True)]
    return _ranked(told, asked)


def _ranked(told: Sequence[tuple[Named, Known, Known]], asked: Asked) -> list[Row]:
    """The rows of a table in order: each with its rank by the chosen figure now and the day before."""
    code, less, columns = asked.indicator.code, asked.indicator.better == "down", table_columns(asked)
    values = {named.subject.id: now[code].value for named, now, _before in told}
    earlier = {named.subject.id: before[code].value for named, _now, before in told}
    if is_open(asked.indicator, asked.day):
        earlier = {}
    stood = league.standings(values, earlier, less_is_better=less)
    rows = {
        named.subject.id: Row(
            named,
            now,
            stood[named.subject.id],
            words.change(now[code], before[code]) if earlier else None,
            [(one, words.shown(now[one.code])) for one in columns],
        )
        for named, now, before in told
    }
    worst_is_large = less if asked.order != "best" else not less
    return [rows[each] for each in league.in_order(list(rows), values, largest_first=worst_is_large)]


def table_columns(asked: Asked) -> list[Indicator]:
    """The columns of a table: the chosen indicator first, then the usual ones."""
    codes = [asked.indicator.code, *(code for code in TABLE if code != asked.indicator.code)]
    return [indicator(code) for code in codes]


@dataclass(frozen=True)
class ChannelRow:
    """One way of scanning, as a table shows it."""

    name: str
    scans: str
    check_ins: str
    share: str


def by_channel(subject: Subject, day: date) -> list[ChannelRow]:
    """By which ways a day's scans came, most first, those without any too; an integrator stands by its name."""
    found = channels(subject, day)
    used = {each.channel for each in found}
    found += [Channel(channel, "", 0, 0) for channel in CHANNEL_NAMES if found and channel not in used]
    whole = sum(each.scans for each in found)
    return [
        ChannelRow(
            each.name or str(CHANNEL_NAMES[each.channel]),
            words.number(each.scans),
            words.number(each.check_ins),
            f"{words.number(100 * each.scans / whole)} %" if whole else "–",
        )
        for each in found
    ]


def values_of(rows: Iterable[Row], code: str) -> Mapping[int, float | None]:
    return {row.named.subject.id: row.figures[code].value for row in rows}
