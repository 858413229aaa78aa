"""Background work on inspections: scans that come late change the share of visitors who scanned."""

from procrastinate.contrib.django import app

from dauchan.inspections import measuring
from dauchan.kernel import clock


@app.periodic(cron="27 2 * * *")
@app.task(name="inspections.recount", queueing_lock="inspections.recount")
def recount(timestamp: int) -> None:
    """Count the scans of the last days' windows anew."""
    measuring.recount(clock.now())
