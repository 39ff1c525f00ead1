"""One rule: what a ``data:`` URL holds, as Chromium reads it (Fetch Standard, ``data:`` URL processor)."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from consentkit.html.charset import shifts
from consentkit.html.doublebytes import GUESSES
from consentkit.html.urls import Url

_DATA_URL: Final = re.compile(r"([^,]*?)(;[\t\n\f\r ]*base64[\t\n\f\r ]*)?,(.*)", re.DOTALL | re.IGNORECASE)
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]")
#: Chromium reads a style sheet of XSLT that is framed as HTML, others as XML.
_XML_TYPES: Final = frozenset({"text/xml", "application/xml", "text/xsl"})


class Data(NamedTuple):
    """The content of a ``data:`` URL.

    Attributes:
        essence: its type without parameters, lower case.
        parameters: what stands behind that, lower case.
        content: its bytes.
    """

    essence: str
    parameters: str
    content: bytes

    @property
    def is_xml(self) -> bool:
        """Whether a browser reads it as XML."""
        return self.essence in _XML_TYPES or self.essence.endswith("+xml")


def data_of(url: Url) -> Data | None:
    """What it holds; None if browsers refuse it as well."""
    # Of `data://text/html,…` Chromium takes what stands where a host would for the beginning of the type.
    whole = url.host + url.path if url.query is None else f"{url.host}{url.path}?{url.query}"
    match = _DATA_URL.match(whole)
    if match is None:
        return None
    content = unquote_to_bytes(match[3])
    if match[2]:
        content = _NOT_BASE64.sub(b"", content)
        try:
            content = base64.b64decode(content + b"=" * (-len(content) % 4))
        except binascii.Error:
            return None  # one character too many
    essence, _, parameters = match[1].lower().partition(";")
    return Data(essence.strip("\t\n\f\r "), parameters, content)


def readings(content: bytes) -> list[str]:
    """The text of a script or style sheet in each encoding that something outside of it may say it is in."""
    codecs = ["utf-8"]
    if b"\0" in content:
        codecs += ["utf-16-le", "utf-16-be"]
    if b"\\" in content and not content.isascii():
        codecs += GUESSES
    if shifts(content):
        codecs.append("iso2022_jp")
    return [content.decode(codec, "replace").removeprefix("\ufeff") for codec in codecs]
