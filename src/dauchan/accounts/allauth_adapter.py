"""The one place that meets django-allauth, which has no types: how officers sign in, and what of it is recorded.

allauth brings password, TOTP, passkeys, recovery codes, rate limits and the steps between them. Here: nobody signs up
by themselves, nothing personal stays in a session, secrets are encrypted under the keyring, sign-ins are audited.
"""

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import password_change
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateCodeForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from dauchan import config
from dauchan.accounts import audit, sessions
from dauchan.accounts.models import Officer
from dauchan.kernel import clock
from dauchan.kernel.keyring import open_keyring
from dauchan.kernel.sealing import decrypt, encrypt

WRONG = _("Thư điện tử hoặc mật khẩu không đúng.")
TOO_MANY = _("Thử quá nhiều lần. Hãy đợi vài phút rồi thử lại.")
WRONG_CODE = _("Mã không đúng hoặc đã hết hạn. Hãy nhập mã mới đang hiện trong ứng dụng.")
SECRETS_CONTEXT = b"accounts second factor"
SEALED_PARTS = ("secret", "seed")
"""What is sealed of a second factor: the secret of TOTP, the seed of recovery codes. Passkeys keep no secret here."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Passwords and sessions of officers."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": WRONG,
        "invalid_login": WRONG,
        "too_many_login_attempts": TOO_MANY,
        "rate_limited": TOO_MANY,
        "incorrect_code": WRONG_CODE,
        "incorrect_password": _("Mật khẩu không đúng."),
        "enter_current_password": _("Hãy nhập đúng mật khẩu hiện tại."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nothing is mailed: links are shown once to the person who makes them."""

    def add_message(self, request: HttpRequest, level: int, *args: Any, message: str | None = None, **kw: Any) -> None:
        """Only sentences of ours reach the page; allauth's own greet officers by their e-mail address."""
        if message:
            messages.add_message(request, level, message)

    def respond_user_inactive(self, request: HttpRequest, user: Officer) -> HttpResponse:
        messages.error(request, WRONG)
        return redirect("account_login")

    def login(self, request: HttpRequest, user: Officer) -> None:
        super().login(request, user)
        now = clock.now()
        sessions.begin(request, now)
        audit.record("officer.signed_in", by=user, at=now)

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, Officer):
            audit.record("officer.signed_out", by=Officer.objects.get(pk=request.user.pk), at=clock.now())
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Known or not, the same work is done, so that the time taken says nothing."""
        email = str(credentials.get("email", "")).strip().lower()
        officer = Officer.objects.filter(email=email).first()
        audit.record("officer.sign_in_failed", by=None, at=clock.now(), detail={"officer": officer and officer.pk})


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth has no types
    """E-mail address and password, without leaving the address in the session."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Thư điện tử")
        self.fields["password"].label = _("Mật khẩu")
        self.fields["password"].help_text = ""
        for name, complete in (("login", "username"), ("password", "current-password")):
            widget = self.fields[name].widget
            widget.attrs.pop("placeholder", None)
            widget.attrs.update({"autocomplete": complete, "class": "form-control"})
        self.fields["login"].widget.attrs["autofocus"] = True

        self.fields["shared"] = forms.BooleanField(
            label=_("Máy này nhiều người dùng chung"),
            help_text=_("Tự khóa sau 5 phút không dùng; mở lại bằng mật khẩu hoặc khóa thiết bị."),
            required=False,
            widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
        )

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        sessions.share(request, on=self.cleaned_data["shared"])
        answer: HttpResponse = super().login(request, redirect_url=redirect_url)
        return answer

    def _login_with_password(self, request: HttpRequest, redirect_url: str | None, credentials: Any) -> Any:
        self._login.email = None
        return super()._login_with_password(request, redirect_url, {})


LABELS = {
    "password": _("Mật khẩu"),
    "oldpassword": _("Mật khẩu hiện tại"),
    "password1": _("Mật khẩu mới"),
    "password2": _("Nhập lại mật khẩu mới"),
    "code": _("Mã sáu số"),
}


def _in_our_words(form_class: Any) -> Any:
    """A form of allauth's with our labels, and without the placeholders that stand in for labels."""

    class Worded(form_class):  # type: ignore[misc]  # allauth has no types
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            for name, field in self.fields.items():
                field.label = LABELS.get(name, field.label)
                field.help_text = ""
                field.widget.attrs.pop("placeholder", None)
                field.widget.attrs["class"] = "form-control"
            if "code" in self.fields:
                self.fields["code"].widget.attrs.update({"inputmode": "numeric", "autofocus": True})

    return Worded


