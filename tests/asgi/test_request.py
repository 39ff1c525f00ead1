"""The head of a request, out of its scope."""

from __future__ import annotations

import pytest

from consentkit.asgi import request_from
from tests.drivers.asgi_server import http_scope

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("root", "path", "below"),
    [
        ("", "/a", "/a"),
        ("/app", "/app/a", "/a"),
        ("/app/", "/app/a", "/a"),
        ("/app", "/a", "/a"),
        ("/app", "/app", ""),
        ("/app", "/apple", "/apple"),
    ],
)
async def test_paths(root: str, path: str, below: str) -> None:
    """The path is the one below `root_path`, whether the server gives it whole or not."""
    request = request_from(http_scope(path, root_path=root))
    assert (root.rstrip("/"), below) == (request.root_path, request.path)


async def test_the_request() -> None:
    """The head of the request in the core's words."""
    scope = http_scope("/büro", query_string=b"a=%20", headers=[("Cookie", "a=1"), ("cookie", "b=2"), ("X-N", "é")])
    request = request_from(scope)
    assert ("GET", "https", "brightwash.example") == (request.method, request.scheme, request.host)
    assert ("/büro", "a=%20") == (request.path, request.query)
    assert ("a=1; b=2", "é") == (request.header("cookie"), request.header("x-n"))
    bare = {"type": "http", "method": "GET", "path": "/", "headers": []}
    assert ("http", "", "") == (request_from(bare).scheme, request_from(bare).host, request_from(bare).query)
