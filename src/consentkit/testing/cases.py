"""For `unittest` and Django test cases."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from consentkit.testing.assertions import assert_contacts
from consentkit.testing.found import AnyPolicy
from consentkit.testing.visitors import djangos, give_consent


class ConsentTestMixin:
    """For `unittest` and Django test cases: assertions, and visitors who have decided.

        class FilmTests(ConsentTestMixin, TestCase):
            def test_films_wait(self) -> None:
                self.assertContacts(self.client.get("/films"))

    Attributes:
        consent_policy: the site's policy, or its file; None for that of the Django site under test, and for the whole
            catalogue where there is none.
        consent_kit: for `grantConsent`: as `consent_cookie` takes it.
        client: the test client, as Django's test cases have it.
    """

    consent_policy: AnyPolicy = None
    consent_kit: Any = None
    client: Any

    def assertContacts(self, response: Any, allowed: Collection[str] = (), *, url: str | None = None) -> None:  # noqa: N802 (unittest's way)
        """See `assert_contacts`."""
        policy = self.consent_policy
        if policy is None and self.consent_kit is None and (kit := djangos()) is not None:
            policy = kit.policy
        assert_contacts(response, allowed, url=url, policy=policy)

    def grantConsent(self, *names: str) -> None:  # noqa: N802
        """From now on `client` is a visitor who granted these purposes and services, and nothing else."""
        give_consent(self.client, self.consent_kit, names)
