"""Runs of the engine for a case: asked for by an officer, worked off by the worker, seen by everybody of the case.

A list may hold a few people or a whole town, so the request that asks for it only writes that down. The run itself is
one transaction that holds the case: nobody ever sees half a list.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from django.db import DatabaseError, connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from dauchan.accounts import audit
from dauchan.accounts.models import Officer
from dauchan.cases import actions as cases
from dauchan.cases.models import Case
from dauchan.cases.queries import require_on
from dauchan.kernel import clock
from dauchan.kernel.errors import BadInput, Conflict, NotFound
from dauchan.tracing import proposing
from dauchan.tracing.finding import MOST_GENERATIONS, Found, find_contacts, own_visits, version
from dauchan.tracing.models import Basis, Run, RunState
from dauchan.tracing.proposing import Difference, Told

UNFINISHED = (RunState.WAITING, RunState.RUNNING)


class AnotherRunWaits(Conflict):
    kind = "another_run_waits"
    vi = "Danh sách của ca này đang được lập theo cách khác. Hãy đợi xong rồi bấm lại."
    en = "This case's list is being made in another way. Wait until it is done, then ask again."


class RunNotFound(NotFound):
    kind = "run_not_found"
    vi = "Ca bệnh không có lần lập danh sách này."
    en = "The case has no such run."


def newest_run(case: Case) -> Run | None:
    """The run asked for last, whatever became of it."""
    return case.runs.select_related("by").order_by("-pk").first()


def run_of(case: Case, run_id: int) -> Run:
    """One run of a case.

    raises   RunNotFound
    """
    found = case.runs.filter(pk=run_id).first()
    if found is None:
        raise RunNotFound
    return found


def last_run(case: Case) -> Run | None:
    """The run that made the case's list as it stands; None before the first."""
    return case.runs.filter(state=RunState.DONE).order_by("-pk").first()


@transaction.atomic
def propose_contacts(
    case: Case, *, by: Officer, now: datetime, generations: int = 2, basis: Basis = Basis.CONFIRMED
) -> Run:
    """Have the engine propose contacts of a case; the run that waits already is the one asked for again.

    raises   NotPermitted, BadInput, AnotherRunWaits
    """
    require_on(case, "trace.propose", by, clock.local_day(now))
    if not 1 <= generations <= MOST_GENERATIONS:
        raise BadInput(field="generations")
    run = ask(case, generations, basis, by=by, now=now)
    if (run.generations, run.basis) != (generations, basis):
        raise AnotherRunWaits
    return run


def ask(case: Case, generations: int, basis: Basis, *, by: Officer, now: datetime) -> Run:
    """The run of this case that waits, made when there is none; inside the caller's transaction."""
    from dauchan.tracing.jobs import work_on_proposals  # the job calls this module

    asked = {"at": now, "by": by, "generations": generations, "basis": basis}
    run, is_new = Run.objects.get_or_create(case=case, state=RunState.WAITING, defaults=asked)
    if is_new:
        work_on_proposals.defer(run_id=run.pk)
    return run


def work_on(run_id: int, *, now: datetime) -> Difference | None:
    """Make the list that a run asks for; called again it does nothing, after a crash it begins anew."""
    run = Run.objects.filter(pk=run_id, state__in=UNFINISHED).select_related("by", "case").first()
    if run is None:
        return None
    with transaction.atomic(), _beside() as beside:
        case = cases.lock_case(run.case, waits=True)
        if not beside(BEGIN, run_id):
            return None
        cases.propose_milestones(case, own_visits(case), now=now)
        found = find_contacts(case, generations=run.generations, basis=Basis(run.basis), now=now)
        change = proposing.write(case, found, now, _teller(beside, run_id, len(found.findings)))
        _finish(run, case, found, change)
    return change


def _finish(run: Run, case: Case, found: Found, change: Difference) -> None:
    now = clock.now()
    counts = {
        "found": len(found.findings),
        "added": len(change.added),
        "changed": len(change.changed),
        "dropped": len(change.dropped),
        "kept": len(change.kept),
    }
    ruleset, done = version(found.ruleset), {"state": RunState.DONE, "finished_at": now}
    Run.objects.filter(pk=run.pk).update(ruleset=ruleset, written=counts["found"], **done, **counts)
    audit.record(
        "contacts.proposed",
        by=run.by,
        case=case.code,
        unit=case.unit_id,
        at=now,
        count=counts["found"],
        detail={**counts, "generations": run.generations, "basis": run.basis, "ruleset": ruleset},
    )


def give_up(run_id: int, *, now: datetime) -> None:
    """Say that a run could not be made; the list stays what it was."""
    Run.objects.filter(pk=run_id, state__in=UNFINISHED).update(state=RunState.FAILED, finished_at=now)


def ask_again() -> int:
    """Hand the worker what it has lost: unfinished runs without a job that waits or is being done; how many.

    A job too many does nothing, so that it doesn't matter what is begun or done in between.
    """
    from dauchan.tracing.jobs import work_on_proposals  # the job calls this module

    unfinished = list(Run.objects.filter(state__in=UNFINISHED).values_list("pk", flat=True))
    jobs = ProcrastinateJob.objects.filter(task_name=work_on_proposals.name, status__in=("todo", "doing"))
    lost = set(unfinished).difference(jobs.values_list("args__run_id", flat=True))
    for number in sorted(lost):
        work_on_proposals.defer(run_id=number)
    return len(lost)


BEGIN = "update tracing_run set state = 'running' where id = %s and state in ('waiting', 'running')"
Beside = Callable[..., int]
"""Runs a statement at once; returns the rows it changed."""


@contextmanager
def _beside() -> Iterator[Beside]:
    """A connection of its own, for what others shall see before the transaction ends."""
    other = connection.copy()

    def execute(statement: str, *values: str | int) -> int:
        with other.cursor() as cursor:
            cursor.execute(statement, values)
            return int(cursor.rowcount)

    try:
        yield execute
    finally:
        other.close()


def _teller(beside: Beside, run_id: int, found: int) -> Told:
    """Tells how far a run is; a list is not given up because that failed."""

    def tell(written: int) -> None:
        with suppress(DatabaseError):
            beside("update tracing_run set found = %s, written = %s where id = %s", found, written, run_id)

    tell(0)
    return tell
