"""Takes the figures of a unit or agency over some days out of coverage and makes a report's snapshot of them.

Decides what is in a report and what it is compared with. Small counts of people stay out of its figures: coverage hides
them, and here those are hidden too from which a small one could be worked out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from dauchan.coverage import definitions, supplied
from dauchan.coverage.definitions import MEAN, Indicator
from dauchan.coverage.figures import Figure, Subject, figures
from dauchan.coverage.publishing import also_hidden
from dauchan.kernel import clock
from dauchan.reports import rules, surroundings
from dauchan.reports.models import Report
from dauchan.reports.snapshot import FORMAT, Content, Correction, Former, Known, Row, Shown, Source, read
from dauchan.units.models import Agency, Unit

SAME_CUT_OFF = timedelta(minutes=30)
"""Two reports count as cut off at the same hour of their day when no more lies between. Ours."""
TREND_DAYS = 28
TRENDS = ("active_day", "scans", "check_ins", "people")
RANKED = ("active_day_share", "install_share", "pass_share")
CORRECTED_BELOW = ("active_day", "scans", "check_ins", "people", "days_at_zero")
"""Which figures of parts are looked through again; of the subject, all are."""

Period = tuple[date, date]
Table = dict[Subject, dict[str, Shown]]
Told = Mapping[tuple[date, int, str], float | None]
"""What was told last of a day, row and indicator."""


@dataclass(frozen=True)
class Asked:
    """What a report is to be about; `formers` are those before of its series that it may correct, newest first."""

    kind: str
    subject: Unit | Agency
    issuer: Agency
    first: date
    last: date
    formers: tuple[Report, ...] = ()

    @property
    def former(self) -> Report | None:
        """The one right before."""
        return self.formers[0] if self.formers else None

    @property
    def key(self) -> Subject:
        return Subject("unit" if isinstance(self.subject, Unit) else "agency", self.subject.pk)


def freeze(asked: Asked, *, now: datetime) -> Content:
    """The snapshot: figures as they stand now, compared, ranked, drawn, and what they correct."""
    parts = surroundings.parts_of(asked.subject, asked.last)
    known = reported()
    whole = Row(asked.subject.pk, asked.subject.name, {}, level=asked.key.kind)
    formers = [read(one.content) for one in asked.formers]
    former = formers[0] if formers else None
    table = shown_table(asked.key, parts, known, (asked.first, asked.last))
    as_of = counted_at(asked.key, asked.last) or now
    compared = compared_with(asked, as_of, former)
    unused, unused_count = surroundings.unused(asked.key, asked.last)
    own = _compared(asked, parts, table[asked.key], known, former if compared == "report" else None)
    rows = [_with(row, table[Subject(asked.key.kind, row.id)]) for row in parts]
    return Content(
        format=FORMAT,
        kind=asked.kind,
        first=asked.first,
        last=asked.last,
        as_of=as_of,
        issuer=asked.issuer.name,
        issuer_above=surroundings.above(asked.issuer),
        place=surroundings.seat(asked.issuer),
        subject=_with(whole, own),
        indicators={code: _known(one) for code, one in known.items()},
        order=list(known),
        compared_with=compared,
        rows=rows,
        sectors=_by_sector(asked, known),
        channels=surroundings.by_channel(asked.key, _days(asked.first, asked.last)),
        ranks=_ranks(asked),
        trends=_trends(asked, parts),
        reminders=surroundings.reminders(asked.subject, asked.first, asked.last),
        inspections=surroundings.inspections(asked.subject, asked.first, asked.last),
        spreading=surroundings.spreading(asked.subject, asked.first, asked.last),
        drawing=surroundings.drawing(asked.subject, asked.last),
        former=_former(asked.former) if asked.former else None,
        corrections=_corrections(asked, parts, formers),
        suppressed_below=definitions.thresholds(asked.last).fewest_people,
        unused=unused,
        unused_count=unused_count,
        sources=_sources(asked, own),
    )


def _sources(asked: Asked, own: Mapping[str, Shown]) -> list[Source]:
    """Where each supplied figure of the subject that the report shows is from."""
    entered = supplied.standing(asked.key.kind, asked.key.id, supplied.CODES, asked.last)
    told = [code for code in supplied.CODES if own[code].hidden or own[code].value is not None]
    named = [Source(code, one.source, one.as_of_day, one.app) for code in told for one in entered.get(code, ())]
    return [*named, *(Source(code) for code in told if code not in entered)]


def reported() -> dict[str, Indicator]:
    """The indicators that reports have, in order: all but the means, which stand beside what they are means of."""
    return {code: one for code, one in definitions.indicators().items() if not one.is_mean}


def counted_at(key: Subject, day: date) -> datetime | None:
    """When the figures of a day were computed; None when they never were."""
    return figures([key], ["registered"], day)[key]["registered"].as_of


def shown_table(key: Subject, parts: Sequence[Row], known: Mapping[str, Indicator], period: Period) -> Table:
    """The figures of a subject and its parts over a period, with everything out that small counts could be got from."""
    subjects = [key, *(Subject(key.kind, row.id) for row in parts)]
    table = _over(subjects, known, period)
    parents = {row.id: row.parent for row in parts} | {key.id: None}
    for codes in _together(known):
        _hide(table, codes, parents, key.kind, period[1])
    return table


def _over(subjects: Sequence[Subject], known: Mapping[str, Indicator], period: Period) -> Table:
    """Each figure over the days: sum, mean or the last day's; hidden when it is on any day."""
    over = {subject: {code: rules.OverDays(code) for code in known} for subject in subjects}
    joined = [code for code in known if code in rules.SUMMED | rules.AVERAGED]
    for day in _days(*period):
        asked = known if day == period[1] else joined
        for subject, told in figures(subjects, asked, day).items():
            for code, figure in told.items():
                over[subject][code].add(figure.value, hidden=figure.suppressed)
    return {subject: {code: _shown(one) for code, one in told.items()} for subject, told in over.items()}


