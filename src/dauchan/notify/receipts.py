"""Delivery receipts: what a provider says afterwards of a message it took.

How it says that is set in `installation.toml`, section `[sms.status]` (docs/reference/messages.md); a word that stands
in neither list is no last word and changes nothing.
"""

import json
from dataclasses import dataclass
from typing import Any

from dauchan.kernel.errors import BadInput
from dauchan.notify.gateways import SmsUnclear, found_at


class ReceiptUnreadable(BadInput):
    kind = "receipt_unreadable"
    vi = "Không đọc được mã tin hoặc trạng thái ở chỗ mà phần [sms.status] chỉ."
    en = "No message id or state can be read where section [sms.status] says."


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says of one message; `delivered` is None for a word that is not its last."""

    provider_id: str
    delivered: bool | None


@dataclass(frozen=True, slots=True)
class Wording:
    """Where a provider's receipt has what, and which of its words are last ones."""

    id_at: str
    state_at: str
    delivered: frozenset[str]
    undelivered: frozenset[str]

    def read(self, told: Any) -> Receipt:
        """What a receipt's fields say.

        raises   ReceiptUnreadable
        """
        provider_id, state = found_at(told, self.id_at), found_at(told, self.state_at)
        if not provider_id or not state:
            raise ReceiptUnreadable
        return Receipt(provider_id, self._judge(state))

    def _judge(self, state: str) -> bool | None:
        if state in self.delivered:
            return True
        return False if state in self.undelivered else None


def wording(told: Any) -> Wording:
    """What section `[sms.status]` says.

    raises   SmsUnclear, also where there is none
    """
    if not isinstance(told, dict):
        raise SmsUnclear(field="status")
    for name, kind in {"id_at": str, "state_at": str, "delivered": list, "undelivered": list}.items():
        if not told.get(name) or not isinstance(told[name], kind):
            raise SmsUnclear(field=f"status.{name}")
    return Wording(
        id_at=told["id_at"],
        state_at=told["state_at"],
        delivered=frozenset(map(str, told["delivered"])),
        undelivered=frozenset(map(str, told["undelivered"])),
    )


def from_json(body: bytes) -> Any:
    """A receipt's fields in a JSON body.

    raises   ReceiptUnreadable
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise ReceiptUnreadable from None
