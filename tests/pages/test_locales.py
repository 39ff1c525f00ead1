"""Every language has every text, and says it as a visitor can read it."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from consentkit.pages.texts import PLURAL_FORMS, fields, languages, load

PROJECT = Path(__file__).resolve().parent.parent.parent
EN = load("en")
BUTTONS = ("banner.accept", "banner.reject", "banner.choose", "banner.save", "banner.withdraw_all", "status.reload",
           "status.later", "status.close", "placeholder.load_once", "preferences.withdraw")  # fmt: skip
BUTTON_LENGTH = 28  # characters that fit beside another button on the narrowest phone
FIELD = re.compile(r"\{([a-z_]+)\}")
COUNTED = ("banner.companies", *(f"facts.lifetime_{unit}s" for unit in
           ("second", "minute", "hour", "day", "week", "month", "year")))  # fmt: skip


def _stem(key: str) -> str:
    stem, _, form = key.rpartition("_")
    return stem if form in PLURAL_FORMS and stem in COUNTED else key


@pytest.mark.parametrize("language", languages())
def test_no_text_is_missing(language: str) -> None:
    """Each language has the texts of English and no others, and each plural form that whole numbers take."""
    texts = load(language)
    assert {_stem(key) for key in EN.all} - {_stem(key) for key in texts.all} == set()
    assert {_stem(key) for key in texts.all} - {_stem(key) for key in EN.all} == set()
    for key in COUNTED:
        missing = {form for n in range(1_000) if f"{key}_{(form := texts.plural(n))}" not in texts.all}
        assert missing == set(), key


@pytest.mark.parametrize("language", languages())
def test_texts_fill_in_what_english_fills_in(language: str) -> None:
    """A text uses the names that English uses, all of them; only a plural form may leave its number out."""
    texts = load(language)
    for key, text in texts.all.items():
        if not key.startswith("meta."):
            used = set(FIELD.findall(text))
            assert used <= fields(key), key
            assert _stem(key) != key or used == set(FIELD.findall(EN.all[key])), key
            assert "{" not in FIELD.sub("", text), key


@pytest.mark.parametrize("language", languages())
def test_texts_are_text(language: str) -> None:
    """No markup, no straight quotes, no spaces at the ends or in a row, no empty text."""
    for key, text in load(language).all.items():
        assert re.search(r"[<>]|&\w+;|[\"']|^\s|\s$|  |^$", text) is None, (key, text)


@pytest.mark.parametrize("language", languages())
def test_texts_are_short(language: str) -> None:
    """A button's words fit on a button, and no sentence is much longer than the English one."""
    texts = load(language)
    for key in BUTTONS:
        assert len(texts.all[key]) <= BUTTON_LENGTH, key
    for key, text in texts.all.items():
        if _stem(key) == key and not key.startswith(("meta.", "countries.")) and len(EN.all[key]) > 20:
            assert len(text) <= 2.2 * len(EN.all[key]), key


@pytest.mark.parametrize("language", languages())
def test_yes_and_no_weigh_the_same(language: str) -> None:
    """Accept and reject are about equally long, and neither shouts nor argues (R8)."""
    accept, reject = load(language).all["banner.accept"], load(language).all["banner.reject"]
    assert abs(len(accept) - len(reject)) <= 6
    for label in (accept, reject):
        assert re.search(r"[!,.;:]|\bOK\b", label) is None
        assert label != label.upper() or label == label.lower()
    texts = load(language).all
    assert (accept, reject) == (texts["preferences.accept"], texts["preferences.reject"])


@pytest.mark.parametrize("language", languages())
def test_tags_and_directions(language: str) -> None:
    """A file is named by its BCP 47 tag, and says which way the language is written."""
    texts = load(language)
    assert re.fullmatch(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?", language)
    assert texts.language == language
    assert texts.direction == ("rtl" if language in {"ar", "he"} else "ltr")


def test_cldr_is_what_the_script_writes() -> None:
    """The files with what the CLDR knows are those that the script would write now."""
    path = PROJECT / ".ci" / "locales.py"
    if importlib.util.find_spec("babel") is None or not path.is_file():
        pytest.skip("Babel or the script is not here: whether the CLDR's part of the languages is current was not seen")
    spec = importlib.util.spec_from_file_location("build_locales", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    folder = PROJECT / "src" / "consentkit" / "pages" / "cldr"
    assert {name + ".toml" for name in languages()} == {file.name for file in folder.glob("*.toml")}
    for name in languages():
        assert module.build(name) == (folder / f"{name}.toml").read_text(encoding="utf-8"), name
