"""Makes the virtual environment `.venv` and installs the project and dependency groups into it.

    python .ci/environment.py [--extra NAME …] [--group NAME …]

Runs on any Python 3.11 with nothing installed. What is already there is not installed again: a stamp in
the environment names the groups and a digest of pyproject.toml.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def say(sentence: str) -> None:
    """Tell the person at the terminal what is going on."""
    print(f"consentkit: {sentence}", file=sys.stderr, flush=True)


def works(*command: str | Path) -> bool:
    """Whether a command runs and succeeds; what it prints is of no interest."""
    try:
        return subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def make_venv() -> None:
    """Make `.venv` unless there is one that works; say how to mend it where that is impossible."""
    if works(PYTHON, "-m", "pip", "--version") and works(
        PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"
    ):
        return
    say(f"making .venv with Python {sys.version.split()[0]}")
    makers = [[sys.executable, "-m", "venv", "--clear"], [sys.executable, "-m", "virtualenv", "--clear"]]
    if shutil.which("uv"):
        makers.append(["uv", "venv", "--clear", "--seed", "--python", sys.executable])
    if any(works(*maker, VENV) for maker in makers):
        return
    # Debian and Ubuntu keep the module's second half in a package of its own.
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"installing {package}")
        subprocess.run(["apt-get", "update", "-qq"], check=False, stdin=subprocess.DEVNULL)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for name in (package, "python3-venv"):
            subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", name],
                           check=False, env=environment, stdin=subprocess.DEVNULL)  # fmt: skip
            if works(*makers[0], VENV):
                return
    sys.exit(f"{sys.executable} cannot make virtual environments. Install {package} "
             "(Debian, Ubuntu: sudo apt install python3-venv) or virtualenv or uv, then try again.")  # fmt: skip


def install(extras: list[str], groups: list[str]) -> None:
    """Install the project in place with these extras and dependency groups."""
    wanted = f"{','.join(sorted(extras))};{','.join(sorted(groups))}"
    digest = hashlib.sha256((PROJECT / "pyproject.toml").read_bytes() + wanted.encode()).hexdigest()[:16]
    stamp = VENV / f"consentkit-{digest}.stamp"
    if stamp.exists():
        return
    say(f"installing the project with {wanted.replace(';', ' and ').strip(' and')} into .venv")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    project = f".[{','.join(extras)}]" if extras else "."
    for command in (
        [*pip, "--upgrade", "pip>=25.1"],  # the first that knows dependency groups
        [*pip, "--editable", project, *(argument for group in groups for argument in ("--group", group))],
    ):
        if subprocess.run(command, check=False, cwd=PROJECT, stdin=subprocess.DEVNULL).returncode:
            sys.exit("pip could not install what is needed; its message stands above. Is a package index reachable?")
    stamp.touch()


def main() -> None:
    """Make the environment and install into it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--extra", action="append", default=[])
    parser.add_argument("--group", action="append", default=[])
    arguments = parser.parse_args()
    make_venv()
    install(arguments.extra, arguments.group)


if __name__ == "__main__":
    main()
