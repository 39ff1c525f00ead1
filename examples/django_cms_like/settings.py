"""The settings. From the environment: `MUSEUM_FOLDER`, `MUSEUM_SECRET`, `MUSEUM_DEBUG` and `MUSEUM_INSECURE_DEV`."""

from __future__ import annotations

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent
FOLDER = Path(os.environ.get("MUSEUM_FOLDER", ".")).resolve()

SECRET_KEY = os.environ.get("MUSEUM_SECRET", "only for the demonstration: everybody can read this, all of it")
DEBUG = os.environ.get("MUSEUM_DEBUG") == "1"
ALLOWED_HOSTS = [".museum.example", ".brightwash.example", "localhost", "127.0.0.1"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "consentkit.django",
    "examples.django_cms_like.pages",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "consentkit.django.middleware.ConsentMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
CONSENTKIT = {
    "policy": BASE_DIR / "policy.toml",
    "policy_page": False,  # /privacy is a view of ours, in the site's own dress
    "insecure_dev": DEBUG or os.environ.get("MUSEUM_INSECURE_DEV") == "1",
}

ROOT_URLCONF = "examples.django_cms_like.urls"
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
    },
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "museum.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-gb"
USE_TZ = True
STATIC_URL = "/static/"
