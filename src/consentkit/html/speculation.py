"""One rule: speculation rules that may fetch any link of the page count as fetching from anybody.

A list rule names its URLs, which are judged one by one like any (`judge`). A document rule takes the page's own links
(HTML Standard, "speculation rules"; on load, when they come into view, or when a pointer is near, as its eagerness
says): it is harmless only if what it demands of them keeps it to hosts that may be contacted. Where that cannot be
told, the rule is made void by a key or a source that no browser knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from consentkit.html.jsontext import Members, Text, objects, strings

#: Longer rules are not taken apart: each of their document rules is void. Real ones have some hundred characters.
MAX_RULES: Final = 1 << 16
#: Conditions nested deeper are not looked into.
MAX_CONDITIONS: Final = 32

#: URL patterns that only fit URLs on the host of their base, or on one host that they name.
_RELATIVE: Final = re.compile(r"(?:\.{0,2}/(?!/)|\?)[^:\\({]*")
_ON_HOST: Final = re.compile(r"(https?://[a-z0-9.\-]+)(?::[0-9]+)?/[^:\\({]*")
_OF_PATHS: Final = frozenset({"pathname", "search", "hash"})


def unbound(text: str, free: Callable[[str], bool]) -> Iterator[int]:
    """Offsets, ascending, of the keys and sources to be made void.

    Args:
        text: speculation rules in JSON.
        free: says of a URL, maybe a relative one, whether its host may be contacted.
    """
    if "where" not in text and "document" not in text and "\\" not in text:
        return
    found = objects(text) if len(text) <= MAX_RULES else None
    if found is None:
        yield from (each.start for each in strings(text) if each.value in {"where", "document"})
        return
    offsets: list[int] = []
    for each in found:
        where = each.each("where")
        if where and all(_bound(condition, free, 0) for condition in where):
            continue
        offsets += [key.start for key, _ in each.pairs if key.value == "where"]
        sources = [value for value in each.each("source") if isinstance(value, Text)]
        offsets += [value.start for value in sources if value.value == "document"]
    yield from sorted(offsets)


def _bound(condition: Any, free: Callable[[str], bool], depth: int) -> bool:
    """Whether a condition keeps links to hosts that may be contacted."""
    if not isinstance(condition, Members) or depth > MAX_CONDITIONS:
        return False
    return (
        _each(condition, "href_matches", lambda value: all(_fits(one, free) for one in _listed(value)))
        or _each(condition, "and", lambda value: any(_bound(one, free, depth + 1) for one in _listed(value)))
        or _each(condition, "or", lambda value: all(_bound(one, free, depth + 1) for one in _listed(value)))
    )


def _each(condition: Members, key: str, holds: Callable[[Any], bool]) -> bool:
    values = condition.each(key)
    return bool(values) and all(holds(value) for value in values)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _fits(pattern: Any, free: Callable[[str], bool]) -> bool:
    """Whether a URL pattern fits only URLs on hosts that may be contacted."""
    if isinstance(pattern, Members):
        return {key.value for key, _ in pattern.pairs} <= _OF_PATHS and bool(pattern.pairs) and free("/")
    if not isinstance(pattern, Text):
        return False
    if _RELATIVE.fullmatch(pattern.value):
        return free("/")
    named = _ON_HOST.fullmatch(pattern.value)
    return named is not None and free(named[1] + "/")
