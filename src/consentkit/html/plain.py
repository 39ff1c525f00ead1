"""One rule: plain HTML, which pages are made of, is gone through in one loop, each tag judged by one expression.

A pure subset of what `reading` and `inert` do: at the first tag that is not plain, or whose answer is not, the loop
ends and the general way goes on from there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from consentkit.html import elements
from consentkit.html.awaited import MAX_DOUBT
from consentkit.html.charset import Encoding
from consentkit.html.decision import Kind
from consentkit.html.editor import Edit
from consentkit.html.heads import PASSED, head_run
from consentkit.html.judge import Found, Judge, Place
from consentkit.html.marks import OWN_ATTRIBUTE, RENAME
from consentkit.html.plain_any import judge_any
from consentkit.html.plain_images import judge_image
from consentkit.html.plain_scripts import judge_script
from consentkit.html.plain_sheets import judge_style
from consentkit.html.plain_single import judge_body, judge_link, judge_single
from consentkit.html.reading import Reading
from consentkit.html.report import RawLine, Report
from consentkit.html.scanner import RAW
from consentkit.html.shapes import Shape, Shapes
from consentkit.html.stretches import Stretches, Trail
from consentkit.html.syntax import Grammar
from consentkit.html.texts import RawText
from consentkit.html.urls import Url
from consentkit.html.verdicts import ASK, FREE, Verdict, verdict_of

if TYPE_CHECKING:
    from consentkit.html.change import Base

_SPACE: Final = 0x20
_UNCONCERNED: Final = frozenset(name.encode() for name in elements.UNCONCERNED)
#: Elements that change how the page is read, or that have rules of their own.
_NOT_ANY: Final = frozenset((
    b"script style link base noscript title textarea xmp iframe noembed noframes plaintext svg math select frameset"
    b" body object meta template html head").split())  # fmt: skip


#: A rule takes the loop, a reading, the bytes, where the tag begins and where the input ends, and its shape; it gives
#: the offset to read on from; 0 where the general way has to be taken; or, negative, one at which the tokenizer is
#: inside a text.
Rule = Callable[["Plain", Reading, bytes, int, int, Shape], int]
Ruled = tuple[Rule, Shape]


@lru_cache(maxsize=16)
def _names(watched: frozenset[str]) -> tuple[frozenset[bytes], frozenset[bytes]]:
    """Names of attributes that are of concern on any element, and of those that never are."""
    concern = frozenset(name.encode() for name in watched | elements.MARKS)
    return concern, _UNCONCERNED - concern


class Plain:
    """The loop.

    Args:
        judge: who is asked about code and style sheets.
        report: what was blocked is written there.
        shapes: how tags are recognised.
        encoding: of the page.
        grammar: how attributes are read.
        watched: further attribute names of concern.
        placeholders: something is inserted before blocked embeds.
        showing: the services before whose blocked scripts something is inserted, too.
        named: elements of concern by their names.
        lazy: attributes of concern in which lazy loading keeps a URL.

    Attributes:
        trusted_types: the page requires Trusted Types, so that a script's ``src`` has to stay.
        url: of the base that holds.
        told: what was blocked, not yet told to the report.
        unsettled: what was read last depends on what stands behind it.

    The others are for the rules (`plain_any`, `plain_images`, `plain_scripts`, `plain_sheets`, `plain_single`).
    """

    def __init__(
        self, judge: Judge, report: Report, shapes: Shapes, encoding: Encoding, *, grammar: Grammar,
        watched: frozenset[str], placeholders: bool, showing: frozenset[str] = frozenset(),
        named: frozenset[str] = frozenset(), lazy: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self.judge = judge
        self.verdicts = judge.verdicts
        self._report = report
        self.encoding = encoding
        self._shapes = shapes
        self.tag, self.attribute, self.atomic = grammar.tag, grammar.attribute, grammar.atomic
        self.watched, self.unconcerned = _names(watched)
        self.placeholders = placeholders
        self.showing = showing
        self.trusted_types = False
        self._stretches = judge.stretches
        self._way = (encoding, watched, named, lazy, placeholders, showing, grammar.atomic, judge.max_depth)
        self._trail: Trail | None = None
        self.told: list[tuple[int, Found | RawLine]] = []
        self.url: Url | None = None
        self.unsettled = False
        self._rules, self._head_rules = self._rules_for(shapes, placeholders, named)
        self._head_run = head_run(bool(watched), atomic=grammar.atomic)
        self._in_heads = PASSED.isdisjoint(named)

    @classmethod
    @lru_cache(maxsize=16)
    def _rules_for(
        cls, shapes: Shapes, placeholders: bool, named: frozenset[str]
    ) -> tuple[dict[bytes, Ruled], dict[bytes, Ruled]]:
        """The rules for tags by their names as written, in HTML and in a head, each with the shape that it knows.

        The shapes know nothing of attributes that somebody declared for an element: those of ``named`` have no rule.
        """
        script: Ruled = (judge_script, Shape(shapes.script, "script", "src", Kind.SCRIPT))
        link: Ruled = (judge_link, Shape(shapes.link, "link", "href", Kind.OTHER))
        style: Ruled = (judge_style, Shape(shapes.style, "style", "", Kind.IMAGE))
        image: Ruled = (judge_image, Shape(shapes.image, "img", "src", Kind.IMAGE))
        noscript: Ruled = (cls._noscript, Shape(shapes.noscript, "noscript", "", Kind.OTHER))
        heads = {b"script": script, b"link": link, b"style": style}
        rules: dict[bytes, Ruled] = {
            **heads, b"SCRIPT": script, b"LINK": link, b"STYLE": style, b"img": image, b"IMG": image,
            b"source": (judge_image, Shape(shapes.source, "source", "src", Kind.MEDIA)),
            b"noscript": noscript, b"NOSCRIPT": noscript,
            b"body": (judge_body, Shape(shapes.noscript, "body", "", Kind.OTHER)),
        }  # fmt: skip
        for name, (attribute, pattern) in shapes.single.items():
            kind = elements.HTML[name][attribute].kind
            embed = placeholders and name in elements.EMBEDS
            rules[name.encode()] = (judge_single, Shape(pattern, name, attribute, kind, embed))
        declared = {name.encode() for name in named}

        def left(all_of_them: dict[bytes, Ruled]) -> dict[bytes, Ruled]:
            return {name: ruled for name, ruled in all_of_them.items() if name.lower() not in declared}

        return left(rules), left(heads)

    def run(self, reading: Reading, run: re.Pattern[bytes], data: bytes, position: int, end: int) -> int:
        """Go on as long as all is plain, in HTML or in a head; gives the offset to read on from."""
        trail = None
        head = run is not reading.plain_run
        if head:
            if not self._in_heads:
                return position
            run = self._head_run
        if self._stretches is not None:
            trail = self._trail
            if trail is None or not trail.holds(reading, data, self.trusted_types, head):
                trail = self._trail = self._trail_of(reading, self._stretches, head)
        base: Base = reading.base  # type: ignore[assignment]
        self.url = base.url
        position = self.go(reading, run, data, position, end, trail)
        if self.told:
            self._report.add_all(self.told)
            self.told.clear()
        return position

    def settle(self) -> None:
        """The bytes at hand are read as far as they go: what is being learnt of them ends where plain HTML did."""
        if self._trail is not None:
            self._trail.settle()

    def _trail_of(self, reading: Reading, stretches: Stretches, head: bool) -> Trail | None:
        """A trail of the stretches that hold here; None where more matters than they know."""
        base: Base = reading.base  # type: ignore[assignment]
        if reading.late or reading.embedded or base.url is None or base.url.scheme not in {"http", "https"}:
            return None
        known, host = self.verdicts.known, base.url.host.encode("ascii", "replace")
        new = host not in known
        own = self.verdicts.own(base.url)
        learnt = known.get(host)
        if new and learnt is not None and learnt.block is not None:
            # The first URL on a host that is blocked is asked for in full, so that its owner is told of it.
            known.pop(host, None)
            return None
        judge, trusted = self.judge, self.trusted_types
        site = (base.url.scheme, base.url.host, base.url.port)
        part = stretches.part((judge.state, site, own, trusted, head, reading.body_open, *self._way))
        return Trail(stretches, part, reading, judge, self._report, self.told, trusted=trusted, head=head)

    def go(
        self, reading: Reading, run: re.Pattern[bytes], data: bytes, position: int, end: int, trail: Trail | None
    ) -> int:
        """As `run`, on a trail if there is one."""
        head = run is self._head_run
        match, rules = run.match, self._head_rules if head else self._rules
        begun = position
        unsettled = False
        self.unsettled = trail is not None and trail.learning
        while True:
            if trail is not None:
                unsettled, self.unsettled = self.unsettled, False
                if not unsettled:
                    position = trail.here(data, position, end)
            found = match(data, position, end)
            name = None if found is None else found[2]
            if found is None or name is None:
                start = tag = position if found is None else found.end()
                break
            ruled = rules.get(name)
            start = tag = found.start(1) - 1
            if ruled is None:
                if (
                    head
                    or found[1]
                    or (lower := name.lower()) in _NOT_ANY
                    or OWN_ATTRIBUTE.match(lower)
                    or lower[:4] == b"amp-"
                ):
                    break
                after = judge_any(self, reading, data, start, end, lower)
            else:
                after = ruled[0](self, reading, data, start, end, ruled[1])
            if after <= 0:
                start = -after or start
                break
            position = after
        if position != begun:
            reading.behind = position
        if trail is not None:
            trail.pause(data, -1 if unsettled and tag == position else tag)
        return start

    def past(self, end_tag: bytes, data: bytes, at: int, end: int) -> int:
        """Behind an element's text, and its end tag if that is as usual."""
        if data.startswith(end_tag, at, end):
            return at + len(end_tag)
        self.unsettled = True
        return at

    # --- elements with one URL -----------------------------------------------------------------------------------

    def verdict(self, raw: bytes, host: bytes | None) -> Verdict:
        """What is said of a URL that is known by its shape, or `ASK`."""
        if host is None:
            if not raw:
                return FREE  # HTML: fetches nothing, wherever it stands
            if raw.startswith(b"data:"):
                return ASK
            verdict = self.verdicts.own(self.url)
            raw = b"/" + raw
        else:
            verdict = self.verdicts.known.get(host) or self.verdicts.learn(host)
        if verdict.unless is not None and verdict.unless(raw):
            return ASK
        return verdict

    def answer(self, raw: bytes, host: bytes | None, kind: Kind, element: str, attribute: str) -> Verdict | None:
        """As `verdict`, and where that is `ASK`, as `asked`."""
        verdict = self.verdict(raw, host)
        return self.asked(raw, kind, element, attribute) if verdict is ASK else verdict

    def asked(self, raw: bytes, kind: Kind, element: str, attribute: str) -> Verdict | None:
        """The answer for one URL; None where it is no URL that something is blocked for."""
        found = self.judge.url(raw, kind, Place(element, attribute), self.url)
        if found is None:
            return FREE
        if not found.resource.url:
            return None
        return verdict_of(found.block, None)

    def renamed(self, data: bytes, at: int, attribute: int, verdict: Verdict) -> tuple[Edit, ...]:
        """The edits for an element blocked by one attribute: labels behind its name, and that attribute renamed."""
        if attribute == at + 1 and data[at] == _SPACE and not self.judge.inner:
            return ((attribute, attribute, verdict.near),)
        return (at, at, verdict.label), (attribute, attribute, RENAME)

    def skip_raw(self, reading: Reading, name: bytes, data: bytes, after: int, end: int) -> int:
        """Past the text of a raw text element."""
        text = RawText(name, after)
        found = text.find(data, end)
        if found >= 0:
            return self.past(b"</" + name + b">", data, found, end)
        reading.tokenizer.mode, reading.tokenizer.text = RAW, text
        return -text.position

    def _noscript(self, reading: Reading, data: bytes, start: int, end: int, shape: Shape) -> int:
        """An element whose text is markup or not, if as markup it is plain: then the two ways to read it meet."""
        opening = shape.pattern.match(data, start, end)
        if opening is None:
            return 0
        after = opening.end()
        found = reading.awaited.find(RawText(b"noscript", after), data, end)
        if found < 0 or found - after > MAX_DOUBT:
            return 0
        edits, lines, behind = len(reading.edits), len(self.told), reading.behind
        if self.go(reading, reading.plain_run, data, after, found, None) == found and not reading.tokenizer.mode:
            self.unsettled = False
            return self.past(b"</noscript>", data, found, end)
        del reading.edits[edits:], self.told[lines:]
        reading.tokenizer.mode, reading.behind = 0, behind
        return 0
