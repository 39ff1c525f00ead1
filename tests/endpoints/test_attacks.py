"""Our addresses under attack, through both drivers: what is sent by somebody who means harm."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlencode

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit import asgi, wsgi
from consentkit.html.urls import parse_url
from consentkit.kit import ConsentKit
from consentkit.records.memory import MemoryStore
from tests.policies import make_policy

POLICY = make_policy(policy_path="/privacy")
KIT = ConsentKit(POLICY, secret="a secret of 24 characters")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Content-Type", "application/json")
HERE = ("Sec-Fetch-Site", "same-origin")
ACCEPT = b"decision=accept"
Fields = Sequence[tuple[str, str]]
Answer = tuple[int, list[tuple[str, str]], bytes]


def by_wsgi(
    method: str, target: str, fields: Fields, chunks: Sequence[bytes], records: MemoryStore, **options: Any
) -> Answer:
    """What the WSGI driver answers; 299 is the app's."""
    path, _, query = target.partition("?")
    body = b"".join(chunks)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "QUERY_STRING": query,
        "SERVER_NAME": "x", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "HTTP_HOST": "shop.example",
    }  # fmt: skip
    for name, value in fields:
        key = name.upper().replace("-", "_")
        key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
        environ[key] = (
            f"{environ[key]}, {value}" if key in environ and key not in {"HTTP_HOST", "CONTENT_LENGTH"} else value
        )
    started: list[Any] = []

    def app(_: Any, start_response: Any) -> list[bytes]:
        start_response("299 App", [("Content-Type", "text/plain")])
        return [b"app"]

    middleware = wsgi.ConsentMiddleware(app, KIT, records=records, **options)
    out = b"".join(middleware(environ, lambda status, headers, *_: started.append((status, headers))))  # type: ignore[arg-type]
    status, headers = started[-1]
    return int(status[:3]), headers, out


def by_asgi(
    method: str, target: str, fields: Fields, chunks: Sequence[bytes], records: MemoryStore, **options: Any
) -> Answer:
    """What the ASGI driver answers; 299 is the app's."""
    path, _, query = target.partition("?")
    given = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields]
    if not any(name == b"host" for name, _ in given):
        given.append((b"host", b"shop.example"))
    scope: dict[str, Any] = {
        "type": "http", "method": method, "scheme": "https", "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path.encode(), "query_string": query.encode("latin-1"), "headers": given, "root_path": "",
    }  # fmt: skip
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.request", "body": b"", "more_body": False})
    sent: list[Any] = []

    async def app(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 299, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"app"})

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    anyio.run(asgi.ConsentMiddleware(app, KIT, records=records, **options), scope, receive, send)
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in sent[0]["headers"]]
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])


BOTH = pytest.mark.parametrize("call", [by_wsgi, by_asgi])
Call = Callable[..., Answer]


def one(headers: Fields, name: str) -> str | None:
    """The one value of a field, None without it."""
    values = [value for key, value in headers if key.lower() == name]
    assert len(values) <= 1
    return values[0] if values else None


# Where a request comes from. The whole matrix is in test_crosssite; this is that the drivers keep to it.


@BOTH
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ([HERE], 303),
        ([("Origin", "https://shop.example")], 303),
        ([("Origin", "null"), HERE], 303),
        ([("Origin", "null")], 403),
        ([], 403),
        ([("Sec-Fetch-Site", "cross-site"), ("Origin", "https://shop.example")], 403),
        ([("Sec-Fetch-Site", "same-site"), ("Origin", "https://blog.shop.example")], 403),
        ([("Origin", "https://blog.shop.example")], 403),
        ([("Host", "10.0.0.7:8000"), ("Origin", "https://shop.example")], 303),  # a proxy ended TLS and rewrote Host
        ([("Host", "evil.test"), ("Origin", "https://evil.test")], 403),
        ([("Host", "10.0.0.7"), ("X-Forwarded-Host", "evil.test"), ("Origin", "https://evil.test")], 403),
        ([("Forwarded", "host=evil.test;proto=https"), ("Origin", "https://evil.test")], 403),
    ],
)  # fmt: skip
def test_only_this_sites_pages_decide(call: Call, fields: list[tuple[str, str]], status: int) -> None:
    """R173: a decision of another site, a sibling subdomain or a forged host is refused, and nothing is recorded."""
    records = MemoryStore()
    assert call("POST", "/_ck/decide", [FORM, *fields], [ACCEPT], records)[0] == status
    assert len(records.records) == (status == 303)


