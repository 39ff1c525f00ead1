"""consentkit in the idiom of Starlette and FastAPI; everything is done by `consentkit.asgi`.

    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from consentkit.starlette import ConsentMiddleware

    app = Starlette(middleware=[Middleware(ConsentMiddleware, policy="policy.toml", secret=SECRET)])

In an endpoint the visitor's consent is `request.state.consent`, or `consent_from(request)`, which type
checkers understand.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, ParamSpec, Protocol, TypeVar, cast, overload

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import HTTPConnection
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response

from consentkit import adapting, asgi
from consentkit.asgi import ASGIApp, Receive, Scope, Send
from consentkit.consent.record import Source
from consentkit.consent.state import Consent
from consentkit.errors import UsageError
from consentkit.http import Request
from consentkit.kit import ConsentKit, Decision, Synced
from consentkit.policy.models import Policy
from consentkit.records.forms import AsyncFormConsents
from consentkit.records.store import AsyncStore, Store

__all__ = [
    "ConsentMiddleware",
    "Requirement",
    "consent_context",
    "consent_from",
    "consent_settings",
    "decide",
    "forget",
    "form_consents",
    "policy_html",
    "requires",
    "sync_account",
]

P = ParamSpec("P")
R = TypeVar("R")

FAILURES = "consentkit.starlette.failures"  # in the scope: the exceptions whose pages were made inside


class ConsentMiddleware(asgi.ConsentMiddleware):
    """`consentkit.asgi.ConsentMiddleware`, around a Starlette or FastAPI app or among its middleware.

    Starlette runs the handlers for status 500 and for `Exception` outside of all middleware, where nothing would read
    the pages that they make. Among an app's middleware this one runs them inside, and once. The arguments are those of
    `consentkit.asgi.ConsentMiddleware`.
    """

    def __init__(
        self,
        app: ASGIApp,
        /,
        kit: ConsentKit | None = None,
        *,
        policy: Policy | Mapping[str, Any] | str | os.PathLike[str] | None = None,
        secret: str | bytes | None = None,
        records: Store | AsyncStore | str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(_failing_inside(app), kit, policy=policy, secret=secret, records=records, **options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] == "http":
            scope[FAILURES] = []  # ours and the app's: the scope inside is a copy of this one
        await super().__call__(scope, receive, send)


class _Once:
    """The app's handler for failures, which is not asked again outside about what it has answered inside."""

    def __init__(self, handler: Any) -> None:
        self.handler = handler

    async def __call__(self, request: StarletteRequest, error: Exception) -> Response:
        """The page for this failure."""
        if any(error is known for known in request.scope.get(FAILURES, ())):
            return Response(status_code=500)  # the page has begun to leave already, and this one never does
        called = getattr(self.handler, "__call__", None)  # noqa: B004 (an object may be a coroutine function by it)
        if inspect.iscoroutinefunction(self.handler) or inspect.iscoroutinefunction(called):
            return cast("Response", await self.handler(request, error))
        return cast("Response", await run_in_threadpool(self.handler, request, error))


def _failing_inside(app: ASGIApp) -> ASGIApp:
    """The app, with what Starlette does about failures once more, within consentkit's sight."""

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        outermost = getattr(scope.get("app"), "middleware_stack", None)
        if scope["type"] != "http" or not isinstance(outermost, ServerErrorMiddleware):
            await app(scope, receive, send)
            return
        if outermost.handler is not None and not isinstance(outermost.handler, _Once):
            outermost.handler = _Once(outermost.handler)
        try:
            await ServerErrorMiddleware(app, outermost.handler, outermost.debug)(scope, receive, send)
        except Exception as error:
            scope[FAILURES].append(error)
            raise

    return inside


def consent_from(request: HTTPConnection) -> Consent:
    """The visitor's consent, as it was when the request came; in FastAPI also as ``Depends(consent_from)``.

    Raises:
        UsageError: if the request did not pass `ConsentMiddleware`; WebSockets do not.
    """
    return asgi.consent_from(request.scope)


def consent_context(request: StarletteRequest) -> dict[str, Any]:
    """What templates get: ``consent``, ``consent_settings()`` and ``consent_policy()``.

    For ``Jinja2Templates(…, context_processors=[consent_context])``.

    Raises:
        UsageError: if the request did not pass `ConsentMiddleware`.
    """
    return {
        "consent": consent_from(request),
        "consent_settings": functools.partial(consent_settings, request),
        "consent_policy": functools.partial(policy_html, request),
    }


def consent_settings(request: HTTPConnection, text: str | None = None, language: str | None = None) -> Markup:
    """A link to the page where the visitor can change the decision, which leads back to this page.

    Args:
        request: the page's.
        text: what the link says; by default what the control on every page says.
        language: BCP 47 tag of the page's language; the policy's by default.

    Raises:
        UsageError: if the request did not pass `ConsentMiddleware`.
    """
    middleware, head = _passed(request)
    return adapting.settings_link(middleware.kit, head, text, language)


def policy_html(request: HTTPConnection, language: str | None = None) -> Markup:
    """The policy's headings and texts, for a page of the site's own (option ``policy_page=False``).

    Args:
        request: the page's.
        language: BCP 47 tag of the page's language; the policy's by default.

    Raises:
        UsageError: if the request did not pass `ConsentMiddleware`.
    """
    middleware, head = _passed(request)
    return adapting.policy_html(middleware.kit, head, language)


