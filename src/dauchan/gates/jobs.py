"""Background work for gates: forgetting who kept them."""

from procrastinate.contrib.django import app

from dauchan.gates import actions
from dauchan.kernel import clock


@app.periodic(cron="41 3 * * *")
@app.task(name="gates.forget", queueing_lock="gates.forget")
def forget(timestamp: int) -> None:
    """Forget join codes, shifts and keepers that are over."""
    actions.forget_over(clock.now())
