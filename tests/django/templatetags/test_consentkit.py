"""The template tags, in the site's own templates."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.template import Context, Template, TemplateSyntaxError
from django.test import Client, override_settings

from consentkit.errors import UsageError
from consentkit.records.memory import MemoryStore
from tests.django.conftest import accept
from tests.django.templates import rendered
from tests.drivers.policies import small_policy


def test_branches(client: Client) -> None:
    """What stands in `if_consent` is for those who granted it, what follows `else_consent` for the others."""
    assert "<p>not counted</p>" in client.get("/branch").content.decode()
    accept(client)
    text = client.get("/branch").content.decode()
    assert ("<p>counted</p>" in text, "not counted" in text) == (True, False)


def test_branches_without_an_other(store: MemoryStore) -> None:
    """Without `else_consent` others see nothing; several names are all needed; names can be variables."""
    assert "" == rendered("{% if_consent 'analytics' %}yes{% endif_consent %}")
    assert "no" == rendered("{% if_consent 'analytics' 'counter' %}yes{% else_consent %}no{% endif_consent %}")
    assert "no" == rendered("{% if_consent name %}yes{% else_consent %}no{% endif_consent %}", name="counter")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{% if_consent %}{% endif_consent %}", "names purposes"),
        ("{% if_consent 'analytic' %}{% endif_consent %}", "did you mean 'analytics'"),
        ("{% if_consent 'newsletter' %}{% endif_consent %}", "asked for at a form"),
        ("{% if_consent 'analytics' %}", "endif_consent"),
    ],
)
def test_mistakes_in_templates(store: MemoryStore, text: str, words: str) -> None:
    """A template that asks for what nobody can grant does not compile, and the error says what is meant."""
    with pytest.raises(TemplateSyntaxError, match=words):
        rendered(text)


def test_variables_that_name_nothing(store: MemoryStore) -> None:
    """A variable that names what is not declared is an error, too."""
    with pytest.raises(UsageError, match="declares no purpose"):
        rendered("{% if_consent name %}yes{% endif_consent %}", name="nothing")


def test_the_link_to_the_preferences(store: MemoryStore) -> None:
    """The link leads back to its page, and its text can be the site's own and is escaped."""
    link = rendered("{% consent_settings %}", "/a page?b=1&c=2")
    assert 'href="/_ck/preferences?lang=en&amp;return=/a%2520page%3Fb%3D1%26c%3D2"' in link
    assert ">Privacy choices</a>" in link
    assert "&lt;i&gt;" in rendered("{% consent_settings words %}", words="<i>")


def test_the_policy_in_a_page_of_the_site(client: Client) -> None:
    """The policy's texts stand in the site's own page at the policy's path, and other forms of it stay ours."""
    own = {**settings.CONSENTKIT, "policy": small_policy(policy_path="/privacy"), "policy_page": False}
    with override_settings(CONSENTKIT=own):
        text = client.get("/privacy").content.decode()
        assert 1 == text.lower().count("<html")
        assert "<title>Glass</title>" in text
        assert "Proofs are kept for five years." in text
        assert "application/json" in client.get("/privacy.json")["Content-Type"]


def test_without_a_request() -> None:
    """A template that was rendered without its request says what is missing."""
    with pytest.raises(UsageError, match="context processors"):
        Template("{% load consentkit %}{% consent_settings %}").render(Context())
