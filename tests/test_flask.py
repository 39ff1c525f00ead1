"""consentkit in the idiom of Flask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flask
import pytest

from consentkit.consent.state import Consent
from consentkit.errors import UsageError
from consentkit.flask import (
    ConsentKit,
    consent_from,
    consent_settings,
    current_consent,
    decide,
    form_consents,
    requires_consent,
)
from consentkit.records.memory import MemoryStore
from consentkit.records.sqlite import SQLiteStore
from consentkit.testing import consent_cookie, give_consent
from tests.drivers.policies import SECRET, small_policy

LIVE = '<script src="https://counter.example/count.js"></script>'
PAGE = f"<!doctype html><title>Brightwash</title>{LIVE}"
SITE = "https://brightwash.example"
NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Dest": "document"}


def make(**config: Any) -> flask.Flask:
    """An app with consentkit and a page."""
    app = flask.Flask(__name__)
    app.config.update(
        {"SECRET_KEY": SECRET, "CONSENT_POLICY": small_policy(), "CONSENT_RECORDS": MemoryStore()} | config
    )
    ConsentKit(app)
    app.add_url_rule("/", "page", lambda: PAGE)
    return app


def empty() -> str:
    """A view."""
    return ""


def log_in() -> str:
    """A view that keeps something in the session."""
    flask.session["user"] = "1"
    return "in"


def get(client: Any, path: str = "/", **headers: str) -> Any:
    """A navigation."""
    return client.get(path, base_url=SITE, headers=NAVIGATION | headers)


def client_of(app: flask.Flask, grant: Any = None) -> Any:
    """A visitor, who has decided if `grant` is given."""
    client = app.test_client()
    if grant is not None:
        name, value = consent_cookie(app, grant)
        client.set_cookie(name, value, domain="brightwash.example")
    return client


def test_pages_and_consent() -> None:
    """Pages wait for consent; `current_consent` is the visitor's, in views and outside of the middleware's sight."""
    app = make()
    app.add_url_rule("/seen", "seen_view", lambda: str(current_consent.allows("analytics")))
    assert LIVE not in get(client_of(app)).text
    assert LIVE in get(client_of(app, "*")).text
    assert ("False", "True") == (get(client_of(app), "/seen").text, get(client_of(app, "*"), "/seen").text)
    name, value = consent_cookie(app, "*")
    with app.test_request_context("/", headers={"Cookie": f"{name}={value}"}):
        assert consent_from().allows("analytics")
        assert isinstance(consent_from(flask.request), Consent)


def test_templates() -> None:
    """Templates, and macros without context, have `consent` and `consent_settings()`."""
    app = make()
    text = "{{ consent.allows('analytics') }} {{ consent_settings() }} {{ consent_settings('Mine & yours') }}"
    app.add_url_rule("/page", "page_view", lambda: flask.render_template_string(text))
    reply = get(client_of(app), "/page?a=1").text
    link = '<a href="/_ck/preferences?return=/page%3Fa%3D1" data-ck="settings" hx-boost="false" data-turbo="false">'
    assert f"False {link}" in reply
    assert f"{link}Mine &amp; yours</a>" in reply
    with app.test_request_context("/page"):
        assert "return=/page" in consent_settings()


def test_the_policy_in_a_page_of_the_apps_own() -> None:
    """A template has the policy's texts as markup, in a language, within the app's own page."""
    app = make()
    app.add_url_rule(
        "/page", "page_view", lambda: flask.render_template_string("<main>{{ consent_policy('de_DE') }}</main>")
    )
    reply = get(client_of(app), "/page").text
    assert "<h1>Datenschutzerklärung</h1>" in reply
    assert 1 == reply.count("<main>")


def test_requires_consent() -> None:
    """A guarded view answers 403 with a sentence, and the page once there is consent; async views too, if Flask can."""
    app = make()

    @app.get("/you")
    @requires_consent("analytics")
    def you() -> str:
        return "for you"

    @app.get("/led")
    @requires_consent("analytics", redirect=True)
    def led() -> str:
        return "for you"

    client = client_of(app)
    assert 403 == get(client, "/you").status_code
    assert "/_ck/preferences?return=/you" in get(client, "/you").text
    reply = get(client, "/led")
    assert (303, "/_ck/preferences?return=/led") == (reply.status_code, reply.headers["Location"])
    data = client.get("/led", base_url=SITE, headers={"Accept": "application/json"})
    assert 403 == data.status_code
    assert ["for you"] * 2 == [get(client_of(app, {"analytics"}), path).text for path in ("/you", "/led")]


def test_requires_what_is_not_there() -> None:
    """A misspelt id is an error and not a refusal."""
    app = make(TESTING=True)
    app.add_url_rule("/you", view_func=requires_consent("analytisc")(empty), endpoint="you")
    with pytest.raises(UsageError, match="did you mean 'analytics'"):
        get(client_of(app), "/you")
    with pytest.raises(UsageError, match="at least one"):
        requires_consent()


def test_decide() -> None:
    """An account page can decide: the record is kept and the cookie set."""
    store = MemoryStore()
    app = make(CONSENT_RECORDS=store)

    @app.get("/save")
    def save() -> Any:
        response = flask.redirect("/", 303)
        decide(response, grant={"analytics"})
        return response

    @app.get("/withdraw")
    def withdraw() -> Any:
        return "", {"Set-Cookie": decide(grant=()).set_cookie}

    client = client_of(app)
    assert 303 == get(client, "/save").status_code
    assert LIVE in get(client).text
    get(client, "/withdraw")
    assert LIVE not in get(client).text
    assert ["account"] * 2 == [record.source for record in store.records]


def test_form_consents() -> None:
    """Answers at forms of the site's own are kept in the same store."""
    app = make()
    with app.test_request_context("/"):
        form_consents().record("reader:1", "newsletter", True, text="We write monthly.")
        assert form_consents().allows("reader:1", "newsletter")


