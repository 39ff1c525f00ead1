"""What views use: the visitor's consent, decisions made for them, and answers given at forms."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar, cast

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import get_language

from consentkit import adapting
from consentkit.consent.record import Source
from consentkit.consent.state import Consent
from consentkit.django.conf import driver
from consentkit.django.translate import WholeMorsel
from consentkit.errors import UsageError
from consentkit.http import Request
from consentkit.kit import Decision, Exchange, Synced
from consentkit.records.forms import FormConsents
from consentkit.records.store import Store, is_async

# Attributes of the request.
EXCHANGE = "consentkit_exchange"
REQUEST = "consentkit_request"
ASKED = "consentkit_asked"  # whether the answer may depend on the visitor's consent

View = TypeVar("View", bound=Callable[..., Any])


def consent_from(request: HttpRequest) -> Consent:
    """The visitor's consent, as it was when the request came; `request.consent` is the same.

    An answer that was made after asking for it depends on the visitor, so that Django's page cache inside of
    `ConsentMiddleware` (the cache middleware, `cache_page`) does not keep it, and its `Vary` says so to others.
    Other pages are kept.

    Raises:
        UsageError: if the request did not pass `ConsentMiddleware`.
    """
    exchange = getattr(request, EXCHANGE, None)
    if not isinstance(exchange, Exchange):
        raise UsageError(
            "this request did not pass consentkit: add 'consentkit.django.middleware.ConsentMiddleware' to MIDDLEWARE"
        )
    # `Vary` would say it, but cache_page has kept the page before any middleware could add to that. This is
    # what UpdateCacheMiddleware asks in the end, wherever it stands.
    request._cache_update_cache = False  # noqa: SLF001
    setattr(request, ASKED, True)
    return exchange.consent


def decide(
    request: HttpRequest,
    response: HttpResponseBase | None = None,
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
    used = driver()
    decision = used.decide(_passed(request), grant, source, language)
    _plain_store().append(decision.record)
    used.stored(decision)
    return _sent(decision, response)


def sync_account(request: HttpRequest, response: HttpResponseBase | None, account: Mapping[str, Any] | None) -> Synced:
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
    used = driver()
    synced = used.sync_account(_passed(request), account)
    if synced.decision is not None:
        _plain_store().append(synced.decision.record)
        used.stored(synced.decision)
        _sent(synced.decision, response)
    return synced


def forget(response: HttpResponseBase) -> None:
    """Takes the decision from the visitor's browser, as signing out on a shared device does: it is asked anew."""
    _set(response, driver().kit.cookie.expire())


async def adecide(
    request: HttpRequest,
    response: HttpResponseBase | None = None,
    *,
    grant: Collection[str],
    source: Source = "account",
    language: str | None = None,
) -> Decision:
    """`decide` for views that are ``async``."""
    decision = driver().decide(_passed(request), grant, source, language)
    await _akeep(decision)
    return _sent(decision, response)


async def async_account(
    request: HttpRequest, response: HttpResponseBase | None, account: Mapping[str, Any] | None
) -> Synced:
    """`sync_account` for views that are ``async``: with an "a" in front, as Django's own methods have it."""
    synced = driver().sync_account(_passed(request), account)
    if synced.decision is not None:
        await _akeep(synced.decision)
        _sent(synced.decision, response)
    return synced


async def _akeep(decision: Decision) -> None:
    used = driver()
    if is_async(used.store):
        await used.store.append(decision.record)
    else:
        await sync_to_async(used.store.append)(decision.record)
    used.stored(decision)


def form_consents() -> FormConsents:
    """The answers given at forms of the site's own, in the same store. In ``async`` views call it by `sync_to_async`.

    Raises:
        UsageError: if the store is one that is awaited: then use `AsyncFormConsents` with it.
    """
    return FormConsents(_plain_store(), driver().kit.policy)


def requires(*names: str, redirect: bool = False) -> Callable[[View], View]:
    """Lets only visitors into a view who granted all of these purposes and services; others get status 403.

        @requires("analytics")
        def for_you(request): …

    Args:
        names: ids of purposes and services.
        redirect: leads a page's visitor to the preferences (303), and from there back.

    Raises:
        UsageError: for no names; at the first request for one that the policy does not declare.
    """
    if not names:
        raise UsageError("name at least one purpose or service: requires('analytics')")

    def decorate(view: View) -> View:
        @functools.wraps(view)
        async def awaited(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return _refused(request, names, redirect) or await view(request, *args, **kwargs)

        @functools.wraps(view)
        def plain(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return _refused(request, names, redirect) or view(request, *args, **kwargs)

        return cast("View", awaited if iscoroutinefunction(view) else plain)

    return decorate


def settings_link(request: HttpRequest, text: str | None = None) -> str:
    """A link to the page where the visitor can change the decision, in the active language; it leads back here."""
    return adapting.settings_link(driver().kit, _passed(request), text, get_language())


def policy_html(request: HttpRequest) -> str:
    """The policy's headings and texts, for a page of the site's own, in the active language as far as they are ours."""
    pages = driver().kit.pages
    return pages.policy_html(_passed(request).root_path, inner=True, language=pages.choose(get_language(), None))


def _refused(request: HttpRequest, names: tuple[str, ...], redirect: bool) -> HttpResponse | None:
    missing = adapting.missing(consent_from(request), names)
    if not missing:
        return None
    kit, head = driver().kit, _passed(request)
    response: HttpResponse
    if redirect and adapting.is_led(head):
        response = HttpResponseRedirect(adapting.preferences_url(kit, head))
        response.status_code = 303
    else:
        response = HttpResponse(adapting.refusal(kit, head, missing), status=403, content_type="text/plain")
    response.headers["Cache-Control"] = "no-store"  # what is said here is about one visitor, and only now
    return response


def _passed(request: HttpRequest) -> Request:
    """The request's head as it came to the middleware."""
    head = getattr(request, REQUEST, None)
    if not isinstance(head, Request):
        consent_from(request)
        raise UsageError("this request has lost what consentkit added to it")
    return head


def _plain_store() -> Store:
    store = driver().store
    if is_async(store):
        raise UsageError("this store is awaited: use `await adecide(…)`, and AsyncFormConsents with the store")
    return cast("Store", store)


def _sent(decision: Decision, response: HttpResponseBase | None) -> Decision:
    if response is not None:
        _set(response, decision.set_cookie)
    return decision


def _set(response: HttpResponseBase, set_cookie: str) -> None:
    morsel = WholeMorsel.of(set_cookie)
    response.cookies[morsel.key] = morsel
