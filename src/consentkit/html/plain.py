"""One rule: plain HTML, which pages are made of, is gone through in one loop, each tag judged by one expression.

A pure subset of what `reading` and `inert` do: at the first tag that is not plain, or whose answer is not, the loop
ends and the general way goes on from there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from consentkit.html import elements
from consentkit.html.charset import Encoding
from consentkit.html.crowds import crowded
from consentkit.html.css import unescape
from consentkit.html.decision import Kind
from consentkit.html.editor import Edit
from consentkit.html.elements import Form
from consentkit.html.heads import PASSED, head_run
from consentkit.html.judge import RELATIVE, Found, Judge, Place
from consentkit.html.known_sheets import SHEETS
from consentkit.html.labels import label, labels, quoted
from consentkit.html.links import fetches
from consentkit.html.marks import OWN_ATTRIBUTE, OWN_PREFIX, PREFIX, RENAME
from consentkit.html.reading import MAX_INLINE, Reading, opens_comment
from consentkit.html.report import RawLine, Report
from consentkit.html.scanner import RAW, SCRIPT
from consentkit.html.shapes import Shapes
from consentkit.html.sheets import SheetUrl, in_font_face, may_fetch, simple_urls, too_much
from consentkit.html.srcset import parse_srcset
from consentkit.html.stretches import Stretches, Trail
from consentkit.html.syntax import Grammar
from consentkit.html.texts import RawText, ScriptText
from consentkit.html.types import script_type
from consentkit.html.urls import Url, external_host
from consentkit.html.verdicts import ASK, FREE, Verdict, verdict_of

if TYPE_CHECKING:
    from consentkit.html.change import Base

#: An event handler without one of these holds no URL.
MAY_HOLD_URL: Final = re.compile(rb"[/&\\]")

_SPACE: Final = 0x20
_INLINE_SCRIPT: Final = Place("script", "")
#: Most of what begins with ``<`` in a script is markup in strings: told by the next byte, before any branch is tried.
_SCRIPT_END: Final = re.compile(rb"<(?=[/!])(?:/[sS][cC][rR][iI][pP][tT](?=[\t\n\f\r />])|!--)")
_ODD_SRCSET: Final = re.compile(rb"[(\\]|,(?:[hH/]|\Z)|&(?!amp;|#0?38;)")
_NO_ASCII: Final = re.compile(rb"[\x80-\xff]")
#: A URL, and its host where that is plain (`urls.external_host` says whether it is one).
_IN_SRCSET: Final = re.compile(
    rb"(?:^|,)[\t\n\f\r ]*+(?=[^\t\n\f\r ,])"
    rb"((?:(?:https?:)?//([a-z0-9.\-]++)(?=[/?#\t\n\f\r ,]|\Z))?[^\t\n\f\r ,]*+)"
)
#: Names of attributes that concern nobody, whatever the element.
_NEVER: Final = frozenset((
    b"class id alt title width height border align valign type name value rel target lang dir role tabindex href size"
    b" method enctype loading decoding sizes media itemprop itemtype itemscope colspan rowspan for placeholder checked"
    b" disabled bgcolor color face cellpadding cellspacing nowrap hidden").split())  # fmt: skip
#: Elements that change how the page is read, or that have rules of their own.
_NOT_ANY: Final = frozenset((
    b"script style link base noscript title textarea xmp iframe noembed noframes plaintext svg math select frameset"
    b" body object meta template html head").split())  # fmt: skip


#: Captures (`shapes`), of which the last says what there is: of an image its URL and the srcset behind it; of a link
#: the first of ``rel`` behind its URL; of a script its ``src``, and the ``type`` behind that.
_IMAGE_URL: Final = 5
_IMAGE_SRCSET: Final = 11
_LINK_REL: Final = 11
_SCRIPT_SRC: Final = 5
_SCRIPT_TYPE: Final = 12


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


#: A rule takes the loop, a reading, the bytes, where the tag begins and where the input ends, and its shape; it gives
#: the offset to read on from; 0 where the general way has to be taken; or, negative, one at which the tokenizer is
#: inside a text.
Rule = Callable[["Plain", Reading, bytes, int, int, Shape], int]
Ruled = tuple[Rule, Shape]


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

    Attributes:
        trusted_types: the page requires Trusted Types, so that a script's ``src`` has to stay.
    """

    def __init__(
        self, judge: Judge, report: Report, shapes: Shapes, encoding: Encoding, *, grammar: Grammar,
        watched: frozenset[str], placeholders: bool, showing: frozenset[str] = frozenset(),
        named: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self._judge = judge
        self._verdicts = judge.verdicts
        self._report = report
        self._encoding = encoding
        self._shapes = shapes
        self._tag, self._attribute, self._atomic = grammar.tag, grammar.attribute, grammar.atomic
        self._watched = {name.encode() for name in watched | elements.MARKS}
        self._placeholders = placeholders
        self._showing = showing
        self.trusted_types = False
        self._stretches = judge.stretches
        self._way = (encoding, watched, named, placeholders, showing, grammar.atomic)
        self._trail: Trail | None = None
        self._told: list[tuple[int, Found | RawLine]] = []  # what was blocked, not yet told to the report
        self._url: Url | None = None  # of the base that holds
        self._unsettled = False  # what was read last depends on what stands behind it
        self._rules, self._head_rules = self._rules_for(shapes, placeholders)
        self._head_run = head_run(bool(watched), atomic=grammar.atomic)
        self._in_heads = PASSED.isdisjoint(named)

    @classmethod
    @lru_cache(maxsize=16)
    def _rules_for(cls, shapes: Shapes, placeholders: bool) -> tuple[dict[bytes, Ruled], dict[bytes, Ruled]]:
        """The rules for tags by their names as written, in HTML and in a head, each with the shape that it knows."""
        script: Ruled = (cls._script, Shape(shapes.script, "script", "src", Kind.SCRIPT))
        link: Ruled = (cls._link, Shape(shapes.link, "link", "href", Kind.OTHER))
        style: Ruled = (cls._style, Shape(shapes.style, "style", "", Kind.IMAGE))
        image: Ruled = (cls._image, Shape(shapes.image, "img", "src", Kind.IMAGE))
        noscript: Ruled = (cls._noscript, Shape(shapes.noscript, "noscript", "", Kind.OTHER))
        heads = {b"script": script, b"link": link, b"style": style}
        rules: dict[bytes, Ruled] = {
            **heads, b"SCRIPT": script, b"LINK": link, b"STYLE": style, b"img": image, b"IMG": image,
            b"source": (cls._image, Shape(shapes.source, "source", "src", Kind.MEDIA)),
            b"noscript": noscript, b"NOSCRIPT": noscript,
            b"body": (cls._body, Shape(shapes.noscript, "body", "", Kind.OTHER)),
        }  # fmt: skip
        for name, (attribute, pattern) in shapes.single.items():
            kind = elements.HTML[name][attribute].kind
            embed = placeholders and name in elements.EMBEDS
            rules[name.encode()] = (cls._single, Shape(pattern, name, attribute, kind, embed))
        return rules, heads

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
            if trail is None or not trail.holds(reading, self.trusted_types, head):
                trail = self._trail = self._trail_of(reading, self._stretches, head)
        base: Base = reading.base  # type: ignore[assignment]
        self._url = base.url
        position = self._go(reading, run, data, position, end, trail)
        if self._told:
            self._report.add_all(self._told)
            self._told.clear()
        return position

    def _trail_of(self, reading: Reading, stretches: Stretches, head: bool) -> Trail | None:
        """A trail of the stretches that hold here; None where more matters than they know."""
        base: Base = reading.base  # type: ignore[assignment]
        if reading.late or base.url is None or base.url.scheme not in {"http", "https"}:
            return None
        known, host = self._verdicts.known, base.url.host.encode("ascii", "replace")
        new = host not in known
        own = self._verdicts.own(base.url)
        learnt = known.get(host)
        if new and learnt is not None and learnt.block is not None:
            # The first URL on a host that is blocked is asked for in full, so that its owner is told of it.
            known.pop(host, None)
            return None
        judge, trusted = self._judge, self.trusted_types
        site = (base.url.scheme, base.url.host, base.url.port)
        part = stretches.part((judge.state, site, own, trusted, head, *self._way))
        return Trail(stretches, part, reading, judge, self._report, self._told, trusted=trusted, head=head)

    def _go(
        self, reading: Reading, run: re.Pattern[bytes], data: bytes, position: int, end: int, trail: Trail | None
    ) -> int:
        """As `run`, on a trail if there is one."""
        head = run is self._head_run
        match, rules = run.match, self._head_rules if head else self._rules
        begun = position
        unsettled = self._unsettled = False
        while True:
            if trail is not None:
                unsettled, self._unsettled = self._unsettled, False
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
                after = self._any(reading, data, start, end, lower)
            else:
                after = ruled[0](self, reading, data, start, end, ruled[1])
            if after <= 0:
                start = -after or start
                break
            position = after
        if position != begun:
            reading.behind = position
        if trail is not None:
            trail.close(data, -1 if unsettled and tag == position else tag)
        return start

    def _past(self, end_tag: bytes, data: bytes, at: int, end: int) -> int:
        """Behind an element's text, and its end tag if that is as usual."""
        if data.startswith(end_tag, at, end):
            return at + len(end_tag)
        self._unsettled = True
        return at

    # --- elements with one URL -----------------------------------------------------------------------------------

    def _verdict(self, raw: bytes, host: bytes | None) -> Verdict:
        """What is said of a URL that is known by its shape, or `ASK`."""
        if host is None:
            if not raw:
                return FREE  # HTML: fetches nothing, wherever it stands
            if raw.startswith(b"data:"):
                return ASK
            verdict = self._verdicts.own(self._url)
            raw = b"/" + raw
        else:
            verdict = self._verdicts.known.get(host) or self._verdicts.learn(host)
        if verdict.unless is not None and verdict.unless(raw):
            return ASK
        return verdict

    def _asked(self, raw: bytes, kind: Kind, element: str, attribute: str) -> Verdict | None:
        """The answer for one URL; None where it is no URL that something is blocked for."""
        found = self._judge.url(raw, kind, Place(element, attribute), self._url)
        if found is None:
            return FREE
        if not found.resource.url:
            return None
        return verdict_of(found.block, None)

    def _single(self, reading: Reading, data: bytes, start: int, end: int, shape: Shape) -> int:
        """An element with one URL, or none."""
        pattern, name, attribute, kind, embed = shape
        found = pattern.match(data, start, end)
        if found is None:
            return 0
        after = found.end()
        if found[1] is not None:
            raw, host = _url_in(found, 2)
            verdict = self._verdict(raw, host)
            if verdict is ASK:
                asked = self._asked(raw, kind, name, attribute)
                if asked is None:
                    return 0
                verdict = asked
            block = verdict.block
            if block is not None:
                if embed:
                    return 0
                reading.edits += self._renamed(data, start + 1 + len(name), found.start(1), verdict)
                self._told.append((start, (block, kind, name, attribute, raw, self._url)))
        return self._skip_raw(reading, b"iframe", data, after, end) if name == "iframe" else after

    def _renamed(self, data: bytes, at: int, attribute: int, verdict: Verdict) -> tuple[Edit, ...]:
        """The edits for an element blocked by one attribute: labels behind its name, and that attribute renamed."""
        if attribute == at + 1 and data[at] == _SPACE and not self._judge.inner:
            return ((attribute, attribute, verdict.near),)
        return (at, at, verdict.label), (attribute, attribute, RENAME)

    def _body(self, reading: Reading, data: bytes, start: int, end: int, shape: Shape) -> int:
        """A body that begins nothing any more."""
        del shape
        return 0 if reading.late else self._any(reading, data, start, end, b"body")

    # --- any element ---------------------------------------------------------------------------------------------

    def _any(self, reading: Reading, data: bytes, start: int, end: int, name: bytes) -> int:
        """An element of any shape whose attributes are judged one by one."""
        match = self._tag.match(data, start, end)
        if match is None or crowded(match, atomic=self._atomic):
            return 0
        url = self._url
        element = name.decode("latin-1")
        row = elements.HTML.get(element, {})
        seen: set[bytes] = set()
        edits: list[Edit] = []
        lines: list[Found | RawLine] = []
        for attribute in self._attribute.finditer(data, match.start(3), match.end(3)):
            lower = attribute[1]
            if lower in _NEVER:
                continue
            lower = lower.lower()
            word = lower.decode("latin-1")
            trigger = row.get(word) or elements.EVERYWHERE.get(word)
            if lower in self._watched or lower in seen or OWN_ATTRIBUTE.match(lower):
                return 0
            if trigger is None and not lower.startswith(b"on"):
                continue
            group = attribute.lastindex or 1
            raw = attribute[group] if group > 1 else b""
            place = Place(element, word)
            found: Found | None = None
            if trigger is None:
                if MAY_HOLD_URL.search(raw) is not None:
                    if word not in elements.VISITOR_HANDLERS:
                        return 0
                    found = self._judge.inline(self._judge.text(raw), Kind.SCRIPT, place)
            elif trigger.when is not None:
                return 0
            elif trigger.form is Form.CSS:
                if OWN_PREFIX.search(raw) or too_much(raw, references=True):
                    return 0
                inside = attribute.start(group)
                # The one reference that styles have is as long as this, and URLs lose spaces at their ends.
                text = raw.replace(b"&quot;", b'     "') if b"&" in raw else raw
                odd = b"&" in text or self._encoding.halves(text)
                urls = None if odd else simple_urls(text)
                if urls is not None:
                    trimmed = [each._replace(url=each.url.rstrip(b" ")) for each in urls]
                    lines += self._sheet(text, trimmed, inside, element, word, edits)
                elif not self._judge.plain_css(raw, url, attribute=True):
                    for at, each in self._judge.css_offsets(raw, place, url, references=True):
                        lines.append(each)
                        edits.append((inside + at, inside + at, PREFIX))
            elif trigger.form is Form.URL:
                found = self._judge.url(raw, trigger.kind, place, url)
            elif trigger.form is Form.SRCSET:
                free = self._srcset(raw)
                if free is None or free[0].block is not None:
                    for candidate in parse_srcset(self._judge.text(raw)):
                        found = self._judge.address(candidate.url, trigger.kind, place, url)
                        if found is not None:
                            break
            else:
                return 0
            seen.add(lower)
            if found is not None:
                lines.append(found)
                at = attribute.start(1)
                edits.append((at, at, RENAME))
        after: int = match.end()
        if lines:
            if self._placeholders and element in elements.EMBEDS:
                return 0
            at = match.end(2)
            reading.edits.append((at, at, _labels(lines)))
            reading.edits += edits
            self._told += [(start, line) for line in lines]
        return after

    # --- images --------------------------------------------------------------------------------------------------

    def _image(self, reading: Reading, data: bytes, start: int, end: int, shape: Shape) -> int:
        """An image whose URLs are on hosts that are free, or blocked, almost whatever the path."""
        pattern, name, _, kind, _ = shape
        found = pattern.match(data, start, end)
        if found is None:
            return self._any(reading, data, start, end, name.encode())
        last = found.lastindex or 0
        if _IMAGE_URL <= last < _IMAGE_SRCSET:  # the URL is the last thing captured
            raw, host = found.group(last, last + 1)
            behind = -1
        else:
            raw, host = _url_in(found, _IMAGE_URL)  # an empty one fetches nothing
            behind = found.start(_IMAGE_SRCSET)
        # An image in a data: URL fetches nothing.
        verdict = FREE if host is None and raw.startswith(b"data:") else self._verdict(raw, host)
        if verdict is ASK:
            asked = self._asked(raw, kind, name, "src")
            if asked is None:
                return 0
            verdict = asked
        block = verdict.block
        before = found.start(1)
        if before < 0 and behind < 0:
            if block is not None:
                reading.edits += self._renamed(data, start + 1 + len(name), found.start(4), verdict)
                self._told.append((start, (block, kind, name, "src", raw, self._url)))
            return found.end()
        if before >= 0 and behind >= 0:
            return 0
        refused = self._srcset(next(value for value in found.group(2, 3, 12, 13) if value is not None))
        if refused is None:
            return self._any(reading, data, start, end, name.encode())
        other, url = refused
        if block is None and other.block is None:
            return found.end()
        if block is not None and other.block is not None and block != other.block:
            return self._any(reading, data, start, end, name.encode())
        at = start + 1 + len(name)
        several = max(before, behind)
        edits = [(at, at, (other if block is None else verdict).label)]
        told: list[tuple[int, RawLine]] = []
        if other.block is not None:
            edits.append((several, several, RENAME))
            told.append((start, (other.block, Kind.IMAGE, name, "srcset", url, self._url)))
        if block is not None:
            at = found.start(4)
            first = at < several  # in the order of the page
            edits.insert(1 if first else len(edits), (at, at, RENAME))
            told.insert(0 if first else len(told), (start, (block, kind, name, "src", raw, self._url)))
        self._told += told
        reading.edits += edits
        return found.end()

    def _srcset(self, value: bytes) -> tuple[Verdict, bytes] | None:
        """The verdict on the first URL in a srcset that is blocked; None where one of them has to be asked for."""
        if _ODD_SRCSET.search(value):
            return None
        for url, plain in _IN_SRCSET.findall(value):
            host: bytes | None = plain or external_host(url)
            if host is None and RELATIVE.match(url) is None:
                return None
            verdict = self._verdict(url, host)
            if verdict is ASK:
                return None
            if verdict.block is not None:
                # A comma may also be part of it: told as it is.
                whole = value[value.find(url) :].split(None, 1)[0]
                return verdict, whole.rstrip(b",")
        return FREE, b""

    # --- links ---------------------------------------------------------------------------------------------------

    def _link(self, reading: Reading, data: bytes, start: int, end: int, shape: Shape) -> int:
        """A link of one type."""
        found = shape.pattern.match(data, start, end)
        if found is None:
            return 0
        rel = _word_in(found, 1)
        last = found.lastindex or 0
        if last >= _LINK_REL:
            if rel is not None:
                return 0
            rel = found[last]
        kind = fetches(rel or b"")
        if kind is None:
            return found.end()
        if kind is Kind.OTHER:
            return 0
        raw, host = found.group(last, last + 1) if last < _LINK_REL else _url_in(found, 5)
        verdict = self._verdict(raw, host)
        if verdict is ASK:
            asked = self._asked(raw, kind, "link", "href")
            if asked is None:
                return 0
            verdict = asked
        block = verdict.block
        if block is not None:
            reading.edits += self._renamed(data, start + 5, found.start(4), verdict)
            self._told.append((start, (block, kind, "link", "href", raw, self._url)))
        return found.end()

    # --- scripts -------------------------------------------------------------------------------------------------

    def _script(self, reading: Reading, data: bytes, start: int, end: int, shape: Shape) -> int:
        """A script of one URL, or with a text that is at hand."""
        found = shape.pattern.match(data, start, end)
        if found is None:
            return 0
        after = found.end()
        last = found.lastindex or 0
        if not last:
            return self._inline(reading, data, start, after, end, -1, module=False)
        language = "classic"
        typed, behind = found.start(1), -1
        if last > _SCRIPT_TYPE:
            if typed >= 0:
                return 0
            behind = found.start(_SCRIPT_TYPE)
            language = script_type(found[last])
        elif typed >= 0:
            language = script_type(found[last] if last < _SCRIPT_SRC else _word_in(found, 2) or b"")
        if language == "":
            return self._skip_script(reading, data, after, end)
        if language not in {"classic", "module"}:
            return 0
        if last < _SCRIPT_SRC:
            return self._inline(reading, data, start, after, end, typed, module=language == "module")
        src = found.start(_SCRIPT_SRC)
        raw, host = found.group(last, last + 1) if last < _SCRIPT_TYPE else _url_in(found, _SCRIPT_SRC + 1)
        verdict = self._verdict(raw, host)
        if verdict is ASK:
            asked = self._asked(raw, Kind.SCRIPT, "script", "src")
            if asked is None:
                return 0
            verdict = asked
        block = verdict.block
        if block is not None:
            if block.service in self._showing:
                return 0
            at = start + 7
            edits = reading.edits
            edits.append((at, at, verdict.script))
            if typed >= 0:
                edits.append((typed, typed, RENAME))
            if not self.trusted_types:
                edits.append((src, src, RENAME))
            if behind >= 0:
                edits.append((behind, behind, RENAME))
            self._told.append((start, (block, Kind.SCRIPT, "script", "src", raw, self._url)))
        if data.startswith(b"</script>", after, end):
            return after + 9
        return self._skip_script(reading, data, after, end)

    def _inline(
        self, reading: Reading, data: bytes, start: int, after: int, end: int, typed: int, *, module: bool
    ) -> int:
        """A script with a text."""
        close = _SCRIPT_END.search(data, after, end)
        if close is None:
            return 0
        until = close.start()
        if data[until + 1] == 0x21:  # an escaped state begins
            until = ScriptText(after).find(data, end)
            if until < 0 or opens_comment(data[after:until]):
                return 0
        if until - after > MAX_INLINE:
            return 0
        code = data[after:until]
        if not code or code.isspace():
            return self._past(b"</script>", data, until, end)
        text = code.decode(self._encoding.codec, "replace")
        refused = self._judge.code(text, _INLINE_SCRIPT, self._url, module=module)
        if refused is None:
            return self._past(b"</script>", data, until, end)
        if refused.resource.url or refused.block.service in self._showing:
            return 0
        at = start + 7
        reading.edits.append((at, at, label(refused.block, script=True)))
        if typed >= 0:
            reading.edits.append((typed, typed, RENAME))
        self._told.append((start, refused))
        return self._past(b"</script>", data, until, end)

    def _skip_script(self, reading: Reading, data: bytes, after: int, end: int) -> int:
        """Past a script's text that is of no concern, as far as it is at hand."""
        if data.startswith(b"</script>", after, end):
            return after + len(b"</script>")
        close = _SCRIPT_END.search(data, after, end)
        if close is not None and data[close.start() + 1] != 0x21:
            return self._past(b"</script>", data, close.start(), end)
        text = ScriptText(after)
        found = text.find(data, end)
        if found >= 0:
            return self._past(b"</script>", data, found, end)
        reading.tokenizer.mode, reading.tokenizer.text = SCRIPT, text
        return -text.position

    def _skip_raw(self, reading: Reading, name: bytes, data: bytes, after: int, end: int) -> int:
        """Past the text of a raw text element."""
        text = RawText(name, after)
        found = text.find(data, end)
        if found >= 0:
            return self._past(b"</" + name + b">", data, found, end)
        reading.tokenizer.mode, reading.tokenizer.text = RAW, text
        return -text.position

    # --- style sheets, noscript ----------------------------------------------------------------------------------

    def _style(self, reading: Reading, data: bytes, start: int, end: int, shape: Shape) -> int:
        """A style sheet that is at hand and fetches nothing that it may not."""
        opening = shape.pattern.match(data, start, end)
        if opening is None:
            return 0
        after = opening.end()
        found = RawText(b"style", after).find(data, end)
        url = self._url
        if found < 0 or found - after > MAX_INLINE:
            return 0
        if found == after:
            return self._past(b"</style>", data, found, end)
        raw = data[after:found]
        urls = None
        if self._encoding.halves(raw):
            if too_much(raw):
                return 0
        else:
            sheet = SHEETS.read(raw)
            if sheet.too_much:
                return 0
            urls = sheet.urls
            if urls is None:
                urls = self._calm_urls(raw, sheet.strings, url)
        edits: list[Edit] = []
        lines: list[Found | RawLine] = []
        if urls is not None:
            lines = self._sheet(raw, urls, after, "style", "", edits)
        elif may_fetch(raw):
            for at, each in self._judge.css_offsets(raw, Place("style", ""), url, references=False):
                lines.append(each)
                edits.append((after + at, after + at, PREFIX))
        if lines:
            if OWN_PREFIX.search(raw) is not None:
                return 0
            at = start + 6
            reading.edits.append((at, at, _labels(lines)))
            reading.edits += edits
            self._told += [(start, line) for line in lines]
        return self._past(b"</style>", data, found, end)

    def _calm_urls(
        self, raw: bytes, told: tuple[list[SheetUrl], set[bytes]] | None, base: Url | None
    ) -> list[SheetUrl] | None:
        """The URLs of a sheet with custom properties, if none of its strings is one that may not be fetched."""
        codec = self._encoding.codec
        if told is None or (self._encoding.double_byte and not raw.isascii()):
            return None
        for string in told[1]:
            text = unescape(string.decode(codec, "surrogateescape"))
            if not text or text[0] == "#":
                continue
            # Letters for others: where the site's own host has exceptions, they are words in ASCII.
            plain = _NO_ASCII.sub(b"a", text.strip(" ").encode("utf-8", "surrogatepass"))
            if RELATIVE.match(plain) and b"?" not in plain and self._judge.own(base, plain.replace(b" ", b"%20")):
                continue
            if self._judge.address(text, Kind.IMAGE, Place("style", ""), base) is not None:
                return None
        return told[0]

    def _sheet(
        self, raw: bytes, urls: list[SheetUrl], offset: int, element: str, attribute: str, edits: list[Edit]
    ) -> list[Found | RawLine]:  # fmt: skip
        """What is blocked of the URLs in a style sheet, and the edits for that."""
        lines: list[Found | RawLine] = []
        base = self._url
        place = Place(element, attribute)
        for at, url, imported in urls:
            if url.startswith(b"data:") and not imported:
                continue  # images and fonts fetch nothing there
            host = external_host(url)
            verdict = ASK if host is None and RELATIVE.match(url) is None else self._verdict(url, host)
            block = verdict.block
            if block is None and verdict is not ASK:
                continue
            kind = Kind.STYLE if imported else Kind.FONT if in_font_face(raw, at) else Kind.IMAGE
            if verdict is ASK:
                found = self._judge.address(url.decode(self._encoding.codec, "replace"), kind, place, base)
                if found is None:
                    continue
                # Told as it is written, so that the same URL is the same line however it was decided.
                lines.append((found.block, kind, element, attribute, url, base) if found.resource.url else found)
            elif block is not None:
                lines.append((block, kind, element, attribute, url, base))
            at += offset
            edits.append((at, at, PREFIX))
        return lines

    def _noscript(self, reading: Reading, data: bytes, start: int, end: int, shape: Shape) -> int:
        """An element whose text is markup or not, if as markup it is plain: then the two ways to read it meet."""
        opening = shape.pattern.match(data, start, end)
        if opening is None:
            return 0
        after = opening.end()
        found = reading.find_text(RawText(b"noscript", after), data, end)
        if found < 0 or found - after > MAX_INLINE:
            return 0
        edits, lines, behind = len(reading.edits), len(self._told), reading.behind
        if self._go(reading, reading.plain_run, data, after, found, None) == found and not reading.tokenizer.mode:
            self._unsettled = False
            return self._past(b"</noscript>", data, found, end)
        del reading.edits[edits:], self._told[lines:]
        reading.tokenizer.mode, reading.behind = 0, behind
        return 0


def _labels(lines: list[Found | RawLine]) -> bytes:
    """What stands behind the name of an element in which all this is blocked."""
    blocks = [line[0] for line in lines]
    if blocks.count(blocks[0]) == len(blocks):
        return label(blocks[0], script=False)
    return b"".join(quoted(labels(blocks, ())))


def _url_in(found: re.Match[bytes], first: int) -> tuple[bytes, bytes | None]:
    """A URL and its host, if it has one, from three pairs of captures, one of which is given."""
    for group in (first, first + 2, first + 4):
        raw: bytes | None = found[group]
        if raw is not None:
            return raw, found[group + 1]
    return b"", None


def _word_in(found: re.Match[bytes], first: int) -> bytes | None:
    """A value from three captures, one of which is given if it is there."""
    for group in (first, first + 1, first + 2):
        word: bytes | None = found[group]
        if word is not None:
            return word
    return None
