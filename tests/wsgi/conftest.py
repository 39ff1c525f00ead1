"""The kit of these tests, whose rewriting is easy to see, and the checkers that stand around the middleware."""

from __future__ import annotations

from wsgiref.validate import validator

import pytest
from werkzeug.middleware.lint import LintMiddleware

from tests.drivers.doubles import LoudKit
from tests.drivers.policies import small_policy
from tests.wsgi.apps import Lint


@pytest.fixture
def kit() -> LoudKit:
    """A kit that upper-cases pages."""
    return LoudKit(small_policy())


@pytest.fixture(params=["bare", "wsgiref", "werkzeug"])
def lint(request: pytest.FixtureRequest) -> Lint:
    """Nothing, or one of the two checkers that stand on both sides of the middleware."""
    checkers: dict[str, Lint] = {"bare": lambda app: app, "wsgiref": validator, "werkzeug": LintMiddleware}
    return checkers[request.param]
