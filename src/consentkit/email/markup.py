"""One rule: what reports back is cut out of a mail's HTML, links lead straight on, and every other byte stays.

The mail is read by the readings that pages are blocked by (`consentkit.html`), so it is looked for wherever a
mail program would fetch. Outlook's conditional comments are read too: they are markup to Outlook.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from consentkit.email.addresses import plain
from consentkit.email.report import Finding, Kind, Report
from consentkit.email.rules import Rules
from consentkit.html import elements
from consentkit.html.beyond import void
from consentkit.html.change import Attribute, Attributes
from consentkit.html.charset import Encoding
from consentkit.html.css import CssKind, css_urls
from consentkit.html.decision import Kind as Fetch
from consentkit.html.editor import Edit, Start
from consentkit.html.edits import apply_edits
from consentkit.html.elements import Form, Trigger
from consentkit.html.marks import RENAME
from consentkit.html.reading import Reading
from consentkit.html.references import decode_attribute, decode_with_offsets
from consentkit.html.refresh import refresh_url
from consentkit.html.rewriter import read_whole
from consentkit.html.srcset import parse_srcset
from consentkit.html.syntax import grammar
from consentkit.html.urls import Url, parse_url

#: Conditional comments inside conditional comments do not exist; documents in attributes may hold one more.
MAX_DEPTH: Final = 3
#: What a URL in CSS becomes: no fetch, and the declaration stays well formed.
NOTHING: Final = "data:,"
#: What relative addresses are relative to: nothing. But ``//host/`` is fetched by mail that is read in a browser.
_NOWHERE: Final = parse_url("https://nowhere.invalid/", None)
#: Pixels in either direction that nobody sees.
INVISIBLE: Final = 2

#: Elements that are their URL: without it nothing of them is left to show.
_WHOLE: Final = frozenset({"img", "image", "link", "source", "bgsound", "embed", "amp-pixel", "v:imagedata"})
_LINKS: Final = {"a": "href", "area": "href", "v:rect": "href", "v:roundrect": "href", "v:shape": "href"}
_SEEN: Final = frozenset({*_LINKS.values(), "o:href"})
_VML: Final = Trigger(Fetch.IMAGE)
_CONDITION: Final = re.compile(rb"<!--\[if[^\]>]{0,200}\]>", re.IGNORECASE)
_CONDITION_END: Final = re.compile(rb"<!\[endif\]-->", re.IGNORECASE)
_LENGTH: Final = re.compile(r"\s*\+?([0-9]{1,6}(?:\.[0-9]*)?)\s*(?:px)?\s*", re.IGNORECASE)
_STYLE_SIZE: Final = re.compile(
    r"(?:^|[;\s])(max-)?(width|height)\s*:\s*([0-9.]+)(?:px|pt)?\s*(?:!important)?\s*(?=;|$)", re.IGNORECASE
)
_STYLE_HIDDEN: Final = re.compile(
    r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\s*(?:!|;|$)|mso-hide\s*:\s*all)",
    re.IGNORECASE,
)
#: Bytes in front of a cut that what follows it could become one tag, or one character reference, with.
_JOINS: Final = re.compile(rb"(?:<[/!?]?|&#?[0-9A-Za-z]{0,40})\Z")
#: Where these are, a tag may decide whether what follows is markup: an image ends SVG.
_DECIDING: Final = re.compile(rb"<(?:svg|math|select|frameset)", re.IGNORECASE)
_KINDS: Final[dict[Fetch, Kind]] = {
    Fetch.IMAGE: "pixel",
    Fetch.MEDIA: "pixel",
    Fetch.STYLE: "stylesheet",
    Fetch.FONT: "font",
    Fetch.PRELOAD: "hint",
    Fetch.HINT: "hint",
}
_CSS: Final = {CssKind.IMPORT: Fetch.STYLE, CssKind.FONT: Fetch.FONT}


class Markup:
    """Cleans one HTML body.

    Args:
        rules: what mail is judged by.
        encoding: of the body.
        report: what is found is written there.
        part: where the body stands in its message.
    """

    def __init__(self, rules: Rules, encoding: Encoding, report: Report, *, part: str = "") -> None:
        self._rules, self._encoding, self._report, self._part = rules, encoding, report, part

    def edits(self, data: bytes, depth: int = 0) -> list[Edit]:
        """What to change, in order, no two in the same place."""
        shapes = grammar()
        editor = _Editor(self, data, depth)
        found = read_whole(data, editor, shapes, self._encoding, attributes=_SEEN)
        if depth < MAX_DEPTH:
            for begin, end in _conditional(data):
                inner = self.edits(data[begin:end], depth + 1)
                found += [(begin + edit[0], begin + edit[1], edit[2]) for edit in inner]
        return _apart(found)

    def clean(self, data: bytes) -> bytes:
        """The body without what reports back; the same object where there is nothing of it."""
        edits = self.edits(data)
        return apply_edits(data, len(data), edits) if edits else data

    # What the editor asks.

    @property
    def rules(self) -> Rules:
        """What mail is judged by."""
        return self._rules

    def removed(self, kind: Kind, what: str, sender: str) -> None:
        """Something is gone."""
        self._report.add(Finding(kind, what, sender, self._part))

    def left(self, kind: str, what: str, sender: str = "") -> None:
        """Something is still there."""
        self._report.add(Finding(kind, what, sender, self._part, removed=False))  # type: ignore[arg-type]

    def text(self, raw: bytes) -> str:
        """An attribute's value, decoded."""
        return decode_attribute(raw.decode(self._encoding.codec, "replace"))

    def written(self, value: str) -> bytes:
        """A value as it is written between quotes, in ASCII: no encoding has to change for it."""
        return html.escape(value, quote=True).encode("ascii", "xmlcharrefreplace")

    def decoded(self, raw: bytes) -> tuple[str, Callable[[int], int]]:
        """The text of some bytes, and the offset in them of an offset in it."""
        codec = self._encoding.codec
        if not raw.isascii():
            text = raw.decode(codec, "surrogateescape")
            try:
                whole = text.encode(codec, "surrogateescape")
            except UnicodeEncodeError:
                whole = b""
            if whole == raw:
                return text, lambda at: len(text[:at].encode(codec, "surrogateescape"))
        return raw.decode("latin-1"), int


