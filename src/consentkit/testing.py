"""For the tests of sites: whom a page would contact, visitors who have decided, and browsers that are watched.

What a page would contact is found by the engine that serves it. Nothing here needs a test framework.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from consentkit.blocking import Blocker, Grant, Rules, compile_policy, registrable_domain
from consentkit.consent.decision import ENTROPY_BYTES
from consentkit.errors import UsageError
from consentkit.html.decision import Block, Kind, Mark, Resource
from consentkit.html.options import Options
from consentkit.html.rewriter import Rewriter
from consentkit.html.urls import Url, matches_host, parse_url
from consentkit.http import Request
from consentkit.kit import ConsentKit
from consentkit.policy.models import Policy
from consentkit.policy.widgets import embeds

AnyPolicy = Policy | Mapping[str, Any] | str | os.PathLike[str] | None
NOBODY = Grant()
DEFAULT_URL = "https://testserver/"  # of a page that neither a caller nor a response knows the address of
POLICIES_COMPILED = 16  # kept; a test suite has a few
SOURCES = (".html", ".htm", ".xhtml", ".jinja", ".jinja2", ".j2", ".mako", ".pt", ".py", ".md", ".txt", ".js")
NOT_OURS = frozenset({"node_modules", "site-packages", "venv", "env", "__pycache__", "build", "dist"})
SOURCES_READ = 10_000  # files, once for a test that fails: a project with more is found by its first ones
PLACES_TOLD = 5  # a file that names an address in fifty places is one to look at, not fifty
_rules = dict[str, Rules]()


@dataclass(frozen=True, slots=True)
class Contact:
    """One thing in a page that a browser would fetch, or code that would make it fetch.

    Attributes:
        url: absolute; ``""`` for inline code.
        host: that would be contacted; ``""`` where only code gave it away.
        kind: what for.
        element: lower-case element name.
        attribute: lower-case attribute name, ``""`` for an element's text.
        third_party: whether it is another's.
        service: id of the service that it belongs to, in the policy or else in the catalogue; or ``""``.
        declared: whether the policy declares that service.
        purposes: ids of the purposes that the visitor would have to grant.
        needs_consent: whether the policy lets nobody contact it who has not granted it.
        line: 1-based line of the page, where it is known.
    """

    url: str
    host: str
    kind: Kind
    element: str
    attribute: str
    third_party: bool
    service: str = ""
    declared: bool = False
    purposes: tuple[str, ...] = ()
    needs_consent: bool = False
    line: int | None = None

    @property
    def tag(self) -> str:
        """The element as people write it, with what matters of it."""
        value = f' {self.attribute}="{self.url}"' if self.attribute else ""
        return f"<{self.element}{value}>" if self.url or not self.attribute else f"<{self.element} {self.attribute}=…>"

    @property
    def declaration(self) -> str:
        """What to add to the policy file so that visitors are asked; ``""`` for what is declared or the site's own."""
        if self.declared or not self.third_party:
            return ""
        if self.service:
            return f'[[services]]\nid = "{self.service}"'
        return f'[[services]]\nid = "…"\nname = "…"\nprovider = "…"\npurposes = ["…"]\nhosts = ["{self.host or "…"}"]'

    def __str__(self) -> str:
        place = "" if self.line is None else f"line {self.line}: "
        whom = self.host or "somebody by its code"
        if self.declared:
            return (
                f"{place}{self.tag} contacts {whom}: service '{self.service}', which waits for {_list(self.purposes)}"
            )
        known = f" (known as '{self.service}')" if self.service else ""
        return f"{place}{self.tag} contacts {whom}{known}, which the policy does not declare"


class ContactError(AssertionError):
    """A page would contact others without consent.

    Attributes:
        contacts: whom, and by which tag.
    """

    def __init__(self, unwanted: Collection[Contact], url: str | None) -> None:
        super().__init__(report(unwanted, url))
        self.contacts = tuple(unwanted)


