"""`dauchan trace`: who may have been exposed by a case, or may have infected it, from a plain visits file.

Needs no server that anyone set up, and for the memory engine no Django. How to use it on a spreadsheet:
docs/reference/trace.md.
"""

import json
import os
import unicodedata
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from dauchan.kernel.clock import LOCAL, local_day
from dauchan.kernel.errors import BadInput, Problem
from dauchan.kernel.intervals import Interval
from dauchan.tracing import rules, rulesets
from dauchan.tracing.engines.base import Encounter, Engine, Reached, Stay, reach, sources
from dauchan.tracing.engines.memory import MemoryEngine
from dauchan.tracing.plainfile import Rejected, UnreadableTime, VisitsFile, read_instant, read_visits

SHOWN_REJECTED = 20
"""How many bad lines are printed one by one; the rest are counted."""

CANNOT_ANSWER = 2
"""Exit code when the question or the file can't be used."""


class WrongQuestion(BadInput):
    kind = "wrong_question"


class NothingUsable(BadInput):
    kind = "nothing_usable"
    vi = "Không có dòng nào dùng được trong tệp ({rejected} dòng bị loại)."
    en = "No line of the file could be used ({rejected} left out)."


class LinesRejected(BadInput):
    kind = "lines_rejected"
    vi = "{rejected} dòng bị loại, và --strict không cho phép điều đó."
    en = "{rejected} lines were left out, which --strict does not allow."


class UnknownPerson(BadInput):
    kind = "unknown_person"
    vi = "Không có dòng dùng được nào của người được hỏi (--case)."
    en = "No usable line is about the person asked for (--case)."


@dataclass(frozen=True)
class Question:
    """What the command line asks, before the file is read; one of onset and from/to, or neither."""

    case: str
    onset: date | None
    start: datetime | None
    end: datetime | None
    generations: int
    ruleset: rulesets.Ruleset
    backward: bool


@dataclass(frozen=True)
class Answer:
    """What was found, with what it was found in."""

    question: Question
    window: Interval
    file: VisitsFile
    found: list[Reached]


class Instant(click.ParamType[datetime]):
    """A time on the command line; a day alone is its beginning, or for `--to` its end."""

    name = "time"

    def __init__(self, *, whole_day_ends: bool = False) -> None:
        self.whole_day_ends = whole_day_ends

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return read_instant(str(value), whole_day_ends=self.whole_day_ends)
        except UnreadableTime as error:
            self.fail(str(error), param, ctx)


class Day(click.ParamType[date]):
    """A local day on the command line."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return local_day(read_instant(str(value)))
        except UnreadableTime as error:
            self.fail(str(error), param, ctx)


def _in_memory(stays: list[Stay]) -> AbstractContextManager[Engine]:
    return nullcontext(MemoryEngine(stays))


def _in_postgres(stays: list[Stay]) -> AbstractContextManager[Engine]:
    from dauchan.cli._scratch_table import sealed_engine

    return sealed_engine(stays)


ENGINES: dict[str, Callable[[list[Stay]], AbstractContextManager[Engine]]] = {
    "memory": _in_memory,
    "postgres": _in_postgres,
}


@click.command()
@click.argument("visits", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--case", required=True, metavar="PERSON", help="The case, as written in the column person.")
@click.option("--onset", type=Day(), help="Day of onset: the ruleset makes the infectious period from it.")
@click.option("--from", "start", type=Instant(), help="Start of the case's infectious period (instead of --onset).")
@click.option("--to", "end", type=Instant(whole_day_ends=True), help="End of that period; a day alone counts whole.")
@click.option("--generations", type=click.IntRange(min=1), default=2, show_default=True, help="Steps: 1 = F1, 2 = F2.")
@click.option("--ruleset", metavar="NAME", help="A ruleset by name; default: the one in force on that day.")
@click.option("--backward", is_flag=True, help="Who may have infected the case, instead of whom it may have infected.")
@click.option("--engine", type=click.Choice(list(ENGINES)), default="memory", show_default=True, help="Who answers.")
@click.option("--default-stay", type=click.IntRange(min=1), metavar="MINUTES", help="Longest stay without departure.")
@click.option("--strict", is_flag=True, help="Stop when a line can't be used.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@click.pass_context
def command(
    context: click.Context,
    visits: Path,
    case: str,
    onset: date | None,
    start: datetime | None,
    end: datetime | None,
    generations: int,
    ruleset: str | None,
    backward: bool,
    engine: str,
    default_stay: int | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Trace a case in VISITS, a CSV file: person, place, point, arrived_at, departed_at.

    Times are ISO 8601 or dd/mm/yyyy hh:mm; without offset they are Vietnam's. A missing departure means that the
    stay ended at the person's next arrival or after the default stay, as possible but not certain time.
    """
    try:
        chosen = _ruleset(ruleset, onset, start, end)
        question = Question(
            unicodedata.normalize("NFC", case.strip()), onset, start, end, generations, chosen, backward
        )
        _check(question)
        file = read_visits(visits, timedelta(minutes=default_stay or chosen.default_stay_minutes))
        _tell_rejected(file.rejected)
        _check_file(question, file, strict=strict)
        with ENGINES[engine](file.stays) as asked:
            answer = _answer(question, file, asked)
    except Problem as problem:
        click.echo(f"{problem.text('vi')}\n{problem.text('en')}", err=True)
        context.exit(CANNOT_ANSWER)
    if as_json:
        click.echo(json.dumps(_as_json(answer), ensure_ascii=False))
    else:
        _print_table(answer)


