"""Reads of the ledger for other slices: how many days are ready, and a person's own stays of some days."""

from dauchan.kernel import clock
from dauchan.visits.partitions import partitions_ahead as _ahead


def partitions_ahead() -> int:
    """How many days in a row after today can take scans; fewer than 3 is a fault."""
    return _ahead(clock.local_day(clock.now()))
