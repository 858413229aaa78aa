"""How figures of the rollout read, in the language of the moment; what stands where there is no number.

A figure that is hidden or unknown reads as words, never as a zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from dauchan.coverage.definitions import Indicator, indicator
from dauchan.coverage.publishing import Figure
from dauchan.coverage.supplied import Entry

VIETNAMESE = str.maketrans(",.", ".,")
WHOLE_FROM = 100
"""From here on a mean is shown without its fraction. Ours."""
MINUS = "\N{MINUS SIGN}"


def number(value: float | None, digits: int = 1) -> str:
    """A number as it is written in the language of the moment: 1.234,5 in Vietnamese; nothing as ""."""
    if value is None:
        return ""
    rounded = round(value, digits)
    text = f"{rounded:,.0f}" if rounded == int(rounded) else f"{rounded:,.{digits}f}"
    return text.translate(VIETNAMESE) if (get_language() or "vi").startswith("vi") else text


def with_unit(value: float, one: Indicator) -> str:
    """A value with its sign: per cent, days, or nothing for a count."""
    if one.unit == "percent":
        return f"{number(value)} %"
    if one.unit == "days":
        return ngettext("%(count)s ngày", "%(count)s ngày", round(value)) % {"count": number(value)}
    return number(value, 1 if value < WHOLE_FROM else 0)


def shown(figure: Figure | None) -> str:
    """A figure as pages show it."""
    if figure is not None and figure.suppressed:
        return _("ẩn (giữ kín)")
    if figure is None or figure.value is None:
        return _("chưa có")
    return with_unit(figure.value, indicator(figure.indicator))


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a figure since another day: how it reads, which way it went, whether that is good."""

    text: str
    way: str
    is_good: bool | None


def change(figure: Figure, before: Figure) -> Change | None:
    """The difference of two figures of one indicator; None where one of them isn't known."""
    if figure.value is None or before.value is None:
        return None
    one, difference = indicator(figure.indicator), round(figure.value - before.value, 1)
    if not difference:
        return Change(_("không đổi"), "same", None)
    way = "up" if difference > 0 else "down"
    sign = "+" if difference > 0 else MINUS
    size = number(abs(difference))
    text = _("%(change)s điểm %%") % {"change": sign + size} if one.unit == "percent" else sign + size
    return Change(text, way, way == one.better if one.better else None)


def source(entered: Sequence[Entry], below: tuple[int, int]) -> str:
    """Where a supplied figure is from: the newest entry's source and day, else of how many of those below it is known.

    below   how many of those directly below have one, and how many these are
    """
    if entered:
        newest = max(entered, key=lambda entry: entry.as_of_day)
        return _("%(source)s, ngày %(day)s") % {"source": newest.source, "day": f"{newest.as_of_day:%d/%m/%Y}"}
    told, whole = below
    if not told:
        return ""
    if told == whole:
        return _("cộng của cả %(all)d nơi trực thuộc") % {"all": whole}
    return _("mới có %(told)d trên %(all)d nơi trực thuộc") % {"told": told, "all": whole}