def _ruleset(name: str | None, onset: date | None, start: datetime | None, end: datetime | None) -> rulesets.Ruleset:
    """By name, or in force on the day of onset, else on the last day of the period."""
    if name is not None:
        return rulesets.load(name)
    instant = end - timedelta(microseconds=1) if end else start
    day = onset or (local_day(instant) if instant else None)
    if day is None:
        raise WrongQuestion(
            "Hãy cho ngày khởi phát (--onset), hoặc thời kỳ lây truyền (--from và --to), hoặc --ruleset any-overlap.",
            "Give the day of onset (--onset), or the infectious period (--from and --to), or --ruleset any-overlap.",
        )
    return rulesets.in_force(day)


def _check(question: Question) -> None:
    """Refuse options that contradict each other.

    raises   WrongQuestion
    """
    if question.onset and (question.start or question.end):
        raise WrongQuestion(
            "Chỉ dùng một trong hai: --onset, hoặc --from và --to.", "Use either --onset, or --from and --to."
        )
    if question.start and question.end and question.start >= question.end:
        raise WrongQuestion("--from phải trước --to.", "--from must lie before --to.")
    bounded = question.onset or (question.start and question.end)
    if not bounded and question.ruleset.days_before_onset is not None:
        raise WrongQuestion(
            "Bộ quy định {name} cần --onset, hoặc cả --from và --to.",
            "The ruleset {name} needs --onset, or both --from and --to.",
            name=question.ruleset.name,
        )


def _check_file(question: Question, file: VisitsFile, *, strict: bool) -> None:
    """Refuse a file that can't answer the question.

    raises   LinesRejected, NothingUsable, UnknownPerson
    """
    if strict and file.rejected:
        raise LinesRejected(rejected=len(file.rejected))
    if not file.stays:
        raise NothingUsable(rejected=len(file.rejected))
    if not any(stay.person == question.case for stay in file.stays):
        raise UnknownPerson()


def _answer(question: Question, file: VisitsFile, engine: Engine) -> Answer:
    """Ask the engine, which knows the stays of the file."""
    records = _span(file.stays)
    window = _window(question, records)
    ask = sources if question.backward else reach
    found = ask({question.case: window}, question.generations, question.ruleset, engine, window=records)
    return Answer(question, window, file, sorted(found, key=_strongest_first))


def _span(stays: list[Stay]) -> Interval:
    return Interval(min(stay.arrived_at for stay in stays), max(stay.latest_departure for stay in stays))


def _window(question: Question, records: Interval) -> Interval:
    """When the case could pass it on (or, backward, could have caught it); an open side reaches to the records' end.

    raises   NoPeriodInRuleset
    """
    if question.onset and question.backward:
        return rules.exposure_period(question.onset, None, None, question.ruleset)
    if question.onset:
        return rules.infectious_period(question.onset, None, None, None, question.ruleset)
    start, end = question.start or records.start, question.end or records.end
    return Interval(start, max(start, end)) if question.start else Interval(min(start, end), end)


def _strongest_first(reached: Reached) -> tuple[int, float, float, str]:
    return reached.generation, -reached.certain_minutes, -reached.possible_minutes, str(reached.person)


def _tell_rejected(rejected: list[Rejected]) -> None:
    for each in rejected[:SHOWN_REJECTED]:
        column = f", column {each.column}" if each.column else ""
        click.echo(f"line {each.line}{column}: {each.reason}", err=True)
    if rejected:
        click.echo(f"{len(rejected)} dòng bị loại. / {len(rejected)} lines were left out.", err=True)


