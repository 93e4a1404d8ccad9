"""The only settings file; what varies comes from the environment.

YIBAO_ENV    demo (default: this machine only, sandbox gateway) or production
YIBAO_DATA   folder of everything that is written (var/)
YIBAO_KEYS   folder of the keys ($YIBAO_DATA/keys)
DATABASE_URL PostgreSQL; without it the embedded server of $YIBAO_DATA
HOST PORT    where to listen; ALLOWED_HOSTS  names it is called by, with commas
YIBAO_URL    how gateways reach it, for their notices (https:// and the first of the names)
YIBAO_PROXIES  addresses of the reverse proxy, with commas
YIBAO_WECHAT YIBAO_ALIPAY YIBAO_CAMPUS  folders of the payment channels, see docs/how-to.md
YIBAO_MAIL YIBAO_ROBOT YIBAO_QUIET  messages outside, see yibao/notify/ways.py
"""

import os
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from yibao.notify import ways
from yibao.server import keys, logs, postgres, production
from yibao.server.trouble import Trouble


def listed(name: str, otherwise: str = "") -> list[str]:
    """A list from the environment."""
    return [part.strip() for part in os.environ.get(name, otherwise).split(",") if part.strip()]


# Which system this is -----------------------------------------------------------------------
PACKAGE = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("YIBAO_DATA") or "var").resolve()
MODE = os.environ.get("YIBAO_ENV") or "demo"
PRODUCTION = MODE == "production"
DEBUG = False
HOST = os.environ.get("HOST") or "127.0.0.1"
PORT = int(os.environ.get("PORT") or 8000)
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]

if refusal := production.why_not(MODE):
    raise ImproperlyConfigured(refusal)

PUBLIC_URL = os.environ.get("YIBAO_URL", "").rstrip("/") or f"http://127.0.0.1:{PORT}"
if PRODUCTION:
    ALLOWED_HOSTS = [*listed("ALLOWED_HOSTS"), *LOOPBACK]
    PUBLIC_URL = os.environ.get("YIBAO_URL", "").rstrip("/") or f"https://{ALLOWED_HOSTS[0]}"
else:
    ALLOWED_HOSTS = [*LOOPBACK, HOST, *listed("ALLOWED_HOSTS")]
    if HOST in {"0.0.0.0", "::"}:  # noqa: S104 - somebody asked for it by HOST
        ALLOWED_HOSTS = ["*"]

# Keys ---------------------------------------------------------------------------------------
try:
    if not PRODUCTION:
        keys.make(keys.folder_of(DATA))
    KEYS = keys.load(keys.folder_of(DATA))
except Trouble as trouble:
    raise ImproperlyConfigured(str(trouble)) from None
SECRET_KEY = KEYS.secret
FIELD_KEYS = KEYS.fields
BLIND_INDEX_KEY = KEYS.index

# Database -----------------------------------------------------------------------------------
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or postgres.url(DATA / "postgres"),
        conn_max_age=600,
        conn_health_checks=True,
    )
}
# A connection that was cut must be noticed, else a worker waits for ever.
DATABASES["default"].setdefault("OPTIONS", {}).update(
    connect_timeout=5,
    keepalives_idle=30,
    keepalives_interval=10,
    keepalives_count=3,
    tcp_user_timeout=15_000,
)
if os.environ.get("YIBAO_PROCESS") == "web":  # imports and migrations may take longer
    DATABASES["default"]["OPTIONS"]["options"] = (
        "-c statement_timeout=30s -c lock_timeout=3s -c idle_in_transaction_session_timeout=60s"
        # To compile a statement takes PostgreSQL half a second, more than it saves in a page.
        " -c jit=off"
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Parts --------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "csp",
    "django_htmx",
    "pgtrigger",
    "procrastinate.contrib.django",
    "yibao.accounts",
    "yibao.common",
    "yibao.notify",
    "yibao.grid",
    "yibao.people",
    "yibao.plans",
    "yibao.enrolment",
    "yibao.payments",
    "yibao.reports",
    "yibao.web",
]
MIDDLEWARE = [
    "yibao.server.middleware.TrustedProxy",
    "yibao.server.middleware.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "yibao.server.middleware.NoStore",
    "yibao.server.middleware.Sane",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "yibao.web.english.EnglishMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "yibao.web.idle.IdleMiddleware",
    "yibao.web.access.AccessMiddleware",
    "yibao.accounts.middleware.InitialPasswordMiddleware",
    "yibao.web.shell.RefusedMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "yibao.web.shell.shell",
            ],
        },
    }
]
FORM_RENDERER = "yibao.web.forms.FormRenderer"
ROOT_URLCONF = "yibao.server.urls"
WSGI_APPLICATION = "yibao.server.wsgi.application"

