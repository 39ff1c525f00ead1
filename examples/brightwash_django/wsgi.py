"""For WSGI servers: ``gunicorn examples.brightwash_django.wsgi``."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examples.brightwash_django.settings")
application = get_wsgi_application()
