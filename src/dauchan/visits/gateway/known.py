"""What a gateway keeps in memory to judge a scan without asking the database: credentials, points, ended passes.

Read whole at the start; what changed is read again whenever PostgreSQL says so (`NOTIFY dauchan_gateway`), and now and
then without being told; whatever was made with keys is forgotten then, if one came or was destroyed. What is not known
is asked for once more, at most once a second, before it is refused.
"""

import asyncio
import hashlib
import hmac
import logging
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache, partial
from uuid import UUID

import psycopg
from asgiref.sync import sync_to_async
from django.db import close_old_connections

from dauchan.accounts.queries import GatewayCredential, credentials_for_gateway
from dauchan.kernel import clock, codes
from dauchan.kernel.keyring import Keyring
from dauchan.people.queries import revoked_passes
from dauchan.places.queries import GATEWAY_OVERLAP, GatewayPoint, points_for_gateway
from dauchan.units.queries import unit_ids_within
from dauchan.visits.partitions import days_ready

POLL_SECONDS = 5
"""How often everything is read without being told: the longest that a change goes unheard. Ours."""
ASK_AGAIN_SECONDS = 1.0
CHANNEL = "dauchan_gateway"
log = logging.getLogger(__name__)


@dataclass
class Known:
    """The gateway's memory. Single-threaded: changed on the event loop only."""

    dsn: str
    keyring: Keyring
    issuer: int
    retention_days: int
    credentials: dict[str, GatewayCredential] = field(default_factory=dict)
    areas: dict[int, frozenset[int]] = field(default_factory=dict)  # unit of a credential -> the units within it
    points: dict[int, GatewayPoint] = field(default_factory=dict)
    ended_passes: dict[tuple[UUID, int], datetime] = field(default_factory=dict)
    days: frozenset[date] = frozenset()  # those with both a partition and a key
    _asked_at: float = float("-inf")
    _refreshing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _points_as_of: datetime | None = None
    _keys_held: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._named = lru_cache(64)(self.keyring.named)  # it looks at the disk each time
        self.pass_key = partial(self._named, "pass")
        self.standing_key = partial(self._named, "standing")
        self.envelope_key = partial(self._named, "envelope")
        self.point_of_code = lru_cache(20_000)(self._point_of_code)
        self._forget_changed_keys()

    async def refresh(self) -> None:
        """Read again what may have changed: all credentials, ended passes and days, and the places changed since."""
        async with self._refreshing:  # one at a time: an older answer must not overwrite a newer one
            self._forget_changed_keys()
            since, started = self._points_as_of, clock.now()
            rows = await sync_to_async(_read_all, thread_sensitive=False)(since)
            self.credentials = {credential.id: credential for credential in rows[0]}
            self.points.update((point.point_id, point) for point in rows[1])
            self.ended_passes = rows[2]
            self.days = frozenset(rows[3]).intersection(self.keyring.days())
            self.areas = rows[4]
            self._points_as_of = started - GATEWAY_OVERLAP

    def _forget_changed_keys(self) -> None:
        """Forget whatever was made with named keys, when one came or was destroyed since."""
        held = self.keyring.names()
        if held == self._keys_held:
            return
        self._named.cache_clear()
        self.point_of_code.cache_clear()
        self.body_key = self.keyring.named("body").secret
        self._keys_held = held

    def may_record_at(self, credential: GatewayCredential, point: GatewayPoint) -> bool:
        """Whether the point lies at the credential's own place and within its own unit, where it is bound to one."""
        at_its_place = credential.place_id in (None, point.place_id)
        return at_its_place and (credential.unit_id is None or point.unit_id in self.areas.get(credential.unit_id, ()))

    async def refresh_soon(self) -> bool:
        """Read again because something is not known; False when that was done a moment ago.

        Whoever asks while another is at it waits for the same answer.
        """
        moment = asyncio.get_running_loop().time()
        if moment - self._asked_at >= ASK_AGAIN_SECONDS:
            self._asked_at = moment
            await self.refresh()
            return True
        if not self._refreshing.locked():
            return False
        async with self._refreshing:
            return True

    async def listen(self) -> None:
        """Keep the memory fresh until cancelled; survives the database's restarts."""
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(self.dsn, autocommit=True)
                async with connection:
                    await connection.execute(f"listen {CHANNEL}")
                    await self._follow(connection)
            except Exception as error:  # whatever it is: an ear that ends would never hear of a revoked credential
                log.warning("gateway lost its ear: %s", type(error).__name__)
                await asyncio.sleep(0.5)

    async def _follow(self, connection: psycopg.AsyncConnection[object]) -> None:
        while True:
            await self.refresh()
            async for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                pass

    def credential(self, token: str, now: datetime) -> GatewayCredential | None:
        """The gate or integrator behind `dc_<id>_<secret>`; None when unknown, ended or expired."""
        prefix, _, rest = token.partition("_")
        public, _, secret = rest.partition("_")
        found = self.credentials.get(public)
        if prefix != "dc" or found is None or found.expires_at <= now:
            return None
        return found if hmac.compare_digest(found.secret_hash, hashlib.sha256(secret.encode()).digest()) else None

    def person_of_pass(self, text: str, at: datetime) -> tuple[UUID, bool, bool]:
        """The person behind a pass, whether it had ended at that instant, and whether it was a rotating one shown then.

        raises   CodeProblem
        """
        if len(text) > codes.LONGEST_PASS:
            shown = codes.decode_rotating_pass(text, self.pass_key, self.standing_key, issuer=self.issuer, now=at)
            return shown.pass_code.person_id, self._had_ended(shown.pass_code, at), True
        static = codes.decode_pass(text, self.pass_key, issuer=self.issuer)
        return static.person_id, self._had_ended(static, at), False

    def _had_ended(self, shown: codes.PassCode, at: datetime) -> bool:
        """A gate without network may send in today what a pass opened yesterday, before it was replaced."""
        ended_at = self.ended_passes.get((shown.person_id, shown.serial))
        return ended_at is not None and ended_at <= at

    def body_keys(self) -> list[bytes]:
        """Every key that a body may have been hashed with, the newest first: another gateway may know a newer one."""
        return [self.keyring.named("body", number).secret for number in reversed(self.keyring.numbers("body"))]

    def _point_of_code(self, text: str) -> int:
        """The point that a place code names; its signature is checked once and remembered while no key changes.

        raises   CodeProblem
        """
        return codes.decode_place(text, partial(self.keyring.named, "place"), issuer=self.issuer).point_id


Everything = tuple[
    list[GatewayCredential], list[GatewayPoint], dict[tuple[UUID, int], datetime], list[date], dict[int, frozenset[int]]
]


def _read_all(since: datetime | None) -> Everything:
    close_old_connections()
    try:
        credentials, today = credentials_for_gateway(clock.now()), clock.local_day(clock.now())
        units = {credential.unit_id for credential in credentials if credential.unit_id is not None}
        return (
            credentials,
            points_for_gateway(changed_since=since),
            revoked_passes(),
            days_ready(),
            {unit: frozenset(unit_ids_within(unit, today)) for unit in units},
        )
    finally:
        close_old_connections()
