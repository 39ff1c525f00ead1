"""Content codings undone piece by piece, within limits (R142).

The app is asked for identity in navigations (`headers.caching`); what comes encoded all the same is decoded
here, rewritten, and sent as identity. Known are `gzip` (and its old name `x-gzip`), `deflate` in both
framings that servers send, and with the extra `codings` also `br` and `zstd`; stacked codings are undone
from the last to the first. What is truncated, mislabelled or out of proportion is a `CodingError`:
the caller then does as the policy's `on_unreadable` says.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from consentkit.errors import ConsentKitError
from consentkit.http import list_items

MAX_CODINGS = 4
"""Stacked in one answer. Two happen by accident (a compressor behind a compressor); more is an attack."""
PIECE = 64 * 1024
"""Bytes decoded at a time, so that a bomb is noticed after one piece and not after it has gone off."""
ZSTD_SLICE = 256
"""Bytes given to the zstd decoder at a time. It takes no limit for its output, and a block of 4 bytes can
hold 128 KiB: so at most 8 MiB come at once."""
ZSTD_WINDOW = 8 * 1024 * 1024
"""The largest window that HTTP allows a zstd encoder (RFC 9659)."""
FREE_OUTPUT = 1024 * 1024
"""Up to so many decoded bytes no proportion is asked for: small pages of white space are harmless."""
MAX_RATIO = 250
"""Decoded bytes for each encoded one. Real pages stay below 20, generated tables below 100; gzip can reach 1,032,
brotli and zstd far more."""
MAX_DECODED = 256 * 1024 * 1024
"""Decoded bytes in one answer. No page that a person reads comes near."""


class CodingError(ConsentKitError):
    """A body is not what its Content-Encoding says, or is not whole, or is a decompression bomb."""


def _optional(module: str) -> Any:
    """A module of the extra `codings`, or None where it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


brotli, zstandard = _optional("brotli"), _optional("zstandard")


class _Stage(Protocol):
    """Undoes one coding."""

    def decode(self, data: bytes) -> Iterator[bytes]:
        """The bytes that follow from these, in pieces."""

    def is_whole(self) -> bool:
        """Whether the coding's own end has been seen."""


