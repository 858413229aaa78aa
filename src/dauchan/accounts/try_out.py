"""Getting into a try-out without a password: a one-time link for each of its officers, made anew at each start.

Every verb here refuses in an installation that is not marked as a try-out, whatever the database holds.
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from dauchan.accounts import audit, queries, rules
from dauchan.accounts.links import make_link
from dauchan.accounts.models import Officer, OneTimeLink


@transaction.atomic
def try_out_link(officer: Officer, *, now: datetime) -> str:
    """The token of a one-time link that signs this officer in; older ones of theirs stop working.

    raises   NotTryOut
    """
    check_try_out()
    _open_links(officer).update(revoked_at=now)
    _, token = make_link("try_out", by=None, now=now, officer=officer)
    audit.record("officer.try_out_link_made", by=None, at=now, detail={"officer": officer.pk})
    return token


@transaction.atomic
def enter_by_link(token: str, *, now: datetime) -> Officer:
    """Use a link up: the officer who is to be signed in by it, without password and second factor.

    raises   NotTryOut, LinkUsedUp
    """
    check_try_out()
    links = OneTimeLink.objects.select_for_update(of=("self",)).select_related("officer")
    link = links.filter(kind="try_out", token_hash=queries.secret_hash(token)).first()
    if link is None or link.officer is None or not _is_usable(link, now):
        raise rules.LinkUsedUp()
    link.used_at = now
    link.save(update_fields=["used_at"])
    return link.officer


def check_try_out() -> None:
    """Refuse anywhere but in a try-out.

    raises   NotTryOut
    """
    if not settings.INSTALLATION.try_out:
        raise rules.NotTryOut()


def _is_usable(link: OneTimeLink, now: datetime) -> bool:
    return rules.is_usable(now, used_at=link.used_at, revoked_at=link.revoked_at, until=link.expires_at)


def _open_links(officer: Officer) -> QuerySet[OneTimeLink]:
    return OneTimeLink.objects.filter(kind="try_out", officer=officer, used_at=None, revoked_at=None)
