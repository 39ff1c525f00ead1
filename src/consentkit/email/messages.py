"""`clean`: a whole message without what reports back; parts in which there is nothing of it stay byte for byte.

Left alone, and reported: what is signed or encrypted (a change would break it), a message that already has a DKIM
signature, attachments and forwarded messages (they are the reader's files). A message that cannot be read is
refused with a `MailError`: mail that may report back is not sent by mistake.
"""

from __future__ import annotations

import codecs
import copy
import email
import email.policy
from dataclasses import dataclass
from email.message import Message
from typing import Any, Final, TypeVar, cast

from consentkit.email.markup import Markup
from consentkit.email.plaintext import text_edits
from consentkit.email.report import Finding, MailError, Report
from consentkit.email.rules import Rules, rules_for
from consentkit.email.transfer import spliced
from consentkit.errors import UsageError
from consentkit.html.charset import Encoding, UnreadableEncodingError, encoding_of, sniff
from consentkit.html.editor import Edit
from consentkit.html.edits import apply_edits
from consentkit.policy.models import Policy

#: Parts inside of parts. Mail programs make five levels at most; deeper nesting is an attack on whoever reads it.
MAX_DEPTH: Final = 30
#: Parts of one message.
MAX_PARTS: Final = 1_000
#: Bytes of one text, decoded. Mail programs cut newsletters off at a hundredth of it.
MAX_TEXT: Final = 8 << 20

M = TypeVar("M", bound="Message[Any, Any]")

