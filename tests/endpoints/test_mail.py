"""What links in mail lead to: no cookie, no login, GET changes nothing, POST acts, withdrawals hold for mails already sent."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from consentkit.consent.forms import CONFIRMED, PENDING, form_record, granted
from consentkit.consent.mail_event import MailEvent
from consentkit.consent.record import Record
from consentkit.email import MailLinks
from consentkit.email.links import ONE_CLICK
from consentkit.email.tokens import BEGIN_AGE, CONFIRM_AGE, MAX_TOKEN
from consentkit.errors import StoreError
from consentkit.http import Request, Response
from consentkit.kit import ConsentKit
from consentkit.pages.texts import languages
from consentkit.records.memory import MemoryStore
from consentkit.records.store import perform
from tests.email.letters import LINKS, NOW, POLICY, SECRET
from tests.policies import make_policy, purpose

ONE_CLICK_BODY = ONE_CLICK.encode()
FORM = "application/x-www-form-urlencoded"


EVENTS: list[MailEvent] = []
KIT = ConsentKit(POLICY, secret=SECRET, mail_events=EVENTS.append)


class Site:
    """A kit and a store, and requests from mail programs: without cookies, from nowhere."""

    def __init__(self, **options: Any) -> None:
        EVENTS.clear()
        self.events = EVENTS
        self.store = MemoryStore()
        given = {"policy": POLICY, "secret": SECRET, "mail_events": EVENTS.append, **options}
        self.kit = ConsentKit(given.pop("policy"), **given) if options else KIT
        self.entropy = 0

    def keep(self, subject: str, *, signals: tuple[str, ...] = (), text: str = "Yes.", **choices: bool) -> Record:
        """Put an answer into the store."""
        self.entropy += 1
        names = {name.replace("_", "-"): value for name, value in choices.items()}
        found = self.store.find(subject)
        record = form_record(
            POLICY,
            found,
            subject,
            names,
            record_id=f"00000000-0000-4000-8000-{self.entropy:012}",
            now=NOW,
            text=text,
            signals=signals,
        )
        self.store.append(record)
        return record

    def ask(self, url: str, method: str = "GET", body: bytes = b"", *, now: float = NOW, **headers: str) -> Response:
        """Send a request; effects run as drivers run them."""
        parts = urlsplit(url)
        fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        request = Request(method, "https", parts.netloc, parts.path, parts.query, "", fields)
        self.entropy += 1
        exchange = self.kit.open(request, now=now, entropy=self.entropy.to_bytes(64, "little"))
        assert exchange.body_limit is not None
        exchange.receive(body[: exchange.body_limit + 1])
        exchange.resolve(perform(self.store, exchange.effects))
        assert "set-cookie" not in {name.lower() for name, _ in exchange.reply.headers}
        return exchange.reply

    def post(self, url: str, body: bytes = ONE_CLICK_BODY, **more: Any) -> Response:
        """Send a form."""
        return self.ask(url, "POST", body, content_type=FORM, **more)

    def granted(self, subject: str, name: str) -> bool:
        """What holds."""
        return granted(self.store.find(subject), name)


@pytest.fixture
def site() -> Site:
    """A site on which reader 1 gets the tracked newsletter."""
    made = Site()
    made.keep("reader:1", letter=True, letter_tracking=True)
    return made


def text(reply: Response) -> str:
    """The page's text."""
    return html.unescape(reply.body.decode())


@pytest.mark.parametrize(("content_type", "body"), [
    (FORM, ONE_CLICK_BODY),
    (f"{FORM}; charset=utf-8", ONE_CLICK_BODY),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'),
])  # fmt: skip
def test_one_click_ends_it(site: Site, content_type: str, body: bytes) -> None:
    """A POST of the mail program, in either form, without cookies or origin, ends mail and its tracking in one record."""
    reply = site.ask(LINKS.unsubscribe_url("reader:1", ["letter"], now=NOW), "POST", body, content_type=content_type)
    assert 200 == reply.status
    assert "You are unsubscribed" in text(reply)
    assert (False, False) == (site.granted("reader:1", "letter"), site.granted("reader:1", "letter-tracking"))
    last = site.store.find("reader:1")[-1]
    assert ("email", {"letter": False, "letter-tracking": False}, None) == (last.source, last.choices, last.text)
    assert site.store.find("reader:1")[0].record_id == last.previous


