"""Everybody else: one server on this machine that answers for every other host, and remembers who was asked.

Chromium is told to resolve every name to it (`resolver_rules`), so what is recorded as contacted
really was: a request, or a TLS handshake without one, which is what a preconnect makes.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from typing import ClassVar
from urllib.parse import urlsplit

SITE = "brightwash.example"
QUIET = 0.3  # seconds without any contact after which a page has said all it had to say
PATIENCE = 120.0  # seconds that a page may take until then, and for whom it is known to contact

PIXEL = bytes.fromhex("47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b")

# What the real scripts do that matters here: they set cookies, and they call in further hosts.
ANALYTICS = """
document.cookie = "_ga=GA1.2.1.1; path=/; max-age=63072000";
document.cookie = "_gid=GA1.2.2.2; path=/; max-age=86400";
"""
GTAG = 'document.cookie = "_ga_BRIGHTWASH=GS1.1.1; path=/; max-age=63072000";'
TAG_MANAGER = 'document.head.append(Object.assign(new Image(), {src: "https://www.google-analytics.com/collect?v=1"}));'
BADGE = 'document.write(\'<img src="https://live.staticflickr.com/65535/badge.jpg" alt="">\');'
SCRIPTS = {
    "www.google-analytics.com/analytics.js": ANALYTICS,
    "www.googletagmanager.com/gtag/js": GTAG,
    "www.googletagmanager.com/gtm.js": TAG_MANAGER,
    "www.flickr.com/badge_code_v2.gne": BADGE,
}
KIND_OF_SUFFIX = {".js": "script", ".css": "style", ".jpg": "image", ".png": "image", ".gif": "image", ".svg": "image"}


@dataclass(frozen=True)
class Contact:
    """One time that a browser turned to somebody else. `path` is empty for a handshake without a request."""

    host: str
    path: str = ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    internet: Internet

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away in the middle is nothing to report."""


class _Answers(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds that an idle connection is kept
    methods: ClassVar[tuple[str, ...]] = ("GET", "POST", "HEAD", "OPTIONS", "PUT")

    def __getattr__(self, name: str) -> object:
        if name.removeprefix("do_") in self.methods:
            return self._answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """The record is the log."""

    def _answer(self) -> None:
        host = self.headers.get("Host", "").partition(":")[0].lower()
        with self.server.internet.serving(Contact(host, self.path)):
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            kind, body = plausible(host, self.path, self.headers.get("Sec-Fetch-Dest", ""))
            self.send_response(200)
            for name, value in (
                ("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store"),
                ("Access-Control-Allow-Origin", self.headers.get("Origin", "*")),
                ("Access-Control-Allow-Credentials", "true"), ("Access-Control-Allow-Headers", "*"),
                ("Cross-Origin-Resource-Policy", "cross-origin"),
            ):  # fmt: skip
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)


def plausible(host: str, path: str, dest: str) -> tuple[str, bytes]:
    """What such a URL may well answer: media type and body."""
    bare = urlsplit(path).path
    if dest in {"", "empty"}:
        dest = KIND_OF_SUFFIX.get(PurePosixPath(bare).suffix, dest)
    if dest in {"script", "worker"}:
        return "text/javascript", SCRIPTS.get(host + bare, "window.somebodyElse = true;").encode()
    if dest == "style":
        return "text/css", b""
    if dest == "image":
        return "image/gif", PIXEL
    if dest in {"document", "iframe", "frame", "embed", "object"}:
        return "text/html", f"<!doctype html><title>{host}</title><p>This is {host}.".encode()
    return "application/json", b"{}"


class Internet:
    """Every other host, over HTTP and over TLS, on two ports of this machine."""

    def __init__(self, certificate: Path) -> None:
        self._lock = threading.Lock()
        self._contacts: list[Contact] = []
        self._serving = 0
        self._last = time.monotonic()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.sni_callback = self._shake_hands
        self._plain, self._secure = _Server(("127.0.0.1", 0), _Answers), _Server(("127.0.0.1", 0), _Answers)
        # The handshake belongs to the connection's own thread: a browser that is slow must not hold up the others.
        self._secure.socket = context.wrap_socket(self._secure.socket, server_side=True, do_handshake_on_connect=False)
        for server in (self._plain, self._secure):
            server.internet = self
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def resolver_rules(self, ours: dict[str, int]) -> str:
        """The value of `--host-resolver-rules`: each of our hosts to its port, everybody else to this server."""
        rules = [f"MAP {host}:443 127.0.0.1:{port}" for host, port in ours.items()]
        rules += [f"MAP *:443 127.0.0.1:{self._secure.server_port}", f"MAP *:80 127.0.0.1:{self._plain.server_port}"]
        return ",".join([*rules, "EXCLUDE 127.0.0.1"])

    def close(self) -> None:
        """Stop answering."""
        for server in (self._plain, self._secure):
            server.shutdown()
            server.server_close()

    def clear(self) -> None:
        """Begin a new record."""
        with self._lock:
            self._contacts.clear()
            self._last = time.monotonic()

    def settled(self, wanted: Collection[str] = (), *, least: int = 0) -> list[Contact]:
        """Everything recorded, as soon as nothing more has come for a while.

        Args:
            wanted: hosts that will be contacted: it is not quiet before, however slow the machine is. Whether they were
                is for the caller to see.
            least: so many hosts will be contacted at least.

        Raises:
            AssertionError: if it does not become quiet.
        """
        patience = time.monotonic() + PATIENCE
        self._last = time.monotonic()
        while time.monotonic() < patience:
            with self._lock:
                found = {contact.host for contact in self._contacts}
                quiet = not self._serving and time.monotonic() - self._last > QUIET
                if quiet and found.issuperset(wanted) and len(found) >= least:
                    return list(self._contacts)
            time.sleep(0.02)
        with self._lock:
            if not self._serving and time.monotonic() - self._last > QUIET:
                return list(self._contacts)
        raise AssertionError(f"the page does not stop contacting others: {self._contacts[-5:]}")

    def serving(self, contact: Contact) -> _Serving:
        """For the time of answering it, a contact counts as going on."""
        return _Serving(self, contact)

    def note(self, contact: Contact | None, change: int) -> None:
        """Record a contact, and how many are being answered."""
        with self._lock:
            if contact:
                self._contacts.append(contact)
            self._serving += change
            self._last = time.monotonic()

    def _shake_hands(self, _socket: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        if name:
            self.note(Contact(name.lower()), 0)


class _Serving:
    def __init__(self, internet: Internet, contact: Contact) -> None:
        self._internet, self._contact = internet, contact

    def __enter__(self) -> None:
        self._internet.note(self._contact, 1)

    def __exit__(self, *_: object) -> None:
        self._internet.note(None, -1)
