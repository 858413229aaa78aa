"""How an e-mail leaves this installation: over one SMTP server, or, in a try-out, to the made-up phone.

What the server wants is set in `installation.toml`, section `[email]` (docs/reference/messages.md). A message keeps its
`Message-ID` at every try, so that one that was sent twice is known as one.
"""

import os
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.core.mail import EmailMessage, get_connection

from dauchan import config
from dauchan.kernel.errors import Problem, Unavailable
from dauchan.notify.gateways import NotNow, Refused

SECONDS = 20
"""How long a server may take to answer. Ours."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Where a server on this very machine may be asked without encryption."""


class NoMail(Unavailable):
    kind = "mail_unavailable"
    vi = "Hệ thống này chưa gửi được thư điện tử. Hãy in thư mời hoặc gửi tin nhắn."
    en = "This system can't send e-mail yet. Print letters or send SMS instead."


class MailUnclear(Problem):
    kind = "mail_unclear"
    vi = "Phần [email] trong installation.toml chưa đúng: {field}."
    en = "The section [email] of installation.toml is not right: {field}."


class Mailer(Protocol):
    """Somebody who takes e-mail."""

    def send(self, to: str, subject: str, text: str, *, reference: str) -> str:
        """Hand a message over; the same reference again is the same message.

        returns  an id that it is known by, "" where there is none
        raises   NotNow, Refused
        """


@dataclass(frozen=True)
class TryOutMail:
    """The made-up phone of a try-out shows e-mail too."""

    def send(self, to: str, subject: str, text: str, *, reference: str) -> str:
        return f"try-out-{reference}"


@dataclass(frozen=True)
class Smtp:
    """One SMTP server, spoken to by Django's own mail backend."""

    host: str
    port: int
    sender: str
    security: str
    user: str = ""
    password: str = field(default="", repr=False)

    def send(self, to: str, subject: str, text: str, *, reference: str) -> str:
        name = f"<dauchan-{reference}@{self.sender.rpartition('@')[2].strip('> ')}>"
        message = EmailMessage(subject, text, self.sender, [to], headers={"Message-ID": name})
        try:
            message.connection = self._connection()
            message.send()
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _said in refused.recipients.values()]
            raise (Refused if all(code >= 500 for code in codes) else NotNow)(str(codes)) from None
        except smtplib.SMTPResponseException as answer:
            final = answer.smtp_code >= 500 and not isinstance(answer, smtplib.SMTPAuthenticationError)
            raise (Refused if final else NotNow)(str(answer.smtp_code)) from None
        except (smtplib.SMTPException, OSError) as error:
            raise NotNow(type(error).__name__) from None  # its text may hold an address
        return ""

    def _connection(self) -> Any:
        return get_connection(
            "django.core.mail.backends.smtp.EmailBackend",
            host=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            use_tls=self.security == "starttls",
            use_ssl=self.security == "tls",
            timeout=SECONDS,
        )


def the_mailer() -> Mailer:
    """The mailer of this installation.

    raises   NoMail where none is set, MailUnclear
    """
    installation = config.load()
    if installation.email:
        return configured(installation.email)
    if installation.try_out:
        return TryOutMail()
    raise NoMail(seconds=600)


def can_mail() -> bool:
    """Whether this installation sends e-mail at all."""
    installation = config.load()
    return bool(installation.email) or installation.try_out


def configured(told: Mapping[str, Any]) -> Smtp:
    """What section `[email]` says; a password stands in the environment, as `password = "$NAME"` says.

    raises   MailUnclear
    """
    host, sender, security = (str(told.get(name, "")) for name in ("host", "from", "security"))
    port, password = told.get("port", 587), str(told.get("password", ""))
    if not host:
        raise MailUnclear(field="host")
    if "@" not in sender:
        raise MailUnclear(field="from")
    if security not in ("starttls", "tls") and not (security == "none" and host in LOOPBACK):
        raise MailUnclear(field="security")
    if not isinstance(port, int) or not 0 < port < 65536:
        raise MailUnclear(field="port")
    if password.startswith("$"):
        if password[1:] not in os.environ:
            raise MailUnclear(field=password)
        password = os.environ[password[1:]]
    return Smtp(host, port, sender, security, str(told.get("user", "")), password)