def test_get_changes_nothing(site: Site) -> None:
    """Mail filters follow links: GET and HEAD show a page with a button, and nothing is kept."""
    url = LINKS.unsubscribe_url("reader:1", ["letter"], now=NOW)
    reply = site.ask(url)
    assert 200 == reply.status
    assert f'action="/_ck/mail/unsubscribe?{urlsplit(url).query}"' in text(reply)
    assert 'name="List-Unsubscribe" value="One-Click"' in text(reply)
    assert "ck-banner" not in text(reply)
    assert b"" == site.ask(url, "HEAD").body
    assert 1 == len(site.store.records)


def test_twice_is_once(site: Site) -> None:
    """Pressing again succeeds again, and keeps no further record."""
    url = LINKS.unsubscribe_url("reader:1", ["letter"], now=NOW)
    assert [200, 200] == [site.post(url).status, site.post(url, now=NOW + 10 * 365 * 86_400).status]
    assert 2 == len(site.store.records)


@pytest.mark.parametrize(
    "body", [b"", b"List-Unsubscribe=one-click", b"List-Unsubscribe=One-Click&List-Unsubscribe=One-Click", b"x=1"]
)
def test_another_body_does_nothing(site: Site, body: bytes) -> None:
    """Only the exact field acts."""
    assert 400 == site.post(LINKS.unsubscribe_url("reader:1", ["letter"], now=NOW), body).status
    assert site.granted("reader:1", "letter")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [("application/json", 415), ("", 415), ("multipart/form-data", 400), ('multipart/form-data; boundary="', 400)],
)
def test_what_is_no_form_is_refused(site: Site, content_type: str, status: int) -> None:
    """A body that is no form gets a sentence, not an error."""
    url = LINKS.unsubscribe_url("reader:1", ["letter"], now=NOW)
    assert status == site.ask(url, "POST", b"--\r\nx", content_type=content_type).status
    assert site.granted("reader:1", "letter")


def test_a_long_body_is_refused(site: Site) -> None:
    """A body beyond the limit is refused."""
    url = LINKS.unsubscribe_url("reader:1", ["letter"], now=NOW)
    assert 413 == site.post(url, b"x" * 20_000).status


# --- tokens


@pytest.mark.parametrize("damage", [
    lambda t: t[:-1], lambda t: "A" + t[1:], lambda t: t + "A", lambda t: "", lambda t: t.split(".")[0], lambda t: "x" * (MAX_TOKEN + 1), lambda t: t + "&t=" + t,
    lambda t: "%FF%00", lambda t: quote("<script>"),
])  # fmt: skip
@pytest.mark.parametrize("page", ["unsubscribe", "preferences", "confirm", "go"])
def test_forged_links_get_a_friendly_page(site: Site, page: str, damage: Callable[[str], str]) -> None:
    """A link that is cut, changed or made up gets a page that says what to do; nothing is looked up."""
    good = LINKS.unsubscribe_url("reader:1", ["letter"], now=NOW).partition("?t=")[2]
    for method in ("GET", "POST") if page != "go" else ("GET",):
        body = ONE_CLICK_BODY if method == "POST" else b""
        reply = site.ask(f"https://shop.example/_ck/mail/{page}?t={damage(good)}", method, body, content_type=FORM)
        assert 404 == reply.status
        assert "us@shop.example" in text(reply)
        assert "<script>" not in reply.body.decode()
    assert 1 == len(site.store.records)


def test_one_use_is_not_another(site: Site) -> None:
    """A token made for a picture ends nothing, and one made for unsubscribing confirms nothing."""
    tokens = {
        "open": LINKS.pixel_url("reader:1", "m", now=NOW).partition("?t=")[2],
        "confirm": LINKS.confirm_url(site.keep("reader:2", letter=False, signals=(PENDING,))).partition("?t=")[2],
        "reader": LINKS.unsubscribe_url("reader:1", ["letter"], now=NOW).partition("?t=")[2],
    }
    for use, pages in (
        ("open", ("unsubscribe", "preferences", "confirm")),
        ("confirm", ("unsubscribe", "preferences")),
        ("reader", ("confirm",)),
    ):
        for page in pages:
            assert 404 == site.post(f"https://shop.example/_ck/mail/{page}?t={tokens[use]}").status


