"""Decoding of content codings: whole or in pieces, and what happens to bodies that are not what they say."""

from __future__ import annotations

import contextlib
import gzip
import importlib.util
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.headers import coding
from consentkit.headers.coding import CodingError, can_decode, decoder, is_known

needs_codings = pytest.mark.skipif(
    importlib.util.find_spec("brotli") is None or importlib.util.find_spec("zstandard") is None,
    reason="the extra `codings` (brotli, zstandard) is not installed",
)


def encode(name: str, data: bytes) -> bytes:
    """The data in one coding."""
    if name in {"gzip", "x-gzip"}:
        return gzip.compress(data, mtime=0)
    if name == "deflate":
        return zlib.compress(data)
    if name == "br":
        return importlib.import_module("brotli").compress(data)  # type: ignore[no-any-return]
    return importlib.import_module("zstandard").compress(data)  # type: ignore[no-any-return]


def read(value: str | None, body: bytes, step: int | None = None) -> bytes:
    """The body decoded, given whole or `step` bytes at a time."""
    found = decoder(value)
    assert found is not None
    size = step or max(1, len(body))
    out = b"".join(found.feed(body[at : at + size]) for at in range(0, len(body), size))
    found.finish()
    return out


PAGE = b"<!doctype html><title>x</title>" + bytes(range(256)) * 40


@pytest.mark.parametrize("step", [None, 1, 7, 4096])
@pytest.mark.parametrize(
    "name", ["gzip", "x-gzip", "deflate", *[pytest.param(n, marks=needs_codings) for n in ("br", "zstd")]]
)
def test_decodes_each_coding_in_any_pieces(name: str, step: int | None) -> None:
    """A body decodes to the same bytes whole, byte by byte, and in between."""
    assert read(name, encode(name, PAGE), step) == PAGE


@given(
    st.binary(max_size=2000), st.lists(st.sampled_from(["gzip", "deflate", "x-gzip"]), max_size=4), st.integers(1, 500)
)
def test_stacked_codings_round_trip(data: bytes, names: list[str], step: int) -> None:
    """Codings applied one after the other come off in the reverse order."""
    body = data
    for name in names:
        body = encode(name, body)
    assert read(", ".join(names), body, step) == data


@needs_codings
@pytest.mark.parametrize("names", [["gzip", "br"], ["zstd", "gzip"], ["br", "zstd", "deflate"]])
def test_stacked_with_the_extra(names: list[str]) -> None:
    """The codings of the extra stack with the others."""
    body = PAGE
    for name in names:
        body = encode(name, body)
    assert read(",".join(names).upper(), body, 100) == PAGE


def test_bare_deflate() -> None:
    """`deflate` without its zlib framing is read as well, as browsers do."""
    packer = zlib.compressobj(wbits=-15)
    assert read("deflate", packer.compress(PAGE) + packer.flush(), 1) == PAGE


@pytest.mark.parametrize("value", [None, "", "identity", "Identity, identity"])
def test_identity(value: str | None) -> None:
    """No coding changes nothing."""
    assert read(value, PAGE) == PAGE


@pytest.mark.parametrize("value", ["compress", "gzip, dcb", "utf-8", "gzip," * 5])
def test_unknown_codings_have_no_decoder(value: str) -> None:
    """An unknown coding, or too many, cannot be read; the caller decides what then."""
    assert decoder(value) is None
    assert not can_decode(value)


def test_is_known() -> None:
    """What can be undone is known under any case."""
    assert [True, True, True, False] == [is_known(name) for name in ("GZIP", "identity", "deflate", "exi")]


@pytest.mark.parametrize("step", [None, 1, 5])
def test_gzip_members_and_what_follows(step: int | None) -> None:
    """All members count; bytes after the last that are no member are ignored, as browsers do."""
    body = encode("gzip", b"one ") + encode("gzip", b"two")
    assert read("gzip", body, step) == b"one two"
    assert read("gzip", body + b"\0\0\0", step) == b"one two"
    assert read("gzip", body + b"\x1f", step) == b"one two"


