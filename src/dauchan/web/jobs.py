"""Background work for the queue itself."""

import logging

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import ProcrastinateException

log = logging.getLogger(__name__)

SILENT_SECONDS = 30
"""Without a sign of life for so long a worker counts as dead; the queue's own number."""


@app.periodic(cron="* * * * *")
@app.task(name="web.take_up_again", queueing_lock="web.take_up_again", pass_context=True)
async def take_up_again(context: JobContext, timestamp: int) -> None:
    """Hand out again what a worker had begun that was killed; every job can be begun twice."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        try:
            await manager.retry_job(job)
        except ProcrastinateException as error:  # it ended meanwhile; the others still wait
            log.warning("job %s was not handed out again: %s", job.id, type(error).__name__)
