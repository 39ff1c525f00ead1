"""Tests of templates that are compiled once."""

from __future__ import annotations

import jinja2

from consentkit.pages import compiled
from consentkit.pages.render import Pages
from tests.policies import make_policy


def test_a_second_policy_compiles_nothing() -> None:
    """Pages of another policy are made of what was compiled for the first one, and say their own."""
    first = Pages(make_policy())
    known = dict(compiled.COMPILED._codes)
    second = Pages(make_policy(version="2", retention={"records": "5 years", "text": "Not a day longer."}))
    assert known == compiled.COMPILED._codes
    assert "Not a day longer." in second.policy_html("")
    assert "Not a day longer." not in first.policy_html("")


def test_an_owners_template_is_another_one() -> None:
    """A template of the same name with another text is compiled for itself, whichever comes first."""
    pages = [
        Pages(make_policy(), templates=jinja2.DictLoader({"opt-out.html": text}) if text else None)
        for text in ("one", "two", "", "one")
    ]
    texts = [page._templates["opt-out"].render() if number != 2 else "ours" for number, page in enumerate(pages)]
    assert ["one", "two", "ours", "one"] == texts


def test_what_is_kept_is_bounded() -> None:
    """However many templates there are, so many are kept at most; the others work all the same."""
    kept = compiled.Compiled()
    texts = {f"{number}": f"text {number}" for number in range(compiled.MAX_COMPILED + 5)}
    for _ in range(2):
        environment = jinja2.Environment(loader=jinja2.DictLoader(texts), bytecode_cache=kept, autoescape=True)
        assert list(texts.values()) == [environment.get_template(name).render() for name in texts]
    assert compiled.MAX_COMPILED == len(kept._codes)
