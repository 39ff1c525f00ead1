"""Pages of a site that embeds services of the catalogue."""

from __future__ import annotations

from consentkit.html.decision import Kind, Resource
from consentkit.pages.render import Pages
from consentkit.policy import catalogue
from consentkit.policy.models import Service
from tests.policies import make_policy


def known(id_: str) -> Service:
    """A service of the catalogue."""
    found = catalogue.service(id_)
    assert found is not None
    return found


SERVICES = [
    {**known(id_).model_dump(), "purposes": ["ads"]}
    for id_ in ("twitter", "youtube", "google-recaptcha", "google-analytics")
]
POLICY = make_policy(services=SERVICES)
PAGES = Pages(POLICY, secrets=[b"a secret of 24 characters"])


def resource(url: str, kind: Kind = Kind.FRAME, element: str = "iframe", attribute: str = "src") -> Resource:
    """A URL in an element."""
    return Resource(url, url.split("/")[2], "/" + url.split("/", 3)[3], kind, element, attribute)
