"""A box for consent as a field of Django's forms.

class Signup(forms.Form):
    email = forms.EmailField()
    newsletter = ConsentField(ConsentBox(policy, "newsletter", "Send me the newsletter, once a month."))

form.cleaned_data["newsletter"]                                    # True only if the visitor ticked it
form.fields["newsletter"].record(form_consents(), "reader:1842", form.cleaned_data["newsletter"])
"""

from __future__ import annotations

from typing import Any

from consentkit.forms import ConsentBox, Records, refuse_defaults
from django import forms


class ConsentInput(forms.CheckboxInput):
    """The box itself: ticked by its own value and by no other."""

    def __init__(self, box: ConsentBox, attrs: dict[str, Any] | None = None) -> None:
        self.box = box
        super().__init__({**(attrs or {}), "value": box.value})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> bool:
        """What was ticked."""
        del files
        values = data.getlist(name) if hasattr(data, "getlist") else [data[name]] if name in data else []
        return list(values) == [self.box.value]


class _Bound(forms.BoundField):
    """A field of a form that was given first values: for a consent they do not count."""

    @property
    def initial(self) -> bool:
        return False


class ConsentField(forms.BooleanField):
    """A box that nobody but the visitor can tick.

    Args:
        box: the question.
        kwargs: of Django's `BooleanField`; neither required nor with a first value.

    Raises:
        UsageError: for one that is required or ticked beforehand.
    """

    def __init__(self, box: ConsentBox, **kwargs: Any) -> None:
        refuse_defaults(required=kwargs.pop("required", False), initial=kwargs.pop("initial", False))
        self.box = box
        kwargs.setdefault("label", box.label)
        kwargs.setdefault("help_text", " ".join(box.notes()))
        super().__init__(required=False, widget=ConsentInput(box), **kwargs)

    def get_bound_field(self, form: Any, field_name: str) -> forms.BoundField:
        """The field in a form."""
        return _Bound(form, self, field_name)

    def record(self, consents: Records[Any], subject: str, granted: bool, *, now: float | None = None) -> Any:
        """Keeps the answer with the label as its text.

        Args:
            consents: `form_consents()`, or another.
            subject: names the person among the site's own.
            granted: what `cleaned_data` says.
            now: POSIX seconds; this moment by default.
        """
        form = {self.box.name: self.box.value} if granted is True else {}
        return self.box.record(consents, subject, form, now=now)
