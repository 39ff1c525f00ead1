"""Messages for tests: made up here, none of anybody's."""

from __future__ import annotations

import base64
import json
from email.message import EmailMessage, Message
from typing import Any

TARGET = "https://shop.example/glasses?size=30"
PIXEL = '<img src="https://t.mail.example/p/8f3a91c2" width="1" height="1" alt="">'
HERO = '<img src="https://cdn.shop.example/hero.png" width="600" height="200" alt="A glass">'
HTML = (
    f'<p>Grüße aus der Spülküche</p>{HERO}<a href="https://shop.example/new?utm_source=mail&amp;id=7">New</a>{PIXEL}\n'
)
TEXT = "Grüße! New: https://shop.example/new?utm_source=mail&id=7.\n"


def b64(text: str) -> str:
    """Text as trackers write it into addresses."""
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def in_json(**values: object) -> str:
    """The same of a JSON object."""
    return b64(json.dumps(values))


def newsletter(html: str = HTML, text: str = TEXT, *, cte: str | None = None) -> EmailMessage:
    """A message in two forms, with a picture in it and a file attached."""
    message = EmailMessage()
    message["From"] = "Brightwash <news@brightwash.example>"
    message["To"] = "ada@pub.example"
    message["Subject"] = "Neue Gläser — November"
    message.set_content(text, cte=cte)
    message.add_alternative(html, subtype="html", cte=cte)
    alternative = message.get_payload(1)
    assert isinstance(alternative, EmailMessage)
    alternative.add_related(b"\x89PNG\r\n\x1a\n\x00\xff", "image", "png", cid="<logo@brightwash.example>")
    message.add_attachment(b"%PDF-1.7\n\x00\xfe", "application", "pdf", filename="liste.pdf")
    return message


def leaves(message: Message[Any, Any]) -> list[Message[Any, Any]]:
    """The parts without parts."""
    return [part for part in message.walk() if not part.is_multipart()]
