"""One rule: a decision is what a request says explicitly, about names this policy asks for, and nothing else (R7, R10).

A form or JSON comes in; a `Wish` goes out, or the sentence that says what to send. A field that comes twice,
an unknown name, two wishes at once: nothing is guessed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl

from consentkit.consent.record import Source
from consentkit.consent.state import Choice, Consent, deny_all, grant, grant_all, opt_out
from consentkit.errors import VisitorError
from consentkit.pages.returning import safe_return
from consentkit.policy.models import Policy

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MAX_FIELDS = 2_000  # a policy with 400 services sends 400 of them, each purpose one more
SHOWN_NAME = 80  # characters of a wrong name that are repeated in the answer

Kind = Literal["accept", "reject", "save", "opt-out", "noted"]
_SINGLE = ("decision", "allow", "withdraw", "minor", "return", "lang", "source")
_MANY = ("purpose", "service")
# What may be said of where a decision was made; the others are the server's own to say.
SOURCES: Mapping[str, Source] = {
    "banner": "banner", "preferences": "preferences", "control": "control", "placeholder": "placeholder", "api": "api"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fields:
    """What a request says, before it is held against a policy."""

    decision: str | None = None
    allow: str | None = None
    withdraw: bool = False
    minor: bool | None = None
    purposes: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    grant: tuple[str, ...] | None = None
    return_path: str | None = None
    language: str | None = None
    source: Source = "banner"


@dataclass(frozen=True, slots=True)
class Wish:
    """A decision that can be made.

    Attributes:
        choices: by purpose, what is decided.
        return_path: where to go back to, checked; None for where the site begins.
        language: of the texts that were shown, None for the policy's.
        source: by what means.
        noted: purposes in use of which the visitor was told.
        minor: what the visitor says of being a minor; None says nothing.
    """

    choices: Mapping[str, Choice]
    return_path: str | None
    language: str | None
    source: Source
    noted: tuple[str, ...] = ()
    minor: bool | None = None

    @property
    def grants(self) -> bool:
        """Whether anything is granted."""
        return any(choice.granted or choice.services for choice in self.choices.values())


def parse(content_type: str | None, body: bytes) -> Fields:
    """Reads a request's body.

    Raises:
        VisitorError: 415 for another type, 400 for what cannot be read.
    """
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type == FORM:
        return _form(body)
    if media_type == JSON:
        return _json(body)
    raise VisitorError(415, f"A decision is sent as {FORM} or as {JSON}.")


def wish(fields: Fields, policy: Policy, before: Consent, languages: Sequence[str]) -> Wish:
    """Holds what was said against the policy.

    Args:
        fields: what the request says.
        policy: the policy in force.
        before: the visitor's present state, which "allow" adds to.
        languages: of the texts that can have been shown.

    Raises:
        VisitorError: 400, with the sentence that says what to send.
    """
    return_path = None
    if fields.return_path is not None:
        return_path = safe_return(fields.return_path)
        if return_path is None:
            raise VisitorError(400, "`return` must be a path of this site, such as /page?number=2.")
    if fields.language is not None and fields.language not in languages:
        raise VisitorError(400, f"`lang` must be a language that the texts are in: {', '.join(languages)}.")
    said = [fields.decision is not None, fields.allow is not None, fields.withdraw, fields.minor is not None]
    if sum(said) != 1:
        raise VisitorError(
            400,
            "Send exactly one of: `decision` (accept, reject, save, opt-out or noted), `allow` (the id of a service or "
            "purpose), `withdraw` (1), `minor` (1 or 0).",
        )
    source = fields.source
    choices: Mapping[str, Choice]
    noted: tuple[str, ...] = ()
    if fields.withdraw:
        choices = deny_all(policy)
        if source == "banner":  # it has no such button: it is the control's, which uses the banner's form meanwhile
            source = "control"
    elif fields.minor is not None:
        if policy.minors is None or policy.minors.mode != "self-declaration":
            raise VisitorError(400, "This site does not ask for anybody's age.")
        choices = deny_all(policy) if fields.minor else {}
    elif fields.decision == "noted":
        choices, noted = {}, before.in_use
    elif fields.allow is not None:
        choices, source = _allow(fields.allow, policy, before), source if source == "api" else "placeholder"
    else:
        choices = _decide(fields, policy)
        if fields.decision == "opt-out":
            noted = tuple(id_ for id_ in before.in_use if id_ not in choices)
        if fields.decision == "save":  # what was on and stayed on was not decided: a ticked box is no consent (R8)
            noted = tuple(id_ for id_ in before.in_use if choices[id_].granted)
            choices = {id_: choice for id_, choice in choices.items() if id_ not in noted}
    return Wish(choices, return_path, fields.language, source, noted, fields.minor)


def _decide(fields: Fields, policy: Policy) -> Mapping[str, Choice]:
    if fields.decision not in get_args(Kind):
        raise VisitorError(400, "`decision` must be accept, reject, save, opt-out or noted.")
    if fields.decision != "save" and fields.grant is not None:
        raise VisitorError(400, f"`grant` goes with the decision save, not with {fields.decision}.")
    # The buttons of a form send its tick boxes along: only "save" reads them.
    if fields.decision == "accept":
        return grant_all(policy)
    if fields.decision == "reject":
        return deny_all(policy)
    if fields.decision == "opt-out":
        return opt_out(policy)
    purposes, services = _askable(policy)
    for name in fields.purposes:
        _known(name, purposes, "purpose")
    for name in fields.services:
        _known(name, services, "service")
    for name in fields.grant or ():
        _known(name, (*purposes, *services), "purpose or service")
    return grant(policy, {*fields.purposes, *fields.services, *(fields.grant or ())})


def _allow(name: str, policy: Policy, before: Consent) -> Mapping[str, Choice]:
    purposes, services = _askable(policy)
    _known(name, (*purposes, *services), "purpose or service")
    if name in purposes:
        every = frozenset(service.id for service in policy.services_by_purpose[name])
        return {name: Choice(granted=True, services=every)}
    out = dict[str, Choice]()
    for purpose in policy.services_by_id[name].purposes:
        if purpose in purposes:
            old = before.choices.get(purpose, Choice(granted=False))
            out[purpose] = Choice(granted=old.granted, services=old.services | {name})
    return out


def _askable(policy: Policy) -> tuple[tuple[str, ...], tuple[str, ...]]:
    purposes = tuple(purpose.id for purpose in policy.asked_purposes)
    return purposes, tuple(s.id for s in policy.services if not set(purposes).isdisjoint(s.purposes))


def _known(name: str, known: Sequence[str], what: str) -> None:
    if name not in known:
        shown = name[:SHOWN_NAME]
        there_is = ", ".join(known) or "none"
        raise VisitorError(400, f"There is no {what} “{shown}” to decide about; there is: {there_is}.")


def _form(body: bytes) -> Fields:
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError as error:  # UnicodeError is one
        raise VisitorError(400, f"The form cannot be read; send it as {FORM} in UTF-8.") from error
    single, many = dict[str, str](), {name: list[str]() for name in _MANY}
    for name, value in pairs:
        if name in many:
            if value in many[name]:
                raise VisitorError(400, f"`{name}` names “{value[:SHOWN_NAME]}” twice; send each once.")
            many[name].append(value)
        elif name not in _SINGLE:
            known = ", ".join((*_SINGLE, *_MANY))
            raise VisitorError(400, f"There is no field “{name[:SHOWN_NAME]}”; there is: {known}.")
        elif name in single:
            raise VisitorError(400, f"`{name}` came twice; send it once.")
        else:
            single[name] = value
    if single.get("withdraw", "1") != "1":
        raise VisitorError(400, "`withdraw` must be 1.")
    if single.get("minor", "1") not in {"0", "1"}:
        raise VisitorError(400, "`minor` must be 1 or 0.")
    return Fields(
        decision=single.get("decision"),
        allow=single.get("allow"),
        withdraw="withdraw" in single,
        minor=None if "minor" not in single else single["minor"] == "1",
        purposes=tuple(many["purpose"]),
        services=tuple(many["service"]),
        return_path=single.get("return"),
        language=single.get("lang"),
        source=_source(single.get("source", "banner")),
    )


def _json(body: bytes) -> Fields:
    try:
        data = json.loads(body.decode("utf-8"), object_pairs_hook=_once)
        json.dumps(data, ensure_ascii=False).encode("utf-8")  # half of a surrogate pair is no text to answer with
    except (ValueError, RecursionError) as error:  # UnicodeError is a ValueError; depth ends in RecursionError
        raise VisitorError(400, 'The JSON cannot be read; send an object such as {"decision": "reject"}.') from error
    if not isinstance(data, dict):
        raise VisitorError(400, 'Send a JSON object, such as {"decision": "reject"}.')
    known = (*_SINGLE, "grant")
    if strangers := [name for name in data if name not in known]:
        raise VisitorError(400, f"There is no field “{strangers[0][:SHOWN_NAME]}”; there is: {', '.join(known)}.")
    for name in ("decision", "allow", "return", "lang", "source"):
        if not isinstance(data.get(name, ""), str):
            raise VisitorError(400, f"`{name}` must be a string.")
    if not isinstance(data.get("withdraw", True), bool):
        raise VisitorError(400, "`withdraw` must be true.")
    if not isinstance(data.get("minor", True), bool):
        raise VisitorError(400, "`minor` must be true or false.")
    names = data.get("grant", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise VisitorError(400, "`grant` must be a list of ids of purposes and services.")
    if len(set(names)) != len(names):
        raise VisitorError(400, "`grant` names something twice; name each once.")
    return Fields(
        decision=data.get("decision"),
        allow=data.get("allow"),
        withdraw=data.get("withdraw", False),
        minor=data.get("minor"),
        grant=tuple(names) if "grant" in data else None,
        return_path=data.get("return"),
        language=data.get("lang"),
        source=_source(data.get("source", "api")),
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        message = "a key came twice"
        raise ValueError(message)
    return out


def _source(name: str) -> Source:
    if name not in SOURCES:
        raise VisitorError(400, f"`source` must be one of: {', '.join(SOURCES)}.")
    return SOURCES[name]
