"""The form below an article."""

from __future__ import annotations

from django import forms

from .models import Comment


class CommentForm(forms.ModelForm):
    """A comment; `remember` is there for those who allow it."""

    remember = forms.BooleanField(
        required=False, label="Remember my name and e-mail address on this device for a year."
    )

    class Meta:
        """What is asked for."""

        model = Comment
        fields = ("name", "email", "country", "text", "anonymous")
        labels = {
            "email": "E-mail address",
            "text": "Comment",
            "anonymous": "Show my comment as “Anonymous”, without name and country.",
        }
        help_texts = {
            "email": "Never shown. We ask for it, also for anonymous comments, to keep the blog free of nonsense."
        }
        widgets = {"text": forms.Textarea(attrs={"rows": 5})}