def contacts(html: bytes | str, url: str = DEFAULT_URL, policy: AnyPolicy = None) -> list[Contact]:
    """Everything that a browser would fetch for a page, first party and third, in the page's order.

    Args:
        html: the page; bytes in whatever encoding it declares.
        url: its absolute URL.
        policy: the site's, or its file. Without one the whole catalogue is known, and the URL's registrable
            domain is first party.

    Raises:
        PolicyError: if the policy cannot be used.
        UnreadableEncodingError: if the page's encoding cannot be read.
        UsageError: if the URL is not absolute.
    """
    data = html.encode() if isinstance(html, str) else html
    loaded = load_policy(policy)
    page = parse_url(url, None)
    if page is None or not page.host:
        raise UsageError(f"the page's url is '{url}', which is not absolute: give it as https://host/path")
    recorder = _Recorder(loaded, _on_site(page, loaded))
    options = (
        Options()
        if loaded is None
        else Options(lazy=frozenset(loaded.lazy_attributes), compat=frozenset(loaded.compat), embeds=embeds(loaded))
    )
    rewriter = Rewriter(
        recorder, url=recorder.page.href, options=options, charset="utf-8" if isinstance(html, str) else None
    )
    rewriter.feed(data)
    rewriter.finish()
    lines = {
        (blocked.url, blocked.element, blocked.attribute): data.count(b"\n", 0, blocked.offset) + 1
        for blocked in reversed(rewriter.blocked)  # of equal ones the first
    }
    return [recorder.contact(resource, block, lines) for resource, block in recorder.found.items()]


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


def load_policy(policy: AnyPolicy) -> Policy | None:
    """The policy itself, wherever it comes from.

    Raises:
        PolicyError: if it cannot be used.
    """
    return policy if policy is None or isinstance(policy, Policy) else Policy.load(policy)


def report(unwanted: Collection[Contact], url: str | None = None) -> str:
    """The sentences of a failure: what would be contacted, where it stands, and how to declare it."""
    lines = [f"{url or 'The page'} would contact others without consent:", *(f"  {each}" for each in unwanted)]
    if to_declare := list(dict.fromkeys(each.declaration for each in unwanted if each.declaration)):
        lines += ["To declare them, add to the policy:", *to_declare]
    return "\n".join(lines)


def places(unwanted: Collection[Contact], folder: Path) -> list[str]:
    """Where the tags are written: the files and lines of a project that name what would be contacted.

    Args:
        unwanted: the contacts.
        folder: the project's. Hidden folders in it, and those of installed packages, are passed over.

    Returns:
        ``templates/base.html:12``, relative to the folder; at most `PLACES_TOLD`.
    """
    needles = {each.host + path for each in unwanted if each.host for path in (_path(each.url), "")}
    found = dict[str, list[str]]()  # those with the whole address come before those with the host alone
    for file in _sources(folder):
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue
        for needle in needles:
            if (at := text.find(needle)) >= 0:
                place = f"{file.relative_to(folder).as_posix()}:{text.count(chr(10), 0, at) + 1}"
                found.setdefault(needle, []).append(place)
    ordered = [place for needle in sorted(found, key=len, reverse=True) for place in found[needle]]
    return list(dict.fromkeys(ordered))[:PLACES_TOLD]


def page_of(response: Any) -> tuple[bytes | str, str | None] | None:
    """A response's page and its URL, if known; None if it is no HTML."""
    if isinstance(response, bytes | str):
        return response, None
    kind = response.headers.get("Content-Type", "")
    if not kind.lower().startswith("text/html"):
        return None
    if hasattr(response, "get_data"):  # Werkzeug, Flask
        request = getattr(response, "request", None)
        return bytes(response.get_data()), getattr(request, "url", None)
    if getattr(response, "streaming", False):  # Django: read it, and leave it to be read
        content = b"".join(response.streaming_content)
        response.streaming_content = [content]
        return content, _django_url(response)
    if isinstance(getattr(response, "request", None), dict):  # Django's test client
        return bytes(response.content), _django_url(response)
    url = getattr(response, "url", None)
    return bytes(response.content), None if url is None else str(url)


