"""What does the middleware cost a site? The same apps with and without it, in turns, in one run.

- Requests per second: a trivial Starlette app under uvicorn and a trivial Flask app under gunicorn, one worker each.
  Bare, wrapped and bare once more, in processes of their own, take turns of a few milliseconds, there and back in
  each round, so that noise meets all alike. The ratio is that of the processor time each took for a request (where
  /proc tells it), because on a machine that has other things to do the clock tells of those; the ratio by the clock
  stands beside it. One process differs from the next by a percent or so, however long it is asked: so there are
  several sets of them, each with a PYTHONHASHSEED of its own, and what is told is the median of the sets. The two
  bare ones of a set are compared, too: that ratio is the noise, and should be 1.
- The first byte of a page that is streamed, in milliseconds after the request.
- Many streams at once, from one server: the memory of its process after a quarter of the time and at the end.
- In this process, without a server: microseconds that are added to an answer that is no page and to pages, and the
  memory that a page on its way holds.

Ratios come from keep-alive connections of this process, requests per second from `wrk` where it is installed.
Everything stays on 127.0.0.1 and ends by itself.

    python benchmarks/http.py [--long] [--only server|streams|process] [--kinds json,1k] [--json FILE]
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
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from consentkit import asgi, wsgi
from consentkit.kit import ConsentKit
from consentkit.policy.models import Policy
from consentkit.records.memory import MemoryStore

HOST = "127.0.0.1"
SITE = "shop.example"
STARTS_WITHIN = 30.0  # seconds
CONNECTIONS = 8
FIRST_BYTES = 40  # requests for each median
STREAMS = 200
CHUNK = 16 * 1024
TARGETS = {"json": 0.97, "pass_through_us": 20.0, "stream_kib": 128.0}
DOCUMENT = {"Host": SITE, "Accept": "text/html", "Sec-Fetch-Dest": "document", "Accept-Encoding": "gzip, br"}
SCRIPT = {"Host": SITE, "Accept": "*/*", "Sec-Fetch-Dest": "empty", "Accept-Encoding": "gzip, br"}
FEW_SECONDS = 0.05  # for which the streamed page pauses after its first piece

MIB = 1024 * 1024
BATCHES = {"json": 12, "1k": 8, "50k": 2, "500k": 1}  # of requests in a turn
MEASURED_BY_WRK = 3  # sets of processes
# sets of processes, rounds of each, seconds of each measurement of wrk; streams at once and seconds they last
SHORT, LONG = (3, 20, 1.0, 1_000, 12.0), (9, 40, 2.0, 1_000, 60.0)
DRIP = b"<p>A line of a page that takes its time, <a href=/next>and a link</a>.</p>\n" * 20

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

    async def drops(seconds: int) -> AsyncIterator[bytes]:
        yield PAGES["1k"]
        for _ in range(seconds):
            await asyncio.sleep(1)
            yield DRIP

    async def drip(request: Request) -> Response:
        return StreamingResponse(drops(request.path_params["seconds"]), media_type="text/html")

    routes = [Route("/stream", stream), Route("/drip/{seconds:int}", drip), Route("/{name}", answer)]
    app = Starlette(routes=routes)
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
            for name, value in {
                "bind": f"{HOST}:{port}",
                "workers": 1,
                "threads": 4,
                "keepalive": 75,
                "loglevel": "error",
            }.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return flask_app(wrapped=wrapped)

    Application().run()


@contextlib.contextmanager
def running(server: str, *, wrapped: bool, seed: int = 0) -> Iterator[tuple[int, int]]:
    """A server in a process of its own; gives its port and process. The seed orders its sets and tables."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, __file__, "--serve", server, "--port", str(port), *(["--wrapped"] if wrapped else [])]
    environment = {**os.environ, "SERVER_SOFTWARE": "", "PYTHONHASHSEED": str(seed)}
    process = subprocess.Popen(command, start_new_session=True, env=environment)
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


def processes(process: int) -> list[int]:
    """A server's process and its workers."""
    children = Path(f"/proc/{process}/task/{process}/children")
    return [process, *map(int, children.read_text().split())] if children.exists() else [process]


def processor_ns(process: int) -> int | None:
    """Nanoseconds that a server and its workers have had the processor; None where nobody tells."""
    threads = [thread for each in processes(process) for thread in Path(f"/proc/{each}/task").glob("*/schedstat")]
    try:
        return sum(int(thread.read_text().split()[0]) for thread in threads) if threads else None
    except (OSError, ValueError, IndexError):
        return None