def test_secrets_rotate(site: Site) -> None:
    """Links signed with a former secret go on working as long as it is a fallback, and end with it."""
    url = LINKS.unsubscribe_url("reader:1", ["letter"], now=NOW)
    rotated = Site(secret="another secret, newer and longer", secret_fallbacks=[SECRET])
    rotated.keep("reader:1", letter=True)
    assert 200 == rotated.post(url).status
    assert not rotated.granted("reader:1", "letter")
    assert 404 == Site(secret="another secret, newer and longer").post(url).status


def test_links_from_the_future_are_refused(site: Site) -> None:
    """A token of tomorrow is no token of today's."""
    assert 400 == site.ask(LINKS.unsubscribe_url("reader:1", ["letter"], now=NOW + 86_400)).status


# --- preferences


def test_preferences_show_what_holds(site: Site) -> None:
    """The page shows what the reader was asked for, ticked as it was answered, with the words that a record will keep."""
    page = text(site.ask(LINKS.preferences_url("reader:1", now=NOW)))
    assert 'value="letter" checked' in page
    assert 'value="letter-tracking" checked' in page
    assert "sponsor" not in page
    assert "Newsletter: One mail <each> month." in page
    assert "One mail <each>" not in site.ask(LINKS.preferences_url("reader:1", now=NOW)).body.decode()


def test_preferences_change_what_was_changed(site: Site) -> None:
    """Taking one tick away withdraws that one; setting it again grants it, with its words as the proof."""
    url = LINKS.preferences_url("reader:1", now=NOW)
    assert "Your choice is saved" in text(site.post(url, b"purpose=letter&save=1"))
    assert (True, False) == (site.granted("reader:1", "letter"), site.granted("reader:1", "letter-tracking"))
    assert {"letter-tracking": False} == site.store.find("reader:1")[-1].choices
    reply = site.post(url, b"purpose=letter&purpose=letter-tracking&save=1")
    assert 'value="letter-tracking" checked' in text(reply)
    last = site.store.find("reader:1")[-1]
    assert ({"letter-tracking": True}, "letter-tracking: For letter-tracking.", "email") == (
        last.choices,
        last.text,
        last.source,
    )
    site.post(url, b"purpose=letter&purpose=letter-tracking&save=1")
    assert 3 == len(site.store.records)
    site.post(url, b"purpose=letter&none=1")
    assert not site.granted("reader:1", "letter")


def test_nothing_can_be_begun_that_was_never_asked(site: Site) -> None:
    """A tick for what the reader was never asked for, or what the banner asks for, grants nothing."""
    site.post(
        LINKS.preferences_url("reader:1", now=NOW), b"purpose=letter&purpose=sponsor&purpose=numbers&purpose=x&save=1"
    )
    assert not site.granted("reader:1", "sponsor")
    assert not site.granted("reader:1", "numbers")
    assert "nothing to choose" in text(site.ask(LINKS.preferences_url("reader:9", now=NOW)))


def test_old_links_end_but_do_not_begin(site: Site) -> None:
    """Mail is forwarded and kept: after a while its link can still end everything, and begin nothing."""
    url, later = LINKS.preferences_url("reader:1", now=NOW), NOW + BEGIN_AGE + 1
    site.post(url, b"purpose=letter&save=1", now=later)
    assert not site.granted("reader:1", "letter-tracking")
    reply = site.post(url, b"purpose=letter&purpose=letter-tracking&save=1", now=later)
    assert not site.granted("reader:1", "letter-tracking")
    assert "This link is old" in text(reply)
    assert 'value="letter-tracking"' not in text(reply)
    site.post(url, b"none=1", now=later)
    assert not site.granted("reader:1", "letter")


@pytest.mark.parametrize("body", [b"", b"purpose=letter", b"save=1&none=1", b"save=1&evil=1"])
def test_preferences_take_their_own_form_only(site: Site, body: bytes) -> None:
    """Another form changes nothing."""
    assert 400 == site.post(LINKS.preferences_url("reader:1", now=NOW), body).status
    assert 1 == len(site.store.records)


# --- double opt-in


def test_confirming(site: Site) -> None:
    """GET shows the words and grants nothing; the button grants, with these words, naming the request; again changes nothing."""
    pending = site.keep("reader:2", letter=False, text="Send me <the> letter.", signals=(PENDING,))
    url = LINKS.confirm_url(pending)
    page = text(site.ask(url))
    assert "Send me <the> letter." in page
    assert "Please confirm" in page
    assert not site.granted("reader:2", "letter")
    assert "Confirmed" in text(site.post(url, b"confirm=1", now=NOW + 60))
    last = site.store.find("reader:2")[-1]
    assert ({"letter": True}, (CONFIRMED,), pending.record_id, pending.text, pending.text_hash) == (
        last.choices, last.signals, last.previous, last.text, last.text_hash
    )  # fmt: skip
    assert "Confirmed" in text(site.post(url, b"confirm=1", now=NOW + 90))
    assert "Confirmed" in text(site.ask(url))
    assert 2 == len(site.store.find("reader:2"))


