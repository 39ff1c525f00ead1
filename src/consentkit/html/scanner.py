"""One rule: bytes become tags as the HTML Standard's tokenizer makes them (§13.2.5), and nothing else.

Only tags are of interest. One regular expression swallows the boring run (text, comments, tags that
nobody asked for) and captures the next tag that somebody did. What surrounds it here is what a regular
expression cannot do: text that is not markup (RCDATA, raw text, scripts with their escapes, CDATA,
plaintext) and input that ends in the middle of something, with time linear in the input however it is
cut.

Bytes are enough: every encoding that comes here is ASCII-compatible (`charset`), and all syntax is ASCII.

Two facts about CPython's `re` shape the expressions:

* a capturing group inside a possessive group can raise SystemError (CPython #101955): captures
  stand outside;
* 3.11.0 to 3.11.4 do not restore positions after a possessive group (CPython #100061): where the probe
  below fails, atomic groups are compiled instead (slower, correct).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Final

from consentkit.errors import UsageError
from consentkit.html.references import decode_attribute

#: One tag that is longer than this is not waited for. Real pages have images as ``data:`` URLs of some
#: hundred kilobytes in one attribute; browsers have no limit.
MAX_TAG: Final = 1 << 20

#: An unfinished construct shorter than this is simply read again when more comes: cheaper than remembering.
SMALL: Final = 2048

#: Whether this interpreter needs atomic groups in place of possessive ones (CPython #100061).
NEEDS_ATOMIC: Final = re.fullmatch(r"(?:ab?c)*+ab", "ab") is None

# What the tokenizer is in the middle of.
DATA, RAW, SCRIPT, PLAINTEXT, CDATA, COMMENT, BOGUS, LONG = range(8)

S: Final = rb"[\t\n\f\r ]"
NAME: Final = rb"[A-Za-z][^\t\n\f\r />]*+"


def loop(body: bytes, *, atomic: bool, count: bytes = b"*") -> bytes:
    """A group repeated without ever giving back, in the form that this interpreter gets right."""
    return b"(?>(?:" + body + b")" + count + b")" if atomic else b"(?:" + body + b")" + count + b"+"


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


@cache
def end_tag(name: bytes) -> re.Pattern[bytes]:
    """Where the text of a raw element ends: the appropriate end tag (§13.2.5.9 and following)."""
    return re.compile(rb"</" + letters(name) + rb"(?=[\t\n\f\r />])")


@cache
def any_tag(name: bytes) -> re.Pattern[bytes]:
    """A start or end tag with this name."""
    return re.compile(rb"</?" + letters(name) + rb"(?=[\t\n\f\r />])")


_UNESCAPED: Final = re.compile(rb"<(?:/[sS][cC][rR][iI][pP][tT](?=[\t\n\f\r />])|!--)")
_ESCAPED: Final = re.compile(rb"-->|<(/?)[sS][cC][rR][iI][pP][tT](?=[\t\n\f\r />])")
_DOUBLE_ESCAPED: Final = re.compile(rb"-->|</[sS][cC][rR][iI][pP][tT](?=[\t\n\f\r />])")
_COMMENT_END: Final = re.compile(rb"--!?>")
_COMMENT_TAIL: Final = re.compile(rb"-{1,2}!?\Z")
#: The beginning of a comment that may still end at once or turn out to look like ours.
_UNDECIDED: Final = re.compile(rb"-?|(?:ck)*c?")
_OWN: Final = re.compile(rb"(?:ck)+\[")
_CDATA: Final = b"<![CDATA["
_LESS: Final = re.compile(rb"<")
DOCTYPE: Final = b"<!doctype"


class ScriptText:
    """Finds the end of a script's text, through its escaped states (§13.2.5.15 to §13.2.5.31)."""

    __slots__ = ("_escapes", "position")

    def __init__(self, position: int) -> None:
        self.position = position  #: where to read on
        self._escapes = 0  # 0 none, 1 escaped, 2 double escaped

    def find(self, data: bytes | bytearray, end: int) -> int:
        """The offset of the end tag, or -1 if the text goes on: `position` is then as far as it was read."""
        position = self.position
        while True:
            pattern = (_UNESCAPED, _ESCAPED, _DOUBLE_ESCAPED)[self._escapes]
            match = pattern.search(data, position, end)
            if match is None:
                self.position = max(
                    position, _unfinished(data, position, end, len(b"</script"), dashes=self._escapes > 0)
                )
                return -1
            found = match[0]
            if found == b"-->":
                self._escapes = 0
                position = match.end()
            elif found == b"<!--":
                self._escapes = 1
                position = match.end() - 2  # its dashes count for "-->"
            elif self._escapes == 2:
                self._escapes = 1
                position = match.end()
            elif self._escapes == 1 and not match[1]:
                self._escapes = 2
                position = match.end()
            else:
                self.position = match.start()
                return match.start()

    def key(self) -> object:
        """Equal for two that will find the same."""
        return self.position, self._escapes

    def move(self, by: int) -> None:
        """The bytes before were handed on."""
        self.position -= by