def memory(process: int) -> int:
    """Bytes of memory that a server and its workers have resident."""
    page = os.sysconf("SC_PAGE_SIZE")
    return sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) * page for each in processes(process))


class Browser:
    """Keep-alive connections to one server: asks on all of them, then reads all of the answers."""

    def __init__(self, server: tuple[int, int], path: str) -> None:
        self.port, self.process = server
        fields = "".join(f"{name}: {value}\r\n" for name, value in KINDS[path].items())
        self._request = f"GET /{path} HTTP/1.1\r\n{fields}\r\n".encode()
        self._connections = [socket.create_connection((HOST, self.port), timeout=30) for _ in range(CONNECTIONS)]

    def ask(self) -> None:
        """One request on each connection."""
        for connection in self._connections:
            connection.sendall(self._request)
        for connection in self._connections:
            data = connection.recv(MIB)
            head, end, body = data.partition(b"\r\n\r\n")
            length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
            if not end or b" 200 " not in head[:16]:
                raise RuntimeError(f"no answer that can be read: {data[:200]!r}")
            left = 1 if length is None else int(length[1]) - len(body)
            while left > 0 and not (length is None and data.endswith(b"0\r\n\r\n")):
                data = connection.recv(MIB)
                left -= 0 if length is None else len(data)

    def turn(self, batches: int) -> tuple[float, float]:
        """Microseconds for each request: of the server's processor (where nobody tells: of the clock), of the clock."""
        used, start = processor_ns(self.process), time.perf_counter()
        for _ in range(batches):
            self.ask()
        passed, after = time.perf_counter() - start, processor_ns(self.process)
        count = batches * CONNECTIONS
        clock = passed / count * 1e6
        return (clock if used is None or after is None else (after - used) / count / 1e3), clock

    def close(self) -> None:
        """Hangs up."""
        for connection in self._connections:
            connection.close()


