"""Two devices and one account, end to end, on Starlette and on Flask (R27, R43, R49)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from consentkit.policy.models import Policy
from consentkit.records.memory import MemoryStore
from tests.policies import exempt, make_policy, purpose, service

pytest.importorskip("starlette", reason="Starlette is not installed: accounts are not tested on it")
pytest.importorskip("flask", reason="Flask is not installed: accounts are not tested on it")

from flask import Flask, request
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from consentkit import flask as on_flask
from consentkit import starlette as on_starlette

SECRET = "a secret of the tests, long enough"
ORIGIN = "https://shop.example"
ADVERTS = '<script src="https://adverts.example'
HTML = '<!doctype html><title>Shop</title><body><script src="https://adverts.example/a.js"></script></body>'


def shop(account: str) -> Policy:
    """A shop whose decisions follow accounts, by this rule."""
    return make_policy(
        purposes=[exempt("basket"), purpose("numbers", opt_out=[]), purpose("ads", opt_out=["sale", "share"])],
        services=[service("counter", "numbers"), service("adverts", "ads")],
        account=account,
    )


class World:
    """The shop: what it keeps with its one account, what it was told, and what was recorded."""

    def __init__(self, framework: str, account: str) -> None:
        self.kept: dict[str, Any] | None = None
        self.told: list[tuple[str, str]] = []
        self.changed: list[bool] = []
        self.store = MemoryStore()
        options: dict[str, Any] = {"policy": shop(account), "secret": SECRET, "records": self.store,
                                   "on_opt_out": lambda subject, source: self.told.append((subject, source))}  # fmt: skip
        self.client = self._starlette(options) if framework == "starlette" else self._flask(options)

    def _starlette(self, options: dict[str, Any]) -> Callable[..., tuple[int, list[tuple[str, str]], str]]:
        async def page(_request: Request) -> Response:
            return HTMLResponse(HTML)

        async def sign_in(request: Request) -> Response:
            response = RedirectResponse("/", 303)
            synced = await on_starlette.sync_account(request, response, self.kept)
            self.kept = synced.account
            self.changed.append(synced.changed)
            return response

        async def sign_out(request: Request) -> Response:
            response = RedirectResponse("/", 303)
            on_starlette.forget(request, response)
            return response

        app = Starlette(
            routes=[
                Route("/", page),
                Route("/in", sign_in, methods=["POST"]),
                Route("/out", sign_out, methods=["POST"]),
            ]
        )
        client = TestClient(on_starlette.ConsentMiddleware(app, **options), base_url=ORIGIN, follow_redirects=False)

        def send(method: str, path: str, headers: dict[str, str], body: str) -> tuple[int, list[tuple[str, str]], str]:
            client.cookies.clear()
            answer = client.request(method, path, headers=headers, content=body.encode())
            return answer.status_code, list(answer.headers.multi_items()), answer.text

        return send

    def _flask(self, options: dict[str, Any]) -> Callable[..., tuple[int, list[tuple[str, str]], str]]:
        app = Flask(__name__)
        app.secret_key = SECRET
        on_flask.ConsentKit(app, **options)

        @app.get("/")
        def page() -> str:
            return HTML

        @app.post("/in")
        def sign_in() -> Any:
            response = app.redirect("/", 303)
            synced = on_flask.sync_account(response, self.kept)
            self.kept = synced.account
            self.changed.append(synced.changed)
            return response

        @app.post("/out")
        def sign_out() -> Any:
            assert request.method == "POST"
            response = app.redirect("/", 303)
            on_flask.forget(response)
            return response

        client = app.test_client(use_cookies=False)

        def send(method: str, path: str, headers: dict[str, str], body: str) -> tuple[int, list[tuple[str, str]], str]:
            answer = client.open(path, method=method, base_url=ORIGIN, headers=headers, data=body.encode())
            return answer.status_code, list(answer.headers), answer.text

        return send


class Device:
    """One browser of the account's owner."""

    def __init__(self, world: World, *, gpc: bool = False) -> None:
        self._world, self._gpc, self.cookie = world, gpc, ""

    def send(self, method: str, path: str, body: str = "") -> str:
        """One request; cookies are kept."""
        headers = {"Host": "shop.example", "Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        if self._gpc:
            headers["Sec-GPC"] = "1"
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        status, given, text = self._world.client(method, path, headers, body)
        assert status in {200, 303}, text
        for name, value in given:
            if name.lower() == "set-cookie":
                self.cookie = "" if "Max-Age=0" in value else value.partition(";")[0]
        return text

    def decide(self, decision: str) -> None:
        """Answers the banner."""
        self.send("POST", "/_ck/decide", f"decision={decision}")

    def sign_in(self) -> None:
        """Signs in, which the app syncs."""
        self.send("POST", "/in")

    def page(self) -> str:
        """The shop's page, as it is for this browser."""
        return self.send("GET", "/")

    def shows_adverts(self) -> bool:
        """Whether the page contacts the advertiser."""
        return ADVERTS in self.page()


@pytest.fixture(params=["starlette", "flask"])
def make(request: pytest.FixtureRequest) -> Callable[[str], World]:
    """Gives a shop on each framework, by the rule it follows."""
    return lambda account: World(request.param, account)


def test_a_consent_follows_to_a_new_device(make: Callable[[str], World]) -> None:
    """Decided on one, valid on the other from the first sign-in on; the visitor is told, and there is a proof (R27)."""
    world = make("latest")
    phone, laptop = Device(world), Device(world)
    phone.decide("accept")
    phone.sign_in()
    page = laptop.page()
    assert 'id="ck-banner"' in page
    laptop.sign_in()
    page = laptop.page()
    assert 'id="ck-banner"' not in page
    assert ADVERTS in page
    assert [False, True] == world.changed
    assert ["banner", "account"] == [record.source for record in world.store.records]
    first, second = world.store.records
    assert (first.subject, first.record_id) == (second.subject, second.previous)


def test_a_withdrawal_follows_back(make: Callable[[str], World]) -> None:
    """Refused on the other device, ended on the first at its next sync: grant, refusal and withdrawal alike (R27)."""
    world = make("latest")
    phone, laptop = Device(world), Device(world)
    phone.decide("accept")
    phone.sign_in()
    laptop.sign_in()
    laptop.decide("reject")
    laptop.sign_in()
    assert phone.shows_adverts()
    phone.sign_in()
    assert not phone.shows_adverts()


def test_the_accounts_choice_counts_by_its_rule(make: Callable[[str], World]) -> None:
    """With `account = "account"` a device that decided otherwise takes the account's choice; with `latest` its own."""
    for rule, numbers in (("account", True), ("latest", False)):
        world = make(rule)
        phone, laptop = Device(world), Device(world)
        phone.send("POST", "/_ck/decide", "decision=save&purpose=numbers")
        phone.sign_in()
        assert world.kept is not None
        world.kept = {**world.kept, "decided_at": world.kept["decided_at"] - 60}
        laptop.decide("reject")
        laptop.sign_in()
        assert world.kept is not None
        assert numbers == world.kept["purposes"]["numbers"]["granted"]


def test_an_opt_out_of_the_account_beats_a_device(make: Callable[[str], World]) -> None:
    """Whatever the rule, a device that granted is opted out when the account was, and the app is told (R49)."""
    world = make("latest")
    phone, laptop = Device(world), Device(world)
    phone.decide("opt-out")
    phone.sign_in()
    laptop.decide("accept")
    laptop.sign_in()
    assert not laptop.shows_adverts()
    subject = world.store.records[0].subject
    assert [(subject, "banner"), (subject, "account")] == world.told
    assert {subject} == {record.subject for record in world.store.records if record.source == "account"}


def test_a_signal_of_one_device_opts_the_account_out(make: Callable[[str], World]) -> None:
    """GPC of a visitor who is known reaches every device of the account, with one record and no more (R43, R49, R190)."""
    world = make("latest")
    phone, laptop = Device(world), Device(world, gpc=True)
    phone.decide("accept")
    phone.sign_in()
    for _ in range(3):
        laptop.sign_in()
    assert ["banner", "gpc"] == [record.source for record in world.store.records]
    phone.sign_in()
    assert not phone.shows_adverts()
    phone.decide("accept")  # with no signal on this device, and signed in: the visitor's own word
    phone.sign_in()
    assert phone.shows_adverts()


def test_nothing_changes_while_nothing_was_decided(make: Callable[[str], World]) -> None:
    """Signing in writes no cookie, no record and no state by itself."""
    world = make("latest")
    phone = Device(world)
    for _ in range(2):
        phone.sign_in()
    assert (None, "", []) == (world.kept, phone.cookie, world.store.records)
    phone.decide("reject")
    for _ in range(3):
        phone.sign_in()
    assert 1 == len(world.store.records)


def test_signing_out_can_forget(make: Callable[[str], World]) -> None:
    """On a shared device the next person is asked anew; the account keeps its choices."""
    world = make("latest")
    phone = Device(world)
    phone.decide("accept")
    phone.sign_in()
    phone.send("POST", "/out")
    assert 'id="ck-banner"' in phone.page()
    assert not phone.shows_adverts()
    phone.sign_in()
    assert phone.shows_adverts()


def test_the_banner_says_that_decisions_follow(make: Callable[[str], World]) -> None:
    """Announced on the first layer (R27)."""
    assert "holds on all your devices" in Device(make("latest")).send("GET", "/")