class _Editor:
    """What is done with the tags of a mail."""

    def __init__(self, markup: Markup, data: bytes, depth: int) -> None:
        self._markup, self._data, self._depth = markup, data, depth
        self._grammar = grammar()
        self._decides = _DECIDING.search(data) is not None

    def plain(self, reading: Reading, run: re.Pattern[bytes], data: bytes, position: int, end: int) -> int:
        """Every tag that is met is taken the general way."""
        del reading, run, data, end
        return position

    def wants_text(self, start: Start) -> bool:
        """Style sheets fetch."""
        return start.name == b"style"

    def head(self, reading: Reading, offset: int) -> None:
        """Nothing is inserted."""

    def body(self, reading: Reading, offset: int) -> None:
        """Nothing is inserted."""

    def beyond(self, data: bytes, offset: int, end: int) -> list[Edit]:
        """Nothing from there on is markup."""
        return void(data, offset, end)

    def long(self, reading: Reading, begin: re.Match[bytes] | None, names: list[int]) -> None:
        """A mail is read whole: no tag is too long, but it may have too many attributes to be looked at."""
        if begin is not None:
            reading.edits += [(at, at, RENAME) for at in (begin.start(2), *names)]
        names.clear()

    def comment(self, reading: Reading, offset: int) -> None:
        """Nothing of ours stands in comments."""

    def element(self, reading: Reading, start: Start, text: tuple[int, int] | None, whole: bool) -> None:
        """A start tag that may fetch or lead somewhere."""
        del whole
        name = start.name.decode("latin-1")
        attributes = Attributes(self._grammar, start.match)
        base: Url | None = reading.base if isinstance(reading.base, Url) else _NOWHERE
        if name == "base" and base is _NOWHERE and "href" in attributes.first:
            reading.base = parse_url(self._markup.text(attributes.first["href"].value), _NOWHERE)
            return
        edits: list[Edit] = []
        if name == "style" and text is not None:
            edits += self._css(start.data[text[0] : text[1]], text[0], base, invisible=False, references=False)
        gone = self._fetches(start, name, attributes, base, edits)
        if gone:
            edits = [(start.offset, start.match.end(), self._gap(start))]
        else:
            link = _LINKS.get(name)
            if link is not None and link in attributes.first:
                edits += self._link(attributes.first[link], base)
        reading.edits += sorted(edits)

    def _fetches(
        self, start: Start, name: str, attributes: Attributes, base: Url | None, edits: list[Edit]
    ) -> bool:  # fmt: skip
        """Adds the edits of everything that the tag would fetch; True if the whole tag has to go."""
        invisible = name == "amp-pixel" or self._invisible(attributes)
        for key, attribute in attributes.first.items():
            trigger = _trigger(start, name, key)
            if key == "style":
                edits += self._css(
                    attribute.value, attribute.value_start, base, invisible=invisible, references=True
                )  # fmt: skip
                continue
            kinds = self._link_kinds(attributes) if name == "link" and key == "href" else [trigger] if trigger else []
            for each in kinds:
                if each.when is not None and not self._holds(attributes, each):
                    continue
                found = self._reports(each, attribute, base, invisible=invisible)
                if found is None:
                    continue
                kind: Kind = "background" if key == "background" else _KINDS.get(each.kind, "other")
                self._markup.removed(kind, found[0], found[1])
                if name in _WHOLE and key in {"src", "href"}:
                    return True
                # Every one of this name, or the next would take its place.
                edits += [self._without(each) for each in attributes.all if each.name == key]
                break
        return False

    def _reports(
        self, trigger: Trigger, attribute: Attribute, base: Url | None, *, invisible: bool
    ) -> tuple[str, str] | None:  # fmt: skip
        """The first URL in a value that only reports, and whose it is."""
        text = self._markup.text(attribute.value)
        values: Iterable[str]
        if trigger.form is Form.SRCSET:
            values = [candidate.url for candidate in parse_srcset(text)]
        elif trigger.form is Form.URLS:
            values = text.split()
        elif trigger.form is Form.CSS:
            values = [found.url for found in css_urls(text)]
        elif trigger.form is Form.REFRESH:
            target = refresh_url(text)
            values = [] if target is None else [target]
        elif trigger.form is Form.DOCUMENT:
            return self._document(text)
        elif trigger.form is Form.CODE:
            values = []
        elif trigger.form is Form.LIST:
            values = text.split(";")
        else:
            values = [text]
        for value in values:
            url = parse_url(value, base)
            if url is None:
                continue
            sender = self._markup.rules.reports(
                url, trigger.kind, invisible=invisible, css=attribute.name == "background"
            )
            if sender is not None:
                return value.strip(), sender
            if trigger.kind is Fetch.IMAGE and url.query and url.scheme in {"http", "https"}:
                self._markup.left("remote-image", value.strip())
        return None

    def _document(self, text: str) -> tuple[str, str] | None:
        """A document in an attribute, if anything in it reports."""
        if self._depth >= MAX_DEPTH:
            return "srcdoc", ""
        report = Report()
        inner = Markup(self._markup.rules, Encoding("utf-8", "utf-8", double_byte=False), report)
        inner.edits(text.encode("utf-8", "surrogatepass"), self._depth + 1)
        return next(((finding.what, finding.sender) for finding in report.removed if finding.kind != "parameter"), None)

    def _css(
        self, raw: bytes, offset: int, base: Url | None, *, invisible: bool, references: bool
    ) -> list[Edit]:  # fmt: skip
        """What a style sheet would fetch only to report becomes nothing."""
        text, offset_of = self._markup.decoded(raw)
        original: Callable[[int], int] = int
        if references and "&" in text:
            text, original = decode_with_offsets(text)
        edits: list[Edit] = []
        for found in css_urls(text):
            url = parse_url(found.url, base)
            if url is None:
                continue
            kind = _CSS.get(found.kind, Fetch.IMAGE)
            sender = self._markup.rules.reports(url, kind, invisible=invisible, css=True)
            if sender is None:
                continue
            self._markup.removed("background" if kind is Fetch.IMAGE else _KINDS[kind], found.url, sender)
            begin, end = offset_of(original(found.start)), offset_of(original(found.end))
            edits.append((offset + begin, offset + end, self._markup.written(NOTHING)))
        return edits

    def _link(self, attribute: Attribute, base: Url | None) -> list[Edit]:
        """A link without wrappers and decoration."""
        text = self._markup.text(attribute.value)
        value = text.strip("\t\n\f\r ")
        if base is not _NOWHERE and not value.lower().startswith(("http:", "https:", "#")):
            url = parse_url(value, base)
            value = url.href if url is not None and url.scheme in {"http", "https"} else value
        elif value.startswith("//"):
            value = f"https:{value}"
        straight = plain(value, self._markup.rules.senders, keep=self._markup.rules.keep)
        for sender, was in straight.unwrapped:
            self._markup.removed("link", was, sender)
        for parameter in straight.dropped:
            self._markup.removed("parameter", parameter, "")
        if straight.opaque:
            self._markup.left("opaque-link", straight.url, straight.opaque)
        elif straight.inner:
            self._markup.left("wrapped-link", straight.url)
        if straight.url == value:
            return []
        return [self._rewritten(attribute, straight.url)]

    def _rewritten(self, attribute: Attribute, value: str) -> Edit:
        """The attribute's value anew, between the quotes that it has or between new ones."""
        begin, end = attribute.value_start, attribute.value_start + len(attribute.value)
        written = self._markup.written(value)
        if self._data[begin - 1 : begin] in {b'"', b"'"}:
            return (begin, end, written)
        return (begin, end, b'"' + written + b'"')

    def _without(self, attribute: Attribute) -> Edit:
        """The attribute taken out, with the white space before it."""
        data, begin = self._data, attribute.start
        end = begin + len(attribute.name) if attribute.value_start < 0 else attribute.value_start + len(attribute.value)
        if attribute.value_start >= 0 and data[attribute.value_start - 1 : attribute.value_start] in {b'"', b"'"}:
            end += 1
        while data[begin - 1 : begin] in {b" ", b"\t", b"\n", b"\r", b"\f"}:
            begin -= 1
        return (begin, end, b"" if data[end : end + 1] in {b" ", b"\t", b"\n", b"\r", b">"} else b" ")

    def _gap(self, start: Start) -> bytes:
        """What stands where a tag was: nothing, unless what is left would be read in another way."""
        bare = b"<" + start.match[2] + (b"/>" if start.self_closing else b">")
        if self._decides and not (start.foreign and start.self_closing):
            return bare
        if not _JOINS.search(self._data, max(0, start.offset - 48), start.offset):
            return b""
        return bare if self._depth else b"<!---->"  # which would end Outlook's comment

    def _link_kinds(self, attributes: Attributes) -> list[Trigger]:
        rel = attributes.first.get("rel")
        words = self._markup.text(rel.value).lower().split() if rel is not None else []
        return [Trigger(elements.LINK_TYPES[word]) for word in words if word in elements.LINK_TYPES]

    def _holds(self, attributes: Attributes, trigger: Trigger) -> bool:
        name, values = trigger.when or ("", ())
        attribute = attributes.first.get(name)
        return attribute is not None and self._markup.text(attribute.value).lower().strip() in values

    def _invisible(self, attributes: Attributes) -> bool:
        """Whether nobody would see the element: hidden, or both sides at most `INVISIBLE` pixels."""
        style = self._markup.text(attributes.first["style"].value) if "style" in attributes.first else ""
        if "hidden" in attributes.first or _STYLE_HIDDEN.search(style):
            return True
        sizes: dict[str, float] = {}
        for side in ("width", "height"):
            if side in attributes.first:
                given = _LENGTH.fullmatch(self._markup.text(attributes.first[side].value))
                sizes[side] = float(given[1]) if given else float("inf")
        for match in _STYLE_SIZE.finditer(style):
            size = float(match[3]) if re.fullmatch(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+", match[3]) else float("inf")
            if match[1]:
                if size == 0:
                    return True
            else:
                sizes[match[2].lower()] = size
        return (len(sizes) == 2 and max(sizes.values()) <= INVISIBLE) or any(size == 0 for size in sizes.values())


def _trigger(start: Start, name: str, attribute: str) -> Trigger | None:
    """The row of the tables that fits, and Outlook's own elements."""
    if name.startswith(("v:", "o:")):
        return _VML if attribute in {"src", "o:href"} else None
    row = elements.HTML.get(name, {}).get(attribute) or elements.EVERYWHERE.get(attribute)
    if row is not None:
        return row
    if start.foreign:
        return elements.SVG.get(name, {}).get(attribute) or elements.SVG_EVERYWHERE.get(attribute)
    return None


def _conditional(data: bytes) -> Iterator[tuple[int, int]]:
    """The offsets of what stands in each of Outlook's comments."""
    position = 0
    while (begin := _CONDITION.search(data, position)) is not None:
        end = _CONDITION_END.search(data, begin.end())
        if end is None:
            return
        yield begin.end(), end.start()
        position = end.end()


def _apart(edits: list[Edit]) -> list[Edit]:
    """In order, without those that another one covers."""
    out: list[Edit] = []
    for edit in sorted(set(edits), key=lambda each: (each[0], -each[1])):
        if out and edit[0] < out[-1][1]:
            continue
        out.append(edit)
    return out
