"""How a report's numbers read: counts with their nouns, shares, changes, days. In the language of the moment."""

from collections.abc import Callable
from datetime import date, datetime

from django.utils import formats
from django.utils.translation import get_language, gettext, ngettext

from dauchan.coverage.words import number
from dauchan.kernel import clock
from dauchan.reports.snapshot import Content, Known, Row, Shown

Noun = Callable[[float], str]
HIDDEN = "*"
"""What stands for every figure that isn't shown: a sign that tells whether it is small would say something wrong of
those that are hidden beside a small one."""


def is_vietnamese() -> bool:
    return (get_language() or "vi").startswith("vi")


def places(value: float) -> str:
    return ngettext("%(count)s địa điểm", "%(count)s địa điểm", _plural(value)) % {"count": number(value, 0)}


def scans(value: float) -> str:
    return ngettext("%(count)s lượt", "%(count)s lượt", _plural(value)) % {"count": number(value, 0)}


def people(value: float) -> str:
    return ngettext("%(people)s người", "%(people)s người", _plural(value)) % {"people": number(value, 0)}


def units(value: float) -> str:
    return ngettext("%(count)s đơn vị cấp xã", "%(count)s đơn vị cấp xã", _plural(value)) % {"count": number(value, 0)}


def days(value: float) -> str:
    """Days in a row in words: "3 ngày liên tiếp"; one alone is "1 ngày"."""
    return gettext("1 ngày") if value == 1 else gettext("%(count)s ngày liên tiếp") % {"count": number(value, 0)}


def _plural(value: float) -> int:
    return 1 if value == 1 else 2


def percent(value: float) -> str:
    """A share with its sign, as offices write it: "9,42%", but "100%"."""
    whole = value in (0, 100)
    return f"{formats.number_format(round(value, 2), 0 if whole else 2, use_l10n=True)}%"


def changed(change: float, noun: Noun) -> str:
    """A change in words: "tăng 920 địa điểm", "không thay đổi"."""
    if not change:
        return gettext("không thay đổi")
    words = gettext("tăng %(by)s") if change > 0 else gettext("giảm %(by)s")
    return words % {"by": noun(abs(change))}


def day_words(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def at_words(instant: datetime) -> str:
    """An instant as a report says it: "16 giờ 00 ngày 16/12/2021"."""
    local = instant.astimezone(clock.LOCAL)
    return gettext("%(hour)d giờ %(minute)02d ngày %(day)s") % {
        "hour": local.hour,
        "minute": local.minute,
        "day": day_words(local.date()),
    }


def period_words(content: Content) -> str:
    """The days of a report: "ngày 16/12/2021", "từ ngày 10/12/2021 đến ngày 16/12/2021"."""
    if content.first == content.last:
        return gettext("ngày %(day)s") % {"day": day_words(content.last)}
    return gettext("từ ngày %(first)s đến ngày %(last)s") % {
        "first": day_words(content.first),
        "last": day_words(content.last),
    }


def against(content: Content) -> str:
    """What changes are counted from."""
    if content.compared_with == "report" and content.former:
        words = gettext("so với báo cáo trước (số liệu %(days)s)")
        return words % {"days": _days(content.former.first, content.former.last)}
    if content.compared_with == "whole_day":
        return gettext("so với cả ngày hôm trước")
    if content.first == content.last:
        return gettext("so với ngày hôm trước")
    return gettext("so với kỳ trước")


def _days(first: date, last: date) -> str:
    return day_words(last) if first == last else f"{day_words(first)} – {day_words(last)}"


def name_of(known: Known) -> str:
    return known.name_vi if is_vietnamese() else known.name_en


def formula_of(known: Known) -> str:
    return known.formula_vi if is_vietnamese() else known.formula_en


def row_name(row: Row) -> str:
    return row.name if is_vietnamese() else row.name_en or row.name


def hidden_means(content: Content) -> str:
    """What the sign for a hidden figure means."""
    words = gettext(
        "Dấu %(sign)s là số liệu không hiện: số người nhỏ hơn %(fewest)d, hoặc số liệu mà từ đó tính ra được số ấy."
    )
    return words % {"sign": HIDDEN, "fewest": content.suppressed_below}


def read_out(shown: Shown | None, known: Known) -> str:
    """A figure as a table shows it; "–" where nothing is known."""
    if shown is None:
        return "–"
    return HIDDEN if shown.hidden else value_out(shown.value, known)


def value_out(value: float | None, known: Known) -> str:
    if value is None:
        return "–"
    return percent(value) if known.unit == "percent" else number(value)


def change_out(change: float | None, known: Known) -> str:
    """A change as a table shows it: "+920", "-1.559", "0"; shares change in points."""
    if change is None:
        return "–"
    sign = "+" if change > 0 else ""
    return f"{sign}{number(change, 2 if known.unit == 'percent' else 1)}"


def inside(name: str) -> str:
    """A name as it stands inside a sentence: "Tỷ lệ phủ" becomes "tỷ lệ phủ"; one that begins with QR stays."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]
