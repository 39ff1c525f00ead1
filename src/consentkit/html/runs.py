"""One rule: a run ends where a tag has to be looked at, and the tables of `elements` say which those are.

Four expressions for the four places that a reading can be in. What they swallow is decided here and nowhere
else; the fast alternatives come first and are subsets of the general ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from consentkit.html import elements
from consentkit.html.syntax import BEGIN, NEEDS_ATOMIC, SOME, attribute, comment, letters, loop, other, run

#: Ends a tag's name or an attribute's name.
_NAME_END: Final = rb"(?=[\t\n\f\r />])"
_ATTRIBUTE_END: Final = rb"(?=[\t\n\f\r />=])"

#: Elements that change how what follows is read, or that have rules of their own.
_ALWAYS: Final = (
    "script", "style", "link", "base", "noscript", "title", "textarea", "xmp", "iframe", "noembed", "noframes",
    "plaintext", "svg", "math", "select", "frameset", "body",
)  # fmt: skip

#: What consentkit itself writes; a page that has it already gets it changed (`rewriter`).
OURS: Final = rb"[dD][aA][tT][aA]-(?:[cC][kK])+-"

#: End tags of HTML elements that cannot be open around foreign content without being SVG's or MathML's own.
_FOREIGN_ENDS: Final = (
    "animate", "animatemotion", "animatetransform", "circle", "clippath", "defs", "ellipse", "feblend",
    "fecolormatrix", "fecomponenttransfer", "fecomposite", "fegaussianblur", "feimage", "femerge", "femergenode",
    "feflood", "feoffset", "filter", "fefunca", "fefuncb", "fefuncg", "fefuncr", "g", "image", "line",
    "lineargradient", "marker", "mask", "metadata", "mpath", "path", "pattern", "polygon", "polyline",
    "radialgradient", "rect", "script", "set", "stop", "style", "switch", "symbol", "text", "textpath", "tspan",
    "use", "view", "maction", "menclose", "merror", "mfenced", "mfrac", "mmultiscripts", "mover", "mpadded",
    "mphantom", "mroot", "mrow", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtr",
    "munder", "munderover", "semantics", "annotation",
)  # fmt: skip


#: Elements that are looked at by name in SVG: what they fetch stands in attributes of any meaning.
_ANIMATIONS: Final = ("animate", "animatemotion", "animatetransform", "set")

#: Wanted by name, harmless by value: a style without functions, at-rules, escapes, references and custom properties
#: with strings; a handler in which no URL can stand; in SVG what points into the document, and paints without
#: functions.
HARMLESS: Final = (
    rb"[sS][tT][yY][lL][eE]=(?:\"(?:[^\"'(&@\\]*+\"|(?![^\"]*--)[^\"(&@\\]*+\")"
    rb"|'(?:[^\"'(&@\\]*+'|(?![^']*--)[^'(&@\\]*+'))"
    rb"|[hH]ttp-[eE]quiv=\"(?:[cC]ontent-[tTlL][a-zA-Z]*+|[xXeEoO][a-zA-Z\-]*+|[cC]ache-[cC]ontrol|[iI]mage[tT]oolbar)\""
    rb"|[oO][nN][a-zA-Z]++=(?:\"[^\"/&\\]*+\"|'[^'/&\\]*+')"
)
_HARMLESS_IN_SVG: Final = (
    rb"|(?:xlink:)?href=(?:\"#[^\"]*+\"|'#[^']*+')"
    rb"|(?:fill|stroke|mask|clip-path|filter|marker(?:-[a-z]++)?+|cursor)="
    rb"(?:\"(?:(?:url\(#|var\(|rgba?\()[^\"'(&\\)]*+\))?+[^\"(&\\]*+\""
    rb"|'(?:(?:url\(#|var\(|rgba?\()[^\"'(&\\)]*+\))?+[^'(&\\]*+')"
)


@dataclass(frozen=True, slots=True)
class Runs:
    """The expressions, each as `scanner.run` makes them.

    Attributes:
        html: HTML content.
        inner: HTML content inside an SVG or MathML element, where the end of that element counts too.
        foreign: SVG or MathML content.
        prolog: before the body: no text is swallowed, and every tag counts.
        template: in a template before the body: every tag counts.
    """

    html: re.Pattern[bytes]
    inner: re.Pattern[bytes]
    foreign: re.Pattern[bytes]
    prolog: re.Pattern[bytes]
    template: re.Pattern[bytes]


def any_of(names: Iterable[str]) -> bytes:
    """An alternative of names in any case, by first letter."""
    by_letter: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        by_letter.setdefault(name[0], []).append(name[1:])
    return rb"(?:" + rb"|".join(
        letters(first.encode()) + rb"(?:" + rb"|".join(letters(rest.encode()) for rest in rests) + rb")"
        for first, rests in by_letter.items()
    ) + rb")"  # fmt: skip


@lru_cache(maxsize=16)
def runs(
    attributes: frozenset[str] = frozenset(), names: frozenset[str] = frozenset(), *, atomic: bool = NEEDS_ATOMIC
) -> Runs:
    """The expressions for the tables of `elements`.

    Args:
        attributes: further attribute names that count on any element (lazy loading, markers of other tools).
        names: further element names that count.
        atomic: the form.
    """
    wanted_names = any_of([*_ALWAYS, *names])
    prefixes = rb"|[aA][mM][pP]-|" + OURS
    wanted = any_of(elements.wanted_attributes() | attributes) + _ATTRIBUTE_END + rb"|[oO][nN][a-zA-Z]|" + OURS
    html = _start(rb"(?:" + wanted_names + _NAME_END + prefixes + rb")", wanted, atomic=atomic)
    fast = stops = b""
    if all(name.startswith("data-") for name in attributes):
        declared = rb"(?!<" + any_of(names) + _NAME_END + rb")" if names else b""
        fast = declared + rb"(?:" + _fast(bool(attributes), atomic=atomic) + rb")|"
        stops = _STOPS
    select = any_of(["select", "object"]) + _NAME_END
    inside = any_of(["svg", "math", "annotation-xml", *_names(elements.SVG_INTEGRATION | elements.MATHML_INTEGRATION)])
    html = (
        _FAST_END + rb"|" + fast + stops + rb"(?:" + html + rb"|" + _whole(wanted, atomic=atomic)
        + rb"|" + _end(select, atomic=atomic) + rb"|" + _other(atomic=atomic) + rb")"
    )  # fmt: skip
    # What is HTML here may be SVG all the same: an end tag may have closed what only seems to be open.
    either = any_of([*_ALWAYS, *names, *_ANIMATIONS]) + _NAME_END + prefixes
    both = _start(rb"(?:" + either + rb")", _wanted_in_svg(wanted), HARMLESS + _HARMLESS_IN_SVG, atomic=atomic)
    inner = (
        rb"(?!<m(?:glyph|alignmark)" + _NAME_END + rb")(?:" + both + rb")"
        + rb"|" + _end(select + rb"|" + inside + _NAME_END, atomic=atomic)
        + rb"|" + _other(atomic=atomic, cdata=True)
    )  # fmt: skip
    foreign = _foreign(wanted, atomic=atomic) + rb"|" + _other(atomic=atomic, cdata=True)
    before = loop(
        rb"[\t\n\f\r ]++|(?!<!--ck)" + comment(atomic=atomic) + rb"|<\?[^>]*+>|</(?![A-Za-z])[^>]*+>"
        rb"|<!(?!--|[dD][oO][cC][tT][yY][pP][eE])[^>]*+>",
        atomic=atomic,
    )
    return Runs(
        html=re.compile(run(html, atomic=atomic)),
        inner=re.compile(run(inner, atomic=atomic)),
        foreign=re.compile(run(foreign, atomic=atomic)),
        prolog=re.compile(before + BEGIN),
        template=re.compile(run(_DOCTYPE_COUNTS + _other(atomic=atomic, cdata=True), atomic=atomic)),
    )


_DOCTYPE_COUNTS: Final = rb"(?!<![dD][oO][cC][tT][yY][pP][eE])"


def _names(names: Iterable[bytes]) -> list[str]:
    return [name.decode() for name in names]


def _other(*, atomic: bool, cdata: bool = False) -> bytes:
    """As `scanner.other`, but comments that look like ours count."""
    return rb"(?!<!--(?:ck)+\[)(?:" + other(atomic=atomic, cdata=cdata) + rb")"


def _start(not_named: bytes, wanted: bytes, harmless: bytes = HARMLESS, *, atomic: bool) -> bytes:
    """A start tag that need not be looked at."""
    attributes = loop(_plain(wanted, harmless), atomic=atomic)
    return rb"<(?!" + not_named + rb")[A-Za-z][^\t\n\f\r />]*+" + attributes + rb"[\t\n\f\r /]*+>"


#: Elements that no expression wants by name, as most pages write them, the most common first.
_FAST_NAMES: Final = (
    rb"(?:a|div|li|span|p|br|td|i|b|ul|tr|input|h[1-6r]|[cgjkqruvwyz][a-z0-9\-]*+|d[tdl]|dfn|em(?:u-[a-z\-]++)?|"
    rb"strong|p(?:icture|aram|re)|s(?:ection|mall|u[bmp])|o(?:l|ption|ptgroup)|t(?:h|able|body|head|foot|ime)|nav|"
    rb"f(?:ooter|ont|ig[a-z]+|ieldset)|header|label|legend|main|m(?:jx-[a-z\-]+|ark|enu)|a(?:rticle|side|bbr|ddress)|"
    rb"button|ins|blockquote|big)"
)

#: Attributes of those that fetch nothing, by first letter; style sheets without ``url(`` and its like; handlers
#: that a visitor has to click for and that hold no URL; last what is seldom: values in other quotes, or none.
_FAST_ATTRIBUTES: Final = (
    rb'[_ceghijklmnqrtuvwxyz][a-z0-9_:\-]*+="[^"]*+"'
    rb'|style=(?:"(?:[^"\'(&@\\]*+%(functions)s"|(?![^"]*--)[^"(&@\\]*+")|\'[^\'"(&@\\]*+\')'
    rb"%(data)s"
    rb'|a(?!tt)[a-z\-]++="[^"]*+"'
    rb'|b[go][a-z]++="[^"]*+"'
    rb'|s(?!r|ty|ha)[a-z\-]++="[^"]*+"'
    rb'|on[a-zA-Z]++="[^"/&\\]*+"'
    rb'|p(?!ing|os|lu)[a-z\-]*+="[^"]*+"'
    rb'|d(?!ata|yn)[a-z\-]*+="[^"]*+"'
    rb'|f(?!orma)[a-z\-]++="[^"]*+"'
    rb'|o(?!n|bj)[a-z\-]++="[^"]*+"'
    rb"|(?:[_ceghijklmnqrtuvwxyz]|a(?!tt)|b[go]%(bare)s)[a-z0-9_:\-]*+"
    rb"(?:=(?:'[^']*+'|[^\t\n\f\r \"'>=<]++(?=[\t\n\r >]))|(?=[\t\n\r >]))"
)
#: Names in ``data-`` that are nobody's mark.
_DATA: Final = rb"|data-(?!ck|cons)[a-z0-9_\-]++"
_FUNCTIONS: Final = rb'(?<=rgb|gba|alc|ate|ent|ale)\([^"\'(&@\\]*+'
#: Comments that are not ours, and what says something of the page.
_FAST_REST: Final = (
    rb"<!--(?!(?:ck)+\[|-?>)[^-]*+%(dashes)s--!?>"
    rb"|<meta(?=[ \t\n\r])%(says)s[ \t\n\r]*+/?>"
)
#: Elements that are looked at by name, because what they fetch is what most of them are there for. No general way has
#: to be tried on them.
_STOPS: Final = rb"(?!<(?:(?:img|source|form)[ \t\n\r]|(?:script|link|style|noscript|iframe)[ \t\n\r>]))"

#: The end tags of almost all elements, none of which counts.
_FAST_END: Final = (
    rb"</(?:[abcdefghijklmnpqrtuvwxyz][a-z0-9\-]*+|s(?:pan|cript|tyle|trong|mall|ection|u[bmp]|vg)|ol|option)>"
)


def _fast(lazy: bool, *, atomic: bool) -> bytes:
    """What `_start` takes too, faster: no lookahead for the attributes that most tags have."""
    data = b"" if lazy else _DATA
    usual = _FAST_ATTRIBUTES % {
        b"functions": loop(_FUNCTIONS, atomic=atomic), b"data": data and data + rb'="[^"]*+"', b"bare": data,
    }  # fmt: skip
    some = loop(rb"[ \t\n\r]++(?:" + usual + rb")", atomic=atomic)
    says = rb"[ \t\n\r]++(?:[cginlp][a-z\-]*+|scheme" + data + rb")=(?:\"[^\"]*+\"|'[^']*+')"
    rest = _FAST_REST % {
        b"dashes": loop(rb"-(?!-!?>)[^-]*+", atomic=atomic), b"says": loop(says, atomic=atomic),
    }  # fmt: skip
    return rb"<" + _FAST_NAMES + rb"(?:>|" + some + rb"[ \t\n\r]*+/?>)|" + rest


def _whole(wanted: bytes, *, atomic: bool) -> bytes:
    """Whole elements that change how what is in them is read, with nothing in them that is of concern."""
    attributes = loop(_plain(wanted), atomic=atomic, count=SOME)
    end = rb"[\t\n\f\r ]*+>"
    texts = rb"|".join(
        rb"<" + name + attributes + end + rb"[^<]*+</" + name + rb">" for name in (rb"title", rb"textarea")
    )
    option = rb"<opt(?:ion|group)(?=[\t\n\f\r />])" + attributes + rb"[\t\n\f\r /]*+>|</opt(?:ion|group)>"
    options = rb"<select" + attributes + end + rb"[^<]*+" + loop(rb"(?:" + option + rb")[^<]*+", atomic=atomic)
    svg = rb"|".join(rb"<" + name + end + rb"[^<]*+</" + name + rb">" for name in (rb"title", rb"desc"))
    words = rb"|".join(
        rb"<" + name + attributes + end + rb"[^<]*+</" + name + rb">"
        for name in sorted(elements.MATHML_INTEGRATION)
    )  # fmt: skip
    return (
        texts + rb"|" + options + rb"</select>|" + _image_of(b"svg", svg, wanted, atomic=atomic)
        + rb"|" + _image_of(b"math", words, wanted, atomic=atomic)
    )  # fmt: skip


def _image_of(name: bytes, more: bytes, wanted: bytes, *, atomic: bool) -> bytes:
    """A whole SVG or MathML element."""
    attributes = loop(_plain(_wanted_in_svg(wanted), HARMLESS + _HARMLESS_IN_SVG), atomic=atomic, count=SOME)
    inside = _foreign(wanted, atomic=atomic) + rb"|" + more + rb"|" + _other(atomic=atomic, cdata=True)
    content = rb"[^<]*+" + loop(rb"(?:" + inside + rb")[^<]*+", atomic=atomic)
    return rb"<" + name + attributes + rb"[\t\n\f\r ]*+>" + content + rb"</" + name + rb">"


def _plain(wanted: bytes, harmless: bytes = HARMLESS) -> bytes:
    """An attribute that need not be looked at."""
    general = rb"(?!" + wanted + rb")" + attribute().removeprefix(rb"[\t\n\f\r /]*+")
    return rb"[\t\n\f\r /]*+(?:" + general + rb"|" + harmless + rb")"


def _end(not_named: bytes, *, atomic: bool) -> bytes:
    """An end tag that need not be looked at."""
    return (
        rb"</(?!" + not_named + rb")[A-Za-z][^\t\n\f\r />]*+" + loop(attribute(), atomic=atomic) + rb"[\t\n\f\r /]*+>"
    )


def _wanted_in_svg(wanted: bytes) -> bytes:
    """Attributes that count on an element which may be SVG's."""
    return wanted + rb"|" + any_of([*elements.SVG_EVERYWHERE, "href", "xlink:href"]) + _ATTRIBUTE_END


