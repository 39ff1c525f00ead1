"""One rule: bytes in, the same bytes out, but for what a decider refuses; as early as it can be known.

The `Rewriter` holds the bytes that cannot be judged yet, drives one or more readings over the rest, and copies
everything between their edits. It never raises for anything a page contains.
"""

from __future__ import annotations

from typing import Final

from consentkit.errors import UsageError
from consentkit.html.beyond import voided
from consentkit.html.change import Base
from consentkit.html.charset import Encoding, Shifts, Swallowed, is_declared, sniff
from consentkit.html.compat import attributes
from consentkit.html.decision import Blocked, Decider, Inserter, Resource
from consentkit.html.editor import Edit, Editor
from consentkit.html.edits import apply_edits
from consentkit.html.inert import Inert
from consentkit.html.judge import MAX_DEPTH, Found, Judge
from consentkit.html.options import Options
from consentkit.html.reading import Reading
from consentkit.html.readings import Readings
from consentkit.html.report import MAX_REPORT, Report
from consentkit.html.runs import Runs, runs
from consentkit.html.syntax import NEEDS_ATOMIC, Grammar, grammar
from consentkit.html.unfinished import SMALL
from consentkit.html.urls import Url, parse_url

#: No more is looked at in one go, however much is fed: so a limit is met at the same byte in any chunking, and
#: no match holds the interpreter for long.
SLICE: Final = 1 << 19

_DEFAULT: Final = Options()
_UTF8: Final = Encoding("utf-8", "utf-8", double_byte=False)


