"""What the app tells of a visitor, and what it is told: the drivers' arguments `place`, `minor`, `signal`, `on_opt_out`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import Client

from consentkit import asgi, wsgi
from consentkit.consent.record import Record
from consentkit.driver import Driver
from consentkit.errors import StoreError, UsageError
from consentkit.http import NO_FACTS, Facts, Request
from consentkit.kit import ConsentKit
from consentkit.policy.models import Policy
from consentkit.records.memory import MemoryStore
from tests.policies import exempt, make_policy, purpose, service

SECRET = "a secret of the tests, long enough"
PAGE = b'<!doctype html><title>Shop</title><script src="https://adverts.example/a.js"></script>'
RUNS = b'<script src="https://adverts.example/a.js">'


def shop(**changes: Any) -> Policy:
    """A shop with advertising, for whoever's law lets it."""
    declared: dict[str, Any] = {
        "purposes": [exempt("basket"), purpose("ads", opt_out=["sale", "share"])],
        "services": [service("adverts", "ads")],
        "regimes": {"use": ["us-opt-out"]},
        "minors": {"age": 18, "text": "Not for you.", "mode": "signal"},
    }
    return make_policy(**{**declared, **changes})


KIT = ConsentKit(shop(), secret=SECRET)


def driver(**options: Any) -> Driver:
    """A driver of the shop."""
    return Driver(KIT, None, None, MemoryStore(), options)


def asked(*fields: tuple[str, str], client: str = "192.0.2.1") -> Request:
    """A request."""
    return Request("GET", "https", "shop.example", "/", headers=fields, client=client)


def raising(_request: Request) -> Any:
    """A callable of an app that has a bad day."""
    raise RuntimeError("the database is away")


def app(_environ: Any, start_response: Any) -> list[bytes]:
    """The shop."""
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [PAGE]


def client(store: Any = None, **options: Any) -> Client:
    """A browser without a memory, at the shop."""
    middleware = wsgi.ConsentMiddleware(app, KIT, records=store or MemoryStore(), **options)
    return Client(middleware, use_cookies=False)


def get(of: Client, **headers: str) -> bytes:
    """The shop's page."""
    data: bytes = of.get("/", base_url="https://shop.example", headers={"Accept": "text/html", **headers}).data
    return data


def test_nothing_is_asked_unless_it_is_given() -> None:
    """Without these arguments a request is as it came."""
    request = asked()
    assert request is driver().seen(request)
    assert NO_FACTS == request.facts


@pytest.mark.parametrize(
    ("told", "runs"), [("US-CA", True), ("us", True), ("FR", False), ("", False), (None, False), ("California", False)]
)
def test_a_callable_tells_the_place(told: str | None, runs: bool) -> None:
    """The visitor is met by the law of where the app says; nowhere known is asked first (R35)."""
    assert runs == (RUNS in get(client(place=lambda _request: told)))


def test_the_callable_goes_before_the_fields() -> None:
    """Where it says nowhere, a field does not say otherwise."""
    policy = shop(regimes={"use": ["us-opt-out"], "place": "cloudflare"})
    for place, runs in ((None, True), (lambda _request: "FR", False), (lambda _request: None, False)):
        options: dict[str, Any] = {} if place is None else {"place": place}
        middleware = wsgi.ConsentMiddleware(app, policy=policy, secret=SECRET, records=MemoryStore(), **options)
        assert runs == (RUNS in get(Client(middleware, use_cookies=False), **{"CF-IPCountry": "US"}))


@pytest.mark.parametrize(
    ("name", "facts"),
    [("place", Facts(place="")), ("minor", Facts(minor=True)), ("signal", Facts(refused=True))],
)
def test_what_fails_grants_least(name: str, facts: Facts, caplog: pytest.LogCaptureFixture) -> None:
    """A callable that raises is logged, the visitor is served, and taken for one of whom the least is allowed."""
    assert facts == driver(**{name: raising}).seen(asked()).facts
    assert "the database is away" in caplog.text
    caplog.clear()
    everything: dict[str, Callable[[Request], Any]] = {"place": lambda _request: "US-CA", name: raising}
    assert RUNS not in get(client(**everything))


def test_an_app_that_knows_ages() -> None:
    """What `minor` gives is the visitor's age or state, and None says nothing."""
    told = [
        driver(minor=lambda _request, said=said: said).seen(asked()).facts.minor for said in (True, False, 15, None)
    ]
    assert [True, False, 15, None] == told
    us = {"place": lambda _request: "US-CA"}
    assert [False, True] == [RUNS in get(client(minor=lambda _request, age=age: age, **us)) for age in (17, 18)]