def _shown(one: rules.OverDays) -> Shown:
    if one.hidden:
        return Shown(hidden=True)
    return Shown(value=None if one.value is None else round(one.value, 2))


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _together(known: Mapping[str, Indicator]) -> list[list[str]]:
    """Indicators that count the same people, by what tells how many: one of them shows what the others hide.

    Those that add up are left out: what stays hidden of them was chosen when the day was counted.
    """
    counted = {one.numerator for one in known.values() if one.people}
    groups: dict[str, list[str]] = {}
    for code, one in known.items():
        if one.people and one.numerator not in definitions.adding_up():
            group = one.denominator if one.denominator in counted else one.numerator
            groups.setdefault(str(group), []).append(code)
    return list(groups.values())


def _hide(table: Table, codes: Sequence[str], parents: Mapping[int, int | None], kind: str, day: date) -> None:
    """Hide in all these columns the rows that are hidden in one, and those from which they could be worked out.

    Which these are depends on the table alone, whoever issues it: other days have other visitors.
    """
    hidden = {subject.id for subject, shown in table.items() if any(shown[code].hidden for code in codes)}
    counts = {row: table[Subject(kind, row)][codes[0]].value for row in parents}
    for row in hidden | also_hidden(counts, parents, hidden=hidden, day=day):
        table[Subject(kind, row)] |= dict.fromkeys(codes, Shown(hidden=True))


def _with(row: Row, shown: Mapping[str, Shown]) -> Row:
    """A row with its figures; those that nobody knows are left out."""
    told = {code: one for code, one in shown.items() if one.hidden or one.value is not None}
    return Row(row.id, row.name, told, row.code, row.level, row.parent, row.name_en)


def _known(one: Indicator) -> Known:
    return Known(
        one.name_vi, one.name_en, one.formula_vi, one.formula_en, one.unit, one.better, one.supplied, one.people
    )


# --- comparing --------------------------------------------------------------------------------------------------------


def compared_with(asked: Asked, as_of: datetime, former: Content | None) -> str:
    """What changes are counted from: the former report where it is of the period before and of the same hour.

    returns  "report", else "day" for the days before as they are known now, "whole_day" when this one isn't over yet
    """
    if former and former.last == rules.before(asked.first, asked.last)[1]:
        earlier, later = former.as_of - clock.day_start(former.last), as_of - clock.day_start(asked.last)
        if abs(later - earlier) <= SAME_CUT_OFF or min(earlier, later) >= timedelta(days=1):
            return "report"
    is_over = as_of >= clock.day_interval(asked.last).end
    return "day" if is_over or asked.first != asked.last else "whole_day"


