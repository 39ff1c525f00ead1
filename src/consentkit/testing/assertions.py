"""Failures for pages that would contact others without consent, and what they say."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from consentkit.html.urls import matches_host
from consentkit.policy.models import Policy
from consentkit.testing.found import DEFAULT_URL, AnyPolicy, Contact, contacts, load_policy
from consentkit.testing.responses import page_of


class ContactError(AssertionError):
    """A page would contact others without consent.

    Attributes:
        contacts: whom, and by which tag.
    """

    def __init__(self, unwanted: Collection[Contact], url: str | None) -> None:
        super().__init__(report(unwanted, url))
        self.contacts = tuple(unwanted)


def assert_contacts(
    response: Any, allowed: Collection[str] = (), *, url: str | None = None, policy: AnyPolicy = None
) -> None:
    """Fails if the page would contact anybody without consent who is not allowed to be.

        assert_contacts(client.get("/"), policy="policy.toml")
        assert_contacts(client.get("/films"), allowed={"youtube"}, policy="policy.toml")

    Args:
        response: what a test client of Starlette, FastAPI, httpx, Flask, Werkzeug or Django gave; or the page,
            as bytes or text. What is no HTML contacts nobody.
        allowed: ids of services and purposes, and hosts (``"cdn.example"``, with all below it), that may be contacted.
        url: the page's; by default the response's.
        policy: the site's; see `contacts`.

    Raises:
        ContactError: an `AssertionError` with a line for each contact, and what to add to the policy.
    """
    page = page_of(response)
    if page is None:
        return
    html, own = page
    loaded = load_policy(policy)
    unwanted = [
        each
        for each in contacts(html, url or own or _default_url(loaded), loaded)
        if each.needs_consent and not _is_allowed(each, allowed)
    ]
    if unwanted:
        raise ContactError(unwanted, url or own)


def assert_granted_contacts(response: Any, allowed: Collection[str] = (), policy: AnyPolicy = None) -> None:
    """As `assert_contacts`, for visitors in any state: what ``--consentkit-strict`` checks.

    If the request carried a consent cookie, services that the policy declares may be contacted: the middleware
    has looked at the cookie. What nobody declared may never be.
    """
    page = page_of(response)
    if page is None:
        return
    html, own = page
    loaded = load_policy(policy)
    decided = loaded is not None and _has_decided(response, loaded)
    unwanted = [
        each
        for each in contacts(html, own or _default_url(loaded), loaded)
        if each.needs_consent and not _is_allowed(each, allowed) and not (decided and each.declared)
    ]
    if unwanted:
        raise ContactError(unwanted, own)


def report(unwanted: Collection[Contact], url: str | None = None) -> str:
    """The sentences of a failure: what would be contacted, where it stands, and how to declare it."""
    lines = [f"{url or 'The page'} would contact others without consent:", *(f"  {each}" for each in unwanted)]
    if to_declare := list(dict.fromkeys(each.declaration for each in unwanted if each.declaration)):
        lines += ["To declare them, add to the policy:", *to_declare]
    return "\n".join(lines)


def _has_decided(response: Any, policy: Policy) -> bool:
    """Whether the request brought a consent cookie; over plain HTTP its name has no prefix."""
    request = getattr(response, "request", None)
    if isinstance(request, dict):  # Django's
        sent = request.get("HTTP_COOKIE", "") or str(getattr(response.client, "cookies", "")).replace(
            "Set-Cookie: ", ""
        )
    else:
        sent = getattr(request, "headers", {}).get("Cookie", "")
    plain = policy.cookie_name.removeprefix("__Host-").removeprefix("__Secure-")
    names = {part.partition("=")[0].strip() for part in sent.replace("\r\n", ";").split(";")}
    return not names.isdisjoint({policy.cookie_name, plain})


def _is_allowed(contact: Contact, allowed: Collection[str]) -> bool:
    if contact.service in allowed or (contact.purposes and set(contact.purposes) <= set(allowed)):
        return True
    return bool(contact.host) and any(matches_host(contact.host, each) for each in allowed if "." in each)


def _default_url(policy: Policy | None) -> str:
    return DEFAULT_URL if policy is None else f"https://{policy.sites[0]}/"
