"""Background work of messages: sending them, and forgetting what is over."""

from procrastinate.contrib.django import app

from dauchan.kernel import clock
from dauchan.notify import actions


@app.task(name="notify.deliver")
def deliver(message_id: int) -> None:
    """Send a message, again after a pause while that is worth it."""
    pause = actions.deliver(message_id, now=clock.now())
    if pause is not None:
        app.configure_task("notify.deliver", schedule_in={"seconds": pause.total_seconds()}).defer(
            message_id=message_id
        )


@app.periodic(cron="*/5 * * * *")
@app.task(name="notify.sweep", queueing_lock="notify.sweep")
def sweep(timestamp: int) -> None:
    """Forget what is over."""
    actions.sweep(clock.now())
