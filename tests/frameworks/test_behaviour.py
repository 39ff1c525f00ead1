"""What a visitor and a developer meet is the same in every framework."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable

import pytest

from tests.drivers.clients import Reply
from tests.frameworks.conftest import Visitor
from tests.frameworks.site import DATA, EMBED, LIVE

Visit = Callable[..., Visitor]

ACCEPT = "decision=accept&return=/"
REJECT = "decision=reject&return=/"
JSON = (("Accept", "application/json"), ("Sec-Fetch-Dest", "empty"))


def consent_cookie(reply: Reply) -> str:
    """The Set-Cookie value of our own cookie."""
    [value] = [value for value in set_cookies(reply) if value.startswith("__Host-consent=")]
    return value


def set_cookies(reply: Reply) -> list[str]:
    """The Set-Cookie values; Django 5.2 puts a space before them under WSGI."""
    return [value.strip() for value in reply.all("set-cookie")]


@pytest.mark.parametrize("path", ["/", "/stream"])
def test_first_visit(visit: Visit, path: str) -> None:
    """The first page, whole or streamed, contacts nobody, asks, says that it is this visitor's, and sets no cookie."""
    reply = visit().get(path)
    assert 200 == reply.status
    assert LIVE not in reply.text
    assert EMBED not in reply.text
    assert 'data-ck-src="https://counter.example/count.js"' in reply.text
    assert 'data-ck-src="https://nobody.example/film"' in reply.text
    assert '<h1>Gläser</h1><img src="/a.png" alt="">' in reply.text
    assert 'data-ck="accept"' in reply.text
    assert [] == reply.all("set-cookie")
    assert "counter.example" not in (reply.one("content-security-policy") or "counter.example")
    assert "cookie" in (reply.one("vary") or "").lower()
    assert reply.one("content-length") in {None, str(len(reply.body))}


@pytest.mark.parametrize("path", ["/", "/stream"])
def test_accepting(visit: Visit, path: str) -> None:
    """Accepting leads back with a strict cookie and one record, and what is declared is live; strangers still wait."""
    client = visit()
    reply = client.post("/_ck/decide", ACCEPT)
    assert (303, "/") == (reply.status, reply.one("location"))
    attributes = {part.strip().lower() for part in consent_cookie(reply).split(";")[1:]}
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes
    page = client.get(path).text
    assert LIVE in page
    assert EMBED not in page
    assert 'data-ck="accept"' not in page
    assert [{"analytics": True}] == client.choices()


def test_rejecting(visit: Visit) -> None:
    """Rejecting is kept as well: the page stays as it was and does not ask again."""
    client = visit()
    assert 303 == client.post("/_ck/decide", REJECT).status
    page = client.get().text
    assert LIVE not in page
    assert 'data-ck="accept"' not in page


def test_withdrawing(visit: Visit) -> None:
    """Withdrawing takes one request: the next page contacts nobody."""
    client = visit()
    client.post("/_ck/decide", ACCEPT)
    assert LIVE in client.get().text
    assert 303 == client.post("/_ck/decide", "withdraw=1&return=/").status
    assert LIVE not in client.get().text


def test_pages_of_ours(visit: Visit) -> None:
    """The policy page, the preferences, the state and the assets are served although the app has no such routes."""
    client = visit()
    assert "We count visits." in client.get("/privacy").text
    assert "Counting" in client.get("/_ck/preferences").text
    assert 200 == client.get("/_ck/state", JSON).status
    [asset] = [word.split('"')[1] for word in client.get().text.split("src=") if word.startswith('"/_ck/consent.')]
    assert 200 == client.get(asset, ()).status
    assert 404 == client.get("/_ck/nothing").status


def test_data_is_not_touched(visit: Visit) -> None:
    """JSON leaves with its own bytes."""
    reply = visit().get("/data", JSON)
    assert (200, DATA) == (reply.status, reply.text)


def test_cookies_both_ways(visit: Visit) -> None:
    """A cookie of a purpose is neither set nor shown to the app before its consent, and is both after it."""
    client = visit()
    assert [] == client.get("/visits").all("set-cookie")
    client.cookies["visits"] = "7"
    assert {"cookies": [], "analytics": False} == json.loads(client.get("/seen", JSON).text)
    client.post("/_ck/decide", ACCEPT)
    [value] = set_cookies(client.get("/visits"))
    assert value.startswith("visits=1")
    answer = json.loads(client.get("/seen", JSON).text)
    assert answer["analytics"]
    assert "visits" in answer["cookies"]


def test_forms_of_the_app(visit: Visit) -> None:
    """The body of a request that is the app's reaches it whole."""
    body = "name=" + "x" * 10_000
    assert body == visit().post("/echo", body).text


def test_what_the_app_does_not_have(visit: Visit) -> None:
    """The framework's own answer for unknown paths passes."""
    assert 404 == visit().get("/nothing").status


def test_mounted(visit_here: Visit) -> None:
    """Below a mount point every address of ours begins with it, and pages and decisions work."""
    client = visit_here(mount="/shop")
    page = client.get("/").text
    assert 'action="/shop/_ck/decide"' in page
    assert "data-ck-src" in page
    assert 303 == client.post("/_ck/decide", "decision=accept&return=/shop/").status
    assert LIVE in client.get("/").text


def test_shared_pages(visit: Visit) -> None:
    """In shared mode every visitor gets the same bytes."""
    client = visit(mode="shared")
    before = client.get().body
    client.post("/_ck/decide", ACCEPT)
    assert before == client.get().body


def test_exceptions(visit: Visit) -> None:
    """An exception in the app is the framework's to answer, and the next request is served."""
    client = visit()
    with contextlib.suppress(RuntimeError):  # some leave it to the server
        assert 500 == client.get("/broken").status
    assert 200 == client.get().status
