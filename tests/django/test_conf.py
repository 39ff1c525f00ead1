"""The setting `CONSENTKIT`, and the kit and store that are made from it."""

from __future__ import annotations

from django.conf import settings
from django.test import Client, override_settings

from tests.django.answers import body
from tests.django.conftest import accept
from tests.django.views import COUNTER
from tests.drivers.policies import small_policy


def test_settings_can_change(client: Client) -> None:
    """`override_settings` works: the kit is made anew."""
    text = body(client.get("/"))
    controller = {"name": "Other Ltd", "address": "2 Lane", "email": "us@brightwash.example"}
    with override_settings(CONSENTKIT={**settings.CONSENTKIT, "policy": small_policy(controller=controller)}):
        assert "Other Ltd" in body(client.get("/"))
    assert "Other Ltd" not in text


def test_keys_that_rotate(client: Client) -> None:
    """A decision signed with a former SECRET_KEY holds while that is among the fallbacks."""
    accept(client)
    with override_settings(SECRET_KEY="another secret key, long enough for everybody"):
        assert COUNTER not in body(client.get("/"))
    with override_settings(SECRET_KEY="another secret key, long enough", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert COUNTER in body(client.get("/"))
