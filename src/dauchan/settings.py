"""Django's settings, all of them derived from `dauchan.config`.

Nothing secret is written here, and nothing here decides who may do what: `web/routes.py` and `accounts/rules.py` do.
"""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF

from dauchan import config
from dauchan.kernel import logs

INSTALLATION = config.load()
PACKAGE_DIR = Path(__file__).parent


def database(url: str) -> dict[str, Any]:
    """Django's settings for a `postgresql://` address; the socket directory may stand in `?host=`."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or options.pop("user", "")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or "") or options.pop("host", ""),
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8, "timeout": 10}, **options},
    }


SECRET_KEY = INSTALLATION.secret_key
DEBUG = False
ALLOWED_HOSTS = [
    *("localhost", "127.0.0.1", "[::1]"),
    *((INSTALLATION.public_host,) if INSTALLATION.public_host else ()),
    *INSTALLATION.old_hosts,
]
CSRF_TRUSTED_ORIGINS = [f"https://{INSTALLATION.public_host}"] if INSTALLATION.public_host else []

DATABASES = {"default": database(INSTALLATION.database_url)} if INSTALLATION.database_url else {}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "dauchan.web",
    "dauchan.reports",
    "dauchan.directives",
    "dauchan.coverage",
    "dauchan.guides",
    "dauchan.inspections",
    "dauchan.registers",
    "dauchan.agencies",
    "dauchan.tracing",
    "dauchan.cases",
    "dauchan.owners",
    "dauchan.citizens",
    "dauchan.gates",
    "dauchan.visits",
    "dauchan.places",
    "dauchan.people",
    "dauchan.accounts",
    "dauchan.units",
    "dauchan.notify",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "dauchan.web.hosts.OldHostMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "dauchan.web.middleware.ProblemMiddleware",
    "dauchan.web.middleware.RouteTableMiddleware",
]

ROOT_URLCONF = "dauchan.web.urls"
WSGI_APPLICATION = "dauchan.wsgi.application"
ASGI_APPLICATION = "dauchan.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dauchan.web.context.desk",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "dauchan.web.templatetags.dauchan",
                "dauchan.guides.templatetags.guides",
            ],
        },
    }
]

AUTH_USER_MODEL = "accounts.Officer"
LOGIN_URL = "/dang-nhap"
LOGIN_REDIRECT_URL = "/ban-lam-viec"
LOGOUT_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

ACCOUNT_ADAPTER = "dauchan.accounts.allauth_adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "dauchan.accounts.allauth_adapter.SignInForm",
    "reauthenticate": "dauchan.accounts.allauth_adapter.WordedPassword",
    "change_password": "dauchan.accounts.allauth_adapter.WordedChange",
}
MFA_FORMS = {
    "authenticate": "dauchan.accounts.allauth_adapter.WordedCode",
    "reauthenticate": "dauchan.accounts.allauth_adapter.WordedCodeAgain",
    "activate_totp": "dauchan.accounts.allauth_adapter.WordedSetUp",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "dauchan.accounts.allauth_adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Dấu Chân"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = INSTALLATION.try_out
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

MOST_COUNTERS = 20_000
"""Counts of attempts kept before living ones are dropped too: more than a flood makes while they count. Ours."""
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_counter",
        "OPTIONS": {"MAX_ENTRIES": MOST_COUNTERS},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = INSTALLATION.static_dir
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "dauchan.web.problems.form_too_old"
SESSION_COOKIE_HTTPONLY = True
BEHIND_TLS = bool(INSTALLATION.public_host) and not INSTALLATION.try_out
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = BEHIND_TLS
SECURE_HSTS_SECONDS = 365 * 86400 if BEHIND_TLS else 0
# No SECURE_PROXY_SSL_HEADER: uvicorn reads X-Forwarded-Proto, from this machine or FORWARDED_ALLOW_IPS alone.
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

LOGGING = logs.configuration(INSTALLATION.log_level)

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
