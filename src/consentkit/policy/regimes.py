"""What the law of a visitor's place asks before a decision: data with sources, and no law in the code (R20, R35, R36).

The facts stand in ``data/regimes.toml``; they are read once per process. A policy's `[regimes]` says which of them a
site applies. Where nothing is said, nothing is known, or what is known is no code of a place: opt-in, the strictest.
"""

from __future__ import annotations

import datetime
import tomllib
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

if TYPE_CHECKING:
    from consentkit.policy.models import Policy, Purpose

PLACE_PATTERN = r"^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$"
"""ISO 3166-1 alpha-2, or ISO 3166-2 where a part of a country has a law of its own: ``FR``, ``US-CA``."""
SOURCE_PATTERN = r"^(?:https://\S+|R\d+)$"
STRICTEST = "opt-in"
"""The regime of those of whom nothing is known (R35)."""
UNKNOWN_AGE = 16
"""Below which somebody from nowhere known is a minor: the Regulation's own age (GDPR art. 8; R25)."""

Kind = Literal["statistics", "appearance", "plain", "opt-out"]
Banner = Literal["opt-in", "notice", "opt-out"]
Place = Annotated[str, StringConstraints(pattern=PLACE_PATTERN)]


class Entry(BaseModel):
    """What every entry says of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    law: str = Field(min_length=3)
    """The law, as lawyers cite it."""
    source: str = Field(pattern=SOURCE_PATTERN)
    """Where it can be read, or the number of the rule in the project's requirements."""
    also: str | None = Field(default=None, pattern=SOURCE_PATTERN)
    """A second source, of somebody else, that says the same."""
    verified: datetime.date
    """When the entry was last compared with its sources."""


class Regime(Entry):
    """How visitors are asked.

    Attributes:
        id: its name, which records carry.
        banner: how a visitor is met: asked for consent, told and free to object, or offered the opt-out.
        in_use: kinds of purposes that may be in use before a decision.
        asked_again: days for which nobody who opted out is asked to change that (R48); 0 where the policy's
            `reprompt_after` says it all.
    """

    id: str = Field(pattern=r"^[a-z]+(?:-[a-z]+)*$")
    banner: Banner
    in_use: frozenset[Kind] = frozenset()
    asked_again: int = Field(default=0, ge=0, le=400)

    def __hash__(self) -> int:
        return hash(self.id)

    @model_validator(mode="after")
    def _opt_in_uses_nothing(self) -> Regime:
        if (self.banner == "opt-in") == bool(self.in_use):
            message = f"regime '{self.id}': with banner = \"{self.banner}\" `in_use` is {sorted(self.in_use)}"
            raise ValueError(message)
        return self

    def lets(self, purpose: Purpose) -> bool:
        """Whether a purpose that needs consent elsewhere may be in use before a decision."""
        return not self.in_use.isdisjoint(kinds(purpose))


class PlaceEntry(Entry):
    """What holds in one place.

    Attributes:
        code: the country, or the part of it.
        regime: the id of its regime.
        age: in years; whoever is younger is a minor there (R25, R55, R56).
        gpc: in opt-out regimes whether the law asks that the signal is honoured, or it is honoured anyway (R50).
        since: when the duty to honour it began.
    """

    code: Place
    regime: str
    age: int = Field(ge=13, le=18)
    gpc: Literal["binding", "honoured"] | None = None
    since: datetime.date | None = None


class Regimes(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    regimes: tuple[Regime, ...]
    places: tuple[PlaceEntry, ...]

    @model_validator(mode="after")
    def _entries_agree(self) -> Regimes:
        for what, names in (("regime", [r.id for r in self.regimes]), ("place", [p.code for p in self.places])):
            if twice := [name for name, times in Counter(names).items() if times > 1]:
                message = f"the {what} {', '.join(twice)} is there twice"
                raise ValueError(message)
        known = {regime.id: regime for regime in self.regimes}
        if STRICTEST not in known or known[STRICTEST].in_use:
            message = f"the regime '{STRICTEST}' must be there, with nothing in use before a decision"
            raise ValueError(message)
        for place in self.places:
            if place.regime not in known:
                message = f"the place {place.code} names the regime '{place.regime}', which is not there"
                raise ValueError(message)
            if (known[place.regime].banner == "opt-out") != (place.gpc is not None):
                message = (
                    f"the place {place.code} must say what holds of GPC where its regime is opt-out, and only there"
                )
                raise ValueError(message)
        return self


def parse_regimes(text: str) -> Regimes:
    """The regimes in TOML text.

    Raises:
        ValueError: if it is no TOML, an entry lacks something, or two do not agree.
    """
    return Regimes.model_validate(tomllib.loads(text))


@cache
def builtin() -> Regimes:
    """The regimes that come with the package."""
    return parse_regimes((files("consentkit") / "data" / "regimes.toml").read_text(encoding="utf-8"))


@cache
def by_id() -> Mapping[str, Regime]:
    """The regimes by id."""
    return MappingProxyType({regime.id: regime for regime in builtin().regimes})


@cache
def by_place() -> Mapping[str, PlaceEntry]:
    """The places by code."""
    return MappingProxyType({place.code: place for place in builtin().places})


def place_entry(code: str | None) -> PlaceEntry | None:
    """What is known of a place: of the part of a country, else of the country; None for nowhere known."""
    if not code:
        return None
    return by_place().get(code) or by_place().get(code[:2])


def regime_for(policy: Policy, code: str | None) -> Regime:
    """The regime that a policy applies to somebody from a place.

    The policy's own entry for the place comes first, then that of the file; a regime that the policy does not use is
    replaced by opt-in. Without a place, or one of which nothing is known, it is the policy's `default`.
    """
    settings, known = policy.regimes, by_id()
    if settings is None:
        return known[STRICTEST]
    own = {place.code: place.regime for place in settings.places}
    found = (own.get(code) or own.get(code[:2])) if code else None
    if found is None:
        entry = place_entry(code)
        found = settings.default if entry is None else entry.regime
        if entry is not None and found not in settings.use:
            found = STRICTEST
    return known[found]


def age_at(code: str | None) -> int:
    """The age, in years, below which the law of a place takes somebody for a minor."""
    entry = place_entry(code)
    return entry.age if entry else UNKNOWN_AGE


def kinds(purpose: Purpose) -> frozenset[Kind]:
    """Of which kinds a purpose is, for `Regime.in_use`. One that does not say is of none: always asked for."""
    found = set[Kind]()
    if purpose.exception is not None:
        found.add(purpose.exception)
    if purpose.opt_out is not None:
        found.add("opt-out" if purpose.opt_out else "plain")
    return frozenset(found)