def test_confirmation_ends(site: Site) -> None:
    """After its time, after a change of mind, or for a request that was erased, a confirmation grants nothing."""
    pending = site.keep("reader:2", letter=False, signals=(PENDING,))
    url = LINKS.confirm_url(pending)
    assert "This link has ended" in text(site.post(url, b"confirm=1", now=NOW + CONFIRM_AGE))
    site.post(LINKS.unsubscribe_url("reader:2", ["letter"], now=NOW))
    assert "This link has ended" in text(site.post(url, b"confirm=1"))
    assert not site.granted("reader:2", "letter")
    site.store.erase("reader:2")
    assert "This link has ended" in text(site.post(url, b"confirm=1"))
    assert [] == site.store.find("reader:2")


def test_an_answer_that_is_not_pending_cannot_be_confirmed(site: Site) -> None:
    """A plain refusal stays one, also for who has a token with its id."""
    refused = site.keep("reader:2", letter=False)
    assert "This link has ended" in text(site.post(LINKS.confirm_url(refused), b"confirm=1"))
    assert not site.granted("reader:2", "letter")


def test_withdrawal_after_confirmation_holds(site: Site) -> None:
    """Who confirmed and then left is not brought back by the old confirmation."""
    url = LINKS.confirm_url(site.keep("reader:2", letter=False, signals=(PENDING,)))
    site.post(url, b"confirm=1")
    site.post(LINKS.unsubscribe_url("reader:2", ["letter"], now=NOW))
    assert "This link has ended" in text(site.post(url, b"confirm=1"))
    assert not site.granted("reader:2", "letter")


# --- pixels and links of mails already sent


def test_pixel_counts_only_with_consent(site: Site) -> None:
    """The same picture for all; the app is told of readers whose newest answer is yes at that moment, and of nobody else."""
    url = LINKS.pixel_url("reader:1", "2026-11", now=NOW)
    reply = site.ask(url)
    assert (200, b"GIF89a") == (reply.status, reply.body[:6])
    assert ("Cache-Control", "no-store") in reply.headers
    assert [MailEvent("open", "reader:1", "2026-11", "", NOW)] == site.events
    site.post(LINKS.unsubscribe_url("reader:1", ["letter"], now=NOW))
    assert reply == site.ask(url)
    assert reply == site.ask(LINKS.pixel_url("reader:9", "2026-11", now=NOW))
    assert reply == site.ask("https://shop.example/_ck/mail/open?t=forged")
    assert reply == site.ask("https://shop.example/_ck/mail/open")
    assert 1 == len(site.events)


def test_link_leads_on_in_any_case(site: Site) -> None:
    """With consent the click is told, without it it is not; the reader gets to the target either way."""
    url = LINKS.link("reader:1", "2026-11", "https://elsewhere.example/a?b=1&c=é#d", now=NOW)
    target = "https://elsewhere.example/a?b=1&c=%C3%A9#d"
    for consenting in (True, False):
        reply = site.ask(url)
        assert (303, target) == (reply.status, dict(reply.headers)["Location"])
        assert 1 == len(site.events)
        if consenting:
            assert MailEvent("click", "reader:1", "2026-11", target, NOW) == site.events[0]
            site.keep("reader:1", letter_tracking=False)
    assert "no-referrer" == dict(site.ask(url).headers)["Referrer-Policy"]


def test_no_open_redirect(site: Site) -> None:
    """The target is signed: another target, a second one, or none, leads nowhere."""
    url = LINKS.link("reader:1", "m", "https://good.example/", now=NOW)
    token = parse_qs(urlsplit(url).query)["t"][0]
    for query in (
        urlencode({"u": "https://evil.example/", "t": token}), urlencode({"t": token}), urlencode({"u": "https://good.example/"}),
        f"{urlsplit(url).query}&u=https://evil.example/", urlencode({"u": "//evil.example", "t": token}),
        urlencode({"u": "https://good.example/\r\nSet-Cookie: a=b", "t": token}),
    ):  # fmt: skip
        reply = site.ask(f"https://shop.example/_ck/mail/go?{query}")
        assert 404 == reply.status
        assert "Location" not in dict(reply.headers)
    assert [] == site.events


