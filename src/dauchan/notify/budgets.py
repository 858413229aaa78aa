"""Token buckets in PostgreSQL: how much of something anybody may cause, held across processes and restarts.

A bucket holds at most `capacity` and fills by `per_hour`. Whose it is stands in the database as a keyed hash, since it
may be a phone number or a network. Ask outside a transaction that may fail: what is rolled back was not taken.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from dauchan import config
from dauchan.kernel.keyring import open_keyring
from dauchan.kernel.sealing import blind_index
from dauchan.notify import rules
from dauchan.notify.models import Bucket

# The first `take` of a bucket finds it full; each later one fills it by the time that has passed, and takes or doesn't.
TAKE = """
insert into notify_budget as budget (name_hash, tokens, at, full_at)
values (%(name)s, %(capacity)s - %(cost)s, %(now)s, %(full_at)s)
on conflict (name_hash) do update
set tokens = least(
        %(capacity)s,
        budget.tokens + greatest(extract(epoch from excluded.at - budget.at), 0) / 3600 * %(per_hour)s
    ) - %(cost)s,
    at = greatest(budget.at, excluded.at),
    full_at = excluded.full_at
where least(
        %(capacity)s,
        budget.tokens + greatest(extract(epoch from excluded.at - budget.at), 0) / 3600 * %(per_hour)s
    ) >= %(cost)s
returning tokens
"""

PUT_BACK = """
update notify_budget set tokens = least(%(capacity)s, tokens + %(cost)s) where name_hash = %(name)s
"""


@dataclass(frozen=True)
class Budget:
    """A kind of budget: everybody or everything it is asked `of` has a bucket of its own.

    capacity   tokens of a full bucket
    per_hour   tokens that come back in an hour
    """

    name: str
    capacity: float
    per_hour: float

    def take(self, of: str = "", *, now: datetime, cost: float = 1.0) -> bool:
        """Take tokens, if there are enough; whether they were taken."""
        if cost > self.capacity:
            return False
        with connection.cursor() as cursor:
            cursor.execute(TAKE, self._values(of, now, cost))
            return cursor.fetchone() is not None

    def put_back(self, of: str = "", *, now: datetime, cost: float = 1.0) -> None:
        """Give tokens back that were not needed after all."""
        with connection.cursor() as cursor:
            cursor.execute(PUT_BACK, self._values(of, now, cost))

    def left(self, of: str = "", *, now: datetime) -> float:
        """What a bucket holds now."""
        row = Bucket.objects.filter(pk=_hash(f"{self.name}:{of}")).first()
        before = rules.Left(row.tokens, row.at) if row else None
        return rules.filled(before, capacity=self.capacity, per_hour=self.per_hour, now=now)

    def _values(self, of: str, now: datetime, cost: float) -> dict[str, Any]:
        return {
            "name": _hash(f"{self.name}:{of}"),
            "capacity": self.capacity,
            "per_hour": self.per_hour,
            "cost": cost,
            "now": now,
            "full_at": rules.full_at(now, capacity=self.capacity, per_hour=self.per_hour),
        }


def _hash(name: str) -> bytes:
    secret = open_keyring(config.load().keyring_dir).named("index").secret
    return blind_index(secret, "budget", name)
