"""Help one click away: a link to a guide where the question arises, and a guide's own words with their bold ones."""

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from dauchan.guides import rules
from dauchan.guides.queries import title_of

register = template.Library()


@register.simple_tag
def guide(slug: str) -> SafeString:
    """A link to a published guide by its title in the reader's language; nothing when it was withdrawn."""
    title = title_of(slug, (get_language() or "vi").partition("-")[0])
    if not title:
        return SafeString("")
    address = reverse("guides:guide", args=[slug])
    return format_html(
        '<p class="guide-link"><svg class="icon" aria-hidden="true"><use href="{}#help"></use></svg>'
        ' <a class="link-target" href="{}">{}</a></p>',
        static("built/icons.svg"),
        address,
        title,
    )


@register.filter
def bold(text: str) -> SafeString:
    """A guide's words as HTML: `**words**` bold, everything else as it is."""
    return format_html_join("", "{}", ((_run(words, is_bold),) for words, is_bold in rules.runs(text)))


def _run(words: str, is_bold: bool) -> SafeString:
    return format_html("<strong>{}</strong>" if is_bold else "{}", words)
