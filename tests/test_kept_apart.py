"""Whoever comes in whatever order, what leaves is what a site makes for that request alone, with nothing kept."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consentkit import asgi, wsgi
from consentkit.http import Head, Headers, Request, header_values
from consentkit.kit import ConsentKit, Exchange
from consentkit.policy.models import Policy
from consentkit.records.memory import MemoryStore
from consentkit.whole import KeptPages
from tests.policies import cookie, exempt, make_policy, purpose, service

NOW: Final = 1_795_400_000.0
ENTROPY: Final = bytes(range(64))
SECRET: Final = "a secret of 24 characters"
CUT: Final = 100  # bytes of the first piece of a page that is streamed
PAGES: Final = [
    (
        "<!doctype html><html{lang}><head><title>Shop</title><script{nonce} src=https://counter.example/a.js></script>"
        "</head><body>{name}<iframe src=https://films.example/embed/1></iframe></body></html>"
    ),
    "<!doctype html><html{lang}><head></head><body><img src=https://adverts.example/1.gif>{name}</body></html>",
    "<p>{name}<a href=/next>next</a>",
    "<!doctype html><html><head><meta http-equiv=Content-Security-Policy content=\"script-src 'self'\"></head></html>",
]
MODES: Final[dict[str, dict[str, Any]]] = {
    "per visitor": {},
    "reporting only": {"csp": "report-only", "referrer_policy": "no-referrer"},
    "without a policy of ours": {"csp": "off"},
    "shared": {"mode": "shared"},
    "by places": {"regimes": {"use": ("gb", "us-opt-out"), "place": "cloudflare"}},
}


@dataclass(frozen=True)
class Asked:
    """One request, and what the app answers to it."""

    grant: str  # names with commas between them, "-" for nothing granted, empty for undecided
    language: str
    said: str  # the page's own language
    host: str
    scheme: str
    root_path: str
    path: str
    query: str
    nonce: str
    gpc: bool
    country: str
    destination: str
    cookies: str
    page: int
    name: str  # of who is greeted: the page is this visitor's own
    fields: tuple[tuple[str, str], ...]

    @property
    def body(self) -> bytes:
        """The app's page."""
        lang, nonce = (f' lang="{self.said}"' if self.said else ""), (f' nonce="{self.nonce}"' if self.nonce else "")
        return PAGES[self.page].format(lang=lang, nonce=nonce, name=self.name).encode()

    @property
    def answered(self) -> Headers:
        """The fields of the app's answer."""
        trusted = (("Content-Security-Policy", f"script-src 'nonce-{self.nonce}'"),) if self.nonce else ()
        return (("Content-Type", "text/html; charset=utf-8"), *self.fields, *trusted)

    def headers(self, policy: Policy) -> Headers:
        """The fields of the request."""
        cookies = "; ".join(filter(None, (self.cookies, decided(policy, self.grant))))
        return tuple(
            (name, value)
            for name, value in (
                ("Host", self.host), ("Accept-Language", self.language), ("Sec-Fetch-Dest", self.destination),
                ("Sec-GPC", "1" if self.gpc else ""), ("CF-IPCountry", self.country), ("Cookie", cookies),
            )
            if value
        )  # fmt: skip


ONE: Final = Asked(
    grant="", language="en", said="", host="shop.example", scheme="https", root_path="", path="/", query="", nonce="",
    gpc=False, country="FR", destination="document", cookies="", page=0, name="", fields=(),
)  # fmt: skip
OTHERS: Final[list[dict[str, Any]]] = [
    {}, {"grant": "-"}, {"grant": "numbers"}, {"grant": "numbers,ads"}, {"grant": "films"}, {"language": "de, en;q=0.5"},
    {"language": "ar"}, {"said": "it"}, {"host": "www.shop.example"}, {"host": "other.example"},
    {"scheme": "http"}, {"root_path": "/mounted"}, {"path": "/a b"}, {"query": "name=anna"}, {"nonce": "first0000"},
    {"nonce": "second000"}, {"gpc": True}, {"country": "US"}, {"country": "GB"}, {"destination": "iframe"},
    {"cookies": "basket=2; seen=1"}, {"page": 1}, {"page": 2}, {"name": "Hello Anna"}, {"name": "Hello Ben"},
    {"fields": (("ETag", '"1"'),)}, {"fields": (("Vary", "Accept-Encoding"), ("Cache-Control", "max-age=60"))},
    {"fields": (("Set-Cookie", "seen=9; Path=/"),)}, {"fields": (("Set-Cookie", "basket=7; Path=/"),)},
    {"fields": (("Referrer-Policy", "origin"),)}, {"fields": (("Cross-Origin-Embedder-Policy", "require-corp"),)},
    {"fields": (("Content-Language", "de"),)},
    {"page": 1, "nonce": "first0000"},
    {"page": 1, "nonce": "second000"},
    {"page": 3},
    {"page": 3, "host": "other.example"},
    {"page": 3, "scheme": "http"},
    {"grant": "films", "language": "de", "query": "name=anna", "name": "Hello Anna"},
    {"grant": "films", "language": "de", "query": "name=ben", "name": "Hello Ben"},
]  # fmt: skip
# Each differs from the first in one thing, so that whoever is mistaken for another is seen.
WHO: Final = [replace(ONE, **other) for other in OTHERS]


