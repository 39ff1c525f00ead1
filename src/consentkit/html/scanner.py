"""One rule: bytes become tags as the HTML Standard's tokenizer makes them (§13.2.5), and nothing else.

Only tags are of interest. One regular expression swallows the boring run (text, comments, tags that
nobody asked for) and captures the next tag that somebody did (`syntax`, `runs`). What surrounds it here is
what a regular expression cannot do: text that is not markup (`texts`) and input that ends in the middle of
something (`unfinished`), with time linear in the input however it is cut.
"""

from __future__ import annotations

import re
from typing import Final

from consentkit.html.syntax import Grammar
from consentkit.html.texts import RawText, ScriptText
from consentkit.html.unfinished import SMALL, LongTag, TagProgress

# What the tokenizer is in the middle of.
DATA, RAW, SCRIPT, PLAINTEXT, CDATA, COMMENT, BOGUS, LONG = range(8)

_COMMENT_END: Final = re.compile(rb"--!?>")
_COMMENT_TAIL: Final = re.compile(rb"-{1,2}!?\Z")
#: The beginning of a comment that may still end at once or turn out to look like ours.
_UNDECIDED: Final = re.compile(rb"-?|(?:ck)*c?")
_OWN: Final = re.compile(rb"(?:ck)+\[")
_CDATA: Final = b"<![CDATA["
DOCTYPE: Final = b"<!doctype"


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
