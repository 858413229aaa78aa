"""Small words for templates: dates as Vietnamese officers write them, icons, and "as of" beside a figure."""

from datetime import date, datetime
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from dauchan.kernel import clock, notices

register = template.Library()


@register.filter
def vn_date(value: date | datetime | None) -> str:
    """A day as dd/mm/yyyy; an instant is shown by its local day, nothing as an empty text."""
    if value is None or value == "":
        return ""
    day = clock.local_day(value) if isinstance(value, datetime) else value
    return day.strftime("%d/%m/%Y")


@register.filter
def vn_time(value: datetime | None) -> str:
    """An instant's local time as HH:MM."""
    return value.astimezone(clock.LOCAL).strftime("%H:%M") if value else ""


@register.filter
def vn_datetime(value: datetime | None) -> str:
    """An instant as HH:MM dd/mm/yyyy in local time."""
    return value.astimezone(clock.LOCAL).strftime("%H:%M %d/%m/%Y") if value else ""


@register.filter
def iso(value: date | datetime | None) -> str:
    """For the `datetime` attribute of <time> and the value of date fields."""
    return value.isoformat() if value else ""


@register.filter
def minutes(value: float | None) -> str:
    """A length of time in words: "45 phút", "2 giờ 05"."""
    if value is None:
        return ""
    hours, rest = divmod(round(value), 60)
    if not hours:
        return ngettext("%(count)d phút", "%(count)d phút", rest) % {"count": rest}
    return gettext("%(hours)d giờ %(minutes)02d") % {"hours": hours, "minutes": rest}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A Tabler icon from the page's own sprite; with a label it is read aloud, without it is decoration."""
    sprite = static("built/icons.svg")
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"></use></svg>', label, sprite, name
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', sprite, name)


@register.simple_tag
def as_of(at: datetime | None = None) -> SafeString:
    """The small "as of" beside every figure; without an instant it is now."""
    at = at or clock.now()
    return format_html(
        '<time class="as-of" datetime="{}">{}</time>',
        at.isoformat(),
        gettext("tính đến %(at)s") % {"at": vn_datetime(at)},
    )


@register.simple_tag
def privacy_notice(collected: str) -> SafeString:
    """The two lines on what is collected here: `visits`, `person` or `place_owner`."""
    today, days = clock.local_day(clock.now()), settings.INSTALLATION.retention_days
    notice = notices.notice(notices.COLLECTED[collected], today, days=days)
    return format_html('<p class="text-secondary small">{}<br>{}</p>', *notice.lines(get_language() or "vi"))


@register.simple_tag(takes_context=True)
def is_current(context: dict[str, Any], path: str) -> bool:
    """Whether the page shown lies under this navigation path."""
    here = context["request"].path
    return bool(here == path or here.startswith(path + "/"))