def per_second(port: int, path: str, seconds: float) -> float:
    """Requests per second, as `wrk` makes them; 0 where it is not installed or measured nothing."""
    if (wrk := shutil.which("wrk")) is None:
        return 0.0
    fields = [argument for name, value in KINDS[path].items() for argument in ("-H", f"{name}: {value}")]
    duration = f"-d{max(1, round(seconds))}s"
    command = [wrk, "-t1", f"-c{CONNECTIONS}", duration, "--timeout", "20s", *fields, f"http://{HOST}:{port}/{path}"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    speed = re.search(r"Requests/sec:\s+([\d.]+)", said)
    return float(speed[1]) if speed and "Non-2xx" not in said else 0.0


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


def measure_servers(pairs: int, rounds: int, seconds: float, kinds: list[str], servers: list[str]) -> dict[str, Any]:
    """Each server, bare, wrapped and bare once more in turns: several such sets of processes, each measured alike."""
    facts: dict[str, Any] = {}
    for server in servers:
        found: dict[str, list[Sample]] = {path: [] for path in kinds}
        speeds: dict[str, list[tuple[float, float]]] = {path: [] for path in kinds}
        times = list[tuple[float, float, float]]()
        for number in range(pairs):
            with (
                running(server, wrapped=False, seed=number) as bare,
                running(server, wrapped=True, seed=number) as wrapped,
                running(server, wrapped=False, seed=number) as again,
            ):
                for path in kinds:
                    found[path].append(compared((bare, wrapped, again), path, rounds))
                    if number < MEASURED_BY_WRK:
                        speeds[path].append((per_second(bare[0], path, seconds), per_second(wrapped[0], path, seconds)))
                    print(f"  {server} {path} {number + 1}/{pairs}: {found[path][-1]}", file=sys.stderr, flush=True)
                order = (bare, wrapped, again)
                times += [tuple(first_byte(each[0]) for each in order) for _ in range(FIRST_BYTES)]  # type: ignore[misc]
        facts[server] = {path: summed_up(found[path], speeds[path]) for path in kinds}
        facts[server]["first_byte_ms"] = {
            name: round(statistics.median(each[place] for each in times), 2)
            for place, name in enumerate(("bare", "wrapped", "bare_again"))
        } | {"pause": FEW_SECONDS * 1000}
    return facts


class Sample(NamedTuple):
    """What one set of processes gave: medians of its rounds."""

    ratio: float  # of the processor time that bare and wrapped took for a request
    clock_ratio: float
    noise: float  # the ratio of two bare ones, which should be 1
    clock_noise: float
    bare_us: float
    added_us: float


def compared(servers: Sequence[tuple[int, int]], path: str, rounds: int) -> Sample:
    """Short turns of a bare, a wrapped and another bare server, each round there and back."""
    browsers = [Browser(server, path) for server in servers]
    batches, there_and_back = BATCHES[path], (0, 1, 2, 2, 1, 0)
    found = list[list[tuple[float, float]]]()
    try:
        for browser in browsers * 2:
            browser.turn(batches)  # what is made once is made, and what is kept when it comes again is kept
        for _ in range(rounds):
            turns = [browsers[which].turn(batches) for which in there_and_back]
            found.append([_mean(turns[which], turns[-1 - which]) for which in range(len(browsers))])
    finally:
        for browser in browsers:
            browser.close()
    ratios = {
        name: round(statistics.median(bare[by] / other[which][by] for bare, *other in found), 4)
        for name, which, by in (("ratio", 0, 0), ("clock_ratio", 0, 1), ("noise", 1, 0), ("clock_noise", 1, 1))
    }
    return Sample(
        **ratios,
        bare_us=round(statistics.median(bare[0] for bare, _, _ in found), 1),
        added_us=round(statistics.median(wrapped[0] - bare[0] for bare, wrapped, _ in found), 1),
    )


def summed_up(samples: list[Sample], speeds: list[tuple[float, float]]) -> dict[str, Any]:
    """The medians of all sets of processes, and the lowest and the highest ratio of one."""
    facts: dict[str, Any] = {
        name: round(statistics.median(getattr(sample, name) for sample in samples), 4) for name in Sample._fields
    }
    for name in ("ratio", "noise"):
        facts[f"{name}_range"] = [pick(getattr(sample, name) for sample in samples) for pick in (min, max)]
    facts["bare_per_s"] = round(statistics.median(bare for bare, _ in speeds), 1)
    facts["wrapped_per_s"] = round(statistics.median(wrapped for _, wrapped in speeds), 1)
    return facts


def _mean(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def measure_streams(streams: int, seconds: float) -> dict[str, Any]:
    """Many pages at once that each go on for the whole time."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(allowed[1], max(allowed[0], 4 * streams)), allowed[1]))
    with running("uvicorn", wrapped=True) as (port, process):
        first_byte(port)
        idle = memory(process)
        samples, ends = asyncio.run(_streams(port, process, streams, round(seconds)))
    early, late = samples[len(samples) // 4], samples[-1]
    return {
        "streams": streams,
        "seconds": seconds,
        "whole": ends,
        "kib_each": round((late - idle) / streams / 1024, 1),
        "mib_idle": round(idle / MIB, 1),
        "mib_early": round(early / MIB, 1),
        "mib_late": round(late / MIB, 1),
    }


async def _streams(port: int, process: int, streams: int, seconds: int) -> tuple[list[int], int]:
    """The server's memory, sampled each second while the streams go on, and how many came whole to their end."""
    samples = list[int]()

    async def one(number: int) -> bool:
        await asyncio.sleep(number / streams * 2)  # not all in the same moment
        reader, writer = await asyncio.open_connection(HOST, port)
        fields = "".join(f"{name}: {value}\r\n" for name, value in DOCUMENT.items() if name != "Host")
        writer.write(f"GET /drip/{seconds} HTTP/1.1\r\nHost: {SITE}\r\nConnection: close\r\n{fields}\r\n".encode())
        got, last = 0, b""
        while data := await reader.read(CHUNK):
            got, last = got + len(data), (last + data)[-5:]
        writer.close()
        return got > seconds * len(DRIP) and last == b"0\r\n\r\n"

    tasks = [asyncio.create_task(one(number)) for number in range(streams)]
    await asyncio.sleep(3)
    for _ in range(max(1, seconds - 3)):
        samples.append(memory(process))
        await asyncio.sleep(1)
    return samples, sum(await asyncio.gather(*tasks))


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


class Least:
    """A middleware that does nothing but what any must: it looks at the fields of both heads, and copies the scope."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        dict(scope["headers"]).get(b"cookie")

        def looked_at(message: Any) -> Any:
            if message["type"] == "http.response.start":
                dict(message["headers"]).get(b"content-type")
            return send(message)

        await self.app({**scope, "least": self}, receive, looked_at)


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
            asyncio.run(through_asgi(Least(asgi_app), scope)) - asyncio.run(through_asgi(asgi_app, scope)),
        )
        for _ in range(rounds)
    ]
    return {
        "asgi": round(statistics.median(a for a, _, _ in added), 1),
        "wsgi": round(statistics.median(w for _, w, _ in added), 1),
        "asgi_best": round(min(a for a, _, _ in added), 1),
        "wsgi_best": round(min(w for _, w, _ in added), 1),
        "asgi_least": round(statistics.median(least for _, _, least in added), 1),
    }


def pages_in_process(rounds: int) -> dict[str, float]:
    """Microseconds that the middleware adds to a page in one piece, by its size."""
    kit, added = make_kit(), dict[str, float]()
    for name, data in PAGES.items():
        start = {**START, "headers": [(b"content-type", b"text/html; charset=utf-8")]}
        body = {**BODY, "body": data}

        async def app(_scope: Any, _receive: Any, send: Any, start: Any = start, body: Any = body) -> None:
            await send(start)
            await send(body)

        async def through(app: Any, scope: dict[str, Any], count: int) -> float:
            begin = time.process_time()
            for _ in range(count):
                await app(scope, _receive, _send)
            return (time.process_time() - begin) / count * 1e6

        count = max(5, 400_000 // len(data))
        wrapped, scope = asgi.ConsentMiddleware(app, kit, records=MemoryStore()), scope_of("/", DOCUMENT)
        asyncio.run(through(wrapped, scope, 3))
        added[name] = round(min(asyncio.run(through(wrapped, scope, count)) for _ in range(rounds)), 1)
    return added


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
        print(f"\n{server}: requests per second, and the ratio of the processor time that each took")
        titles = f"{'bare':>9} {'wrapped':>9} {'ratio':>7} {'by clock':>8} {'bare µs':>8} {'added µs':>9}"
        print(f"  {'':6} {titles}  {'lowest, highest':15}  bare against bare (lowest, highest; by clock)")
        for path in (kind for kind in KINDS if kind in facts[server]):
            row = facts[server][path]
            speeds = f"{row['bare_per_s']:9.0f} {row['wrapped_per_s']:9.0f}"
            compared = f"{row['ratio']:7.3f} {row['clock_ratio']:8.3f} {row['bare_us']:8.1f} {row['added_us']:9.1f}"
            low, high = row["ratio_range"]
            noise = "{:.3f} ({:.3f}, {:.3f}; {:.3f})".format(row["noise"], *row["noise_range"], row["clock_noise"])
            print(f"  {path:6} {speeds} {compared}  {low:6.3f} {high:8.3f}   {noise}")
        first = facts[server]["first_byte_ms"]
        pause = f"(the page pauses for {first['pause']:.0f} ms after its first piece)"
        print(f"  first byte of a stream: bare {first['bare']} ms, wrapped {first['wrapped']} ms,")
        print(f"    another bare {first['bare_again']} ms {pause}")
    for name, what in (
        ("streams", "Many streams at once:"),
        ("pass_through_us", "Added to an answer that is no page, in microseconds (target: 20):"),
        ("page_us", "Added to a page in one piece, in microseconds:"),
        ("stream_kib", "Memory of each page on its way, in KiB (target: 128):"),
    ):
        if name in facts:
            print(f"\n{what}", facts[name])


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", action="store_true", help="more processes and rounds, streams for a minute")
    parser.add_argument("--kinds", default=",".join(KINDS), help="of answers, with commas between them")
    parser.add_argument("--servers", default="uvicorn,gunicorn", help="with commas between them")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", choices=("server", "streams", "process"))
    for hidden in ("--serve", "--port"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    parser.add_argument("--wrapped", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, int(options.port), wrapped=options.wrapped)
        return 0
    pairs, rounds, seconds, streams, lasting = LONG if options.long else SHORT
    facts: dict[str, Any] = {"python": platform.python_version(), "targets": TARGETS}
    if options.only in {None, "process"}:
        facts["pass_through_us"] = pass_through(min(rounds, 20))
        facts["page_us"] = pages_in_process(min(rounds, 20))
        facts["stream_kib"] = asyncio.run(stream_memory())
    if options.only in {None, "server"}:
        facts |= measure_servers(pairs, rounds, seconds, options.kinds.split(","), options.servers.split(","))
    if options.only in {None, "streams"}:
        facts["streams"] = measure_streams(streams, lasting)
    show(facts)
    if options.json:
        options.json.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
