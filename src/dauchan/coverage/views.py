"""The pages of figures: a unit with its funnel, map, league and trend; the whole table below it; the indicators.

What is asked for stands in the address (`asked`); whose figures are seen is decided by `subjects`.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import has_permission
from dauchan.accounts.sessions import officer_of
from dauchan.agencies.queries import scope_of
from dauchan.coverage import definitions, drawn, league, overview, spreading, subjects, words
from dauchan.coverage.asked import TODAY_UNITS, Asked
from dauchan.coverage.figures import Figure, Subject, latest_day
from dauchan.coverage.subjects import Named
from dauchan.kernel import clock, exports
from dauchan.kernel.numbers import row_number
from dauchan.places.shares import area_share, share_words
from dauchan.units import queries as units
from dauchan.units.models import Level, Sector, Unit

ALL_IN_SIGHT = 12
"""So many rows are shown whole on a unit's page; of more only the ends."""
ENDS = 5
ROWS_A_PAGE = 100


def asked_by(request: HttpRequest) -> Asked:
    """The filters of the address; the newest day with figures unless it names one.

    raises   NotADay, FilterWrong
    """
    return Asked.of(request.GET, latest_day() or clock.local_day(clock.now()))


def whole(request: HttpRequest) -> HttpResponse:
    """Everything in the officer's scope: its largest units side by side, or the page of the one there is."""
    asked = asked_by(request)
    below = subjects.roots(officer_of(request), asked.day)
    if len(below) == 1 and below[0].unit:
        return unit(request, below[0].unit.code)
    page = {"title": _("Toàn bộ phạm vi của bạn"), "here": request.path} | _frame(asked, None)
    return render(
        request,
        "coverage/unit.html",
        page | _frame(asked, None) | _figures_of(below, overview.table(below, asked), asked),
    )


def unit(request: HttpRequest, code: str) -> HttpResponse:
    """One unit on one day."""
    asked, officer = asked_by(request), officer_of(request)
    here = subjects.seen_unit(officer, code, asked.day)
    rows = rows_below(here, asked)
    page = {
        "may_supply": scope_of(officer, "register.edit", clock.local_day(clock.now())).holds_unit(here.pk),
        "title": here.name,
        "unit": here,
        "here": request.path,
        "crumbs": crumbs(officer, here, asked),
        "spreading": spreading.of_unit(here, asked.day),
        "share": share_words(known) if (known := area_share(here.pk)) else "",
    }
    own = subjects.of_unit(here, asked.sector)
    return render(request, "coverage/unit.html", page | _frame(asked, here) | _figures_of([own], rows, asked))


def _frame(asked: Asked, here: Unit | None) -> dict[str, Any]:
    """What the filters of a page offer."""
    levels = subjects.levels_below(here, asked.day)
    return {
        "asked": asked,
        "drill": asked.further().link(),
        "indicators": [one for one in definitions.indicators().values() if not one.is_mean],
        "sectors": Sector.choices,
        "levels": [(level, Level(level).label) for level in levels] if len(levels) > 1 else [],
        "tree": units.tree_on(asked.day),
        "today": clock.local_day(clock.now()),
    }


def rows_below(here: Unit, asked: Asked) -> list[overview.Row]:
    """The table below a unit: in the units of the asked day, or in today's by the rule of `units.mapping`."""
    if asked.units == TODAY_UNITS and units.tree_on(asked.day).ends is not None:
        communes = [one.unit for one in subjects.below(here, asked.day, Level.COMMUNE) if one.unit]
        return overview.table_in_units_of(communes or [here], asked, clock.local_day(clock.now()))
    return overview.table(subjects.below(here, asked.day, asked.level), asked)


def _figures_of(own: Sequence[Named], rows: list[overview.Row], asked: Asked) -> dict[str, Any]:
    """Everything that a unit's page shows, of the unit itself or of several side by side."""
    whose = [Subject(each.subject.kind, each.subject.id, asked.sector) for each in own]
    if not whose:
        return {"has_figures": False}
    known = overview.known_of(whose, overview.FUNNEL_CODES, asked.day)
    at = overview.as_of(known)
    page: dict[str, Any] = {
        "has_figures": at is not None,
        "as_of": at,
        "funnel": drawn.funnel_of(known, at),
        "of_day": overview.cards(whose, overview.OF_DAY, asked.day, runs=True),
        "cards": overview.cards(whose, overview.silence_of(own), asked.day),
        "people": overview.cards(whose, overview.OF_PEOPLE, asked.day) if not asked.sector else [],
        "agencies": overview.cards(whose, overview.OF_AGENCIES, asked.day) if not asked.sector else [],
        "sector_rows": [] if asked.sector else overview.by_sector(whose, asked.day),
        "map": drawn.map_of(rows, asked, at),
        "one": asked.indicator,
    }
    if len(whose) == 1:
        page["trend"] = drawn.trend_of(whose[0], asked, at)
        page["channels"] = [] if asked.sector else overview.by_channel(whose[0], asked.day)
        page["installs"] = [] if asked.sector else overview.installs_by_app(whose[0], asked.day)
    return page | _league(rows, asked)


