"""Background work on reports: making those that are due, telling whom they were sent to."""

from procrastinate.contrib.django import app

from dauchan.kernel import clock
from dauchan.reports import scheduling


@app.periodic(cron="* * * * *")
@app.task(name="reports.make_due", queueing_lock="reports.make_due")
def make_due(timestamp: int) -> None:
    """Make the reports whose hour has come; each once, whatever happens to the worker."""
    scheduling.make_due(clock.now())


@app.task(name="reports.tell", retry=3)
def tell(report_id: int) -> None:
    """Tell the recipients of a report that it is there."""
    scheduling.tell(report_id, now=clock.now())
