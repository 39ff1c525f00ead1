"""The example's newsletter from the form to the last click, through a real mail server, behind each driver, without script."""

from __future__ import annotations

import contextlib
import csv
import email
import email.policy
import html
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from examples.brightwash.content import ARTICLES
from examples.brightwash.settings import Settings
from examples.brightwash.site import Site, subject
from tests.drivers.processes import START_SECONDS, reserved_port
from tests.examples.conftest import Guest

aiosmtpd = pytest.importorskip(
    "aiosmtpd.controller", reason="aiosmtpd is not installed: no mail was sent to a real server"
)

ADDRESS = "ada@pub.example"
ISSUE = ARTICLES[0]


class Mailboxes:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], bytes]] = []
        self.port = 0

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802 (aiosmtpd's name)
        """Take a letter."""
        self.letters.append((list(envelope.rcpt_tos), bytes(envelope.content)))  # type: ignore[attr-defined]
        return "250 kept"

    def take(self) -> EmailMessage:
        """The only letter that came since."""
        [(to, raw)] = self.letters
        self.letters.clear()
        assert [ADDRESS] == to
        return email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)


@contextlib.contextmanager
def serving() -> Iterator[Mailboxes]:
    """A mail server while it runs."""
    boxes = Mailboxes()
    with reserved_port() as boxes.port:
        server = aiosmtpd.Controller(boxes, hostname="127.0.0.1", port=boxes.port, ready_timeout=START_SECONDS)
        server.start()
        try:
            yield boxes
        finally:
            server.stop()


@pytest.fixture
def mailboxes() -> Iterator[Mailboxes]:
    """The server's mailboxes."""
    with serving() as boxes:
        yield boxes


@pytest.fixture
def settings(tmp_path: Path, mailboxes: Mailboxes) -> Settings:
    """The site with this mail server."""
    return Settings(folder=tmp_path, smtp=f"127.0.0.1:{mailboxes.port}")


def path_of(url: str) -> str:
    """What the browser asks the site for."""
    parts = urlsplit(url)
    assert "https://brightwash.example" == f"{parts.scheme}://{parts.netloc}"
    return f"{parts.path}?{parts.query}"


def body(message: EmailMessage, kind: str = "plain") -> str:
    """The text of one form of a message."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def sign_up(guest: Guest, mailboxes: Mailboxes, **boxes: str) -> str:
    """Ask for the newsletter and confirm; gives the subject."""
    guest.post("/newsletter", email=ADDRESS, agree="yes", **boxes)
    link = re.search(r"https://\S+/mail/confirm\S+", body(mailboxes.take()))
    assert link is not None
    page = guest.get(path_of(link[0]))
    assert "Please confirm" in page.text
    assert [] == page.set_cookies
    [(token, _)] = guest.site.storage.subscribers()
    assert not guest.site.consents.allows(subject(token), "newsletter")
    assert "Confirmed" in guest.post(path_of(link[0]), confirm="1").text
    assert guest.site.consents.allows(subject(token), "newsletter")
    return subject(token)


def links(message: EmailMessage) -> list[str]:
    """Where the HTML form of a letter leads."""
    return [html.unescape(url) for url in re.findall(r'href="([^"]+)"', body(message, "html"))]


def test_without_consent_to_tracking(guest: Guest, mailboxes: Mailboxes) -> None:
    """A reader who left the second box empty gets plain links and no picture, and nothing is ever counted."""
    reader = sign_up(guest, mailboxes)
    assert 1 == guest.site.post.issue(ISSUE)
    letter = mailboxes.take()
    assert "<img" not in body(letter, "html")
    assert f"https://brightwash.example/blog/{ISSUE.slug}" == links(letter)[0]
    assert f"Read on: https://brightwash.example/blog/{ISSUE.slug}\n" in body(letter)
    tracked = guest.site.post.links.link(reader, ISSUE.slug, "https://brightwash.example/blog", now=0)
    assert "https://brightwash.example/blog" == guest.get(path_of(tracked)).header("location")
    assert [] == guest.site.storage.mail_events()


def test_with_consent_to_tracking(guest: Guest, mailboxes: Mailboxes) -> None:
    """A reader who agreed is counted; after withdrawing, the same letter's picture and links work and count nothing."""
    reader = sign_up(guest, mailboxes, tracking="yes")
    guest.site.post.issue(ISSUE)
    letter = mailboxes.take()
    picture = re.search(r'<img src="([^"]+)"', body(letter, "html"))
    assert picture is not None
    pixel, click = path_of(html.unescape(picture[1])), path_of(links(letter)[0])
    first = guest.get(pixel)
    assert ("image/gif", []) == (first.header("content-type"), first.set_cookies)
    followed = guest.get(click)
    target = f"https://brightwash.example/blog/{ISSUE.slug}?utm_source=newsletter&utm_campaign={ISSUE.slug}"
    assert (303, target) == (followed.status, followed.header("location"))
    assert [("open", reader, ISSUE.slug), ("click", reader, ISSUE.slug)] == guest.site.storage.mail_events()
    guest.post(path_of(links(letter)[1]), purpose="newsletter", save="1")
    assert guest.site.consents.allows(reader, "newsletter")
    assert (200, 303, target) == (guest.get(pixel).status, guest.get(click).status, guest.get(click).header("location"))
    assert 2 == len(guest.site.storage.mail_events())
    guest.site.post.issue(ISSUE)
    assert "<img" not in body(mailboxes.take(), "html")


