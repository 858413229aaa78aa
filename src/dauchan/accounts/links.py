"""A one-time link is shown once to the person who makes it, opens once, and is stored as a hash."""

import secrets
from datetime import datetime, timedelta

from django.http import HttpRequest

from dauchan import config
from dauchan.accounts import actions, queries, rules
from dauchan.accounts.models import Officer, OneTimeLink
from dauchan.kernel import base32

TYPED_BYTES = 10
"""80 random bits, sixteen letters: what a letter's reader can type. Ours."""


def make_link(
    kind: str,
    *,
    by: Officer | None,
    now: datetime,
    lifetime: timedelta = rules.LINK_LIFETIME,
    secret_bytes: int = actions.SECRET_BYTES,
    **what: object,
) -> tuple[OneTimeLink, str]:
    """A fresh link with its token, which is not stored."""
    token = base32.encode(secrets.token_bytes(secret_bytes))
    link = OneTimeLink.objects.create(
        kind=kind,
        token_hash=queries.secret_hash(token),
        made_by=by,
        made_at=now,
        expires_at=now + lifetime,
        **what,
    )
    return link, token


def base_url(request: HttpRequest) -> str:
    """Where links lead that leave this installation: its public address, else where it was opened."""
    host = config.load().public_host
    return f"https://{host}" if host else request.build_absolute_uri("/").rstrip("/")


def link_path(token: str) -> str:
    """Where a one-time link leads, below the installation's address."""
    return f"/loi-moi/{token}"
