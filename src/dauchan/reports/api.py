"""Open data as JSON and CSV under /open-data: days, a day's figures, what they mean. For everybody, cached by ETag."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from ninja import Path, Router, Schema

from dauchan.kernel import exports
from dauchan.reports import opendata, queries

FRESH_SECONDS = 300
"""How long a copy may be used without asking again. Ours."""

router = Router(tags=["open-data"])
Day = Annotated[date, Path(description="The local day of the figures, as YYYY-MM-DD")]


class LicenceOut(Schema):
    """Under which licence the figures may be used."""

    name: str
    url: str
    text_vi: str
    text_en: str


class DaysOut(Schema):
    """The days of which there are figures, newest first."""

    licence: LicenceOut
    days: list[date]


class PublishedIndicatorOut(Schema):
    """What one indicator means; `people`: small counts are suppressed; `supplied`: entered by an agency."""

    code: str
    name_vi: str
    name_en: str
    formula_vi: str
    formula_en: str
    unit: Literal["count", "percent", "days"]
    supplied: bool
    people: bool


class FactOut(Schema):
    """One figure of one unit; `value` is null where it is suppressed."""

    unit_code: str
    unit: str
    level: str
    parent_code: str
    indicator: str
    value: float | None
    suppressed: bool


class ReportOut(Schema):
    """The figures of one issued report, as they were computed at `as_of`."""

    report: str
    issuer: str
    day: date
    as_of: datetime
    sha256: str
    definitions: str
    suppressed_below: int
    figures: list[FactOut]


class DayOut(Schema):
    """Everything that is published of a day."""

    licence: LicenceOut
    day: date
    reports: list[ReportOut]


SHAPE = f"{DayOut.model_json_schema()},{opendata.HEADERS}"
"""What a day's files look like: a copy made before that changed is old, though the figures are the same."""


@router.get("/open-data", response=DaysOut, url_name="open-data", summary="Days with open data")
def days(request: HttpRequest) -> DaysOut:
    return DaysOut(licence=_licence(), days=queries.public_days())


@router.get(
    "/open-data/dictionary",
    response=list[PublishedIndicatorOut],
    url_name="open-data-dictionary",
    summary="What each figure of the open data means",
)
def dictionary(request: HttpRequest) -> list[PublishedIndicatorOut]:
    return [PublishedIndicatorOut.from_orm(one) for one in opendata.dictionary()]


@router.get(
    "/open-data/{day}.csv",
    response={200: str},
    url_name="open-data-csv",
    summary="A day's figures as CSV, one a line",
    openapi_extra={"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}},
)
def day_csv(request: HttpRequest, day: Day) -> HttpResponse:
    return _unless_known(request, day, exports.CSV, lambda: opendata.csv_of(opendata.published_on(day)).content)


@router.get("/open-data/{day}", response=DayOut, url_name="open-data-day", summary="A day's figures as JSON")
def one_day(request: HttpRequest, day: Day) -> HttpResponse:
    return _unless_known(request, day, "application/json; charset=utf-8", lambda: _day(day))


def _unless_known(request: HttpRequest, day: date, media_type: str, body: Callable[[], bytes]) -> HttpResponse:
    """What is published of a day, made only for those who haven't got it yet.

    raises   NoSuchDay
    """
    tag = opendata.etag(day, f"{media_type},{SHAPE}")
    answer = get_conditional_response(request, etag=tag)
    if answer is None:
        answer = HttpResponse(body(), content_type=media_type)
        if media_type == exports.CSV:
            answer["Content-Disposition"] = f'attachment; filename="dau-chan-{day:%Y-%m-%d}.csv"'
    answer["ETag"], answer["Cache-Control"] = tag, f"public, max-age={FRESH_SECONDS}"
    return answer


def _day(day: date) -> bytes:
    """A `DayOut`, written straight from the figures: there are a hundred thousand of them in a large country."""
    reports = [
        {
            "report": str(one.report),
            "issuer": one.content.issuer,
            "day": one.content.last,
            "as_of": one.content.as_of,
            "sha256": one.report.sha256,
            "definitions": one.report.definitions,
            "suppressed_below": one.content.suppressed_below,
            "figures": one.facts,
        }
        for one in opendata.published_on(day)
    ]
    return msgspec.json.encode({"licence": _licence().dict(), "day": day, "reports": reports})


def _licence() -> LicenceOut:
    names = opendata.LICENCE_NAME, opendata.LICENCE_URL, opendata.LICENCE_VI, opendata.LICENCE_EN
    return LicenceOut(**dict(zip(LicenceOut.model_fields, names, strict=True)))