def test_one_click(guest: Guest, mailboxes: Mailboxes) -> None:
    """The mail program's button: a POST without cookies, login or origin ends mail and tracking; the address is deleted later."""
    reader = sign_up(guest, mailboxes, tracking="yes")
    guest.site.post.issue(ISSUE)
    letter = mailboxes.take()
    assert "List-Unsubscribe=One-Click" == letter["List-Unsubscribe-Post"]
    path = path_of(re.sub(r"\s", "", str(letter["List-Unsubscribe"])).strip("<>"))
    headers = {"Host": "brightwash.example", "Content-Type": "application/x-www-form-urlencoded"}
    reply = guest.send("POST", path, headers, b"List-Unsubscribe=One-Click")
    assert (200, []) == (reply.status, reply.set_cookies)
    assert not guest.site.consents.allows(reader, "newsletter")
    assert not guest.site.consents.tracks(reader)
    assert 0 == guest.site.post.issue(ISSUE)
    assert [] == mailboxes.letters
    [(_, _, at)] = guest.site.storage.subscribers_since()
    guest.site.post.issue(ISSUE, now=at + 8 * 86_400)
    assert [] == guest.site.storage.subscribers()


def test_the_way_out_goes_by_mail(guest: Guest, mailboxes: Mailboxes) -> None:
    """Typing a reader's address ends nothing: the reader gets a letter whose link and button do, and once an hour at most."""
    reader = sign_up(guest, mailboxes, tracking="yes")
    for _ in range(3):
        guest.post("/newsletter/unsubscribe", email=ADDRESS)
    assert guest.site.consents.allows(reader, "newsletter")
    link = re.search(r"https://\S+/mail/unsubscribe\S+", body(mailboxes.take()))
    assert link is not None
    guest.get(path_of(link[0]))
    assert guest.site.consents.allows(reader, "newsletter")
    guest.post(path_of(link[0]), **{"List-Unsubscribe": "One-Click"})
    assert not guest.site.consents.allows(reader, "newsletter")
    assert not guest.site.consents.tracks(reader)
    guest.post("/newsletter/unsubscribe", email=ADDRESS)
    assert [] == mailboxes.letters


@pytest.mark.parametrize(
    "address", [ADDRESS, "bob@pub.example", "", "no address", "ada@pub.example\r\nBcc: eve@evil.example"]
)
def test_nobody_else_is_sent_the_way_out(guest: Guest, mailboxes: Mailboxes, address: str) -> None:
    """An address that has not confirmed, that nobody gave, or that is none gets no letter, and the page is the same."""
    guest.post("/newsletter", email=ADDRESS, agree="yes")
    mailboxes.letters.clear()
    assert "a letter is on its way" in guest.post("/newsletter/unsubscribe", email=address).text
    assert [] == mailboxes.letters


def test_links_of_the_letter_change_nothing_by_being_followed(guest: Guest, mailboxes: Mailboxes) -> None:
    """A filter that follows every link of a letter ends nothing and grants nothing."""
    reader = sign_up(guest, mailboxes)
    guest.site.post.issue(ISSUE)
    before = guest.site.consents.store.find(reader)
    for link in links(mailboxes.take()):
        assert 200 == guest.get(path_of(link)).status
    assert before == guest.site.consents.store.find(reader)


def test_an_unconfirmed_address_gets_nothing(guest: Guest, mailboxes: Mailboxes) -> None:
    """No issue goes to who has not confirmed, asking again at once sends no second mail, and the address is deleted after a week."""
    for _ in range(3):
        assert "look into your mailbox" in guest.post("/newsletter", email=ADDRESS, agree="yes").text
    mailboxes.take()
    assert 0 == guest.site.post.issue(ISSUE)
    [(_, _, at)] = guest.site.storage.subscribers_since()
    guest.site.post.issue(ISSUE, now=at + 8 * 86_400)
    assert [] == guest.site.storage.subscribers()
    assert [] == mailboxes.letters


