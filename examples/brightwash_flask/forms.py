"""What the forms have in common: fields without white space around them, and a sentence for what is missing."""

from __future__ import annotations

from flask import request

from consentkit.flask import form_consents

MAX_FIELD = 4_000  # characters


def fields() -> dict[str, str]:
    """The posted fields."""
    return {name: value.strip()[:MAX_FIELD] for name, value in request.form.items()}


def problem(form: dict[str, str], **needed: str) -> str:
    """A sentence that names what was left out, or nothing."""
    if left_out := [label for name, label in needed.items() if not form.get(name)]:
        return f"Please give {' and '.join(left_out)}."
    if "email" in needed and "@" not in form["email"]:
        return "Please check the e-mail address: it has no @."
    return ""


def record(token: str, purpose: str, *, granted: bool, text: str) -> None:
    """Keeps the proof of one tick box. Proofs name people by a random token, so that they hold no address."""
    form_consents().record(subject(token), purpose, granted, text=text, language="en")


def subject(token: str) -> str:
    """How the proofs name a person."""
    return f"brightwash:{token}"
