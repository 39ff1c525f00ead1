"""For the tests of sites: whom a page would contact, visitors who have decided, and browsers that are watched.

What a page would contact is found by the engine that serves it. Nothing here needs a test framework.
"""

from __future__ import annotations

from consentkit.testing.assertions import ContactError, assert_contacts, assert_granted_contacts, report
from consentkit.testing.cases import ConsentTestMixin
from consentkit.testing.found import DEFAULT_URL, AnyPolicy, Contact, contacts, load_policy
from consentkit.testing.responses import page_of
from consentkit.testing.sources import places
from consentkit.testing.visitors import consent_cookie, give_consent
from consentkit.testing.watching import no_third_parties

__all__ = [
    "DEFAULT_URL",
    "AnyPolicy",
    "ConsentTestMixin",
    "Contact",
    "ContactError",
    "assert_contacts",
    "assert_granted_contacts",
    "consent_cookie",
    "contacts",
    "give_consent",
    "load_policy",
    "no_third_parties",
    "page_of",
    "places",
    "report",
]
