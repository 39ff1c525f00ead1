"""What every test may use."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Slow shared machines must not decide a test: no deadline. Nor must luck: the same examples every time, unless other
# ones are asked for.
settings.register_profile("random", deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("random"), derandomize=True)
settings.register_profile("deep", settings.get_profile("random"), max_examples=20_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

PROJECT = Path(__file__).resolve().parent.parent

# Tests of what an extra brings, and the modules they cannot do without. Without these modules they are not collected.
NEEDED: dict[str, Iterable[str]] = {
    "browser": ("playwright", "trustme", "starlette", "uvicorn", "gunicorn"),
    "cli": ("click", "rich"),
    "django": ("django",),
    "examples": ("starlette", "httpx2"),
    "forms/test_wtforms.py": ("wtforms",),
    "test_corpus.py": ("click", "rich"),
    "test_flask.py": ("flask",),
    "test_geo.py": ("geoip2",),
    "test_starlette.py": ("starlette", "httpx2"),
    "test_readme.py": ("starlette", "flask", "flask_mailman", "wtforms", "click", "rich"),
}


def _missing() -> dict[str, list[str]]:
    absent = {module for needed in NEEDED.values() for module in needed if importlib.util.find_spec(module) is None}
    return {path: found for path, needed in NEEDED.items() if (found := [m for m in needed if m in absent])}


collect_ignore = sorted(_missing())


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the browser tests."""
    if PROJECT / "tests" / "browser" in item.path.parents:
        item.add_marker(pytest.mark.browser)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser tests last: Playwright's event loop goes on running beneath whatever comes after it."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def pytest_report_header() -> list[str]:
    """Say what this environment cannot run."""
    return [f"not collected: tests/{path}, for want of {', '.join(missing)}" for path, missing in _missing().items()]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder beside the project with real pages and conformance vectors; without it the test is skipped."""
    folder = PROJECT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the shared folder with real pages and conformance vectors is not beside the project")
    return folder
