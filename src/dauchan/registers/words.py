"""Evidence and decisions in words, for those who decide."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from dauchan.registers.models import DecisionItem

ALIKE, PARTLY = 0.9, 0.5
"""From here on two names or addresses read as the same, or as partly the same. Ours, for the words only."""


def reasons(evidence: Mapping[str, Any]) -> list[str]:
    """Why a place may be the one, the strongest reason first."""
    told = [_("cùng số điện thoại")] if evidence["phone"] else []
    told.append(_how(evidence["name"], _("tên giống"), _("tên gần giống"), _("tên khác")))
    if evidence["address"] is not None:
        told.append(_how(evidence["address"], _("địa chỉ giống"), _("địa chỉ gần giống"), _("địa chỉ khác")))
    if evidence["distance_m"] is not None:
        told.append(_("cách %(metres)d m") % {"metres": evidence["distance_m"]})
    return [*told, _("cùng loại hình") if evidence["setting"] else _("khác loại hình")]


def _how(value: float, alike: str, partly: str, other: str) -> str:
    word = alike if value >= ALIKE else partly if value >= PARTLY else other
    return f"{word} {round(100 * value)}%"


def told(item: DecisionItem) -> dict[str, Any]:
    """One line of an entry's history."""
    decision = item.decision
    return {
        "act": decision.get_act_display(),
        "by": decision.by.name,
        "at": decision.at,
        "reason": decision.reason,
        "undone_by": decision.undone_by.name if decision.undone_by else "",
        "undone_at": decision.undone_at,
    }
