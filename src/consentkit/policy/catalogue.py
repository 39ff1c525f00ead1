"""The services known by name: facts about vendors' products, kept as data.

The facts stand in ``data/services/*.toml``, one `Service` a table; nothing here knows any vendor.
They are read once per process, at the first question. A site's policy takes a service by its id
and may overrule each of its fields (`policy.load`); a page rewritten without a policy is measured
against all of them.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any
from urllib.parse import unquote

from pydantic import TypeAdapter

from consentkit.policy.models import Purpose, Service

NEAREST = 3  # suggestions in an error message: more would be a list to read, not a hint
LIKENESS = 0.55  # of difflib, where 1 is equal: "googleanalytics" and "hotjr" find theirs, "foo" finds nothing


def services() -> tuple[Service, ...]:
    """Every service of the catalogue, by id."""
    return tuple(_by_id().values())


def service(id: str) -> Service | None:  # noqa: A002  # the field is called so
    """The service of that id, or None."""
    return _by_id().get(id)


def nearest(id: str) -> list[str]:  # noqa: A002
    """At most `NEAREST` ids of services that ``id`` may have been meant for, the likeliest first.

    Ids, names and other names that people use (``ga4``, ``typekit``) are compared.
    """
    wanted = _plain(id)
    known = _spellings()
    if not wanted:
        return []
    close = difflib.get_close_matches(wanted, known, n=4 * NEAREST, cutoff=LIKENESS)
    holding = sorted((name for name in known if wanted in name), key=len) if len(wanted) >= 4 else []
    found = dict.fromkeys(known[name] for name in (*close[:1], *holding[:1], *close, *holding))
    return list(found)[:NEAREST]


@cache
def consent_managers() -> frozenset[str]:
    """The ids of other companies' consent tools: two on one site ask twice, and each believes that it decides."""
    text = (files("consentkit") / "data" / "services" / "consent.toml").read_text(encoding="utf-8")
    return frozenset(entry["id"] for entry in tomllib.loads(text)["services"])


def default_purposes(language: str = "en") -> tuple[Purpose, ...]:
    """The purposes that the catalogue's services serve, with texts an owner can begin with.

    Args:
        language: a BCP 47 tag; where there are no texts in that language they are English.
    """
    return _purposes(language.partition("-")[0].lower())


def ready_dnt_response(language: str) -> str | None:
    """What a policy in that language says of the Do Not Track field where its owner says nothing; None: in English."""
    plain = language.partition("-")[0].lower()
    return str(_texts(plain)["dnt_response"]) if plain != "en" and plain in ready_languages() else None


def ready_languages() -> tuple[str, ...]:
    """The languages that `default_purposes` has texts in."""
    return tuple(sorted({"en", *(file.name.removesuffix(".toml") for file in _translations().iterdir())}))


def watch_url(service: Service, url: str) -> str | None:
    r"""The page for people behind an embed's URL, by the service's rule ``REGEX -> REPLACEMENT``.

    The expression is searched for in the URL; the replacement may name its groups (``\1``).
    A result that is itself a percent-encoded URL (a query field of the embed's) is decoded.

    Returns:
        An http(s) URL, or None where the service has no rule or the rule does not fit.
    """
    page = _made(service.watch_url, url)
    if page is not None and "://" not in page:
        page = unquote(page)
    return page if page is not None and page.startswith(("https://", "http://")) else None


def friendlier_url(service: Service, url: str) -> str | None:
    r"""The same embed in the form that learns less of the visitor, by the service's rule ``REGEX -> REPLACEMENT``.

    Returns:
        An http(s) URL, without a `&` or `?` that nothing follows; None where the service has no rule or the rule
        does not fit.
    """
    made = _made(service.friendlier_url, url)
    if made is None or not made.startswith(("https://", "http://")):
        return None
    return re.sub(r"[?&]+(?=#|$)", "", made)


def _made(rule: str | None, url: str) -> str | None:
    """What a rule `REGEX -> REPLACEMENT` makes of a URL; None without a rule, or where it does not fit."""
    if not rule:
        return None
    expression, _, replacement = rule.partition(" -> ")
    match = _compiled(expression).search(url)
    return match.expand(replacement) if match else None


@cache
def _by_id() -> dict[str, Service]:
    tables = [table for document in _documents() for table in document.get("services", ())]
    found = TypeAdapter(list[Service]).validate_python(tables)
    return {each.id: each for each in sorted(found, key=lambda each: each.id)}


def _translations() -> Traversable:
    return files("consentkit") / "data" / "purposes"


def _texts(language: str) -> dict[str, Any]:
    """For each ready purpose its title, summary and text in a language that there is; and `dnt_response`."""
    return tomllib.loads((_translations() / f"{language}.toml").read_text(encoding="utf-8"))


@cache
def _english() -> tuple[Purpose, ...]:
    document = tomllib.loads((files("consentkit") / "data" / "purposes.toml").read_text(encoding="utf-8"))
    return tuple(TypeAdapter(list[Purpose]).validate_python(document["purposes"]))


@cache
def _purposes(language: str) -> tuple[Purpose, ...]:
    if language == "en" or language not in ready_languages():
        return _english()
    texts = _texts(language)
    tables = ({**purpose.model_dump(exclude_unset=True), **texts[purpose.id]} for purpose in _english())
    return tuple(Purpose.model_validate(table) for table in tables)


@cache
def _spellings() -> dict[str, str]:
    """Every spelling that leads to a service, with the service's id."""
    aliases = (pair for document in _documents() for pair in document.get("aliases", {}).items())
    out = {_plain(alias): meant for alias, meant in aliases}
    for each in services():
        out.setdefault(_plain(each.name), each.id)
        out[_plain(each.id)] = each.id
    return out


def _documents() -> Iterator[dict[str, Any]]:
    folder = files("consentkit") / "data" / "services"
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            yield tomllib.loads(entry.read_text(encoding="utf-8"))


def _plain(spelling: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", spelling.lower()).strip("-")


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)