def _foreign(wanted: bytes, *, atomic: bool) -> bytes:
    """Tags in SVG and MathML that need not be looked at."""
    names = any_of([
        *_names(elements.BREAKOUT), "font", "svg", "math", "annotation-xml", "script", "style", "textarea", "xmp",
        "noembed", "noframes", "plaintext", "noscript", "select", "iframe", "title", "base", "link", *_ANIMATIONS,
        *_names(elements.SVG_INTEGRATION | elements.MATHML_INTEGRATION),
    ])  # fmt: skip
    ends = rb"</" + any_of(_FOREIGN_ENDS) + _NAME_END + loop(attribute(), atomic=atomic) + rb"[\t\n\f\r /]*+>"
    usual = (
        rb"(?:class|d|id|width|height|viewBox|transform|points|r|c[xy]|r[xy]|[xy][12]?|opacity|(?:fill|clip)-rule"
        rb'|(?:stroke|fill)-[a-z]++|data-name)="[^"]*+"'
    )
    quick = (
        rb"<(?:g|path|rect|circle|line|polygon|polyline|ellipse|text|tspan|defs|stop|use|symbol)(?=[\t\n\r />])"
        + loop(rb"[ \t\n\r]++(?:" + usual + _HARMLESS_IN_SVG + rb")", atomic=atomic)
        + rb"[\t\n\r /]*+>|</(?:g|path|defs|use|symbol|text|tspan)>|"
    )
    not_named = rb"(?:" + names + _NAME_END + rb"|" + OURS + rb")"
    plain = _start(not_named, _wanted_in_svg(wanted), HARMLESS + _HARMLESS_IN_SVG, atomic=atomic)
    return quick + plain + rb"|" + ends