# What a decision leads to.

TRICKS = [
    "//evil.test", "///evil.test", "/\\evil.test", "\\\\evil.test", "/\t/evil.test", "/\n/evil.test", "\t//evil.test", " //evil.test",
    "https://evil.test", "https:evil.test", "http:/evil.test", "HTTPS:\\\\evil.test", "javascript:alert(1)", "data:text/html,x",
    "/%09/evil.test", "/..//evil.test", "/.//evil.test", "/a/..//evil.test", "/%2e%2e//evil.test", "/%5cevil.test", "//shop.example@evil.test",
    "/\u2028/evil.test", "／／evil.test", "/\x00/evil.test", "//[::1]", "/;//evil.test", "?//evil.test", "#//evil.test", "@evil.test", ".evil.test",
]  # fmt: skip


@BOTH
@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_leads_off_the_site(call: Call, trick: str) -> None:
    """A return path, read as browsers read URLs, is on this site or refused: in a form, in JSON, and on the preferences page."""
    here = parse_url("https://shop.example/_ck/decide", None)
    form = urlencode({"decision": "reject", "return": trick}).encode()
    for fields, body in (
        ([FORM, HERE], form),
        ([JSON, HERE, ("Accept", "text/html")], json.dumps({"decision": "reject", "return": trick}).encode()),
    ):
        status, headers, _ = call("POST", "/_ck/decide", fields, [body], MemoryStore())
        assert status in {200, 303, 400}
        target = parse_url(one(headers, "location") or "/", here)
        assert target is not None
        assert (target.scheme, target.host) == ("https", "shop.example")
    page = call("GET", f"/_ck/preferences?return={quote(trick, safe='')}", [], [], MemoryStore())[2]
    assert b'href="//evil' not in page
    assert b'value="//evil' not in page


@BOTH
@pytest.mark.parametrize(
    "host", ["evil.test", "shop.example\r\nSet-Cookie: a=b", "shop.example, evil.test", '"><script>', "a" * 9000, ""]
)
@pytest.mark.parametrize(
    "path", ["/_ck/decide", "/_ck/preferences", "/privacy", "/_ck/state", "/_ck/nothing", "/_ck/frame?t=x"]
)
def test_the_host_field_is_never_repeated(call: Call, host: str, path: str) -> None:
    """Whatever Host says, no header and no page of ours has it: nothing to poison a cache or a link with."""
    method, body = ("POST", [ACCEPT]) if path == "/_ck/decide" else ("GET", [])
    status, headers, page = call(method, path, [FORM, HERE, ("Host", host)], body, MemoryStore())
    assert status < 500
    text = "".join(f"{name}: {value}\n" for name, value in headers) + page.decode()
    assert not host or host not in text
    assert all("\r" not in value and "\n" not in value for _, value in headers)
    assert "domain=" not in (one(headers, "set-cookie") or "").lower()


@BOTH
@pytest.mark.parametrize("name", ["return", "lang", "source", "decision", "allow", "purpose"])
def test_line_breaks_reach_no_header(call: Call, name: str) -> None:
    """Line breaks in any field of a decision are refused or encoded."""
    fields = {"decision": "reject", name: "/a\r\nSet-Cookie: evil=1\r\n\r\n<script>"}
    _, headers, page = call("POST", "/_ck/decide", [FORM, HERE], [urlencode(fields).encode()], MemoryStore())
    assert not [value for _, value in headers if "\r" in value or "\n" in value]
    assert not (one(headers, "set-cookie") or "").startswith("evil")
    assert b"<script>" not in page


# Bodies.


@BOTH
@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "multipart/form-data; boundary=x", "application/xml", "", "application/x-www-form-urlencoded, application/json",
     "text/plain; application/json", "application/json-seq", "application/x-www-form-urlencode", "*/*"],
)  # fmt: skip
def test_other_types_decide_nothing(call: Call, content_type: str) -> None:
    """Types that a form of another site could send without being asked, and those that look like ours, are refused."""
    for body in (
        ACCEPT,
        b'{"decision": "accept"}',
        b'{"decision": "accept", "x": "=',
        b"--x\r\n\r\ndecision=accept\r\n--x--",
    ):
        records = MemoryStore()
        status = call("POST", "/_ck/decide", [("Content-Type", content_type), HERE], [body], records)[0]
        assert (status, records.records) == (415, [])


