"""Whole messages: parts that do not change stay byte for byte, and what cannot be read is not sent."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.email import MailError, clean, clean_bytes, clean_html, clean_text
from consentkit.email.messages import MAX_DEPTH, MAX_PARTS, MAX_TEXT
from consentkit.email.transfer import quoted_printable
from consentkit.errors import UsageError
from tests.email.messages import HERO, PIXEL, leaves, newsletter
from tests.policies import make_policy, purpose

TRACKING = make_policy(
    purposes=[purpose("mail-tracking", asked="form")],
    services=[],
    email={"tracking": "individual", "purpose": "mail-tracking", "text": "Only with consent."},
)
NONE = make_policy(email={"tracking": "none", "text": "Never."})


def test_a_whole_newsletter() -> None:
    """Text and HTML are cleaned; the picture inside and the file attached are the very objects they were."""
    message = newsletter()
    before = message.as_bytes()
    cleaned = clean(message)
    assert before == message.as_bytes()
    old, new = leaves(message), leaves(cleaned.message)
    assert [False, False, True, True] == [a is b for a, b in zip(old, new, strict=True)]
    assert "https://shop.example/new?id=7." in new[0].get_content()  # type: ignore[attr-defined]
    html = new[1].get_content()  # type: ignore[attr-defined]
    assert PIXEL not in html
    assert HERO in html
    assert "utm_source" not in html
    assert {"pixel": 1, "parameter": 2} == dict(cleaned.report.counts)
    assert {"1.1", "1.2.1"} == {finding.part for finding in cleaned.report.removed}
    assert list(message.items()) == list(cleaned.message.items())
    assert clean(cleaned.message).message is cleaned.message


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "iso-8859-15"])
def test_charsets(charset: str) -> None:
    """The part stays in its own charset, and every character is what it was."""
    message = EmailMessage()
    message.set_content(
        f"<p>Größe – é</p>{PIXEL}" if charset in {"utf-8", "windows-1252"} else f"<p>Größe é</p>{PIXEL}",
        subtype="html",
        charset=charset,
    )
    new = clean(message).message
    assert charset == new.get_content_charset()
    assert message.get_content().replace(PIXEL, "") == new.get_content()


@pytest.mark.parametrize(("charset", "text"), [
    ("iso-2022-jp", "こんにちは"), ("utf-16", "Grüße"), ("utf-16-le", "Grüße"), ("utf-7", "Grüße"), ("shift_jis", "ソース表"), ("gb18030", "你好"),
    ("koi8-r", "Привет"), ("euc-kr", "안녕"),
])  # fmt: skip
@pytest.mark.parametrize("cte", ["base64", "quoted-printable"])
def test_odd_charsets(charset: str, text: str, cte: str) -> None:
    """Encodings in which tags cannot be seen are read as what they are; nothing hides in them, and the text stays."""
    import base64

    body = (f"<p>{text}</p>" + PIXEL).encode(charset)
    encoded = base64.encodebytes(body) if cte == "base64" else quoted_printable(body)
    raw = f'Content-Type: text/html; charset="{charset}"\nContent-Transfer-Encoding: {cte}\n\n'.encode() + encoded
    out, report = clean_bytes(raw)
    part = email.message_from_bytes(out)
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert f"<p>{text}</p>" == content.decode(charset).strip("\n")
    assert 1 == report.counts["pixel"]


def test_seven_bit_japanese_stays_as_it_travels() -> None:
    """Japanese mail in seven bits keeps its transfer encoding, and every byte but the pixel's."""
    raw = (
        b"From: a@b.example\r\nContent-Type: text/html; charset=ISO-2022-JP\r\n\r\n<p>\x1b$B$3$s\x1b(B</p>"
        + PIXEL.encode()
        + b"\r\n"
    )
    assert raw.replace(PIXEL.encode(), b"") == clean_bytes(raw)[0]


@pytest.mark.parametrize(("label", "body"), [
    ("iso-2022-jp", b"<p>\x1b$B$\xff\xff</p>"), ("utf-16", b"<p>odds"), ("hz-gb-2312", b"~{\xff\xfe~}"),
])  # fmt: skip
def test_charset_lies_are_refused(label: str, body: bytes) -> None:
    """A text that is not in the encoding that it claims, where only that encoding would show its tags, is not sent."""
    raw = f"Content-Type: text/html; charset={label}\nContent-Transfer-Encoding: 8bit\n\n".encode() + body
    with pytest.raises(MailError, match="send it in UTF-8"):
        clean_bytes(raw)


@pytest.mark.parametrize(
    ("label", "codec"), [("utf-8", "latin-1"), ("us-ascii", "utf-8"), ("x-no-such", "utf-8"), ("", "utf-8")]
)
def test_harmless_lies(label: str, codec: str) -> None:
    """Where the syntax of HTML is ASCII in any case, a wrong label hides nothing and changes nothing."""
    body = f"<p>Größe</p>{PIXEL}".encode(codec)
    raw = f"Content-Type: text/html; charset={label}\nContent-Transfer-Encoding: 8bit\n\n".encode() + body
    assert raw.replace(PIXEL.encode(), b"") == clean_bytes(raw)[0]


