"""Runs everything that tox.ini knows, on every Python that is found, and says which ones were not.

    python .ci/matrix.py [TOX ARGUMENTS]

Versions are looked for on PATH and among pyenv's; nothing is downloaded but packages.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def pyenv_folders() -> list[Path]:
    """The folders with pyenv's Pythons, newest first."""
    root = os.environ.get("PYENV_ROOT", "")
    if not root and shutil.which("pyenv"):
        answer = subprocess.run(
            ["pyenv", "root"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        root = answer.stdout.strip()
    versions = (Path(root) if root else Path.home() / ".pyenv") / "versions"
    found = [folder for folder in versions.glob("3.*") if re.fullmatch(r"3\.\d+\.\d+", folder.name)]
    return [folder / "bin" for folder in sorted(found, key=lambda f: [int(n) for n in f.name.split(".")], reverse=True)]


def runs(version: str) -> bool:
    """Whether a Python of this version starts; a shim of pyenv can stand on PATH with nothing behind it."""
    code = f"import sys; sys.exit('%d.%d' % sys.version_info[:2] != '{version}')"
    program = shutil.which(f"python{version}")
    command = [program or "python", "-c", code]
    return bool(program) and subprocess.run(command, capture_output=True, check=False).returncode == 0


def environments() -> list[str]:
    """What tox runs by default, in order."""
    tox = [sys.executable, "-m", "tox", "--quiet", "list", "--no-desc", "-d"]
    listed = subprocess.run(tox, capture_output=True, text=True, check=True, cwd=PROJECT, stdin=subprocess.DEVNULL)
    return [line.strip() for line in listed.stdout.splitlines() if re.fullmatch(r"[a-z][a-z0-9.-]*", line.strip())]


def version_of(environment: str) -> str | None:
    """`py312-core` wants 3.12; `lint` takes any."""
    found = re.match(r"py3(\d+)", environment)
    return f"3.{found[1]}" if found else None


def main() -> int:
    """Run tox; the status is tox's own."""
    # First the real programs, so that neither tox nor uv meets an empty shim.
    os.environ["PATH"] = os.pathsep.join([*map(str, pyenv_folders()), os.environ.get("PATH", "")])
    os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")
    wanted = environments()
    versions = sorted({version for name in wanted if (version := version_of(name))})
    missing = [version for version in versions if not runs(version)]
    run = [name for name in wanted if version_of(name) not in missing]
    left_out = [name for name in wanted if name not in run]
    sentence = (f"matrix: NOT RUN for want of Python {' and '.join(missing)}: {', '.join(left_out)}. "
                "Install that version (pyenv install …, uv python install …) and try again.")  # fmt: skip
    if missing:
        print(sentence, flush=True)
    tox = [sys.executable, "-m", "tox", "run", "-e", ",".join(run), *sys.argv[1:]]
    status = subprocess.run(tox, check=False, cwd=PROJECT, stdin=subprocess.DEVNULL).returncode
    print(sentence if missing else f"matrix: run on Python {', '.join(versions)}; nothing was left out.", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
