"""Brightwash as a Flask app and as a Django project, in real servers: the same site as on Starlette and Werkzeug."""

from __future__ import annotations

import csv
import http.client
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest

from tests.browser.servers import PROJECT, running
from tests.examples.conftest import Reply

pytestmark = pytest.mark.server

PAGES = ("/", "/machines", "/gallery", "/talks", "/videos", "/blog", "/blog/hard-water", "/newsletter",
         "/newsletter/unsubscribe", "/survey", "/contact")  # fmt: skip
COMMENT = {"name": "<Ada>", "email": "ada@pub.example", "country": "Wales", "text": "We descale on Sundays."}
ANSWER = {"machine": "A tea towel", "satisfaction": "2", "name": "Ada", "email": "ada@pub.example"}
FETCHED = re.compile(
    r'<(?:script|iframe|img|link)\b[^>]*?\s(?:src|srcset|href)="(?:https?:)?//(?!brightwash\.example)[^"]*"[^>]*>'
)
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
COMMANDS = {
    "flask": ["-m", "flask", "--app", "examples.brightwash_flask", "survey", "export"],
    "django": ["examples/brightwash_django/manage.py", "sponsor_export"],
}


@dataclass
class Guest:
    """A visitor without a browser, of a site that a server serves; keeps cookies and tokens, follows nothing."""

    port: int
    name: str
    environment: dict[str, str]
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Reply:
        """Visit a page."""
        return self._exchange("GET", path, headers, b"")

    def post(self, path: str, **form: str) -> Reply:
        """Send a form from one of the site's own pages, with the token that Django's have."""
        if not path.startswith("/_ck") and (token := TOKEN.search(self.get("/newsletter").text)):
            form["csrfmiddlewaretoken"] = token[1]
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        return self._exchange("POST", path, headers, urlencode(form).encode())

    def decide(self, decision: str) -> Reply:
        """Answer the banner."""
        return self.post("/_ck/decide", decision=decision, **{"return": "/"})

    def export(self) -> list[dict[str, str]]:
        """What the sponsor gets."""
        command = [sys.executable, *COMMANDS[self.name]]
        ran = subprocess.run(command, cwd=PROJECT, env=self.environment, capture_output=True, text=True, check=True)
        return list(csv.DictReader(ran.stdout.splitlines()))

    def _exchange(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        headers = {"Host": "brightwash.example", "Accept": "text/html", "Sec-Fetch-Dest": "document", **headers}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        reply = Reply(answer.status, answer.getheaders(), answer.read().decode(errors="replace"))  # a picture is none
        connection.close()
        for value in (value for key, value in reply.headers if key.lower() == "set-cookie"):
            for name, morsel in SimpleCookie(value).items():
                self.cookies[name] = morsel.coded_value
                if morsel["max-age"] == "0":
                    del self.cookies[name]
        return reply


@pytest.fixture(scope="module", params=["flask", "django", "django-asgi"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    """Each of the sites, in its server."""
    pytest.importorskip("gunicorn")
    name, folder = str(request.param), tmp_path_factory.mktemp("site")
    environment = {"BRIGHTWASH_INSECURE_DEV": "1", "BRIGHTWASH_CONSENT_INSECURE_DEV": "true"}
    kind = name.partition("-")[0]
    pytest.importorskip(kind)
    if kind == "django":
        pytest.importorskip("whitenoise")
    with running(name, None, folder, environment) as port:
        yield Guest(port, kind, {**environment, "BRIGHTWASH_FOLDER": str(folder)})


@pytest.fixture
def guest(served: Guest) -> Guest:
    """A visitor who has not been there before."""
    return Guest(served.port, served.name, served.environment)


def test_before_and_after_consent(guest: Guest) -> None:
    """No page has anything left to fetch from others, or sets a cookie of its own choice; after consent all is there."""
    for path in PAGES:
        reply = guest.get(path)
        assert 200 == reply.status
        assert [] == FETCHED.findall(reply.text)
        assert {"csrftoken"} >= set(reply.set_cookies)
        assert "Under 18?" in reply.text
        assert 'data-ck="accept"' in reply.text
    guest.decide("accept")
    for path in PAGES:
        assert 'src="https://www.google-analytics.com/analytics.js"' in guest.get(path).text
    assert "bw_visitor" in guest.cookies
    guest.decide("reject")
    assert [] == FETCHED.findall(guest.get("/videos").text)
    assert "bw_visitor" not in guest.cookies


def test_other_answers(guest: Guest) -> None:
    """The policy page, the feed, pictures and unknown pages are what they are on the other frameworks."""
    assert "Brightwash Glasswashers Ltd" in guest.get("/privacy").text
    feed = guest.get("/blog/feed.xml", Accept="application/rss+xml")
    assert feed.text.startswith("<?xml")
    assert "data-ck" not in feed.text
    assert "<svg" in guest.get("/static/drop.svg").text
    missing = guest.get("/no-such-page")
    assert 404 == missing.status
    assert "Nothing here but clean glass" in missing.text
    assert [] == FETCHED.findall(missing.text)


def test_preferences(guest: Guest) -> None:
    """The kind of place, and the author's name, are remembered with consent only; the place is shown in any case."""
    assert "/?place=hotel#machines" == guest.post("/place", place="hotel").header("location")
    guest.post("/blog/why-glass-breaks", **COMMENT, remember="yes")
    assert guest.cookies.keys().isdisjoint({"bw_place", "bw_author"})
    guest.decide("accept")
    guest.post("/place", place="hotel")
    guest.post("/blog/why-glass-breaks", **COMMENT, remember="on")
    assert "hotel" == guest.cookies["bw_place"]
    assert 'value="hotel" aria-pressed="true"' in guest.get("/").text
    assert 'value="ada@pub.example"' in guest.get("/blog/why-glass-breaks").text


def test_comments(guest: Guest) -> None:
    """A comment shows name and country, escaped; an anonymous one neither; none without name and address."""
    path = "/blog/hard-water"
    assert guest.post(path, **{**COMMENT, "email": ""}).status == 200
    assert "Nobody has written yet" in guest.get(path).text
    assert f"{path}#comments" == guest.post(path, **COMMENT).header("location")
    page = guest.get(path).text
    assert "&lt;Ada&gt;, Wales" in page
    assert "Thank you: your comment is there." in page
    assert COMMENT["email"] not in page
    guest.post("/blog/quiet-please", **COMMENT, anonymous="on")
    page = guest.get("/blog/quiet-please").text
    assert '<p class="meta">Anonymous</p>' in page
    assert "Ada" not in page


def test_newsletter(guest: Guest) -> None:
    """Signing up needs its own box; neither way in nor way out says who is in the list, or gives a key to it."""
    assert "Please tick the first box" in guest.post("/newsletter", email="bob@pub.example").text
    assert "Please tick the first box" in guest.post("/newsletter", email="bob@pub.example", agree="on").text
    page = guest.post("/newsletter", email="bob@pub.example", agree="yes").text
    assert "look into your mailbox" in page
    assert "/newsletter/unsubscribe?" not in page
    for email in ("bob@pub.example", "nobody@pub.example"):
        assert "a letter is on its way" in guest.post("/newsletter/unsubscribe", email=email).text


def test_survey(guest: Guest) -> None:
    """The sponsor gets the answers of those who said so, until they change their mind; a rating has a scale."""
    assert "Please rate from 1 to 5" in guest.post("/survey", **{**ANSWER, "satisfaction": "9"}).text
    page = guest.post("/survey", **ANSWER, sponsor="on").header("location")
    guest.post("/survey", **{**ANSWER, "name": "Bob"})
    assert "Stop sharing" in guest.get(page).text
    assert ["Ada"] == [row["name"] for row in guest.export()]
    guest.post(page, sponsor="no")
    assert "They stay with us" in guest.get(page).text
    assert [] == guest.export()


def test_contact(guest: Guest) -> None:
    """A message is taken, one without a proper address is sent back, and one beyond all measure is refused."""
    assert "Thank you" not in guest.post("/contact", name="Ada", email="ada", text="Hello").text
    assert "Thank you" in guest.post("/contact", name="Ada", email="ada@pub.example", text="Hello").text
    assert guest.post("/contact", name="Ada", email="a@b.example", text="x" * 100_000).status in {400, 413}
