"""One rule: the tags that most pages are made of are judged by one expression each, without taking them apart.

A pure subset of what `inert` does: where the expression does not match exactly, or the answer is not plain, the
general way is taken. Only elements with one URL, written ``name="value"``, and no attribute of any other concern
are handled here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from consentkit.html import elements
from consentkit.html.decision import Kind
from consentkit.html.runs import HARMLESS, OURS, any_of
from consentkit.html.scanner import NEEDS_ATOMIC, letters, loop

_END: Final = rb"(?=[\t\n\f\r />=])"


@dataclass(frozen=True, slots=True)
class Quick:
    """How one element is recognised.

    Attributes:
        pattern: matches the tag from its ``<``: 1 the attribute's name; 2 its value in double quotes and 3 the value's
            host if it has one; or 4 and 5, the same in single quotes.
        name: of the element.
        attribute: lower-case name of the attribute with the URL.
        kind: what for.
    """

    pattern: re.Pattern[bytes]
    name: str
    attribute: str
    kind: Kind


def _boring(element: str, *, usual: bytes, atomic: bool) -> bytes:
    """Attributes of an element that are of no concern."""
    names = {"data-consent", "data-consent-service", *elements.EVERYWHERE, *elements.HTML.get(element, {})}
    if element == "script":
        names |= {"type", "language"}
    wanted = any_of(names) + _END + rb"|[oO][nN]|" + OURS
    value = rb"(?:=(?:\"[^\"]*+\"|'[^']*+'|[^\t\n\f\r \"'>=<]++(?=[\t\n\r >]))|(?=[\t\n\r >]|/>))"
    types = b""
    if element == "script":
        types = rb"|" + rb"|".join(
            rb"type=" + quote + rb"(?:text/javascript|module)" + quote
            + rb"|language=" + quote + rb"[jJ]ava[sS]cript(?:1\.[1-5])?" + quote
            for quote in (b'"', b"'")
        )  # fmt: skip
    general = rb"(?!" + wanted + rb")[A-Za-z][A-Za-z0-9_:.\-]*+" + value
    return loop(rb"[ \t\n\r]++(?:" + usual + general + rb"|" + HARMLESS + types + rb")", atomic=atomic)


@cache
def quick(attributes: frozenset[str] = frozenset(), *, atomic: bool = NEEDS_ATOMIC) -> dict[bytes, Quick]:
    """The expressions by element name.

    Args:
        attributes: further attribute names of concern; those that begin with ``data-`` only.
        atomic: the form.
    """
    table: dict[bytes, Quick] = {}
    labels = loop(rb"[a-z0-9][a-z0-9\-]*+\.", atomic=atomic, count=b"+") + rb"[a-z][a-z0-9\-]*+"
    host = rb"(?:https?:)?//(" + labels + rb")(?=[/?#\"'])"
    # What stays on its base's host: no scheme, no second slash, nothing to decode but ampersands.
    rest = loop(rb"[^\"':&\\\t\n\r]++|&amp;|&#0?38;", atomic=atomic)
    relative = rb"(?=[A-Za-z0-9_.?#]|/[^/\\\"'\t\n\r])" + rest
    value = rb"|".join(
        quote + rb"(" + host + rb"[^" + quote + rb"]*+|" + relative + rb")" + quote for quote in (b'"', b"'")
    )
    plain = rb"(?:[eghjkqruvwxyz]|al|cl|id|ti)[a-z0-9_\-]*+=\"[^\"]*+\"|"
    for name, attribute in (("img", "src"), ("script", "src"), ("iframe", "src"), ("source", "src"), ("embed", "src")):
        boring = _boring(name, usual=plain, atomic=atomic)
        if attributes:
            boring = boring.replace(rb"(?!", rb"(?!" + any_of(attributes) + _END + rb"|", 1)
        pattern = (
            rb"<" + letters(name.encode()) + boring + rb"[ \t\n\r]++(" + letters(attribute.encode())
            + rb")=(?:" + value + rb")" + boring + rb"[\t\n\f\r ]*+/?>"
        )  # fmt: skip
        table[name.encode()] = Quick(re.compile(pattern), name, attribute, elements.HTML[name][attribute].kind)
    return table