def _league(rows: Sequence[overview.Row], asked: Asked) -> dict[str, Any]:
    """The table of what lies below, whole where it is short, else its two ends."""
    columns = overview.table_columns(asked)
    if len(rows) <= ALL_IN_SIGHT:
        return {"rows": rows, "columns": columns, "count": len(rows)}
    by_id = {row.named.subject.id: row for row in rows}
    first, last = league.ends(list(by_id), overview.values_of(rows, asked.indicator.code), ENDS)
    worst, best = (first, last) if asked.order != "best" else (last, first)
    found = {"worst": [by_id[each] for each in worst], "best": [by_id[each] for each in best]}
    return found | {"columns": columns, "count": len(rows)}


def crumbs(officer: Officer, here: Unit, asked: Asked) -> list[tuple[str, str]]:
    """The units above one, each with its address where the officer sees it, else ""."""
    scope = subjects.scope_today(officer)
    return [
        (above.name, asked.further().link(subjects.of_unit(above).path) if scope.holds_unit(above.id) else "")
        for above in units.ancestors(here)
    ]


def table(request: HttpRequest, code: str) -> HttpResponse:
    """Every unit below one, page by page, by the chosen figure."""
    asked, officer = asked_by(request), officer_of(request)
    here = subjects.seen_unit(officer, code, asked.day)
    rows = {row.named.subject.id: row for row in rows_below(here, asked)}
    ids, after = league.page_of(list(rows), row_number(request.GET.get("after", "")), ROWS_A_PAGE)
    page = {
        "unit": here,
        "rows": [rows[each] for each in ids],
        "columns": overview.table_columns(asked),
        "count": len(rows),
        "next_after": after,
        "as_of": next((one.as_of for row in rows.values() for one in row.figures.values() if one.as_of), None),
        "crumbs": crumbs(officer, here, asked),
        "here": request.path,
        "one": asked.indicator,
        "may_remind": has_permission(officer, "directive.issue", clock.local_day(clock.now())),
    }
    return render(request, "coverage/table.html", page | _frame(asked, here))


def export(request: HttpRequest, code: str) -> HttpResponse:
    """The same table as a file: XLSX, or CSV for programs; every row, in the order of the page."""
    asked = asked_by(request)
    here = subjects.seen_unit(officer_of(request), code, asked.day)
    rows = rows_below(here, asked)
    columns = overview.table_columns(asked)
    headers = [_("Hạng"), _("Mã"), _("Đơn vị"), *(_header(one) for one in columns), _("Ngày"), _("Tính đến")]
    lines = [_line(row, columns, asked) for row in rows]
    name = f"do-phu-{here.code}-{asked.day:%Y-%m-%d}"
    return sent(headers, lines, name=name, title=here.name, csv=request.GET.get("format") == "csv")


def _header(one: definitions.Indicator) -> str:
    return f"{one.name} ({_('số nhập')})" if one.supplied else one.name


def _line(row: overview.Row, columns: Sequence[definitions.Indicator], asked: Asked) -> list[exports.Cell]:
    cells = [_cell(row.figures[one.code], one) for one in columns]
    code = row.named.unit.code if row.named.unit else ""
    return [row.standing.rank, code, row.named.name, *cells, asked.day, row.figures[columns[0].code].as_of]


def _cell(figure: Figure, one: definitions.Indicator) -> exports.Cell:
    """A figure rounded as the page rounds it; what is not shown there stands in words here too."""
    if figure.value is None:
        return words.shown(figure)
    return Decimal(f"{figure.value:.1f}") if one.denominator or one.is_mean else int(figure.value)


def sent(
    headers: Sequence[str], lines: Sequence[Sequence[exports.Cell]], *, name: str, title: str, csv: bool
) -> HttpResponse:
    """Rows as a file that is downloaded."""
    expected = len(lines)
    if csv:
        made, ending = exports.csv_file(headers, lines, expected=expected), "csv"
    else:
        made, ending = exports.xlsx(title, headers, lines, expected=expected), "xlsx"
    said = {"Content-Disposition": f'attachment; filename="{name}.{ending}"', "X-Rows": str(made.rows)}
    return HttpResponse(made.content, content_type=made.media_type, headers=said)


def indicator_list(request: HttpRequest) -> HttpResponse:
    """Every indicator as the definition file has it, and the thresholds in force."""
    today = clock.local_day(clock.now())
    page = {
        "indicators": [one for one in definitions.indicators().values() if not one.is_mean],
        "with_mean": {
            code.removesuffix(definitions.MEAN) for code in definitions.indicators() if code.endswith(definitions.MEAN)
        },
        "thresholds": definitions.thresholds(today),
    }
    return render(request, "coverage/indicators.html", page)
