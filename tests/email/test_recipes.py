"""The guide's recipe for smtplib, driven with a real mail server."""

from __future__ import annotations

import re
import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from consentkit.email import clean
from consentkit.records.forms import FormConsents
from consentkit.records.memory import MemoryStore
from tests.conftest import PROJECT
from tests.email.messages import PIXEL, newsletter
from tests.forms.policies import POLICY

controller = pytest.importorskip(
    "aiosmtpd.controller", reason="aiosmtpd is not installed: no mail was sent to a real server"
)


class Mailboxes:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Take a letter."""
        self.letters.append((list(envelope.rcpt_tos), bytes(envelope.content)))
        return "250 kept"


@pytest.fixture
def server() -> Iterator[tuple[Mailboxes, int]]:
    """A mail server and its port."""
    boxes = Mailboxes()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    running = controller.Controller(boxes, hostname="127.0.0.1", port=port)
    running.start()
    try:
        yield boxes, port
    finally:
        running.stop()


def test_smtplib(server: tuple[Mailboxes, int]) -> None:
    """The class of the guide cleans what goes to a stranger and leaves what goes to who agreed; both arrive whole."""
    [recipe] = re.findall(
        r"```python\n(import smtplib\n.*?)```", (PROJECT / "docs" / "mail.md").read_text(encoding="utf-8"), re.DOTALL
    )
    forms = FormConsents(MemoryStore(), POLICY)
    forms.record("reader:1842", "letter-tracking", True, text="Yes.")
    namespace: dict[str, Any] = {"__name__": "recipe", "policy": POLICY, "forms": forms, "clean": clean}
    exec(recipe, namespace)
    boxes, port = server
    with namespace["CleanSMTP"]("127.0.0.1", port) as sending:
        assert isinstance(sending, smtplib.SMTP)
        sending.send_message(newsletter())
        sending.send_message(newsletter(), to_addrs=["bob@pub.example"])
        sending.send_message(newsletter(), to_addrs=["ada@pub.example", "bob@pub.example"])
    assert [True, False, False] == [_html(raw).count(PIXEL) == 1 for _, raw in boxes.letters]
    assert [["ada@pub.example"], ["bob@pub.example"], ["ada@pub.example", "bob@pub.example"]] == [
        to for to, _ in boxes.letters
    ]


def _html(raw: bytes) -> str:
    import email
    import email.policy

    message = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
    part = message.get_body(("html",))
    assert part is not None
    assert b"%PDF-1.7" in next(message.iter_attachments()).get_content()
    return str(part.get_content())
