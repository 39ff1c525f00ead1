"""Every framework's app behind real servers: one process for each server, which finds the app by a header field.

``uvicorn --factory tests.frameworks.serve:asgi_app`` · ``gunicorn tests.frameworks.serve:wsgi_app()``; the
environment variable ``FOLDER`` names where the records are kept, one file for each app.
"""

from __future__ import annotations

import functools
import os
import sys
import warnings
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consentkit.asgi import Receive, Scope, Send
from consentkit.consent.record import Record, dump_record, parse_record
from tests.frameworks.site import policy

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CHOOSES = "X-App"  # "<name> <mode>"
# Which frameworks' apps each server serves: all of its protocol, unless they are named.
SERVERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "gunicorn": ("wsgi", ()),
    "waitress": ("wsgi", ()),
    "granian-wsgi": ("wsgi", ()),
    "aiohttp_wsgi": ("wsgi", ()),
    "uvicorn": ("asgi", ()),
    "hypercorn": ("asgi", ()),
    "granian": ("asgi", ()),
    "hypercorn-trio": ("asgi", ("plain_asgi", "starlette_app")),  # the others want asyncio
}


def command(server: str, port: int) -> list[str]:
    """How a server is told to serve the apps on a port."""
    at, quiet = f"127.0.0.1:{port}", ["--log-level", "critical"]
    hypercorn = ["hypercorn", "tests.frameworks.serve:asgi_app()", "--bind", at, *quiet]
    granian = ["granian", "--factory", "--port", str(port), *quiet, "--interface"]
    return {
        "gunicorn": [
            "gunicorn",
            "tests.frameworks.serve:wsgi_app()",
            "--bind",
            at,
            "--threads",
            "2",
            "--timeout",
            "300",
            *quiet,
        ],
        "waitress": ["waitress", "--listen", at, "--call", "tests.frameworks.serve:wsgi_app"],
        "granian-wsgi": [*granian, "wsgi", "tests.frameworks.serve:wsgi_app"],
        "aiohttp_wsgi": ["tests.frameworks.serve", str(port)],
        "uvicorn": ["uvicorn", "--factory", "tests.frameworks.serve:asgi_app", "--port", str(port), *quiet],
        "hypercorn": hypercorn,
        "granian": [*granian, "asgi", "tests.frameworks.serve:asgi_app"],
        "hypercorn-trio": [*hypercorn, "--worker-class", "trio"],
    }[server]


class Lines:
    """A store that another process can read: a file of JSON lines."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, record: Record, /) -> None:
        """See `Store.append`."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{dump_record(record)}\n")

    @property
    def records(self) -> list[Record]:
        """All of them."""
        if not self.path.exists():
            return []
        return [parse_record(line) for line in self.path.read_text(encoding="utf-8").splitlines()]

    def find(self, subject: str, /) -> list[Record]:
        """See `Store.find`."""
        return [record for record in self.records if record.subject == subject]

    def erase(self, subject: str, /) -> int:
        """See `Store.erase`."""
        kept = [record for record in self.records if record.subject != subject]
        erased = len(self.records) - len(kept)
        self.path.write_text("".join(f"{dump_record(record)}\n" for record in kept), encoding="utf-8")
        return erased

    def close(self) -> None:
        """See `Store.close`."""


@functools.cache
def app(chosen: str) -> Any:
    """The app of a framework in a mode."""
    name, mode = chosen.split()
    with warnings.catch_warnings(action="ignore"):
        framework = import_module(f"tests.frameworks.apps.{name}")
    path = Path(os.environ["FOLDER"], f"{name}-{mode}.jsonl")
    return framework.make_app(policy(mode=mode), Lines(path))


def one(chosen: str) -> Any:
    """The app. Django's settings are the process's: its app is made anew where the mode changes."""
    if chosen.startswith("django") and chosen != _latest.get("django"):
        app.cache_clear()
        _latest["django"] = chosen
    return app(chosen)


_latest: dict[str, str] = {}


def wsgi_app() -> Any:
    """All apps for WSGI."""

    def dispatch(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer: Iterable[bytes] = one(environ["HTTP_X_APP"])(environ, start_response)
        return answer

    return dispatch


def asgi_app() -> Any:
    """All apps for ASGI."""

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while True:
                kind = (await receive())["type"]
                await send({"type": f"{kind}.complete"})
                if kind == "lifespan.shutdown":
                    return
        await one(dict(scope["headers"])[CHOOSES.lower().encode()].decode())(scope, receive, send)

    return dispatch


def installed(server: str) -> bool:
    """Whether the server is there."""
    return find_spec(server.partition("-")[0]) is not None


if __name__ == "__main__":
    from aiohttp_wsgi.wsgi import serve

    serve(wsgi_app(), host="127.0.0.1", port=int(sys.argv[1]))