_HTML: Final = frozenset({"text/html", "text/x-amp-html", "text/watch-html", "application/xhtml+xml"})
_TEXT: Final = frozenset({"text/plain", "text/markdown", "text/x-markdown"})
_SEALED: Final = {
    "multipart/signed": "signed",
    "multipart/encrypted": "encrypted",
    "application/pkcs7-mime": "encrypted",
    "application/x-pkcs7-mime": "encrypted",
    "application/pgp-encrypted": "encrypted",
}
_RECEIPTS: Final = ("Disposition-Notification-To", "Return-Receipt-To", "X-Confirm-Reading-To")
_SIGNATURES: Final = ("DKIM-Signature", "ARC-Seal", "ARC-Message-Signature", "X-Google-DKIM-Signature")
_UTF8: Final = Encoding("utf-8", "utf-8", double_byte=False)
_ASCII: Final = bytes(range(32, 127))
_TRANSFER: Final = "Content-Transfer-Encoding"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What `clean` gives.

    Attributes:
        message: the message to send; the very object that was given where nothing had to change.
        report: what was found.
    """

    message: Any
    report: Report


def clean(message: M, *, policy: Policy | None = None, granted: bool = False) -> Cleaned:
    """A message without open pixels, tracked links and link decoration.

    Args:
        message: the message, not yet signed. It is not changed: changed parts are new objects.
        policy: the site's: says what is its own, and what its mail may do.
        granted: whether every recipient of this very message agreed to `policy.email.purpose`: then it stays as it is.

    Returns:
        The cleaned message, and what was found.

    Raises:
        MailError: if it cannot be read.
        UsageError: if something is granted that the policy does not ask for.
    """
    report = Report()
    if _may_track(policy, granted=granted):
        return Cleaned(message, report)
    for name in _RECEIPTS:
        if message[name] is not None:
            report.add(Finding("receipt", name, removed=False))
    if signature := next((name for name in _SIGNATURES if message[name] is not None), None):
        report.add(Finding("signed", signature, removed=False))
        return Cleaned(message, report)
    return Cleaned(_Walk(rules_for(policy), report).part(message, "", 0), report)


def clean_bytes(raw: bytes, *, policy: Policy | None = None, granted: bool = False) -> tuple[bytes, Report]:
    """The same for a message as it travels (RFC 5322): what does not change stays byte for byte, headers and all.

    The arguments and the errors are those of `clean`.
    """
    try:
        message = email.message_from_bytes(raw, policy=email.policy.compat32)
    except RecursionError:
        raise MailError(f"the message has parts more than {MAX_DEPTH} deep in each other; send it in fewer") from None
    cleaned = clean(message, policy=policy, granted=granted)
    if cleaned.message is message:
        return raw, cleaned.report
    return _in_place(raw, message, cleaned.message), cleaned.report


def clean_html(html: str, *, policy: Policy | None = None, granted: bool = False) -> tuple[str, Report]:
    """The same for an HTML body alone, for frameworks that keep bodies apart.

    The arguments and the errors are those of `clean`.
    """
    report = Report()
    if _may_track(policy, granted=granted):
        return html, report
    data = html.encode("utf-8", "surrogatepass")
    _check_size(data, "")
    _check_nul(data, "")
    cleaned = Markup(rules_for(policy), _UTF8, report).clean(data)
    return (html if cleaned is data else cleaned.decode("utf-8", "surrogatepass")), report


def clean_text(text: str, *, policy: Policy | None = None, granted: bool = False) -> tuple[str, Report]:
    """The same for a plain text.

    The arguments and the errors are those of `clean`.
    """
    report = Report()
    if _may_track(policy, granted=granted):
        return text, report
    data = text.encode("utf-8", "surrogatepass")
    _check_size(data, "")
    edits = text_edits(data, rules_for(policy), report)
    return (apply_edits(data, len(data), edits).decode("utf-8", "surrogatepass") if edits else text), report


def _may_track(policy: Policy | None, *, granted: bool) -> bool:
    if granted and policy is not None and (policy.email is None or policy.email.tracking != "individual"):
        declared = "nothing of mail" if policy.email is None else f'`email.tracking = "{policy.email.tracking}"`'
        raise UsageError(
            f"nobody can have agreed to being tracked: the policy declares {declared}; leave out `granted`, or declare "
            '`email.tracking = "individual"` with a purpose that a form asks for'
        )
    return granted


class _Walk:
    """Goes through the parts of one message."""

    def __init__(self, rules: Rules, report: Report) -> None:
        self._rules, self._report = rules, report
        self._parts = 0

    def part(self, part: Message[Any, Any], where: str, depth: int) -> Message[Any, Any]:
        """The part without what reports back: the same object where there is nothing of it."""
        self._parts += 1
        if self._parts > MAX_PARTS or depth > MAX_DEPTH:
            raise MailError(
                f"the message has more than {MAX_PARTS} parts, or parts {MAX_DEPTH} deep in each other, and was "
                "not read; send it in fewer"
            )
        for name in ("Content-Type", "Content-Transfer-Encoding"):
            if len(part.get_all(name, [])) > 1:
                raise MailError(
                    f"part {where or '1'} has {name} twice, so mail programs differ in what they read; give it once"
                )
        kind = part.get_content_type()
        if sealed := _SEALED.get(kind):
            self._report.add(Finding(sealed, kind, part=where, removed=False))  # type: ignore[arg-type]
            return part
        if part.get_content_maintype() == "message" or part.get_content_disposition() == "attachment":
            if kind in _HTML or part.get_content_maintype() == "message":
                self._report.add(Finding("attachment", kind, part=where, removed=False))
            return part
        if part.get_content_maintype() == "multipart":
            return self._container(part, where, depth)
        if kind in _HTML or kind in _TEXT:
            return self._text(part, where, html=kind in _HTML)
        return part

    def _container(self, part: Message[Any, Any], where: str, depth: int) -> Message[Any, Any]:
        children = part.get_payload()
        if not isinstance(children, list):
            if not children:
                return part
            raise MailError(
                f"part {where or '1'} says that it has parts ({part.get_content_type()}), and none can be found in it; "
                "its boundary is missing or wrong"
            )
        prefix = f"{where}." if where else ""
        cleaned = [self.part(child, f"{prefix}{number}", depth + 1) for number, child in enumerate(children, 1)]
        if all(new is old for new, old in zip(cleaned, children, strict=True)):
            return part
        out = copy.copy(part)
        out.set_payload(cast("list[Message[str, str] | str]", cleaned))
        return out

    def _text(self, part: Message[Any, Any], where: str, *, html: bool) -> Message[Any, Any]:
        decoded = part.get_payload(decode=True)
        if not isinstance(decoded, bytes):
            return part  # no body at all
        _check_size(decoded, where)
        edits, content = self._edits(part, decoded, where, html=html)
        if not edits:
            return part
        transfer = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
        out = copy.copy(part)
        if content is None:
            body = spliced(_travelling(part, transfer, decoded), transfer, decoded, edits)
            if body is not None:
                out.set_payload(body.decode("ascii", "surrogateescape"))
                return out
            content = apply_edits(decoded, len(decoded), edits)
        elif transfer in {"", "7bit", "8bit", "binary"} and (content.isascii() or transfer in {"8bit", "binary"}):
            out.set_payload(content.decode("ascii", "surrogateescape"))
            return out
        elif transfer == "base64":
            body = spliced(_travelling(part, transfer, decoded), transfer, content, [])
            out.set_payload((body or b"").decode("ascii"))
            return out
        return _written_anew(out, content)

    def _edits(
        self, part: Message[Any, Any], decoded: bytes, where: str, *, html: bool
    ) -> tuple[list[Edit], bytes | None]:  # fmt: skip
        """The edits of a body; and the body after them where it had to be read in another encoding."""
        label = part.get_content_charset()
        try:
            encoding = _encoding(decoded, label, html=html)
        except UnreadableEncodingError as error:
            codec = _codec(error.encoding if error.encoding != "replacement" else label or "", where)
            try:
                utf8 = decoded.decode(codec).encode("utf-8")
                edits = self._found(utf8, _UTF8, where, html=html)
                return edits, apply_edits(utf8, len(utf8), edits).decode("utf-8").encode(codec)
            except UnicodeError as broken:
                raise MailError(
                    f"part {where or '1'} is not in {codec}, as it says ({broken}); send it in UTF-8"
                ) from broken
        return self._found(decoded, encoding or _UTF8, where, html=html), None

    def _found(self, data: bytes, encoding: Encoding, where: str, *, html: bool) -> list[Edit]:
        if html:
            _check_nul(data, where)
            return Markup(self._rules, encoding, self._report, part=where).edits(data)
        return text_edits(data, self._rules, self._report, part=where)


def _encoding(data: bytes, label: str | None, *, html: bool) -> Encoding | None:
    """Of a body: HTML may say it itself; a byte order mark wins; None where nothing says it.

    Raises:
        UnreadableEncodingError: if its ASCII is not ASCII.
    """
    if label is not None and encoding_of(label) is None and _odd(label):
        raise UnreadableEncodingError(label)
    if html:
        return sniff(data, label, final=True)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableEncodingError("utf-16le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-16be")
    return encoding_of(label) if label is not None else None


def _odd(label: str) -> bool:
    """Whether a label that browsers do not know means an encoding in which ASCII is not ASCII, as UTF-7 and EBCDIC are.

    Some mail programs read them, and then the markup is not where it seems to be.
    """
    try:
        return _ASCII.decode(label, "replace") != _ASCII.decode("ascii")
    except (LookupError, UnicodeError):
        return False


def _codec(label: str, where: str) -> str:
    try:
        return {"utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}.get(label) or codecs.lookup(label).name
    except LookupError:
        raise MailError(f"part {where or '1'} is in '{label}', which cannot be read here; send it in UTF-8") from None


def _travelling(part: Message[Any, Any], transfer: str, decoded: bytes) -> bytes:
    """A part's body as it travels."""
    if transfer not in {"base64", "quoted-printable"}:
        return decoded
    payload = part.get_payload()
    try:
        return payload.encode("ascii", "surrogateescape") if isinstance(payload, str) else decoded
    except UnicodeEncodeError:  # the standard library has put signs of replacement there
        raise MailError(
            f"a part says that it travels as {transfer}, and holds bytes beyond ASCII, which that has not; "
            "programs differ in what they read, so send it encoded as it says"
        ) from None


