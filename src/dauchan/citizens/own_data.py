"""Everything that is kept about one person, gathered for that person: as values for pages, as JSON and as PDF.

A device that has not proved whose it is gets nothing older than itself, and no identity. A look that belongs to a case
is told after a while: at once, it would tell somebody by a web page that they are a contact.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from dauchan.accounts.events import event_words
from dauchan.accounts.pages import roles_in_words
from dauchan.kernel import clock
from dauchan.kernel.printing import typeset
from dauchan.people import own, vault
from dauchan.people.caring import InCare, household_of
from dauchan.people.models import Device
from dauchan.people.queries import Look, looks_at
from dauchan.people.rules import Identity
from dauchan.visits.checking_in import OwnVisit, own_visits
from dauchan.visits.words import recorded_how

TEMPLATE = Path(__file__).parent / "paper" / "mydata.typ"
CASE_LOOKS_AFTER = timedelta(days=21)
"""When a look for a case is told: after the longest quarantine of 2021. Ours; DESIGN asks for a maximum."""


@dataclass(frozen=True)
class OwnData:
    """What a person gets of themselves; `identity` is None before they have proved who they are."""

    identity: Identity | None
    visits: list[OwnVisit]
    looks: list[Look]
    household: list[InCare]
    taken_at: datetime


def visits_of(device: Device, now: datetime) -> list[OwnVisit]:
    """The visits that a device may see, the newest first."""
    return own_visits(device.person_id, vault.the_keyring(), since=own.known_since(device), now=now)


def looks_of(device: Device, now: datetime) -> list[Look]:
    """Who looked, when, as what and why, as far as it is told by now."""
    if not own.is_proved(device):
        return []
    return [look for look in looks_at(device.person_id) if not look.case or look.at <= now - CASE_LOOKS_AFTER]


def gathered(device: Device, now: datetime) -> OwnData:
    """All of it."""
    identity = own.own_identity(device) if own.is_proved(device) else None
    return OwnData(identity, visits_of(device, now), looks_of(device, now), household_of(device), now)


def as_json(data: OwnData) -> bytes:
    """For another program; times are ISO, days and names as they stand here."""
    told: dict[str, Any] = {
        "taken_at": data.taken_at,
        "identity": data.identity,
        "visits": data.visits,
        "looks": [
            {"at": look.at, "what": look.event, "role": look.role, "agency": look.agency, "purpose": look.purpose}
            for look in data.looks
        ],
        "household": [
            {"name": one.name, "birth_year": one.birth_year, "in_my_care_since": one.begins_at}
            for one in data.household
        ],
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=1)


def as_pdf(data: OwnData) -> bytes:
    """For the person to read."""
    return typeset(
        TEMPLATE,
        {
            "title": _("Dữ liệu về tôi"),
            "foot": f"Dấu Chân · {_minute(data.taken_at)}",
            "sections": [
                _identity(data.identity),
                _visits(data.visits),
                _looks(data.looks),
                _household(data.household),
            ],
        },
    )


def _identity(identity: Identity | None) -> dict[str, Any]:
    rows = []
    if identity:
        born = identity.birth_date.strftime("%d/%m/%Y") if identity.birth_date else str(identity.birth_year or "")
        documents = ", ".join(document.number for document in identity.documents)
        named = [(_("Họ và tên"), identity.name), (_("Số điện thoại"), identity.phone), (_("Giấy tờ"), documents)]
        rows = [[label, value] for label, value in [*named, (_("Ngày sinh"), born), (_("Địa chỉ"), identity.address)]]
    empty = _("Chưa có, hoặc điện thoại này chưa chứng minh là của bạn.")
    return {"title": _("Danh tính"), "columns": ["", ""], "rows": rows, "empty": empty}


def _visits(visits: list[OwnVisit]) -> dict[str, Any]:
    columns = [_("Nơi"), _("Vào lúc"), _("Ra lúc"), _("Cách ghi")]
    rows = [
        [
            f"{v.place}, {v.point}",
            _minute(v.arrived_at),
            "" if v.still else _minute(v.departed_at),
            recorded_how(v.confidence),
        ]
        for v in visits
    ]
    return {"title": _("Lượt đến"), "columns": columns, "rows": rows, "empty": _("Chưa có lượt đến nào.")}


def _looks(looks: list[Look]) -> dict[str, Any]:
    columns = [_("Lúc"), _("Việc"), _("Vai trò"), _("Mục đích")]
    rows = [[_minute(look.at), event_words(look.event), who_looked(look), look.purpose] for look in looks]
    return {"title": _("Ai đã xem"), "columns": columns, "rows": rows, "empty": _("Chưa ai xem.")}


def _household(household: list[InCare]) -> dict[str, Any]:
    columns = [_("Họ và tên"), _("Năm sinh"), _("Bạn chăm sóc từ")]
    rows = [[one.name, str(one.birth_year or ""), _minute(one.begins_at)] for one in household]
    return {"title": _("Người nhà"), "columns": columns, "rows": rows, "empty": _("Chưa có ai.")}


def who_looked(look: Look) -> str:
    """Role and agency of whoever looked; the system itself has neither."""
    return ", ".join(part for part in (roles_in_words(look.role), look.agency) if part) or _("Hệ thống")


def _minute(at: datetime) -> str:
    return at.astimezone(clock.LOCAL).strftime("%H:%M %d/%m/%Y")