@BOTH
def test_a_body_of_the_other_type_decides_nothing(call: Call) -> None:
    """A form sent as JSON, and JSON sent as a form, are refused."""
    for field, body in ((JSON, ACCEPT), (FORM, b'{"decision": "accept"}')):
        records = MemoryStore()
        assert call("POST", "/_ck/decide", [field, HERE], [body], records)[0] == 400
        assert records.records == []


@BOTH
@pytest.mark.parametrize("path", ["/_ck/decide", "/_ck/report"])
def test_too_long_a_body_is_refused(call: Call, path: str) -> None:
    """413, whether the length was told or not; what is longer is not even read under ASGI."""
    media = FORM if path == "/_ck/decide" else ("Content-Type", "application/csp-report")
    chunks = [b"x" * 8192] * 100
    records = MemoryStore()
    assert call("POST", path, [media, HERE], chunks, records)[0] == 413
    assert records.records == []


@BOTH
def test_a_body_may_come_slowly(call: Call) -> None:
    """A decision in pieces of one byte is the same decision."""
    records = MemoryStore()
    chunks = [bytes([byte]) for byte in b"decision=accept"]
    assert call("POST", "/_ck/decide", [FORM, HERE], chunks, records)[0] == 303
    assert len(records.records) == 1


def test_a_visitor_who_leaves_in_the_middle_decided_nothing() -> None:
    """Under ASGI a disconnect, under WSGI a body that ends early: no record, and half of a decision is none."""
    records, sent = MemoryStore(), []
    messages = [{"type": "http.request", "body": ACCEPT, "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    fields = [(b"host", b"shop.example"), (b"sec-fetch-site", b"same-origin"), (b"content-type", FORM[1].encode())]
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "https",
        "path": "/_ck/decide",
        "query_string": b"",
        "headers": fields,
    }
    anyio.run(asgi.ConsentMiddleware(None, KIT, records=records), scope, receive, send)  # type: ignore[arg-type]
    status, headers, _ = by_wsgi("POST", "/_ck/decide", [FORM, HERE, ("Content-Length", "90")], [ACCEPT], records)
    told = [message["status"] for message in sent if "status" in message]  # for servers that still have somebody
    assert (told, status, one(headers, "set-cookie"), records.records) == ([400], 400, None, [])


# Methods and paths.


@BOTH
@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_methods_cannot_be_overridden(call: Call, name: str) -> None:
    """Neither a header nor a field makes a GET a POST, or a POST something else."""
    records = MemoryStore()
    assert (
        call("GET", "/_ck/decide?_method=POST&decision=accept", [(name, "POST"), FORM, HERE], [ACCEPT], records)[0]
        == 405
    )
    assert records.records == []
    assert call("POST", "/_ck/preferences", [(name, "GET"), FORM, HERE], [ACCEPT], records)[0] == 405


@BOTH
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("//_ck/decide", 299), ("/_CK/decide", 299), ("/_ck", 299), ("/x/../_ck/decide", 299), ("/_ck;x/decide", 299),
        ("/%5fck/decide", 303), ("/_ck%2fdecide", 303), ("/_ck/%64ecide", 303),  # servers decode these: the same address
        ("/_ck//decide", 404), ("/_ck/./decide", 404), ("/_ck/x/../decide", 404), ("/_ck/decide/", 404), ("/_ck/Decide", 404),
        ("/_ck/%2e%2e/decide", 404), ("/_ck/decide%00", 404), ("/_ck/decide%20", 404), ("/_ck/%252e%252e/decide", 404), ("/_ck/..%2f", 404),
    ],
)  # fmt: skip
def test_paths_are_compared_as_servers_decode_them(call: Call, path: str, status: int) -> None:
    """Doubled slashes, case, dots and encodings make an address ours, the app's or nothing: never a second one that decides."""
    records = MemoryStore()
    answer = call("POST", path, [FORM, HERE], [ACCEPT], records)
    assert answer[0] == status
    assert len(records.records) == (status == 303)


# Frames and caches.


