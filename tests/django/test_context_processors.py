"""`consent` for templates."""

from __future__ import annotations

import pytest
from django.template import RequestContext, Template
from django.test import Client, RequestFactory

from consentkit.django import consent_from
from consentkit.errors import UsageError
from tests.django.templates import rendered


def test_the_context_processor(client: Client) -> None:
    """Templates find `consent`, and those that do not use it need no middleware."""
    text = "{{ consent.undecided|join:',' }}{% if 'analytics' in consent.undecided %} asked{% endif %}"
    assert "analytics asked" == rendered(text)
    outside = RequestContext(RequestFactory().get("/"))
    assert "fine" == Template("fine").render(outside)
    with pytest.raises(UsageError, match="MIDDLEWARE"):
        consent_from(RequestFactory().get("/"))
