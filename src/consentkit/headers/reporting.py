"""Fields that tell a browser where to report or to turn to: it contacts those hosts like any other (R170).

Each function takes a field's value and a judge of URLs, and gives the value without the URLs that may not be
contacted: the very same text if there are none, None if nothing is left.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

from consentkit.http import pieces

Judge = Callable[[str], bool]
"""Whether a URL, as written in the field, may be contacted."""

_URL = r'[ \t]*(?:"((?:[^"\\]|\\.)*)"|(.*))'


class Targets(NamedTuple):
    """Where the URLs of a field stand.

    Attributes:
        separator: what is between its members.
        url: finds the URL in a member: in quotes, or bare.
        before: what stands before it in thought, to make a URL of it.
    """

    separator: str
    url: re.Pattern[str]
    before: str = ""


def _parameter(name: str) -> re.Pattern[str]:
    """Finds a parameter's URL, wherever in a member: not every browser knows quotes in every field."""
    return re.compile(rf"{name}[ \t]*={_URL}", re.IGNORECASE | re.DOTALL)


_VALUE = re.compile(rf"\A[^=]*={_URL}", re.DOTALL)  # of the first parameter
_ITEM = re.compile(rf"\A{_URL}", re.DOTALL)

TARGETS: Mapping[str, Targets] = {
    "reporting-endpoints": Targets(",", _VALUE),
    "alt-svc": Targets(",", _VALUE, "//"),  # a host and a port; of the page's own host only the port
    "x-xss-protection": Targets(";", _parameter("report")),
    "expect-ct": Targets(",", _parameter("report-uri")),
    "public-key-pins": Targets(";", _parameter("report-uri")),
    "public-key-pins-report-only": Targets(";", _parameter("report-uri")),
    "secure-session-registration": Targets(",", _parameter("path")),
    "sec-session-registration": Targets(",", _parameter("path")),
    "attribution-reporting-register-os-source": Targets(",", _ITEM),
    "attribution-reporting-register-os-trigger": Targets(",", _ITEM),
    "attribution-reporting-redirect": Targets(",", _ITEM),
}
"""By name, lower case, the fields that are lists with URLs in them."""

POLICIES = frozenset({"content-security-policy", "content-security-policy-report-only",
                      "x-content-security-policy", "x-content-security-policy-report-only",
                      "x-webkit-csp", "x-webkit-csp-report-only"})  # fmt: skip
"""Fields with a Content-Security-Policy, under all names that browsers knew it by."""

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_DIRECTIVE = re.compile(r"([ \t\n\f\r]*report-uri)((?:[ \t\n\f\r].*)?)", re.IGNORECASE | re.DOTALL)


def targets(name: str, value: str, may: Judge) -> str | None:
    """One of the fields of `TARGETS`: its members with a URL that may not be contacted go."""
    separator, url, before = TARGETS[name]
    members = pieces(value, separator)
    # A lone bracket stands for what is open: it could go on in the next field of the name.
    kept = [each for each in members if each != "<" and all(may(before + text) for text in _urls(url, each))]
    return value if len(kept) == len(members) else separator.join(kept).strip(" \t") or None


def _urls(url: re.Pattern[str], member: str) -> Iterator[str]:
    """The URLs in a member, in every way that browsers cut them: with and without escapes, up to a `;` or beyond it."""
    for quoted, bare in url.findall(member):
        found = quoted, _ESCAPE.sub(r"\1", quoted), bare.strip(" \t"), bare.partition(";")[0].strip(" \t")
        yield from dict.fromkeys(filter(None, found))


def report_to(value: str, may: Judge) -> tuple[str | None, Collection[str]]:
    """`Report-To`, which came before: objects in JSON with commas between them.

    Returns:
        The value, and the names of the groups that have no endpoint left.
    """
    try:
        groups: list[Any] = json.loads(f"[{value}]")
    except (ValueError, RecursionError):
        return None, ()  # browsers do not read it either
    changed, gone, kept = False, set[str](), list[Any]()
    for group in groups:
        listed = group.get("endpoints") if isinstance(group, dict) else None
        if not isinstance(listed, list):
            kept.append(group)
            continue
        good = [
            each
            for each in listed
            if not (isinstance(each, dict) and isinstance(each.get("url"), str)) or may(each["url"])
        ]
        if len(good) == len(listed):
            kept.append(group)
            continue
        changed = True
        if good:
            kept.append({**group, "endpoints": good})
        else:
            gone.add(str(group.get("group", "default")))
    if not changed:
        return value, ()
    return ", ".join(json.dumps(group, separators=(",", ":")) for group in kept) or None, gone


def nel(value: str, gone: Collection[str]) -> str | None:
    """`NEL`, which reports to a group of `Report-To`: nothing without that group."""
    if not gone:
        return value
    try:
        group = json.loads(value)["report_to"]
    except (ValueError, RecursionError, TypeError, KeyError):
        return None
    return None if str(group) in gone else value


def report_uris(value: str, may: Judge) -> str | None:
    """A Content-Security-Policy, for the URLs in its `report-uri` (CSP3 §6.5.1); the rest as it is."""
    if "report-uri" not in value.lower():
        return value
    policies = [_without_uris(policy, may) for policy in value.split(",")]
    text = ",".join(policy for policy in policies if policy.strip())
    return text or None


def _without_uris(policy: str, may: Judge) -> str:
    parts = list[str]()
    for part in policy.split(";"):
        match = _DIRECTIVE.fullmatch(part)
        urls = match[2].split() if match else []
        kept = [url for url in urls if may(url)]
        if match is None or kept == urls:
            parts.append(part)
        elif kept:
            parts.append(" ".join([match[1], *kept]))
    return ";".join(parts)
