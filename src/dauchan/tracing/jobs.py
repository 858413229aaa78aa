"""Background work of tracing: making the list that an officer asked for."""

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from dauchan.kernel import clock
from dauchan.tracing import runs

RETRIES = 3
RETRY_SECONDS = 2


@app.task(name="tracing.propose", retry=RetryStrategy(max_attempts=RETRIES, wait=RETRY_SECONDS), pass_context=True)
def work_on_proposals(context: JobContext, run_id: int) -> None:
    """Make a run's list; when that fails again and again, the page says so instead of waiting for ever."""
    try:
        runs.work_on(run_id, now=clock.now())
    except Exception:
        if context.job.attempts >= RETRIES:
            runs.give_up(run_id, now=clock.now())
        raise