class Requirement(Protocol):
    """What `requires` gives: a dependency for FastAPI, and a decorator for endpoints."""

    @overload
    def __call__(self, request: HTTPConnection) -> Consent: ...

    @overload
    def __call__(self, request: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]: ...

    @overload
    def __call__(self, request: Callable[P, R]) -> Callable[P, R]: ...


def requires(*names: str, redirect: bool = False) -> Requirement:
    """Lets only visitors through who granted all of these purposes and services.

        @app.get("/for-you", dependencies=[Depends(requires("analytics"))])     # FastAPI
        async def for_you(): …

        @requires("analytics")                                                  # Starlette
        async def for_you(request): …

    Others get status 403 with a sentence that says where consent can be given.

    Args:
        names: ids of purposes and services.
        redirect: leads a page's visitor to the preferences (303), and from there back; what is no page is
            answered with 403 all the same.

    Returns:
        A dependency, whose value is the `Consent`, and a decorator of endpoints whose request is their
        first argument or called ``request``, plain or ``async``.

    Raises:
        UsageError: for no names; at the first request for one that the policy does not declare.
    """
    if not names:
        raise UsageError("name at least one purpose or service: requires('analytics')")

    def requirement(request: HTTPConnection) -> Any:
        given: object = request  # FastAPI goes by the annotation; a decorator is given a function all the same
        if isinstance(given, HTTPConnection):
            return _checked(given, names, redirect)
        return _guarded(cast("Callable[..., Any]", given), names, redirect)

    return cast("Requirement", requirement)


async def decide(
    request: HTTPConnection,
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
    middleware, _ = _passed(request)
    decision = await middleware.decide(request.scope, grant=grant, source=source, language=language)
    if response is not None:
        response.headers.append("set-cookie", decision.set_cookie)
    return decision


async def sync_account(request: HTTPConnection, response: Response | None, account: Mapping[str, Any] | None) -> Synced:
    """Joins the visitor's decision with that of the account which is signed in: call it after signing in (R27, R49).

    Call it also wherever the account is known and the browser may have decided since. What is joined holds from the
    next request on.

    Args:
        request: the visitor's.
        response: gets the Set-Cookie field if the decision changes. Without one, send that of
            `Synced.decision` yourself.
        account: what `Synced.account` was when this account was synced last; None if it never was.

    Returns:
        What to keep with the account, and whether other choices hold on this device now.

    Raises:
        StoreError: if the record was not kept; then no cookie is set.
        UsageError: if the policy's `account` is "none", or `account` is none of ours.
    """
    middleware, _ = _passed(request)
    synced = await middleware.sync_account(request.scope, account)
    if response is not None and synced.decision is not None:
        response.headers.append("set-cookie", synced.decision.set_cookie)
    return synced


def forget(request: HTTPConnection, response: Response) -> None:
    """Takes the decision from the visitor's browser, as signing out on a shared device does: it is asked anew."""
    middleware, _ = _passed(request)
    response.headers.append("set-cookie", middleware.kit.cookie.expire())


def form_consents(request: HTTPConnection) -> AsyncFormConsents:
    """The answers given at forms of the site's own, in the middleware's store.

    Raises:
        UsageError: if the request did not pass `ConsentMiddleware`.
    """
    middleware, _ = _passed(request)
    return AsyncFormConsents(middleware.records, middleware.kit.policy)


def _passed(request: HTTPConnection) -> tuple[asgi.ConsentMiddleware, Request]:
    """The middleware that the request passed, and the request as it came there, before any mount."""
    return asgi.passed(request.scope)


def _checked(request: HTTPConnection, names: tuple[str, ...], redirect: bool) -> Consent:
    middleware, head = _passed(request)
    consent = consent_from(request)
    if missing := adapting.missing(consent, names):
        headers = {"Cache-Control": "no-store"}  # what is said here is about one visitor, and only now
        if redirect and adapting.is_led(head):
            headers["Location"] = adapting.preferences_url(middleware.kit, head)
            raise HTTPException(303, headers=headers)
        raise HTTPException(403, adapting.refusal(middleware.kit, head, missing), headers)
    return consent


def _guarded(endpoint: Callable[..., Any], names: tuple[str, ...], redirect: bool) -> Any:
    """The endpoint behind the check. Its signature stays, so that FastAPI still sees its parameters."""

    @functools.wraps(endpoint)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        _checked(_request_in(args, kwargs), names, redirect)
        return await endpoint(*args, **kwargs)

    @functools.wraps(endpoint)
    def plain(*args: Any, **kwargs: Any) -> Any:
        _checked(_request_in(args, kwargs), names, redirect)
        return endpoint(*args, **kwargs)

    guarded: Any = awaited if inspect.iscoroutinefunction(endpoint) else plain
    # Older FastAPI looks up annotations that are text among the names of this module, not of the endpoint's.
    with contextlib.suppress(NameError, AttributeError, SyntaxError, TypeError):
        guarded.__signature__ = inspect.signature(endpoint, eval_str=True)
    return guarded


def _request_in(args: tuple[Any, ...], kwargs: dict[str, Any]) -> HTTPConnection:
    found = next((value for value in (*args, *kwargs.values()) if isinstance(value, HTTPConnection)), None)
    if found is None:
        raise UsageError("@requires needs to see the request: give the endpoint an argument `request: Request`")
    return found