def test_programs_are_not_counted(site: Site) -> None:
    """HEAD, which mail filters send, leads on and tells nobody."""
    assert 303 == site.ask(LINKS.link("reader:1", "m", "https://a.example/", now=NOW), "HEAD").status
    assert 200 == site.ask(LINKS.pixel_url("reader:1", "m", now=NOW), "HEAD").status
    assert [] == site.events


def test_a_broken_store_is_no_readers_trouble(site: Site) -> None:
    """If records cannot be read, picture and link work and nobody is counted; a withdrawal says that it did not work."""

    class Broken(MemoryStore):
        def find(self, subject: str) -> list[Record]:
            raise StoreError("gone")

    site.store = Broken()
    assert 303 == site.ask(LINKS.link("reader:1", "m", "https://a.example/", now=NOW)).status
    assert 200 == site.ask(LINKS.pixel_url("reader:1", "m", now=NOW)).status
    assert [] == site.events
    assert 503 == site.post(LINKS.unsubscribe_url("reader:1", ["letter"], now=NOW)).status


def test_a_broken_listener_is_no_readers_trouble() -> None:
    """An app that fails while it is told of a click does not keep the reader from the page."""

    def fail(event: MailEvent) -> None:
        raise RuntimeError(event.kind)

    site = Site(mail_events=fail)
    site.keep("reader:1", letter_tracking=True)
    assert 303 == site.ask(LINKS.link("reader:1", "m", "https://a.example/", now=NOW)).status
    assert 200 == site.ask(LINKS.pixel_url("reader:1", "m", now=NOW)).status


@pytest.mark.parametrize(
    "email", [None, {"tracking": "none", "text": "Never."}, {"tracking": "aggregate", "text": "Totals."}]
)
def test_a_policy_that_denies_tracking_is_believed(email: Any) -> None:
    """Once the policy says that mail is not tracked, old links tell nothing of anybody, whatever was granted before."""
    changes = {} if email is None else {"email": email}
    policy = make_policy(
        purposes=[purpose("letter-tracking", asked="form"), purpose("numbers")], services=[], **changes
    )
    site = Site(policy=policy)
    site.keep("reader:1", letter_tracking=True)
    assert 303 == site.ask(LINKS.link("reader:1", "m", "https://a.example/", now=NOW)).status
    assert 200 == site.ask(LINKS.pixel_url("reader:1", "m", now=NOW)).status
    assert [] == site.events


# --- for readers


@pytest.mark.parametrize("language", languages())
def test_pages_speak_the_readers_language(site: Site, language: str) -> None:
    """Each page is in the reader's language; the owner's words in it are marked with theirs."""
    for url in (LINKS.unsubscribe_url("reader:1", ["letter"], now=NOW), LINKS.preferences_url("reader:1", now=NOW)):
        page = text(site.ask(url, accept_language=language))
        assert f'<html lang="{language}"' in page
        assert (language == "en") == (' lang="en"' not in page.partition("<main")[2])


def test_pages_are_private(site: Site) -> None:
    """No page of a reader is stored, indexed, framed or loads a script; its address is not passed on to others."""
    headers = dict(site.ask(LINKS.preferences_url("reader:1", now=NOW)).headers)
    assert "no-store" == headers["Cache-Control"]
    assert headers["X-Robots-Tag"].startswith("noindex")
    assert headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
    assert "frame-ancestors" in headers["Content-Security-Policy"]
    assert b"<script" not in site.ask(LINKS.preferences_url("reader:1", now=NOW)).body


def test_mounted_apps(site: Site) -> None:
    """Below a mount point the links lead there, and the pages' forms stay there."""
    links = MailLinks(POLICY, SECRET, base_url="https://shop.example/app/")
    url = links.unsubscribe_url("reader:1", ["letter"], now=NOW)
    assert url.startswith("https://shop.example/app/_ck/mail/unsubscribe?t=")
    request = Request("GET", "https", "shop.example", "/_ck/mail/unsubscribe", urlsplit(url).query, "/app")
    exchange = site.kit.open(request, now=NOW, entropy=bytes(64))
    exchange.receive(b"")
    exchange.resolve(perform(site.store, exchange.effects))
    assert 'action="/app/_ck/mail/unsubscribe?t=' in exchange.reply.body.decode()
