"""The box as a field of WTForms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from consentkit.errors import UsageError
from consentkit.records.forms import FormConsents
from consentkit.records.memory import MemoryStore
from tests.forms.policies import BOX, LABEL, POLICY


def _wtforms(**options: Any) -> Any:
    from wtforms import Form

    from consentkit.wtforms import ConsentField

    validators = options.pop("validators", None)

    class Signup(Form):
        letter = ConsentField(BOX, validators, **options)

    return Signup


def test_wtforms_box(posted: Callable[[dict[str, Any]], Any]) -> None:
    """The field is empty whatever object or data the form is made from; only the visitor's tick counts."""

    class Person:
        letter = True

    for form in (_wtforms()(), _wtforms()(obj=Person()), _wtforms()(data={"letter": True}), _wtforms()(letter=True)):
        assert form.letter.data is False
        assert "checked" not in form.letter()
        assert "required" not in form.letter()
        assert 'value="yes"' in form.letter()
    assert _wtforms()(posted({"letter": "yes"})).letter.data is True
    for other in ("on", "y", "true", "1", ["yes", "no"], ""):
        assert _wtforms()(posted({"letter": other})).letter.data is False
    form = _wtforms()(posted({"letter": "yes"}))
    assert form.validate()
    assert "checked" in form.letter()
    assert LABEL == form.letter.label.text
    assert "Hosting" in form.letter.description


def test_wtforms_records() -> None:
    """What was ticked is kept with the label; what was not, too."""
    consents = FormConsents(MemoryStore(), POLICY)
    form = _wtforms()()
    form.letter.data = True
    assert form.letter.record(consents, "reader:1").choices == {"letter": True}
    form.letter.data = False
    assert form.letter.record(consents, "reader:1").choices == {"letter": False}
    assert not consents.allows("reader:1", "letter")


def test_wtforms_refuses_void_consents() -> None:
    """A default, or a validator that demands the tick, is a mistake that is told when the form is made."""
    from wtforms.validators import DataRequired, InputRequired, Length

    with pytest.raises(UsageError, match="beforehand"):
        _wtforms(default=True)()
    for validator in (InputRequired(), DataRequired()):
        with pytest.raises(UsageError, match="not free"):
            _wtforms(validators=[validator])()
    with pytest.raises(UsageError, match="not free"):
        _wtforms(validators=[Length(max=3), InputRequired()])()


@pytest.fixture
def posted() -> Callable[[dict[str, Any]], Any]:
    """A posted form as WTForms wants it."""
    from werkzeug.datastructures import MultiDict

    return MultiDict
