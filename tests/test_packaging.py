"""What is packed, what is promised to pip, and what importing costs."""

from __future__ import annotations

import email
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import consentkit
from tests.conftest import PROJECT

SOURCE = PROJECT / "src" / "consentkit"
EXTRAS = {"cli", "codings", "django", "flask", "geo", "sql", "starlette"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    seen = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert 0 == seen.returncode, seen.stderr
    return folder


def test_wheel_holds_every_file(built: Path) -> None:
    """The wheel holds all of the package (data, templates, locales, `py.typed`) and nothing beside it."""
    [path] = built.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    kept = {f"consentkit/{file.relative_to(SOURCE).as_posix()}" for file in SOURCE.rglob("*")
            if file.is_file() and "__pycache__" not in file.parts}  # fmt: skip
    assert kept == packed
    assert "consentkit/py.typed" in packed


def test_wheel_says_what_it_is(built: Path) -> None:
    """Name, version, licence, extras and the command are in the wheel's metadata."""
    [path] = built.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        [folder] = {name.partition("/")[0] for name in wheel.namelist() if ".dist-info/" in name}
        metadata = email.message_from_bytes(wheel.read(f"{folder}/METADATA"))
        commands = wheel.read(f"{folder}/entry_points.txt").decode()
        assert f"{folder}/licenses/LICENSE" in wheel.namelist()
    assert ("consentkit", consentkit.__version__, "MIT") == (
        metadata["Name"], metadata["Version"], metadata["License-Expression"]
    )  # fmt: skip
    assert set(metadata.get_all("Provides-Extra", [])) >= EXTRAS
    assert ">=3.11" == metadata["Requires-Python"]
    assert "consentkit = consentkit.cli:main" in commands


def test_source_distribution_can_be_tested(built: Path) -> None:
    """The source distribution brings the tests, the example, the documentation and the make targets."""
    [path] = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"Makefile", "tox.ini", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "tests/conftest.py",
              ".ci/environment.py", "examples/brightwash/policy.toml", "docs/conf.py"}  # fmt: skip
    assert set() == wanted - packed


def test_import_is_light() -> None:
    """Importing the package loads no framework and no database."""
    code = "import sys; before = set(sys.modules); import consentkit; print(*sorted(set(sys.modules) - before))"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"django", "flask", "starlette", "sqlalchemy", "sqlite3", "pydantic", "jinja2"}
    assert set() == heavy & set(seen.stdout.split())


def test_every_public_name_is_there() -> None:
    """Each name in `__all__` can be imported, and `dir` lists it."""
    assert all(getattr(consentkit, name) is not None for name in consentkit.__all__)
    assert set(consentkit.__all__) <= set(dir(consentkit))


def test_no_machine_paths() -> None:
    """Nothing in the project names a folder of the machine it was written on."""
    tracked = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("this is no git checkout, so it is not known which files belong to the project")
    needle = b"/" + b"root/"
    assert [] == [name for name in tracked.stdout.splitlines()
                  if (PROJECT / name).is_file() and needle in (PROJECT / name).read_bytes()]  # fmt: skip
