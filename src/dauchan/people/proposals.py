"""One human registered twice: proposed where somebody told a document that was known already, decided by an officer.

Nothing is joined without that; a merge is a dated alias, taken back by ending it (`actions.undo_merge`).
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from dauchan.accounts.models import Officer
from dauchan.accounts.queries import reach_of
from dauchan.kernel.errors import NotFound
from dauchan.people import actions
from dauchan.people.models import MergeProposal


def waiting_for(officer: Officer, on: date) -> QuerySet[MergeProposal]:
    """The proposals that wait and whose people this officer may register: those who live here, or nowhere yet."""
    waiting = MergeProposal.objects.filter(
        decided_at__isnull=True, alias__tombstoned_at__isnull=True, canonical__tombstoned_at__isnull=True
    )
    reach = reach_of(officer, "person.register", on)
    if reach.everywhere:
        return waiting
    here = Q(canonical__residence__in=reach.unit_ids) | Q(canonical__residence__isnull=True)
    return waiting.filter(here) if reach.unit_ids else waiting.none()


@transaction.atomic
def decide(proposal_id: int, *, accept: bool, by: Officer, on: date, now: datetime) -> None:
    """Say that both are one human, or that they are not.

    raises   NotFound, NotPermitted, AlreadyMerged
    """
    proposal = waiting_for(by, on).select_for_update(of=("self",)).filter(pk=proposal_id).first()
    if proposal is None:
        raise NotFound
    if accept:
        actions.merge(proposal.alias_id, into=proposal.canonical_id, by=by, now=now)
    proposal.decided_at, proposal.decided_by, proposal.accepted = now, by, accept
    proposal.save(update_fields=["decided_at", "decided_by", "accepted"])
