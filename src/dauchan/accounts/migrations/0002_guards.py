"""What the database itself watches over: audit rows stay as written, and rate limits are counted for all processes."""

from typing import ClassVar

from django.db import migrations

AUDIT_IS_APPEND_ONLY = """
create function accounts_audit_guard() returns trigger language plpgsql as $guard$
begin
    if tg_op = 'UPDATE'
        and old.seq is null and new.seq is not null and new.prev_hash is not null and new.row_hash is not null
        and to_jsonb(new) - array['seq', 'prev_hash', 'row_hash'] = to_jsonb(old) - array['seq', 'prev_hash', 'row_hash']
    then
        return new;
    end if;
    raise exception 'audit rows are append-only' using errcode = 'insufficient_privilege';
end
$guard$;

create trigger accounts_audit_rows before update or delete on accounts_auditrow
    for each row execute function accounts_audit_guard();
create trigger accounts_audit_table before truncate on accounts_auditrow
    for each statement execute function accounts_audit_guard();
"""

AUDIT_IS_FREE = """
drop trigger accounts_audit_table on accounts_auditrow;
drop trigger accounts_audit_rows on accounts_auditrow;
drop function accounts_audit_guard();
"""

COUNTERS = """
create unlogged table accounts_counter (
    cache_key varchar(255) primary key,
    value text not null,
    expires timestamptz not null
);
create index accounts_counter_expires on accounts_counter (expires);
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0001_initial")]

    operations: ClassVar = [
        migrations.RunSQL(AUDIT_IS_APPEND_ONLY, AUDIT_IS_FREE),
        migrations.RunSQL(COUNTERS, "drop table accounts_counter"),
    ]
