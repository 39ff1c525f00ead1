"""`python -m consentkit` is the command `consentkit`."""

from __future__ import annotations

import sys

from consentkit.cli import main

sys.exit(main())
