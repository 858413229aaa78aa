"""The ledger of scans and the visits derived from it: raw SQL, because Django knows no partitions.

No foreign keys: the ledger must take a scan as fast as a disk can, and a destroyed day must go without asking around.
There is no default partition; `visits.partitions` makes each day's ahead of time. `visits.loading` makes the table of
visits alone from the same statement, in a schema of its own.
"""

from django.db import migrations

SCAN = """
create table visits_scan (
    day date not null,
    id uuid not null,
    token bytea not null,
    point_id bigint not null,
    direction smallint not null check (direction in (1, 2)),
    at timestamptz not null,
    received_at timestamptz not null,
    credential text not null,
    confidence smallint not null,
    backfilled boolean not null,
    body_hash bytea not null,
    group_token bytea,
    proxy_token bytea,
    primary key (day, id)
) partition by range (day);

-- the deriver reads one person's whole day
create index visits_scan_person on visits_scan (token);

-- retention.seen_among: whoever answered for somebody is still needed; few rows have one
create index visits_scan_proxy on visits_scan (proxy_token) where proxy_token is not null;
"""

VISIT = """
create table visits_visit (
    day date not null,
    token bytea not null,
    point_id bigint not null,
    place_id bigint not null,
    arrived_at timestamptz not null,
    seen_until timestamptz not null,
    departed_at timestamptz not null,
    latest_departure timestamptz not null,
    departed_by smallint not null,
    continues_before boolean not null,
    continues_after boolean not null,
    confidence smallint not null,
    doubts smallint not null,
    primary key (token, arrived_at, point_id, day),
    check (arrived_at <= seen_until and seen_until <= departed_at and departed_at <= latest_departure)
) partition by range (day);

-- encounters: who else was at this point while these people were; answered from the index alone
create index visits_visit_point on visits_visit (point_id, arrived_at)
include (latest_departure, seen_until, token, day, continues_before, continues_after, confidence, doubts);
"""

STATE = """
-- a stay open at midnight, handed to the next day under that day's token
create table visits_carry (
    day date not null,
    token bytea not null,
    point_id bigint not null,
    place_id bigint not null,
    assumed_until timestamptz not null,
    latest_until timestamptz not null,
    departed_by smallint not null,
    confidence smallint not null,
    doubts smallint not null,
    seen_after boolean not null default false,
    primary key (day, token)
);

-- person-days to derive again; a row may stand here several times, so that writers never wait for one another
create table visits_dirty (
    id bigint generated always as identity primary key,
    day date not null,
    token bytea not null
);

-- person-days that could not be derived; tried again now and then, and gone once they could
create table visits_parked (
    day date not null,
    token bytea not null,
    primary key (day, token)
);

create table visits_closed_day (
    day date primary key,
    closed_at timestamptz not null
);

-- scans that fell outside the rules of their source: kept, sealed under the day they came in, until someone decides;
-- a decided one keeps its row, so that a retry is known, but no token: beside the ledger it would link two days
create table visits_kept (
    id uuid primary key,
    received_day date not null,
    token bytea check (token is not null or state <> 'waiting'),
    point_id bigint not null,
    direction smallint not null,
    at timestamptz not null,
    received_at timestamptz not null,
    credential text not null,
    confidence smallint not null,
    body_hash bytea not null,
    group_token bytea,
    proxy_token bytea,
    reason text not null,
    state text not null default 'waiting' check (state in ('waiting', 'accepted', 'rejected')),
    decided_by_id bigint,
    decided_at timestamptz,
    decision_reason text not null default ''
);

-- what each run of the retention did
create table visits_retention_run (
    id bigint generated always as identity primary key,
    started_at timestamptz not null,
    finished_at timestamptz,
    days_destroyed integer not null default 0,
    people_erased integer not null default 0,
    error text not null default ''
);

-- the review page: what waits, newest first
create index visits_kept_waiting on visits_kept (received_at desc, id desc) where state = 'waiting';

-- checking_in: whether a form that is sent again was kept apart the first time
create index visits_kept_person on visits_kept (token) where state = 'waiting';
"""

DROP = """
drop table visits_retention_run, visits_kept, visits_closed_day, visits_parked, visits_dirty, visits_carry, visits_visit, visits_scan
"""


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [migrations.RunSQL(SCAN + VISIT + STATE, DROP)]