def _compared(
    asked: Asked, parts: Sequence[Row], own: Mapping[str, Shown], known: Mapping[str, Indicator], former: Content | None
) -> dict[str, Shown]:
    """The subject's figures with those of the period before and the means of 7 days.

    former   the report that they are compared with; None for the days before as they are known now
    """
    if former:
        earlier: Mapping[str, Shown] = former.subject.figures
    else:
        earlier = shown_table(asked.key, parts, known, rules.before(asked.first, asked.last))[asked.key]
    means = [code + MEAN for code in known if code + MEAN in definitions.indicators()]
    mean = figures([asked.key], means, asked.last)[asked.key]
    return {
        code: shown if shown.hidden else _beside(shown, earlier.get(code), mean.get(code + MEAN))
        for code, shown in own.items()
    }


def _beside(shown: Shown, earlier: Shown | None, mean: Figure | None) -> Shown:
    before = earlier.value if earlier else None
    mean_value = round(mean.value, 2) if mean and mean.value is not None else None
    return Shown(shown.value, before, mean_value)


def _by_sector(asked: Asked, known: Mapping[str, Indicator]) -> list[Row]:
    """Each sector's row; sectors are parts of the subject, so that small ones can't be worked out either."""
    sectors = surroundings.sectors()
    subjects = [asked.key, *(Subject(asked.key.kind, asked.key.id, row.code) for row in sectors)]
    over = _over(subjects, known, (asked.first, asked.last))
    table = {Subject("sector", row.id): over[subject] for row, subject in zip(sectors, subjects[1:], strict=True)}
    table[Subject("sector", 0)] = over[asked.key]
    for codes in _together(known):
        _hide(table, codes, {row.id: 0 for row in sectors} | {0: None}, "sector", asked.last)
    rows = [_with(row, table[Subject("sector", row.id)]) for row in sectors]
    return [row for row in rows if any(shown.value for shown in row.figures.values())]


def _ranks(asked: Asked) -> dict[str, tuple[int, int]]:
    """Where the subject stands among those beside it."""
    beside = [Subject(asked.key.kind, each) for each in surroundings.beside(asked.subject, asked.last)]
    found = figures(beside, RANKED, asked.last) if len(beside) > 1 else {}
    known = definitions.indicators()
    ranks = {
        code: rules.rank_in({one.id: found[one][code].value for one in found}, asked.key.id, known[code].better)
        for code in RANKED
    }
    return {code: rank for code, rank in ranks.items() if rank}


def _trends(asked: Asked, parts: Sequence[Row]) -> dict[str, list[tuple[date, float | None]]]:
    """What a report of each day would show of the subject."""
    codes = {*TRENDS, *(code for codes in _together(reported()) for code in codes)}
    known = {code: one for code, one in reported().items() if code in codes}
    days = _days(asked.last - timedelta(days=TREND_DAYS - 1), asked.last)
    daily = {day: shown_table(asked.key, parts, known, (day, day))[asked.key] for day in days}
    return {code: [(day, shown[code].value) for day, shown in daily.items()] for code in TRENDS}


# --- correcting -------------------------------------------------------------------------------------------------------


def correcting(asked: Asked, content: Content) -> Content:
    """A frozen content with what it corrects now; its own figures, and what they are compared with, stay."""
    formers = [read(one.content) for one in asked.formers]
    former = _former(asked.former) if asked.former else None
    return replace(content, former=former, corrections=_corrections(asked, content.rows, formers))


def _former(report: Report) -> Former:
    assert report.issued_on is not None
    return Former(str(report), report.issued_on, report.first_day, report.last_day, report.as_of)


def _corrections(asked: Asked, parts: Sequence[Row], formers: Sequence[Content]) -> list[Correction]:
    """The former reports' figures that are others now than was told last, newest report first; what was hidden then or
    would be now is passed over.
    """
    by_time = sorted(formers, key=lambda former: former.as_of)
    since = {(one.day, one.row, one.indicator): one.new for former in by_time for one in former.corrections}
    return [one for former in formers for one in _corrected(asked, parts, former, since)]


def _corrected(asked: Asked, parts: Sequence[Row], former: Content, since: Told) -> list[Correction]:
    """What of one former report is another now; `since` is what others told of it."""
    known = {code: one for code, one in reported().items() if code in former.indicators}
    now = shown_table(asked.key, parts, known, (former.first, former.last))
    found = []
    for row, codes in [(former.subject, tuple(known)), *((row, CORRECTED_BELOW) for row in former.rows)]:
        for code in codes:
            told, new = row.figures.get(code, Shown()), now.get(Subject(asked.key.kind, row.id), {}).get(code, Shown())
            old = since.get((former.last, row.id, code), told.value)
            if not (told.hidden or new.hidden or new.value is None) and old != new.value:
                found.append(Correction(row.id, row.name, code, former.last, old, new.value))
    return found
