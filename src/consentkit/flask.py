"""consentkit in the idiom of Flask; everything is done by `consentkit.wsgi`.

    from flask import Flask
    from consentkit.flask import ConsentKit

    app = Flask(__name__)
    app.config.update(SECRET_KEY=…, CONSENT_POLICY="policy.toml")
    ConsentKit(app)

Views and templates then have `current_consent` (in templates ``consent``), `consent_settings` and
`requires_consent`; the command line has ``flask consent``.
"""

from __future__ import annotations

import difflib
import functools
import os
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
from flask import Flask, abort, current_app, redirect, request
from flask.cli import AppGroup
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.local import LocalProxy
from werkzeug.wrappers import Response

from consentkit import adapting, wsgi
from consentkit.consent.record import Source, dump_record
from consentkit.consent.state import Consent
from consentkit.errors import ConsentKitError, UsageError
from consentkit.http import Request
from consentkit.kit import Decision, Synced
from consentkit.policy.load import examine
from consentkit.policy.models import Policy
from consentkit.records.forms import FormConsents
from consentkit.records.open import DEFAULT_FILE
from consentkit.records.store import Store

__all__ = [
    "ConsentKit",
    "consent_from",
    "consent_settings",
    "current_consent",
    "decide",
    "forget",
    "form_consents",
    "policy_html",
    "requires_consent",
    "sync_account",
]

EXTENSION = "consentkit"
"""Name in ``app.extensions``; there is the `consentkit.wsgi.ConsentMiddleware` of the app."""

PREFIX = "CONSENT_"
OPTIONS = ("POLICY", "SECRET", "SECRET_FALLBACKS", "RECORDS", "INSECURE_DEV", "EXEMPT_COOKIES", "READABLE_COOKIES",
           "POLICY_PAGE", "PAST_VERSIONS", "TEMPLATES", "TEXTS", "ARCHIVE", "TRUSTED_PROXIES", "PLACE", "MINOR",
           "SIGNAL", "ON_OPT_OUT", "MAIL_EVENTS")  # fmt: skip
"""The configuration keys, without `PREFIX`; as arguments of `ConsentKit` in lower case."""

P = ParamSpec("P")
R = TypeVar("R", bound=ResponseReturnValue)


