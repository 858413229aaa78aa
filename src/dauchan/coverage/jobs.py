"""Background work on the figures: counting what is due, forgetting old days of places."""

from procrastinate.contrib.django import app

from dauchan.coverage import actions
from dauchan.kernel import clock
from dauchan.people import vault


@app.periodic(cron="*/15 * * * *")
@app.task(name="coverage.count", queueing_lock="coverage.count", lock="coverage.count")
def count(timestamp: int) -> None:
    """Count today again, and every day that late scans came in for."""
    actions.count_due(vault.the_keyring(), clock.now())


@app.periodic(cron="41 2 * * *")
@app.task(name="coverage.forget", queueing_lock="coverage.forget")
def forget(timestamp: int) -> None:
    """Delete days of places that are kept no longer."""
    actions.forget_place_days(clock.now())
