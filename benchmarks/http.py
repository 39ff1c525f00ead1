"""What does the middleware cost a site? The same apps with and without it, in turns, in one run.

- Requests per second: a trivial Starlette app under uvicorn and a trivial Flask app under gunicorn, one worker each.
  Figures are medians of the rounds; in each round bare and wrapped take turns, so that noise meets both. The
  ratio is that of the processor time each took for a request (where /proc tells it), because on a machine that
  has other things to do the clock tells of those; the ratio by the clock stands beside it.
- The first byte of a page that is streamed, in milliseconds after the request.
- In this process, without a server: microseconds for an answer that is no page, and the memory that a page on
  its way holds.

Load comes from `wrk` where it is installed, otherwise from threads of this process (which measure less
exactly, since they take time from the server). Everything stays on 127.0.0.1 and ends by itself.

    python benchmarks/http.py [--rounds N] [--seconds S] [--json FILE] [--only server|process]
"""

from __future__ import annotations

import sys

# ruff: noqa: E402 (a script named http.py must not stand in for the standard library's package)
sys.path[:] = [entry for entry in sys.path if not entry.endswith("benchmarks")]

import argparse
import asyncio
import contextlib
import gc
import http.client
import json
import os
import platform
import re
import shutil
import signal
import socket
import statistics
import subprocess
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from consentkit import asgi, wsgi
from consentkit.kit import ConsentKit
from consentkit.policy.models import Policy
from consentkit.records.memory import MemoryStore

HOST = "127.0.0.1"
SITE = "shop.example"
STARTS_WITHIN = 30.0  # seconds
CONNECTIONS = 8
THREADED_REQUESTS = 2_000  # of the own generator, for each measurement
FIRST_BYTES = 40  # requests for each median
STREAMS = 200
CHUNK = 16 * 1024
TARGETS = {"json": 0.97, "pass_through_us": 20.0, "stream_kib": 128.0}
DOCUMENT = {"Host": SITE, "Accept": "text/html", "Sec-Fetch-Dest": "document", "Accept-Encoding": "gzip, br"}
SCRIPT = {"Host": SITE, "Accept": "*/*", "Sec-Fetch-Dest": "empty", "Accept-Encoding": "gzip, br"}
FEW_SECONDS = 0.05  # for which the streamed page pauses after its first piece

KINDS = {"json": SCRIPT, "1k": DOCUMENT, "50k": DOCUMENT, "500k": DOCUMENT}


def page(size: int) -> bytes:
    """A made-up shop's page of about this many bytes: text, links, pictures, its own script and two strangers'."""
    head = (
        b"<!doctype html><html lang=en><head><meta charset=utf-8><title>Shop</title>"
        b'<link rel=stylesheet href=/shop.css><script src="https://counter.example/count.js"></script></head><body>'
    )
    row = (
        b'<article class="card"><a href="/glass/%d"><img src="/pictures/%d.jpg" alt="A glass"></a>'
        b"<h2>Glass number %d</h2><p>Blown by hand, washed by hand, and shipped in straw.</p></article>\n"
    )
    tail = b'<iframe src="https://films.example/embed/1"></iframe><script src=/shop.js></script></body></html>'
    rows, number = bytearray(), 0
    while len(head) + len(rows) + len(tail) < size:
        rows += row % (number, number, number)
        number += 1
    return head + rows + tail


PAGES = {"1k": page(1_000), "50k": page(50_000), "500k": page(500_000)}


def make_kit() -> ConsentKit:
    """The kit of the made-up shop."""
    purpose = {"title": "Counting", "summary": "We count.", "text": "We count visits."}
    service = {"provider": "Somebody", "purposes": ["analytics"]}
    policy = Policy.model_validate(
        {
            "version": "1", "sites": [SITE],
            "controller": {"name": "Shop", "address": "1 Lane", "email": "us@shop.example"},
            "purposes": [{"id": "analytics", **purpose}],
            "services": [
                {"id": "counter", "name": "Counter", "hosts": ["counter.example"], **service},
                {"id": "films", "name": "Films", "hosts": ["films.example"], **service},
            ],
            "rights": {"contact": "Write to us.", "authority": "Office", "authority_url": "https://office.example/"},
            "retention": {"records": "5 years", "text": "Five years."},
            "mandatory_data": "None.", "automated_decisions": "None.",
        }
    )  # fmt: skip
    return ConsentKit(policy, secret="a secret for measuring alone")


