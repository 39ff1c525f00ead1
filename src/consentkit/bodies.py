"""The body of one answer on its way through: rewritten or replaced. A failure never passes unread bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from consentkit.errors import ConsentKitError
from consentkit.headers.coding import CodingError, Decoder
from consentkit.html.charset import UnreadableEncodingError

# An encoding shows in the first 1,024 bytes (HTML Standard §13.2.3.2); what was fed until then can still be replaced.
ENCODING_SHOWS = 1024
# Bytes of a body that are fed at once. One match of a regular expression holds the interpreter, so
# this bounds for how long other threads and the event loop wait (about a millisecond), and what a match needs.
SLICE = 64 * 1024


def slices(data: bytes) -> Iterable[bytes]:
    """The data in pieces of at most `SLICE` bytes; the same object if it is that short."""
    if len(data) <= SLICE:
        return (data,) if data else ()
    return (data[start : start + SLICE] for start in range(0, len(data), SLICE))


class Reader(Protocol):
    """Takes a body and gives what may leave of it, such as `consentkit.html.rewriter.Rewriter`.

    Both raise `UnreadableEncodingError` where nothing more of it may leave.
    """

    def feed(self, data: bytes, /) -> bytes:
        """Takes bytes and gives those that can leave now."""

    def finish(self) -> bytes:
        """Gives the last bytes."""


class RewrittenBody:
    """Decodes, rewrites, and stops where the body turns out to be unreadable (R142, R159).

    Args:
        reader: of this page.
        decoder: undoes the content coding; None for none.
        replacement: gives our page for a body that cannot be read from its first byte on; None to pass
            such a body as it is (``on_unreadable`` other than ``"block"``).
        watch: is given the decoded bytes before the reader is.

    Attributes:
        error: why it stopped, or None.
    """

    def __init__(
        self,
        reader: Reader,
        decoder: Decoder | None,
        replacement: Callable[[], bytes] | None,
        watch: Callable[[bytes], None] | None = None,
    ) -> None:
        self._reader, self._decoder, self._replacement = reader, decoder, replacement
        self._watch = watch
        self._first = b""
        self._begun = False  # something has left: it is too late for a replacement
        self._raw = False
        self._ahead, self._owed = 0, b""  # what has left before it was read, and what was read but has not left
        self.error: ConsentKitError | None = None

    def catch_up(self, piece: bytes, sent: int) -> None:
        """Reads the first piece of a page of which so many bytes left already, because they were known.

        How much of a piece can leave at once may depend on what is remembered of other pages; which bytes leave in
        all does not.
        """
        self._begun = True
        made = self.feed(piece)
        self._ahead, self._owed = max(0, sent - len(made)), made[sent:]

    def feed(self, data: bytes) -> bytes:
        """Takes bytes as the app sent them and gives those that can leave now."""
        if self._raw:
            return data
        if self.error is not None:
            return b""
        try:
            if self._decoder is not None:
                data = self._decoder.feed(data)
            if not self._begun and len(self._first) < ENCODING_SHOWS:
                self._first += data
            if self._watch is not None:
                self._watch(data)
            return self._left(self._reader.feed(data))
        except UnreadableEncodingError as error:
            return self._unreadable(error)
        except CodingError as error:
            return self._broken(error)

    def finish(self) -> bytes:
        """Ends the body and gives its last bytes."""
        if self._raw or self.error is not None:
            return b""
        try:
            if self._decoder is not None:
                self._decoder.finish()
            return self._left(self._reader.finish())
        except UnreadableEncodingError as error:
            return self._unreadable(error)
        except CodingError as error:
            return self._broken(error)

    def _left(self, data: bytes) -> bytes:
        if data and not self._begun:
            self._begun, self._first = True, b""
        if self._owed:
            data, self._owed = self._owed + data, b""
        if self._ahead:
            data, self._ahead = data[self._ahead :], max(0, self._ahead - len(data))
        return data

    def _unreadable(self, error: UnreadableEncodingError) -> bytes:
        """An encoding shows before anything has left, so that the whole body can be replaced, or passed.

        One that is found later (`Shifts`) ends the body: what was read was rewritten.
        """
        self.error = error
        if self._begun:
            return self._left(b"")
        if self._replacement is not None:
            return self._replacement()
        self._raw = True
        return self._first

    def _broken(self, error: CodingError) -> bytes:
        """The content coding is wrong: what was read was rewritten, and nothing follows."""
        self.error = error
        if not self._begun and self._replacement is not None:
            return self._replacement()
        try:
            return self._left(self._reader.finish())
        except UnreadableEncodingError:  # of XML nobody can tell what the part that is there would do
            return self._left(b"")


class FixedBody:
    """Our own bytes in the place of the app's."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def feed(self, data: bytes) -> bytes:  # noqa: ARG002 (the app's bytes are what must not pass)
        """Takes the app's bytes and gives none."""
        return b""

    def finish(self) -> bytes:
        """Our bytes."""
        return self._body
