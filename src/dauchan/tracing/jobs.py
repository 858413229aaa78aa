"""Background work of tracing: making the list that an officer asked for."""

from django.db import connection
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from dauchan.kernel import clock
from dauchan.tracing import runs

RETRIES = 3
PATIENCE = RetryStrategy(max_attempts=RETRIES, exponential_wait=3)
"""Again after 3, 9 and 27 seconds: a database that restarts is back by then."""


@app.task(name="tracing.propose", retry=PATIENCE, pass_context=True)
def work_on_proposals(context: JobContext, run_id: int) -> None:
    """Make a run's list; when that fails again and again, the page says so instead of waiting for ever.

    A list whose worker was killed each time is given up too: it may be what kills it.
    """
    if context.job.attempts > RETRIES:
        runs.give_up(run_id, now=clock.now())
        return
    try:
        runs.work_on(run_id, now=clock.now())
    except Exception:
        if context.job.attempts >= RETRIES:
            connection.close()  # it may be what failed
            runs.give_up(run_id, now=clock.now())
        raise


@app.periodic(cron="* * * * *")
@app.task(name="tracing.ask_again", queueing_lock="tracing.ask_again")
def ask_again(timestamp: int) -> None:
    """Take up runs whose job was lost."""
    runs.ask_again()
