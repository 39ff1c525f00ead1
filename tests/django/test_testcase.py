"""The mixin in Django's own test cases, which need be told nothing."""

from __future__ import annotations

import unittest

import pytest
from django.test import SimpleTestCase, TestCase

from consentkit.records.memory import MemoryStore
from consentkit.testing import ConsentTestMixin, ContactError, consent_cookie
from tests.django.conftest import HEADERS
from tests.django.views import COUNTER


def test_the_mixin(store: MemoryStore) -> None:
    """The site's policy and kit are found, for both kinds of test case."""

    class PageTests(ConsentTestMixin, SimpleTestCase):
        def test_page(self) -> None:
            self.assertContacts(self.client.get("/", headers=HEADERS))
            self.grantConsent("analytics")
            response = self.client.get("/", headers=HEADERS)
            self.assertContacts(response, {"counter"})
            assert COUNTER in response.content.decode()
            with pytest.raises(ContactError, match=r"counter\.example"):
                self.assertContacts(response)

    result = unittest.TestResult()
    PageTests("test_page")(result)
    assert "" == "\n".join(text for _, text in (*result.failures, *result.errors))
    assert issubclass(type("With", (ConsentTestMixin, TestCase), {}), TestCase)


@pytest.mark.parametrize("grant", ["*", ("analytics",)])
def test_the_cookie(store: MemoryStore, grant: str) -> None:
    """The cookie of a visitor who has decided is made for the site under test."""
    name, value = consent_cookie(None, grant)
    assert ("consent", True) == (name, len(value) > 40)