WordedPassword = _in_our_words(ReauthenticateForm)
WordedChange = _in_our_words(ChangePasswordForm)
WordedCode = _in_our_words(AuthenticateForm)
WordedCodeAgain = _in_our_words(ReauthenticateCodeForm)
WordedSetUp = _in_our_words(ActivateTOTPForm)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """TOTP secrets and recovery seeds are encrypted; the number of the key goes before the colon."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": WRONG_CODE,
    }

    def encrypt(self, text: str) -> str:
        key = open_keyring(config.load().keyring_dir).named("factor")
        return f"{key.id}:{base64.b64encode(encrypt(key.secret, text.encode(), SECRETS_CONTEXT)).decode()}"

    def decrypt(self, encrypted_text: str) -> str:
        number, _colon, sealed = encrypted_text.partition(":")
        key = open_keyring(config.load().keyring_dir).named("factor", int(number))
        return decrypt(key.secret, base64.b64decode(sealed), SECRETS_CONTEXT).decode()

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is mailed; the audit log has it."""


def officers_sealed_by(number: int) -> int:
    """How many officers have a second factor that only this "factor" key of the keyring opens."""
    return len({stored.user_id for stored in _sealed_factors() if number in _numbers(stored)})


@transaction.atomic
def seal_second_factors_anew() -> int:
    """Seal by the newest "factor" key whatever can still be opened; how many officers' it is."""
    keyring, adapter = open_keyring(config.load().keyring_dir), SecondFactorAdapter()
    standing = set(keyring.numbers("factor"))
    readable = [stored for stored in _sealed_factors().select_for_update() if _numbers(stored) <= standing]
    for stored in readable:
        stored.data |= {part: adapter.encrypt(adapter.decrypt(text)) for part, text in _parts(stored).items()}
        stored.save(update_fields=["data"])
    return len({stored.user_id for stored in readable})


def _sealed_factors() -> Any:
    from allauth.mfa.models import Authenticator  # allauth's models load after ours

    return Authenticator.objects.filter(type__in=("totp", "recovery_codes"))


def _parts(stored: Any) -> dict[str, str]:
    return {part: stored.data[part] for part in SEALED_PARTS if part in stored.data}


def _numbers(stored: Any) -> set[int]:
    """The keys that seal a stored second factor."""
    return {int(text.partition(":")[0]) for text in _parts(stored).values()}


def sign_in(request: HttpRequest, officer: Officer) -> None:
    """Sign in somebody who has just chosen a password, so that the second factor can be set up at once."""
    AccountAdapter(request).login(request, officer)
    record_authentication(request, officer, method="password", reauthenticated=True)


def change_password(request: HttpRequest) -> HttpResponse:
    """The page of allauth, except for an officer who signs in by passkey alone and has no password to change."""
    if isinstance(request.user, Officer) and not request.user.has_usable_password():
        return redirect("mfa_index")
    answer: HttpResponse = password_change(request)
    return answer


def second_factor_added(request: HttpRequest, user: Officer, authenticator: Any, **_signal: Any) -> None:
    """Allauth's signal: other sessions of this officer, signed in with less, end now."""
    user.session_epoch += 1
    user.save(update_fields=["session_epoch"])
    update_session_auth_hash(request, user)
    audit.record("officer.second_factor_added", by=user, at=clock.now(), detail={"kind": authenticator.type})


def second_factor_removed(request: HttpRequest, user: Officer, authenticator: Any, **_signal: Any) -> None:
    """Allauth's signal; the route table sends the officer to set up another when one is needed."""
    audit.record("officer.second_factor_removed", by=user, at=clock.now(), detail={"kind": authenticator.type})


def second_factor_failed(request: HttpRequest, user: Officer, **_signal: Any) -> None:
    """Allauth's signal: a wrong code."""
    audit.record("officer.second_factor_failed", by=None, at=clock.now(), detail={"officer": user.pk})


def password_changed(request: HttpRequest, user: Officer, **_signal: Any) -> None:
    """Allauth's signal."""
    audit.record("officer.password_changed", by=user, at=clock.now())


def listen() -> None:
    """Connect to allauth's signals, once, when Django is ready."""
    from allauth.account import signals as account
    from allauth.mfa import signals as mfa

    mfa.authenticator_added.connect(second_factor_added, dispatch_uid="dauchan")
    mfa.authenticator_removed.connect(second_factor_removed, dispatch_uid="dauchan")
    mfa.authentication_failed.connect(second_factor_failed, dispatch_uid="dauchan")
    account.password_changed.connect(password_changed, dispatch_uid="dauchan")
