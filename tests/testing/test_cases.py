"""For `unittest` and Django test cases."""

from __future__ import annotations

import unittest

import pytest

from consentkit.testing import ConsentTestMixin
from tests.testing.pages import PAGE, POLICY


def test_mixin() -> None:
    """Test cases have the assertion as a method, with the policy of the class."""

    class Case(ConsentTestMixin, unittest.TestCase):
        consent_policy = POLICY

    case = Case()
    case.assertContacts(PAGE, {"counter", "youtube"})
    with pytest.raises(AssertionError, match="youtube"):
        case.assertContacts(PAGE, {"counter"})
