"""A kit whose rewriting is easy to see, for tests of the drivers' own rules.

Pages (``text/html``) become upper case, line by line: what follows the last line break is kept until more
comes, as a tokenizer keeps an unfinished tag. The end adds ``<END>``. Everything else passes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

from consentkit.bodies import slices
from consentkit.consent.effects import Append, Effect
from consentkit.consent.record import Record
from consentkit.consent.state import Consent
from consentkit.errors import StoreError, UsageError
from consentkit.http import Head, Headers, Request, Response, without
from consentkit.kit import ConsentKit
from consentkit.notices import Notice
from consentkit.policy.models import Policy

OWN_LIMIT = 16


class LoudExchange:
    """Upper-cases pages; answers ``/own`` itself; notes what the driver does with it."""

    def __init__(self, consent: Consent, request: Request, entropy: bytes) -> None:
        self.consent, self.request, self.entropy = consent, request, entropy
        self.visitor = None
        self.notices: list[Notice] = []
        self.passthrough = True
        self.body_limit = OWN_LIMIT if request.path == "/own" else None
        self.inner_needs_body = "text/html" in (request.header("accept") or "")
        self.heads = list[Head]()
        self.fed = list[int]()
        self.finished = 0
        self.closed = 0
        self.results: Sequence[object] | StoreError | None = None
        self.decided = None
        self._body = b""
        self._line = b""

    @property
    def inner(self) -> Request:
        """Without the fields that pages must not be asked with, and with one cookie less."""
        if not self.inner_needs_body:
            return self.request
        headers = without(self.request.headers, "accept-encoding", "range", "cookie")
        return self.request.replaced(headers=(*headers, ("Cookie", "kept=1")))

    def receive(self, body: bytes) -> None:
        """Takes the body of ``/own``."""
        self._body = body

    @property
    def effects(self) -> tuple[Effect, ...]:
        """One record for each complete POST."""
        if self.request.method != "POST" or len(self._body) > OWN_LIMIT:
            return ()
        record = Record(
            record_id=self.entropy.hex(), subject="s", at=0, source="api", choices={}, services={}, policy_version="1",
            policy_hash="", text_hash="", language="en", controller="Brightwash",
        )  # fmt: skip
        return (Append(record),)

    def resolve(self, results: Sequence[object] | StoreError) -> None:
        """Takes what the store said."""
        self.results = results

    @property
    def reply(self) -> Response:
        """Says what was received."""
        if len(self._body) > OWN_LIMIT:
            return Response(413, (("Content-Type", "text/plain"),), b"too large")
        if isinstance(self.results, StoreError):
            return Response(503, (("Content-Type", "text/plain"),), b"not stored")
        body = b"got " + self._body
        headers = (("Content-Type", "text/plain"), ("Content-Length", str(len(body))), ("Set-Cookie", "decided=1"))
        return Response(200, headers, b"" if self.request.method == "HEAD" else body)

    def start(self, status: int, headers: Headers) -> Head:
        """Drops the length of pages; a page that says it is unreadable becomes a 500."""
        if self.fed:
            raise UsageError("a byte was fed already")
        page = any(name.lower() == "content-type" and "html" in value for name, value in headers)
        self.passthrough = not page or self.request.method == "HEAD" or status in {204, 304}
        if any(name.lower() == "x-unreadable" for name, _ in headers):
            status = 500
        if any(name.lower() == "x-strange" for name, _ in headers):
            status = 299
        head = Head(status, without(headers, "content-length") if page else headers)
        self.heads.append(head)
        self.notices.append(Notice("page", self.request.path, f"A page was seen at {self.request.path}."))
        return head

    def hint(self, headers: Headers) -> Headers:
        """Drops links to others."""
        return tuple((name, value) for name, value in headers if "other.example" not in value)

    def may_push(self, path: str) -> bool:
        """Nothing of others."""
        return "other.example" not in path

    def feed(self, data: bytes) -> bytes:
        """Upper-cases complete lines."""
        if self.closed:
            raise UsageError("closed")
        self.fed.append(len(data))
        lines, mark, self._line = (self._line + data).rpartition(b"\n")
        return (lines + mark).upper()

    def whole(self, data: bytes) -> bytes:
        """Both at once."""
        return b"".join([*map(self.feed, slices(data)), self.finish()])

    def finish(self) -> bytes:
        """The last line, and the end."""
        if self.closed:
            raise UsageError("closed")
        self.finished += 1
        return self._line.upper() + b"<END>"

    def close(self) -> None:
        """Counts."""
        self.closed += 1


@dataclass
class LoudKit:
    """Opens `LoudExchange`, and keeps them for the test to look at."""

    policy: Policy

    situated = True  # nobody is remembered: every exchange is made
    own_addresses: ClassVar[tuple[frozenset[str], str]] = (frozenset({"/own"}), "/own/")

    def __post_init__(self) -> None:
        self.exchanges = list[LoudExchange]()

    def open(self, request: Request, *, now: float, entropy: bytes | Callable[[], bytes]) -> LoudExchange:
        """As `ConsentKit.open`."""
        drawn = entropy if isinstance(entropy, bytes) else entropy()
        if not (abs(now - time.time()) < 60 and len(drawn) == 64):
            raise UsageError("the driver gave no clock or no entropy")
        exchange = LoudExchange(Consent(self.policy), request, drawn)
        self.exchanges.append(exchange)
        return exchange

    def note(self, notices: Iterable[Notice]) -> None:
        """Nowhere."""

    def left(self) -> tuple[Effect, ...]:
        """Nothing."""
        return ()

    @property
    def last(self) -> LoudExchange:
        """The newest exchange."""
        return self.exchanges[-1]

    @property
    def kit(self) -> ConsentKit:
        """Itself, as what the drivers take."""
        return cast("ConsentKit", self)