class RawText:
    """Finds the end of an element's text that holds no tags but its own end."""

    __slots__ = ("name", "pattern", "position")

    def __init__(self, name: bytes, position: int) -> None:
        self.name = name
        self.pattern = end_tag(name)
        self.position = position

    def find(self, data: bytes | bytearray, end: int) -> int:
        """As `ScriptText.find`."""
        match = self.pattern.search(data, self.position, end)
        if match is None:
            self.position = max(self.position, _unfinished(data, self.position, end, len(self.name) + 2))
            return -1
        self.position = match.start()
        return match.start()

    def key(self) -> object:
        """As `ScriptText.key`."""
        return self.position, self.name

    def move(self, by: int) -> None:
        """As `ScriptText.move`."""
        self.position -= by


class MarkupText(RawText):
    """Finds the end of an element's text that is markup itself: its end tag, or another element like it."""

    __slots__ = ()

    def __init__(self, name: bytes, position: int) -> None:
        super().__init__(name, position)
        self.pattern = any_tag(name)


class PlainText(MarkupText):
    """Finds the end of text that goes to the next ``<``."""

    __slots__ = ()

    def __init__(self, name: bytes, position: int) -> None:
        super().__init__(name, position)
        self.pattern = _LESS


class SectionText:
    """Finds the end of a CDATA section."""

    __slots__ = ("position",)

    def __init__(self, position: int) -> None:
        self.position = position

    def find(self, data: bytes | bytearray, end: int) -> int:
        """As `ScriptText.find`, with the offset of ``]]>``."""
        found = data.find(b"]]>", self.position, end)
        self.position = max(self.position, end - 2) if found < 0 else found
        return found

    def key(self) -> object:
        """As `ScriptText.key`."""
        return self.position

    def move(self, by: int) -> None:
        """As `ScriptText.move`."""
        self.position -= by


def _unfinished(data: bytes | bytearray, position: int, end: int, length: int, *, dashes: bool = False) -> int:
    """Where the last bytes may be the beginning of something: at most ``length`` of them are kept."""
    tail = max(position, end - length)
    less = data.rfind(b"<", tail, end)
    if dashes:
        tail = max(position, end - 2)
        if less < 0 and data[end - 1 : end] == b"-" and tail < end:
            return tail if data[tail : tail + 1] == b"-" else end - 1
    return end if less < 0 else less


class TagProgress:
    """How far an unfinished tag was read, so that reading on costs the new bytes only."""

    __slots__ = ("_done", "_looked", "_quote", "_settled", "start")

    _NAME_END = re.compile(rb"[\t\n\f\r />]")
    _OPEN = re.compile(rb"[\t\n\f\r /]*+[^\t\n\f\r />][^\t\n\f\r />=]*+" + S + rb"*+=" + S + rb"*+([\"'])")
    _CLOSE = re.compile(rb"[\t\n\f\r /]*+>")

    def __init__(self, start: int, settled: re.Pattern[bytes]) -> None:
        self.start = start
        self._settled = settled
        self._done = start  # behind the last attribute that nothing can change
        self._looked = start + 2  # nothing new before this
        self._quote = b""

    def ready(self, data: bytes | bytearray, end: int) -> bool:
        """Whether the tag may be whole by now."""
        if end - self.start <= SMALL or end - self.start > MAX_TAG:
            return True
        if self._quote:
            if data.find(self._quote, self._looked, end) < 0:
                self._looked = end
                return False
            self._quote = b""
        elif self._done == self.start:
            found = self._NAME_END.search(data, self._looked, end)
            if found is None:
                self._looked = end
                return False
            self._done = found.start()
        elif self._looked - self._done > SMALL and (end - self._done) * 4 < (self._looked - self._done) * 5:
            return False  # a long run of spaces or a value without quotes: wait for a quarter more
        settled = self._settled.match(data, self._done, end)
        if settled is not None:
            self._done = settled.end()
        if self._CLOSE.match(data, self._done, end):
            return True
        opened = self._OPEN.match(data, self._done, end)
        if opened is None:
            self._looked = end
        elif data.find(opened[1], opened.end(), end) < 0:
            self._quote = opened[1]
            self._looked = end
        else:
            self._looked = self._done  # closed by the very last byte: the next one settles it
        return False

    def move(self, by: int) -> None:
        """The bytes before were handed on."""
        self.start -= by
        self._done -= by
        self._looked -= by