class Rewriter:
    """Makes inert whatever in a page the decider refuses.

    Args:
        decider: says what may be fetched.
        url: the page's absolute URL.
        charset: the ``charset`` parameter of Content-Type, if it had one.
        inserter: what to insert; None: nothing is inserted.
        document: whether it is a full document; None: its own tokens say so.
        options: lazy loading, markers of other tools, declared embeds, Trusted Types.
        max_depth: how deep documents inside documents (``srcdoc``) are looked into.

    Raises:
        UsageError: if ``url`` is not absolute.
        UnreadableEncodingError: from `feed` or `finish`, if the page's encoding is not ASCII-compatible: before any
            output, but where only a browser finds it, and that late (`Shifts`).
    """

    def __init__(
        self, decider: Decider, *, url: str, charset: str | None = None, inserter: Inserter | None = None,
        document: bool | None = None, options: Options | None = None, max_depth: int = MAX_DEPTH,
        _atomic: bool = NEEDS_ATOMIC,
    ) -> None:  # fmt: skip
        own = parse_url(url, None)
        if own is None:
            raise UsageError(f"url is {url!r}, which is no absolute URL; give the page's own, https://…")
        self._engine = _Engine(
            decider, own, inserter=inserter, document=document, options=options or _DEFAULT, depth=0,
            max_depth=max_depth, atomic=_atomic,
        )  # fmt: skip
        self._charset = charset
        self._shifts = Shifts(charset)
        self._head = b""
        self._started = False
        self._finished = False

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes of the page and give those that are certain."""
        if self._finished:
            raise UsageError("feed() after finish(): make a new Rewriter for the next page")
        self._shifts.feed(data)
        if self._started:
            return self._engine.feed(data, final=False)
        return self._start(self._head + data if self._head else data, final=False)

    def finish(self) -> bytes:
        """The rest of the page; call it once, at its end."""
        if self._finished:
            raise UsageError("finish() was called before: make a new Rewriter for the next page")
        self._finished = True
        output = self._engine.feed(b"", final=True) if self._started else self._start(self._head, final=True)
        self._engine.release()
        return output

    @property
    def blocked(self) -> list[Blocked]:
        """What was blocked so far, at most `Options.report` of it."""
        return self._engine.report.lines()

    @property
    def blocked_count(self) -> int:
        """How much was blocked so far."""
        return self._engine.report.total

    def _start(self, data: bytes, *, final: bool) -> bytes:
        encoding = sniff(data, self._charset, final=final)
        if encoding is None:
            self._head = data
            return b""
        self._head = b""
        self._started = True
        self._engine.begin(encoding, declared=is_declared(data, self._charset))
        return self._engine.feed(data, final=final)


class _Engine:
    """A rewriter that knows its encoding; documents inside documents get one of their own."""

    def __init__(
        self, decider: Decider, url: Url | None, *, inserter: Inserter | None, document: bool | None, options: Options,
        depth: int, max_depth: int, atomic: bool, base: Base | None = None,
    ) -> None:  # fmt: skip
        self._decider = decider
        self._url = url
        self._inserter = inserter
        self._document = document if inserter is not None else False
        self._options = options
        self._depth = depth
        self._max_depth = max_depth
        self._atomic = atomic
        self._base = base or Base(url)
        self._held: bytes | bytearray = b""
        self._swallowed: Swallowed | None = None
        self._held_masked: bytes | None = None
        self._beyond = False  # there are too many ways to read on
        # What is found in an inner document decides what becomes of it: that report is always kept.
        self.report = Report(MAX_REPORT if depth else options.report)
        self.only_here = False  # as `Judge.only_here`, of a document inside another

    def begin(self, encoding: Encoding, *, declared: bool = False) -> None:
        """Now the encoding is known. ``declared``: from a ``meta`` element, which what is inserted may push too far."""
        shapes: Grammar = grammar(self._atomic)
        self._swallowed = Swallowed(encoding) if encoding.double_byte else None
        options = self._options
        self.report.codec = encoding.codec
        judge = self._judge = Judge(
            self._decider, encoding, markup=self._markup, depth=self._depth, max_depth=self._max_depth
        )
        self._editor = Inert(
            judge, shapes, encoding, self.report, inserter=self._inserter, options=options, url=self._url,
            document=self._srcdoc, declared=declared,
        )  # fmt: skip
        expressions: Runs = runs(options.watched | attributes(options.compat), options.named, atomic=self._atomic)
        self._readings = Readings(
            Reading(self._editor, shapes, expressions, document=self._document, base=self._base), self._editor
        )

    def release(self) -> None:
        """Let go of everything but the report, so that nothing waits for the garbage collector."""
        self._editor.release()
        del self._readings, self._editor, self._judge

    def feed(self, data: bytes, *, final: bool) -> bytes:
        """Take bytes, give bytes."""
        if len(data) <= SLICE:
            return self._take(data, final=final)
        stops = range(0, len(data), SLICE)
        return b"".join([
            self._take(data[at : at + SLICE], final=final and at == stops[-1]) for at in stops
        ])  # fmt: skip

    def _take(self, data: bytes, *, final: bool) -> bytes:
        """At most `SLICE` of it."""
        if self._beyond:
            return voided(data)
        if self._swallowed is not None:
            masked = self._swallowed.feed(data)
            if masked is not data or self._held_masked is not None:
                return self._take_both(data, masked, final=final)
        held = self._held
        if held:
            if len(held) > SMALL and not final:
                # Much is held back: look whether the wait is over without copying it all.
                if isinstance(held, bytes):
                    held = self._held = bytearray(held)
                held += data
                # Nothing leaves before the reading furthest behind goes on.
                if not self._readings.ready(held, len(held)):
                    return b""
                data = bytes(held)
            else:
                data = bytes(held) + data
        return self._read(data, final=final)

    def _take_both(self, data: bytes, masked: bytes, *, final: bool) -> bytes:
        """The same in an encoding of two bytes a character, from the first broken one on."""
        whole = bytes(self._held) + data
        before = bytes(self._held) if self._held_masked is None else self._held_masked
        both = before + masked
        output = self._read(whole, final=final, masked=both)
        self._held_masked = both[len(both) - len(self._held) :]
        return output

    def _read(self, data: bytes, *, final: bool, masked: bytes | None = None) -> bytes:
        end = len(data)
        readings = self._readings
        readings.run(data, end, final=final, masked=masked)
        self._editor.settle()
        if readings.beyond is not None:
            self._beyond, self._held = True, b""
            return apply_edits(data, end, readings.take(end, final=True))
        if final:
            for reading in readings.all:
                reading.finish()
        safe = end if final else readings.safe()
        edits = readings.take(safe, final=final)
        output = apply_edits(data, safe, edits)
        self._held = data[safe:] if safe < end else b""
        if not final:
            self.report.offset += safe
            readings.move(safe)
        return output

    # --- documents inside this one -------------------------------------------------------------------------------

    def _inner(self, base: Base, url: Url | None) -> _Engine:
        engine = _Engine(
            self._decider, url, inserter=None, document=False, options=self._options, depth=self._depth + 1,
            max_depth=self._max_depth, atomic=self._atomic, base=base,
        )  # fmt: skip
        engine.begin(_UTF8)
        return engine

    def _srcdoc(self, text: str, base: Base) -> tuple[list[tuple[int, str]], list[Found]] | None:
        """The insertions that make a srcdoc document inert, and what they block; None: nested too deep."""
        if self._depth >= self._max_depth:
            return None
        engine = self._inner(base, base.url)
        data = text.encode("utf-8", "surrogatepass")
        edits = engine.edits_of(data)
        self._judge.only_here = self._judge.only_here or engine.only_here
        found = [Found(line.block, _resource(line)) for line in engine.report.lines()]
        ascii_only = len(data) == len(text)
        insertions: list[tuple[int, str]] = []
        done = characters = 0
        for edit in edits:
            if not ascii_only:
                characters += len(data[done : edit[0]].decode("utf-8", "surrogatepass"))
            done = edit[0]
            insertions.append((done if ascii_only else characters, edit[2].decode()))
        return insertions, found

    def _markup(self, data: bytes, base: Url | None) -> Found | None:
        """The first thing that a document in a ``data:`` or ``javascript:`` URL may not fetch."""
        engine = self._inner(Base(base), base)
        engine.edits_of(data)
        self._judge.only_here = self._judge.only_here or engine.only_here
        return next((Found(line.block, _resource(line)) for line in engine.report.lines()), None)

    def edits_of(self, data: bytes) -> list[Edit]:
        """All edits of a whole document."""
        self._readings.run(data, len(data), final=True)
        edits = self._readings.take(len(data), final=True)
        self.only_here = self._judge.only_here
        self.release()
        return edits


def read_whole(
    data: bytes, editor: Editor, shapes: Grammar, encoding: Encoding | None = None, *,
    attributes: frozenset[str] = frozenset(), in_pieces: bool = False,
) -> list[Edit]:  # fmt: skip
    """The edits that an editor makes of a whole page, which nothing is inserted into.

    Args:
        data: the page.
        editor: what is done with its tags.
        shapes: the grammar.
        encoding: of the page; None where its characters do not matter.
        attributes: names that the editor wants to see besides those of `elements`.
        in_pieces: it came in pieces before, so that a tag without end was not waited for.
    """
    readings = Readings(
        Reading(editor, shapes, runs(attributes, atomic=shapes.atomic), document=False, base=None), editor
    )
    masked = Swallowed(encoding).feed(data) if encoding is not None and encoding.double_byte else data
    readings.run(data, len(data), final=True, masked=None if masked is data else masked)
    if in_pieces:
        for reading in readings.all:
            reading.rest(data, len(data))
    return readings.take(len(data), final=True)


def _resource(line: Blocked) -> Resource:
    return Resource(line.url, line.block.host, "", line.kind, line.element, line.attribute)
