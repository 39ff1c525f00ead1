"""The policy that follows from consent, judged by a small model of how browsers match sources (CSP3 §6.7.2)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.consent.state import Consent, deny_all, grant, grant_all
from consentkit.errors import PolicyError
from consentkit.headers.csp import (
    MAX_CSP_BYTES,
    check_size,
    content_security_policy,
    field_name,
    is_document_or_worker,
    needs_policy,
    own_pages_headers,
    reporting_endpoint,
)
from consentkit.html.urls import parse_url
from consentkit.policy import catalogue
from consentkit.policy.models import Policy, Service
from tests.policies import make_policy, purpose, service

POLICY = make_policy(
    sites=["shop.example", "127.0.0.1"],
    services=[
        service("video", "ads", hosts=["video.test", "cdn.video.test"]),
        service("tag", "numbers", hosts=["shared.test/tag", "folder.test/a/b/", "star.test/x/y*z"]),
        service("other", "ads", hosts=["shared.test/other"]),
        service("wild", "numbers", hosts=["*.wild.test", "js-*.shape.test", "*/anywhere.js", "odd.*"]),
    ],
)
SOURCE = re.compile(r"(?:(wss?)://)?(\*\.)?([a-z0-9_.-]+):\*(/\S*)?")


def allowed(policy: Policy, consent: Consent, url: str) -> bool:
    """Whether a browser on an https page of the first site would fetch a URL under the policy for this consent."""
    value = content_security_policy(policy, consent)
    if not value:
        return True
    found = parse_url(url, None)
    assert found is not None
    name, *sources = value.split(" ")
    assert name == "default-src"
    if found.scheme in {"data", "blob"}:
        return f"{found.scheme}:" in sources
    for source in sources:
        match = SOURCE.fullmatch(source)
        if match is None:
            continue
        scheme, below, host, path = match.groups()
        schemes = {"ws": {"ws", "wss"}, "wss": {"wss"}, None: {"https"}}[scheme]
        host_fits = found.host.endswith("." + host) if below else found.host == host
        path_fits = path is None or (found.path.startswith(path) if path.endswith("/") else found.path == path)
        if found.scheme in schemes and host_fits and path_fits:
            return True
    return False


@pytest.mark.parametrize(
    "url",
    ["https://shop.example/x", "https://a.b.shop.example:8443/x", "wss://shop.example/", "ws://a.shop.example:99/", "https://127.0.0.1/",
     "data:,x", "blob:https://shop.example/1"],
)  # fmt: skip
def test_first_party_is_always_open(url: str) -> None:
    """The sites, what is below them, their sockets, and inline data are open before any decision."""
    assert allowed(POLICY, Consent(POLICY), url)


@pytest.mark.parametrize(
    ("url", "by"),
    [
        ("https://video.test/a", "ads"), ("https://x.video.test/", "ads"), ("https://cdn.video.test/", "ads"), ("wss://x.video.test/", "ads"),
        ("https://shared.test/tag", "numbers"), ("https://shared.test/tag/x", "numbers"), ("https://a.shared.test/tag", "numbers"),
        ("https://shared.test/other", "ads"), ("https://folder.test/a/b/c", "numbers"), ("https://star.test/x/anything", "numbers"),
        ("https://a.wild.test/", "numbers"), ("https://js-1.shape.test/", "numbers"),
    ],
)  # fmt: skip
def test_services_are_open_when_granted(url: str, by: str) -> None:
    """A declared host opens, with what is below it, when its service is granted and not before."""
    assert not allowed(POLICY, Consent(POLICY), url)
    assert not allowed(POLICY, Consent(POLICY, deny_all(POLICY)), url)
    assert allowed(POLICY, Consent(POLICY, grant(POLICY, [by])), url)
    assert not allowed(POLICY, Consent(POLICY, grant(POLICY, [{"ads": "numbers", "numbers": "ads"}[by]])), url)


@pytest.mark.parametrize(
    "url",
    ["https://unknown.test/", "https://xvideo.test/", "https://video.test.evil.test/", "https://wild.test/", "https://shared.test/",
     "https://shared.test/tag2", "https://folder.test/a/b", "https://a.unknown.test/anywhere.js", "https://odd.test/",
     "https://xshop.example/", "https://x.127.0.0.1.test/"],
)  # fmt: skip
def test_everything_else_is_closed(url: str) -> None:
    """Hosts that nobody declared stay closed even after everything was accepted."""
    assert not allowed(POLICY, Consent(POLICY, grant_all(POLICY)), url)


def test_the_whole_value() -> None:
    """One directive that everything falls back to, code left open, no form-action, sources in a fixed order."""
    policy = make_policy(
        services=[service("b", "ads", hosts=["b.test", "www.b.test"]), service("a", "ads", hosts=["a.test/x"])]
    )
    assert (
        "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval' shop.example:* *.shop.example:* ws://shop.example:* "
        "ws://*.shop.example:* *.a.test:*/x *.a.test:*/x/ *.b.test:* a.test:*/x a.test:*/x/ b.test:* wss://*.b.test:* wss://b.test:*"
    ) == content_security_policy(policy, Consent(policy, grant_all(policy)))


@pytest.mark.parametrize("placeholder", ["video", "audio", "map", "post", "share", "image"])
def test_what_is_only_shown_gets_no_sockets(placeholder: str) -> None:
    """Services of frames, pictures and buttons open no WebSockets in the page; all others do."""
    policy = make_policy(
        services=[service("a", "ads", hosts=["a.test"], placeholder=placeholder), service("b", "ads", hosts=["b.test"])]
    )
    consent = Consent(policy, grant_all(policy))
    assert [True, False, True] == [
        allowed(policy, consent, url) for url in ("https://x.a.test/", "wss://a.test/", "wss://x.b.test/")
    ]


@pytest.mark.parametrize("declared", catalogue.services(), ids=lambda declared: declared.id)
def test_every_service_of_the_catalogue_is_open_when_granted(declared: Service) -> None:
    """Whatever the catalogue says of a service's hosts and paths, the policy that follows opens it, and it alone would fit."""
    policy = make_policy(services=[{**declared.model_dump(), "purposes": ["ads"], "cookies": []}])
    check_size(policy)
    consent = Consent(policy, grant_all(policy))
    for pattern in declared.hosts:
        host, _, path = pattern.partition("/")
        if host == "*":
            continue
        name = host.replace("*.", "any.").replace("*", "any")
        for url in (f"https://{name}/{path}", f"https://www.{name}:8443/{path}"):
            assert allowed(policy, consent, url.replace("*", "any/thing")), pattern


