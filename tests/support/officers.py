"""Officers for tests: with a role at a scope, and signed in as a browser that passed the second factor would be."""

import itertools
import time

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from dauchan.accounts.actions import Scope, create_officer, grant_role
from dauchan.accounts.models import Officer
from dauchan.kernel import clock

PASSWORD = "một câu khá dài để nhớ"
_numbers = itertools.count(1)


def officer_with(
    role: str, scope: Scope | None = None, *, email: str = "", password: str | None = None, second_factor: bool = True
) -> Officer:
    """An officer holding one role from today, everywhere unless told otherwise; without `password` none can sign in."""
    now = clock.now()
    email = email or f"{role}.{next(_numbers)}@dauchan.test"
    officer = create_officer(email=email, name=role.replace("_", " ").title(), password=password, now=now)
    grant_role(officer, role, scope or Scope("all"), by=None, now=now)
    if second_factor:
        add_second_factor(officer)
    return officer


def add_second_factor(officer: Officer) -> str:
    """Set up an authenticator app; returns its secret."""
    secret: str = generate_totp_secret()
    TOTP.activate(officer, secret)
    RecoveryCodes.activate(officer)
    return secret


def code_now(secret: str) -> str:
    """What the officer's authenticator app shows at this moment."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def browser() -> Client:
    """A browser that nobody has signed in with."""
    return Client(SERVER_NAME="localhost")


def signed_in(officer: Officer) -> Client:
    """A browser in which this officer works: a server-side session, second factor passed."""
    client = browser()
    client.force_login(officer)
    return client