class LongTag:
    """Reads on in a tag that is too long to be waited for, without holding it back.

    Attributes:
        position: where to read on.
        names: offsets of the attribute names met since they were last taken.
    """

    __slots__ = ("_in", "names", "position")

    _CLOSE = re.compile(rb"[\t\n\f\r /]*+>")
    _NAME = re.compile(rb"[\t\n\f\r /]*+([^\t\n\f\r />][^\t\n\f\r />=]*+)")
    _VALUE = re.compile(rb"[\t\n\f\r ]*+(?:=[\t\n\f\r ]*+([\"']?)(?=[\s\S])|(?=[^\t\n\f\r =]))")
    _ENDS: ClassVar = {b"n": re.compile(rb"[\t\n\f\r />=]"), b"=": re.compile(rb"[\t\n\f\r >]")}

    def __init__(self, position: int) -> None:
        self.position = position  # behind the tag's name
        self.names: list[int] = []
        self._in = b""  # between attributes; n: in a name; v: behind one; =: in a value without quotes; or its quote

    def read(self, data: bytes, end: int) -> bool:
        """Read on; True behind the tag, False where more input is needed."""
        while True:
            position = self.position
            if not self._in:
                close = self._CLOSE.match(data, position, end)
                if close is not None:
                    self.position = close.end()
                    return True
                name = self._NAME.match(data, position, end)
                if name is None:
                    self.position = max(position, end - 1)  # spaces, of which a last "/" may count
                    return False
                self.names.append(name.start(1))
                self.position, self._in = name.start(1) + 1, b"n"
            elif self._in == b"v":
                value = self._VALUE.match(data, position, end)
                if value is None:
                    if end - position > SMALL:
                        self.position = end - 1  # spaces
                    return False
                given = data.find(b"=", position, value.end()) >= 0
                self.position, self._in = value.end(), value[1] or (b"=" if given else b"")
            elif self._in in self._ENDS:
                found = self._ENDS[self._in].search(data, position, end)
                if found is None:
                    self.position = end
                    return False
                self.position, self._in = found.start(), b"v" if self._in == b"n" else b""
            else:
                at = data.find(self._in, position, end)
                if at < 0:
                    self.position = end
                    return False
                self.position, self._in = at + 1, b""

    def key(self) -> object:
        """Equal for two that will find the same."""
        return self.position, self._in


