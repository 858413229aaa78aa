"""Background work on documents: telling agencies that one came, telling of asks, taking off the ladder who reacted."""

from procrastinate.contrib.django import app

from dauchan.directives import announcing, reminding, working
from dauchan.kernel import clock
from dauchan.notify.actions import SmsBudgetSpent

AGAIN_AFTER = {"seconds": 600}


@app.task(name="directives.announce", retry=3)
def announce(directive_id: int) -> None:
    """Tell whoever wasn't told yet; when too many messages went out, the rest later."""
    try:
        announcing.announce(directive_id, now=clock.now())
    except SmsBudgetSpent:
        app.configure_task("directives.announce", schedule_in=AGAIN_AFTER).defer(directive_id=directive_id)


@app.task(name="directives.announce_ask", retry=3)
def announce_ask(ask_id: int, taken_from: int | None = None) -> None:
    """Tell of the newest step of what health asked for; when too many messages went out, later."""
    try:
        announcing.announce_ask(ask_id, taken_from=taken_from, now=clock.now())
    except SmsBudgetSpent:
        later = app.configure_task("directives.announce_ask", schedule_in=AGAIN_AFTER)
        later.defer(ask_id=ask_id, taken_from=taken_from)


@app.periodic(cron="41 * * * *")
@app.task(name="directives.let_go", queueing_lock="directives.let_go")
def let_go(timestamp: int) -> None:
    """Take off the ladder who scans again."""
    reminding.let_go_who_reacted(clock.now())


@app.periodic(cron="43 * * * *")
@app.task(name="directives.mark_reached", queueing_lock="directives.mark_reached")
def mark_reached(timestamp: int) -> None:
    """Keep which tasks the newest figures show reached."""
    working.mark_reached(clock.now())
