"""One rule: what may not be fetched is made inert in place, by insertions alone, so that it can be undone.

The blocked form, which `restore` and the script in the page undo:

* a blocked attribute ``X`` becomes ``data-ck-X`` (every occurrence, or the next one would take its place),
  its value byte for byte as it was;
* behind the element's name stand ``data-ck-service``, where no service is declared ``data-ck-host``, what is
  added to the element, and last ``data-ck-purposes``; each may hold several words, all of which are needed;
* a script gets ``type="text/plain"``, and its own ``type`` becomes ``data-ck-type``;
* where a page is put together (with an inserter), a frame gets a ``name`` that no other has, its own becomes
  ``data-ck-name``;
* a link of several types becomes ``data-ck-rel``, with a new ``rel`` of the types that are allowed;
* a URL in CSS (``style`` elements and attributes) or in the JSON of an import map or of speculation rules gets
  `PREFIX` in front, and the element the same three attributes;
* an element that another tool keeps inert (`compat`) loses that tool's form (``data-ck-was-X``) and, where it is
  allowed, gets its attributes back between ``data-ck-live`` and ``data-ck-end``;
* whatever is inserted into the page stands between `OPEN` and `CLOSE`;
* what the page itself has of all this (``data-ck-…``, `PREFIX`, comments like ours) gets one more ``ck``.

Here an element comes to its rule: `inert_scripts`, `inert_sheets`, `inert_named`, `adopted`, and for all of them
`triggers`.
"""

from __future__ import annotations

import re
from typing import Final

from consentkit.html import compat
from consentkit.html.adopted import adopt, marked
from consentkit.html.beyond import void
from consentkit.html.change import Attributes, Base, Change
from consentkit.html.charset import Encoding
from consentkit.html.decision import Inserter, Kind
from consentkit.html.editor import Edit, Start
from consentkit.html.inert_named import block_amp, block_base, block_link, read_policy
from consentkit.html.inert_scripts import block_script, type_of_script
from consentkit.html.inert_sheets import block_sheet
from consentkit.html.insertions import Insertions
from consentkit.html.judge import Judge, Place
from consentkit.html.marks import OWN_ATTRIBUTE, RENAME
from consentkit.html.options import Embeds, Options
from consentkit.html.plain import Plain
from consentkit.html.reading import Reading
from consentkit.html.report import Report
from consentkit.html.shapes import shapes
from consentkit.html.syntax import Grammar
from consentkit.html.triggers import Document, Triggers
from consentkit.html.urls import Url

#: Elements looked at for what they begin, and what in their attributes would be of concern all the same.
_IDLE: Final = frozenset(
    {b"svg", b"math", b"select", b"title", b"textarea", b"noscript", b"xmp", b"noembed", b"noframes"}
)
_CONCERN: Final = re.compile(
    rb"[oO][nN][a-zA-Z]|[sS][tT][yY]|[dD][aA][tT][aA]-[cC]|[bB][aA][cC][kK]|[sS][rR][cC]|[(&\\]"
)
#: As much of an element's name is reported.
MAX_NAME: Final = 64


