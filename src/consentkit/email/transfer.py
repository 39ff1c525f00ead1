"""One rule: a part is changed in the encoding that it travels in, and only where its content changes (RFC 2045 §6)."""

from __future__ import annotations

import base64
import re
from typing import Final

from consentkit.html.editor import Edit
from consentkit.html.edits import apply_edits

#: Characters of a line of base64 or quoted-printable at most (RFC 2045 §6.7, §6.8).
LINE: Final = 76

_TOKEN: Final = re.compile(rb"=[ \t]*(\r?\n|\Z)|=([0-9A-Fa-f]{2})|([^=]+)|=")


def spliced(encoded: bytes, transfer: str, decoded: bytes, edits: list[Edit]) -> bytes | None:
    """The encoded form of a part after some edits.

    Args:
        encoded: the part's body as it travels.
        transfer: its Content-Transfer-Encoding, lower case.
        decoded: the same, decoded.
        edits: of the decoded form, in order, in ASCII.

    Returns:
        The new body, or None where the part's encoding is none that can be written.
    """
    if transfer in {"", "7bit", "8bit", "binary"}:
        return apply_edits(encoded, len(encoded), edits) if encoded == decoded else None
    if transfer == "base64":
        newline = b"\r\n" if b"\r\n" in encoded else b"\n"
        whole = base64.b64encode(apply_edits(decoded, len(decoded), edits))
        lines = [whole[at : at + LINE] for at in range(0, len(whole), LINE)]
        return newline.join(lines) + (newline if encoded.endswith((b"\n", b"\r")) else b"")
    if transfer == "quoted-printable":
        return _quoted(encoded, decoded, edits)
    return None


def quoted_printable(data: bytes, newline: bytes = b"\n") -> bytes:
    """Any bytes, in lines of at most `LINE` characters."""
    out, line = [], b""
    for piece in (_quoted_byte(byte) for byte in data):
        if len(line) + len(piece) > LINE - 1:
            out.append(line + b"=")
            line = b""
        line += piece
    return newline.join([*out, line])


def _quoted_byte(byte: int) -> bytes:
    return bytes([byte]) if 33 <= byte <= 126 and byte != 61 else b"=%02X" % byte


def _quoted(encoded: bytes, decoded: bytes, edits: list[Edit]) -> bytes | None:
    """The edits made in quoted-printable text; what they leave is left byte for byte."""
    runs: list[tuple[int, int, int, bool]] = []  # (offset decoded, offset encoded, length encoded, literal)
    pieces: list[bytes] = []
    length = 0
    for match in _TOKEN.finditer(encoded):
        if match[1] is not None:
            continue
        piece = bytes([int(match[2], 16)]) if match[2] else match[0]
        runs.append((length, match.start(), match.end() - match.start(), match[2] is None))
        pieces.append(piece)
        length += len(piece)
    if b"".join(pieces) != decoded:
        return None  # broken, or with white space at the ends of lines: it has to be written anew
    newline = b"\r\n" if b"\r\n" in encoded else b"\n"
    out: list[Edit] = []
    index = 0
    for start, end, new in edits:
        while index + 1 < len(runs) and runs[index + 1][0] <= start:
            index += 1
        begin = _encoded_offset(runs, index, start, len(encoded))
        last = index
        while last + 1 < len(runs) and runs[last + 1][0] < end:
            last += 1
        stop = begin if end == start else _encoded_end(runs, last, end)
        written = quoted_printable(new, newline)
        removed = encoded[begin:stop]
        if b"\n" in removed or len(written) > len(removed) or newline in written:
            written = b"=" + newline + (written + b"=" + newline if written else b"")
        elif not written and encoded[stop : stop + 1] in {b"\r", b"\n"} and encoded[begin - 1 : begin] in {b" ", b"\t"}:
            written = b"=" + newline  # a space at the end of a line would get lost
        out.append((begin, stop, written))
    return apply_edits(encoded, len(encoded), out)


def _encoded_offset(runs: list[tuple[int, int, int, bool]], index: int, offset: int, end: int) -> int:
    """Where a decoded byte begins in the encoded text."""
    if not runs or offset >= runs[-1][0] + (runs[-1][2] if runs[-1][3] else 1):
        return end
    at, source, _, literal = runs[index]
    return source + (offset - at if literal else 0)


def _encoded_end(runs: list[tuple[int, int, int, bool]], index: int, end: int) -> int:
    """Where the decoded byte before `end` ends in the encoded text."""
    at, source, length, literal = runs[index]
    return source + (end - at if literal else length)
