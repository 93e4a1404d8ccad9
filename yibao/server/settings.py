"""The only settings file; what varies comes from the environment."""

import os
from pathlib import Path

import dj_database_url

PACKAGE = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("YIBAO_DATA", "var")).resolve()

SECRET_KEY = "to-be-replaced-by-a-key-file"
DEBUG = False
ALLOWED_HOSTS = ["*"]
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL", f"postgres:///yibao?host={DATA}/postgres/run"),
        conn_max_age=600,
        conn_health_checks=True,
    )
}
FIELD_KEYS = {"1": "0" * 64}
BLIND_INDEX_KEY = "1" * 64

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "pgtrigger",
    "procrastinate.contrib.django",
    "yibao.accounts",
    "yibao.common",
    "yibao.grid",
    "yibao.people",
    "yibao.plans",
    "yibao.enrolment",
    "yibao.payments",
    "yibao.reports",
    "yibao.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
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
            ],
        },
    }
]
ROOT_URLCONF = "yibao.server.urls"
WSGI_APPLICATION = "yibao.server.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "accounts:sign_in"
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"

PAYMENT_PROVIDERS = {
    "cash": "yibao.payments.providers.cash.Cash",
    "sandbox": "yibao.payments.providers.sandbox.Sandbox",
}