def test_reports() -> None:
    """Violations are sent to a first-party address where one is given."""
    value = content_security_policy(POLICY, Consent(POLICY), report="/_ck/report")
    assert value.endswith("; report-uri /_ck/report; report-to consentkit")
    assert reporting_endpoint("/_ck/report") == ("Reporting-Endpoints", 'consentkit="/_ck/report"')


@pytest.mark.parametrize("pattern", ["p.test/a;b", "p.test/a,b", "p.test/a?b=c"])
def test_paths_cannot_end_the_directive(pattern: str) -> None:
    """A path with characters that mean something in a policy stays one source."""
    policy = make_policy(services=[service("p", "ads", hosts=[pattern])])
    value = content_security_policy(policy, Consent(policy, grant_all(policy)))
    assert not {";", ",", "?"} & set(value)
    assert "p.test:*/a" in value


def test_shared_mode_is_the_fixed_union() -> None:
    """In shared mode the policy is the same for all and opens every declared service."""
    policy = make_policy(mode="shared", services=[service("video", "ads", hosts=["video.test"])])
    assert content_security_policy(policy, Consent(policy)) == content_security_policy(
        policy, Consent(policy, grant_all(policy))
    )
    assert allowed(policy, Consent(policy), "https://video.test/")


def test_unknown_hosts_allowed_is_no_restriction() -> None:
    """Where the owner allows unknown hosts there is nothing that a list of hosts could say."""
    policy = make_policy(unknown="allow")
    assert "" == content_security_policy(policy, Consent(policy))


