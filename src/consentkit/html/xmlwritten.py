"""One rule: what a parser sees in a document of XML is written down as HTML, which then is judged as any.

Entities, prefixes and default attributes put names and URLs together, so that what fetches may stand nowhere in the
bytes: a parser is asked, never an expression. Each element of HTML, SVG or MathML is written down, whatever its prefix,
and each style sheet that an instruction names.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, IncrementalDecoder, getincrementaldecoder
from functools import cache
from html.entities import html5
from typing import Final, NamedTuple
from xml.parsers import expat

from consentkit.html.charset import UnreadableEncodingError, encoding_of, xml_declared
from consentkit.html.references import decode_attribute, decode_with_offsets

#: The longest XML declaration that is waited for. Behind it may stand in which encoding all is.
MAX_DECLARATION: Final = 1 << 14

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
#: What an animation changes may have any prefix of its namespace (SVG Animations §2.4).
_CHANGED: Final = "attributeName"
#: What an instruction says: names and values.
_SAID: Final = re.compile(r"""(?<![^\s"'])([^\s="']+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
#: Without one of these, XML is data to a browser. A declaration of an entity or of a default may hide one.
_MAY_FETCH: Final = re.compile(r"1999/xhtml|2000/svg|Math/MathML|<\?xml-stylesheet|<!ENTITY|<!ATTLIST")
_WIDE_BOMS: Final = (BOM_UTF16_LE, BOM_UTF16_BE)
_WIDE: Final = (*_WIDE_BOMS, b"<\0", b"\0<")
_DECLARATION: Final = b"<?xml"
#: Documents whose entities browsers know without reading what declares them (HTML Standard §14.2).
_KNOWN_ENTITIES: Final = frozenset({
    "-//W3C//DTD XHTML 1.0 Transitional//EN", "-//W3C//DTD XHTML 1.1//EN", "-//W3C//DTD XHTML 1.0 Strict//EN",
    "-//W3C//DTD XHTML 1.0 Frameset//EN", "-//W3C//DTD XHTML Basic 1.0//EN",
    "-//W3C//DTD XHTML 1.1 plus MathML 2.0//EN", "-//W3C//DTD XHTML 1.1 plus MathML 2.0 plus SVG 1.1//EN",
    "-//W3C//DTD MathML 2.0//EN", "-//WAPFORUM//DTD XHTML Mobile 1.0//EN", "-//WAPFORUM//DTD XHTML Mobile 1.1//EN",
    "-//WAPFORUM//DTD XHTML Mobile 1.2//EN",
})  # fmt: skip
_PREDEFINED: Final = frozenset({"lt;", "gt;", "amp;", "quot;", "apos;"})


class _Open(NamedTuple):
    """A script or style sheet that is not closed yet: what is written around its text, and how deep it stands."""

    opening: str
    closing: str
    depth: int
    text: list[str]


class XmlWhole(NamedTuple):
    """A whole document.

    Attributes:
        markup: in HTML, UTF-8.
        untold: nobody can tell what else it fetches.
    """

    markup: bytes
    untold: bool


class XmlWritten:
    """Reads a document of XML, and writes down what in it may fetch.

    Args:
        charset: what says its encoding from outside; it comes before the declaration.
        entities: those of HTML are told where browsers know them, which takes two milliseconds.

    Attributes:
        broken: no parser reads on: a browser shows what came before, and may be more lenient as to what that is.
        untold: of something in it nobody can tell what a browser makes of it.
        transforms: a program in the document itself makes another one of it.
        unfinished: bytes of a tag that is not whole.
    """

    def __init__(self, charset: str | None, *, entities: bool = True) -> None:
        self._charset, self._entities = charset, entities
        self._parser: expat.XMLParserType | None = None
        self._decoder: IncrementalDecoder | None = None
        self.broken = self.untold = self.transforms = False
        # A parser reads a tag that is not whole from its beginning again: as much more is waited for as there is of it.
        self._ahead = bytearray()
        self.unfinished = self._parsed = 0
        self._first = b""
        self._depth = 0
        self._open: list[_Open] = []
        self._markup: list[str] = []
        self._based = False

    @property
    def waits(self) -> bool:
        """Whether some of what was fed was not read yet."""
        return self._parser is None or bool(self._ahead)

    @property
    def inside(self) -> bool:
        """Whether a script or style sheet goes on, which is judged as a whole."""
        return bool(self._open)

    def feed(self, data: bytes, *, final: bool = False) -> str:
        """Take the next bytes, and give what they write down."""
        if self._parser is None and not self.untold:
            self._first += data
            if not (final or _begins(self._first) or len(self._first) > MAX_DECLARATION):
                return ""
            data, self._first = self._first, b""
            self._parser = self._made(data)
        if self._parser is not None and not self.broken:
            self._read(self._parser, data, final=final)
        markup = "".join(self._markup)
        self._markup.clear()
        return markup

    @staticmethod
    def may_fetch(data: bytes) -> bool:
        """Whether what cannot be parsed may be more than data."""
        text = data.replace(b"\0", b"").decode("latin-1")
        return _MAY_FETCH.search(decode_with_offsets(text, in_attribute=False)[0]) is not None

    def _read(self, parser: expat.XMLParserType, data: bytes, *, final: bool) -> None:
        if self._decoder is not None:
            data = self._decoder.decode(data, final).encode("utf-8", "replace")
        self._ahead += data
        if len(self._ahead) < self.unfinished and not final:
            return
        self._parsed += len(self._ahead)
        try:
            parser.Parse(bytes(self._ahead), final)
        except (expat.ExpatError, LookupError, ValueError):
            self.broken = True
        self._ahead.clear()
        self.unfinished = self._parsed - max(0, parser.CurrentByteIndex)

    def _made(self, data: bytes) -> expat.XMLParserType | None:
        if not _begins(data) and len(data) > MAX_DECLARATION:
            self.untold = True
            return None
        try:
            given = None if self._charset is None else encoding_of(self._charset)
            if data.startswith(_WIDE_BOMS if given is not None else _WIDE):
                encoding = None  # the parser sees by itself
            else:
                encoding = "utf-8"
                told = None if data.startswith(BOM_UTF8) else given or xml_declared(data)
                self._decoder = getincrementaldecoder(encoding if told is None else told.codec)("replace")
        except UnreadableEncodingError:
            self.untold = True
            return None
        parser = expat.ParserCreate(encoding, _BETWEEN)
        if hasattr(parser, "SetReparseDeferralEnabled"):
            parser.SetReparseDeferralEnabled(False)  # what is whole is judged before it leaves; see `_ahead`
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_ALWAYS)  # so that `_external` is asked
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.ProcessingInstructionHandler = self._instruction
        parser.EntityDeclHandler = self._entity
        parser.ExternalEntityRefHandler = self._external
        return parser

    # --- what the parser sees ------------------------------------------------------------------------------------

    def _start(self, name: str, attributes: list[str]) -> None:
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
            if plain == _CHANGED:
                value = value.rpartition(":")[2]
            if plain not in _OF_ONE_URL or not _PHOTOGRAPH.match(value):
                parts += [" ", "xlink:" if space else "", plain, '="', _escaped(value), '"']
        parts.append(">")
        if local in _TEXT:
            self._open.append(_Open("".join(parts), f"</{local}>{around[1]}", self._depth, []))
        else:
            self._markup.append(f"{''.join(parts)}</{local}>{around[1]}")

    def _end(self, name: str) -> None:
        del name
        self._depth -= 1
        if not self._open or self._open[-1].depth <= self._depth:
            return
        opening, closing, _, pieces = self._open.pop()
        text = "".join(pieces).replace("</", "<\\/").replace("<!--", "<\\!--")
        if closing.endswith(("</svg>", "</math>")):
            text = text.replace("&", "&amp;").replace("<", "&lt;")
        self._markup.append(opening + text + closing)

    def _characters(self, text: str) -> None:
        if self._open and self._open[-1].depth == self._depth:
            self._open[-1].text.append(text)

    def _instruction(self, target: str, data: str) -> None:
        if target != "xml-stylesheet":
            return
        for name, double, single in _SAID.findall(data):
            if name == "href":
                url = double or single
                self.transforms = self.transforms or decode_attribute(url).strip().startswith("#")
                self._markup.append(f'<link rel="stylesheet" href="{url.replace(chr(34), "&quot;")}">')

    def _entity(self, *declared: object) -> None:
        # Behind a parameter entity that is not read, a parser may stop taking declarations in; browsers do not.
        self.untold = self.untold or bool(declared[1])

    def _external(self, context: str | None, base: str | None, system: str | None, public: str | None) -> int:
        """What stands elsewhere: browsers read none of it, but know the entities of HTML where it declares those."""
        del base, system
        if context is None and public in _KNOWN_ENTITIES and self._parser is not None:
            if self._entities:
                self._parser.ExternalEntityParserCreate(context).Parse(_entities(), True)
            else:
                self.untold = True
        return 1


def written(data: bytes, charset: str | None) -> XmlWhole:
    """A whole document, of which a page may have many, written down. Arguments as for `XmlWritten`."""
    reader = XmlWritten(charset, entities=False)
    markup = reader.feed(data, final=True)
    untold = reader.untold or reader.transforms or (reader.broken and reader.may_fetch(data))
    return XmlWhole(markup.encode("utf-8", "surrogatepass"), untold)


@cache
def _entities() -> bytes:
    """Declarations of the entities that HTML has, but for those that XML has itself."""
    return "".join(
        f'<!ENTITY {name[:-1]} "{"".join(f"&#38;#{ord(each)};" for each in value)}">'
        for name, value in html5.items()
        if name.endswith(";") and name not in _PREDEFINED
    ).encode()


def _begins(first: bytes) -> bool:
    """Whether a document's beginning is at hand: what says its encoding."""
    if len(first) < len(_DECLARATION):
        return False
    return not first.startswith(_DECLARATION) or b">" in first[:MAX_DECLARATION]


def _escaped(value: str) -> str:
    return value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
