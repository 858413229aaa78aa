"""Background work on reports: making those that are due, telling whom they were sent to and who has to issue them."""

from procrastinate.contrib.django import app

from dauchan.kernel import clock
from dauchan.notify.actions import SmsBudgetSpent
from dauchan.reports import announcing, scheduling

AGAIN_AFTER = {"seconds": 600}


@app.periodic(cron="* * * * *")
@app.task(name="reports.make_due", queueing_lock="reports.make_due")
def make_due(timestamp: int) -> None:
    """Make the reports whose hour has come; each once, whatever happens to the worker."""
    scheduling.make_due(clock.now())


@app.task(name="reports.tell", retry=3)
def tell(report_id: int) -> None:
    """Tell the recipients of a report that it is there; when too many messages went out, the rest later."""
    try:
        announcing.tell(report_id, now=clock.now())
    except SmsBudgetSpent:
        app.configure_task("reports.tell", schedule_in=AGAIN_AFTER).defer(report_id=report_id)


@app.task(name="reports.tell_draft", retry=3)
def tell_draft(report_id: int) -> None:
    """Tell whoever may issue it that a draft waits; when too many messages went out, the rest later."""
    try:
        announcing.tell_draft(report_id, now=clock.now())
    except SmsBudgetSpent:
        app.configure_task("reports.tell_draft", schedule_in=AGAIN_AFTER).defer(report_id=report_id)
