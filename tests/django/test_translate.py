"""Between Django's requests and responses and the neutral values."""

from __future__ import annotations

import pickle

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from consentkit.django.translate import WholeMorsel, head_of, narrow, request_from, write_head
from consentkit.http import Head


def test_requests() -> None:
    """Path, mount point, host and scheme are those that Django believes in."""
    request = RequestFactory().get("/caf%C3%A9?a=1", secure=True, headers={"Host": "Brightwash.Example:8443"})
    request.META["SCRIPT_NAME"] = "/shop"
    made = request_from(request)
    assert ("/café", "a=1", "/shop", "https") == (made.path, made.query, made.root_path, made.scheme)
    assert "brightwash.example:8443" == made.host
    assert "https://brightwash.example:8443/shop/caf%C3%A9?a=1" == made.url


def test_narrowed_requests() -> None:
    """The app sees the narrowed fields; middleware outside gets back what it decides by, but no refused cookie."""
    fields = {"Accept-Encoding": "gzip", "If-None-Match": '"a"', "Cookie": "a=1; b=2", "X-Else": "kept"}
    request = RequestFactory().get("/", headers=fields)
    assert {"a": "1", "b": "2"} == request.COOKIES
    before = request_from(request).headers
    restore = narrow(request, before, (("Cookie", "b=2"), ("Cookie", "c=3"), ("X-Else", "kept")))
    assert {"b": "2", "c": "3"} == request.COOKIES
    assert ("b=2; c=3", None) == (request.headers.get("Cookie"), request.headers.get("Accept-Encoding"))
    restore()
    assert ("gzip", '"a"', "kept") == tuple(request.headers[n] for n in ("Accept-Encoding", "If-None-Match", "X-Else"))
    assert {"b": "2", "c": "3"} == request.COOKIES


def test_requests_that_nothing_changes() -> None:
    """A request that stays as it is keeps everything it has read."""
    request = RequestFactory().get("/", headers={"Cookie": "a=1"})
    cookies = request.COOKIES
    before = request_from(request).headers
    narrow(request, before, before)()
    assert cookies is request.COOKIES


def test_bare_requests() -> None:
    """A request without a handler's class is narrowed, too."""
    request = HttpRequest()
    request.META = {"HTTP_COOKIE": "a=1; b=2"}
    narrow(request, (("Cookie", "a=1; b=2"),), (("Cookie", "b=2"),))
    assert {"b": "2"} == request.COOKIES


def test_heads() -> None:
    """A head that did not change leaves the response's objects alone."""
    response = HttpResponse("x", headers={"X-One": "1"})
    response.set_cookie("a", "1")
    morsel = response.cookies["a"]
    write_head(response, head_of(response))
    assert morsel is response.cookies["a"]
    assert {"Content-Type": "text/html; charset=utf-8", "X-One": "1"} == dict(response.items())


def test_changed_heads() -> None:
    """Fields go and come, several values become one, several cookies of one name stay several."""
    response = HttpResponse("x", headers={"X-One": "1", "Set-Cookie": "raw=1; Partitioned; Secure"}, reason="Fine")
    response.set_cookie("a", "1")
    cookies = [
        ("Set-Cookie", text) for text in ("raw=1; Partitioned; Secure", "a=; Path=/", "a=; Path=/b", "é=1", "ü=1")
    ]
    write_head(response, Head(500, (("Vary", "Cookie"), ("Link", "a"), ("link", "b"), *cookies)))
    assert {"Vary": "Cookie", "link": "a, b", "Set-Cookie": "é=1"} == dict(response.items())
    assert ["raw=1; Partitioned; Secure", "a=; Path=/", "a=; Path=/b"] == [
        morsel.OutputString() for morsel in response.cookies.values()
    ]
    assert (500, "Internal Server Error") == (response.status_code, response.reason_phrase)


@pytest.mark.parametrize(
    "text", ["a=1; Path=/; Partitioned; Secure", "__Host-x=a=b; SameSite=None", "odd@name=1", "flag"]
)
def test_cookies_leave_as_they_were_written(text: str) -> None:
    """A cookie keeps its text, whatever this Python's own class thinks of it."""
    assert text == WholeMorsel.of(text).OutputString()


def test_cookies_that_others_change() -> None:
    """What other middleware changes in a cookie afterwards is not lost, and caches can keep cookies."""
    morsel = WholeMorsel.of("a=1; Path=/; Partitioned; Secure")
    morsel["samesite"] = "None"
    assert {"a=1", "Path=/", "Partitioned", "Secure", "SameSite=None"} == set(morsel.OutputString().split("; "))
    again = pickle.loads(pickle.dumps(WholeMorsel.of("a=1; Path=/; Partitioned")))
    assert {"a=1", "Path=/", "Partitioned"} == set(again.OutputString().split("; "))