def starlette_app(*, wrapped: bool) -> Any:
    """The trivial Starlette app."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
    from starlette.routing import Route

    async def answer(request: Request) -> Response:
        name = request.path_params["name"]
        return JSONResponse({"glass": 1}) if name == "json" else HTMLResponse(PAGES[name])

    async def pieces() -> AsyncIterator[bytes]:
        data = PAGES["50k"]
        yield data[:CHUNK]
        await asyncio.sleep(FEW_SECONDS)
        yield data[CHUNK:]

    async def stream(_request: Request) -> Response:
        return StreamingResponse(pieces(), media_type="text/html")

    app = Starlette(routes=[Route("/stream", stream), Route("/{name}", answer)])
    return asgi.ConsentMiddleware(app, make_kit(), records=MemoryStore()) if wrapped else app


def flask_app(*, wrapped: bool) -> Any:
    """The trivial Flask app."""
    import flask

    app = flask.Flask("measured")

    @app.get("/<name>")
    def answer(name: str) -> Any:
        return {"glass": 1} if name == "json" else PAGES[name].decode()

    def pieces() -> Iterator[bytes]:
        data = PAGES["50k"]
        yield data[:CHUNK]
        time.sleep(FEW_SECONDS)
        yield data[CHUNK:]

    @app.get("/stream")
    def stream() -> Any:
        return flask.Response(pieces(), mimetype="text/html")

    return wsgi.ConsentMiddleware(app, make_kit(), records=MemoryStore()) if wrapped else app


def serve(server: str, port: int, *, wrapped: bool) -> None:
    """Is the server process."""
    if server == "uvicorn":
        import uvicorn

        uvicorn.run(starlette_app(wrapped=wrapped), host=HOST, port=port, log_level="error", access_log=False)
        return
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            # Threads, because the plain worker closes each connection, which would hide what the app costs.
            for name, value in {"bind": f"{HOST}:{port}", "workers": 1, "threads": 4, "loglevel": "error"}.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return flask_app(wrapped=wrapped)

    Application().run()


@contextlib.contextmanager
def running(server: str, *, wrapped: bool) -> Iterator[tuple[int, int]]:
    """A server in a process of its own; gives its port and process."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, __file__, "--serve", server, "--port", str(port), *(["--wrapped"] if wrapped else [])]
    process = subprocess.Popen(command, start_new_session=True, env={**os.environ, "SERVER_SOFTWARE": ""})
    try:
        deadline = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                socket.create_connection((HOST, port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.05)
        yield port, process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=STARTS_WITHIN)


def processor_seconds(process: int) -> float | None:
    """What a server and its workers have used of the processor; None where nobody tells."""
    children = Path(f"/proc/{process}/task/{process}/children")
    if not children.exists():
        return None
    ticks = 0
    for each in (process, *map(int, children.read_text().split())):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def load(server: tuple[int, int], path: str, headers: dict[str, str], seconds: float) -> tuple[float, float]:
    """Requests per second, and microseconds of the processor for each (of the clock, where nobody tells)."""
    port, process = server
    before = processor_seconds(process)
    count, took = rate(port, path, headers, seconds)
    after = processor_seconds(process)
    used = took if before is None or after is None else after - before
    return count / took, used / count * 1e6


def rate(port: int, path: str, headers: dict[str, str], seconds: float) -> tuple[int, float]:
    """Requests answered, and the seconds this took."""
    if (wrk := shutil.which("wrk")) is None:
        return _threaded(port, path, headers)
    fields = [argument for name, value in headers.items() for argument in ("-H", f"{name}: {value}")]
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", *fields, f"http://{HOST}:{port}/{path}"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found, speed = re.search(r"(\d+) requests in", said), re.search(r"Requests/sec:\s+([\d.]+)", said)
    if found is None or speed is None or not int(found[1]) or "Non-2xx" in said:
        raise RuntimeError(f"wrk measured nothing:\n{said}")
    return int(found[1]), int(found[1]) / float(speed[1])


