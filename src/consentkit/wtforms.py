"""A box for consent as a field of WTForms.

class Signup(Form):
    email = EmailField(validators=[InputRequired()])
    newsletter = ConsentField(ConsentBox(policy, "newsletter", "Send me the newsletter, once a month."))

form.newsletter.data                                   # True only if the visitor ticked it
form.newsletter.record(consents, "reader:1842")        # kept with these very words
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField

from consentkit.forms import ConsentBox, Records, refuse_defaults


class ConsentField(BooleanField):
    """A box that nobody but the visitor can tick.

    Args:
        box: the question.
        validators: none that requires it.
        kwargs: of WTForms' `BooleanField`; no default.

    Raises:
        UsageError: for a default, or a validator that requires the tick.
    """

    def __init__(self, box: ConsentBox, validators: Sequence[Any] | None = None, **kwargs: Any) -> None:
        default = kwargs.pop("default", False)
        refuse_defaults(required=False, initial=default, validators=validators or ())
        kwargs.setdefault("description", " ".join(box.notes()))
        super().__init__(box.label, list(validators or ()), name=kwargs.pop("name", box.name), **kwargs)
        self.box = box

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Takes what was posted, never what an object or a default says."""
        del data
        super().process(formdata, False, extra_filters)

    def process_formdata(self, valuelist: Any) -> None:
        """The box's own value is a yes, anything else is none."""
        self.data = list(valuelist or ()) == [self.box.value]

    def _value(self) -> str:
        return self.box.value

    def record(self, consents: Records[Any], subject: str, *, now: float | None = None) -> Any:
        """Keeps the answer: see `ConsentBox.record`."""
        return self.box.record(consents, subject, {self.box.name: self.box.value} if self.data else {}, now=now)
