"""The command `consentkit`. Its two packages are an extra: without them it says how to get them."""

from __future__ import annotations

import io
import sys

EXTRA = frozenset({"click", "rich"})
NOT_INSTALLED = "consentkit: the command line needs two more packages; install them with: pip install 'consentkit[cli]'"


def main() -> int:
    """Run the command with the arguments of this process; its exit status is returned or raised as SystemExit."""
    try:
        from consentkit.cli.app import commands  # noqa: PLC0415 (it needs the extra)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise
        print(NOT_INSTALLED, file=sys.stderr)
        return 2
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a letter that a terminal lacks is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    commands(prog_name="consentkit")
    return 0
