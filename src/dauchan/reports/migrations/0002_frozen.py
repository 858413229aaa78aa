"""What the database itself watches over: an issued report stays as it was issued, and is never deleted."""

from typing import ClassVar

from django.db import migrations

ISSUED_IS_FROZEN = """
create function reports_report_guard() returns trigger language plpgsql as $guard$
begin
    if old.state = 'draft' then
        return coalesce(new, old);
    end if;
    if tg_op = 'UPDATE'
        and to_jsonb(new) - array['state', 'sent_at', 'schedule_id'] = to_jsonb(old) - array['state', 'sent_at', 'schedule_id']
        and new.state in ('issued', 'sent')
    then
        return new;
    end if;
    raise exception 'an issued report is frozen' using errcode = 'insufficient_privilege';
end
$guard$;

create trigger reports_report_rows before update or delete on reports_report
    for each row execute function reports_report_guard();
"""

ISSUED_IS_FREE = """
drop trigger reports_report_rows on reports_report;
drop function reports_report_guard();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("reports", "0001_initial")]

    operations: ClassVar = [migrations.RunSQL(ISSUED_IS_FROZEN, ISSUED_IS_FREE)]