# Signing in ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "yibao.people.first_sign_in.FirstSignIn",
]
PASSWORD_HASHERS = ["yibao.server.hashing.Argon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "yibao.accounts.passwords.LongEnough"},
    {"NAME": "yibao.accounts.passwords.NotCommon"},
    {"NAME": "yibao.accounts.passwords.NotOwnName"},
    {"NAME": "yibao.people.passwords.NotPersonal"},
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "start"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
# One student's mistakes lock neither the campus's address nor, from elsewhere, the student.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "yibao.accounts.locks.counted_as"
AXES_LOCKOUT_CALLABLE = "yibao.server.faults.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True  # the audit trail has the sign-ins
AXES_VERBOSE = False

# Sessions and cookies -----------------------------------------------------------------------
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "yibao_session"
SESSION_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # a payment page sends people back to us signed in
SESSION_COOKIE_AGE = 12 * 3600  # at most; unused ones end sooner, see web/idle.py
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "yibao_csrf"
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "yibao.web.failures.stale_form"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Transport ----------------------------------------------------------------------------------
TRUSTED_PROXIES = frozenset(listed("YIBAO_PROXIES", "127.0.0.1,::1" if PRODUCTION else ""))
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # middleware.TrustedProxy guards it
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
# Preloading is for whoever owns the whole domain; a school's subdomain does not.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Sizes --------------------------------------------------------------------------------------
LARGEST_REQUEST = 32 * 1024**2
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024**2
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # ticked rows
FILE_UPLOAD_PERMISSIONS = 0o600

# Language, files, logs ----------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
WHITENOISE_ALLOW_ALL_ORIGINS = False  # our own pages alone use our files
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA / "files"
LOGGING = logs.to_stdout(os.environ.get("YIBAO_LOG") or "INFO")

# Jobs ---------------------------------------------------------------------------------------
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

# Messages -----------------------------------------------------------------------------------
MAIL_SERVER = ways.mail_server(os.environ)
ROBOT_GROUP = ways.robot_group(os.environ)
QUIET_HOURS = ways.quiet_hours(os.environ)
MESSAGE_CHANNELS = {
    **({"mail": "yibao.notify.mail.Mail"} if MAIL_SERVER else {}),
    **({"robot": "yibao.notify.robots.Robot"} if ROBOT_GROUP else {}),
}
# What the school itself calls its plans in English; letters need it too.
OWN_ENGLISH = "yibao.plans.english.own_words"
MESSAGE_KINDS = [
    "yibao.people.messages.KINDS",
    "yibao.enrolment.messages.KINDS",
    "yibao.enrolment.objecting.KINDS",
    "yibao.payments.messages.KINDS",
    "yibao.reports.messages.KINDS",
]

# Payment ------------------------------------------------------------------------------------
PAYMENT_PROVIDERS = {"cash": "yibao.payments.providers.cash.Cash"}
CHANNELS = {
    "wechat": ("YIBAO_WECHAT", "yibao.payments.providers.wechat.WeChatPay"),
    "alipay": ("YIBAO_ALIPAY", "yibao.payments.providers.alipay.Alipay"),
    "campus": ("YIBAO_CAMPUS", "yibao.payments.providers.campus.CampusCashier"),
}
PAYMENT_FOLDERS = {
    name: folder for name, (wanted, _) in CHANNELS.items() if (folder := os.environ.get(wanted))
}
PAYMENT_PROVIDERS |= {name: CHANNELS[name][1] for name in PAYMENT_FOLDERS}
if not PRODUCTION:
    PAYMENT_PROVIDERS |= {
        "sandbox-wechat": "yibao.payments.providers.sandbox.SandboxWeChat",
        "sandbox-alipay": "yibao.payments.providers.sandbox.SandboxAlipay",
        "sandbox": "yibao.payments.providers.sandbox.Sandbox",
    }
    SANDBOX_PORT = int(os.environ.get("YIBAO_SANDBOX_PORT") or 8765)
    SANDBOX_GATEWAY = {
        "base_url": f"http://127.0.0.1:{SANDBOX_PORT}",
        "public_url": os.environ.get("YIBAO_SANDBOX_PUBLIC_URL")
        or f"http://127.0.0.1:{SANDBOX_PORT}",
        "merchant": os.environ.get("YIBAO_SANDBOX_MERCHANT") or "YIBAO-DEMO",
        "folder": str(DATA / "sandbox"),
        "private_key_file": str(DATA / "sandbox" / "keys" / "merchant.key"),
        "platform_key_file": str(DATA / "sandbox" / "keys" / "platform.pub"),
    }
