"""The example site for visitors from Lyon, London, Los Angeles and nowhere known, on Starlette and on Flask."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from examples.brightwash import app as on_starlette
from examples.brightwash.settings import POLICY_FILE, Settings
from tests.examples.conftest import ORIGIN, Reply

EXTRA = """
[regimes]
use = ["gb", "us-opt-out"]
place = "cloudflare"
"""
PLACES = {"Lyon": ("FR", "ARA"), "London": ("GB", "ENG"), "Los Angeles": ("US", "CA"), "nowhere": ("XX", "")}
ALL = ("www.googletagmanager.com", "platform.twitter.com", "www.youtube.com", "www.google-analytics.com")
FETCHED = re.compile(r'<(?:script|iframe|img)\b[^>]*?\ssrc="(?:https?:)?//([^/"]+)')


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's policy, with regimes, and with what a purpose has to say of itself for them."""
    text = POLICY_FILE.read_text(encoding="utf-8")
    text = text.replace('id = "preferences"\n', 'id = "preferences"\nexception = "appearance"\nopt_out = []\n', 1)
    path = tmp_path_factory.mktemp("regimes") / "policy.toml"
    path.write_text(text + EXTRA, encoding="utf-8")
    return path


class Visitor:
    """A browser that keeps the consent cookie and comes from one place."""

    def __init__(self, app: Any, place: str, records: Path) -> None:
        self._app, self._records, self.cookies = app, records, dict[str, str]()
        country, region = PLACES[place]
        self._fields = {"Host": "brightwash.example", "Accept": "text/html", "Sec-Fetch-Site": "same-origin",
                        "CF-IPCountry": country, "CF-Region-Code": region}  # fmt: skip

    def exchange(self, method: str, path: str, body: str = "", **fields: str) -> Reply:
        """One request and its answer."""
        headers = {**self._fields, **{name.replace("_", "-"): value for name, value in fields.items()}}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if isinstance(self._app, TestClient):
            self._app.cookies.clear()
            answer = self._app.request(method, path, headers=headers, content=body.encode())
            reply = Reply(answer.status_code, list(answer.headers.multi_items()), answer.text)
        else:
            answer = self._app.open(path, method=method, base_url=ORIGIN, headers=headers, data=body.encode())
            reply = Reply(answer.status_code, list(answer.headers), answer.text)
        for name, value in reply.headers:
            if name.lower() == "set-cookie" and value.startswith("__Host-consent="):
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return reply

    def page(self, path: str = "/", **fields: str) -> str:
        """A page of the site."""
        reply = self.exchange("GET", path, **fields)
        assert 200 == reply.status
        return reply.text

    def decide(self, decision: str) -> None:
        """Presses a button of the banner or the notice."""
        assert 303 == self.exchange("POST", "/_ck/decide", f"decision={decision}&return=/").status

    @property
    def regimes(self) -> list[str]:
        """The regimes that the site's records name, oldest first."""
        with closing(sqlite3.connect(self._records)) as database:
            rows = database.execute("select * from records").fetchall()
        return re.findall(r'"regime":"([a-z-]+)"', " ".join(str(value) for row in rows for value in row))


@pytest.fixture(params=["starlette", "flask"])
def site(
    request: pytest.FixtureRequest, policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Any, Path]]:
    """The example on a framework, and where its records are."""
    if request.param == "starlette":
        monkeypatch.setattr(on_starlette, "POLICY_FILE", policy)
        settings = Settings(folder=tmp_path)
        with TestClient(on_starlette.make_app(settings), base_url=ORIGIN, follow_redirects=False) as client:
            yield client, settings.records
        return
    pytest.importorskip("flask", reason="Flask is not installed: the example on Flask is not tested")
    from examples import brightwash_flask

    monkeypatch.setenv("BRIGHTWASH_FOLDER", str(tmp_path))
    monkeypatch.setattr(brightwash_flask, "consent", type(brightwash_flask.consent)())
    app = brightwash_flask.create_app(
        CONSENT_POLICY=policy, SERVER_NAME="brightwash.example", PREFERRED_URL_SCHEME="https"
    )
    yield app.test_client(use_cookies=False), tmp_path / "brightwash-flask-consent.sqlite3"


def third_parties(page: str) -> set[str]:
    """The hosts that a page contacts, beyond the site's own."""
    return {host for host in FETCHED.findall(page) if not host.endswith("brightwash.example")}


def test_four_visitors(site: tuple[Any, Path]) -> None:
    """One page, one policy, four places: asked first, asked and told, told, asked first (R20, R28, R35, R43)."""
    app, records = site
    pages = {place: Visitor(app, place, records).page("/videos") for place in PLACES}
    assert set() == third_parties(pages["Lyon"]) == third_parties(pages["nowhere"]) == third_parties(pages["London"])
    assert third_parties(pages["Los Angeles"])
    for place in ("Lyon", "nowhere", "London"):
        assert 'value="accept"' in pages[place].partition('id="ck-banner"')[2]
    assert "In use already, unless you object:" in pages["London"]
    assert "In use already" not in pages["Lyon"]
    assert "ck-notice" in pages["Los Angeles"]
    assert "Do Not Sell or Share My Personal Information" in pages["Los Angeles"]
    assert not any("Do Not Sell" in pages[place] for place in ("Lyon", "nowhere", "London"))


def test_a_signal_from_los_angeles(site: tuple[Any, Path]) -> None:
    """With GPC the same page contacts nobody, says that the signal is honoured, and writes nothing (R43, R45, R190)."""
    app, records = site
    visitor = Visitor(app, "Los Angeles", records)
    page = visitor.page("/videos", Sec_GPC="1")
    assert set() == third_parties(page)
    assert "Your opt-out signal is honoured." in page
    assert {} == visitor.cookies


def test_decisions_carry_their_regime(site: tuple[Any, Path]) -> None:
    """An opt-out, an objection and a consent are recorded under the law they were made under (R183)."""
    app, records = site
    for place, decision in (("Los Angeles", "opt-out"), ("London", "reject"), ("Lyon", "accept")):
        visitor = Visitor(app, place, records)
        visitor.decide(decision)
        page = visitor.page("/videos")
        assert (decision == "accept") == bool(third_parties(page))
        assert 'id="ck-banner"' not in page
    assert ["us-opt-out", "gb", "opt-in"] == visitor.regimes
