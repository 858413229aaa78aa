"""Background work for owners: forgetting whose rights at a place were over long ago, and words long read."""

from procrastinate.contrib.django import app

from dauchan.kernel import clock
from dauchan.owners import actions, staff


@app.periodic(cron="37 3 * * *")
@app.task(name="owners.forget_staff", queueing_lock="owners.forget_staff")
def forget_staff(timestamp: int) -> None:
    """Delete rights that were over a month ago, and what officers asked to mend before that."""
    staff.forget_over(clock.now())
    actions.forget_words(clock.now())