def consent_cookie(of: Any, grant: Collection[str] = ()) -> tuple[str, str]:
    """Name and value of the cookie of a visitor who has decided. No record is kept.

    Args:
        of: a `ConsentKit`; a middleware; a Flask, Starlette or FastAPI app that has consentkit; or None for the Django
            site under test.
        grant: ids of what was granted, everything else was denied; ``"*"`` for everything.

    Raises:
        UsageError: if `grant` names what the policy does not declare, or there is no consentkit.
    """
    kit = _kit(of)
    request = Request(method="GET", scheme="https", host=kit.policy.sites[0], path="/")
    names = grant if isinstance(grant, str) else tuple(grant)
    decision = kit.decide(request, grant=names, now=time.time(), entropy=secrets.token_bytes(ENTROPY_BYTES))
    name, _, rest = decision.set_cookie.partition("=")
    return name, rest.partition(";")[0]


def give_consent(client: Any, of: Any = None, grant: Collection[str] = ()) -> None:
    """Lets a test client be a visitor who has decided.

    Args:
        client: of Starlette, FastAPI, httpx, Flask or Django.
        of: as `consent_cookie` takes it.
        grant: likewise.
    """
    name, value = consent_cookie(of, grant)
    if hasattr(client, "set_cookie"):  # Werkzeug, Flask: jars are by domain, and the default is its own
        client.set_cookie(name, value)
    elif hasattr(client.cookies, "set"):  # httpx
        client.cookies.set(name, value)
    else:  # Django: a SimpleCookie
        client.cookies[name] = value


class ConsentTestMixin:
    """For `unittest` and Django test cases: assertions, and visitors who have decided.

        class FilmTests(ConsentTestMixin, TestCase):
            def test_films_wait(self) -> None:
                self.assertContacts(self.client.get("/films"))

    Attributes:
        consent_policy: the site's policy, or its file; None for that of the Django site under test, and for the whole
            catalogue where there is none.
        consent_kit: for `grantConsent`: as `consent_cookie` takes it.
        client: the test client, as Django's test cases have it.
    """

    consent_policy: AnyPolicy = None
    consent_kit: Any = None
    client: Any

    def assertContacts(self, response: Any, allowed: Collection[str] = (), *, url: str | None = None) -> None:  # noqa: N802 (unittest's way)
        """See `assert_contacts`."""
        policy = self.consent_policy
        if policy is None and self.consent_kit is None and (kit := _djangos()) is not None:
            policy = kit.policy
        assert_contacts(response, allowed, url=url, policy=policy)

    def grantConsent(self, *names: str) -> None:  # noqa: N802
        """From now on `client` is a visitor who granted these purposes and services, and nothing else."""
        give_consent(self.client, self.consent_kit, names)


@contextlib.contextmanager
def no_third_parties(page: Any, sites: Collection[str], allowed: Collection[str] = ()) -> Iterator[list[str]]:
    """Watches a browser's page, and fails in the end if it asked others for anything.

        with no_third_parties(page, sites=["shop.example"]):
            page.goto("https://shop.example/")

    Args:
        page: of Playwright, its plain or its async interface; or a whole browser context.
        sites: hosts that are the site, with all below them.
        allowed: further hosts that may be asked.

    Yields:
        The URLs of others that were asked, growing.

    Raises:
        AssertionError: in the end, naming each URL once.
    """
    asked: list[str] = []

    def note(request: Any) -> None:
        url = parse_url(request.url, None)
        own = url is None or not url.host or any(matches_host(url.host, each) for each in (*sites, *allowed))
        if not own and request.url not in asked:
            asked.append(request.url)

    page.on("request", note)
    page.on("websocket", note)
    try:
        yield asked
    finally:
        page.remove_listener("request", note)
        page.remove_listener("websocket", note)
    if asked:
        raise AssertionError("the browser asked others:\n" + "\n".join(f"  {url}" for url in asked))


