"""One rule: a document of XML contacts whom its elements name, as a parser sees them; it is shown whole or not at all.

XML is not rewritten: entities, prefixes and default attributes put names and URLs together, so that what fetches may
stand nowhere in the bytes. Each element of HTML, SVG or MathML is written down as HTML instead, and judged as that.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, IncrementalDecoder, getincrementaldecoder
from typing import Final
from xml.parsers import expat

from consentkit.errors import UsageError
from consentkit.html.charset import UnreadableEncodingError, encoding_of
from consentkit.html.decision import Blocked, Decider, Kind, Resource
from consentkit.html.options import Options
from consentkit.html.references import decode_with_offsets
from consentkit.html.rewriter import Rewriter

#: What is held back until a document is known. Pictures and feeds are shorter; what was judged of a longer one leaves.
MAX_HELD: Final = 1 << 20
#: The longest tag. Pictures with photographs in them have megabytes in one, and a parser holds all of it.
MAX_TOKEN: Final = 1 << 24

_HTML: Final = "http://www.w3.org/1999/xhtml"
_SVG: Final = "http://www.w3.org/2000/svg"
_MATHML: Final = "http://www.w3.org/1998/Math/MathML"
_XLINK: Final = "http://www.w3.org/1999/xlink"
#: Between a namespace and a name: neither may hold it.
_BETWEEN: Final = "\n"
_AROUND: Final = {_HTML: ("", ""), _SVG: ("<svg>", "</svg>"), _MATHML: ("<math>", "</math>")}
#: Names that HTML can write; what has others fetches nothing.
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9:\-]*")
#: Elements that would change how what follows is read. What their attributes say counts on any other as well.
_READ_OTHERWISE: Final = frozenset({"plaintext", "frameset", "template", "select", "html", "head", "body"})
#: A value with a URL of another host has one of these.
_MAY_LEAVE: Final = re.compile(r"[/\\&\t\n\r]|[A-Za-z]:", re.ASCII)
_OF_ONE_URL: Final = frozenset({"href", "src"})
#: A URL that is a picture itself, often a long one, which fetches nothing.
_PHOTOGRAPH: Final = re.compile(r"data:image/(?:png|jpe?g|gif|webp|avif)[;,]")
_TEXT: Final = frozenset({"script", "style"})
#: Of a style sheet's instruction.
_HREF: Final = re.compile(r"""(?:\A|[\s"'])href\s*=\s*(?:"([^"]*)"|'([^']*)')""")
#: Without one of these, XML is data to a browser. A declaration of an entity or of a default may hide one.
_MAY_FETCH: Final = re.compile(r"1999/xhtml|2000/svg|Math/MathML|<\?xml-stylesheet|<!ENTITY|<!ATTLIST")
_BOMS: Final = (BOM_UTF8, BOM_UTF16_LE, BOM_UTF16_BE)


class RefusedXmlError(UnreadableEncodingError):
    """XML that would contact whom it may not, or of which nobody can tell."""

    def __init__(self) -> None:
        super().__init__("")
        what = "an XML document would contact somebody who may not be contacted, or cannot be parsed"
        self.args = (f"{what}: show it in a page of HTML, or choose what happens to such documents with on_unreadable",)


class XmlReader:
    """Hands a document of XML on, byte for byte, unless an element in it would fetch what the decider refuses.

    Args:
        decider: says what may be fetched.
        url: the document's absolute URL.
        charset: the ``charset`` parameter of Content-Type, if it had one.
        options: as for `Rewriter`.

    Raises:
        UsageError: if ``url`` is not absolute.
        RefusedXmlError: from `feed` or `finish`: nothing of that piece, or of what follows, may be handed on.
    """

    def __init__(
        self, decider: Decider, *, url: str, charset: str | None = None, options: Options | None = None
    ) -> None:
        self._decider = decider
        self._rewriter = Rewriter(decider, url=url, charset="utf-8", document=False, options=options)
        self._charset = charset
        self._parser: expat.XMLParserType | None = None
        self._decoder: IncrementalDecoder | None = None  # what Content-Type says comes before the declaration
        self._broken = False  # no parser reads on
        # A parser reads a tag that is not whole from its beginning again: as much more is waited for as there is of it.
        self._ahead = bytearray()
        self._unfinished = self._parsed = 0
        self._held = bytearray()
        self._letting = False  # more than is held back was read
        self._first = b""
        self._text: list[str] | None = None  # of the script or style sheet that is open
        self._opening = self._closing = ""
        self._depth = 0  # of elements in it
        self._markup: list[str] = []  # not judged yet
        self._refused = self._based = False
        self._finished = False

    @property
    def blocked(self) -> list[Blocked]:
        """Why it was refused."""
        return self._rewriter.blocked

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes of the document and give those that may leave."""
        if self._finished:
            raise UsageError("feed() after finish(): make a new XmlReader for the next document")
        self._held += data
        if self._parser is None:
            self._first += data
            if len(self._first) < len(BOM_UTF8):
                return b""
            data = self._first
        self._read(data, final=False)
        self._letting = self._letting or len(self._held) > MAX_HELD
        if not self._letting or self._ahead:
            return b""
        if self._text is not None or self._broken:
            return self._wait()
        return self._let()

    def finish(self) -> bytes:
        """The rest of the document; call it once, at its end."""
        if self._finished:
            raise UsageError("finish() was called before: make a new XmlReader for the next document")
        self._finished = True
        self._read(self._first if self._parser is None else b"", final=True)
        self._rewriter.finish()
        self._refused = self._refused or (self._broken and self._may_fetch())
        self._judge()
        return self._let()

    def _wait(self) -> bytes:
        if len(self._held) > 2 * MAX_HELD:
            raise RefusedXmlError
        return b""

    def _let(self) -> bytes:
        held, self._held = bytes(self._held), bytearray()
        return held

    # --- reading -------------------------------------------------------------------------------------------------

    def _read(self, data: bytes, *, final: bool) -> None:
        if self._broken:
            return
        if self._parser is None:
            self._parser = self._made(data)
        if self._decoder is not None:
            data = self._decoder.decode(data, final).encode("utf-8", "replace")
        self._ahead += data
        if len(self._ahead) < self._unfinished and not final:
            return
        self._parsed += len(self._ahead)
        try:
            self._parser.Parse(bytes(self._ahead), final)
        except (expat.ExpatError, LookupError, ValueError):
            # A browser shows what came before, and may be more lenient as to what that is.
            self._broken = True
            self._refused = self._refused or self._letting
        self._ahead.clear()
        self._unfinished = self._parsed - max(0, self._parser.CurrentByteIndex)
        self._refused = self._refused or self._unfinished > MAX_TOKEN
        self._judge()

    def _made(self, data: bytes) -> expat.XMLParserType:
        given = None if self._charset is None or data.startswith(_BOMS) else encoding_of(self._charset)
        if given is not None:
            self._decoder = getincrementaldecoder(given.codec)("replace")
        parser = expat.ParserCreate(None if given is None else "utf-8", _BETWEEN)
        if hasattr(parser, "SetReparseDeferralEnabled"):
            parser.SetReparseDeferralEnabled(False)  # what is whole is judged before it leaves; see `_ahead`
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.ProcessingInstructionHandler = self._instruction
        parser.EntityDeclHandler = self._entity
        return parser

    def _may_fetch(self) -> bool:
        """Whether what cannot be parsed may be more than data."""
        text = self._held.replace(b"\0", b"").decode("latin-1")
        return _MAY_FETCH.search(decode_with_offsets(text, in_attribute=False)[0]) is not None

    def _judge(self) -> None:
        """Have judged what was written down."""
        if self._markup:
            self._rewriter.feed("".join(self._markup).encode("utf-8", "surrogatepass"))
            self._markup.clear()
        if self._refused or self._rewriter.blocked_count:
            raise RefusedXmlError

    # --- what the parser sees ------------------------------------------------------------------------------------

    def _start(self, name: str, attributes: list[str]) -> None:
        if self._text is not None:
            self._depth += 1
        namespace, _, local = name.rpartition(_BETWEEN)
        around = _AROUND.get(namespace)
        if around is None or _NAME.fullmatch(local) is None:
            return
        if local in _READ_OTHERWISE:
            local = "div"
        self._based = self._based or local == "base"
        if not (self._based or local in _TEXT or any(map(_MAY_LEAVE.search, attributes[1::2]))):
            return  # no URL that leads to another host, as in almost all of a picture
        parts = [around[0], "<", local]
        for attribute, value in zip(attributes[::2], attributes[1::2], strict=True):
            space, _, plain = attribute.rpartition(_BETWEEN)
            if space not in {"", _XLINK} or _NAME.fullmatch(plain) is None:
                continue
            if plain not in _OF_ONE_URL or not _PHOTOGRAPH.match(value):
                parts += [" ", "xlink:" if space else "", plain, '="', _escaped(value), '"']
        parts.append(">")
        if local in _TEXT and self._text is None:
            self._text, self._depth, self._opening = [], 0, "".join(parts)
            self._closing = f"</{local}>{around[1]}"
            return
        self._write(f"{''.join(parts)}</{local}>{around[1]}")

    def _end(self, name: str) -> None:
        del name
        if self._text is None:
            return
        if self._depth:
            self._depth -= 1
            return
        text = "".join(self._text).replace("</", "<\\/").replace("<!--", "<\\!--")
        if self._closing.endswith(("</svg>", "</math>")):
            text = text.replace("&", "&amp;").replace("<", "&lt;")
        self._write(self._opening + text + self._closing)
        self._text = None

    def _characters(self, text: str) -> None:
        if self._text is not None and not self._depth:
            self._text.append(text)

    def _instruction(self, target: str, data: str) -> None:
        if target != "xml-stylesheet" or (href := _HREF.search(data)) is None:
            return
        url = href[1] or href[2] or ""
        if url.startswith("#"):  # a program in the document itself makes another one of it
            anywhere = Resource("https://*/", "*", "/", Kind.STYLE, "xml-stylesheet", "href")
            self._refused = self._refused or self._decider.decide(anywhere) is not None
        self._write(f'<link rel="stylesheet" href="{url.replace(chr(34), "&quot;")}">')

    def _entity(self, *declared: object) -> None:
        # Behind a parameter entity that is not read, a parser may stop taking declarations in; browsers do not.
        self._refused = self._refused or bool(declared[1])

    def _write(self, markup: str) -> None:
        self._markup.append(markup)


def _escaped(value: str) -> str:
    return value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
