"""Background work on places: bringing a file in, forgetting files that nobody brought in."""

from procrastinate.contrib.django import app

from dauchan.kernel import clock
from dauchan.places import file_runs, importing, own
from dauchan.places.models import ImportRun


@app.task(name="places.import", retry=3)
def work_on_import(run_id: int) -> None:
    """Do an import's dry run or run; after a crash it goes on where it stopped."""
    importing.work_on(run_id, now=clock.now())


@app.periodic(cron="7 * * * *")
@app.task(name="places.forget_files", queueing_lock="places.forget_files")
def forget_files(timestamp: int) -> None:
    """Delete uploaded files older than a day and runs older than a month."""
    file_runs.forget_old(ImportRun, clock.now())


@app.periodic(cron="17 * * * *")
@app.task(name="places.approve_waited", queueing_lock="places.approve_waited")
def approve_waited(timestamp: int) -> None:
    """Approve places that have waited long enough and that nothing resembles."""
    own.approve_waited(clock.now())