def test_a_stranger_neither_learns_nor_ends(guest: Guest, mailboxes: Mailboxes) -> None:
    """Typing a subscriber's address into the form shows the page that everybody gets, ends nothing and sends nothing."""
    fresh = guest.post("/newsletter", email="bob@pub.example", agree="yes").text
    mailboxes.letters.clear()
    guest.site.storage.unsubscribe(guest.site.storage.token_of("bob@pub.example") or "")
    reader = sign_up(guest, mailboxes)
    again = guest.post("/newsletter", email=ADDRESS, agree="yes").text
    assert re.sub(r"[0-9a-f]{8,}", "", fresh) == re.sub(r"[0-9a-f]{8,}", "", again)
    assert guest.site.consents.allows(reader, "newsletter")
    assert [] == mailboxes.letters


@pytest.mark.parametrize("address", [
    "ada@pub.example\r\nBcc: eve@evil.example", "ada@pub.example,eve@evil.example", "ada@pub.example\n\nHello", "<ada@pub.example>",
    "ada@pub.example (x)", "@pub.example", "ada@", "a" * 65 + "@pub.example", "ada@pub.example>\r\nRCPT TO:<eve@evil.example", "ada@pub.example;eve@evil.example",
])  # fmt: skip
def test_no_second_recipient(guest: Guest, mailboxes: Mailboxes, address: str) -> None:
    """What is no single address is sent back, and no letter leaves."""
    assert "Please check the e-mail address" in guest.post("/newsletter", email=address, agree="yes").text
    assert [] == mailboxes.letters
    assert [] == guest.site.storage.subscribers()


def test_the_sponsor_gets_the_proof(guest: Guest, mailboxes: Mailboxes) -> None:
    """The sponsor's file names for each answer the record that allows it; its words are the box's."""
    page = guest.post(
        "/survey", machine="A tea towel", satisfaction="2", name="Ada", email=ADDRESS, sponsor="yes"
    ).header("location")
    token = page.rpartition("/")[2]
    [row] = csv.DictReader(guest.site.sponsor_export().splitlines())
    proof = guest.site.consents.proof(subject(token), "survey-sponsor")
    assert proof is not None
    assert (proof.record_id, proof.time.isoformat()) == (row["consent_record"], row["consent_time"])
    assert proof.text is not None
    assert proof.text in html.unescape(guest.get("/survey").text)
    assert "token" not in row


def test_transfers_are_named_at_the_form(guest: Guest, mailboxes: Mailboxes) -> None:
    """Where a letter or comment may be read outside the EEA, the form says so; where it stays, it does not."""
    for path in ("/contact", f"/blog/{ISSUE.slug}"):
        assert "Brightwash Pacific Pty Ltd receives the data in Australia" in guest.get(path).text
    for path in ("/newsletter", "/survey"):
        page = guest.get(path).text
        assert "receives the data" not in page
        assert "You can withdraw it at any time." in page
        assert "everything else works without it" in page


def test_boxes_are_empty(guest: Guest, mailboxes: Mailboxes) -> None:
    """No box is ticked or required; after a mistake only the visitor's own tick comes back."""
    for path in ("/newsletter", "/survey"):
        boxes = re.findall(r'<input type="checkbox"[^>]*>', guest.get(path).text.partition("<main")[2])
        assert boxes
        assert [] == [box for box in boxes if "checked" in box or "required" in box]
    page = guest.post("/newsletter", email="", agree="yes").text
    assert re.search(r'name="agree"[^>]* checked', page)
    assert not re.search(r'name="tracking"[^>]* checked', page)


def test_without_a_server_letters_lie_in_a_folder(tmp_path: Path) -> None:
    """The demonstration needs no mail server: letters can be read in a folder."""
    folder = tmp_path / "demo"
    folder.mkdir()
    site = Site(Settings(folder=folder, base_url="http://127.0.0.1:8000"))
    pending = site.consents.request(subject("x"), {"newsletter": "Send it."})
    assert pending is not None
    site.post.ask(ADDRESS, pending)
    [file] = (folder / "outbox").iterdir()
    assert b"http://127.0.0.1:8000/_ck/mail/confirm?t=" in file.read_bytes().replace(b"=\n", b"").replace(b"=3D", b"=")
