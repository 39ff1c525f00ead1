"""The forms. Nothing is ticked beforehand, and each consent is a box of its own."""

from __future__ import annotations

from django import forms
from examples.brightwash.site import NEWSLETTER_TEXT, SPONSOR_TEXT, TRACKING_TEXT

from .models import Answer


class SignUpForm(forms.Form):
    """For the newsletter."""

    email = forms.EmailField(label="E-mail address")
    agree = forms.BooleanField(
        label=NEWSLETTER_TEXT,
        error_messages={"required": "Please tick the first box if you would like to get the newsletter."},
    )
    tracking = forms.BooleanField(label=TRACKING_TEXT, required=False)


class LeaveForm(forms.Form):
    """By address; the link in a mail has a token instead."""

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
