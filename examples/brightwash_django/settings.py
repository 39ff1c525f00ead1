"""The settings. What consentkit asks for: an app, a middleware, the policy, and `consent` for templates.

From the environment: `BRIGHTWASH_FOLDER`, `BRIGHTWASH_SECRET`, `BRIGHTWASH_DEBUG` and `BRIGHTWASH_INSECURE_DEV`.
"""

from __future__ import annotations

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent
BRIGHTWASH = BASE_DIR.parent / "brightwash"  # what all sites of Brightwash share: the policy, the texts, the pictures
FOLDER = Path(os.environ.get("BRIGHTWASH_FOLDER", ".")).resolve()

SECRET_KEY = os.environ.get("BRIGHTWASH_SECRET", "only for the demonstration: everybody can read this, all of it")
DEBUG = os.environ.get("BRIGHTWASH_DEBUG") == "1"
ALLOWED_HOSTS = [".brightwash.example", "localhost", "127.0.0.1"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "consentkit.django",
    "examples.brightwash_django.pages",
    "examples.brightwash_django.blog",
    "examples.brightwash_django.letters",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "consentkit.django.middleware.ConsentMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "examples.brightwash_django.pages.middleware.count",
]

CONSENTKIT = {
    "policy": BRIGHTWASH / "policy.toml",
    "insecure_dev": DEBUG or os.environ.get("BRIGHTWASH_INSECURE_DEV") == "1",
    "mail_events": "examples.brightwash_django.letters.models.keep",
}

ROOT_URLCONF = "examples.brightwash_django.urls"
WSGI_APPLICATION = "examples.brightwash_django.wsgi.application"
ASGI_APPLICATION = "examples.brightwash_django.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates", BRIGHTWASH / "templates"],  # what they have in common is in the second
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "consentkit.django.context_processors.consent",
                "examples.brightwash_django.pages.context_processors.site",
            ],
        },
    },
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "brightwash-django.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"}]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BRIGHTWASH / "static"]
WHITENOISE_USE_FINDERS = True  # a site of this size needs no collectstatic
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024  # bytes: the longest form here is a comment
