"""The head of a request, out of its environ, and what the app is given instead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from consentkit.wsgi import consent_from, request_from
from tests.drivers.doubles import LoudKit
from tests.wsgi.apps import Lint, Server, answering, environ_of, middle

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def test_the_apps_environ(kit: LoudKit, lint: Lint) -> None:
    """The app gets the changed fields in a copy, and the server's environ stays what it was."""
    seen = list[dict[str, Any]]()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        seen.append(dict(environ))
        return answering([b"a"])(environ, start_response)

    fields = {"HTTP_ACCEPT": "text/html", "HTTP_ACCEPT_ENCODING": "gzip", "HTTP_RANGE": "bytes=0-1",
              "HTTP_COOKIE": "a=1; b=2", "HTTP_X_NAME": "é", "CONTENT_TYPE": "text/x"}  # fmt: skip
    environ = environ_of(**fields)
    Server().run(lint(middle(lint(app), kit)), environ)
    assert fields.items() <= environ.items()
    assert not [key for key in environ if key.startswith("consentkit")]
    inner = seen[0]
    assert ("kept=1", "é", "text/x", "text/html") == tuple(
        inner[name] for name in ("HTTP_COOKIE", "HTTP_X_NAME", "CONTENT_TYPE", "HTTP_ACCEPT")
    )
    assert not {"HTTP_ACCEPT_ENCODING", "HTTP_RANGE"} & set(inner)
    assert (kit.last.consent, kit.last) == (consent_from(inner), inner["consentkit.exchange"])


def test_the_request() -> None:
    """The head of the request in the core's words; bytes of a path are read as UTF-8."""
    environ = environ_of(
        "/b\u00c3\u00bcro", SCRIPT_NAME="/app/", QUERY_STRING="a=%20", HTTP_SEC_GPC="1", HTTP_COOKIE="a=1",
        CONTENT_TYPE="text/x", CONTENT_LENGTH="", HTTP_CONTENT_TYPE="forged",
    )  # fmt: skip
    request = request_from(environ)
    assert ("GET", "http", "brightwash.example") == (request.method, request.scheme, request.host)
    assert ("/büro", "/app", "a=%20") == (request.path, request.root_path, request.query)
    assert ("1", "a=1", "text/x", None) == tuple(
        request.header(name) for name in ("sec-gpc", "cookie", "content-type", "content-length")
    )
    del environ["HTTP_HOST"]
    environ["PATH_INFO"] = "/\u00ff"
    assert ("", "/\ufffd") == (request_from(environ).host, request_from(environ).path)
