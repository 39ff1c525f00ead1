"""Mail of a Django site: cleaned before any backend sees it, unless everybody who gets it agreed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.test import Client, override_settings

import django
from consentkit.django.mail import EmailBackend, add_unsubscribe, mail_links
from consentkit.email import MailError
from consentkit.errors import StoreError, UsageError
from consentkit.records.forms import FormConsents
from consentkit.records.memory import MemoryStore
from tests.drivers.policies import small_policy
from tests.policies import purpose

LOCMEM = "django.core.mail.backends.locmem.EmailBackend"
PIXEL = '<img src="https://emltrk.com/abc" width="1" height="1">'
POLICY = small_policy(
    purposes=[purpose("analytics"), purpose("newsletter", asked="form"), purpose("tracking", asked="form")],
    email={"tracking": "individual", "purpose": "tracking", "text": "Only with consent."},
)
KEYS = {"ada@pub.example": "reader:1", "tom@pub.example": "reader:2"}


class Broken(MemoryStore):
    """A store that is away."""

    def find(self, subject: str) -> Any:
        """Fails."""
        raise StoreError("gone")


@pytest.fixture
def consents() -> Iterator[FormConsents]:
    """A site whose readers are known, with an outbox."""
    store = MemoryStore()
    mail.outbox = []
    settings = {"policy": POLICY, "insecure_dev": True, "records": store, "mail": {
        "backend": LOCMEM, "subject": KEYS.get, "base_url": "https://brightwash.example",
    }}  # fmt: skip
    with override_settings(CONSENTKIT=settings):
        yield FormConsents(store, POLICY)


def letter(*to: str, **options: Any) -> EmailMultiAlternatives:
    """A newsletter with a pixel and a decorated link."""
    message = EmailMultiAlternatives(
        "News", "See https://shop.example/?utm_source=n&a=1\n", "news@brightwash.example", list(to), **options
    )
    message.attach_alternative(f"<p>Hello {PIXEL}</p>", "text/html")
    message.attach_alternative("BEGIN:VCALENDAR", "text/calendar")
    message.attach("list.csv", "https://shop.example/?utm_source=n", "text/csv")
    return message


def sent(message: EmailMessage) -> Any:
    """What the inner backend got."""
    backend = EmailBackend()
    assert 1 == backend.send_messages([message])
    return mail.outbox[-1]


def test_a_stranger_gets_clean_mail(consents: FormConsents) -> None:
    """Without a record the mail has no pixel and no decoration; the object that was given is as it was."""
    message = letter("ada@pub.example")
    got = sent(message)
    assert "See https://shop.example/?a=1\n" == got.body
    assert ["<p>Hello </p>", "BEGIN:VCALENDAR"] == [alternative[0] for alternative in got.alternatives]
    assert message.attachments == got.attachments
    assert PIXEL in message.alternatives[0][0]
    assert b"emltrk" not in got.message().as_bytes()


def test_who_agreed_gets_the_mail_as_it_is(consents: FormConsents) -> None:
    """With the recipient's yes the very message goes out; after the withdrawal it does not."""
    consents.record("reader:1", "tracking", True, text="Yes.")
    message = letter("ada@pub.example")
    assert EmailBackend().cleaned(message) is message
    consents.withdraw("reader:1", "tracking")
    assert PIXEL not in EmailBackend().cleaned(message).alternatives[0][0]


@pytest.mark.parametrize(("to", "cc", "bcc"), [
    (["ada@pub.example", "tom@pub.example"], [], []), (["ada@pub.example"], ["tom@pub.example"], []), (["ada@pub.example"], [], ["eve@pub.example"]),
])  # fmt: skip
def test_everybody_has_to_agree(consents: FormConsents, to: list[str], cc: list[str], bcc: list[str]) -> None:
    """One message to several people is tracked only if each of them, in whatever field, agreed."""
    consents.record("reader:1", "tracking", True, text="Yes.")
    assert PIXEL not in EmailBackend().cleaned(letter(*to, cc=cc, bcc=bcc)).alternatives[0][0]


def test_a_broken_store_means_no(consents: FormConsents) -> None:
    """If the records cannot be read, nobody agreed."""
    settings = {"policy": POLICY, "records": Broken(), "mail": {"backend": LOCMEM, "subject": KEYS.get}}
    with override_settings(CONSENTKIT=settings):
        assert PIXEL not in EmailBackend().cleaned(letter("ada@pub.example")).alternatives[0][0]


def test_html_bodies(consents: FormConsents) -> None:
    """A message whose body is HTML is cleaned as HTML; a clean one, and an empty one, is the very object."""
    message = EmailMessage("News", f"<p>{PIXEL}</p>", "a@b.example", ["c@d.example"])
    message.content_subtype = "html"
    assert "<p></p>" == sent(message).body
    plain = EmailMessage("News", "Hello", "a@b.example", ["c@d.example"])
    assert EmailBackend().cleaned(plain) is plain
    empty = EmailMessage("News", "", "a@b.example", ["c@d.example"])
    assert EmailBackend().cleaned(empty) is empty


