"""Our style sheet and scripts, in the heads of pages."""

from __future__ import annotations

from typing import Any

import pytest

from consentkit.consent.state import Consent, grant_all
from consentkit.pages.render import Pages
from tests.pages.full import NOBODY, PAGES, POLICY, decided
from tests.pages.markup import find, has, one, parse
from tests.policies import make_policy

# The head.


def test_head_loads_our_script_with_its_hash_and_the_state() -> None:
    """The script comes deferred, under its hash, and is told the state, so that it need not ask."""
    head = parse(PAGES.head(decided(POLICY, "media"), "", "r4nd0m"))
    script, link = one(head, "script"), one(head, "link")
    assert script.get("src", "").removeprefix("/_ck/") in PAGES.assets
    assert (script.get("integrity"),) == PAGES.script_hashes
    assert has(script, "defer")
    assert ("r4nd0m", "r4nd0m") == (script.get("nonce"), link.get("nonce"))
    assert ("maps media tube", "") == (script.get("data-ck-granted"), script.get("data-ck-undecided"))


@pytest.mark.parametrize(
    ("changes", "effect"),
    [
        ({}, "reload"),
        ({"csp": "off"}, "activate"),
        ({"csp": "report-only"}, "activate"),
        ({"mode": "shared"}, "activate"),
    ],
)
def test_a_grant_reloads_only_where_the_pages_policy_was_narrower(changes: dict[str, Any], effect: str) -> None:
    """Design: activation in place where no enforced policy stands in its way."""
    pages = Pages(make_policy(**changes))
    head = pages.head(Consent(pages.policy), "")
    assert (effect, effect == "activate", effect == "activate") == (
        pages.effect,
        "data-ck-activate" in head,
        len(pages.script_hashes) == 2,
    )


def test_only_scripts_that_the_page_vouches_for_are_started() -> None:
    """The script that starts others is given the page's nonce, and is not there where nothing could be told."""
    pages = Pages(make_policy(csp="off"))
    scripts = find(parse(pages.head(Consent(pages.policy), "", "r4nd0m")), "script")
    assert ["r4nd0m"] == [script.get("nonce") for script in scripts if has(script, "data-ck-activate")]
    assert "data-ck-activate" not in pages.head(Consent(pages.policy), "", in_place=False)
    assert "data-ck-activate" in pages.head(Consent(pages.policy), "")


def test_shared_mode_puts_no_state_into_the_page() -> None:
    """Shared pages are the same bytes for everybody: only the cookie's name is in them."""
    pages = Pages(make_policy(mode="shared"))
    heads = {pages.head(Consent(pages.policy, choices), "") for choices in ({}, grant_all(pages.policy))}
    assert len(heads) == 1
    early, _, script = find(parse(heads.pop()), "script")
    assert "__Host-consent" == early.get("data-ck-cookie") == script.get("data-ck-cookie")
    development = Pages(make_policy(mode="shared"), insecure_dev=True)
    assert 'data-ck-cookie="consent"' in development.head(Consent(development.policy), "")


def test_answer_to_a_post_is_never_loaded_anew() -> None:
    """A page that answers a POST tells the script to offer a reload: doing it would send the form again."""
    assert "data-ck-offer" in PAGES.head(NOBODY, "", method="POST")
    assert "data-ck-offer" not in PAGES.head(NOBODY, "", method="HEAD")
