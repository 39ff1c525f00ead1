"""One rule: whatever form a URL or code comes in, it is put to the decider as what a browser would make of it.

Values come as bytes. What is plainly first party, or on a host that may be used whatever the path, is answered
before anything is decoded; everything else is decoded, parsed against the base URL and asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote_to_bytes

from consentkit.html.charset import Encoding, as_utf8, content_type_charset, shifts
from consentkit.html.codetext import has_untold_import, imports, unescaped, urls_in
from consentkit.html.css import CssKind, css_urls
from consentkit.html.dataurls import Data, data_of, readings
from consentkit.html.decision import Block, Decider, Kind, Mark, Resource
from consentkit.html.doublebytes import GUESSES, one_by_one
from consentkit.html.jsontext import strings
from consentkit.html.references import decode_attribute, decode_with_offsets
from consentkit.html.sheets import fetches_freely
from consentkit.html.speculation import unbound
from consentkit.html.urls import Url, external_host, parse_url
from consentkit.html.verdicts import Verdicts
from consentkit.html.xmlwritten import written

if TYPE_CHECKING:
    from consentkit.html.stretches import Stretches

#: Hosts remembered of one page. A page has some dozens; only a hostile one has more, and it merely gets slower.
MAX_HOSTS: Final = 1024

#: Nesting of ``data:`` and ``srcdoc`` documents inside each other that is looked into. Deeper ones are blocked.
MAX_DEPTH: Final = 5
#: ``data:`` URLs looked into inside of one. Each may be read in several encodings, in each of which are others.
MAX_INSIDE: Final = 64

#: What a URL that leaves the site looks like, at the least, before any decoding.
_LEAVES: Final = re.compile(rb"^[^/?#]*:|[\\\x00-\x1f]|&(?!amp;|#0?38;)|^[ /]*/[ /]*/|^ ")

#: A URL that cannot leave the host of its base and has nothing to decode.
RELATIVE: Final = re.compile(rb"(?=[A-Za-z0-9_.?]|/[^/\\\t\n\r ])[^:&\\\t\n\r]*+\Z")

_WIDE: Final = frozenset({*GUESSES, "utf-8"})
_UNREAD: Final = frozenset({Kind.IMAGE, Kind.MEDIA, Kind.FONT, Kind.PING, Kind.HINT})
_CSS_KINDS: Final = {CssKind.IMPORT: Kind.STYLE, CssKind.FONT: Kind.FONT}
_NETWORK: Final = frozenset({"http", "https", "ws", "wss", "ftp"})
#: What is the same from every folder of a site.
_ROOTED: Final = ("https://", "http://", "/", "data:")
#: So is what has a scheme whose URLs are never relative (URL Standard, special schemes).
_ABSOLUTE: Final = re.compile(r"(?!(?:https?|wss?|ftp|file):)[A-Za-z][A-Za-z0-9+.\-]*:", re.IGNORECASE)


class Found(NamedTuple):
    """Something that is blocked.

    Attributes:
        block: the decider's answer.
        resource: what was asked for; of inline code a resource without URL.
    """

    block: Block
    resource: Resource


class Place(NamedTuple):
    """Where something stands, and how the page's author marked it.

    Attributes:
        element: lower-case element name.
        attribute: lower-case attribute name, or ``""``.
        mark: the author's mark, if any.
    """

    element: str
    attribute: str
    mark: Mark | None = None


class Judge:
    """Puts the resources of one document to a decider.

    Args:
        decider: who decides.
        encoding: of the document.
        markup: looks into a document in a ``data:`` URL (bytes in UTF-8, base URL) and says what is blocked in it.
        depth: how deep inside other documents this one is.

    Attributes:
        verdicts: what is known of whole hosts.
        stretches: where judged stretches of pages may be kept.
        state: what deciders have in common that answer alike.
        inner: the document stands in an attribute of another, where what is inserted is escaped.
        only_here: set where an answer or an edit depended on more than `stretches` knows of a stretch: on the folder of
            the base URL, on who inserts something, on where in the page it stands; who asks clears it.
        max_depth: how deep documents in attributes are looked into.
    """

    def __init__(
        self,
        decider: Decider,
        encoding: Encoding,
        *,
        markup: Callable[[bytes, Url | None], Found | None],
        depth: int = 0,
        max_depth: int = MAX_DEPTH,
    ) -> None:
        self._decider = decider
        self._encoding = encoding
        self._markup = markup
        self._depth = depth
        self.inner = depth > 0
        self.verdicts = Verdicts(decider)
        self._whole: dict[str, bool] = {}
        # Documents inside others are short, and how deep they are counts.
        self.stretches: Stretches | None = None if depth else getattr(decider, "stretches", None)
        self.state: Hashable = getattr(decider, "state", None)
        self.only_here = False
        self.max_depth = max_depth
        self._within = self._inside = 0  # of `data:` URLs: how deep this one is, and how many were looked into

    # --- URLs ----------------------------------------------------------------------------------------------------

    def text(self, raw: bytes) -> str:
        """An attribute's value as scripts see it."""
        return decode_attribute(raw.decode(self._encoding.codec, "replace"))

    def url(self, raw: bytes, kind: Kind, place: Place, base: Url | None) -> Found | None:
        """A URL as it stands in an attribute. An empty one fetches nothing (HTML, at each element that has one)."""
        if not raw:
            return None
        if place.mark is None:
            host = external_host(raw)
            if host is not None:
                if self.free(host, raw):
                    return None
            elif _LEAVES.search(raw) is None and self.own(base, raw):
                return None
        return self.address(self.text(raw), kind, place, base)

    def free(self, host: bytes, raw: bytes) -> bool:
        """Whether a URL on a host, both as plainly written, certainly may be fetched."""
        verdict = self.verdicts.of(host)
        return verdict.block is None and (verdict.unless is None or not verdict.unless(raw))

    def own(self, base: Url | None, raw: bytes) -> bool:
        """Whether a relative URL that cannot leave its host certainly may be fetched."""
        verdict = self.verdicts.own(base)
        return verdict.block is None and (verdict.unless is None or not verdict.unless(b"/" + raw))

    def whole(self, host: str) -> bool:
        """Whether a host may be used whatever the path."""
        whole = self._whole.get(host)
        if whole is None:
            whole = bool(host) and self._decider.whole_host(host)
            if len(self._whole) < MAX_HOSTS:
                self._whole[host] = whole
        return whole

    def address(self, value: str, kind: Kind, place: Place, base: Url | None) -> Found | None:
        """A URL with character references decoded."""
        if not value.startswith(_ROOTED):
            if place.mark is None and value.isascii():
                raw = value.strip(" ").encode().replace(b" ", b"%20")
                if RELATIVE.match(raw) and self.own(base, raw):
                    return None
            self.only_here = self.only_here or _ABSOLUTE.match(value) is None
        url = parse_url(value, base)
        if url is None:
            return None
        if url.scheme not in _NETWORK:
            if url.scheme == "data":
                return self._data(url, kind, place)
            if url.scheme == "javascript" and kind in {Kind.FRAME, Kind.OBJECT, Kind.FORM}:
                return self._javascript(url, kind, place, base)
            if not url.host:
                return None
        if place.mark is None and self.whole(url.host):
            return None
        resource = Resource(url.href, url.host, url.path, kind, place.element, place.attribute)
        block = self._decider.decide(resource, place.mark)
        return None if block is None else Found(block, resource)

    def _data(self, url: Url, kind: Kind, place: Place) -> Found | None:
        """A ``data:`` URL: what its content would make a browser fetch."""
        if kind in _UNREAD:
            return None
        if self._within >= MAX_DEPTH or self._inside >= MAX_INSIDE:
            return self.refused(place, kind)
        self._within, self._inside = self._within + 1, self._inside + 1
        try:
            return self._inner(url, kind, place)
        finally:
            self._within -= 1
            if not self._within:
                self._inside = 0

    def _inner(self, url: Url, kind: Kind, place: Place) -> Found | None:
        if (data := data_of(url)) is None:
            return None
        content = data.content
        if kind in {Kind.SCRIPT, Kind.STYLE}:
            # A module may import a style sheet.
            sheet = kind is Kind.STYLE or data.essence == "text/css"
            return next(filter(None, (self._loaded(text, place, sheet=sheet) for text in readings(content))), None)
        if data.is_xml and (found := self._xml(data, place)) is not None:
            return found
        if data.essence not in {"text/html", "text/xsl"}:  # Chromium was measured to read the latter as HTML
            return None
        # In ISO-2022-JP broken characters take what follows with them, or do not.
        if shifts(content) and (found := self.anybody(Kind.FRAME, place)) is not None:
            return found
        return self.document(as_utf8(content, content_type_charset(data.parameters)), place)

    def _loaded(self, text: str, place: Place, *, sheet: bool) -> Found | None:
        """What a script, or a style sheet, in a ``data:`` URL would fetch that it may not."""
        if sheet:
            return next((found for _, found in self.css(text, place, None)), None)
        return self.code(text, place, None, module=True)

    def _xml(self, data: Data, place: Place) -> Found | None:
        """A document of XML, as a parser sees it."""
        whole = written(data.content, content_type_charset(data.parameters))
        if whole.untold and (found := self.anybody(Kind.FRAME, place)) is not None:
            return found
        return self.document(whole.markup, place)

    def document(self, content: bytes, place: Place, base: Url | None = None) -> Found | None:
        """A document inside this one, in UTF-8. ``base``: None where it has no URL of its own."""
        if self._depth >= MAX_DEPTH:
            return self.refused(place, Kind.FRAME)
        return self._markup(content, base)

    @staticmethod
    def refused(place: Place, kind: Kind) -> Found:
        """Blocked because it is beyond a limit: nothing can be granted."""
        return Found(Block(), Resource("", "", "", kind, place.element, place.attribute))

    # --- code ----------------------------------------------------------------------------------------------------

    def inline(self, text: str, kind: Kind, place: Place) -> Found | None:
        """Code, by its signature."""
        block = self._decider.decide_inline(text, kind, place.mark)
        if block is None:
            return None
        return Found(block, Resource("", block.host, "", kind, place.element, place.attribute))

    def code(self, text: str, place: Place, base: Url | None, *, module: bool) -> Found | None:
        """A script's text: its signature, and of a module what it imports."""
        found = self.inline(text, Kind.SCRIPT, place)
        if found is not None or not module:
            return found
        for specifier, relative in imports(text):
            found = self.address(specifier, Kind.SCRIPT, place, base if relative else None)
            if found is not None:
                return found
        if has_untold_import(text):
            return self.anybody(Kind.SCRIPT, place)
        return None

    def urls_in_code(self, text: str, kind: Kind, place: Place, base: Url | None) -> Found | None:
        """The first URL in code that runs by itself and may not be fetched."""
        for url in urls_in(unescaped(text)):
            found = self.address(url.replace("\\", ""), kind, place, base)
            if found is None and "\\" in url:
                found = self.address(url, kind, place, base)
            if found is not None:
                return found
        return None

    def _javascript(self, url: Url, kind: Kind, place: Place, base: Url | None) -> Found | None:
        rest = "" if url.query is None else f"?{url.query}"
        rest += "" if url.fragment is None else f"#{url.fragment}"
        text = unquote_to_bytes(url.path + rest).decode("utf-8", "replace")
        found = self.inline(text, Kind.SCRIPT, place)
        if found is None and kind is not Kind.FORM:  # which waits for the visitor
            found = self.urls_in_code(text, Kind.FRAME, place, base)
        # What it says becomes a document.
        if found is None and "<" in (said := unescaped(text)):
            found = self.document(said.encode("utf-8", "replace"), place, base)
        return found

    def json(self, text: str, kind: Kind, place: Place, base: Url | None) -> Iterator[tuple[int, Found]]:
        """(offset, what is blocked) of every URL in JSON that may not be fetched."""
        for start, value in strings(text):
            if "/" not in value and "\\" not in value and ":" not in value:
                continue
            found = self.address(value, kind, place, base)
            if found is None and kind is Kind.SCRIPT:
                # Where the page's scheme counts for nothing, `https:host` is no path (HTML §8.1.5.2, specifiers).
                found = self.address(value, kind, place, None)
            if found is not None:
                yield start, found

    def rules(self, text: str, place: Place, base: Url | None) -> Iterator[tuple[int, Found]]:
        """(offset, what is blocked) of what lets speculation rules fetch links to whomever a page links to."""

        def free(url: str) -> bool:
            return self.address(url, Kind.PRELOAD, place, base) is None

        for at in unbound(text, free):
            found = self.anybody(Kind.PRELOAD, place)
            if found is not None:
                yield at, found

    def anybody(self, kind: Kind, place: Place) -> Found | None:
        """What may contact any host: free only where no host is refused."""
        usual, anybody = getattr(self._decider, "usual", None), getattr(self._decider, "anybody", None)
        if anybody is not None:
            block = anybody(place.mark)
        elif usual is None or place.mark is not None:
            anywhere = Resource("https://*/", "*", "/", kind, place.element, place.attribute)
            block = self._decider.decide(anywhere, place.mark)
        else:
            block = usual("*")[0]
        if block is None:
            return None
        return Found(replace(block, host=""), Resource("", "", "", kind, place.element, place.attribute))

    # --- style ---------------------------------------------------------------------------------------------------

    def plain_css(self, raw: bytes, base: Url | None, *, attribute: bool = False) -> bool:
        """Whether a style sheet certainly fetches nothing that it may not."""
        verdicts = self.verdicts

        def free(url: bytes) -> bool:
            # Images and fonts in data: URLs fetch nothing, nor do references into the document.
            if not url or url.startswith((b"#", b"data:")):
                return True
            host = external_host(url)
            if host is None and RELATIVE.match(url) is None:
                return False
            verdict = verdicts.own(base) if host is None else verdicts.of(host)
            if verdict.block is not None:
                return False
            return verdict.unless is None or not verdict.unless(url if host else b"/" + url)

        if self._encoding.halves(raw):
            return False
        return fetches_freely(raw, free, attribute=attribute)

    def css(self, text: str, place: Place, base: Url | None) -> Iterator[tuple[int, Found]]:
        """(offset, what is blocked) of every URL in a style sheet that may not be fetched."""
        done = -1
        for url in css_urls(text):
            if url.start == done:
                continue
            found = self.address(url.url, _CSS_KINDS.get(url.kind, Kind.IMAGE), place, base)
            if found is not None:
                done = url.start
                yield done, found

    def css_offsets(self, raw: bytes, place: Place, base: Url | None, *, references: bool) -> list[tuple[int, Found]]:
        """As `css`, with offsets in the bytes. ``references``: character references are decoded first."""
        codecs = [self._encoding.codec]
        if self._encoding.is_guess and self._encoding.halves(raw):
            codecs += GUESSES
        places: dict[int, Found] = {}
        for codec in codecs:
            text, offset_of = self.decoded(raw, codec)
            if references and "&" in text:
                text, original = decode_with_offsets(text)
                places |= {offset_of(original(at)): found for at, found in self.css(text, place, base)}
            else:
                places |= {offset_of(at): found for at, found in self.css(text, place, base)}
        return list(places.items())

    def decoded(self, raw: bytes, codec: str = "") -> tuple[str, Callable[[int], int]]:
        """The text of some bytes, and a function from ascending offsets in it to offsets in the bytes.

        Args:
            raw: the bytes.
            codec: in place of the document's own.
        """
        if raw.isascii():
            return raw.decode("ascii"), int
        codec = codec or self._encoding.codec
        text = raw.decode(codec, "surrogateescape")
        if not self._encoding.double_byte and codec not in _WIDE:
            return text, int
        if text.encode(codec, "surrogateescape") != raw:
            return one_by_one(raw, codec)
        done = [0, 0]

        def offset_of(at: int) -> int:
            done[1] += len(text[done[0] : at].encode(codec, "surrogateescape"))
            done[0] = at
            return done[1]

        return text, offset_of