class _Recorder:
    """A decider that keeps whatever it is asked; what needs consent it blocks, so that the report has its place."""

    def __init__(self, policy: Policy | None, page: Url) -> None:
        self.page = page
        self.found: dict[Resource, Block | None] = {}
        self._site = registrable_domain(page.host) if policy is None else ""
        self._rules = _compiled(policy)
        self._declared = frozenset() if policy is None else frozenset(policy.services_by_id)
        self._blocker = Blocker(self._rules, NOBODY if policy is None else self._rules.grant(()), site=self._site)
        self._catalogue = Blocker(compile_policy(), NOBODY, site=registrable_domain(page.host))

    def decide(self, resource: Resource, mark: Mark | None = None) -> Block | None:
        """Keeps the resource."""
        block = self._blocker.decide(resource, mark)
        return self.found.setdefault(resource, block)

    def decide_inline(self, text: str, kind: Kind, mark: Mark | None = None) -> Block | None:
        """Keeps code that is known to contact somebody."""
        block = self._blocker.decide_inline(text, kind, mark)
        if block is not None:
            known = block if block.service else self._catalogue.decide_inline(text, kind) or block
            element = "script" if kind is Kind.SCRIPT else kind.value
            place = Resource("", known.host, f"{known.service} {len(self.found)}", kind, element, "")
            self.found.setdefault(place, Block(known.service, block.purposes, known.host))
        return block

    def whole_host(self, host: str) -> bool:
        """No host goes unasked."""
        del host
        return False

    def contact(self, resource: Resource, block: Block | None, lines: Mapping[tuple[str, str, str], int]) -> Contact:
        """What was found, with all that is known of it."""
        host = resource.host
        service = block.service if block else ""
        if host and block and not service:
            known = self._catalogue.decide(resource)
            service = known.service if known else ""
        return Contact(
            url=resource.url,
            host=host,
            kind=resource.kind,
            element=resource.element,
            attribute=resource.attribute,
            third_party=block is not None or bool(host and not self._rules.is_first_party(host, self._site)),
            service=service,
            declared=service in self._declared,
            purposes=block.purposes if block else (),
            needs_consent=block is not None,
            line=lines.get((resource.url, resource.element, resource.attribute)),
        )


def _path(url: str) -> str:
    parsed = parse_url(url, None) if url else None
    return "" if parsed is None or parsed.path == "/" else parsed.path


def _sources(folder: Path) -> Iterator[Path]:
    """The files in which people write pages, at most `SOURCES_READ`."""
    count = 0
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS and not name.startswith("."))
        for name in sorted(names):
            if name.endswith(SOURCES):
                count += 1
                if count > SOURCES_READ:
                    return
                yield Path(where, name)


def _compiled(policy: Policy | None) -> Rules:
    if policy is None:
        return compile_policy()
    rules = _rules.get(policy.hash)
    if rules is None:
        if len(_rules) >= POLICIES_COMPILED:
            _rules.clear()
        rules = _rules[policy.hash] = compile_policy(policy)
    return rules


def _on_site(page: Url, policy: Policy | None) -> Url:
    """The page on a host of its site, which is seldom the one that test clients make up."""
    if policy is None or any(matches_host(page.host, site) for site in policy.sites):
        return page
    query = "" if page.query is None else f"?{page.query}"
    return parse_url(f"https://{policy.sites[0]}{page.path}{query}", None) or page


def _default_url(policy: Policy | None) -> str:
    return DEFAULT_URL if policy is None else f"https://{policy.sites[0]}/"


def _django_url(response: Any) -> str | None:
    asked = response.request if isinstance(getattr(response, "request", None), dict) else {}
    return f"https://testserver{asked['PATH_INFO']}" if asked.get("PATH_INFO") else None


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


def _djangos() -> ConsentKit | None:
    """The kit of the Django site under test, if there is one."""
    conf = sys.modules.get("consentkit.django.conf")
    return None if conf is None else conf.driver().kit


def _kit(of: Any) -> ConsentKit:
    if of is None:
        of = _djangos()
    if isinstance(of, ConsentKit):
        return of
    extensions = getattr(of, "extensions", None)
    if isinstance(extensions, Mapping) and "consentkit" in extensions:  # a Flask app
        of = extensions["consentkit"]
    elif hasattr(of, "build_middleware_stack"):  # a Starlette app, whose stack is made at its first request
        of.middleware_stack = of.middleware_stack or of.build_middleware_stack()
        of = of.middleware_stack
    while of is not None and not isinstance(getattr(of, "kit", None), ConsentKit):
        of = getattr(of, "app", None)
    if of is None:
        raise UsageError(
            "there is no consentkit; give the ConsentKit, a middleware, or the Flask or Starlette app; nothing for a "
            "Django site"
        )
    kit: ConsentKit = of.kit
    return kit


def _list(names: Collection[str]) -> str:
    return f"consent to {', '.join(names)}" if names else "consent that nobody is asked for"