def test_what_cannot_be_read_is_not_sent(consents: FormConsents) -> None:
    """A body beyond the limit stops the sending."""
    with pytest.raises(MailError, match="8,388,608"):
        EmailBackend().send_messages([EmailMessage("News", "x" * 9_000_000, "a@b.example", ["c@d.example"])])
    assert [] == mail.outbox


def test_the_inner_backend_is_driven(consents: FormConsents, capsys: pytest.CaptureFixture[str]) -> None:
    """Opening, closing and attributes are the inner backend's; another one can be named."""
    backend = EmailBackend(backend="django.core.mail.backends.console.EmailBackend")
    with backend as opened:
        assert opened is backend
        backend.open()
        assert hasattr(backend, "stream")
        backend.send_messages([letter("ada@pub.example")])
        backend.close()
    assert "emltrk" not in capsys.readouterr().out


@pytest.mark.skipif(
    django.VERSION < (6, 1), reason="MAILERS came with Django 6.1: that it can name the backend was not seen"
)
def test_mailers(consents: FormConsents) -> None:
    """Django's own way of naming backends finds ours, with what the inner one takes beside it."""
    mailers = {
        "default": {
            "BACKEND": "consentkit.django.mail.EmailBackend",
            "OPTIONS": {"backend": LOCMEM, "subject": "tests.django.test_mail.nobody"},
        }
    }
    with override_settings(MAILERS=mailers):
        letter("ada@pub.example").send()
    assert PIXEL not in mail.outbox[-1].alternatives[0][0]


def nobody(address: str) -> None:
    """Knows nobody."""
    del address


def test_one_click_headers(consents: FormConsents) -> None:
    """A message to one reader gets the two fields; one to several is refused, for one would end it for another."""
    message = letter("ada@pub.example")
    add_unsubscribe(message, "reader:1", ["newsletter"], now=1_780_000_000)
    built = message.message()
    assert built["List-Unsubscribe"].startswith("<https://brightwash.example/_ck/mail/unsubscribe?t=")
    assert "List-Unsubscribe=One-Click" == built["List-Unsubscribe-Post"]
    with pytest.raises(UsageError, match="one recipient"):
        add_unsubscribe(letter("a@b.example", "c@d.example"), "reader:1", ["newsletter"], now=0)


@pytest.mark.parametrize("given", [{}, {"base_url": "https://elsewhere.example"}, {"what": 1}, []])
def test_settings_that_cannot_be_used_are_told(given: Any) -> None:
    """A missing address, one of another site, an unknown key: each is a sentence."""
    with (
        override_settings(CONSENTKIT={"policy": POLICY, "records": MemoryStore(), "mail": given}),
        pytest.raises(ImproperlyConfigured, match="CONSENTKIT"),
    ):
        mail_links()


def test_it_cannot_be_its_own_backend(consents: FormConsents) -> None:
    """A backend that is named as its own would send nothing."""
    with pytest.raises(ImproperlyConfigured, match="itself"):
        EmailBackend(backend="consentkit.django.mail.EmailBackend")


def test_one_click_needs_no_csrf_token(consents: FormConsents) -> None:
    """The mail program's POST has neither cookie nor token nor origin, and acts: our address is answered before Django's check."""
    consents.record("reader:1", "newsletter", True, text="Yes.")
    url = mail_links().unsubscribe_url("reader:1", ["newsletter"], now=time.time())
    client = Client(enforce_csrf_checks=True, headers={"Host": "brightwash.example"})
    path = url.removeprefix("https://brightwash.example")
    assert consents.allows("reader:1", "newsletter")
    assert 200 == client.get(path, secure=True).status_code
    assert consents.allows("reader:1", "newsletter")
    reply = client.post(
        path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded", secure=True
    )
    assert 200 == reply.status_code
    assert {} == dict(reply.cookies)
    assert not consents.allows("reader:1", "newsletter")


def test_fields_travel_whole(consents: FormConsents) -> None:
    """Django writes the address of one-click unsubscribing on one line, as mail programs look for it."""
    message = letter("ada@pub.example")
    add_unsubscribe(message, "reader:0123456789abcdef0123456789abcdef", ["newsletter"], now=1_780_000_000)
    written = re.sub(rb":[ \r\n]+", b": ", message.message().as_bytes())
    assert re.search(
        rb"^List-Unsubscribe: <https://brightwash\.example/_ck/mail/unsubscribe\?t=[\w.-]{60,}>\r?$",
        written,
        re.MULTILINE,
    )
