"""The kit of these tests, whose rewriting is easy to see."""

from __future__ import annotations

import pytest

from tests.drivers.doubles import LoudKit
from tests.drivers.policies import small_policy


@pytest.fixture
def kit() -> LoudKit:
    """A kit that upper-cases pages."""
    return LoudKit(small_policy())