class ConsentKit:
    """Puts consentkit in front of a Flask app, or of several.

    Each option can be an argument here, and in ``app.config`` in capitals behind ``CONSENT_``, which wins:

    - ``policy``: a `Policy`, a mapping, or the path of the file; relative paths are those in the app's folder.
    - ``secret``: signs the consent cookie; the app's ``SECRET_KEY`` by default, with ``SECRET_KEY_FALLBACKS``.
    - ``secret_fallbacks``: former secrets, newest first.
    - ``records``: the store, or the path of its SQLite file; relative paths are those in the instance folder,
      where ``consent-records.sqlite3`` is the default.
    - ``archive``: the folder of all policies and texts that records refer to; beside the file of the records unless
      told; False for none.
    - ``insecure_dev``: True for development over plain HTTP.
    - ``exempt_cookies``, ``readable_cookies``, ``policy_page``, ``past_versions``, ``templates``, ``texts``,
      ``mail_events``: as `consentkit.ConsentKit` takes them. The session cookie is always exempt.
    - ``trusted_proxies``, ``place``, ``minor``, ``signal``, ``on_opt_out``: as the driver takes them.

    Args:
        app: the app, if it is there already; otherwise call `init_app`.
        options: see above.

    Raises:
        PolicyError: if the policy cannot be used.
        StoreError: if the store cannot be opened.
        UsageError: if an option is missing, unknown or wrong.
    """

    def __init__(self, app: Flask | None = None, **options: Any) -> None:
        _check_names(options, [name.lower() for name in OPTIONS], "ConsentKit takes no option '{}'")
        self._options = options  # the defaults of every app; what belongs to one app is in app.extensions
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Sets the app up. Call it once for an app, after its configuration is there."""
        if EXTENSION in app.extensions:
            raise UsageError(f"the app '{app.name}' has consentkit already; call init_app once")
        options = self._options | _configured(app.config)
        policy = options.pop("policy", None)
        if policy is None:
            raise UsageError(
                'set app.config["CONSENT_POLICY"] to the path of the policy, or give ConsentKit(app, policy=…)'
            )
        if isinstance(policy, str | os.PathLike):
            policy = Path(app.root_path, policy)
        secret, fallbacks = _secrets(app.config, options)
        exempt = {app.config["SESSION_COOKIE_NAME"], *options.pop("exempt_cookies", ())}
        middleware = wsgi.ConsentMiddleware(
            app.wsgi_app,
            policy=policy,
            secret=secret,
            secret_fallbacks=fallbacks,
            records=_records(app, options.pop("records", None)),
            exempt_cookies=sorted(exempt),
            **options,
        )
        app.extensions[EXTENSION] = middleware
        app.wsgi_app = middleware  # type: ignore[method-assign]  # how Flask's own documentation adds middleware
        app.jinja_env.globals.update(
            consent=current_consent, consent_settings=consent_settings, consent_policy=policy_html
        )
        app.cli.add_command(commands)


def consent_from(of: Any = request) -> Consent:
    """The visitor's consent, as it was when the request came.

    Args:
        of: a Werkzeug request; by default Flask's current one.

    Raises:
        UsageError: if neither the request passed consentkit nor the app has it.
    """
    passed = of.environ.get(wsgi.CONSENT)
    if isinstance(passed, Consent):
        return passed
    # Within app.test_request_context() nothing was passed, and the cookie says it all the same.
    return _middleware(of).kit.consent(wsgi.request_from(of.environ), now=time.time())


current_consent: Consent = LocalProxy(consent_from)  # type: ignore[assignment]
"""The consent of the visitor whose request is served: ``current_consent.allows("analytics")``."""


def consent_settings(text: str | None = None, language: str | None = None) -> Markup:
    """A link to the page where the visitor can change the decision, which leads back to the current page.

    Args:
        text: what the link says; by default what the control on every page says.
        language: of the page (``str(get_locale())`` of Flask-Babel); the policy's by default.
    """
    return adapting.settings_link(_middleware().kit, _head(), text, language and language.replace("_", "-"))


def policy_html(language: str | None = None) -> Markup:
    """The policy's headings and texts, for a page of the site's own (option ``policy_page=False``).

    Args:
        language: of the page; the policy's by default.
    """
    return adapting.policy_html(_middleware().kit, _head(), language and language.replace("_", "-"))


def requires_consent(
    *names: str, redirect: bool = False
) -> Callable[[Callable[P, R]], Callable[P, ResponseReturnValue]]:
    """Lets only visitors to a view who granted all of these purposes and services.

        @app.get("/for-you")
        @requires_consent("analytics")
        def for_you(): …

    Others get status 403 with a sentence that says where consent can be given.

    Args:
        names: ids of purposes and services.
        redirect: leads a page's visitor to the preferences (303), and from there back; what is no page is
            answered with 403 all the same.

    Raises:
        UsageError: for no names; at the first request for one that the policy does not declare.
    """
    if not names:
        raise UsageError("name at least one purpose or service: @requires_consent('analytics')")

    def decorate(view: Callable[P, R]) -> Callable[P, ResponseReturnValue]:
        @functools.wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if missing := adapting.missing(consent_from(), names):
                return _refuse(missing, redirect)
            return current_app.ensure_sync(view)(*args, **kwargs)  # type: ignore[no-any-return]

        return guarded

    return decorate


def decide(
    response: Response | None = None,
    *,
    grant: Collection[str],
    source: Source = "account",
    language: str | None = None,
) -> Decision:
    """Decides for the visitor, as a page with account settings does: keeps the record, then sets the cookie.

    What is decided holds from the next request on; answer with a redirect. The response gets the Set-Cookie field;
    without one, send `Decision.set_cookie` yourself. The rest is as `consentkit.kit.ConsentKit.decide` takes it.

    Raises:
        StoreError: if the record was not kept; then no cookie is set.
        UsageError: if `grant` names what the policy does not declare.
    """
    decision = _middleware().decide(request.environ, grant=grant, source=source, language=language)
    if response is not None:
        response.headers.add("Set-Cookie", decision.set_cookie)
    return decision


def sync_account(response: Response | None, account: Mapping[str, Any] | None) -> Synced:
    """Joins the visitor's decision with that of the account which is signed in: call it after signing in (R27, R49).

    Call it also wherever the account is known and the browser may have decided since. What is joined holds from the
    next request on.

    Args:
        response: gets the Set-Cookie field if the decision changes. Without one, send that of
            `Synced.decision` yourself.
        account: what `Synced.account` was when this account was synced last; None if it never was.

    Returns:
        What to keep with the account, and whether other choices hold on this device now.

    Raises:
        StoreError: if the record was not kept; then no cookie is set.
        UsageError: if the policy's `account` is "none", or `account` is none of ours.
    """
    synced = _middleware().sync_account(request.environ, account)
    if response is not None and synced.decision is not None:
        response.headers.add("Set-Cookie", synced.decision.set_cookie)
    return synced


def forget(response: Response) -> None:
    """Takes the decision from the visitor's browser, as signing out on a shared device does: it is asked anew."""
    response.headers.add("Set-Cookie", _middleware().kit.cookie.expire())


def form_consents() -> FormConsents:
    """The answers given at forms of the site's own, in the app's store."""
    middleware = _middleware()
    return FormConsents(middleware.records, middleware.kit.policy)