def test_several_apps() -> None:
    """One extension serves several apps, each with its own policy, and keeps nothing of them in itself."""
    extension = ConsentKit(secret=SECRET)
    apps = [flask.Flask(f"app{number}") for number in range(2)]
    for number, app in enumerate(apps):
        app.config.update(CONSENT_POLICY=small_policy(version=str(number)), CONSENT_RECORDS=MemoryStore())
        extension.init_app(app)
    assert ["0", "1"] == [app.extensions["consentkit"].kit.policy.version for app in apps]
    with pytest.raises(UsageError, match="already"):
        extension.init_app(apps[0])


def test_session_cookie_passes() -> None:
    """Flask's session works under its own name, and arrives hardened."""
    app = make(SESSION_COOKIE_NAME="visits")
    app.add_url_rule("/login", "login_view", log_in)
    app.add_url_rule("/who", "who_view", lambda: flask.session.get("user", "nobody"))
    client = client_of(app)
    get(client, "/login")
    assert "1" == get(client, "/who").text


def test_application_root() -> None:
    """Below APPLICATION_ROOT every address of ours begins with it."""
    client = make(APPLICATION_ROOT="/shop", PREFERRED_URL_SCHEME="https").test_client()
    reply = client.get("/", headers=NAVIGATION)
    assert "https" == reply.request.scheme
    assert 'action="/shop/_ck/decide"' in reply.text


def test_error_pages_are_pages() -> None:
    """What error handlers answer is rewritten, status 500 included."""
    app = make()
    app.register_error_handler(500, lambda _: (PAGE, 500))
    app.add_url_rule("/broken", view_func=lambda: str(1 / 0), endpoint="broken")
    reply = get(client_of(app), "/broken")
    assert 500 == reply.status_code
    assert LIVE not in reply.text


