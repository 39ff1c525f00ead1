"""One rule: which answers of the app are rewritten, and which cannot be (R140, R145, R159)."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from functools import lru_cache

from consentkit.headers.coding import can_decode
from consentkit.headers.media import media
from consentkit.html.charset import UnreadableEncodingError, encoding_of

HTML = "text/html"
XHTML = "application/xhtml+xml"
RULES = "application/speculationrules+json"  # which say whom a page fetches, too
# Which names whom a browser fetches before it shows what is in it, in a page or fetched ahead of one.
SIGNED = "application/signed-exchange"
# What some browser shows as a document and nobody reads here: Firefox each part in the place of the one before,
# Chromium a style sheet of XSLT as HTML where others see XML.
UNSEEN = frozenset({"multipart/x-mixed-replace", "multipart/mixed", "multipart/byteranges", "text/xsl"})
_XML = frozenset({"text/xml", "application/xml"})
PARTIAL = 206
# Fields by which an app leaves a file to the web server in front, past us and without most of our header fields.
HANDED_OVER = ("x-accel-redirect", "x-sendfile", "x-lighttpd-send-file", "x-litespeed-location", "x-reproxy-url")
NOT_MODIFIED = 304
CACHED_HEADS = 256  # kinds of answers remembered: an app has some dozens
BODILESS = frozenset({204, 205, 304})  # and every 1xx (RFC 9110 §6.4.1)


class Treatment(Enum):
    """What happens to an answer."""

    PASS = auto()  # not HTML: every byte as it is
    REWRITE = auto()  # or, of XML, looked into
    BODILESS = auto()  # HTML whose body is not sent (HEAD, 304): the head says what GET's would
    UNREADABLE = auto()  # HTML that cannot be read, with HEAD, too: `on_unreadable` decides


def media_type(content_type: str | None) -> str:
    """The media type that a browser takes the Content-Type field for; empty where it has to look into the body."""
    return media(content_type).essence


def may_be_page(content_type: str | None) -> bool:
    """Whether an answer with this Content-Type may be rewritten, or is a page that cannot be."""
    return media_type(content_type) in {HTML, XHTML, RULES, SIGNED, ""}


def is_xml(content_type: str | None) -> bool:
    """Whether a browser reads it as XML, other than XHTML: a picture or a feed, or whatever its elements make it."""
    essence = media_type(content_type)
    return essence in _XML or (essence.endswith("+xml") and essence != XHTML)


def charset_of(content_type: str | None) -> str | None:
    """The `charset` parameter of a Content-Type field, or None."""
    return media(content_type).charset


def treatment(
    method: str, status: int, field: Callable[[str], str | None], *, navigation: bool, xml: bool = False
) -> Treatment:
    """Says what happens to an answer with this head.

    Args:
        method: of the request.
        status: of the answer.
        field: gives its field of a name, lower case.
        navigation: whether the browser will make a document of it. An answer without Content-Type is
            then HTML, because the browser would look into it and might find that it is.
        xml: whether XML, which then is a document as well, is looked into.
    """
    disposition, coding = field("content-disposition"), field("content-encoding")
    treated = _treatment(method, status, field("content-type"), disposition, coding, navigation, xml)
    page = treated is Treatment.REWRITE or (method == "HEAD" and treated is Treatment.BODILESS)
    if page and any(field(name) is not None for name in HANDED_OVER):
        return Treatment.UNREADABLE  # the bytes are not in this answer's body
    return treated


@lru_cache(CACHED_HEADS)
def _treatment(
    method: str,
    status: int,
    content_type: str | None,
    disposition: str | None,
    coding: str | None,
    navigation: bool,
    xml: bool,
) -> Treatment:
    essence = media_type(content_type)
    unseen = essence == SIGNED or (navigation and essence in UNSEEN)
    read = essence in {HTML, XHTML, RULES} or (navigation and (not essence or (xml and is_xml(content_type))))
    if not (read or unseen):
        return Treatment.PASS
    # With anything else behind it (`attachment=x`, `attachment filename=x`) the field is void, and the page is shown.
    if (disposition or "").partition(";")[0].strip(" \t").lower() == "attachment":
        return Treatment.PASS
    if status in BODILESS or status < 200:
        return Treatment.BODILESS
    if unseen or status == PARTIAL or not can_decode(coding):
        return Treatment.UNREADABLE
    # XML has other rules: entities, prefixes and empty elements that an HTML reading takes for something else.
    if essence == XHTML or not _is_readable(charset_of(content_type)):
        return Treatment.UNREADABLE
    return Treatment.BODILESS if method == "HEAD" else Treatment.REWRITE


def _is_readable(charset: str | None) -> bool:
    try:
        encoding_of(charset or "")
    except UnreadableEncodingError:
        return False
    return True
