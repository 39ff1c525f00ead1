"""The addresses that a mail of the site's own carries."""

from __future__ import annotations

import copy
import email.policy
import hashlib
import re
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest

from consentkit.email import MailLinks, clean
from consentkit.errors import UsageError
from tests.email.letters import LINKS, NOW, POLICY, SECRET
from tests.policies import make_policy, purpose


def random_text(length: int) -> str:
    """Hexadecimal digits that no compression makes short."""
    return "".join(hashlib.sha256(bytes([number])).hexdigest() for number in range(length // 64 + 1))


# --- one click


@pytest.mark.parametrize(
    "policy", [email.policy.default, email.policy.SMTP, email.policy.compat32, email.policy.SMTPUTF8]
)
def test_fields_travel_whole(policy: Any) -> None:
    """However the standard library writes the message, also a copy of it, the address stands unbroken, not encoded."""
    reader = "reader:0123456789abcdef0123456789abcdef"
    headers = LINKS.headers(reader, ["letter"], now=NOW)
    assert len(headers["List-Unsubscribe"]) > 100
    message = EmailMessage()
    LINKS.add_headers(message, reader, ["letter"], now=NOW)
    LINKS.add_headers(message, reader, ["letter"], now=NOW)
    message.set_content("See https://shop.example/?utm_source=1")
    for each in (message, copy.copy(message), copy.deepcopy(message), clean(message).message):
        # The oldest policy begins a new line before the address, which it may.
        lines = re.sub(rb":[ \r\n]+", b": ", each.as_bytes(policy=policy)).splitlines()
        for name, value in headers.items():
            assert 1 == lines.count(f"{name}: {value}".encode())


def test_a_field_has_its_length() -> None:
    """So many purposes that the line would be too long are refused."""
    names = [hashlib.sha256(bytes([number])).hexdigest()[:30] for number in range(60)]
    wide = make_policy(purposes=[purpose(name, asked="form") for name in names], services=[])
    links = MailLinks(wide, SECRET, base_url="https://shop.example")
    with pytest.raises(UsageError, match="characters"):
        links.headers("reader:1", names, now=NOW)


def test_headers_are_those_of_rfc_8058() -> None:
    """One HTTPS address, the exact second field; the address shows no e-mail address and no purpose to be guessed at."""
    headers = LINKS.headers("reader:1", ["letter"], now=NOW)
    assert ["List-Unsubscribe", "List-Unsubscribe-Post"] == list(headers)
    assert re.fullmatch(r"<https://shop\.example/_ck/mail/unsubscribe\?t=[\w.-]+>", headers["List-Unsubscribe"])
    assert "List-Unsubscribe=One-Click" == headers["List-Unsubscribe-Post"]


@pytest.mark.parametrize("call", [
    lambda: LINKS.headers("reader:1", ["numbers"], now=NOW), lambda: LINKS.headers("reader:1", ["nothing"], now=NOW),
    lambda: LINKS.link("reader:1", "m", "javascript:alert(1)", now=NOW), lambda: LINKS.link("reader:1", "m", "/relative", now=NOW),
    lambda: LINKS.link("reader:1", "a b", "https://a.example/", now=NOW), lambda: LINKS.link("reader:1", "m", "https://a.example/" + random_text(4_000), now=NOW),
    lambda: MailLinks(POLICY, SECRET, base_url="https://elsewhere.example"), lambda: MailLinks(POLICY, SECRET, base_url="shop.example"),
    lambda: MailLinks(POLICY, SECRET, base_url="https://shop.example/?a"), lambda: MailLinks(POLICY, "", base_url="https://shop.example"),
])  # fmt: skip
def test_mistakes_of_the_program_are_told(call: Callable[[], object]) -> None:
    """What cannot be a link of the site's is refused when the mail is made."""
    with pytest.raises(UsageError):
        call()
