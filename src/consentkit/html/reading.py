"""One rule: what follows a tag is read as tree construction would have it read, without a tree (§13.2.6).

A reading goes from tag to tag and keeps what the tokenizer cannot know: which text is no markup (`text_elements`),
whether the content is HTML, SVG or MathML (`foreign`), and where head and body begin (`prolog`). Where only a tree
could tell, or where it depends on whether scripts run, both ways are read (`doubt`), and if need be two readings go on
from there (`fork`). So nothing is missed that any browser sees.

What is done with a tag is the editor's business.
"""

from __future__ import annotations

import re
from copy import copy
from typing import Final

from consentkit.html.awaited import Awaited
from consentkit.html.crowds import crowded, of_concern
from consentkit.html.doubt import read_section
from consentkit.html.editor import Edit, Editor, Start
from consentkit.html.elements import RAW_TEXT
from consentkit.html.foreign import ROOTS, Content, breaks_out
from consentkit.html.prolog import Begun, Prolog
from consentkit.html.runs import Runs
from consentkit.html.scanner import DATA, LONG, PLAINTEXT, RAW, SCRIPT, Tokenizer
from consentkit.html.syntax import Grammar
from consentkit.html.text_elements import read_code, read_doubtful, read_scanned
from consentkit.html.texts import MarkupText, PlainText, RawText, ScriptText
from consentkit.html.unfinished import MAX_TAG

#: Raw text elements that are such in an older select too; a frameset ignores all but noframes.
_SELECT_RAW: Final = frozenset({b"script", b"textarea", b"noscript"})


