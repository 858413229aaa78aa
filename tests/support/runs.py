"""Lists as officers ask for them, made at once instead of by the worker."""

from typing import Any

from dauchan.accounts.models import Officer
from dauchan.cases.models import Case
from dauchan.kernel import clock
from dauchan.tracing import runs
from dauchan.tracing.models import Run
from dauchan.tracing.proposing import Difference


def make_list(case: Case, *, by: Officer, **options: Any) -> Difference:
    """Ask for the list of a case and make it; what that changed."""
    run = runs.propose_contacts(case, by=by, now=clock.now(), **options)
    change = runs.work_on(run.pk, now=clock.now())
    assert change is not None
    return change


def work_off_runs() -> list[Difference | None]:
    """Make every list that was asked for."""
    waiting = Run.objects.filter(state__in=runs.UNFINISHED).order_by("pk").values_list("pk", flat=True)
    return [runs.work_on(number, now=clock.now()) for number in waiting]