def _middleware(of: Any = request) -> wsgi.ConsentMiddleware:
    """The middleware that the request passed, or else the app's."""
    inside = of and wsgi.EXCHANGE in of.environ
    found = wsgi.passed(of.environ)[0] if inside else current_app.extensions.get(EXTENSION)
    if not isinstance(found, wsgi.ConsentMiddleware):
        raise UsageError(f"the app '{current_app.name}' has no consentkit; call ConsentKit(app), or init_app(app)")
    return found


def _head() -> Request:
    """The request as it came to the middleware, before whatever mounts the app below it."""
    environ = request.environ
    return wsgi.passed(environ)[1] if wsgi.EXCHANGE in environ else wsgi.request_from(environ)


def _refuse(missing: tuple[str, ...], lead: bool) -> ResponseReturnValue:
    middleware, head = _middleware(), _head()
    if lead and adapting.is_led(head):
        response = redirect(adapting.preferences_url(middleware.kit, head), 303)
        response.headers["Cache-Control"] = "no-store"  # what is said here is about one visitor, and only now
        return response
    return abort(403, adapting.refusal(middleware.kit, head, missing))


def _check_names(given: Collection[str], known: Collection[str], what: str) -> None:
    for name in given:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            meant = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(known)}"
            raise UsageError(f"{what.format(name)}: {meant}")


def _configured(config: Mapping[str, Any]) -> dict[str, Any]:
    """The options that the configuration sets, by their names as arguments."""
    ours = {key: value for key, value in config.items() if key.startswith(PREFIX)}
    _check_names(ours, [PREFIX + name for name in OPTIONS], "app.config has '{}', which consentkit does not know")
    return {key.removeprefix(PREFIX).lower(): value for key, value in ours.items() if value is not None}


def _secrets(config: Mapping[str, Any], options: dict[str, Any]) -> tuple[str | bytes, list[str | bytes]]:
    """The secret that signs, and the former ones, newest first. Flask's belong together, and so do ours."""
    secret, fallbacks = options.pop("secret", None), options.pop("secret_fallbacks", None)
    if secret is None:
        secret = config["SECRET_KEY"]
        fallbacks = config.get("SECRET_KEY_FALLBACKS") if fallbacks is None else fallbacks
    if not secret:
        raise UsageError(
            'set app.config["SECRET_KEY"], or app.config["CONSENT_SECRET"], before ConsentKit(app): at least 16 '
            "random bytes, kept out of the repository, such as python -c 'import secrets; print(secrets.token_hex())' "
            "prints"
        )
    return secret, list(fallbacks or ())


def _records(app: Flask, given: Any) -> Any:
    """The store, or the path of its file in the instance folder, which is made if need be."""
    if isinstance(given, str) and "://" in given:
        return given  # refused with a sentence further in
    if given is None or isinstance(given, str | os.PathLike):
        path = Path(app.instance_path, DEFAULT_FILE if given is None else given)
        if path.parent == Path(app.instance_path):
            path.parent.mkdir(parents=True, exist_ok=True)
        return path
    return given


commands = AppGroup("consent", help="The policy, and the proofs of consent.")


@commands.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
@click.option("--strict", is_flag=True, help="Let warnings fail as well.")
def check(file: str | None, *, strict: bool) -> None:
    """Say everything that is wrong with the app's policy, or with the policy FILE.

    Each problem is one line: FILE:LINE: KEY: what is wrong: how to mend it. Exit status 1 with problems, else 0.
    """
    source = file or current_app.config.get(PREFIX + "POLICY")
    if not isinstance(source, str | os.PathLike):
        declared: Policy = _middleware().kit.policy
        click.echo(f"The policy, version {declared.version}, is no file; it was checked when the app started.")
        return
    examination = examine(file or Path(current_app.root_path, source))
    for problem in (*examination.problems, *examination.warnings):
        click.echo(str(problem))
    if examination.problems or (strict and examination.warnings):
        raise click.exceptions.Exit(1)
    click.echo(f"{source}: good")


@commands.command()
@click.argument("subject")
def records(subject: str) -> None:
    """Print the proofs of SUBJECT, one in a line as JSON, oldest first."""
    for record in _asked(lambda store: store.find(subject)):
        click.echo(dump_record(record))


@commands.command()
@click.argument("subject")
@click.confirmation_option(prompt="Erased proofs cannot be brought back. Erase them?")
def erase(subject: str) -> None:
    """Erase the proofs of SUBJECT, if nobody has to keep them any longer."""
    click.echo(f"{_asked(lambda store: store.erase(subject))} erased")


T = TypeVar("T")


def _asked(ask: Callable[[Store], T]) -> T:
    try:
        return ask(_middleware().records)
    except ConsentKitError as error:
        raise click.ClickException(str(error)) from error
