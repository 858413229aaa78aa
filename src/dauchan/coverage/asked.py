"""What a page of figures is asked for: the day, the indicator, the sector, the level. All of it stands in the address.

A value that means nothing is refused: a wrong filter must never mean "all".
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Self
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dauchan.coverage.definitions import Indicator, indicators
from dauchan.kernel.errors import FilterWrong
from dauchan.places.forms import MOST_SHOWN
from dauchan.units.models import Level, Sector
from dauchan.units.rules import day_from

USUAL_INDICATOR = "active_day_share"
TODAY_UNITS = "today"
FIRST_DAY = date(2020, 1, 1)


LABELS = {
    "indicator": _("Chỉ tiêu"),
    "sector": _("Lĩnh vực"),
    "level": _("So sánh theo"),
    "units": _("Đơn vị"),
    "order": _("Thứ tự"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of a page; `latest` is the newest day that has figures, and what a page shows unless told."""

    day: date
    indicator: Indicator
    latest: date
    sector: str = ""
    level: str = ""
    units: str = ""
    order: str = ""

    @classmethod
    def of(cls, query: QueryDict, latest: date) -> Self:
        """The filters of an address.

        raises   NotADay, FilterWrong
        """
        day = day_from(query.get("day", ""), otherwise=latest)
        return cls(
            day if day >= FIRST_DAY else latest,
            indicators()[_one_of(query, "indicator", (*indicators(),)) or USUAL_INDICATOR],
            latest,
            sector=_one_of(query, "sector", Sector.values),
            level=_one_of(query, "level", Level.values),
            units=_one_of(query, "units", (TODAY_UNITS,)),
            order=_one_of(query, "order", ("best",)),
        )

    @property
    def yesterday(self) -> date:
        return self.day - timedelta(days=1)

    @property
    def tomorrow(self) -> date | None:
        """The day after, unless no figures can be there yet."""
        return self.day + timedelta(days=1) if self.day < self.latest else None

    def query(self) -> str:
        """The filters as they stand in an address; what is usual is left out."""
        said = {
            "day": self.day.isoformat() if self.day != self.latest else "",
            "indicator": self.indicator.code if self.indicator.code != USUAL_INDICATOR else "",
            "sector": self.sector,
            "level": self.level,
            "units": self.units,
            "order": self.order,
        }
        return urlencode({name: value for name, value in said.items() if value})

    def link(self, path: str = "") -> str:
        """An address with these filters."""
        query = self.query()
        return f"{path}?{query}" if query else path

    def further(self) -> "Asked":
        """The filters that go along to another unit: not the level and order, which belong to one page."""
        return replace(self, level="", order="")


def _one_of(query: QueryDict, name: str, allowed: tuple[str, ...] | list[str]) -> str:
    value = query.get(name, "")
    if value and value not in allowed:
        raise FilterWrong(label=LABELS[name], typed=value[:MOST_SHOWN], why=_("Hãy chọn trong danh sách."))
    return value
