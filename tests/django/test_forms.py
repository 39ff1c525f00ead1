"""The box as a field of Django's forms."""

from __future__ import annotations

from typing import Any

import pytest

from consentkit.django.forms import ConsentField
from consentkit.errors import UsageError
from consentkit.records.forms import FormConsents
from consentkit.records.memory import MemoryStore
from django import forms
from tests.forms.policies import BOX, LABEL, POLICY


class Signup(forms.Form):
    """A form with a service and a consent."""

    email = forms.EmailField()
    letter = ConsentField(BOX)


def test_the_box_is_empty() -> None:
    """Whatever first values the form is given, the box is empty and not required; its label and notes are there."""
    for form in (Signup(), Signup(initial={"letter": True})):
        markup = str(form["letter"])
        assert "checked" not in markup
        assert "required" not in markup
        assert 'value="yes"' in markup
        assert LABEL == form["letter"].label
        assert "Hosting" in form["letter"].help_text


@pytest.mark.parametrize(("posted", "expected"), [
    ({"letter": "yes"}, True), ({}, False), ({"letter": "on"}, False), ({"letter": "true"}, False), ({"letter": True}, False), ({"letter": ""}, False),
])  # fmt: skip
def test_only_the_visitors_tick_counts(posted: dict[str, Any], expected: bool) -> None:
    """The box's own value is a yes, anything else is none; the form is valid in any case."""
    form = Signup({"email": "ada@pub.example", **posted}, initial={"letter": True})
    assert form.is_valid()
    assert expected is form.cleaned_data["letter"]


def test_a_mistake_elsewhere_keeps_the_tick() -> None:
    """The form comes back with the visitor's own tick, and without one that was not theirs."""
    assert "checked" in str(Signup({"email": "x", "letter": "yes"})["letter"])
    assert "checked" not in str(Signup({"email": "x"}, initial={"letter": True})["letter"])


def test_the_answer_is_kept() -> None:
    """The record has the label word for word."""
    consents = FormConsents(MemoryStore(), POLICY)
    field: Any = Signup().fields["letter"]
    assert LABEL == field.record(consents, "reader:1", True).text
    assert {"letter": False} == field.record(consents, "reader:1", "yes").choices


@pytest.mark.parametrize("options", [{"required": True}, {"initial": True}])
def test_void_consents_are_refused(options: dict[str, Any]) -> None:
    """A field that is required or ticked beforehand cannot be made."""
    with pytest.raises(UsageError, match="consent cannot be"):
        ConsentField(BOX, **options)
