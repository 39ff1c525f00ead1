"""Fields that tell a browser where to report to: it contacts those hosts like any other (R170).

Each function takes a field's value and a judge of URLs, and gives the value without the URLs that may not be
contacted: the very same text if there are none, None if nothing is left.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from typing import Any

from consentkit.http import list_items

Judge = Callable[[str], bool]
"""Whether a URL, as written in the field, may be contacted."""

_ENDPOINT = re.compile(r'[^=]*=\s*"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\(.)")
_DIRECTIVE = re.compile(r"([ \t\n\f\r]*report-uri)((?:[ \t\n\f\r].*)?)", re.IGNORECASE | re.DOTALL)


def endpoints(value: str, may: Judge) -> str | None:
    """`Reporting-Endpoints`: a dictionary of names and URLs in quotes (Reporting API §3.2, RFC 9651)."""
    items = list(list_items(value))
    # What has a quote and no URL in it is read by no browser, or goes on in the next field of the name.
    kept = [
        item
        for item in items
        if (may(_ESCAPE.sub(r"\1", match[1])) if (match := _ENDPOINT.match(item)) else '"' not in item)
    ]
    return _joined(value, items, kept)


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


def _joined(value: str, items: list[str], kept: list[str]) -> str | None:
    return value if len(kept) == len(items) else ", ".join(kept) or None
