"""Boxes: one question each, empty at first, with what has to be said beside them."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.errors import UsageError
from consentkit.forms import MAX_LABEL, ConsentBox, boxes, recipients_of, transfer_notes
from consentkit.html import iter_tags
from consentkit.pages.texts import languages
from consentkit.records.forms import FormConsents
from consentkit.records.memory import MemoryStore
from tests.forms.policies import BOX, LABEL, POLICY


def test_a_box_is_empty() -> None:
    """The markup has one box, not ticked and not required, with its label escaped and its notes tied to it."""
    markup = BOX.html()
    [box] = [tag for tag in iter_tags(markup.encode()) if tag.name == "input"]
    assert {"type": "checkbox", "name": "letter", "value": "yes", "aria-describedby": "letter-notes"} == box.attributes
    assert "Send me the &lt;monthly&gt; newsletter." in markup
    assert hashlib.sha256(LABEL.encode()).hexdigest() == BOX.text_hash


@given(
    st.dictionaries(
        st.sampled_from(["letter", "other"]),
        st.one_of(
            st.text(max_size=5),
            st.sampled_from(["on", "true", "1", "YES", "yes"]),
            st.booleans(),
            st.lists(st.just("yes")),
            st.none(),
        ),
    )
)
def test_only_the_exact_value_is_yes(form: dict[str, Any]) -> None:
    """Whatever is sent, yes is the box's own value and nothing else; only that is shown ticked again."""
    yes = form.get("letter") == "yes" and isinstance(form.get("letter"), str)
    assert yes == BOX.answer(form)
    assert yes == (" checked" in BOX.html(form))


def test_the_record_has_the_very_words() -> None:
    """The proof of a tick, or of none, is the label word for word and its hash."""
    consents = FormConsents(MemoryStore(), POLICY)
    granted = BOX.record(consents, "reader:1", {"letter": "yes"}, now=1_780_000_000)
    refused = BOX.record(consents, "reader:2", {})
    assert (True, LABEL, BOX.text_hash, "en") == (
        granted.choices["letter"],
        granted.text,
        granted.text_hash,
        granted.language,
    )
    assert (False, LABEL) == (refused.choices["letter"], refused.text)


@pytest.mark.parametrize(("purpose", "label", "said"), [
    (["letter", "sponsor"], LABEL, "one purpose"), (("letter",), LABEL, "one purpose"), ("leter", LABEL, "did you mean 'letter'"), ("numbers", LABEL, "no form may ask"),
    ("basket", LABEL, "no form may ask"), ("answers", LABEL, "legitimate interests"), ("letter", " ", "what is agreed to"), ("letter", "x" * (MAX_LABEL + 1), "what is agreed to"),
])  # fmt: skip
def test_void_consents_are_refused(purpose: Any, label: str, said: str) -> None:
    """A box for several purposes, for what the banner asks for or needs no consent, or without words, cannot be made."""
    with pytest.raises(UsageError, match=said):
        ConsentBox(POLICY, purpose, label)


def test_an_empty_value_is_refused() -> None:
    """A ticked box has to differ from an empty one."""
    with pytest.raises(UsageError, match="value"):
        ConsentBox(POLICY, "letter", LABEL, value="")


@pytest.mark.parametrize("others", [
    [ConsentBox(POLICY, "sponsor", "Share my answers.", name="letter")], [ConsentBox(POLICY, "letter", "And more of it.", name="more")],
    [ConsentBox(POLICY, "sponsor", LABEL)],
])  # fmt: skip
def test_bundled_boxes_are_refused(others: list[ConsentBox]) -> None:
    """One field, one purpose or one sentence for two questions is a bundle."""
    with pytest.raises(UsageError, match="the same"):
        boxes(BOX, *others)


def test_boxes_of_their_own_are_fine() -> None:
    """Two questions with two boxes and two sentences are what a form should have."""
    other = ConsentBox(POLICY, "sponsor", "Share my answers.")
    assert (BOX, other) == boxes(BOX, other)


def test_transfers_are_named_where_data_are_collected() -> None:
    """Who takes the data of this purpose out of the EEA is named at the box, with the country and what protects them there."""
    assert ["Mailhouse", "Hosting"] == [each.name for each in BOX.recipients]
    notes = " ".join(BOX.notes())
    assert "Hosting receives the data in United States" in notes
    assert "adequacy decision" in notes
    assert "Soap" not in notes
    sponsor = ConsentBox(POLICY, "sponsor", "Share my answers.").html()
    assert "Soap &amp; Co receives the data in Australia" in sponsor


def test_transfers_of_forms_without_consent() -> None:
    """A contact form names them as well, though it asks for no consent."""
    [note] = transfer_notes(POLICY, "answers")
    assert note.startswith("Hosting")
    assert ("Hosting",) == tuple(each.name for each in recipients_of(POLICY, "answers"))
    with pytest.raises(UsageError, match="no purpose 'x'"):
        transfer_notes(POLICY, "x")


@pytest.mark.parametrize("language", languages())
def test_notes_in_every_language(language: str) -> None:
    """Each language says that it is voluntary, that it can be withdrawn, and where the data go."""
    notes = BOX.notes(language)
    assert 3 == len(notes)
    assert "Hosting" in notes[2]
    assert f'lang="{language}"' in BOX.html(language=language)
