"""One rule: what vendors' own scripts are told follows from the decision, as `data/signals.toml` says (R70-R86).

Which interfaces are spoken follows from the declared services (`Service.consent_api`), what is granted from the
services and purposes that name a consent type (`consent_types`). A type is granted if something names it and everything
that names it is allowed; a type that nothing names is denied, and told all the same (R71). Tags are not loaded before
they are allowed ("basic mode", R75): the signals say what those that are loaded may do.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from consentkit.consent.state import Consent
from consentkit.policy.models import ConsentApi, ConsentType, Policy, Service

STATE = "$state"  # in a call, stands for the types and what became of them
AGE = "$age"  # for `Consent.age_treatment`
ADVERTISING = "ad_"  # what the types of advertising begin with

Call = list[Any]
"""The way, the page's variable, and the values; `static/early.js` makes it."""


class Signal(BaseModel):
    """One vendor's interface, as `data/signals.toml` describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: ConsentApi
    name: str
    target: str
    way: Literal["arguments", "list", "spread", "method", "stub", "present"]
    types: Mapping[ConsentType, str] = {}
    first: tuple[tuple[str | bool, ...], ...] = ()
    changed: tuple[tuple[str | bool, ...], ...] = ()
    granted: tuple[tuple[str | bool, ...], ...] = ()
    denied: tuple[tuple[str | bool, ...], ...] = ()
    age: tuple[tuple[str | Mapping[str, str], ...], ...] = ()
    source: str
    verified: Any


class Signals:
    """The signals of one policy.

    Args:
        policy: says which services there are.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        spoken: dict[ConsentApi, list[Service]] = {}
        for service in policy.services:
            if service.consent_api is not None:
                spoken.setdefault(service.consent_api, []).append(service)
        # Whoever needs no consent needs no signal either.
        self._spoken = [
            (signal, spoken[signal.id])
            for signal in known_signals()
            if signal.id in spoken and any(not self._exempt(service) for service in spoken[signal.id])
        ]
        # A tag manager, which names no type, may bring advertisements.
        self._ages = [
            values
            for signal in known_signals()
            if any(not s.consent_types or _advertises(s) for s in spoken.get(signal.id, ()))
            for values in signal.age
        ]

    def __bool__(self) -> bool:
        """Whether any declared service is told anything."""
        return bool(self._spoken or self._ages)

    def first(self, consent: Consent) -> list[Call]:
        """What is told before any script of the page runs."""
        return self._calls(consent, first=True)

    def changed(self, consent: Consent) -> list[Call]:
        """What is told after a decision, on the page it was made on."""
        return self._calls(consent, first=False)

    def _calls(self, consent: Consent, *, first: bool) -> list[Call]:
        calls = list[Call]()
        for signal, services in self._spoken:
            state = {name: self._granted(consent, kind, services) for kind, name in signal.types.items()}
            allowed = all(consent.allows_service(service.id) for service in services)
            told: Sequence[tuple[str | bool, ...]] = signal.first if first else signal.changed
            told = (*told, *(signal.granted if allowed else () if first else signal.denied))
            calls += [
                [signal.way, signal.target, *(state if value == STATE else value for value in values)]
                for values in told
            ]
        if consent.age_treatment:
            calls += [[_aged(value, consent.age_treatment) for value in values] for values in self._ages]
        return calls

    def _granted(self, consent: Consent, kind: ConsentType, services: Sequence[Service]) -> str:
        said = [consent.allows(p.id) for p in self._policy.all_purposes if kind in p.consent_types]
        said += [consent.allows_service(s.id) for s in services if kind in s.consent_types]
        return "granted" if said and all(said) else "denied"

    def _exempt(self, service: Service) -> bool:
        return all(self._policy.purposes_by_id[id_].exempt for id_ in service.purposes)


def _advertises(service: Service) -> bool:
    return any(kind.startswith(ADVERTISING) for kind in service.consent_types)


def _aged(value: str | Mapping[str, str], age: int) -> Any:
    if isinstance(value, str):
        return age if value == AGE else value
    return {name: _aged(each, age) for name, each in value.items()}


@cache
def known_signals() -> tuple[Signal, ...]:
    """Every interface that is known, in the order in which they are told."""
    document = tomllib.loads((files("consentkit") / "data" / "signals.toml").read_text(encoding="utf-8"))
    return tuple(TypeAdapter(list[Signal]).validate_python(document["signals"]))