class Inert:
    """The editor that blocks.

    Args:
        judge: who is asked.
        grammar: how attributes are read.
        encoding: of the page.
        report: what was blocked is written there.
        inserter: what is inserted; None: nothing.
        options: see `Options`.
        url: the document's own.
        document: rewrites a document inside this one.
        declared: the page says its encoding itself, where a browser looks for it, so that it is said again before what
            is inserted into the head.
    """

    def __init__(
        self, judge: Judge, grammar: Grammar, encoding: Encoding, report: Report, *, inserter: Inserter | None,
        options: Options, url: Url | None, document: Document, declared: bool = False,
    ) -> None:  # fmt: skip
        self._judge = judge
        self._grammar = grammar
        self._encoding = encoding
        self._report = report
        self._options = options
        self._url = url
        self._trusted_types = options.trusted_types
        self._long = False  # inside a start tag beyond every limit
        self._tools = [compat.TOOLS[name] for name in sorted(options.compat)]
        embeds, watched = Embeds(options.embeds), options.watched
        self._triggers = Triggers(judge, encoding, embeds, report, document, lazy=options.lazy, watched=watched)
        self._insertions = (
            None if inserter is None else Insertions(inserter, judge, encoding, embeds, declared=declared)
        )
        self._plain: Plain | None = None
        # Marks of other tools are looked for on every element.
        if not self._tools and all(name.startswith("data-") for name in watched):
            self._plain = Plain(
                judge, report, shapes(watched, atomic=grammar.atomic), encoding, grammar=grammar,
                watched=watched | {embed.attribute for embed in options.embeds},
                placeholders=inserter is not None,
                showing=frozenset() if self._insertions is None else self._insertions.showing, named=options.named,
                lazy=options.lazy,
            )  # fmt: skip
            self._plain.trusted_types = options.trusted_types
        self._parsed: tuple[Start, Attributes] | None = None

    # --- what a reading asks for ---------------------------------------------------------------------------------

    def wants_text(self, start: Start) -> bool:
        """Scripts without a URL, import maps and the like, and every style sheet."""
        if start.name == b"style":
            return True
        attributes = self._attributes(start)
        if self._tools and (found := marked(attributes, self._judge, self._tools)) is not None:
            return not any(real == "src" and where in attributes.first for where, real in found[0].moved)
        if "src" in attributes.first or (
            not start.html and not attributes.first.keys().isdisjoint({"href", "xlink:href"})
        ):
            return False
        return type_of_script(attributes, self._judge.text) is not None

    def head(self, reading: Reading, offset: int) -> None:
        """Insert what belongs at the start of the head."""
        if self._insertions is not None:
            self._insertions.head(reading, offset)

    def body(self, reading: Reading, offset: int) -> None:
        """Insert what belongs at the start of the body."""
        if self._insertions is not None:
            self._insertions.body(reading, offset)

    def plain(self, reading: Reading, run: re.Pattern[bytes], data: bytes, position: int, end: int) -> int:
        """Go on in plain HTML as long as all is plain; gives the offset to read on from."""
        if self._plain is None:
            return position
        return self._plain.run(reading, run, data, position, end)

    def release(self) -> None:
        """Let go of what holds the reading, which holds this: nothing is left for the garbage collector."""
        self._plain = None

    def settle(self) -> None:
        """The bytes at hand are read as far as they go."""
        if self._plain is not None:
            self._plain.settle()

    def comment(self, reading: Reading, offset: int) -> None:
        """A comment of the page that looks like ours stays the page's."""
        reading.edits.append((offset, offset, b"ck"))

    def long(self, reading: Reading, begin: re.Match[bytes] | None, names: list[int]) -> None:
        """A tag beyond every limit becomes an unknown element without attributes that mean anything."""
        if begin is not None:
            self._long = not begin[1]
            if self._long:
                reading.edits.append((begin.start(2), begin.start(2), RENAME))
                name = begin[2][:MAX_NAME].lower().decode("latin-1")
                self._report.add(self._judge.refused(Place(name, ""), Kind.OTHER), begin.start())
        if self._long:
            reading.edits += [(at, at, RENAME) for at in names]
        names.clear()

    def beyond(self, data: bytes, offset: int, end: int) -> list[Edit]:
        """Take its meaning from everything that begins there."""
        self._report.add(self._judge.refused(Place("", ""), Kind.OTHER), offset)
        return void(data, offset, end)

    def element(self, reading: Reading, start: Start, text: tuple[int, int] | None, whole: bool) -> None:
        """A start tag that may fetch something."""
        if start.name in _IDLE and _CONCERN.search(start.match[3]) is None:
            return
        base: Base = reading.base  # type: ignore[assignment]
        change = Change(self._judge, reading, start, self._attributes(start), base)
        self._parsed = None
        if OWN_ATTRIBUTE.match(start.name):
            change.insert(start.match.start(2) + 5, b"ck")
        name, judge = change.name, self._judge
        mark = marked(change.attributes, judge, self._tools) if self._tools else None
        if mark is not None and adopt(change, judge, self._encoding.codec, *mark, text, whole=whole):
            pass
        elif name == "script":
            block_script(change, judge, self._encoding.codec, text, whole=whole, trusted_types=self._trusted_types)
        elif name == "style":
            block_sheet(change, judge, text, whole=whole)
        elif name == "link":
            block_link(change, judge)
        elif name == "base":
            block_base(change, judge, self._url)
        elif name == "meta":
            self._meta(change)
        self._triggers.block(change)
        if name.startswith("amp-"):
            block_amp(change, judge)
        for found in change.blocked:
            self._report.add(found, start.offset)
        if name == "object" and reading.embedded:
            reading.embedded += 1
        if change.blocked and self._insertions is not None:
            if name == "iframe":
                # The browser's history puts back into a frame what one of its name showed before, `src` or not: this
                # is none of those.
                judge.only_here = True
                change.rename("name")
                change.added.append(("name", f"ck-{self._report.offset + start.offset}"))
            self._insertions.placeholder(change)
        reading.edits += change.edits()

    def _meta(self, change: Change) -> None:
        """A policy that the page has for itself counts from here on."""
        if read_policy(change, self._judge, self._encoding, self._options.csp):
            self._trusted_types = True
            if self._plain is not None:
                self._plain.trusted_types = True

    def _attributes(self, start: Start) -> Attributes:
        if self._parsed is not None and self._parsed[0] is start:
            return self._parsed[1]
        attributes = Attributes(self._grammar, start.match)
        self._parsed = (start, attributes)
        return attributes