@BOTH
@pytest.mark.parametrize(
    "path", ["/_ck/preferences", "/privacy", "/_ck/nothing", "/_ck/decide", "/_ck/frame", "/_ck/report"]
)
def test_no_other_site_frames_our_pages(call: Call, path: str) -> None:
    """Clickjacking: every page of ours, errors too, says that only this site may frame it."""
    _, headers, _ = call("GET", path, [("Accept", "text/html")], [], MemoryStore())
    assert "frame-ancestors 'self'" in (one(headers, "content-security-policy") or "")
    assert one(headers, "x-frame-options") == "SAMEORIGIN"


@BOTH
@pytest.mark.parametrize("path", ["/privacy", "/_ck/policy.json", *(f"/_ck/{name}" for name in KIT.pages.assets)])
@pytest.mark.parametrize(
    "query", ["return=//evil.test", "lang=xx", "x=<script>", "a=b" * 3000, "utm_source=x&_method=POST"]
)
def test_what_caches_keep_does_not_hang_on_the_query(call: Call, path: str, query: str) -> None:
    """Cache poisoning: answers that a shared cache may keep are the same bytes whatever query or forwarded field comes."""
    forwarded = [
        ("X-Forwarded-Host", "evil.test"),
        ("X-Forwarded-Proto", "http"),
        ("X-Original-URL", "/evil"),
        ("X-Rewrite-URL", "/evil"),
    ]
    plain = call("GET", path, [], [], MemoryStore())
    assert plain[0] == 200
    assert "public" in (one(plain[1], "cache-control") or "")
    assert plain == call("GET", f"{path}?{query}", forwarded, [], MemoryStore())


@BOTH
@pytest.mark.parametrize(
    "path",
    ["/_ck/preferences?return=/x", "/_ck/state", "/_ck/frame?t=x", "/_ck/nothing?x", "/_ck/decide", "/_ck/report"],
)
def test_what_differs_is_not_kept(call: Call, path: str) -> None:
    """Everything that differs by visitor or by query, and every refusal, is `no-store`."""
    assert one(call("GET", path, [], [], MemoryStore())[1], "cache-control") == "no-store"


# Everything at once.


@BOTH
@given(
    method=st.sampled_from(["POST", "GET", "PUT", "HEAD"]),
    path=st.sampled_from(["/_ck/decide", "/_ck/report", "/_ck/frame", "/_ck/state", "/_ck/preferences", "/privacy"])
    | st.text("/_ckdei.%2f;\\", max_size=12).map("/_ck".__add__),
    query=st.text("t=&%0ad/:return", max_size=20),
    fields=st.lists(st.tuples(st.sampled_from(["Host", "Origin", "Sec-Fetch-Site", "Content-Type", "Content-Length", "Cookie", "Accept",
                                               "X-Forwarded-Proto", "If-None-Match", "Sec-GPC"]),
                              st.sampled_from([FORM[1], JSON[1], "same-origin", "https://shop.example", "null", "application/csp-report", "0"])
                              | st.text(st.characters(max_codepoint=255), max_size=20)), max_size=5),
    body=st.sampled_from([ACCEPT, b"decision=reject&return=/a", b'{"decision": "reject"}', b"[" * 3000]) | st.binary(max_size=60),
)  # fmt: skip
def test_no_request_breaks_a_driver(
    call: Call, method: str, path: str, query: str, fields: list[tuple[str, str]], body: bytes
) -> None:
    """Never an exception, never 5xx, and a cookie is set exactly when its proof was stored."""
    records = MemoryStore()
    status, headers, _ = call(method, f"{path.replace('?', '')}?{query}", fields, [body], records)
    assert status < 500
    assert (one(headers, "set-cookie") is not None) == (len(records.records) == 1)


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=8)  # halves of surrogate pairs as well
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.sampled_from(["reject", "numbers", "/a", "en"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@BOTH
@given(st.dictionaries(st.sampled_from(["decision", "allow", "withdraw", "minor", "grant", "return", "lang", "source"]) | ANY_TEXT,
                       ANY_JSON, max_size=4))  # fmt: skip
def test_no_json_breaks_the_endpoint_of_decisions(call: Call, data: dict[str, Any]) -> None:
    """Whatever JSON can say is a decision with its proof, or is refused with a sentence that can be read."""
    records = MemoryStore()
    status, headers, body = call("POST", "/_ck/decide", [JSON, HERE], [json.dumps(data).encode()], records)
    assert status in {200, 400}
    assert (one(headers, "set-cookie") is not None) == (status == 200) == (len(records.records) == 1)
    assert status == 200 or json.loads(body)["error"]["message"]
