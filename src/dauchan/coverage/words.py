"""How numbers of the rollout read: in the language of the moment, whole ones without a fraction."""

from django.utils.translation import get_language

VIETNAMESE = str.maketrans(",.", ".,")


def number(value: float | None, digits: int = 1) -> str:
    """A number as it is written in the language of the moment: 1.234,5 in Vietnamese; nothing as ""."""
    if value is None:
        return ""
    rounded = round(value, digits)
    text = f"{rounded:,.0f}" if rounded == int(rounded) else f"{rounded:,.{digits}f}"
    return text.translate(VIETNAMESE) if (get_language() or "vi").startswith("vi") else text
