"""The body of one answer on its way through: decoded and rewritten, or replaced. A failure never passes unread bytes."""

from __future__ import annotations

from consentkit.headers.coding import CodingError, Decoder
from consentkit.html.rewriter import Rewriter


class RewrittenBody:
    """Decodes, rewrites, and stops where the coding turns out to be wrong (R142, R159).

    Attributes:
        error: why it stopped, or None.
    """

    def __init__(self, rewriter: Rewriter, decoder: Decoder | None) -> None:
        self._rewriter, self._decoder = rewriter, decoder
        self.error: CodingError | None = None

    def feed(self, data: bytes) -> bytes:
        """Takes bytes as the app sent them and gives those that can leave now."""
        if self.error is not None:
            return b""
        if self._decoder is None:
            return self._rewriter.feed(data)
        try:
            return self._rewriter.feed(self._decoder.feed(data))
        except CodingError as error:
            self.error = error
            return self._rewriter.finish()

    def finish(self) -> bytes:
        """Ends the body and gives its last bytes."""
        if self.error is not None:
            return b""
        try:
            if self._decoder is not None:
                self._decoder.finish()
        except CodingError as error:
            self.error = error
        return self._rewriter.finish()


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