@pytest.mark.parametrize(
    "minors", [None, {"age": 18, "text": "Not for you."}, {"age": 18, "text": "No.", "mode": "self-declaration"}]
)
def test_the_policy_has_to_say_that_the_app_tells_ages(minors: dict[str, Any] | None) -> None:
    """An argument of which visitors read otherwise is refused at start-up."""
    with pytest.raises(UsageError, match='mode = "signal"'):
        Driver(None, shop(minors=minors), SECRET, MemoryStore(), {"minor": lambda _request: None})


def test_a_signal_refuses() -> None:
    """What the plug-in reads counts (R34, R51)."""
    us: dict[str, Any] = {
        "place": lambda _request: "US-CA",
        "signal": lambda request: request.header("x-consenter") == "no",
    }
    assert RUNS in get(client(**us))
    assert RUNS not in get(client(**us), **{"X-Consenter": "no"})


def test_the_visitors_address_is_the_trusted_proxies() -> None:
    """Behind n proxies it is what the outermost of them saw; without any, the connection's (R35)."""
    fields = (("x-forwarded-for", "198.51.100.9, 203.0.113.5, 203.0.113.6"),)
    seen = [driver(trusted_proxies=hops).seen(asked(*fields)).client for hops in range(5)]
    assert ["192.0.2.1", "203.0.113.6", "203.0.113.5", "198.51.100.9", "192.0.2.1"] == seen


def test_drivers_know_the_connections_address() -> None:
    """WSGI has it in REMOTE_ADDR, ASGI in `client`, and neither has to."""
    environ: dict[str, Any] = {"REQUEST_METHOD": "GET", "wsgi.url_scheme": "https", "REMOTE_ADDR": "192.0.2.7"}
    assert "192.0.2.7" == wsgi.request_from(environ).client
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": ("192.0.2.8", 1)}
    assert "192.0.2.8" == asgi.request_from(scope).client
    for missing in ({**scope, "client": None}, {key: value for key, value in scope.items() if key != "client"}):
        assert "" == asgi.request_from(missing).client
    del environ["REMOTE_ADDR"]
    assert "" == wsgi.request_from(environ).client


def test_a_database_behind_a_proxy(tmp_path: Path) -> None:
    """The file, the proxy and the regime together: a visitor from California, and one who only says so."""
    geo = pytest.importorskip("consentkit.geo", reason="geoip2 is not installed: no database is asked")
    from tests.mmdb import dump_mmdb

    path = tmp_path / "city.mmdb"
    path.write_bytes(
        dump_mmdb({"203.0.113.0/24": {"country": {"iso_code": "US"}, "subdivisions": [{"iso_code": "CA"}]}})
    )
    behind = client(place=geo.MaxMindPlace(path), trusted_proxies=1)
    assert RUNS in get(behind, **{"X-Forwarded-For": "203.0.113.9"})
    assert RUNS not in get(behind, **{"X-Forwarded-For": "203.0.113.9, 198.51.100.1"})
    assert RUNS not in get(client(place=geo.MaxMindPlace(path)), **{"X-Forwarded-For": "203.0.113.9"})


# What the app is told.


def decide(of: Client, **fields: str) -> int:
    """Posts a decision."""
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
    return of.post("/_ck/decide", base_url="https://shop.example", headers=headers, data=urlencode(fields)).status_code


def test_an_opt_out_is_told_after_its_proof() -> None:
    """`on_opt_out` gets subject and source when the record is in the store, for each kind of refusal (R49)."""
    store, told = MemoryStore(), list[tuple[str, str, int]]()
    browser = client(store, on_opt_out=lambda subject, source: told.append((subject, source, len(store.records))))
    for fields in ({"decision": "opt-out", "source": "preferences"}, {"decision": "reject"}, {"withdraw": "1"}):
        assert 303 == decide(browser, **fields)
    assert [1, 2, 3] == [stored for _, _, stored in told]
    assert [(r.subject, r.source) for r in store.records] == [(subject, source) for subject, source, _ in told]
    decide(browser, decision="accept")
    assert 3 == len(told)


def test_a_failing_hook_undoes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The visitor's decision holds, and the failure is logged."""

    def hook(_subject: str, _source: str) -> None:
        raise RuntimeError("the queue is full")

    assert 303 == decide(client(on_opt_out=hook), decision="opt-out")
    assert "the queue is full" in caplog.text


def test_nothing_is_told_of_what_was_not_stored(caplog: pytest.LogCaptureFixture) -> None:
    """Without its proof there is no decision, and nobody hears of one (R180)."""

    class Full(MemoryStore):
        def append(self, record: Record) -> None:
            raise StoreError(f"no room for {record.record_id}")

    told = list[str]()
    assert 503 == decide(client(Full(), on_opt_out=lambda subject, _source: told.append(subject)), decision="opt-out")
    assert [] == told
    assert any(record.levelno == logging.ERROR for record in caplog.records)
