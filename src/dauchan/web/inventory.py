"""Tables that no slice made: those of the framework and of the job queue."""

from collections.abc import Iterable

from dauchan.kernel.inventory import DataClass, Table

_RUNNING = "running the system: no personal data"
_JOBS = "background work; arguments are ids of tasks only, never names, numbers, tokens or person ids"


def _table(
    name: str, columns: str, *, purpose: str, lifetime: str, classes: Iterable[tuple[str, DataClass]] = ()
) -> Table:
    marked: dict[str, DataClass] = dict.fromkeys(columns.split(), "none")
    return Table(name=name, lifetime=lifetime, purpose=purpose, basis=_RUNNING, columns=marked | dict(classes))


_INSTALLATION = "as long as the installation"
_QUEUE = "finished jobs are deleted daily"

TABLES = (
    _table(
        "django_session",
        "session_key session_data expire_date",
        purpose="who is signed in: the officer's id, never a citizen's data",
        lifetime="until sign-out, at most one shift of 12 hours",
        classes=[("session_key", "secret"), ("session_data", "officer")],
    ),
    _table("django_content_type", "id app_label model", purpose="Django's own list of models", lifetime=_INSTALLATION),
    _table("django_migrations", "id app name applied", purpose="which migrations ran", lifetime=_INSTALLATION),
    _table("auth_group", "id name", purpose="unused: roles are dated rows of accounts", lifetime="always empty"),
    _table("auth_group_permissions", "id group_id permission_id", purpose="unused", lifetime="always empty"),
    _table(
        "auth_permission",
        "id name content_type_id codename",
        purpose="Django's own list; who may do what stands in accounts.rules",
        lifetime=_INSTALLATION,
    ),
    _table(
        "procrastinate_jobs",
        "id queue_name task_name lock args status scheduled_at attempts queueing_lock priority abort_requested"
        " worker_id",
        purpose=_JOBS,
        lifetime=_QUEUE,
    ),
    _table("procrastinate_events", "id job_id type at", purpose=_JOBS, lifetime=_QUEUE),
    _table(
        "procrastinate_periodic_defers",
        "id task_name defer_timestamp job_id periodic_id",
        purpose=_JOBS,
        lifetime=_QUEUE,
    ),
    _table("procrastinate_workers", "id last_heartbeat", purpose=_JOBS, lifetime="while the worker runs"),
)
