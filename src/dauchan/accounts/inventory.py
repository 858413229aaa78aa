"""What this slice keeps about officers and devices; of citizens only sealed references in the audit log."""

from collections.abc import Mapping

from dauchan.kernel.inventory import DataClass, Table

_WORK = "officers' work accounts: the employing agency's duty to control access (Law 91/2025/QH15, security of data)"
_TRACE = "proof of lawful access: duty of the controller and the citizen's right to know who looked"
_YEARS = "as long as the officer works here and 5 years after the last audit row that names them"
_LINK = "one-time links: 24 hours of use, then kept as part of the record of who was invited by whom"


def _columns(plain: str, marked: Mapping[str, DataClass]) -> dict[str, DataClass]:
    columns: dict[str, DataClass] = dict.fromkeys(plain.split(), "none")
    return columns | dict(marked)


TABLES = (
    Table(
        name="accounts_officer",
        lifetime=_YEARS,
        purpose="sign-in of officers",
        basis=_WORK,
        columns=_columns(
            "id is_active session_epoch created_at",
            {
                "email": "officer",
                "name": "officer",
                "phone": "officer",
                "language": "officer",
                "last_login": "officer",
                "search_key": "officer",
                "password": "secret",
            },
        ),
    ),
    Table(
        name="accounts_role",
        lifetime=_YEARS,
        purpose="which officer may do what, where, from when to when",
        basis=_WORK,
        columns=_columns(
            "id role scope_kind scope_id valid_from valid_to granted_at ended_at",
            {"officer_id": "officer", "granted_by_id": "officer", "ended_by_id": "officer"},
        ),
    ),
    Table(
        name="accounts_onetimelink",
        lifetime=_LINK,
        purpose="invitations, the first administrator, new passwords",
        basis=_WORK,
        columns=_columns(
            "id kind role scope_kind scope_id role_until made_at expires_at used_at revoked_at",
            {"token_hash": "secret", "email": "officer", "officer_id": "officer", "made_by_id": "officer"},
        ),
    ),
    Table(
        name="accounts_recovery",
        lifetime=_YEARS,
        purpose="who asked for an officer's new second factor, why, and who else approved it",
        basis=_WORK,
        columns=_columns(
            "id asked_at decided_at approved link_id",
            {"officer_id": "officer", "asked_by_id": "officer", "decided_by_id": "officer", "reason": "officer"},
        ),
    ),
    Table(
        name="accounts_credential",
        lifetime="until 5 years after its end, so that old scans can be told apart by device",
        purpose="access of gates and integrators",
        basis=_WORK,
        columns=_columns(
            "id kind name scopes place_id unit_id made_at expires_at revoked_at",
            {"secret_hash": "secret", "made_by_id": "officer"},
        ),
    ),
    Table(
        name="accounts_auditrow",
        lifetime="5 years (our number); the part about a person ends with that person's key",
        purpose="who looked at or did what, as what, when and what for",
        basis=_TRACE,
        columns=_columns(
            "id at event role agency purpose case_ref unit_id count detail seq prev_hash row_hash",
            {
                "officer_id": "officer",
                "credential_id": "pseudonym",
                "about_index": "pseudonym",
                "about_sealed": "pseudonym",
            },
        ),
    ),
    Table(
        name="accounts_counter",
        lifetime="minutes: counts of attempts, dropped when they expire and lost with a crash",
        purpose="limits on guessing passwords and codes",
        basis=_WORK,
        columns=_columns("expires", {"cache_key": "officer", "value": "none"}),
    ),
    Table(
        name="mfa_authenticator",
        lifetime="until removed by the officer or a reset",
        purpose="second factors; shared secrets are encrypted under the keyring, passkeys are public keys",
        basis=_WORK,
        columns=_columns("id type created_at last_used_at", {"data": "secret", "user_id": "officer"}),
    ),
    Table(
        name="account_emailaddress",
        lifetime="always empty: an officer's address is in accounts_officer",
        purpose="unused table of django-allauth",
        basis=_WORK,
        columns=_columns("id verified primary", {"email": "officer", "user_id": "officer"}),
    ),
    Table(
        name="account_emailconfirmation",
        lifetime="always empty: nothing is mailed",
        purpose="unused table of django-allauth",
        basis=_WORK,
        columns=_columns("id created sent email_address_id", {"key": "secret"}),
    ),
)