def test_unknown_hosts_asked() -> None:
    """Where the visitor is asked for unknown hosts, the restriction ends with their grant."""
    policy = make_policy(unknown="ask")
    assert not allowed(policy, Consent(policy), "https://unknown.test/")
    assert allowed(policy, Consent(policy, grant_all(policy)), "https://unknown.test/")


@pytest.mark.parametrize(
    ("mode", "name"),
    [("enforce", "Content-Security-Policy"), ("report-only", "Content-Security-Policy-Report-Only"), ("off", None)],
)
def test_field_name(mode: str, name: str | None) -> None:
    """The policy enforces, reports or is off, as the owner says."""
    assert name == field_name(make_policy(csp=mode))


def test_subdomains_are_folded() -> None:
    """Hosts below another granted host take no room of their own."""
    hosts = [f"h{n}.big.test" for n in range(200)]
    policy = make_policy(
        services=[service("big", "ads", hosts=["big.test", *hosts, "x.big.test/path", "*.y.big.test"])]
    )
    value = content_security_policy(policy, Consent(policy, grant_all(policy)))
    assert value.endswith("*.big.test:* big.test:* wss://*.big.test:* wss://big.test:*")
    check_size(policy)


def test_a_policy_too_large_for_a_field_is_refused() -> None:
    """A policy whose field would exceed what servers take is an error at start-up that names the largest services."""
    policy = make_policy(
        services=[service("huge", "ads", hosts=[f"host{n}.test" for n in range(200)]), service("one", "ads")]
    )
    with pytest.raises(PolicyError, match=r"bytes of huge: \d+, one: \d+"):
        check_size(policy)
    check_size(policy.model_copy(update={"csp": "off"}))
    check_size(policy.model_copy(update={"unknown": "allow"}))


def test_hosts_of_several_services_count_once() -> None:
    """Services that share their hosts share the room for them, so that one more of a vendor's is not refused."""
    hosts = [f"host{n}.test" for n in range(90)]
    services = [service(f"s{n}", "ads", hosts=[*hosts, f"own{n}.test"]) for n in range(4)]
    policy = make_policy(services=services)
    check_size(policy)
    assert len(content_security_policy(policy, Consent(policy, grant_all(policy)))) <= MAX_CSP_BYTES


NAMES = ["a.test", "b.a.test", "c.b.a.test", "xa.test"]
PATHS = ["", "/x", "/x/", "/x/y", "/x/y/z", "/x/f.js", "/xy"]


def declared(pattern: str, host: str, path: str) -> bool:
    """Whether a pattern is for a URL, as CSP can say it: a host and what is below it; a path, and its folder."""
    name, slash, rest = pattern.removeprefix("*.").partition("/")
    whole = slash + rest
    below = host.endswith("." + name)
    if not below and (pattern.startswith("*.") or host != name):
        return False
    folder = whole if whole.endswith("/") else f"{whole}/"
    return not whole or path == whole or (path.startswith(folder) and "." not in whole.rpartition("/")[2])


@given(
    st.lists(st.builds(lambda below, name, path: below + name + path, st.sampled_from(["", "*."]),
                       st.sampled_from(NAMES[:3]), st.sampled_from(PATHS)), min_size=1, max_size=8),
    st.integers(1, 3),
)  # fmt: skip
def test_the_folded_policy_allows_exactly_what_is_declared(patterns: list[str], services: int) -> None:
    """However hosts and paths lie within each other, what is folded opens what the patterns say, and nothing else."""
    parts = [part for n in range(services) if (part := patterns[n::services])]
    policy = make_policy(services=[service(f"s{n}", "ads", hosts=each) for n, each in enumerate(parts)])
    consent = Consent(policy, grant_all(policy))
    for host in (*NAMES, "d.c.b.a.test", "test"):
        for path in (*PATHS[1:], "/", "/x/f.js/g", "/x/yy", "/xy/z"):
            expected = any(declared(pattern, host, path) for pattern in patterns)
            assert expected == allowed(policy, consent, f"https://{host}{path}"), (host, path)


