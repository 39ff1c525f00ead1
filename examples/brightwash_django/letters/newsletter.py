"""The newsletter that all sites of Brightwash share, with this one's database, secret and mail server."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings

from consentkit.django import form_consents
from examples.brightwash.newsletter import Newsletter
from examples.brightwash.settings import Settings

from .models import Readers


def newsletter() -> Newsletter:
    """Who asks to get it, and who asks to leave. Where mail goes stands in the environment, as for the other sites."""
    consents = form_consents()
    place = replace(Settings.from_environment(), secret=settings.SECRET_KEY)
    return Newsletter(place, consents.policy, Readers(), consents)
