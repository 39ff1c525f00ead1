"""The command as a process."""

from __future__ import annotations

import os
import sys

COMMAND = [sys.executable, "-m", "consentkit"]
ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": "error"}
