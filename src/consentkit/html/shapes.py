"""One rule: the tags that most pages are made of are recognised whole, by one expression each.

A pure subset of what tags may be: where an expression does not match, the general way is taken. What an expression
captures is what has to be judged; everything else in the tag is of no concern to anybody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from consentkit.html import elements
from consentkit.html.decision import Kind
from consentkit.html.runs import HARMLESS, OURS, any_of
from consentkit.html.syntax import NEEDS_ATOMIC, SOME, letters, loop

_NAME_END: Final = rb"(?=[\t\n\f\r />=])"
_SPACE: Final = rb"[ \t\n\r]++"
_TAG_END: Final = rb"[\t\n\f\r ]*+/?>"
#: What a value may be that is of no concern.
_ANY_VALUE: Final = rb"(?:=(?:\"[^\"]*+\"|'[^']*+'|[^\t\n\f\r \"'>=<]++(?=[\t\n\r >]))|(?=[\t\n\r >]|/>))"
#: A value of one or several words.
_WORDS: Final = rb"=(?:\"([^\"&]*+)\"|'([^'&]*+)'|([A-Za-z0-9/\-]++)(?=[\t\n\r >]))"
_LANGUAGES: Final = (
    rb"language=(?:\"[jJ]ava[sS]cript(?:1\.[1-5])?\"|'[jJ]ava[sS]cript(?:1\.[1-5])?'|[jJ]ava[sS]cript(?=[\t\n\r >]))"
)


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """The expressions, each matched at a tag's ``<``.

    A URL is three pairs of captures: the URL and its host, if it has one, in double quotes, in single quotes, and bare.

    Attributes:
        script: 1 ``type``, 2 to 4 its value; 5 ``src``, 6 to 11 its URL; 12 ``type`` behind it, 13 to 15 its value.
        link: 1 to 3 the value of ``rel``; 4 ``href``, 5 to 10 its URL; 11 to 13 the value of ``rel`` behind it.
        image: ``img``: 1 ``srcset``, 2 or 3 its value; 4 ``src``, 5 to 10 its URL; 11 ``srcset`` behind it, 12 or 13.
        source: the same for ``source``, with or without ``src``.
        style, noscript: whole tags without captures.
        single: elements with one URL: 1 the attribute, if it is there, 2 to 7 its URL.
    """

    script: re.Pattern[bytes]
    link: re.Pattern[bytes]
    image: re.Pattern[bytes]
    source: re.Pattern[bytes]
    style: re.Pattern[bytes]
    noscript: re.Pattern[bytes]
    single: dict[str, tuple[str, re.Pattern[bytes]]]


class Shape(NamedTuple):
    """How a tag is recognised, and what for.

    Attributes:
        pattern: one of the expressions of `shapes`.
        name: of the element.
        attribute: that holds its URL, if one does.
        kind: what that URL is for.
        embed: something is inserted before the element if it is blocked.
    """

    pattern: re.Pattern[bytes]
    name: str
    attribute: str
    kind: Kind
    embed: bool = False


#: Elements of one URL each: its attribute, and how the names of most others begin.
SINGLE: Final = {
    "iframe": ("src", rb"(?:[eghijklmnpqrtuvwxyz]|al|fr|sc)"),
    "embed": ("src", rb"(?:[eghijklmnqrtuvwxyz]|al)"),
    "form": ("action", rb"(?:[ceghijklmnpqrtuvwxyz])"),
}


@lru_cache(maxsize=16)
def shapes(attributes: frozenset[str] = frozenset(), *, atomic: bool = NEEDS_ATOMIC) -> Shapes:
    """The expressions.

    Args:
        attributes: further attribute names of concern (lazy loading).
        atomic: the form.
    """

    def boring(element: str, usual: bytes, *more: str, harmless: bytes = b"") -> bytes:
        return _boring(element, usual, attributes.union(more), harmless, atomic=atomic)

    url = _url(atomic=atomic)
    script = boring("script", rb"(?:[eghjkqruvwyz]|al|cr|cl|id|ti)", "type", "language", harmless=rb"|" + _LANGUAGES)
    link = boring("link", rb"(?:[cegjkmnquvwxyz]|id|ti|ty|as)", "rel")
    image = boring("img", rb"(?:[ceghijkmnpqrtuvwxyz]|al|wi)")
    source = boring("source", rb"(?:[ceghijkmnpqrtuvwxyz]|al|wi)")
    typed = rb"(?:" + _SPACE + rb"(type)" + _WORDS + script + rb")?"
    related = rb"(?:" + _SPACE + rb"rel" + _WORDS + link + rb")?"
    return Shapes(
        script=_tag("script", script + typed + rb"(?:" + _SPACE + rb"(src)=" + url + script + typed + rb")?"),
        link=_tag("link", link + related + _SPACE + rb"(href)=" + url + link + related),
        image=_tag("img", _image(image, url)),
        source=_tag("source", _image(source, url, count=rb"?")),
        style=_tag("style", boring("style", rb"(?:[ceghijklmnpqrtuvwxyz])")),
        noscript=_tag("noscript", boring("noscript", rb"(?:[ceghijklmnpqrtuvwxyz])")),
        single={
            name: (attribute, _tag(name, _single(boring(name, usual), attribute, url)))
            for name, (attribute, usual) in SINGLE.items()
        },
    )


def _tag(name: str, inside: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"<" + letters(name.encode()) + inside + _TAG_END)


def _image(boring: bytes, url: bytes, *, count: bytes = b"") -> bytes:
    several = rb"(?:" + _SPACE + rb"(srcset)=(?:\"([^\"]*+)\"|'([^']*+)')" + boring + rb")?"
    return boring + several + rb"(?:" + _SPACE + rb"(src)=" + url + boring + several + rb")" + count


def _single(boring: bytes, attribute: str, url: bytes) -> bytes:
    return boring + rb"(?:" + _SPACE + rb"(" + attribute.encode() + rb")=" + url + boring + rb")?"


def _url(*, atomic: bool) -> bytes:
    """A URL that a host can be told of without parsing it, or that cannot leave the host of its base.

    What is taken for a host here may still be none: `urls.external_host` says which are.
    """
    host = rb"(?:https?:)?//([a-z0-9.\-]++)(?=[/?#\"'])"
    bare = rb"(?:https?:)?//([a-z0-9.\-]++)(?=[/?#\t\n\r >])"
    # What stays on its base's host: no scheme, no second slash, nothing to decode but ampersands.
    rest = loop(rb"[^\"':&\\\t\n\r]++|&amp;|&#0?38;", atomic=atomic)
    relative = rb"(?=[A-Za-z0-9_.?#\"']|/[^/\\\"'\t\n\r ]|/[\"'])" + rest
    simple = rb"(?=[A-Za-z0-9_.?#]|/[^/\\\"'\t\n\f\r >])[^\t\n\f\r \"'>=<`:&\\]*+"
    data = rb"data:image/[^\"']*+"
    return (
        rb"(?:\"(" + host + rb"[^\"]*+|" + relative + rb"|" + data + rb")\""
        rb"|'(" + host + rb"[^']*+|" + relative + rb"|" + data + rb")'"
        rb"|(" + bare + rb"[^\t\n\f\r \"'>=<`]*+|" + simple + rb")(?=[\t\n\r >]))"
    )  # fmt: skip


def _boring(element: str, usual: bytes, more: frozenset[str], harmless: bytes, *, atomic: bool) -> bytes:
    """Attributes of an element that are of no concern. ``usual``: how the names of most of them begin."""
    names = {*elements.MARKS, *elements.EVERYWHERE, *elements.HTML.get(element, {}), *more}
    if element == "link":
        names.add("href")
    wanted = any_of(names) + _NAME_END + rb"|[oO][nN]|" + OURS
    general = rb"(?!" + wanted + rb")[A-Za-z][A-Za-z0-9_:.\-]*+" + _ANY_VALUE
    quick = usual + rb"[a-z0-9_\-]*+=\"[^\"]*+\"|style=\"[^\"'(&@\\]*+\"|b[go][a-z]++=\"[^\"]*+\"|"
    if not any(name.startswith("data-") for name in more if name not in elements.MARKS):
        quick += rb"data-(?!c)[a-z0-9_\-]++=\"[^\"]*+\"|"
    each = quick + general + rb"|" + HARMLESS + harmless
    return loop(_SPACE + rb"(?:" + each + rb")", atomic=atomic, count=SOME)


def url_in(found: re.Match[bytes], first: int) -> tuple[bytes, bytes | None]:
    """A URL and its host, if it has one, from three pairs of captures, one of which is given."""
    for group in (first, first + 2, first + 4):
        raw: bytes | None = found[group]
        if raw is not None:
            return raw, found[group + 1]
    return b"", None


def word_in(found: re.Match[bytes], first: int) -> bytes | None:
    """A value from three captures, one of which is given if it is there."""
    for group in (first, first + 1, first + 2):
        word: bytes | None = found[group]
        if word is not None:
            return word
    return None