@needs_codings
def test_zstd_frames() -> None:
    """All frames count."""
    assert read("zstd", encode("zstd", b"one ") + encode("zstd", b"two"), 3) == b"one two"


@pytest.mark.parametrize("name", ["gzip", "deflate", *[pytest.param(n, marks=needs_codings) for n in ("br", "zstd")]])
@pytest.mark.parametrize("missing", [1, 4, 9, 100])
def test_truncated_bodies_are_errors(name: str, missing: int) -> None:
    """A body that ends early is an error at its end, never a short page in silence."""
    with pytest.raises(CodingError, match="ends before its end"):
        read(name, encode(name, PAGE)[:-missing])


@pytest.mark.parametrize("name", ["gzip", *[pytest.param(n, marks=needs_codings) for n in ("br", "zstd")]])
def test_mislabelled_bodies_are_errors(name: str) -> None:
    """A body in no coding at all is an error that names the field; so is every call after it."""
    found = decoder(name)
    assert found is not None
    with pytest.raises(CodingError, match="Content-Encoding"):
        found.feed(b"<html>plain text, although the head says otherwise" * 3)
    with pytest.raises(CodingError, match="Content-Encoding"):
        found.feed(b"")
    with pytest.raises(CodingError, match="Content-Encoding"):
        found.finish()


@given(st.sampled_from(["gzip", "deflate", "x-gzip"]), st.binary(max_size=300), st.integers(1, 50))
def test_any_bytes_decode_or_are_a_coding_error(name: str, body: bytes, step: int) -> None:
    """Whatever comes, the only exception is `CodingError`."""
    with contextlib.suppress(CodingError):
        read(name, body, step)


@needs_codings
@given(st.sampled_from(["br", "zstd"]), st.binary(max_size=300), st.integers(1, 50))
def test_any_bytes_with_the_extra(name: str, body: bytes, step: int) -> None:
    """The same for the codings of the extra."""
    with contextlib.suppress(CodingError):
        read(name, body, step)


@needs_codings
@given(st.sampled_from(["gzip", "deflate", "br", "zstd"]), st.integers(0, 10_000), st.integers(0, 255))
def test_one_changed_byte(name: str, position: int, byte: int) -> None:
    """A damaged body decodes or is a coding error; nothing else escapes."""
    body = bytearray(encode(name, PAGE))
    body[position % len(body)] = byte
    with contextlib.suppress(CodingError):
        read(name, bytes(body))


@pytest.mark.parametrize("name", ["gzip", "deflate", *[pytest.param(n, marks=needs_codings) for n in ("br", "zstd")]])
def test_bombs_are_defused(name: str) -> None:
    """A body out of proportion is an error long before it is decoded whole."""
    found = decoder(name)
    assert found is not None
    with pytest.raises(CodingError, match="times its size"):
        found.feed(encode(name, bytes(4 * coding.FREE_OUTPUT)))


def test_stacked_bombs_are_defused() -> None:
    """The proportion is taken to what came, whichever layer expands."""
    with pytest.raises(CodingError, match="times its size"):
        read("gzip, gzip", encode("gzip", encode("gzip", bytes(4 * coding.FREE_OUTPUT))))


def test_total_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body in proportion but without end is stopped too."""
    monkeypatch.setattr(coding, "MAX_DECODED", 5000)
    with pytest.raises(CodingError, match="more than 5000 bytes"):
        read("gzip", encode("gzip", PAGE))


def test_small_pages_of_white_space_are_no_bombs() -> None:
    """Up to `FREE_OUTPUT` no proportion is asked for."""
    assert read("gzip", encode("gzip", b" " * coding.FREE_OUTPUT)) == b" " * coding.FREE_OUTPUT


def test_empty_body_is_whole() -> None:
    """No byte at all, as after HEAD, is no truncation."""
    assert read("gzip", b"") == b""


def test_codings_that_are_not_installed() -> None:
    """A coding whose library is missing is unknown, and importing the module says nothing of it."""
    assert coding._optional("no_such_library") is None
