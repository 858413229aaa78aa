"""The scans of a day laid out for counting: temporary tables that go with the transaction.

Scans are counted as the ledger has them, by the local day of the scan; nobody is told from another day's.
"""

from datetime import date

from django.db import connection

from dauchan.kernel.errors import Conflict
from dauchan.visits import partitions
from dauchan.visits.rules import Confidence

SCANS_OF_DAY = """
create temporary table day_scan on commit drop as
select point_id,
       credential,
       backfilled and confidence = %(typed)s as on_paper,
       count(*)::integer as scans,
       count(*) filter (where direction = 1)::integer as check_ins,
       count(*) filter (where direction = 2)::integer as check_outs
from visits_scan
where day = %(day)s
group by 1, 2, 3
"""

SEEN_ON_DAY = """
create temporary table day_seen on commit drop as
select point_id, token
from visits_scan
where day = %(day)s
group by 1, 2
"""

SCANS_STORED = "select count(*) from visits_scan where day = %s"


class DayNotStored(Conflict):
    vi = "Lượt quét của ngày {day} không còn hoặc chưa có trong hệ thống, nên không tính lại được."
    en = "The scans of {day} are gone or not here yet, so the day cannot be counted."


def stage_scans(day: date) -> None:
    """Make `day_scan` (point_id, credential, on_paper, scans, check_ins, check_outs) and `day_seen` (point_id, token).

    on_paper   typed in from a paper sheet afterwards
    raises     DayNotStored
    """
    if day not in partitions.days_ready():
        raise DayNotStored(day=f"{day:%d/%m/%Y}")
    with connection.cursor() as cursor:
        for statement in (SCANS_OF_DAY, SEEN_ON_DAY):
            cursor.execute(statement, {"day": day, "typed": Confidence.TYPED})
        cursor.execute("analyze day_scan")
        cursor.execute("analyze day_seen")


def days_stored() -> list[date]:
    """The days whose scans can still be counted, oldest first."""
    return partitions.days_ready()


def scans_stored(day: date) -> int:
    """How many scans of a day the ledger holds; it only grows until the day goes whole."""
    with connection.cursor() as cursor:
        cursor.execute(SCANS_STORED, [day])
        return int(cursor.fetchone()[0])
