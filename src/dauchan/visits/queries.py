"""Reads of the ledger for other slices: how many days are ready, and a person's own stays of some days."""

from datetime import date

from django.db import connection

from dauchan.kernel import clock
from dauchan.visits.partitions import partitions_ahead as _ahead


def partitions_ahead() -> int:
    """How many days in a row after today can take scans; fewer than 3 is a fault."""
    return _ahead(clock.local_day(clock.now()))


ROWS_OF_A_DAY = """
select
    (select count(*) from visits_scan where day = %(day)s) as scans,
    (select count(*) from visits_visit where day = %(day)s) as visits
"""


def rows_of(day: date) -> tuple[int, int]:
    """How many scans and day pieces of visits are stored for a local day: what its key can still open."""
    with connection.cursor() as cursor:
        cursor.execute(ROWS_OF_A_DAY, {"day": day})
        scans, visits = cursor.fetchone()
    return scans, visits
