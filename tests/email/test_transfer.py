"""A part is changed in the encoding that it travels in."""

from __future__ import annotations

import email
import email.policy
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.email import MailError, clean, clean_bytes
from consentkit.email.transfer import LINE, quoted_printable, spliced
from tests.email.messages import PIXEL, leaves, newsletter


@pytest.mark.parametrize("cte", ["quoted-printable", "base64", "8bit"])
def test_transfer_encodings(cte: str) -> None:
    """In each transfer encoding the part keeps that encoding and its headers, and only what reports back is gone."""
    message = newsletter(cte=cte)
    cleaned = clean(message).message
    for old, new in zip(leaves(message)[:2], leaves(cleaned)[:2], strict=True):
        assert old.items() == new.items()
        content, was = new.get_content(), old.get_content()  # type: ignore[attr-defined]
        assert content == was.replace(PIXEL, "").replace("utm_source=mail&amp;", "").replace("utm_source=mail&", "")
        lines, before = (str(part.get_payload()).splitlines() for part in (new, old))
        longest = max(LINE, *map(len, before))  # the standard library writes two more
        assert all(len(line) <= longest for line in lines) or cte == "8bit"


def test_quoted_printable_stays_around_the_cut() -> None:
    """In quoted-printable the bytes around a change are those that were there, soft line breaks and all."""
    encoded = b"Gr=C3=BC=C3=9Fe =\r\nand =3Cmore=\r\n stuff https://shop.example/?utm_sou=\r\nrce=3Dmail&id=3D7 end=20\r\nlast\r\n"
    message = email.message_from_bytes(
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + encoded
    )
    out, _ = clean_bytes(message.as_bytes(policy=email.policy.compat32.clone(linesep="\r\n")))
    body = out.partition(b"\r\n\r\n")[2]
    assert body.startswith(b"Gr=C3=BC=C3=9Fe =\r\nand =3Cmore=\r\n stuff ")
    assert body.endswith(b" end=20\r\nlast\r\n")
    decoded = email.message_from_bytes(out).get_payload(decode=True)
    assert "Grüße and <more stuff https://shop.example/?id=7 end \r\nlast\r\n".encode() == decoded


@given(st.binary(max_size=300), st.data())
def test_quoted_printable_edits(content: bytes, data: st.DataObject) -> None:
    """Any edit of quoted-printable text decodes to what the same edit of the plain text is."""
    content = content.replace(b"\r", b"").replace(b"\n", b"")
    encoded = quoted_printable(content)
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, len(content)))
    new = data.draw(st.text(alphabet="ab=/?&", max_size=100)).encode()
    out = spliced(encoded, "quoted-printable", content, [(start, end, new)])
    assert out is not None
    part = Message()
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(out.decode("ascii"))
    assert content[:start] + new + content[end:] == part.get_payload(decode=True)


def test_broken_base64_is_read_as_far_as_it_goes() -> None:
    """A pixel in base64 that is broken at its end is found all the same."""
    import base64

    raw = (
        b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(PIXEL.encode() + b"<p>x</p>")
        + b"=\n!"
    )
    out, report = clean_bytes(raw)
    assert report.counts["pixel"]
    content = email.message_from_bytes(out).get_payload(decode=True)
    assert isinstance(content, bytes)
    assert b"t.mail.example" not in content


def test_unknown_transfer_encodings_are_written_anew() -> None:
    """A body in uuencode is read, and written in base64 if it changes."""
    import binascii

    body = f"<p>x</p>{PIXEL[:30]}{PIXEL[30:]}".encode()
    lines = b"".join(binascii.b2a_uu(body[at : at + 45]) for at in range(0, len(body), 45))
    raw = b"Content-Type: text/html\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n" + lines + b"`\nend\n"
    out, report = clean_bytes(raw)
    assert report.counts["pixel"]
    message = email.message_from_bytes(out)
    assert "base64" == message["Content-Transfer-Encoding"]
    assert b"<p>x</p>" == message.get_payload(decode=True)


def test_bytes_that_its_encoding_cannot_have() -> None:
    """A body that says base64 and holds other bytes is refused with a sentence."""
    raw = b"Content-Transfer-Encoding: base64\n\xff\x00https://shop.example/?utm_source=1\n"
    with pytest.raises(MailError, match="travels as base64"):
        clean_bytes(raw)
