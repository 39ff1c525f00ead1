"""The example site in this process, behind each driver, with a visitor's cookie jar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Protocol
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient
from werkzeug.test import Client as WerkzeugClient

from examples.brightwash import app as on_starlette
from examples.brightwash import wsgi as on_werkzeug
from examples.brightwash.settings import Settings
from examples.brightwash.site import Site

ORIGIN = "https://brightwash.example"


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    text: str

    def header(self, name: str) -> str:
        """The first value of a header field, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def set_cookies(self) -> list[str]:
        """The names of the cookies that it sets or deletes."""
        return [value.partition("=")[0] for key, value in self.headers if key.lower() == "set-cookie"]


class Send(Protocol):
    """Send one request through a driver."""

    def __call__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """Send it; nothing is followed, and no cookie is kept."""


@dataclass
class Guest:
    """A visitor without a browser: keeps cookies, follows nothing."""

    send: Send
    site: Site
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Reply:
        """Visit a page."""
        return self._exchange("GET", path, headers, b"")

    def post(self, path: str, **form: str) -> Reply:
        """Send a form from one of the site's own pages."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": ORIGIN,
            "Sec-Fetch-Site": "same-origin",
        }
        return self._exchange("POST", path, headers, urlencode(form).encode())

    def decide(self, decision: str) -> Reply:
        """Answer the banner."""
        return self.post("/_ck/decide", decision=decision, **{"return": "/"})

    def _exchange(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        headers = {"Host": "brightwash.example", "Accept": "text/html", "Sec-Fetch-Dest": "document", **headers}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        reply = self.send(method, path, headers, body)
        for value in (value for key, value in reply.headers if key.lower() == "set-cookie"):
            for name, morsel in SimpleCookie(value).items():
                self.cookies[name] = morsel.coded_value
                if morsel["max-age"] == "0":
                    del self.cookies[name]
        return reply


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """How the site is run."""
    return Settings(folder=tmp_path)


@pytest.fixture(params=["asgi", "wsgi"])
def guest(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Guest]:
    """A visitor of the site on Starlette, then of the site on Werkzeug."""
    if request.param == "asgi":
        with TestClient(on_starlette.make_app(settings), base_url=ORIGIN, follow_redirects=False) as client:

            def send(method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
                client.cookies.clear()
                reply = client.request(method, path, headers=headers, content=body)
                return Reply(reply.status_code, list(reply.headers.multi_items()), reply.text)

            yield Guest(send, Site(settings))
        return
    werkzeug = WerkzeugClient(on_werkzeug.make_app(settings), use_cookies=False)

    def send_wsgi(method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        reply = werkzeug.open(path, method=method, base_url=ORIGIN, headers=headers, data=body)
        return Reply(reply.status_code, list(reply.headers), reply.get_data().decode("utf-8", "replace"))

    yield Guest(send_wsgi, Site(settings))
