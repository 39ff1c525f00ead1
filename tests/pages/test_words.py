"""With whose words a visitor is spoken to, and what exactly was said."""

from __future__ import annotations

from consentkit.pages.render import Pages
from tests.pages.full import PAGES, POLICY
from tests.pages.policies import full_policy
from tests.policies import make_policy

# The rest.


def test_text_hash_changes_with_every_word_that_is_shown() -> None:
    """R183: the hash names the exact texts: the policy's, ours, and the owner's instead of ours."""
    hashes = {
        PAGES.text_hash_in(None),
        Pages(full_policy(controller={"name": "Other", "address": "x", "email": "a@b"})).text_hash_in(None),
        Pages(POLICY, texts={"banner.title": "Biscuits?"}).text_hash_in(None),
        Pages(make_policy()).text_hash_in(None),
    }
    assert len(hashes) == 4
    assert Pages(full_policy()).text_hash_in(None) == PAGES.text_hash_in(None)
