"""A health officer's browser without the network: Django's test client, real templates, every middleware."""

import time
from datetime import datetime

from django.conf import settings
from django.test import Client

from dauchan.accounts.actions import Scope, create_officer, grant_role
from dauchan.accounts.models import Officer
from dauchan.accounts.sessions import TRY_OUT
from dauchan.visits.gateway.app import settle_memory


def officer_with(role: str, scope: Scope, now: datetime) -> Officer:
    """An officer who holds one role at a scope."""
    email = f"{role}.{scope.kind}.{scope.id}.{Officer.objects.count()}@bench.invalid"
    officer = create_officer(email=email, name=role, password=None, now=now)
    grant_role(officer, role, scope, by=None, now=now)
    return officer


def signed_in(officer: Officer) -> Client:
    """A browser in which this officer works, in a process settled like the server's; a try-out wants no more."""
    settle_memory()
    settings.ALLOWED_HOSTS = ["localhost"]
    client = Client(SERVER_NAME="localhost")
    client.force_login(officer)
    session = client.session
    session[TRY_OUT] = True
    session.save()
    return client


def seconds_for(client: Client, address: str) -> float:
    """Seconds until a page is rendered whole.

    raises   AssertionError when it is not a page
    """
    started = time.perf_counter()
    answer = client.get(address)
    took = time.perf_counter() - started
    assert answer.status_code == 200, (address, answer.status_code)
    assert answer.content
    return took
