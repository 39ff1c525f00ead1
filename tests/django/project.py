"""The settings of a Django site for the tests; its views are in `tests.django.views`.

``uvicorn tests.django.project:asgi`` · ``gunicorn tests.django.project:wsgi``; the environment variable
``FOLDER`` names where the database is.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tests.drivers.policies import small_policy

FOLDER = Path(os.environ.get("FOLDER") or tempfile.mkdtemp(prefix="consentkit-tests-"))
if "FOLDER" not in os.environ:
    atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
SECRET_KEY = "a secret key of the tests, which is long enough for all that Django checks"
ALLOWED_HOSTS = ["*"]
DEBUG = False
ROOT_URLCONF = "tests.django.views"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(FOLDER / "site.sqlite3")}}
INSTALLED_APPS = [
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages", "consentkit.django",
]  # fmt: skip
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "consentkit.django.middleware.ConsentMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
BASE = (
    "<!doctype html><html lang=en><head><title>Glass</title></head><body>{% block main %}{% endblock %}</body></html>"
)
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "consentkit.django.context_processors.consent",
            ],
            "loaders": [("django.template.loaders.locmem.Loader", {
                "base.html": BASE,
                "branch.html": "{% extends 'base.html' %}{% load consentkit %}{% block main %}"
                "{% if_consent 'analytics' %}<p>counted</p>{% else_consent %}<p>not counted</p>{% endif_consent %}"
                "{% endblock %}",
                "policy.html": "{% extends 'base.html' %}{% load consentkit %}{% block main %}{% consent_policy %}"
                "{% endblock %}",
                "spoken.html": "{% load consentkit i18n %}{% get_current_language as tag %}<!doctype html>"
                "<html{% if said %} lang={{ tag }}{% endif %}><title>Glass</title><body>"
                "{% consent_settings %}{% consent_policy %}</body></html>",
                "form.html": "{% extends 'base.html' %}{% block main %}{% for message in messages %}<p>{{ message }}</p>"
                "{% endfor %}<form method=post>{% csrf_token %}</form>{% endblock %}",
            }), "django.template.loaders.app_directories.Loader"],
        },
    },
]  # fmt: skip
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
STATIC_URL = "/static/"
USE_TZ = True
CONSENTKIT: dict[str, Any] = {"policy": small_policy(), "insecure_dev": True}


def asgi() -> Any:
    """The site for ASGI servers."""
    from django.core.asgi import get_asgi_application

    os.environ["DJANGO_SETTINGS_MODULE"] = __name__
    return get_asgi_application()


def wsgi() -> Any:
    """The site for WSGI servers."""
    from django.core.wsgi import get_wsgi_application

    os.environ["DJANGO_SETTINGS_MODULE"] = __name__
    return get_wsgi_application()
