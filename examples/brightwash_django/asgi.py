"""For ASGI servers: ``uvicorn examples.brightwash_django.asgi:application``."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examples.brightwash_django.settings")
application = get_asgi_application()
