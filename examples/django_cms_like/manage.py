"""The project's command line: ``python examples/django_cms_like/manage.py runserver``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # where `examples` is
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examples.django_cms_like.settings")
    execute_from_command_line(sys.argv)