class Reading:
    """One way to read the page from here on.

    Attributes:
        tokenizer: gives the tags.
        editor: is told of them.
        content: HTML, SVG or MathML.
        prolog: what is known of head and body; None once the body has begun.
        awaited: the text that is waited for.
        edits: what the editor wants changed, in the bytes at hand.
        base: whatever the editor keeps for this reading (the base URL).
        fork: another way to read it, to be taken up by whoever drives this one.
        body_open: the body has begun, so that phrasing content may be inserted.
        late: content came before anything said that this is a document.
        swallowed: it reads the bytes in which broken characters swallow what follows (`charset`).
        embedded: open objects that have a placeholder.
        alone: no other reading is going on.
        doubts: how often something could be read in two ways.
        trials: how many readings are on trial around this one (`doubt.MAX_TRIALS`).
        begun: where its last tag began.
        behind: where it came to with its last tag. Readings meet at such places alone: others depend on how the input
            was cut.
    """

    __slots__ = (
        "_begun",
        "_runs",
        "alone",
        "awaited",
        "base",
        "begun",
        "behind",
        "body_open",
        "content",
        "doubts",
        "editor",
        "edits",
        "embedded",
        "fork",
        "late",
        "prolog",
        "swallowed",
        "tokenizer",
        "trials",
    )  # fmt: skip

    def __init__(self, editor: Editor, grammar: Grammar, runs: Runs, *, document: bool | None, base: object) -> None:
        self.editor = editor
        self._runs = runs
        self.tokenizer = Tokenizer(grammar, runs.html)
        self.content = Content()
        self.prolog = None if document is False else Prolog(document)
        self.awaited = Awaited()
        self.edits: list[Edit] = []
        self.base = base
        self.fork: Reading | None = None
        self.alone = True
        self.begun = 0
        self.behind = 0
        self.body_open = document is False
        self._begun = False  # past a byte order mark
        self.late = False
        self.swallowed = False
        self.embedded = 0
        self.trials = 0
        self.doubts = 0
        if self.prolog is not None:
            self.tokenizer.run = runs.prolog

    def copy(self) -> Reading:
        """Another reading at the same place."""
        self.doubts += 1
        other = object.__new__(Reading)
        for name in Reading.__slots__:
            setattr(other, name, getattr(self, name))
        mine = self.tokenizer
        other.tokenizer = Tokenizer(mine.grammar, mine.run)
        other.tokenizer.position, other.tokenizer.mode, other.tokenizer.cdata = mine.position, mine.mode, mine.cdata
        other.tokenizer.text, other.tokenizer.long = copy(mine.text), copy(mine.long)
        other.content, other.awaited, other.prolog = self.content.copy(), self.awaited.copy(), copy(self.prolog)
        other.edits = []
        other.fork = None
        return other

    def key(self) -> object:
        """Equal for two readings that will find the same from here on."""
        tokenizer = self.tokenizer
        text = tokenizer.text.key() if tokenizer.mode in {RAW, SCRIPT} and tokenizer.text is not None else None
        if tokenizer.mode == LONG and tokenizer.long is not None:
            text = tokenizer.long.key()
        return (
            tokenizer.position, tokenizer.mode, text, self.content.key(), self.base, self.swallowed,
            None if self.prolog is None else self.prolog.key(), self.late,
        )  # fmt: skip

    def join(self, other: Reading) -> None:
        """Take over what another found that will find the same from here on."""
        self.edits += other.edits
        self.prolog = self.prolog or other.prolog
        if self.content.join(other.content):
            self.choose_run()

    def inside(self) -> object:
        """As `key`, for two at the end of the input: how far they searched for the end of a text does not matter."""
        tokenizer = self.tokenizer
        if tokenizer.mode in {DATA, LONG}:
            return self.key()
        text = tokenizer.text.closed_by() if tokenizer.mode in {RAW, SCRIPT} and tokenizer.text is not None else None
        return (
            tokenizer.mode, text, self.content.key(), self.base, self.swallowed,
            None if self.prolog is None else self.prolog.key(), self.late,
        )  # fmt: skip

    @property
    def plain_run(self) -> re.Pattern[bytes]:
        """The expression for plain HTML."""
        return self._runs.html

    def move(self, by: int) -> None:
        """The first ``by`` bytes were handed on."""
        self.tokenizer.move(by)
        self._begun = self._begun or by > 0
        self.begun -= by
        self.behind -= by
        self.awaited.move(by)

    def ready(self, data: bytes | bytearray, end: int) -> bool:
        """Whether reading on would find something; costs the new bytes only."""
        if self.awaited.text is not None:
            return self.awaited.ready(data, self.tokenizer.position, end)
        waiting = self.tokenizer.waiting
        return waiting is None or waiting.ready(data, end)

    def run(self, data: bytes, end: int, *, final: bool, once: bool = False) -> bool:
        """Read on until more input is needed (False), or after one tag, or at a fork (True)."""
        tokenizer, editor, content = self.tokenizer, self.editor, self.content
        html, plain = self._runs.html, editor.plain
        if tokenizer.waiting is not None and not final and end - tokenizer.position > MAX_TAG:
            self._give_up(data)
        while True:
            if tokenizer.mode != DATA:
                tokenizer.past_text(data, end)
            if (
                (tokenizer.run is html or (self.prolog is not None and self.prolog.in_head)) and tokenizer.mode == DATA
                and self.alone and tokenizer.waiting is None and not (content.select or content.frames)
            ):  # fmt: skip
                # Plain HTML, where almost all of a page is: the shortest way from tag to tag.
                before = tokenizer.position
                tokenizer.position = plain(self, tokenizer.run, data, before, end)
                if tokenizer.position != before:
                    self.awaited.text = None
            before = tokenizer.position
            match = tokenizer.next(data, end, final)
            if content.stack and not content.opened:
                passed = tokenizer.position if match is None else match.start()
                content.opened = data.find(b"<", before, passed) >= 0
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
                if idle and self.prolog is not None and self._no_tag(self.prolog, data, end, final=final):
                    continue
                if idle and tokenizer.cdata and read_section(self, data, end, final=final):
                    continue
                return self.fork is not None
            self.begun = match.start(1) - 1
            depth = len(content.stack)
            if not self._tag(data, match, end, final=final):
                tokenizer.position = self.begun
                return False
            if depth and len(content.stack) <= depth:
                # Something was opened where it now is, or around what was closed.
                content.opened = True
                if self.fork is not None:
                    self.fork.content.opened = True
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
                self._before(self.prolog, begin[2].lower(), begin)
            self.editor.long(self, begin, [])

    # --- head and body -------------------------------------------------------------------------------------------

    def _no_tag(self, prolog: Prolog, data: bytes, end: int, *, final: bool) -> bool:
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
        self._begin(prolog.content(position))
        return True

    def _before(self, prolog: Prolog, name: bytes, match: re.Match[bytes]) -> None:
        """A tag in the prolog; what it implies stands before it."""
        begun = prolog.tag(name, match)
        if name == b"template":
            self.tokenizer.run = self._runs.template if prolog.templates else self._runs.prolog
        self._begin(begun)

    def _begin(self, begun: Begun) -> None:
        """Head or body begin."""
        if begun.head is not None:
            self.editor.head(self, begun.head)
        if begun.ended:
            self.prolog = None
            self.body_open = True
            self.late = self.late or begun.late
            self.choose_run()
        if begun.body is not None:
            self.editor.body(self, begun.body)

    def finish(self) -> None:
        """At the end of the input: an empty body has begun too, before a tag or comment that was cut off."""
        prolog = self.prolog
        if prolog is None or prolog.templates or not prolog.document or self.content.frames:
            return
        if self.tokenizer.mode == DATA:
            self._begin(prolog.content(self.tokenizer.position))

    def rest(self, data: bytes, end: int) -> None:
        """At the end of a whole page, a tag without end that was not waited for when the page came in pieces."""
        tokenizer = self.tokenizer
        if tokenizer.mode != DATA or end - tokenizer.position <= MAX_TAG:
            return
        begin = tokenizer.give_up(data, end)
        if begin is not None and tokenizer.long is not None:
            self.editor.long(self, begin, [])
            tokenizer.long.read(data, end)
            self.editor.long(self, None, tokenizer.long.names)

    # --- tags ----------------------------------------------------------------------------------------------------

    def _tag(self, data: bytes, match: re.Match[bytes], end: int, *, final: bool) -> bool:
        """One tag; False where its text has to come first."""
        name = match[2].lower()
        if self.prolog is not None and self.awaited.text is None:
            self._before(self.prolog, name, match)
        if match[1]:
            self._end_tag(name)
            return True
        if crowded(match, atomic=self.tokenizer.grammar.atomic):
            self.editor.long(self, match, list(of_concern(match, atomic=self.tokenizer.grammar.atomic)))
            return True
        if self.content.foreign:
            return self._foreign(data, name, match, end, final=final)
        return self._html(data, name, match, end, final=final)

    def _start(self, data: bytes, name: bytes, match: re.Match[bytes], *, foreign: bool, html: bool) -> Start:
        content = self.content
        settled = html and self.alone and not (content.unsure or content.lost or content.select)
        return Start(data, match, name, foreign, html, settled)

    def _html(self, data: bytes, name: bytes, match: re.Match[bytes], end: int, *, final: bool) -> bool:
        """A start tag in HTML content, or in content that may be HTML."""
        content = self.content
        doubtful = content.doubtful
        # The root of an SVG is HTML's to the parser, and SVG's by its attributes.
        start = self._start(data, name, match, foreign=doubtful or name in ROOTS, html=True)
        if name == b"script":
            if doubtful or content.frames:
                return read_doubtful(self, start, ScriptText(match.end()), end, final=final)
            return read_code(self, start, ScriptText(match.end()), end, final=final, markup=False)
        if name == b"style" and not (doubtful or content.select or content.frames):
            return read_code(self, start, RawText(b"style", match.end()), end, final=final, markup=False)
        if name in RAW_TEXT:
            tree = (content.select and name not in _SELECT_RAW) or (content.frames and name != b"noframes")
            if doubtful or tree or name == b"noscript":
                return read_doubtful(self, start, RawText(name, match.end()), end, final=final)
            self.editor.element(self, start, None, True)
            self.tokenizer.mode, self.tokenizer.text = RAW, RawText(name, match.end())
            return True
        self.editor.element(self, start, None, True)
        if name == b"plaintext":
            if doubtful or content.select or content.frames:
                self.fork = self.copy()  # one of the two reads on
            self.tokenizer.mode = PLAINTEXT
        elif content.html(start):
            self.choose_run()
        elif name == b"body" and self.late and not doubtful:
            self.late = False
            self.editor.head(self, match.end())
            self.editor.body(self, match.end())
        return True

    def _foreign(self, data: bytes, name: bytes, match: re.Match[bytes], end: int, *, final: bool) -> bool:
        """A start tag in SVG or MathML."""
        content = self.content
        if breaks_out(self.tokenizer.grammar, name, match):
            content.break_out()
            self.choose_run()
            return self._html(data, name, match, end, final=final)
        if content.unsure and (name in RAW_TEXT or name in {b"script", b"plaintext", b"select", b"frameset"}):
            return self._html(data, name, match, end, final=final)
        start = self._start(data, name, match, foreign=True, html=content.unsure or content.lost)
        if name in {b"script", b"style"} and not start.self_closing:
            return read_code(self, start, MarkupText(name, match.end()), end, final=final, markup=True)
        if name == b"style":  # a preload scanner does not see that it is closed
            return read_code(self, start, PlainText(name, match.end()), end, final=final, markup=True)
        if name in RAW_TEXT or name == b"script":
            return read_scanned(self, start, end, final=final)
        self.editor.element(self, start, None, True)
        self.open_foreign(start)
        return True

    def open_foreign(self, start: Start) -> None:
        """What a start tag in SVG or MathML opens is open from here on."""
        if self.content.open(start, self.tokenizer.grammar):
            self.choose_run()

    def _end_tag(self, name: bytes) -> None:
        """An end tag that may matter."""
        if name == b"object" and self.embedded:
            self.embedded -= 1
        if self.content.end_tag(name):
            self.choose_run()

    def choose_run(self) -> None:
        """Take the expression for where the reading now is."""
        tokenizer, content = self.tokenizer, self.content
        tokenizer.cdata = content.sections
        if self.prolog is not None:
            return
        if content.foreign:
            tokenizer.run = self._runs.foreign
        else:
            tokenizer.run = self._runs.inner if tokenizer.cdata else self._runs.html
