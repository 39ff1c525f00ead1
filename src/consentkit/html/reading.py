"""One rule: what follows a tag is read as tree construction would have it read, without a tree (§13.2.6).

A reading goes from tag to tag and keeps what the tokenizer cannot know: which text is no markup, whether
the content is HTML, SVG or MathML, and where head and body begin. Where only a tree could tell, or where it
depends on whether scripts run, both ways are read: if they meet again behind the doubtful part, what either
found is edited; if not, the reading forks and both go on (`fork`). So nothing is missed that any browser sees.

What is done with a tag is the editor's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from typing import Final

from consentkit.html.crowds import crowded, of_concern
from consentkit.html.editor import Edit, Editor, Start
from consentkit.html.elements import BREAKOUT, HEAD, MATHML_INTEGRATION, RAW_TEXT, SVG_INTEGRATION
from consentkit.html.references import decode_attribute
from consentkit.html.runs import Runs
from consentkit.html.scanner import BOGUS, CDATA, COMMENT, DATA, LONG, PLAINTEXT, RAW, SCRIPT, Tokenizer
from consentkit.html.syntax import Grammar
from consentkit.html.texts import MarkupText, PlainText, RawText, ScriptText, SectionText
from consentkit.html.unfinished import MAX_TAG

#: The longest inline script or style that is held back to be judged as a whole. Pages with their whole state in a
#: script reach a megabyte; twice that is still little per request.
MAX_INLINE: Final = 2 << 20

#: The longest part of a page that is held back because it may be markup or text. It is read at one go when it ends, so
#: that more would hold the interpreter for long; a longer one is read both ways as it comes.
MAX_DOUBT: Final = 1 << 16

#: An end that begins within a limit is whole within so many bytes more: ``</noscript`` and what ends a name.
END: Final = 16

#: A part that may be markup or text is read as markup on trial, and so are such parts in it, to this depth.
MAX_TRIALS: Final = 8

#: Deeper nesting of SVG, MathML and HTML inside each other changes nothing any more.
MAX_FOREIGN: Final = 64

_CDATA: Final = b"<![CDATA["
_CDATA_END: Final = b"]]>"
_FONT_BREAKS: Final = frozenset({b"color", b"face", b"size"})
_HTML_ENCODINGS: Final = frozenset({"text/html", "application/xhtml+xml"})

#: Raw text elements that are such in an older select too; a frameset ignores all but noframes.
_SELECT_RAW: Final = frozenset({b"script", b"textarea", b"noscript"})

#: In a text integration point of MathML these are MathML, and so is what they hold.
_MATHML_IN_TEXT: Final = frozenset({b"mglyph", b"malignmark"})


def opens_comment(code: bytes) -> bool:
    """Whether a script may write the beginning of a comment into the page, so that what follows is in it."""
    return b"<!--" in code and b"write" in code and code.rfind(b"-->") < code.rfind(b"<!--")


class Prolog:
    """Where head and body begin (§13.2.6.4.1 to §13.2.6.4.7), while they have not yet.

    Attributes:
        document: it is a full document: it said so by its own tokens, or the caller did.
    """

    __slots__ = ("after_head", "document", "head", "templates")

    def __init__(self, document: bool | None) -> None:
        self.document = document is True
        self.head = False  # its beginning was seen
        self.after_head = False
        self.templates = 0

    def key(self) -> object:
        """Equal for two that will do the same."""
        return self.document, self.head, self.after_head, self.templates


class Reading:
    """One way to read the page from here on.

    Attributes:
        edits: what the editor wants changed, in the bytes at hand.
        base: whatever the editor keeps for this reading (the base URL).
        fork: another way to read it, to be taken up by whoever drives this one.
        body_open: the body has begun, so that phrasing content may be inserted.
        alone: no other reading is going on.
        trials: how many readings are on trial around this one (`MAX_TRIALS`).
        begun: where its last tag began.
        opened: something stands in the innermost integration point.
        behind: where it came to with its last tag. Readings meet at such places alone: others depend on how the input
            was cut.
    """

    __slots__ = (
        "_absent",
        "_begun",
        "_editor",
        "_judged",
        "_left",
        "_limit",
        "_lost",
        "_runs",
        "_select",
        "_stack",
        "_text",
        "_text_of",
        "_unsure",
        "alone",
        "base",
        "begun",
        "behind",
        "body_open",
        "edits",
        "embedded",
        "fork",
        "frames",
        "late",
        "opened",
        "prolog",
        "swallowed",
        "tokenizer",
        "trials",
    )  # fmt: skip

    def __init__(self, editor: Editor, grammar: Grammar, runs: Runs, *, document: bool | None, base: object) -> None:
        self._editor = editor
        self._runs = runs
        self.tokenizer = Tokenizer(grammar, runs.html)
        self.edits: list[Edit] = []
        self.base = base
        self.fork: Reading | None = None
        self.alone = True
        self.begun = 0
        self.behind = 0
        self.prolog = None if document is False else Prolog(document)
        self.body_open = document is False
        self._begun = False  # past a byte order mark
        self.late = False  # content came before anything said that this is a document
        self.swallowed = False  # reads the bytes in which broken characters swallow what follows (`charset`)
        self.embedded = 0  # open objects that have a placeholder
        self.frames = False  # a frameset began
        self._select = False  # inside a select
        self._stack: tuple[bytes, ...] = ()  # open SVG and MathML roots and integration points
        self._unsure = False  # the content may be foreign or HTML
        self._lost = False  # it will stay unsure
        self._left = False  # an integration point that was left may be open
        self._absent: dict[bytes, int] = {}  # up to where there is no end of a text
        self._judged = 0  # up to where the text of a doubtful script or style was judged
        self.opened = False
        self._text: ScriptText | RawText | SectionText | None = None  # the text being waited for
        self._text_of = -1  # and where what it belongs to begins
        self.trials = 0
        self._limit = MAX_INLINE  # and how long it is waited for
        if self.prolog is not None:
            self.tokenizer.run = runs.prolog

    def copy(self) -> Reading:
        """Another reading at the same place."""
        other = object.__new__(Reading)
        for name in Reading.__slots__:
            setattr(other, name, getattr(self, name))
        mine = self.tokenizer
        other.tokenizer = Tokenizer(mine.grammar, mine.run)
        other.tokenizer.position, other.tokenizer.mode, other.tokenizer.cdata = mine.position, mine.mode, mine.cdata
        other.tokenizer.text, other.tokenizer.long = copy(mine.text), copy(mine.long)
        other.edits = []
        other._absent = dict(self._absent)
        other.prolog = copy(self.prolog)
        other.fork = other._text = None
        return other

    def key(self) -> object:
        """Equal for two readings that will find the same from here on."""
        tokenizer = self.tokenizer
        text = tokenizer.text.key() if tokenizer.mode in {RAW, SCRIPT} and tokenizer.text is not None else None
        if tokenizer.mode == LONG and tokenizer.long is not None:
            text = tokenizer.long.key()
        return (
            tokenizer.position, tokenizer.mode, text, self.content(), self.base, self.swallowed,
            None if self.prolog is None else self.prolog.key(), self.late,
        )  # fmt: skip

    def join(self, other: Reading) -> None:
        """Take over what another found that will find the same from here on."""
        self.edits += other.edits
        self.prolog = self.prolog or other.prolog
        self.opened = self.opened or other.opened
        if other._left and not self._left:
            self._left = True
            self.choose_run()

    def inside(self) -> object:
        """As `key`, for two at the end of the input: how far they searched for the end of a text does not matter."""
        tokenizer = self.tokenizer
        if tokenizer.mode in {DATA, LONG}:
            return self.key()
        text = tokenizer.text.closed_by() if tokenizer.mode in {RAW, SCRIPT} and tokenizer.text is not None else None
        return (
            tokenizer.mode, text, self.content(), self.base, self.swallowed,
            None if self.prolog is None else self.prolog.key(), self.late,
        )  # fmt: skip

    @property
    def plain_run(self) -> re.Pattern[bytes]:
        """The expression for plain HTML."""
        return self._runs.html

    def content(self) -> object:
        """What the content is that is read now, apart from the tokenizer's state."""
        return self._stack, self._unsure, self._lost, self._select, self.frames

    def move(self, by: int) -> None:
        """The first ``by`` bytes were handed on."""
        self.tokenizer.move(by)
        self._begun = self._begun or by > 0
        self.begun -= by
        self.behind -= by
        if self._text is not None:
            self._text.move(by)
            self._text_of -= by
        self._judged = max(0, self._judged - by)
        self._absent = {name: at - by for name, at in self._absent.items() if at > by}

    def ready(self, data: bytes | bytearray, end: int) -> bool:
        """Whether reading on would find something; costs the new bytes only."""
        if self._text is not None:
            return self._text.find(data, end) >= 0 or end - self.tokenizer.position > self._limit
        waiting = self.tokenizer.waiting
        return waiting is None or waiting.ready(data, end)

    def run(self, data: bytes, end: int, *, final: bool, once: bool = False) -> bool:
        """Read on until more input is needed (False), or after one tag, or at a fork (True)."""
        tokenizer, editor = self.tokenizer, self._editor
        html, plain = self._runs.html, editor.plain
        if tokenizer.waiting is not None and not final and end - tokenizer.position > MAX_TAG:
            self._give_up(data)
        while True:
            if tokenizer.mode != DATA:
                tokenizer.past_text(data, end)
            if (
                (tokenizer.run is html or self._in_head()) and tokenizer.mode == DATA and self.alone
                and tokenizer.waiting is None and not (self._select or self.frames)
            ):  # fmt: skip
                # Plain HTML, where almost all of a page is: the shortest way from tag to tag.
                before = tokenizer.position
                tokenizer.position = plain(self, tokenizer.run, data, before, end)
                if tokenizer.position != before:
                    self._text = None
            before = tokenizer.position
            match = tokenizer.next(data, end, final)
            if self._stack and not self.opened:
                passed = tokenizer.position if match is None else match.start()
                self.opened = data.find(b"<", before, passed) >= 0
            if tokenizer.own:
                for offset in tokenizer.own:
                    editor.comment(self, offset)
                tokenizer.own.clear()
            if self.prolog is not None and tokenizer.doctype:
                self.prolog.document = True
            if tokenizer.long is not None:
                editor.long(self, None, tokenizer.long.names)
                if tokenizer.mode != LONG:
                    tokenizer.long = None
            if match is None:
                idle = tokenizer.mode == DATA and tokenizer.waiting is None
                if idle and self.prolog is not None and self._no_tag(data, end, final=final):
                    continue
                if idle and tokenizer.cdata and self._section(data, end, final=final):
                    continue
                return self.fork is not None
            self.begun = match.start(1) - 1
            depth = len(self._stack)
            if not self._tag(data, match, end, final=final):
                return False
            if depth and len(self._stack) <= depth:
                # Something was opened where it now is, or around what was closed.
                self.opened = True
                if self.fork is not None:
                    self.fork.opened = True
            self.behind = tokenizer.position
            if once or self.fork is not None:
                return True

    def _give_up(self, data: bytes) -> None:
        """A tag that is not whole within `MAX_TAG` is not waited for any longer."""
        tokenizer = self.tokenizer
        if tokenizer.grammar.tag.match(data, tokenizer.position, tokenizer.position + MAX_TAG) is not None:
            return
        begin = tokenizer.give_up(data, tokenizer.position + MAX_TAG)
        if begin is not None:
            if self.prolog is not None:
                self._before(begin[2].lower(), begin)
            self._editor.long(self, begin, [])

    # --- head and body -------------------------------------------------------------------------------------------

    def _no_tag(self, data: bytes, end: int, *, final: bool) -> bool:
        """In the prolog, at what is neither a tag nor swallowed; True to read on."""
        tokenizer, position = self.tokenizer, self.tokenizer.position
        if position >= end:
            return False
        here = data[position : position + 3]
        if position == 0 and not self._begun and b"\xef\xbb\xbf".startswith(here):
            if here == b"\xef\xbb\xbf":
                tokenizer.position = 3
            self._begun = here == b"\xef\xbb\xbf" or final
            return self._begun
        if here[:1] == b"<" and (here[1:2].isalpha() or here[1:2] in {b"/", b"!", b"?", b""}):
            return False
        self._body_here(position)
        return True

    def _before(self, name: bytes, match: re.Match[bytes]) -> None:
        """A tag in the prolog; what it implies stands before it."""
        prolog, offset = self.prolog, match.start(1) - 1
        if prolog is None:
            return
        if name == b"template":
            prolog.templates = max(0, prolog.templates + (-1 if match[1] else 1))
            self.tokenizer.run = self._runs.prolog if prolog.templates == 0 else self._runs.template
        if prolog.templates and not (name == b"template" and prolog.templates == 1):
            return
        if match[1]:
            if name == b"head":
                self._head_here(offset)
                prolog.after_head = True
            elif name in {b"body", b"html", b"br"}:
                self._body_here(offset)
        elif name == b"html":
            prolog.document = True
        elif name == b"head":
            prolog.document = True
            if not prolog.head:
                prolog.head = True
                self._editor.head(self, match.end())
        elif name == b"body":
            prolog.document = True
            self._head_here(offset)
            self._end_prolog()
            self._editor.body(self, match.end())
        elif name == b"frameset":
            self._end_prolog()
        elif name in HEAD:
            self._head_here(offset)
        else:
            self._body_here(offset)

    def _in_head(self) -> bool:
        """Whether the head has begun and not ended, so that what only a head holds changes nothing of that."""
        prolog = self.prolog
        return prolog is not None and prolog.document and prolog.head and not prolog.templates

    def _head_here(self, offset: int) -> None:
        prolog = self.prolog
        if prolog is not None and prolog.document and not prolog.head:
            prolog.head = True
            self._editor.head(self, offset)

    def _body_here(self, offset: int) -> None:
        """Content that only a body may hold begins here."""
        prolog = self.prolog
        if prolog is None:
            return
        self._head_here(offset)
        self._end_prolog()
        if prolog.document:
            self._editor.body(self, offset)
        else:
            self.late = True

    def _end_prolog(self) -> None:
        self.prolog = None
        self.body_open = True
        self.choose_run()

    def finish(self) -> None:
        """At the end of the input: an empty body has begun too, before a tag or comment that was cut off."""
        prolog = self.prolog
        if prolog is None or prolog.templates or not prolog.document or self.frames:
            return
        if self.tokenizer.mode == DATA:
            self._body_here(self.tokenizer.position)

    def rest(self, data: bytes, end: int) -> None:
        """At the end of a whole page, a tag without end that was not waited for when the page came in pieces."""
        tokenizer = self.tokenizer
        if tokenizer.mode != DATA or end - tokenizer.position <= MAX_TAG:
            return
        begin = tokenizer.give_up(data, end)
        if begin is not None and tokenizer.long is not None:
            self._editor.long(self, begin, [])
            tokenizer.long.read(data, end)
            self._editor.long(self, None, tokenizer.long.names)

    # --- tags ----------------------------------------------------------------------------------------------------

    def _tag(self, data: bytes, match: re.Match[bytes], end: int, *, final: bool) -> bool:
        """One tag; False where its text has to come first."""
        name = match[2].lower()
        if self.prolog is not None and self._text is None:
            self._before(name, match)
        if match[1]:
            self._end_tag(name)
            return True
        if crowded(match, atomic=self.tokenizer.grammar.atomic):
            self._editor.long(self, match, list(of_concern(match, atomic=self.tokenizer.grammar.atomic)))
            return True
        if not self._stack:
            return self._html(data, name, match, end, final=final)
        if self._stack[-1] not in {b"svg", b"math"}:
            return self._html(data, name, match, end, final=final)
        return self._foreign(data, name, match, end, final=final)

    def _start(self, data: bytes, name: bytes, match: re.Match[bytes], *, foreign: bool, html: bool) -> Start:
        settled = html and self.alone and not (self._unsure or self._lost or self._select)
        return Start(data, match, name, foreign, html, settled)

    def _html(self, data: bytes, name: bytes, match: re.Match[bytes], end: int, *, final: bool) -> bool:
        """A start tag in HTML content, or in content that may be HTML."""
        # Inside SVG, end tags that a tree would have to tell may have closed what only seems to be open.
        doubtful = self._unsure or self._lost or bool(self._stack)
        # The root of an SVG is HTML's to the parser, and SVG's by its attributes.
        start = self._start(data, name, match, foreign=doubtful or name in {b"svg", b"math"}, html=True)
        if name == b"script":
            if doubtful or self.frames:
                return self._doubtful(start, ScriptText(match.end()), end, final=final)
            return self._script(start, ScriptText(match.end()), end, final=final, markup=False)
        if name == b"style" and not (doubtful or self._select or self.frames):
            return self._script(start, RawText(b"style", match.end()), end, final=final, markup=False)
        if name in RAW_TEXT:
            tree = (self._select and name not in _SELECT_RAW) or (self.frames and name != b"noframes")
            if doubtful or tree or name == b"noscript":
                return self._doubtful(start, RawText(name, match.end()), end, final=final)
            self._editor.element(self, start, None, True)
            self.tokenizer.mode, self.tokenizer.text = RAW, RawText(name, match.end())
            return True
        self._editor.element(self, start, None, True)
        if name == b"plaintext":
            if doubtful or self._select or self.frames:
                self.fork = self.copy()  # one of the two reads on
            self.tokenizer.mode = PLAINTEXT
        elif name in {b"svg", b"math"}:
            if not start.self_closing:
                self._push(name)
                self._unsure = self._unsure or self._select or self.frames
        elif name in _MATHML_IN_TEXT:
            self._unsure = self._unsure or bool(self._stack)
        elif name == b"select":
            self._select = True
        elif name == b"frameset":
            self.frames = True
        elif name == b"body" and self.late and not doubtful:
            self.late = False
            self._editor.head(self, match.end())
            self._editor.body(self, match.end())
        return True

    def _foreign(self, data: bytes, name: bytes, match: re.Match[bytes], end: int, *, final: bool) -> bool:
        """A start tag in SVG or MathML."""
        if name in BREAKOUT or (name == b"font" and self._breaks_out(match)):
            while self._stack and self._stack[-1] in {b"svg", b"math"}:
                self._stack = self._stack[:-1]
            if not self._stack:
                self._unsure = False
            self.choose_run()
            return self._html(data, name, match, end, final=final)
        if self._unsure and (name in RAW_TEXT or name in {b"script", b"plaintext", b"select", b"frameset"}):
            return self._html(data, name, match, end, final=final)
        start = self._start(data, name, match, foreign=True, html=self._unsure or self._lost)
        if name in {b"script", b"style"} and not start.self_closing:
            return self._script(start, MarkupText(name, match.end()), end, final=final, markup=True)
        if name == b"style":  # a preload scanner does not see that it is closed
            return self._script(start, PlainText(name, match.end()), end, final=final, markup=True)
        if name in RAW_TEXT or name == b"script":
            return self._foreign_text(start, end, final=final)
        self._editor.element(self, start, None, True)
        self._open_foreign(start)
        return True

    def _foreign_text(self, start: Start, end: int, *, final: bool) -> bool:
        """An element with markup in it that Chromium's preload scanner, which knows no SVG, takes for raw text."""
        data, name, after = start.data, start.name, start.match.end()
        known = self._text if self._text_of == start.offset else None
        text = ScriptText(after) if name == b"script" else RawText(name, after)
        if isinstance(known, ScriptText | RawText):
            text = known
        close = self.find_text(text, data, end)
        if self._waits(close, text, start.offset, after, end, MAX_DOUBT, final=final):
            return False
        self._editor.element(self, start, None, True)
        self._open_foreign(start)
        if close < 0 or close > after + MAX_DOUBT or data.find(b"<", after, close) >= 0:
            self._both(data, after, close, text, final=final)
        return True

    def _open_foreign(self, start: Start) -> None:
        """What a start tag in SVG or MathML opens for those that follow."""
        name, match, top = start.name, start.match, self._stack[-1]
        if start.self_closing:
            return
        if top == b"svg":
            if name == b"svg" or name in SVG_INTEGRATION:
                self._push(name)
        elif (
            name == b"math" or name in MATHML_INTEGRATION
            or (name == b"annotation-xml" and self._holds_html(match))
        ):  # fmt: skip
            self._push(name)
        elif name == b"svg":
            self._push(name)
            self._unsure = True  # only a child of annotation-xml is SVG

    def _holds_html(self, match: re.Match[bytes]) -> bool:
        """Whether an ``annotation-xml`` is an integration point: as a tree has it, by its first ``encoding``."""
        attributes = self.tokenizer.grammar.attribute
        for found in attributes.finditer(match.string, match.start(3), match.end(3)):
            if found[1].lower() == b"encoding":
                value = found[2] or found[3] or found[4] or b""
                return decode_attribute(value.decode("latin-1")).lower() in _HTML_ENCODINGS
        return False

    def _breaks_out(self, match: re.Match[bytes]) -> bool:
        """Whether a ``font`` ends foreign content: by the names of its attributes, not by what their values hold."""
        attributes = self.tokenizer.grammar.attribute.finditer(match.string, match.start(3), match.end(3))
        return any(found[1].lower() in _FONT_BREAKS for found in attributes)

    def _end_tag(self, name: bytes) -> None:
        """An end tag that may matter."""
        if name == b"select":
            self._select = False
        if name == b"object" and self.embedded:
            self.embedded -= 1
        if not self._stack:
            if self._left and (name in SVG_INTEGRATION or name in MATHML_INTEGRATION or name == b"annotation-xml"):
                self._lost = True  # it was open, and is closed only now: SVG or MathML goes on, or it is ignored
            return
        top = self._stack[-1]
        if top in {b"svg", b"math"}:
            if name == top:
                self._stack = self._stack[:-1]
            elif name in {b"p", b"br"}:
                while self._stack and self._stack[-1] in {b"svg", b"math"}:
                    self._stack = self._stack[:-1]
            elif name not in RAW_TEXT and name != b"script":
                self._unsure = True  # an HTML element with this name may be open around
        elif name == top:
            # Closed for certain only if nothing was opened in it.
            self._unsure = self._unsure or self.opened
            self._left = self._left or self.opened
            self._stack = self._stack[:-1]
        elif name in self._stack:
            self._lost = True  # ignored or not, as the elements inside are special or not
            self._stack = self._stack[: len(self._stack) - 1 - self._stack[::-1].index(name)]
        if not self._stack:
            self._unsure = False
        self.choose_run()

    def _push(self, name: bytes) -> None:
        if len(self._stack) >= MAX_FOREIGN:
            self._lost = True
            return
        self._stack = (*self._stack, name)
        self.opened = False
        self.choose_run()

    def choose_run(self) -> None:
        """Take the expression for where the reading now is."""
        tokenizer = self.tokenizer
        tokenizer.cdata = bool(self._stack) or self._lost or self._left
        if self.prolog is not None:
            return
        if self._stack and self._stack[-1] in {b"svg", b"math"}:
            tokenizer.run = self._runs.foreign
        else:
            tokenizer.run = self._runs.inner if tokenizer.cdata else self._runs.html

    # --- text ----------------------------------------------------------------------------------------------------

    def _script(self, start: Start, finder: ScriptText | RawText, end: int, *, final: bool, markup: bool) -> bool:
        """A script or style: its text may have to be known first. ``markup``: the text is markup itself (SVG)."""
        tokenizer, data, after = self.tokenizer, start.data, start.match.end()
        wanted = self._editor.wants_text(start)
        if not (wanted or markup):
            self._editor.element(self, start, None, True)
            tokenizer.mode = SCRIPT if isinstance(finder, ScriptText) else RAW
            tokenizer.text = finder
            return True
        known = self._text if self._text_of == start.offset else None
        if isinstance(known, type(finder)):
            finder = known
        found = self.find_text(finder, data, end)
        limit = MAX_INLINE if wanted else MAX_DOUBT
        if self._waits(found, finder, start.offset, after, end, limit, final=final):
            return False
        if found > after + limit:
            found = -1  # as where it was not at hand yet
        doubtful = markup and (found < 0 or data[found + 1 : found + 2] != b"/" or data.find(b"<", after, found) >= 0)
        text = ScriptText(after) if start.name == b"script" else RawText(b"style", after)
        close = self.find_text(text, data, end) if doubtful else -1
        if doubtful and self._waits(close, text, start.offset, after, end, MAX_DOUBT, final=final):
            return False
        text_end = found if found >= 0 else end
        whole = text_end - after <= MAX_INLINE
        self._editor.element(self, start, (after, min(text_end, after + MAX_INLINE)) if wanted else None, whole)
        if isinstance(finder, ScriptText) and found >= 0 and opens_comment(data[after:found]):
            self.fork = self.copy()  # goes on with markup: the one to be kept where there are too many
            self.fork.tokenizer.position = found
            tokenizer.mode, tokenizer.position = COMMENT, found
        elif doubtful:
            # Chromium's preload scanner takes it for text all the same.
            self._both(data, after, close, text, final=final)
        elif found >= 0 and not markup:
            tokenizer.position = found
        else:
            tokenizer.position = after
            if not markup:
                tokenizer.mode, tokenizer.text = SCRIPT if isinstance(finder, ScriptText) else RAW, finder
        return True

    def find_text(self, finder: ScriptText | RawText | SectionText, data: bytes, end: int) -> int:
        """As the finder does, but what was searched before for the same, and held none, is not searched again."""
        if isinstance(finder, SectionText):
            name = b"]]>"
        else:
            name = finder.name if isinstance(finder, RawText) else b"script"
            if isinstance(finder, MarkupText):
                return finder.find(data, end)
        plain = finder if not isinstance(finder, ScriptText) else RawText(name, finder.position)
        plain.position = max(plain.position, self._absent.get(name, 0))
        found = plain.find(data, end)
        if found < 0:
            self._absent[name] = plain.position
            return -1
        return finder.find(data, end) if plain is not finder else found

    def _doubtful(self, start: Start, finder: ScriptText | RawText, end: int, *, final: bool) -> bool:
        """An element whose text is markup, or is not."""
        if isinstance(self._text, ScriptText | RawText) and self._text_of == start.offset:
            finder = self._text
        found = self.find_text(finder, start.data, end)
        after = start.match.end()
        if self._waits(found, finder, start.offset, after, end, MAX_DOUBT, final=final):
            return False
        text_end = found if found >= 0 else end
        whole = text_end - after <= MAX_DOUBT
        text: tuple[int, int] | None = None
        if start.name in {b"script", b"style"} and self._editor.wants_text(start):
            limit = text_end
            if after < self._judged:
                # In the text of another one: what follows the next was, or will be, judged with that.
                limit = MarkupText(start.name, after).find(start.data, text_end)
            text = (after, min(text_end if limit < 0 else limit, after + MAX_DOUBT))
            self._judged = max(self._judged, min(text_end, after + MAX_DOUBT))
        self._editor.element(self, start, text, whole)
        self._both(start.data, after, found, finder, final=final)
        return True

    def _waits(
        self, found: int, text: ScriptText | RawText | SectionText, begun: int, after: int, end: int, limit: int, *,
        final: bool,
    ) -> bool:  # fmt: skip
        """Whether more input is needed to know where a text from ``after`` on ends, which began at ``begun``."""
        limit += END
        if found >= 0 or final or end - after > limit:
            self._text = None
            return False
        self._text, self._text_of, self._limit = text, begun, after - begun + limit
        self.tokenizer.position = begun
        return True

    def _section(self, data: bytes, end: int, *, final: bool) -> bool:
        """At ``<![CDATA[``, a section or a bogus comment; True to read on.

        Even in SVG, where it is a section, Chromium's preload scanner takes it for a comment.
        """
        position = self.tokenizer.position
        if not data.startswith(_CDATA, position, end):
            return False
        known = self._text if self._text_of == position else None
        finder = known if isinstance(known, SectionText) else SectionText(position + len(_CDATA))
        found = self.find_text(finder, data, end)
        if self._waits(found, finder, position, position, end, MAX_DOUBT, final=final):
            return False

        self.begun = position
        certain = self._stack[-1:] in {(b"svg",), (b"math",)} and not (self._unsure or self._lost)

        def bogus(reading: Reading) -> None:
            reading.tokenizer.mode, reading.tokenizer.position = BOGUS, position + 2
            reading.alone = reading.alone and not certain  # what is written there may stand in a script

        self._both(data, position, found + len(_CDATA_END) if found >= 0 else -1, finder, bogus, final=final)
        return self.fork is None

    def _both(
        self, data: bytes, after: int, found: int, text: ScriptText | RawText | SectionText,
        markup: Callable[[Reading], None] | None = None, *, final: bool,
    ) -> None:  # fmt: skip
        """Read what stands from ``after`` to ``found`` as markup, too; fork if the two ways do not meet there."""
        if 0 <= found <= after + MAX_DOUBT and self.trials < MAX_TRIALS:
            attempt = self._as_markup(after, markup)
            attempt.trials = self.trials + 1
            while attempt.run(data, found, final=False) and attempt.fork is None:
                pass
            tokenizer = attempt.tokenizer
            met = tokenizer.position == found and tokenizer.mode == DATA and attempt.content() == self.content()
            if attempt.fork is None and met:
                self.join(attempt)
                self.base = attempt.base
                self.tokenizer.position = found
                return
        elif found < 0 and final:
            # No end at all: one way holds nothing more, so that the other alone will do.
            self.tokenizer.position = after
            if markup is not None:
                markup(self)
            return
        self.fork = self._as_markup(after, markup)
        if isinstance(text, SectionText):
            self.tokenizer.mode, self.tokenizer.position = CDATA, after + len(_CDATA)
        else:
            self.tokenizer.mode, self.tokenizer.text = SCRIPT if isinstance(text, ScriptText) else RAW, text

    def _as_markup(self, after: int, markup: Callable[[Reading], None] | None) -> Reading:
        """Another reading, which takes what stands from ``after`` on as markup."""
        other = self.copy()
        other.prolog = None
        other.opened = True  # what it belongs to, at least
        other.tokenizer.position = after
        other.tokenizer.mode = DATA
        if self.prolog is not None:
            other.choose_run()
        if markup is not None:
            markup(other)
        return other
