"""Bodies of requests to endpoints of ours, and the answers to them."""

from __future__ import annotations

import io

import pytest

from consentkit.records.memory import MemoryStore
from tests.drivers.doubles import OWN_LIMIT, LoudKit
from tests.wsgi.apps import Lint, Server, environ_of, middle, no_app, serve


def test_an_own_endpoint(kit: LoudKit, lint: Lint) -> None:
    """An own endpoint reads the body, keeps the record, and answers with its length; the app is not called."""
    store = MemoryStore()
    server = Server().run(lint(middle(no_app, kit, records=store)), environ_of("/own", "POST", body=b"yes"))
    assert ("200 OK", b"got yes", "7") == (server.status, server.body, server.fields["content-length"])
    assert (1, 1) == (len(store.records), kit.last.closed)


@pytest.mark.parametrize("lint", ["bare", "wsgiref"], indirect=True)  # Werkzeug's takes HEAD for GET
def test_an_own_endpoint_for_head(kit: LoudKit, lint: Lint) -> None:
    """HEAD gets the head of GET's answer, with its length."""
    server = serve(no_app, kit, lint, path="/own", method="HEAD")
    assert (b"", "4") == (server.body, server.fields["content-length"])


class Input(io.BytesIO):
    """Notes how much is read, and gives at most two bytes at once."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Two bytes at most."""
        data = super().read(min(2, size if size is not None and size >= 0 else 2))
        self.taken += len(data)
        return data


@pytest.mark.parametrize(
    ("length", "terminated", "sent", "status", "taken"),
    [
        (str(OWN_LIMIT), False, b"x" * 100, 200, OWN_LIMIT),
        (str(OWN_LIMIT + 1), False, b"x" * 100, 413, OWN_LIMIT + 1),
        ("9" * 5000, False, b"x" * 100, 413, OWN_LIMIT + 1),
        ("", True, b"x" * 100, 413, OWN_LIMIT + 1),
        ("", True, b"x" * 3, 200, 3),
        ("", False, b"x" * 3, 200, 0),
        ("many", False, b"x" * 3, 200, 0),
        ("-1", False, b"x" * 3, 200, 0),
        ("5", False, b"x" * 4, 400, 4),
        ("100", False, b"x" * 4, 400, 4),
    ],
)
def test_bodies_of_requests(kit: LoudKit, length: str, terminated: bool, sent: bytes, status: int, taken: int) -> None:
    """No more than the limit and one byte is read, nothing beyond the length, and half a body decides nothing."""
    store, stream = MemoryStore(), Input(sent)
    environ = environ_of("/own", "POST", CONTENT_LENGTH=length)
    environ.update({"wsgi.input": stream, "wsgi.input_terminated": terminated})
    server = Server().run(middle(no_app, kit, records=store), environ)
    assert (status, taken) == (int(server.status[:3]), stream.taken)
    assert len(store.records) == (status == 200)
    assert "content-length" in server.fields
