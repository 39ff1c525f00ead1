"""One rule: the bytes say in which encoding they are, or it is said for them, in this order (R164).

A byte order mark, the ``charset`` of Content-Type, a ``meta`` element within the first 1024 bytes, and
otherwise windows-1252 (Encoding Standard §4.2 for the labels; HTML Standard §13.2.3.2 for the prescan).

Every encoding of the Encoding Standard but three groups writes the syntax of HTML with the bytes of ASCII, so
that tags are found without decoding. The three are refused (`UnreadableEncodingError`) before any byte is
handed on: UTF-16, ISO-2022-JP (escape sequences make ASCII bytes mean something else), and the labels of
the "replacement" encoding (HZ, ISO-2022-KR and others), which browsers show as one U+FFFD.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from consentkit.errors import ConsentKitError

#: How far a ``meta`` element is looked for (HTML Standard §13.2.3.2).
PRESCAN: Final = 1024
#: Labels whose encodings are remembered: pages write few.
LABELS: Final = 64

DEFAULT: Final = "windows-1252"

_UNREADABLE: Final = {
    "utf-16le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le",
    "utf-16be": "unicodefffe utf-16be",
    "iso-2022-jp": "csiso2022jp iso-2022-jp",
    "replacement": "csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr replacement",
}  # fmt: skip

#: Python's codecs for those; what is in the "replacement" encoding nobody reads.
_CODECS: Final = {"utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "iso-2022-jp": "iso2022_jp"}

#: Encoding → Python's codec for it, then the labels.
_READABLE: Final = {
    "utf-8": (
        "utf-8",
        ("unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8"),
    ),
    "ibm866": ("cp866", "866 cp866 csibm866 ibm866"),
    "iso-8859-2": (
        "iso8859-2",
        ("csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2"),
    ),
    "iso-8859-3": (
        "iso8859-3",
        ("csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3"),
    ),
    "iso-8859-4": (
        "iso8859-4",
        ("csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4"),
    ),
    "iso-8859-5": (
        "iso8859-5",
        ("csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988"),
    ),
    "iso-8859-6": (
        "iso8859-6",
        (
            "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e "
            "iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987"
        ),
    ),
    "iso-8859-7": (
        "iso8859-7",
        (
            "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 "
            "iso_8859-7 iso_8859-7:1987 sun_eu_greek"
        ),
    ),
    "iso-8859-8": (
        "iso8859-8",
        (
            "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 "
            "iso_8859-8 iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical"
        ),
    ),
    "iso-8859-10": ("iso8859-10", "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6"),
    "iso-8859-13": ("iso8859-13", "iso-8859-13 iso8859-13 iso885913"),
    "iso-8859-14": ("iso8859-14", "iso-8859-14 iso8859-14 iso885914"),
    "iso-8859-15": ("iso8859-15", "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9"),
    "iso-8859-16": ("iso8859-16", "iso-8859-16"),
    "koi8-r": ("koi8-r", "cskoi8r koi koi8 koi8-r koi8_r"),
    "koi8-u": ("koi8-u", "koi8-ru koi8-u"),
    "macintosh": ("mac-roman", "csmacintosh mac macintosh x-mac-roman"),
    "windows-874": ("cp874", "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874"),
    "windows-1250": ("cp1250", "cp1250 windows-1250 x-cp1250"),
    "windows-1251": ("cp1251", "cp1251 windows-1251 x-cp1251"),
    "windows-1252": (
        "cp1252",
        (
            "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 "
            "iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252"
        ),
    ),
    "windows-1253": ("cp1253", "cp1253 windows-1253 x-cp1253"),
    "windows-1254": (
        "cp1254",
        (
            "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 "
            "windows-1254 x-cp1254"
        ),
    ),
    "windows-1255": ("cp1255", "cp1255 windows-1255 x-cp1255"),
    "windows-1256": ("cp1256", "cp1256 windows-1256 x-cp1256"),
    "windows-1257": ("cp1257", "cp1257 windows-1257 x-cp1257"),
    "windows-1258": ("cp1258", "cp1258 windows-1258 x-cp1258"),
    "x-mac-cyrillic": ("mac-cyrillic", "x-mac-cyrillic x-mac-ukrainian"),
    "gbk": (
        "gb18030",
        ("chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030"),
    ),
    "big5": ("big5hkscs", "big5 big5-hkscs cn-big5 csbig5 x-x-big5"),
    "euc-jp": ("euc_jp", "cseucpkdfmtjapanese euc-jp x-euc-jp"),
    "shift_jis": ("cp932", "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis"),
    "euc-kr": (
        "cp949",
        ("cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949"),
    ),
    "x-user-defined": ("latin-1", "x-user-defined"),
}

_LABELS: Final = {
    label: encoding
    for encoding, labels in [*_UNREADABLE.items(), *((name, labels) for name, (_, labels) in _READABLE.items())]
    for label in labels.split()
}

#: Two bytes a character, the second of which may be an ASCII letter or ``\``, never ``<``, ``>`` or a quote.
_DOUBLE_BYTE: Final = frozenset({"gbk", "big5", "euc-jp", "shift_jis", "euc-kr"})

#: A quote that is still open takes in all that has come: more may follow, and the same must come out.
_IN_TAG: Final = rb"""(?:[^>"'=]++|=[\t\n\f\r ]*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))?|["'])*+"""
_META: Final = re.compile(
    rb"<!--(?:-?>|.*?(?:-->|\Z))|<meta[\t\n\f\r /](" + _IN_TAG + rb")>|</?[a-z]" + _IN_TAG + rb"|<[!/?][^>]*+>",
    re.IGNORECASE | re.DOTALL,
)
_META_ATTRIBUTE: Final = re.compile(
    rb"""[\t\n\f\r /]*([^\t\n\f\r />=]+)(?:[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|([^\t\n\f\r >]*)))?"""
)
_CONTENT_CHARSET: Final = re.compile(
    r"""charset[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|([^\t\n\f\r ;"']+))""", re.IGNORECASE
)


#: "<?x" in UTF-16: what the standard tells it by without a byte order mark (§13.2.3.2).
_XML_UTF16_LE: Final = b"<\0?\0x\0"
_XML_UTF16_BE: Final = b"\0<\0?\0x"
_XML_DECLARED: Final = re.compile(
    rb"""<\?xml(?:(?!encoding)[^>])*encoding[\x00-\x20]*=[\x00-\x20]*(?:"([^\x00-\x20">]*)"|'([^\x00-\x20'>]*)')[^>]*>"""
)
#: How ISO-2022-JP leaves ASCII.
_SHIFT: Final = re.compile(rb"\x1b(?:\$[@B]|\([JI])")

#: Whole characters of each, and what a lead byte may be.
_CHARACTERS: Final = {
    "gbk": rb"[\x81-\xfe](?:[\x40-\x7e\x80-\xfe]|[0-9][\x81-\xfe][0-9])|\x80|\xff",
    "big5": rb"[\x81-\xfe][\x40-\x7e\xa1-\xfe]",
    "euc-jp": rb"\x8e[\xa1-\xdf]|\x8f[\xa1-\xfe][\xa1-\xfe]|[\xa1-\xfe][\xa1-\xfe]",
    "shift_jis": rb"[\xa1-\xdf\x80\xa0\xfd-\xff]|[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]",
    "euc-kr": rb"[\x81-\xfe][\x41-\xfe]",
}
_WELL_FORMED: Final = {
    name: re.compile(rb"(?:[\x00-\x7f]+|" + characters + rb")*") for name, characters in _CHARACTERS.items()
}
_SYNTAX: Final = re.compile(rb"[\x00-\x2f\x3a-\x3f]")

#: What may be half a character where nothing says the encoding.
_HALF: Final = re.compile(rb"[\x80-\xff][\\@]")

#: The longest character, less one byte.
_LONGEST_TAIL: Final = 3


class Swallowed:
    r"""Finds ASCII bytes that a browser may take for the second half of a broken character.

    The Encoding Standard gives them back: ``\x82"`` in Shift_JIS is U+FFFD and a quote. Chromium was measured to
    swallow the quote, and then the tag ends somewhere else. Both ways have to be read.
    """

    def __init__(self, encoding: Encoding) -> None:
        self._pattern = _WELL_FORMED[encoding.name]
        self._tail = b""

    def feed(self, data: bytes) -> bytes:
        """The same number of bytes, those that may be swallowed replaced by one that means nothing."""
        whole = self._tail + data
        masked: bytearray | None = None
        position, end = 0, len(whole)
        while True:
            match = self._pattern.match(whole, position)
            position = match.end() if match else position
            if position >= end - _LONGEST_TAIL and _SYNTAX.search(whole, position + 1) is None:
                break
            if position + 1 < end and _SYNTAX.match(whole, position + 1):
                masked = masked if masked is not None else bytearray(whole)
                masked[position + 1] = 0x80
                position += 1
            position += 1
            if position >= end:
                break
        before = len(self._tail)
        self._tail = whole[max(position, end - _LONGEST_TAIL) :]
        return data if masked is None else bytes(masked[before:])


class UnreadableEncodingError(ConsentKitError):
    """HTML in an encoding whose tags cannot be found without decoding it. Nothing was handed on.

    Attributes:
        encoding: its name in the Encoding Standard, or ``"replacement"``.
    """

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        super().__init__(
            f"the page is in {encoding}, which consentkit does not read: serve it in UTF-8, "
            "or choose what happens to such pages with on_unreadable"
        )


@dataclass(frozen=True, slots=True)
class Encoding:
    """An ASCII-compatible encoding.

    Attributes:
        name: as in the Encoding Standard, lower case.
        codec: Python's name for it.
        double_byte: two bytes a character, the second possibly a letter or a backslash.
        is_guess: nothing said so. Chromium then guesses by the text, and may take the page for another.
    """

    name: str
    codec: str
    double_byte: bool
    is_guess: bool = False

    def halves(self, raw: bytes) -> bool:
        """Whether a backslash or at sign in it may be the second half of a character, and none."""
        if self.double_byte:
            return b"\\" in raw
        return self.is_guess and _HALF.search(raw) is not None

    def encode(self, text: str) -> bytes:
        """Markup in this encoding; what it cannot write becomes character references."""
        codec = "ascii" if self.is_guess or self.name == "x-user-defined" else self.codec
        return text.encode(codec, "xmlcharrefreplace")


@lru_cache(maxsize=LABELS)
def encoding_of(label: str) -> Encoding | None:
    """The encoding that a label means (Encoding Standard §4.2), or None for an unknown one.

    Raises:
        UnreadableEncodingError: for one that is not ASCII-compatible.
    """
    name = _named(label)
    if name is None:
        return None
    if name in _UNREADABLE:
        raise UnreadableEncodingError(name)
    return Encoding(name, _READABLE[name][0], name in _DOUBLE_BYTE)


def _named(label: str) -> str | None:
    """The name of the encoding that a label means."""
    return _LABELS.get(label.strip("\t\n\f\r ").lower())


def content_type_charset(value: str) -> str | None:
    """The ``charset`` parameter of a Content-Type field, as written."""
    found = _CONTENT_CHARSET.search(value)
    return (found[1] or found[2] or found[3]) if found else None


def sniff(data: bytes, charset: str | None, *, final: bool) -> Encoding | None:
    """The encoding of a page that begins with ``data``; None where more has to be seen.

    Args:
        data: its first bytes.
        charset: label from Content-Type, or None.
        final: no more bytes will come.

    Raises:
        UnreadableEncodingError: for one that is not ASCII-compatible.
    """
    if data.startswith(codecs.BOM_UTF8):
        return Encoding("utf-8", "utf-8", double_byte=False)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableEncodingError("utf-16le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-16be")
    if not final and any(mark.startswith(data) for mark in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    if charset is not None and (given := encoding_of(charset)) is not None:
        return given
    if data.startswith((_XML_UTF16_LE, _XML_UTF16_BE)):
        raise UnreadableEncodingError("utf-16le" if data.startswith(_XML_UTF16_LE) else "utf-16be")
    if (found := _prescan(data[:PRESCAN])) is not None:
        return found
    if final or len(data) >= PRESCAN:
        return xml_declared(data[:PRESCAN]) or Encoding(
            DEFAULT, _READABLE[DEFAULT][0], double_byte=False, is_guess=True
        )
    return None


def shifts(data: bytes) -> bool:
    """Whether it leaves ASCII as ISO-2022-JP does."""
    return b"\x1b" in data and _SHIFT.search(data) is not None


class Shifts:
    """Refuses pages that shift out of ASCII as ISO-2022-JP does, unless a field or a byte order mark tells.

    Chromium finds that encoding where the prescan of the standard does not: in a `meta` element behind the first
    1024 bytes, as long as the head goes on, in attributes that come twice, in character references. Without its
    escape sequences such a page is as good as ASCII.

    Args:
        charset: label from Content-Type, or None.
    """

    def __init__(self, charset: str | None) -> None:
        self._is_known = charset is not None and _named(charset) is not None
        self._last, self._begun = b"", False

    def feed(self, data: bytes) -> None:
        """Looks at the next bytes.

        Raises:
            UnreadableEncodingError: there is such a sequence in them.
        """
        if self._is_known:
            return
        whole = self._last + data
        if not self._begun:
            if codecs.BOM_UTF8.startswith(whole[:3]) and len(whole) < len(codecs.BOM_UTF8):
                self._last = whole
                return
            self._begun, self._is_known = True, whole.startswith(codecs.BOM_UTF8)
        if not self._is_known and shifts(whole):
            raise UnreadableEncodingError("iso-2022-jp")
        self._last = whole[-2:]


def is_declared(data: bytes, charset: str | None) -> bool:
    """Whether a page's encoding is what a ``meta`` element in it says, so that the element has to stay in reach."""
    if data.startswith(codecs.BOM_UTF8) or (charset is not None and encoding_of(charset) is not None):
        return False
    return _prescan(data[:PRESCAN]) is not None


def as_utf8(data: bytes, charset: str | None) -> bytes:
    """A whole small document, in UTF-8 where its encoding is not ASCII-compatible, otherwise as it is."""
    try:
        sniff(data, charset, final=True)
    except UnreadableEncodingError as error:
        codec = _CODECS.get(error.encoding)
        return b"" if codec is None else data.decode(codec, "replace").encode("utf-8", "replace")
    return data


def xml_declared(head: bytes) -> Encoding | None:
    """What an XML declaration says ("get an XML encoding"); before HTML it counts where no ``meta`` element does."""
    found = _XML_DECLARED.match(head)
    return _meant((found[1] or found[2] or b"").decode("latin-1")) if found else None


def _meant(label: str) -> Encoding | None:
    """What a label means in a page that could be read as ASCII up to it (§13.2.3.2)."""
    name = _named(label)
    return encoding_of({"utf-16le": "utf-8", "utf-16be": "utf-8", "x-user-defined": DEFAULT}.get(name or "", label))


def _prescan(head: bytes) -> Encoding | None:
    """What a ``meta`` element declares, if it is whole."""
    for match in _META.finditer(head):
        if match[1] is None:
            continue
        attributes: dict[bytes, str] = {}
        for name, double, single, bare in _META_ATTRIBUTE.findall(match[1]):
            attributes.setdefault(name.lower(), (double or single or bare).decode("latin-1"))
        label = attributes.get(b"charset")
        if label is None and attributes.get(b"http-equiv", "").lower() == "content-type":
            found = _CONTENT_CHARSET.search(attributes.get(b"content", ""))
            label = (found[1] or found[2] or found[3]) if found else None
        if label is None:
            continue
        if (encoding := _meant(label)) is not None:
            return encoding
    return None