def _threaded(port: int, path: str, headers: dict[str, str]) -> tuple[int, float]:
    def ask() -> None:
        connection = http.client.HTTPConnection(HOST, port, timeout=30)
        for _ in range(THREADED_REQUESTS // CONNECTIONS):
            connection.request("GET", f"/{path}", headers=headers)
            connection.getresponse().read()
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return THREADED_REQUESTS, time.perf_counter() - start


def first_byte(port: int) -> float:
    """Milliseconds until the first byte of the streamed page's body."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    connection.connect()
    start = time.perf_counter()
    connection.request("GET", "/stream", headers=DOCUMENT)
    response = connection.getresponse()
    response.read(1)
    passed = time.perf_counter() - start
    response.read()
    connection.close()
    return passed * 1000


def measure_servers(rounds: int, seconds: float) -> dict[str, Any]:
    """Both servers, bare and wrapped in turns."""
    facts: dict[str, Any] = {}
    for server in ("uvicorn", "gunicorn"):
        facts[server] = {}
        with running(server, wrapped=False) as bare, running(server, wrapped=True) as wrapped:
            for path, headers in KINDS.items():
                pairs = list[tuple[tuple[float, float], tuple[float, float]]]()
                for number in range(rounds):
                    order = (bare, wrapped) if number % 2 else (wrapped, bare)
                    got = {each: load(each, path, headers, seconds) for each in order}
                    pairs.append((got[bare], got[wrapped]))
                facts[server][path] = {
                    "bare_per_s": round(statistics.median(b[0] for b, _ in pairs), 1),
                    "wrapped_per_s": round(statistics.median(w[0] for _, w in pairs), 1),
                    "ratio": round(statistics.median(b[1] / w[1] for b, w in pairs), 4),
                    "clock_ratio": round(statistics.median(w[0] / b[0] for b, w in pairs), 4),
                    "ratios": [round(b[1] / w[1], 4) for b, w in pairs],
                    "added_us": round(statistics.median(w[1] - b[1] for b, w in pairs), 1),
                }
            times = [(first_byte(bare[0]), first_byte(wrapped[0])) for _ in range(FIRST_BYTES)]
            facts[server]["first_byte_ms"] = {
                "bare": round(statistics.median(b for b, _ in times), 2),
                "wrapped": round(statistics.median(w for _, w in times), 2),
                "pause": FEW_SECONDS * 1000,
            }
    return facts


# In this process.

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}
BODY = {"type": "http.response.body", "body": b"{}", "more_body": False}


def scope_of(path: str, headers: dict[str, str]) -> dict[str, Any]:
    """A scope with the fields that a browser sends."""
    usual = {
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Accept-Language": "en", "Referer": f"https://{SITE}/", "Sec-Fetch-Mode": "cors",
        "Sec-Fetch-Site": "same-origin", "Cookie": "session=0123456789abcdef; theme=dark",
    }  # fmt: skip
    return {
        "type": "http", "method": "GET", "scheme": "https", "path": path, "query_string": b"", "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in {**headers, **usual}.items()],
        "extensions": {},
    }  # fmt: skip


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(_message: Any) -> None:
    """Swallows what the server would send."""


def pass_through(rounds: int) -> dict[str, float]:
    """Microseconds that the middleware adds to an answer that is no page: the whole of it, driver and kit."""
    count = 2_000
    kit = make_kit()

    async def asgi_app(_scope: Any, _receive: Any, send: Any) -> None:
        await send(START)
        await send(BODY)

    def wsgi_app(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b"{}"]

    async def through_asgi(app: Any, scope: dict[str, Any]) -> float:
        start = time.process_time()
        for _ in range(count):
            await app(scope, _receive, _send)
        return (time.process_time() - start) / count * 1e6

    def through_wsgi(app: Any, environ: dict[str, Any]) -> float:
        start = time.process_time()
        for _ in range(count):
            list(app(environ, lambda _status, _headers, _exc_info=None: None))
        return (time.process_time() - start) / count * 1e6

    scope = scope_of("/json", SCRIPT)
    environ = {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/json", "QUERY_STRING": "", "SERVER_NAME": HOST,
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": HOST, "wsgi.url_scheme": "https",
        **{f"HTTP_{n.decode().upper().replace('-', '_')}": v.decode() for n, v in scope["headers"]},
    }  # fmt: skip
    wrapped = asgi.ConsentMiddleware(asgi_app, kit, records=MemoryStore())
    wrapped_wsgi: Any = wsgi.ConsentMiddleware(wsgi_app, kit, records=MemoryStore())
    added = [
        (
            asyncio.run(through_asgi(wrapped, scope)) - asyncio.run(through_asgi(asgi_app, scope)),
            through_wsgi(wrapped_wsgi, environ) - through_wsgi(wsgi_app, environ),
        )
        for _ in range(rounds)
    ]
    return {
        "asgi": round(statistics.median(a for a, _ in added), 1),
        "wsgi": round(statistics.median(w for _, w in added), 1),
        "asgi_best": round(min(a for a, _ in added), 1),
        "wsgi_best": round(min(w for _, w in added), 1),
    }


async def stream_memory() -> dict[str, float]:
    """KiB that each of many pages on their way holds, in the middle of them, and at its worst."""
    kit = make_kit()
    data = PAGES["500k"]
    go_on, paused = asyncio.Event(), asyncio.Semaphore(0)

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({**START, "headers": [(b"content-type", b"text/html; charset=utf-8")]})
        for start in range(0, len(data), CHUNK):
            if start == CHUNK * (len(data) // CHUNK // 2):
                paused.release()
                await go_on.wait()
            await send({"type": "http.response.body", "body": data[start : start + CHUNK], "more_body": True})
        await send({"type": "http.response.body"})

    wrapped = asgi.ConsentMiddleware(app, kit, records=MemoryStore())
    facts = {}
    for name, measured in (("bare", app), ("wrapped", wrapped)):
        await _one_stream(measured, go_on)  # what is compiled and cached once
        go_on.clear()
        while not paused.locked():
            await paused.acquire()
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        running_now = [asyncio.create_task(_stream(measured)) for _ in range(STREAMS)]
        for _ in range(STREAMS):
            await paused.acquire()
        gc.collect()
        facts[name] = round((tracemalloc.get_traced_memory()[0] - before) / STREAMS / 1024, 1)
        go_on.set()
        await asyncio.gather(*running_now)
        tracemalloc.stop()
    return facts


async def _stream(app: Any) -> None:
    await app(scope_of("/", DOCUMENT), _receive, _send)


async def _one_stream(app: Any, go_on: asyncio.Event) -> None:
    go_on.set()
    await _stream(app)


def show(facts: dict[str, Any]) -> None:
    """Prints the tables."""
    for server in ("uvicorn", "gunicorn"):
        if server not in facts:
            continue
        print(f"\n{server}: requests per second (medians; ratio of the processor time of each round's pair)")
        print(
            f"  {'':6} {'bare':>9} {'wrapped':>9} {'ratio':>7} {'by clock':>8} {'added µs':>9}   ratios of the rounds"
        )
        for path in KINDS:
            row = facts[server][path]
            ratios = " ".join(f"{ratio:.3f}" for ratio in row["ratios"])
            speeds = f"{row['bare_per_s']:9.0f} {row['wrapped_per_s']:9.0f}"
            compared = f"{row['ratio']:7.3f} {row['clock_ratio']:8.3f} {row['added_us']:9.1f}"
            print(f"  {path:6} {speeds} {compared}   {ratios}")
        first = facts[server]["first_byte_ms"]
        pause = f"(the page pauses for {first['pause']:.0f} ms after its first piece)"
        print(f"  first byte of a stream: bare {first['bare']} ms, wrapped {first['wrapped']} ms {pause}")
    if "pass_through_us" in facts:
        print("\nAdded to an answer that is no page, in microseconds (target: 20):", facts["pass_through_us"])
        print("Memory of each page on its way, in KiB (target: 128):", facts["stream_kib"])


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of load for each measurement")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", choices=("server", "process"))
    for hidden in ("--serve", "--port"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    parser.add_argument("--wrapped", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, int(options.port), wrapped=options.wrapped)
        return 0
    generator = "wrk" if shutil.which("wrk") else "threads"
    facts: dict[str, Any] = {"python": platform.python_version(), "load": generator, "targets": TARGETS}
    if options.only != "server":
        facts["pass_through_us"] = pass_through(options.rounds)
        facts["stream_kib"] = asyncio.run(stream_memory())
    if options.only != "process":
        facts |= measure_servers(options.rounds, options.seconds)
    show(facts)
    if options.json:
        options.json.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