class Tokenizer:
    """Goes from interesting tag to interesting tag. Whoever drives it sets `mode` between tags.

    Attributes:
        position: everything before it was read and holds no unfinished construct.
        mode: what it is in the middle of (one of the constants of this module).
        text: finds the end of the current text in modes RAW and SCRIPT.
        run: the expression for mode DATA (`run`).
        cdata: whether ``<![CDATA[`` begins a CDATA section here (foreign content).
        waiting: the unfinished tag, if the input ended inside one.
        long: the tag that is too long to be waited for, in mode LONG.
        doctype: a doctype was read that the expression does not swallow.
        own: offsets of comments that look like the ones consentkit writes.
    """

    __slots__ = ("cdata", "doctype", "grammar", "long", "mode", "own", "position", "run", "text", "waiting")

    def __init__(self, grammar: Grammar, run: re.Pattern[bytes]) -> None:
        self.grammar = grammar
        self.run = run
        self.position = 0
        self.mode = DATA
        self.cdata = False
        self.text: ScriptText | RawText | None = None
        self.waiting: TagProgress | None = None
        self.long: LongTag | None = None
        self.own: list[int] = []
        self.doctype = False

    def next(self, data: bytes, end: int, final: bool) -> re.Match[bytes] | None:
        """The next interesting tag as a match of `Grammar.tag`'s groups, or None where more input is needed.

        `position` is behind the tag, or where reading goes on.
        """
        if self.waiting is not None:
            if not final and not self.waiting.ready(data, end):
                return None
            self.waiting = None
        while True:
            if self.mode == DATA:
                match = self.run.match(data, self.position, end)
                if match is None:  # cannot happen: everything in it is optional
                    return None
                if match[2] is not None:
                    start = match.start(1) - 1
                    whole = self.grammar.tag.match(data, start, end)
                    if whole is not None:
                        self.position = whole.end()
                        return whole
                    self.position = start
                    self._wait(final)
                    return None
                self.position = match.end()
                if self.position == end or not self._odd(data, end, final):
                    return None
            elif self.mode in {RAW, SCRIPT} and self.text is not None:
                if self.text.find(data, end) < 0:
                    self.position = end if final else self.text.position
                    return None
                self.position = self.text.position
                self.mode = DATA  # the end tag is a tag like any other
            elif self.mode == LONG and self.long is not None:
                if not self.long.read(data, end):
                    self.position = end if final else self.long.position
                    return None
                self.position, self.mode = self.long.position, DATA
            elif self.mode == PLAINTEXT or not self._skip(data, end, final):
                if self.mode == PLAINTEXT:
                    self.position = end
                return None

    def past_text(self, data: bytes, end: int) -> None:
        """Read on behind the text that it is in, if its end is at hand."""
        if self.mode in {RAW, SCRIPT} and self.text is not None and self.text.find(data, end) >= 0:
            self.position, self.mode = self.text.position, DATA

    def move(self, by: int) -> None:
        """The first ``by`` bytes were handed on and are no longer given."""
        self.position -= by
        if self.text is not None:
            self.text.move(by)
        if self.waiting is not None:
            self.waiting.move(by)
        if self.long is not None:
            self.long.position -= by

    def give_up(self, data: bytes, end: int) -> re.Match[bytes] | None:
        """Stop waiting for a tag and read it in mode LONG: a match of ``/`` or nothing and its name."""
        begin = self.grammar.begin.match(data, self.position, end)
        if begin is None:
            return None
        self.waiting = None
        self.mode, self.long, self.position = LONG, LongTag(begin.end()), begin.end()
        return begin

    def _skip(self, data: bytes, end: int, final: bool) -> bool:
        """Read on in a comment, bogus comment or CDATA section; False where it goes on."""
        position = self.position
        if self.mode == COMMENT:
            match = _COMMENT_END.search(data, position, end)
            if match is None:
                keep = _COMMENT_TAIL.search(data, max(position, end - 3), end)
                self.position = end if final or keep is None else keep.start()
                return False
            self.position = match.end()
        else:
            close = b"]]>" if self.mode == CDATA else b">"
            found = data.find(close, position, end)
            if found < 0:
                self.position = end if final or self.mode == BOGUS else max(position, end - 2)
                return False
            self.position = found + len(close)
        self.mode = DATA
        return True

    def _odd(self, data: bytes, end: int, final: bool) -> bool:
        """At what the expression did not take; True if reading goes on here."""
        position = self.position
        head = data[position : min(end, position + len(_CDATA))]
        kind = head[1:2]
        if head[:1] != b"<" or (kind and kind not in b"/!?" and not kind.isalpha()):
            return False  # text, which only the prolog's expression leaves
        if kind.isalpha() or (kind == b"/" and head[2:3].isalpha()):
            self._wait(final)
            return False
        if self.cdata and head == _CDATA:
            return False  # a section or a bogus comment: tree construction has to say
        if head.startswith(b"<!--"):
            rest = data[position + 4 : min(end, position + 4 + SMALL)]
            if not final and _UNDECIDED.fullmatch(rest):
                return False
            if _OWN.match(rest):
                self.own.append(position + 4)
            self.mode, self.position = COMMENT, position + 4
            return True
        doctype = head[: len(DOCTYPE)].lower()
        undecided = head in {b"<", b"</", b"<!", b"<!-"} or (self.cdata and _CDATA.startswith(head))
        if undecided or (doctype != DOCTYPE and DOCTYPE.startswith(doctype)):
            return False
        self.doctype = self.doctype or doctype == DOCTYPE
        self.mode, self.position = BOGUS, position + 2
        return True

    def _wait(self, final: bool) -> None:
        # §13.2.5: an unfinished tag at the end is no tag. What is inserted at the end stands before it.
        if not final and self.waiting is None:
            self.waiting = TagProgress(self.position, self.grammar.settled)


_STATES: Final = {
    "data": DATA,
    "rcdata": RAW,
    "rawtext": RAW,
    "script data": SCRIPT,
    "plaintext": PLAINTEXT,
    "cdata section": CDATA,
}


