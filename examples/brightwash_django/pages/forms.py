"""The contact form, and how the forms of this site say what is wrong."""

from __future__ import annotations

from django import forms

from .models import Message


class ContactForm(forms.ModelForm):
    """A message."""

    class Meta:
        """What is asked for."""

        model = Message
        fields = ("name", "email", "text")
        labels = {"email": "E-mail address", "text": "Message"}
        widgets = {"text": forms.Textarea(attrs={"rows": 5})}