def test_policy_and_records_as_paths(tmp_path: Path) -> None:
    """Paths are those in the app's folder and in the instance folder, which is made."""
    data = small_policy().model_dump_json(exclude_defaults=True)
    (tmp_path / "policy.json").write_text(data)
    app = flask.Flask(__name__, root_path=str(tmp_path), instance_path=str(tmp_path / "instance"))
    app.config.update(SECRET_KEY=SECRET, CONSENT_POLICY="policy.json")
    ConsentKit(app)
    store = app.extensions["consentkit"].records
    assert isinstance(store, SQLiteStore)
    assert tmp_path / "instance" / "consent-records.sqlite3" == Path(store.path)
    store.close()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"CONSENT_POLICIE": "x"}, "did you mean 'CONSENT_POLICY'"),
        ({"CONSENT_POLICY": None}, "CONSENT_POLICY"),
        ({"SECRET_KEY": None}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "bytes"),
        ({"CONSENT_RECORDS": "sqlite:///x"}, "give the path of the file"),
    ],
)
def test_wrong_configuration(config: dict[str, Any], message: str) -> None:
    """What is wrong with the configuration is said when the app is made, with the mend."""
    with pytest.raises(UsageError, match=message):
        make(**config)


def test_unknown_arguments() -> None:
    """A misspelt argument is refused with the nearest."""
    with pytest.raises(UsageError, match="did you mean 'policy'"):
        ConsentKit(polcy="x")


def test_former_secrets() -> None:
    """SECRET_KEY_FALLBACKS verify; a secret of consentkit's own comes with its own fallbacks."""
    name, value = consent_cookie(make(SECRET_KEY="an old secret, long enough"), "*")
    new = make(SECRET_KEY_FALLBACKS=["an old secret, long enough"])
    client = new.test_client()
    client.set_cookie(name, value, domain="brightwash.example")
    assert LIVE in get(client).text
    own = make(CONSENT_SECRET="another secret, long enough", SECRET_KEY_FALLBACKS=["an old secret, long enough"])
    client = own.test_client()
    client.set_cookie(name, value, domain="brightwash.example")
    assert LIVE not in get(client).text


def test_insecure_dev() -> None:
    """Over plain HTTP a decision works with CONSENT_INSECURE_DEV, and its test client needs no host."""
    client = make(CONSENT_INSECURE_DEV=True).test_client()
    reply = client.post("/_ck/decide", data={"decision": "accept"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert 303 == reply.status_code
    assert LIVE in client.get("/").text
    other = make(CONSENT_INSECURE_DEV=True)
    visitor = other.test_client()
    give_consent(visitor, other, "*")
    assert LIVE in visitor.get("/").text


def test_without_the_extension() -> None:
    """An app without consentkit says so."""
    app = flask.Flask("bare")
    with app.test_request_context("/"), pytest.raises(UsageError, match="init_app"):
        current_consent.allows("analytics")


def test_commands(tmp_path: Path) -> None:
    """`flask consent` checks the policy, and prints and erases proofs."""
    app, store = make(), MemoryStore()
    run = app.test_cli_runner().invoke
    assert "checked when the app started" in run(args=["consent", "check"]).output
    (tmp_path / "policy.toml").write_text("version = 1\n")
    bad = run(args=["consent", "check", str(tmp_path / "policy.toml")])
    assert 1 == bad.exit_code
    assert "policy.toml" in bad.output
    (tmp_path / "good.json").write_text(small_policy().model_dump_json(exclude_defaults=True))
    assert "good" in run(args=["consent", "check", str(tmp_path / "good.json")]).output
    app = make(CONSENT_RECORDS=store)
    with app.test_request_context("/"):
        form_consents().record("reader:1", "newsletter", True, text="We write monthly.")
    run = app.test_cli_runner().invoke
    assert '"subject":"reader:1"' in run(args=["consent", "records", "reader:1"]).output
    assert "1 erased" in run(args=["consent", "erase", "reader:1", "--yes"]).output
    assert [] == store.records