RAW = (
    b"Received: by mx.example;  Mon\r\n\tlate\r\nFrom:  =?utf-8?q?Br=C3=BC?=   <a@b.example>\r\nSubject: odd   spaces \r\nX-Long: "
    + b"x" * 200
    + b'\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary="=_b 1"\r\n\r\npreamble\r\n--=_b 1  \r\n'
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n--=_b 1\r\nContent-Type:text/html\r\nContent-Transfer-Encoding:BASE64\r\n\r\n"
    b"PHA+\r\nYTwvcD4=\r\n\r\n--=_b 1\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\x00\xff\r\n"
    b"--=_b 1--\r\nepilogue \r\n"
)


def test_bytes_around_a_change_stay() -> None:
    """Of a message as it travels only the changed place differs: headers, boundaries, preamble and all else stay."""
    dirty = RAW % b"See https://shop.example/?utm_source=1&a=2 there"
    out, report = clean_bytes(dirty)
    assert RAW % b"See https://shop.example/?a=2 there" == out
    assert ["utm_source"] == [finding.what for finding in report.removed]
    assert out == clean_bytes(out)[0]


def test_clean_bytes_stay_the_same_object() -> None:
    """Where there is nothing to remove the very bytes given come back."""
    raw = RAW % b"Nothing here"
    assert raw is clean_bytes(raw)[0]


def test_granted_is_identical() -> None:
    """For a recipient who agreed the message is the very object it was, trackers and all."""
    message = newsletter()
    assert clean(message, policy=TRACKING, granted=True).message is message
    raw = message.as_bytes()
    assert raw is clean_bytes(raw, policy=TRACKING, granted=True)[0]


@pytest.mark.parametrize(
    "policy", [NONE, make_policy(), make_policy(email={"tracking": "aggregate", "text": "Totals."})]
)
def test_nothing_can_be_granted_that_is_not_asked_for(policy: Any) -> None:
    """Granting what the policy denies to do is a mistake of the program, in each way of calling."""
    for call in (
        lambda: clean(newsletter(), policy=policy, granted=True),
        lambda: clean_bytes(b"\n", policy=policy, granted=True),
        lambda: clean_html("", policy=policy, granted=True),
        lambda: clean_text("", policy=policy, granted=True),
    ):
        with pytest.raises(UsageError, match="nobody can have agreed"):
            call()


@pytest.mark.parametrize(("kind", "told"), [
    ('multipart/signed; protocol="application/pkcs7-signature"; boundary=b', "signed"), ("multipart/encrypted; boundary=b", "encrypted"),
    ("application/pkcs7-mime; smime-type=enveloped-data", "encrypted"), ("application/x-pkcs7-mime", "encrypted"),
])  # fmt: skip
def test_sealed_parts_are_left_alone(kind: str, told: str) -> None:
    """What is signed or encrypted would break: it stays, and the report says that it was not looked into."""
    raw = f"Content-Type: {kind}\n\n--b\nContent-Type: text/html\n\n{PIXEL}\n--b--\n".encode()
    out, report = clean_bytes(raw)
    assert raw is out
    assert [told] == [finding.kind for finding in report.left]


def test_signed_messages_are_left_alone() -> None:
    """A message with a DKIM signature stays as it is: clean it before it is signed."""
    message = newsletter()
    message["DKIM-Signature"] = "v=1; a=rsa-sha256; d=brightwash.example; s=a; h=from; b=x"
    cleaned = clean(message)
    assert cleaned.message is message
    assert ["DKIM-Signature"] == [finding.what for finding in cleaned.report.left]


def test_attachments_are_the_readers() -> None:
    """An attached page and a forwarded message are files: they stay, and are told of."""
    message = newsletter(html="<p>x</p>\n", text="x\n")
    message.add_attachment(PIXEL, subtype="html", filename="page.html")
    message.add_attachment(newsletter())
    cleaned = clean(message)
    assert cleaned.message is message
    assert ["text/html", "message/rfc822"] == [finding.what for finding in cleaned.report.left]


def test_receipts_are_told() -> None:
    """A request for a receipt stays, for the mail program asks its reader; the report tells of it."""
    message = newsletter()
    message["Disposition-Notification-To"] = "news@brightwash.example"
    assert ["receipt"] == [finding.kind for finding in clean(message).report.left]


def test_many_parts_are_refused() -> None:
    """Too many parts, and parts too deep in each other, are refused by name of the limit."""
    wide = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * (MAX_PARTS + 1) + b"--b--\n"
    with pytest.raises(MailError, match="more than 1000 parts"):
        clean_bytes(wide)
    deep = b""
    for level in range(MAX_DEPTH + 3):
        deep += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level)
    with pytest.raises(MailError, match=f"{MAX_DEPTH} deep"):
        clean_bytes(deep + b"\nx\n")


