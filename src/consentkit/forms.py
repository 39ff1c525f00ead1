"""Boxes for consent at a form of the site's own: one purpose each, empty at first, never required (R7-R9).

    box = ConsentBox(policy, "newsletter", "Send me the newsletter, about once a month.")
    box.html()                              the box, its words, and what has to be said where it stands
    box.answer(form)                        what was ticked: True or False, nothing else
    box.record(consents, subject, form)     the answer kept, with these very words

A box cannot be made ticked, required, or for two purposes at once: each of these would make the consent void. `boxes`
looks at all the boxes of a form together. For WTForms there is `consentkit.wtforms`, for Django
`consentkit.django.forms`.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

from markupsafe import Markup

from consentkit.errors import UsageError
from consentkit.pages.languages import lookup
from consentkit.pages.texts import Texts, languages, load
from consentkit.policy.models import Policy, Recipient

#: Characters of a label: what is longer is not read, and so not agreed to (R11).
MAX_LABEL: Final = 1_000

R_co = TypeVar("R_co", covariant=True)


class Records(Protocol[R_co]):
    """What keeps an answer: `FormConsents`, or `AsyncFormConsents`, whose result is awaited."""

    def record(
        self,
        subject: str,
        purpose: str,
        granted: bool,
        *,
        text: str,
        now: float | None = None,
        language: str | None = None,
    ) -> R_co:
        """See `FormConsents.record`."""
        ...


class ConsentBox:
    """One question at a form.

    Args:
        policy: declares the purpose.
        purpose: its id, with ``asked = "form"``.
        label: the words beside the box: what is agreed to, word for word.
        name: of the form's field; the purpose's id by default.
        value: that the field has when the box is ticked.
        language: BCP 47 tag of the label; the policy's by default.

    Attributes:
        text_hash: lower-case hexadecimal SHA-256 of the label, as the record will have it.

    Raises:
        UsageError: if the purpose is none that forms ask for, or several; if the label says nothing.
    """

    def __init__(
        self,
        policy: Policy,
        purpose: str,
        label: str,
        *,
        name: str | None = None,
        value: str = "yes",
        language: str | None = None,
    ) -> None:
        if not isinstance(purpose, str):
            raise UsageError(
                f"a box asks for one purpose, not for {purpose!r} at once: who may only say yes to all has no "
                "choice (R8)"
            )
        declared = policy.purposes_by_id.get(purpose)
        asked = [each.id for each in policy.all_purposes if each.asked == "form"]
        if declared is None or declared.asked != "form":
            close = difflib.get_close_matches(purpose, asked, n=1)
            meant = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(asked) or 'none'}"
            raise UsageError(f"no form may ask for '{purpose}'; such a purpose has `asked = \"form\"`: {meant}")
        if declared.legal_basis != "consent":
            raise UsageError(
                f"'{purpose}' rests on {declared.legal_basis.replace('_', ' ')}, so there is nothing to agree to; a box"
                " would make people believe that they have a choice"
            )
        if not label.strip() or len(label) > MAX_LABEL:
            raise UsageError(f"the label is {len(label)} characters long; say in 1 to {MAX_LABEL} what is agreed to")
        if not value:
            raise UsageError("`value` is empty; a box that is ticked has to differ from one that is not")
        self.policy, self.purpose, self.label = policy, purpose, label
        self.name, self.value = purpose if name is None else name, value
        self.language = language or policy.language
        self.text_hash = hashlib.sha256(label.encode()).hexdigest()

    def answer(self, form: Mapping[str, Any]) -> bool:
        """What was ticked: the field has this box's value, exactly; anything else is no.

        Args:
            form: the posted fields; of several values of one field the mapping's own choice counts.
        """
        given = form.get(self.name)
        return isinstance(given, str) and given == self.value

    def record(
        self, consents: Records[R_co], subject: str, form: Mapping[str, Any], *, now: float | None = None
    ) -> R_co:  # fmt: skip
        """Keeps the answer, yes or no, with the label as its text.

        Args:
            consents: a `FormConsents` (or `AsyncFormConsents`, then await the result).
            subject: names the person among the site's own.
            form: the posted fields.
            now: POSIX seconds; this moment by default.
        """
        return consents.record(
            subject, self.purpose, self.answer(form), text=self.label, now=now, language=self.language
        )  # fmt: skip

    def html(self, posted: Mapping[str, Any] | None = None, *, language: str | None = None) -> Markup:
        """The box with its label and notes, as markup that templates do not escape.

        Args:
            posted: the fields that came back with a mistake elsewhere in the form: only the visitor's own tick is kept.
            language: of our own words; the label's by default.
        """
        ticked = Markup(" checked") if posted is not None and self.answer(posted) else Markup("")
        notes = self.notes(language)
        hint = f"{self.name}-notes"
        about = Markup("").join(Markup("<span>{}</span> ").format(note) for note in notes)
        return Markup(
            '<p class="ck-box"><label><input type="checkbox" name="{}" value="{}" aria-describedby="{}"{}> '
            '<span lang="{}">{}</span></label> <small id="{}" lang="{}">{}</small></p>'
        ).format(
            self.name,
            self.value,
            hint,
            ticked,
            self.language,
            self.label,
            hint,
            self._texts(language).language,
            about,
        )

    def notes(self, language: str | None = None) -> list[str]:
        """What has to be said beside the box: that it is voluntary, how it ends, and where the data go (R24).

        Args:
            language: of the sentences; the label's by default.
        """
        texts = self._texts(language)
        return [texts.plain("forms.optional"), texts.plain("forms.withdraw"), *_transfers(texts, self.recipients)]

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """Who gets the data of the purpose, as the policy declares it."""
        return recipients_of(self.policy, self.purpose)

    def _texts(self, language: str | None) -> Texts:
        return _texts_in(language or self.language)


def boxes(*given: ConsentBox) -> tuple[ConsentBox, ...]:
    """All the boxes of one form, looked at together.

    Raises:
        UsageError: if one field, one purpose or one sentence stands for several: then one tick would say yes to more
            than its reader sees.
    """
    for what in ("name", "purpose", "label"):
        values = [getattr(box, what) for box in given]
        if twice := sorted({value for value in values if values.count(value) > 1}):
            raise UsageError(
                f"two boxes of this form have the same {what} ('{twice[0]}'): give each question its own box and words"
            )
    return given


def transfer_notes(policy: Policy, purpose: str, language: str | None = None) -> list[str]:
    """Sentences about data that leave the EEA, for forms that ask for data without asking for consent (R24).

    Args:
        policy: the policy in force.
        purpose: id of the purpose that the form's data serve.
        language: of the sentences; the policy's by default.

    Raises:
        UsageError: if there is no such purpose.
    """
    if purpose not in policy.purposes_by_id:
        raise UsageError(f"the policy declares no purpose '{purpose}'; there are {', '.join(policy.purposes_by_id)}")
    return _transfers(_texts_in(language or policy.language), recipients_of(policy, purpose))


def recipients_of(policy: Policy, purpose: str) -> tuple[Recipient, ...]:
    """Who gets the data of a purpose: those who name it, and those who name none."""
    return tuple(each for each in policy.recipients if not each.purposes or purpose in each.purposes)


def refuse_defaults(*, required: bool, initial: object, validators: Sequence[object] = ()) -> None:
    """What a framework's field may be told of boxes, but a consent must not be.

    Raises:
        UsageError: for a box that is required, or ticked beforehand.
    """
    demanding = [type(each).__name__ for each in validators if _demands(each)]
    if required or demanding:
        raise UsageError(
            "a consent cannot be required: who cannot go on without it is not free (R9); leave it out, and record a no"
        )
    if initial:
        raise UsageError("a consent cannot be ticked beforehand (R7); leave out the default")


def _demands(validator: object) -> bool:
    flags = getattr(validator, "field_flags", None)
    return isinstance(flags, Mapping) and bool(flags.get("required"))


def _transfers(texts: Texts, recipients: Iterable[Recipient]) -> list[str]:
    return [
        texts.plain(
            "forms.transfer",
            name=recipient.name,
            country=texts.country(transfer.country),
            safeguard=transfer.safeguard,
        )
        for recipient in recipients
        for transfer in recipient.transfers
    ]


def _texts_in(language: str) -> Texts:
    return load(lookup((language,), languages()) or "en")
