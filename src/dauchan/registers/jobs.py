"""Background work on registers: bringing a list in, searching for candidates, forgetting files."""

from procrastinate.contrib.django import app

from dauchan.kernel import clock
from dauchan.places import file_runs
from dauchan.registers import importing, matching
from dauchan.registers.models import ListRun


@app.task(name="registers.import", retry=3)
def work_on_list(run_id: int) -> None:
    """Do an import's dry run or run; after a crash it goes on where it stopped."""
    importing.work_on(run_id, now=clock.now())


@app.task(name="registers.match", retry=3)
def work_on_matches(run_id: int) -> None:
    """Do a search for candidates; after a crash it goes on with the unit where it stopped."""
    matching.work_on(run_id, now=clock.now())


@app.periodic(cron="27 * * * *")
@app.task(name="registers.match_new", queueing_lock="registers.match_new")
def match_new_places(timestamp: int) -> None:
    """Propose places that were registered since the last search."""
    matching.sweep(clock.now())


@app.periodic(cron="37 * * * *")
@app.task(name="registers.forget_files", queueing_lock="registers.forget_files")
def forget_files(timestamp: int) -> None:
    """Delete uploaded lists older than a day and runs older than a month."""
    file_runs.forget_old(ListRun, clock.now())
