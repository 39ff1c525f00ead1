"""One rule: what the HTML Standard takes for a tag is one regular expression (§13.2.5), in one of two forms.

Bytes are enough: every encoding that comes here is ASCII-compatible (`charset`), and all syntax is ASCII.

Two facts about CPython's `re` shape the expressions:

* a capturing group inside a possessive group can raise SystemError (CPython #101955): captures
  stand outside;
* 3.11.0 to 3.11.4 do not restore positions after a possessive group (CPython #100061): where the probe
  below fails, atomic groups are compiled instead (slower, correct).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

#: Whether this interpreter needs atomic groups in place of possessive ones (CPython #100061).
NEEDS_ATOMIC: Final = re.fullmatch(r"(?:ab?c)*+ab", "ab") is None

S: Final = rb"[\t\n\f\r ]"
NAME: Final = rb"[A-Za-z][^\t\n\f\r />]*+"


def loop(body: bytes, *, atomic: bool, count: bytes = b"*") -> bytes:
    """A group repeated without ever giving back, in the form that this interpreter gets right."""
    return b"(?>(?:" + body + b")" + count + b")" if atomic else b"(?:" + body + b")" + count + b"+"


#: Attributes that expressions for whole elements or between two attributes of interest pass over in one go. Tags with
#: more are left to the general way, which counts them (`crowds`).
SOME: Final = b"{0,512}"


def attribute() -> bytes:
    """One attribute, with what separates it from the one before (§13.2.5.32 to §13.2.5.39)."""
    value = rb"""(?:"[^"]*+"|'[^']*+'|[^\t\n\f\r "'>][^\t\n\f\r >]*+|(?=>))"""
    given = S + rb"*+=" + S + rb"*+" + value
    return rb"[\t\n\f\r /]*+[^\t\n\f\r />][^\t\n\f\r />=]*+(?:" + given + rb"|(?!" + S + rb"*+=))"


def comment(*, atomic: bool) -> bytes:
    """A comment: to ``-->`` or ``--!>``, or at once as ``<!-->`` or ``<!--->`` (§13.2.5.43 to §13.2.5.51)."""
    inside = loop(rb"[^-]++|-(?!-!?>)", atomic=atomic)
    return rb"<!--(?:-?>|" + inside + rb"--!?>)"


def other(*, atomic: bool, cdata: bool = False) -> bytes:
    """All that begins with ``<`` and is no tag: comments, bogus comments, doctypes, a lone ``<``.

    Args:
        atomic: the form.
        cdata: leave ``<![CDATA[`` alone: in foreign content it is no bogus comment.
    """
    declaration = rb"<!(?!--|\[CDATA\[)[^>]*+>" if cdata else rb"<!(?!--)[^>]*+>"
    return comment(atomic=atomic) + rb"|" + declaration + rb"|<\?[^>]*+>|</(?![A-Za-z])[^>]*+>|<(?=[^A-Za-z/!?])"


#: What ends a run: a tag's beginning with 1 ``/`` or nothing and 2 its name, or nothing.
BEGIN: Final = rb"(?:<(/?)(" + NAME + rb")(?=[\t\n\f\r />]))?"


@dataclass(frozen=True, slots=True)
class Grammar:
    """The compiled expressions, in one of the two forms.

    Attributes:
        tag: a whole tag: 1 ``/`` or nothing, 2 name, 3 attributes.
        settled: as many attributes as there are that the next byte cannot change.
        attribute: one attribute within what `tag` captured: 1 name, then its value 2 in double quotes, 3 in single
            quotes, or 4 bare.
        begin: the beginning of a tag: 1 ``/`` or nothing, 2 name.
        tags: a boring run without any tag, then the beginning of a tag if one follows.
    """

    atomic: bool
    tag: re.Pattern[bytes]
    settled: re.Pattern[bytes]
    attribute: re.Pattern[bytes]
    begin: re.Pattern[bytes]
    tags: re.Pattern[bytes]


@cache
def grammar(atomic: bool = NEEDS_ATOMIC) -> Grammar:
    """The expressions in the given form."""
    return Grammar(
        atomic=atomic,
        tag=re.compile(tag(atomic=atomic)),
        settled=re.compile(loop(attribute() + rb"(?=[\s\S])", atomic=atomic)),
        attribute=re.compile(
            rb"[\t\n\f\r /]*+([^\t\n\f\r />][^\t\n\f\r />=]*+)(?:" + S + rb"*+=" + S + rb"*+"
            rb"""(?:"([^"]*+)"|'([^']*+)'|([^\t\n\f\r "'>][^\t\n\f\r >]*+)|\Z))?"""
        ),
        begin=re.compile(rb"<(/?)(" + NAME + rb")"),
        tags=re.compile(run(other(atomic=atomic), atomic=atomic)),
    )


def tag(*, atomic: bool) -> bytes:
    """A whole tag with its three captures."""
    return rb"<(/?)(" + NAME + rb")(" + loop(attribute(), atomic=atomic) + rb")[\t\n\f\r /]*+>"


def run(boring: bytes, *, atomic: bool) -> bytes:
    """Text and boring constructs as far as they go, then the beginning of a tag if one follows."""
    return rb"[^<]*+" + loop(rb"(?:" + boring + rb")[^<]*+", atomic=atomic) + BEGIN


def letters(name: bytes) -> bytes:
    """An expression for a name in any case. IGNORECASE would cost the fast search of a literal prefix."""
    return b"".join(
        b"[" + char.upper() + char.lower() + b"]" if char.isalpha() else re.escape(char)
        for char in (name[index : index + 1] for index in range(len(name)))
    )
