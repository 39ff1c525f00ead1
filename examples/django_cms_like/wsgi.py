"""For WSGI servers: ``gunicorn examples.django_cms_like.wsgi``."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examples.django_cms_like.settings")
application = get_wsgi_application()