def _written_anew(part: Message[Any, Any], content: bytes) -> Message[Any, Any]:
    """The part with another body, in base64: for encodings that cannot be changed in place."""
    del part["Content-Transfer-Encoding"]
    part["Content-Transfer-Encoding"] = "base64"
    whole = spliced(b"\n", "base64", content, [])
    part.set_payload((whole or b"").decode("ascii"))
    return part


def _check_size(data: bytes, where: str) -> None:
    if len(data) > MAX_TEXT:
        raise MailError(
            f"part {where or '1'} is a text of {len(data):,} bytes, of which at most {MAX_TEXT:,} are read; "
            "send it as a file"
        )


def _check_nul(data: bytes, where: str) -> None:
    if b"\0" in data:
        raise MailError(
            f"part {where or '1'} has a NUL in it, which RFC 5322 forbids: mail programs that drop it read other "
            "tags than those that leave it; take it out"
        )


def _in_place(raw: bytes, before: Message[Any, Any], after: Message[Any, Any]) -> bytes:
    """The changed bodies put where the old ones stand."""
    out: list[bytes] = []
    done = 0
    for old, new in zip(before.walk(), after.walk(), strict=True):
        if old.is_multipart():
            continue
        body = _body(old)
        at = raw.find(body, done) if body else done
        rewritten = old is not new and old.get_all(_TRANSFER) != new.get_all(_TRANSFER)
        if at < 0 or rewritten:
            return _generated(raw, after)
        out.append(raw[done:at])
        out.append(body if old is new else _body(new))
        done = at + len(body)
    out.append(raw[done:])
    joined = b"".join(out)
    again = email.message_from_bytes(joined, policy=email.policy.compat32)
    if [_body(part) for part in again.walk() if not part.is_multipart()] != [
        _body(part) for part in after.walk() if not part.is_multipart()
    ]:
        return _generated(raw, after)
    return joined


def _generated(raw: bytes, message: Message[Any, Any]) -> bytes:
    """The message as the standard library writes it, with the line ends that it had."""
    newline = "\r\n" if b"\r\n" in raw else "\n"
    return message.as_bytes(
        policy=email.policy.compat32.clone(mangle_from_=False, max_line_length=None, linesep=newline)
    )  # fmt: skip


def _body(part: Message[Any, Any]) -> bytes:
    transfer = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    decoded = part.get_payload(decode=True)
    return _travelling(part, transfer, decoded) if isinstance(decoded, bytes) else b""