class Still(ConsentKit):
    """A kit whose clock stands, so that pages of now are those of before."""

    def open(self, request: Request, *, now: float, entropy: bytes | Callable[[], bytes]) -> Exchange:
        """As it is, at `NOW`."""
        del now, entropy
        return super().open(request, now=NOW, entropy=ENTROPY)


@cache
def policy_of(mode: str) -> Policy:
    """The made-up shop's."""
    declared: dict[str, Any] = {
        "sites": ["shop.example", "other.example"],
        "purposes": [exempt("basket"), purpose("numbers"), purpose("ads", opt_out=["sale"]), purpose("shows")],
        "services": [
            service("counter", "numbers"), service("adverts", "ads"), service("films", "shows", placeholder="video"),
        ],
        "cookies": [cookie("seen", "numbers"), cookie("basket", "basket")],
    }  # fmt: skip
    return make_policy(**{**declared, **MODES[mode]})


@cache
def decided(policy: Policy, grant: str) -> str:
    """The consent cookie of somebody who granted this."""
    if not grant:
        return ""
    names = () if grant == "-" else grant.split(",")
    request = Request("GET", "https", "shop.example", "/")
    made = ConsentKit(policy, secret=SECRET).decide(request, grant=names, now=NOW - 60, entropy=ENTROPY)
    return made.set_cookie.partition(";")[0]


def exchange_of(kit: ConsentKit, who: Asked) -> Exchange:
    """The exchange of this request."""
    request = Request(
        "GET", who.scheme, who.host, who.path, who.query, who.root_path, who.headers(kit.policy), "192.0.2.1"
    )
    return kit.open(request, now=NOW, entropy=ENTROPY)


@cache
def alone(mode: str, number: int) -> tuple[Head, bytes]:
    """What a site that never served anybody else answers."""
    exchange = exchange_of(Still(policy_of(mode), secret=SECRET), WHO[number])
    head = exchange.start(200, WHO[number].answered)
    return head, exchange.feed(WHO[number].body) + exchange.finish()


def test_those_who_ask_differ() -> None:
    """The requests are no two alike, and neither are the answers, or nothing would be shown by the other tests."""
    assert len(WHO) == len(set(WHO))
    assert len({alone("per visitor", number)[1] for number in range(len(WHO))}) > len(WHO) // 2


kits: Final = {mode: cache(lambda mode=mode: Still(policy_of(mode), secret=SECRET)) for mode in MODES}
readers: Final = {mode: cache(lambda mode=mode: Still(policy_of(mode), secret=SECRET)) for mode in MODES}
crowds = st.lists(st.integers(0, len(WHO) - 1), min_size=2, max_size=30)


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=20)
@given(crowd=crowds, cuts=st.lists(st.integers(1, 200), min_size=1, max_size=5), whole=st.booleans())
def test_requests_at_once(mode: str, crowd: list[int], cuts: list[int], whole: bool) -> None:
    """All are begun before the first ends, and their pages come whole, or in turns piece by piece."""
    kit = kits[mode]()
    begun = [(number, exchange_of(kit, WHO[number])) for number in crowd]
    heads = [exchange.start(200, WHO[number].answered) for number, exchange in begun]
    assert [alone(mode, number)[0] for number in crowd] == heads
    if whole:
        bodies = [exchange.whole(WHO[number].body) for number, exchange in begun]
    else:
        left, bodies = [WHO[number].body for number in crowd], [b""] * len(crowd)
        for turn in range(2 + max(map(len, left)) // min(cuts)):
            for index, (_, exchange) in enumerate(begun):
                size = cuts[turn % len(cuts)]
                bodies[index] += exchange.feed(left[index][:size])
                left[index] = left[index][size:]
        bodies = [body + exchange.finish() for body, (_, exchange) in zip(bodies, begun, strict=True)]
    assert [alone(mode, number)[1] for number in crowd] == bodies


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=10)
@given(crowd=crowds, cut=st.integers(1, 250))
def test_first_pieces_that_others_had(mode: str, crowd: list[int], cut: int) -> None:
    """What is known of a page's first piece leaves at once, and behind it what follows in this very page."""
    kit, reading = kits[mode](), readers[mode]()
    ends = [b"<p>last</p>", b"<script src=https://counter.example/b.js></script><i>", b"<!--"]
    for number, end in zip(crowd * 3, ends * len(crowd), strict=True):
        who, bodies = WHO[number], list[bytes]()
        reading.first_pieces = KeptPages()  # to this one each is new
        for site in (kit, reading):
            exchange = exchange_of(site, who)
            exchange.start(200, who.answered)
            pieces = (who.body[:cut], b"", who.body[cut:], end)
            bodies.append(b"".join([*map(exchange.feed, pieces), exchange.finish()]))
        assert bodies[1] == bodies[0]


