"""The forms. Nothing is ticked beforehand, and each consent is a box of its own."""

from __future__ import annotations

from typing import Any

from consentkit.django.conf import driver
from consentkit.django.forms import ConsentField
from consentkit.forms import ConsentBox
from django import forms
from examples.brightwash.newsletter import ADDRESS, questions
from examples.brightwash.site import SPONSOR_TEXT

from .models import Answer


class SignUpForm(forms.Form):
    """For the newsletter: an address, and two boxes that nobody but the visitor ticks."""

    email = forms.EmailField(label="E-mail address")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        letter, tracking = questions(driver().kit.policy)
        self.fields[letter.name], self.fields[tracking.name] = ConsentField(letter), ConsentField(tracking)

    def clean_email(self) -> str:
        """One address that mail can be sent to; Django's own rule lets quoted ones pass."""
        address = str(self.cleaned_data["email"])
        if not ADDRESS.fullmatch(address):
            raise forms.ValidationError("Please check the e-mail address: mail cannot be sent there.")
        return address

    def clean_agree(self) -> bool:
        """Without the first box there is nothing to sign up for."""
        if not self.cleaned_data["agree"]:
            raise forms.ValidationError("Please tick the first box if you would like to get the newsletter.")
        return True

    @property
    def ticked(self) -> list[ConsentBox]:
        """The boxes that were ticked, of a valid form."""
        fields = [field for field in self.fields.values() if isinstance(field, ConsentField)]
        return [field.box for field in fields if self.cleaned_data[field.box.name]]


class LeaveForm(forms.Form):
    """Whom to send the link that ends it."""

    email = forms.EmailField(label="The address that gets the newsletter")


class SurveyForm(forms.ModelForm):
    """The questions, and the sponsor's box."""

    satisfaction = forms.TypedChoiceField(
        label="How happy are you with it?", choices=[(n, str(n)) for n in range(1, 6)], coerce=int,
        widget=forms.RadioSelect, help_text="1: not at all, 5: very",
        error_messages={"invalid_choice": "Please rate from 1 to 5."},
    )  # fmt: skip
    sponsor = forms.BooleanField(label=SPONSOR_TEXT, required=False)

    class Meta:
        """What is kept."""

        model = Answer
        fields = ("machine", "satisfaction", "wish", "name", "email")
        labels = {
            "machine": "What washes your glasses now?",
            "wish": "What should the next machine be able to do?",
            "email": "E-mail address",
        }
        help_texts = {"email": "Only to tell you if you have won. We publish no names."}
        widgets = {"wish": forms.Textarea(attrs={"rows": 5})}