def test_huge_texts_are_refused() -> None:
    """A text beyond the limit is refused, in each way of calling; a file of that size is none of our business."""
    huge = "x" * (MAX_TEXT + 1)
    message = EmailMessage()
    message.set_content(huge)
    for call in (lambda: clean(message), lambda: clean_html(huge), lambda: clean_text(huge)):
        with pytest.raises(MailError, match="8,388,608"):
            call()
    message = newsletter()
    message.add_attachment(huge.encode(), "text", "csv", filename="a.csv")
    clean(message)


@pytest.mark.parametrize("raw", [
    b"Content-Type: multipart/mixed\n\n--b\nContent-Type: text/html\n\n<img src=https://emltrk.com/x>\n--b--\n",
    b"Content-Type: text/plain\nContent-Type: text/html\n\n<img src=https://emltrk.com/x>\n",
    b"Content-Type: text/html\nContent-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\nPGltZz4=\n",
    b"Content-Type: text/html\n\n<img\0src=https://emltrk.com/x>\n",
])  # fmt: skip
def test_ambiguous_messages_are_refused(raw: bytes) -> None:
    """A message that mail programs read differently is not sent: missing boundaries, fields given twice."""
    with pytest.raises(MailError):
        clean_bytes(raw)


@pytest.mark.parametrize("raw", [
    b"", b"\n", b"no header at all", b"Content-Type: text/html\n\n", b'Content-Type: text/html; charset="\n\nx', b"Content-Type: ;;\n\nx",
    b"Content-Type: multipart/alternative; boundary=b\n\n--b\n", b"Content-Type: multipart/alternative; boundary=b\n\n",
    b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n!!!\n", b"Content-Type: text/html\nContent-Transfer-Encoding: x-unknown\n\n<p>\n",
    b"\xff\xfe: \x00\n\n\xff", b"Subject: =?utf-8?q?=ZZ?=\nContent-Type: text/html\n\n<a href=",
])  # fmt: skip
def test_malformed_messages(raw: bytes) -> None:
    """Broken headers and bodies without anything in them go through as they are, without an error."""
    assert raw == clean_bytes(raw)[0]


def test_amp_is_html() -> None:
    """The AMP form of a message is cleaned as well."""
    raw = b"Content-Type: text/x-amp-html\n\n<amp-pixel src=https://q.example/p></amp-pixel>"
    assert 1 == clean_bytes(raw)[1].counts["pixel"]


@given(st.lists(st.sampled_from([
    b"Content-Type: text/html\n", b"Content-Type: multipart/mixed; boundary=b\n", b"Content-Transfer-Encoding: base64\n", b"\n", b"--b\n", b"--b--\n",
    b"Content-Transfer-Encoding: quoted-printable\n", PIXEL.encode() + b"\n", b"=3D=\n", b"text\r\n", b"\xff\x00", b"Content-Type: text/plain; charset=utf-7\n",
    b"https://shop.example/?utm_source=1\n", b"<a href=https://shop.example/?utm_source=3D1>", b"From: x\n", b"Content-Disposition: attachment\n",
]), max_size=16).map(b"".join))  # fmt: skip
def test_any_message(raw: bytes) -> None:
    """Whatever a message is made of: it is refused with a sentence, or cleaned so that nothing is left to clean."""
    try:
        out, _ = clean_bytes(raw)
    except MailError:
        return
    again, report = clean_bytes(out)
    assert out == again
    assert [] == report.removed


@pytest.mark.parametrize("text", [
    "<!--[if x]>" * 100_000, "<img style='" + "width:1px; " * 50_000 + "' src=https://q.example/>", "https://q.example/" + ")" * 500_000,
    ("https://q.example/" + "(" * 8_000 + ")" * 8_000 + " ") * 50, "<img src='https://q.example/r/" + "1/r/" * 100_000 + "'>",
    "<a href='https://q.example/?" + "utm_source=1&" * 60_000 + "'>", "<td background='https://q.example/?" + ";" * 300_000 + "=1'>",
    "https://www.google.com/url?q=" * 400, "<style>" + "@import url(https://q.example/x);" * 10_000, "&" * 500_000 + "<img src=https://emltrk.com/x>",
    "<img src=https://emltrk.com/x>" * 10_000, "<![if x]><!--[if y]><![endif]-->" * 10_000,
    "<a href='https://a.example/?" + "/email/open.gif" * 20_000 + "'>", "<img style='" + "display:" + " " * 300_000 + "x'>",
])  # fmt: skip
@pytest.mark.parametrize("cte", ["8bit", "quoted-printable"])
def test_bombs_fizzle(text: str, cte: str) -> None:
    """Texts made to keep a machine busy are done with like others: the work grows with the text, not with its square."""
    message = EmailMessage()
    message.set_content(text, subtype="html", cte=cte)
    clean(message)
    clean_text(text)


def test_parts_beyond_the_parser_are_refused() -> None:
    """So many levels that the standard library gives up are a sentence, too."""
    levels = range(3_000)
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in levels)
    with pytest.raises(MailError, match="deep"):
        clean_bytes(deep + b"\nx\n")
