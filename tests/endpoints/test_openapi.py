"""The description of our addresses, and what a program finds that tries everything it allows and forbids."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.record import Record
from consentkit.endpoints import Endpoints
from consentkit.endpoints.openapi import openapi
from consentkit.endpoints.table import TABLE
from consentkit.http import Request
from consentkit.kit import ConsentKit
from consentkit.pages.render import Pages
from consentkit.records.memory import MemoryStore
from consentkit.wsgi import ConsentMiddleware
from tests.policies import make_policy

SECRET = "a secret of 24 characters"
POLICY = make_policy(sites=["127.0.0.1"], policy_path="/privacy")
CASES = 40  # for each operation, besides those that the coverage phase makes
SECONDS = 300  # after which it hangs


def test_the_description_is_valid() -> None:
    """It is OpenAPI 3.1, with every operation named once."""
    found = openapi("1", "/_ck", "/privacy")
    OpenAPIV31SpecValidator(found).validate()
    names = [operation["operationId"] for path in found["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))


def test_the_description_is_of_what_is_served() -> None:
    """Every path and method in it is one that is ours, and every address of ours is in it."""
    pages = Pages(POLICY, secrets=[SECRET])
    endpoints = Endpoints(POLICY, ConsentCookie(POLICY, [SECRET]), pages)
    found = openapi("1", "/_ck", "/privacy")
    for path, operations in found["paths"].items():
        route = endpoints.match(
            Request(
                "GET",
                "https",
                "shop.example",
                path.replace("{file}", next(iter(pages.assets))).replace("{version}", POLICY.version),
            )
        )
        assert route is not None
        assert route.name != "nothing"
        assert {method.lower() for method in route.methods} == set(operations)
    assert len(found["paths"]) == len(TABLE) + sum(address.name == "policy" for address in TABLE)
    assert set(openapi("1", "/x")["paths"]) == {f"/x{address.path}" for address in TABLE}


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class _Counting(MemoryStore):
    """Counts what was ever appended, erased or not."""

    def __init__(self) -> None:
        super().__init__()
        self.appended = 0

    def append(self, record: Record, /) -> None:
        super().append(record)
        self.appended += 1


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """The report says what happened."""


@pytest.mark.server
def test_whatever_is_sent_is_answered_as_described(tmp_path: Path) -> None:
    """Generated requests, right and wrong, find no 5xx, no answer that is not described, and no decision without its proof."""
    if importlib.util.find_spec("schemathesis") is None:
        pytest.skip("schemathesis is not installed, so nothing was generated")
    kit, records = ConsentKit(POLICY, secret=SECRET, insecure_dev=True), _Counting()
    answered = dict[int, int]()
    proven = list[bool]()

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b""]

    inside = ConsentMiddleware(app, kit, records=records)

    def counting(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            code = int(status[:3])
            answered[code] = answered.get(code, 0) + 1
            cookies = [value for name, value in headers if name.lower() == "set-cookie"]
            if any("Max-Age=0" not in value for value in cookies):  # a decision; an erasure deletes the cookie
                proven.append(records.appended > len(proven))
            return start_response(status, headers, *more)

        return inside(environ, start)

    server = make_server("127.0.0.1", 0, counting, _Server, _Quiet)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(openapi("1", "/_ck", "/privacy", list(kit.pages.assets))))
    url = f"http://127.0.0.1:{server.server_port}"
    try:
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "run", str(file), "--url", url, "--max-examples", str(CASES),
             "--phases", "examples,coverage,fuzzing", "--seed", "1", "--generation-database", "none", "--no-color",
             "--header", f"Origin: {url}", "--exclude-checks", "positive_data_acceptance,negative_data_rejection",
             "--suppress-health-check", "all", "--warnings", "off", "--continue-on-failure"],
            cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    finally:
        server.shutdown()
        server.server_close()
    assert done.returncode == 0, done.stdout + done.stderr
    assert sum(answered.values()) > CASES * len(TABLE)
    assert not {code for code in answered if code >= 500}
    assert all(proven)
    assert proven
