"""`make demo`: the site served on this machine over plain HTTP, as a newcomer meets it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import pytest

from tests.conftest import PROJECT
from tests.drivers.processes import START_SECONDS, reserved_port

pytestmark = pytest.mark.server


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The demonstration's address, and a file with what it printed."""
    log = tmp_path / "printed.txt"
    with reserved_port() as port, log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "examples.brightwash", "--port", str(port)],
            cwd=PROJECT, env={**os.environ, "BRIGHTWASH_FOLDER": str(tmp_path)}, stdout=out, stderr=out,
        )  # fmt: skip
        try:
            yield f"http://127.0.0.1:{port}", log
        finally:
            process.terminate()
            process.wait(timeout=START_SECONDS)


def fetch(opener: OpenerDirector, request: Request) -> str:
    """The body of an answer, waiting for the server to come up."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with opener.open(request, timeout=START_SECONDS) as answer:
                return str(answer.read().decode())
        except URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError) or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_demo(demo: tuple[str, Path]) -> None:
    """It prints its address and what to try; accepting works over plain HTTP, and the choice is kept."""
    address, log = demo
    jar = CookieJar()
    opener = build_opener(HTTPCookieProcessor(jar))
    headers = {"Accept": "text/html", "Sec-Fetch-Dest": "document"}
    assert ' src="https://www.google-analytics.com' not in fetch(opener, Request(f"{address}/", headers=headers))
    assert f"{address}/" in log.read_text()
    assert "Try this" in log.read_text()
    assert [] == list(jar)
    form = urlencode({"decision": "accept", "return": "/"}).encode()
    accepted = Request(f"{address}/_ck/decide", form, {**headers, "Origin": address, "Sec-Fetch-Site": "same-origin"})
    assert ' src="https://www.google-analytics.com' in fetch(opener, accepted)
    assert {"consent", "bw_visitor"} == {cookie.name for cookie in jar}