def test_paths_are_folded() -> None:
    """A path below a declared folder takes no room, nor one that is declared for all subdomains."""
    hosts = ["a.test/x", *(f"a.test/x/{n}" for n in range(50)), "b.a.test/x", "*.a.test/x/y"]
    policy = make_policy(services=[service("s", "ads", hosts=hosts, placeholder="map")])
    value = content_security_policy(policy, Consent(policy, grant_all(policy)))
    assert value.endswith(" *.a.test:*/x *.a.test:*/x/ a.test:*/x a.test:*/x/")


@given(
    st.lists(
        st.lists(
            st.sampled_from(["a.test", "b.a.test", "*.a.test", "a.test/x", "b.a.test/x/", "c.test/*", "*.b.a.test/y"]),
            min_size=1,
            max_size=4,
        ),
        max_size=5,
    )
)
def test_checked_policies_fit_in_every_state(hosts: list[list[str]]) -> None:
    """What is granted more never closes anything, and no state is larger than the check allows for."""
    policy = make_policy(
        purposes=[purpose(f"p{n}") for n in range(6)],
        services=[service(f"s{n}", f"p{n}", hosts=each) for n, each in enumerate(hosts)],
    )
    check_size(policy)
    urls = ["https://a.test/", "https://b.a.test/x/1", "https://z.b.a.test/y", "https://c.test/", "https://a.test/x"]
    before: list[bool] = [False] * len(urls)
    for count in range(len(hosts) + 1):
        consent = Consent(policy, grant(policy, [f"p{n}" for n in range(count)]))
        assert len(content_security_policy(policy, consent)) <= MAX_CSP_BYTES
        after = [allowed(policy, consent, url) for url in urls]
        assert all(now >= then for now, then in zip(after, before, strict=True))
        before = after


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/html", True), ("TEXT/HTML; charset=utf-8", True), ("application/xhtml+xml", True), ("text/xml", True), ("application/xml", True),
        ("text/xsl", True), ("multipart/x-mixed-replace; boundary=b", True), ("multipart/byteranges;boundary=b", True), ("multipart/related", False),
        ("image/svg+xml", True), ("application/rss+xml", True), ("text/javascript", True), ("application/javascript;x", True),
        ("application/x-javascript", True), ("text/ecmascript", True), ("text/javascript1.5", True), ("text/livescript", True), (None, True),
        ("", True), ("html", True), ("*/*", True), ("text/plain, text/html", True), ("image/svg+xml(x)", True), ("application/unknown", True),
        ("text/html, text/plain", False), ("text/css", False), ("image/png", False), ("application/json", False), ("text/plain", False),
        ("application/pdf", False), ("application/octet-stream", False), ("text/event-stream", False), ("application/wasm", False),
    ],
)  # fmt: skip
def test_documents_and_workers(content_type: str | None, expected: bool) -> None:
    """HTML, XML, SVG, JavaScript and what has to be looked into can become a document or worker; other media cannot."""
    assert expected is is_document_or_worker(content_type)


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        (None, True),
        ("document", True),
        ("worker", True),
        ("sharedworker", True),
        ("object", True),
        ("script", False),
        ("image", False),
        ("empty", False),
    ],
)
def test_only_what_is_asked_for_as_such_needs_a_policy(destination: str | None, expected: bool) -> None:
    """A script that comes as a script needs none, so that it stays cacheable for everybody."""
    assert expected is needs_policy("text/javascript", destination)
    assert not needs_policy("text/css", destination)


def test_own_pages() -> None:
    """Our own pages load nothing but our own files, are not sniffed, and are framed by nobody else (R171)."""
    fields = dict(own_pages_headers())
    for directive in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'self'"):
        assert directive in fields["Content-Security-Policy"]
    assert "form-action" not in fields["Content-Security-Policy"]
    assert "nosniff" == fields["X-Content-Type-Options"]
    assert "same-origin" == fields["Referrer-Policy"]
    assert "SAMEORIGIN" == fields["X-Frame-Options"]


def test_own_pages_that_others_may_frame() -> None:
    """Hosts that the policy names may frame our own pages; the field that cannot name them is not sent."""
    fields = dict(own_pages_headers(["partner.test"]))
    assert fields["Content-Security-Policy"].endswith("; frame-ancestors 'self' partner.test:*")
    assert "X-Frame-Options" not in fields
