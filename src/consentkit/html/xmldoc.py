"""One rule: a document of XML contacts whom its elements name, as a parser sees them; it is shown whole or not at all.

XML is not rewritten: what fetches may stand nowhere in the bytes. It is written down as HTML (`xmlwritten`), and judged
as that.
"""

from __future__ import annotations

from typing import Final

from consentkit.errors import UsageError
from consentkit.html.charset import UnreadableEncodingError
from consentkit.html.decision import Blocked, Decider, Kind, Resource
from consentkit.html.options import Options
from consentkit.html.rewriter import Rewriter
from consentkit.html.xmlwritten import XmlWritten

#: What is held back until a document is known. Pictures and feeds are shorter; what was judged of a longer one leaves.
MAX_HELD: Final = 1 << 20
#: The longest tag. Pictures with photographs in them have megabytes in one, and a parser holds all of it.
MAX_TOKEN: Final = 1 << 24


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
        self._written = XmlWritten(charset)
        self._held = bytearray()
        self._letting = False  # more than is held back was read
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
        self._judge(self._written.feed(data))
        self._letting = self._letting or len(self._held) > MAX_HELD
        if not self._letting or self._written.waits:
            return b""
        if self._written.inside or self._written.broken:
            return self._wait()
        return self._let()

    def finish(self) -> bytes:
        """The rest of the document; call it once, at its end."""
        if self._finished:
            raise UsageError("finish() was called before: make a new XmlReader for the next document")
        self._finished = True
        self._judge(self._written.feed(b"", final=True))
        self._rewriter.finish()
        broken = self._written.broken and self._written.may_fetch(bytes(self._held))
        if broken or self._rewriter.blocked_count:
            raise RefusedXmlError
        return self._let()

    def _wait(self) -> bytes:
        if len(self._held) > 2 * MAX_HELD:
            raise RefusedXmlError
        return b""

    def _let(self) -> bytes:
        held, self._held = bytes(self._held), bytearray()
        return held

    def _judge(self, markup: str) -> None:
        """Have judged what was written down."""
        if markup:
            self._rewriter.feed(markup.encode("utf-8", "surrogatepass"))
        written = self._written
        refused = written.untold or written.unfinished > MAX_TOKEN or (written.broken and self._letting)
        if written.transforms:  # to whatever its own program makes of it
            anywhere = Resource("https://*/", "*", "/", Kind.STYLE, "xml-stylesheet", "href")
            refused = refused or self._decider.decide(anywhere) is not None
        if refused or self._rewriter.blocked_count:
            raise RefusedXmlError