def known(head: Head, names: Iterable[tuple[str, str]]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The fields as they were expected and as they came, in an order, without that which only drivers can say."""
    want = sorted((name.lower(), value) for name, value in head.headers)
    return want, sorted((name.lower(), value) for name, value in names if name.lower() != "content-length")


def environ_of(who: Asked, policy: Policy) -> dict[str, Any]:
    """The request as WSGI has it; the app finds who asks in it."""
    fields = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in who.headers(policy)}
    return {
        "REQUEST_METHOD": "GET", "wsgi.url_scheme": who.scheme, "SCRIPT_NAME": who.root_path, "PATH_INFO": who.path,
        "QUERY_STRING": who.query, "SERVER_NAME": "x", "SERVER_PORT": "80", "REMOTE_ADDR": "192.0.2.1", "who": who, **fields,
    }  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("streamed", [False, True])
def test_threads(mode: str, streamed: bool) -> None:
    """Four threads of a WSGI server get what each request gets alone, in one piece or in two."""
    policy = policy_of(mode)

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [(name, value) for name, value in environ["who"].answered])
        body = environ["who"].body
        return [body[:CUT], body[CUT:]] if streamed else [body]

    served = wsgi.ConsentMiddleware(app, kits[mode](), records=MemoryStore())

    def ask(number: int) -> tuple[int, list[tuple[str, str]], bytes]:
        heads = list[list[tuple[str, str]]]()
        blocks = served(environ_of(WHO[number], policy), lambda _status, headers, *_: heads.append(headers))  # type: ignore[arg-type]
        body = b"".join(blocks)
        return number, heads[0], body

    draw = random.Random(mode)
    with ThreadPoolExecutor(4) as threads:
        for number, headers, body in threads.map(ask, draw.choices(range(len(WHO)), k=300)):
            head, expected = alone(mode, number)
            assert expected == body
            want, got = known(head, headers)
            assert want == got
            assert ([] if streamed else [str(len(body))]) == header_values(headers, "content-length")


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("streamed", [False, True])
async def test_tasks(mode: str, streamed: bool) -> None:
    """Requests that an ASGI server serves at once, each waiting for the others in between, get what each gets alone."""
    policy = policy_of(mode)

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        who = scope["who"]
        headers = [(name.lower().encode(), value.encode()) for name, value in who.answered]
        await anyio.lowlevel.checkpoint()
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await anyio.lowlevel.checkpoint()
        if streamed:
            await send({"type": "http.response.body", "body": who.body[:CUT], "more_body": True})
            await anyio.lowlevel.checkpoint()
        await send({"type": "http.response.body", "body": who.body[CUT if streamed else 0 :]})

    served = asgi.ConsentMiddleware(app, kits[mode](), records=MemoryStore())

    async def ask(number: int) -> None:
        who, sent = WHO[number], list[Any]()

        async def send(message: Any) -> None:
            await anyio.lowlevel.checkpoint()
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        headers = [(name.lower().encode(), value.encode()) for name, value in who.headers(policy)]
        scope = {
            "type": "http", "method": "GET", "scheme": who.scheme, "path": who.root_path + who.path, "who": who,
            "query_string": who.query.encode(), "root_path": who.root_path, "headers": headers,
            "client": ("192.0.2.1", 1),
        }  # fmt: skip
        await served(scope, receive, send)
        head, expected = alone(mode, number)
        assert expected == b"".join(message.get("body", b"") for message in sent)
        want, got = known(head, [(name.decode(), value.decode()) for name, value in sent[0]["headers"]])
        assert want == got

    draw = random.Random(mode)
    async with anyio.create_task_group() as tasks:
        for number in draw.choices(range(len(WHO)), k=300):
            tasks.start_soon(ask, number)