def _as_json(answer: Answer) -> dict[str, Any]:
    question = answer.question
    return {
        "case": question.case,
        "direction": "backward" if question.backward else "forward",
        "ruleset": question.ruleset.name,
        "ruleset_digest": question.ruleset.digest,
        "setting": {"vi": question.ruleset.setting_vi, "en": question.ruleset.setting_en},
        "generations": question.generations,
        "window": {"from": _local(answer.window.start), "to": _local(answer.window.end)},
        "stays": len(answer.file.stays),
        "rejected": [asdict(each) for each in answer.file.rejected],
        "contacts": [_contact(each, answer) for each in answer.found],
        "venue_groups": [_group(each) for each in _crowds(answer)],
    }


def _contact(reached: Reached, answer: Answer) -> dict[str, Any]:
    evidence = rules.weigh(reached.encounters, answer.question.ruleset)
    vi, en = rules.reason_in_words(reached.encounters)
    instant, via = (
        ("latest_exposure", "latest_via") if answer.question.backward else ("earliest_exposure", "earliest_via")
    )
    return {
        "person": reached.person,
        "generation": reached.generation,
        "via": reached.via,
        "class": evidence.evidence_class.value,
        "certain_minutes": evidence.certain,
        "possible_minutes": evidence.possible,
        "cumulative_minutes": evidence.cumulative,
        "encounters": [_met(each) for each in reached.encounters],
        "exposure": _local(reached.exposed_at),
        instant: _local(reached.best_at),
        via: reached.best_via,
        "reason": {"vi": vi, "en": en},
    }


def _met(encounter: Encounter) -> dict[str, Any]:
    return {
        "place": encounter.place,
        "point": encounter.point,
        "start": _local(encounter.start),
        "end": _local(encounter.end),
        "certain_minutes": encounter.certain.minutes,
        "possible_minutes": encounter.possible.minutes,
    }


def _crowds(answer: Answer) -> list[rules.CrowdGroup]:
    first = [met for each in answer.found if each.generation == 1 for met in each.encounters]
    return rules.crowd_groups(first, answer.question.ruleset)


def _group(group: rules.CrowdGroup) -> dict[str, Any]:
    return {
        "place": group.place,
        "point": group.point,
        "day": group.day.isoformat(),
        "start": _local(group.start),
        "end": _local(group.end),
        "persons": list(group.persons),
    }


def _local(instant: datetime) -> str:
    """ISO 8601 with Vietnam's offset, as the reader of the spreadsheet sees the clock."""
    return instant.astimezone(LOCAL).isoformat()


def _print_table(answer: Answer) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    vietnamese = os.environ.get("LANG", "").startswith("vi")
    ruleset = answer.question.ruleset
    caption = Text(ruleset.setting_vi if vietnamese else ruleset.setting_en)
    table = Table(title=Text(_title(answer, vietnamese)), caption=caption, box=box.SIMPLE)
    *names, reason = _HEADINGS_VI if vietnamese else _HEADINGS_EN
    for name in names:
        table.add_column(name, no_wrap=name != names[0])
    table.add_column(reason, ratio=1)
    for each in answer.found:
        table.add_row(*map(Text, _cells(each, answer, vietnamese)))
    Console().print(table)


_HEADINGS_VI = ("Người", "F", "Qua", "Mức", "Phút chắc chắn/\ncó thể", "Từ lúc", "Lý do")
_CLASSES_VI = {"close": "gần", "possible": "có thể gần", "brief": "thoáng qua", "ungraded": "–"}
_HEADINGS_EN = ("Person", "F", "Via", "Class", "Certain/\npossible min", "Since", "Reason")


def _title(answer: Answer, vietnamese: bool) -> str:
    question, window = answer.question, answer.window
    period = f"{window.start.astimezone(LOCAL):%d/%m/%Y %H:%M} – {window.end.astimezone(LOCAL):%d/%m/%Y %H:%M}"
    count = len(answer.found)
    if vietnamese:
        return f"{question.case} · {question.ruleset.title_vi} · {period} · {count} người"
    return f"{question.case} · {question.ruleset.title_en} · {period} · {count} persons"


def _cells(reached: Reached, answer: Answer, vietnamese: bool) -> tuple[str, ...]:
    evidence = rules.weigh(reached.encounters, answer.question.ruleset)
    vi, en = rules.reason_in_words(reached.encounters)
    return (
        str(reached.person),
        str(reached.generation),
        str(reached.via),
        _CLASSES_VI[evidence.evidence_class] if vietnamese else evidence.evidence_class.value,
        f"{evidence.certain:.4g}/{evidence.possible:.4g}",
        f"{reached.best_at.astimezone(LOCAL):%d/%m %H:%M}",
        vi if vietnamese else en,
    )
