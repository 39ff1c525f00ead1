"""Starts real servers for tests, and ends them with everything they started."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 180.0  # a slow machine with every core busy
# Patient with those who are slow: a worker that takes long to load is not killed, an idle connection is kept.
GUNICORN = ["--timeout", "300", "--keep-alive", "75"]
SERVERS: dict[str, Callable[[int], list[str]]] = {
    "uvicorn": lambda port: [
        "uvicorn", "--factory", "tests.drivers.site:asgi_app", "--port", str(port), "--timeout-keep-alive", "75",
        "--log-level", "warning",
    ],
    "gunicorn": lambda port: [
        "gunicorn", "tests.drivers.site:wsgi_app()", "--bind", f"127.0.0.1:{port}", "--workers", "2",
        "--threads", "4", "--log-level", "warning", *GUNICORN,
    ],
    "hypercorn-trio": lambda port: [
        "hypercorn", "tests.drivers.site:asgi_app()", "--bind", f"127.0.0.1:{port}", "--worker-class", "trio",
        "--keep-alive", "75", "--log-level", "warning",
    ],
    "granian": lambda port: [
        "granian", "--interface", "asgi", "--factory", "tests.drivers.site:asgi_app", "--port", str(port),
        "--log-level", "warning",
    ],
    "waitress": lambda port: ["waitress", "--listen", f"127.0.0.1:{port}", "--call", "tests.drivers.site:wsgi_app"],
}  # fmt: skip


@contextlib.contextmanager
def reserved_port() -> Iterator[int]:
    """A port that is given to nobody else before a server listens on it, nor afterwards."""
    with socket.socket() as holder:
        # On Linux whoever names the port may listen beside a socket that is only bound, if both ask for it as servers do.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        port: int = holder.getsockname()[1]
        if sys.platform != "linux":
            holder.close()
        yield port


@contextlib.contextmanager
def process(
    command: Sequence[str | Path], port: int, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Starts a server and waits until it listens."""
    with log.open("wb") as out:
        started = subprocess.Popen(
            command, cwd=PROJECT, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL, stdout=out,
            stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + START_SECONDS
        while started.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        else:
            raise RuntimeError(f"{command} did not start:\n{log.read_text()}")
        yield started
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGTERM)
        try:
            started.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()


@contextlib.contextmanager
def running(name: str, folder: Path, **environment: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The test site behind one of `SERVERS`; its port and process."""
    pytest.importorskip(name.partition("-")[0], reason=f"the server {name} is not installed")
    settings = {"RECORDS": str(folder / "records.sqlite3"), **environment}
    with (
        reserved_port() as port,
        process([sys.executable, "-m", *SERVERS[name](port)], port, folder / "server.log", settings) as started,
    ):
        yield port, started
