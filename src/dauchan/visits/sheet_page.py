"""The page that takes a filled paper form, shared by officers and owners: its columns are those of the printed form.

Works without script. What was recorded leaves the page, what was not stays as it was typed, with the line's number and
what to do. Nothing that was typed stands in an address.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Problem
from dauchan.kernel.numbers import row_number
from dauchan.people import vault
from dauchan.people.on_paper import Written
from dauchan.people.rules import mask_document, mask_name, mask_phone, normal_document
from dauchan.places import papers
from dauchan.places.models import Place, Point
from dauchan.places.queries import points_of
from dauchan.visits.rules import Direction
from dauchan.visits.typing_in import DayMissing, Line, PointMissing, Read, TypedIn, type_in

MORE = 10
MOST = 100
"""Lines that one page sends: a sheet has 20. Ours."""
FIELDS = ("time", "name", "year", "who", "direction")
LONGEST = {"time": 8, "name": 200, "year": 10, "who": 40}


@dataclass(frozen=True)
class Row:
    """One line on the page, with what is wrong with it and in which of its fields."""

    line: Line
    trouble: str = ""
    field: str = ""

    @property
    def key(self) -> str:
        return f"{self.line.number}.{self.line.id}"


def sheet_page(request: HttpRequest, place: Place, template: str, *, by: Officer | UUID) -> HttpResponse:
    """Show the empty lines, or take those that were typed."""
    points = [point for point in points_of(place.pk) if point.active_to is None]
    if request.method != "POST":
        rows = [Row(line) for line in _blank(papers.LINES)]
        return _page(request, place, template, points=points, rows=rows)
    lines = _typed(request)
    if request.POST.get("act") == "add":
        last, more = max((line.number for line in lines), default=0), min(MORE, MOST - len(lines))
        rows = [Row(line) for line in (*lines, *_blank(more, after=last))]
        return _page(request, place, template, points=points, rows=rows)
    try:
        point, day, now = _point(request, points), _day(request), clock.now()
        done = type_in(place, point.pk, day, lines, by=by, keyring=vault.the_keyring(), now=now)
    except Problem as problem:
        rows = [Row(line) for line in lines]
        return _page(request, place, template, points=points, rows=rows, problem=problem)
    if done.refused:
        rows = [_refused(line, problem) for line, problem in done.refused]
        return _page(request, place, template, points=points, rows=rows, done=done)
    for said in _in_words(done):
        messages.success(request, said)
    return redirect(f"{request.path}?day={day}&point={point.pk}")


def _blank(count: int, *, after: int = 0) -> list[Line]:
    return [Line(after + number + 1, secrets.token_hex(8)) for number in range(count)]


def _typed(request: HttpRequest) -> list[Line]:
    """The lines of the form, in their order.

    raises   BadInput when the form is not ours
    """
    keys, columns = request.POST.getlist("line"), [request.POST.getlist(name) for name in FIELDS]
    if len(keys) > MOST or any(len(column) != len(keys) for column in columns):
        raise BadInput(field="line")
    lines: list[Line] = []
    for key, *values in zip(keys, *columns, strict=True):
        number, _dot, line_id = key.partition(".")
        cut = {name: value[: LONGEST.get(name, 8)].strip() for name, value in zip(FIELDS, values, strict=True)}
        lines.append(Line(row_number(number) or len(lines) + 1, line_id[:32], **cut))
    return lines


def _point(request: HttpRequest, points: Iterable[Point]) -> Point:
    chosen = next((point for point in points if str(point.pk) == request.POST.get("point")), None)
    if chosen is None:
        raise PointMissing(field="point")
    return chosen


def _day(request: HttpRequest) -> date:
    try:
        return date.fromisoformat(request.POST.get("day", ""))
    except ValueError as error:
        raise DayMissing(field="day") from error


def _refused(line: Line, problem: Problem) -> Row:
    return Row(line, problem.text(get_language() or "vi"), str(problem.detail.get("field") or "time"))


def _page(
    request: HttpRequest,
    place: Place,
    template: str,
    *,
    points: list[Point],
    rows: list[Row],
    problem: Problem | None = None,
    done: TypedIn | None = None,
) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    shown: dict[str, Any] = {
        "place": place,
        "points": points,
        "point": asked.get("point", ""),
        "day": _shown_day(asked.get("day", ""), clock.now()),
        "today": clock.local_day(clock.now()),
        "rows": rows,
        "may_add": len(rows) < MOST,
        "problem": problem.text(get_language() or "vi") if problem else "",
        "problem_at": str(problem.detail.get("field", "")) if problem else "",
        "troubles": [row for row in rows if row.trouble],
        "done_words": _in_words(done) if done else [],
        "done": [(read, _masked(read.written)) for read in (*done.recorded, *done.kept, *done.before)] if done else [],
        "arrival": Direction.IN,
    }
    return render(request, template, shown, status=400 if problem or shown["troubles"] else 200)


def _shown_day(text: str, now: datetime) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return clock.local_day(now)


def _masked(written: Written) -> str:
    """Whom a recorded line names, under the masks of all lists."""
    number = ""
    if written.number and written.number.kind == "phone":
        number = mask_phone(written.number.value)
    elif written.number:
        number = mask_document(normal_document(written.number.value)).number
    return " ".join(part for part in (mask_name(written.name), number) if part)


def _in_words(done: TypedIn) -> list[str]:
    """What was recorded, as sentences."""
    said = []
    if done.recorded:
        count = len(done.recorded)
        said.append(ngettext("Đã ghi %(count)d dòng.", "Đã ghi %(count)d dòng.", count) % {"count": count})
    if done.kept:
        said.append(_("Điểm quét đã đóng lúc đó, giữ chờ xem xét: %(lines)s.") % {"lines": _numbers(done.kept)})
    if done.before:
        said.append(_("Đã ghi từ trước, không ghi lần nữa: %(lines)s.") % {"lines": _numbers(done.before)})
    return said


def _numbers(reads: Iterable[Read]) -> str:
    return ", ".join(_("dòng %(number)d") % {"number": read.line.number} for read in reads)
