"""Background work of agencies: sending invitations, going on after a crash, forgetting what is over."""

from procrastinate.contrib.django import app

from dauchan.agencies import forgetting, inviting
from dauchan.kernel import clock


@app.task(name="agencies.send_batch", retry=3)
def send_batch(batch_id: int) -> None:
    """Send what waits of a list; what no SMS budget is left for goes out with `send_waiting`."""
    inviting.send_batch(batch_id, now=clock.now())


@app.periodic(cron="*/5 * * * *")
@app.task(name="agencies.send_waiting", queueing_lock="agencies.send_waiting")
def send_waiting(timestamp: int) -> None:
    """Go on with lists whose sending was cut off or had to wait; what was sent is not sent again."""
    for batch_id in inviting.waiting().order_by().values_list("batch_id", flat=True).distinct():
        inviting.send_batch(batch_id, now=clock.now())


@app.periodic(cron="23 3 * * *")
@app.task(name="agencies.forget", queueing_lock="agencies.forget")
def forget(timestamp: int) -> None:
    """Forget drafts, files, contacts and answers whose time is over."""
    forgetting.forget(clock.now())
