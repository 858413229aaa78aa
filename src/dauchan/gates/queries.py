"""What gates need to work without network, and which of them have not been heard of."""

import base64
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db.models import F, Q, QuerySet

from dauchan import config
from dauchan.accounts.models import Officer
from dauchan.gates import ended, rules
from dauchan.gates.models import Device, Keeper
from dauchan.kernel import clock
from dauchan.kernel.errors import NotFound
from dauchan.kernel.keyring import Keyring
from dauchan.people import vault
from dauchan.people.queries import revoked_passes
from dauchan.places.models import Place
from dauchan.places.posters import screen_urls
from dauchan.places.queries import points_of, visible_to
from dauchan.visits.rules import GATE_BACKLOG


def here(device: Device, now: datetime) -> dict[str, Any]:
    """Everything that a device's app keeps: place, points, keepers, public keys, settings. Nothing secret."""
    installation, keyring, place = config.load(), vault.the_keyring(), device.place
    return {
        "device": {
            "id": device.pk,
            "name": device.credential.name,
            "until": device.credential.expires_at,
            "paper": device.credential.allows("scans:paper"),
        },
        "place": {"id": place.pk, "name": place.name, "address": place.address, "state": place.state},
        "points": [
            {"id": point.pk, "name": point.name, "direction": point.direction}
            for point in points_of(place.pk)
            if point.active_to is None
        ],
        "keepers": [
            {"id": keeper.pk, "name": keeper.name, "until": keeper.until} for keeper in keepers_of(device, now)
        ],
        "issuer": installation.issuer,
        "hosts": [host for host in (installation.public_host, *installation.old_hosts) if host],
        "keys": {"place": signing_keys(keyring, "place"), "standing": signing_keys(keyring, "standing")}
        | {"envelope": _envelope_key(keyring)},
        "settings": {
            "repeat_seconds": rules.REPEAT_SECONDS,
            "warn_hours": rules.WARN_AFTER / timedelta(hours=1),
            "backlog_days": GATE_BACKLOG.days,
        },
        "now": now,
    }


def signing_keys(keyring: Keyring, purpose: str) -> list[dict[str, Any]]:
    return [
        {"id": number, "key": _text(keyring.named(purpose, number).verifying)} for number in keyring.numbers(purpose)
    ]


def _envelope_key(keyring: Keyring) -> dict[str, Any]:
    key = keyring.named("envelope")
    return {"id": key.id, "key": _text(key.opening.public_key())}


def _text(public: Any) -> str:
    return base64.b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def screen_codes(device: Device, point_id: int, now: datetime) -> list[tuple[datetime, str]]:
    """The addresses that a screen at a point shows, one each step from now on, for `rules.SCREEN_AHEAD`.

    raises   HostUnset, NotFound for a point that isn't one of the device's place
    """
    point = next((point for point in points_of(device.place_id) if point.pk == point_id and not point.active_to), None)
    if point is None:
        raise NotFound
    return screen_urls(point, now, lasting=rules.SCREEN_AHEAD)


def keepers_of(device: Device, now: datetime) -> list[Keeper]:
    """The keepers of a device who may use it now, in the order they joined."""
    return list(device.keepers.filter(ended_at__isnull=True, until__gt=now).order_by("pk"))


def ended_passes() -> list[bytes]:
    """The entries of every ended pass, sorted; worked out again only when a pass ended since."""
    passes = tuple(sorted(revoked_passes()))
    return _entries(passes, frozenset(vault.the_keyring().names()))


@lru_cache(maxsize=2)
def _entries(passes: tuple[Any, ...], _keys: frozenset[str]) -> list[bytes]:
    return ended.entries_of(passes, vault.the_keyring(), config.load().issuer)


def devices_of(place: Place, now: datetime) -> list[Device]:
    """A place's devices that have not ended, those heard of last first."""
    living = Q(credential__revoked_at__isnull=True, credential__expires_at__gt=now)
    found = Device.objects.filter(living, place=place).select_related("credential").order_by("-heard_at", "pk")
    return list(found.prefetch_related("keepers"))


def device_at(place: Place, device_id: str) -> Device:
    """One of a place's devices.

    raises   NotFound
    """
    device = Device.objects.select_related("credential", "place").filter(pk=device_id, place=place).first()
    if device is None:
        raise NotFound
    return device


def keeper_at(place: Place, keeper_id: int) -> Keeper:
    """One keeper of a place's devices.

    raises   NotFound
    """
    keeper = Keeper.objects.select_related("device__place").filter(pk=keeper_id, device__place=place).first()
    if keeper is None:
        raise NotFound
    return keeper


def is_slow(device: Device, now: datetime) -> bool:
    """Whether scans wait on a device for longer than they should."""
    return bool(device.waiting and device.oldest_waiting and device.oldest_waiting <= now - rules.WARN_AFTER)


@dataclass(frozen=True)
class SlowPage:
    """Devices on which scans have waited for long, the longest first, and the key of the next page."""

    devices: list[Device]
    next_after: str


PAGE_SIZE = 50


def slow_devices(officer: Officer, now: datetime) -> QuerySet[Device]:
    """The devices in an officer's places on which scans have waited for longer than they should."""
    return Device.objects.filter(
        place__in=visible_to(officer, "place.view", clock.local_day(now)),
        credential__revoked_at__isnull=True,
        waiting__gt=0,
        oldest_waiting__lte=now - rules.WARN_AFTER,
    )


def slow_page(officer: Officer, now: datetime, *, after: str = "") -> SlowPage:
    """One page of the slow devices."""
    found = slow_devices(officer, now).select_related("place__unit", "credential")
    instant, _, pk = after.partition("~")
    with suppress(ValueError):
        if (at := datetime.fromisoformat(instant)).tzinfo:
            found = found.filter(Q(oldest_waiting__gt=at) | Q(oldest_waiting=at, pk__gt=pk))
    listed = list(found.order_by(F("oldest_waiting"), "pk")[: PAGE_SIZE + 1])
    last = listed[PAGE_SIZE - 1] if len(listed) > PAGE_SIZE else None
    key = f"{last.oldest_waiting.isoformat()}~{last.pk}" if last and last.oldest_waiting else ""
    return SlowPage(listed[:PAGE_SIZE], key)


def places_heard_since(since: datetime) -> list[int]:
    """The places of which a gate device was in contact at or after an instant."""
    return sorted(set(Device.objects.filter(heard_at__gte=since).values_list("place_id", flat=True)))