class _Gzip:
    """Any number of members (RFC 1952 §2.2); what follows the last one is ignored, as browsers do."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(_GZIP)
        self._held = b""
        self._ignoring = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        data, self._held = self._held + data, b""
        while data and not self._ignoring:
            if self._inner.eof:
                if len(data) < len(_GZIP_MAGIC):
                    self._held = data
                    return
                if not data.startswith(_GZIP_MAGIC):
                    self._ignoring = True
                    return
                self._inner = zlib.decompressobj(_GZIP)
            yield from _inflate(self._inner, data)
            data = self._inner.unused_data

    def is_whole(self) -> bool:
        return self._inner.eof


class _Deflate:
    """The zlib framing that the name means (RFC 9110 §8.4.1.2), or the bare stream that servers send as well."""

    def __init__(self) -> None:
        self._inner: Any = None
        self._held = b""

    def decode(self, data: bytes) -> Iterator[bytes]:
        if self._inner is None:
            data, self._held = self._held + data, self._held + data
            if len(data) < 2:
                return
            framed = data[0] & 0x0F == 8 and int.from_bytes(data[:2]) % 31 == 0  # RFC 1950 §2.2
            self._inner = zlib.decompressobj(zlib.MAX_WBITS if framed else -zlib.MAX_WBITS)
            self._held = b""
        if not self._inner.eof:
            yield from _inflate(self._inner, data)

    def is_whole(self) -> bool:
        return self._inner is not None and self._inner.eof


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Decompressor()

    def decode(self, data: bytes) -> Iterator[bytes]:
        while True:
            out = self._inner.process(data, output_buffer_limit=PIECE)
            data = b""
            if not out and self._inner.can_accept_more_data():
                return
            yield out
            if self._inner.is_finished():
                return

    def is_whole(self) -> bool:
        return bool(self._inner.is_finished())


class _Zstd:
    """Any number of frames (RFC 8878 §3.1)."""

    def __init__(self) -> None:
        self._context = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
        self._inner = self._context.decompressobj()

    def decode(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), ZSTD_SLICE):
            rest = data[start : start + ZSTD_SLICE]
            while rest:
                if self._inner.eof:
                    self._inner = self._context.decompressobj()
                yield self._inner.decompress(rest)
                rest = self._inner.unused_data

    def is_whole(self) -> bool:
        return bool(self._inner.eof)


_GZIP = 16 + zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"
_STAGES: dict[str, Callable[[], _Stage]] = {"gzip": _Gzip, "x-gzip": _Gzip, "deflate": _Deflate}
_ERRORS: tuple[type[Exception], ...] = (zlib.error,)
# Before 1.2 the binding decodes whatever a few bytes expand to in one go, without a limit.
if brotli is not None and hasattr(brotli.Decompressor, "can_accept_more_data"):
    _STAGES["br"] = _Brotli
    _ERRORS = (*_ERRORS, brotli.error)
if zstandard is not None:
    _STAGES["zstd"] = _Zstd
    _ERRORS = (*_ERRORS, zstandard.ZstdError)


class Decoder:
    """Undoes the codings of one body. After an error every further call is the same error."""

    def __init__(self, codings: list[str]) -> None:
        """Prepare for the codings, in the order in which they were applied; each is known."""
        self._name = ", ".join(codings)
        self._stages = [_STAGES[coding]() for coding in reversed(codings)]
        self._sizes = [0] * (len(self._stages) + 1)  # bytes given to each stage, and given out by the last
        self._error: CodingError | None = None

    def feed(self, data: bytes) -> bytes:
        """Take bytes of the body as it came and give the decoded bytes that follow from them.

        Raises:
            CodingError: if they are not of this coding, or expand beyond the limits.
        """
        if self._error is not None:
            raise self._error
        out = bytearray()
        try:
            for start in range(0, len(data), PIECE):
                for decoded in self._through(data[start : start + PIECE], 0):
                    out += decoded
        except _ERRORS as error:
            self._error = CodingError(f"the body is not {self._name}, as its Content-Encoding says: {error}")
            raise self._error from error
        except CodingError as error:
            self._error = error
            raise
        return bytes(out)

    def finish(self) -> None:
        """Say that the body has ended.

        Raises:
            CodingError: if its coding had not.
        """
        if self._error is None and not all(
            stage.is_whole() for stage, fed in zip(self._stages, self._sizes, strict=False) if fed
        ):
            self._error = CodingError(f"the body, {self._name} by its Content-Encoding, ends before its end")
        if self._error is not None:
            raise self._error

    def _through(self, data: bytes, at: int) -> Iterator[bytes]:
        """The data through the stages from this one on, piece by piece, so that little is held at once."""
        self._sizes[at] += len(data)
        self._check(self._sizes[at])
        if at == len(self._stages):
            yield data
            return
        for piece in self._stages[at].decode(data):
            if piece:
                yield from self._through(piece, at + 1)

    def _check(self, decoded: int) -> None:
        if decoded > MAX_DECODED:
            raise CodingError(f"the body decodes to more than {MAX_DECODED} bytes; it was not decoded further")
        if decoded > FREE_OUTPUT and decoded > MAX_RATIO * self._sizes[0]:
            raise CodingError(f"the body decodes to more than {MAX_RATIO} times its size; it was not decoded further")


def _inflate(inner: Any, data: bytes) -> Iterator[bytes]:
    while True:
        out = inner.decompress(data, PIECE)
        yield out
        data = inner.unconsumed_tail
        if inner.eof or (not data and len(out) < PIECE):
            return


def is_known(coding: str) -> bool:
    """Whether one content coding can be undone here; `identity` is no coding."""
    name = coding.lower()
    return name in _STAGES or name == "identity"


def can_decode(content_encoding: str | None) -> bool:
    """Whether every coding in a Content-Encoding field is known, and no more are stacked than `MAX_CODINGS`."""
    codings = _codings(content_encoding)
    return len(codings) <= MAX_CODINGS and all(is_known(coding) for coding in codings)


def decoder(content_encoding: str | None) -> Decoder | None:
    """The decoder for a Content-Encoding field.

    Args:
        content_encoding: the field's value, several joined with commas; None if there was none.

    Returns:
        A decoder (for identity one that changes nothing), or None where it is not one that `can_decode`.
    """
    return Decoder(_codings(content_encoding)) if can_decode(content_encoding) else None


def _codings(content_encoding: str | None) -> list[str]:
    """The codings in the order in which they were applied, without `identity`."""
    return [name for item in list_items(content_encoding or "") if (name := item.lower()) != "identity"]