@dataclass(frozen=True, slots=True)
class Tag:
    """A start or end tag.

    Attributes:
        name: lower case.
        is_end: whether it is an end tag.
        attributes: decoded, the first of several with one name.
        duplicates: whether a name came twice (such an element takes no CSP nonce).
        self_closing: whether it ends in ``/>``.
        start: offset of its ``<``.
        end: offset behind its ``>``.
    """

    name: str
    is_end: bool
    attributes: dict[str, str]
    duplicates: bool
    self_closing: bool
    start: int
    end: int


class TagStream:
    """The tags of a stream of bytes, read with the tokenizer alone (no tree construction).

    Args:
        initial_state: one of ``data``, ``rcdata``, ``rawtext``, ``script data``, ``plaintext``, ``cdata section``.
        last_start_tag: name of the element whose text it begins in, for the first end tag.
        encoding: of the text; names and syntax are ASCII in any.
    """

    def __init__(
        self, *, initial_state: str = "data", last_start_tag: str | None = None, encoding: str = "utf-8",
        atomic: bool = NEEDS_ATOMIC,
    ) -> None:  # fmt: skip
        if initial_state not in _STATES:
            raise UsageError(f"initial_state is {initial_state!r}; use one of {', '.join(map(repr, _STATES))}")
        self._grammar = grammar(atomic)
        self._tokenizer = Tokenizer(self._grammar, self._grammar.tags)
        self._encoding = encoding
        self._held = bytearray()
        self._offset = 0
        mode = _STATES[initial_state]
        if mode in {RAW, SCRIPT}:
            name = (last_start_tag or "").lower().encode()
            if name:
                script = mode == SCRIPT and name == b"script"
                self._tokenizer.text = ScriptText(0) if script else RawText(name, 0)
            else:
                mode = PLAINTEXT  # no end tag is appropriate
        self._tokenizer.mode = mode

    def feed(self, data: bytes) -> list[Tag]:
        """The tags that are whole by now."""
        return self._read(data, final=False)

    def finish(self) -> list[Tag]:
        """The tags that only the end of the input made certain."""
        return self._read(b"", final=True)

    def _read(self, data: bytes, *, final: bool) -> list[Tag]:
        self._held += data
        tokenizer, end = self._tokenizer, len(self._held)
        if not final and tokenizer.waiting is not None and not tokenizer.waiting.ready(self._held, end):
            return []
        whole = bytes(self._held)
        tags = []
        while (match := tokenizer.next(whole, end, final)) is not None:
            tags.append(self._tag(match))
        done = tokenizer.position
        if done:
            del self._held[:done]
            self._offset += done
            tokenizer.move(done)
        return tags

    def _tag(self, match: re.Match[bytes]) -> Tag:
        attributes: dict[str, str] = {}
        duplicates = False
        for found in self._grammar.attribute.finditer(match.string, match.start(3), match.end(3)):
            name = self._name(found[1])
            if name in attributes:
                duplicates = True
            else:
                value = found[2] or found[3] or found[4] or b""
                attributes[name] = decode_attribute(value.decode(self._encoding, "replace"))
        return Tag(
            name=self._name(match[2]),
            is_end=bool(match[1]),
            attributes=attributes,
            duplicates=duplicates,
            self_closing=match.string[match.end() - 2] == 0x2F and match.end(3) < match.end() - 1,
            start=match.start(1) - 1 + self._offset,
            end=match.end() + self._offset,
        )

    def _name(self, raw: bytes) -> str:
        return raw.lower().decode(self._encoding, "replace").replace("\0", "\ufffd")


def iter_tags(data: bytes, *, initial_state: str = "data", last_start_tag: str | None = None) -> Iterator[Tag]:
    """The start and end tags of ``data``, as the HTML Standard's tokenizer alone finds them.

    Tree construction is not simulated: the text of ``<title>`` or ``<script>`` is read as markup unless
    ``initial_state`` says otherwise.

    Args:
        data: HTML in UTF-8 or any ASCII-compatible encoding (attribute values are decoded as UTF-8).
        initial_state: one of ``data``, ``rcdata``, ``rawtext``, ``script data``, ``plaintext``, ``cdata section``.
        last_start_tag: with the three text states, the element whose end tag ends the text.

    Yields:
        Tags in document order.

    Raises:
        UsageError: for an unknown ``initial_state``.
    """
    stream = TagStream(initial_state=initial_state, last_start_tag=last_start_tag)
    yield from stream.feed(data)
    yield from stream.finish()
