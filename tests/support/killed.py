"""Workers that were killed, without the minute and a half that it takes until the queue misses them."""

from django.db import connection


def missed() -> None:
    """As if the killed workers had been silent for an hour, and the queue's look for lost work were due now."""
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_workers set last_heartbeat = now() - interval '1 hour'")
        cursor.execute(
            "insert into procrastinate_jobs (queue_name, task_name, args) "
            "values ('default', 'web.take_up_again', '{\"timestamp\": 0}')"
        )
