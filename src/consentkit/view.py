"""One visitor's view of one address: whose page it is, whom it may contact, and what its head says of that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from html import escape

from consentkit.blocking import Blocker
from consentkit.bodies import RewrittenBody
from consentkit.consent.state import Consent
from consentkit.errors import UsageError
from consentkit.headers import caching, csp, links
from consentkit.headers.coding import Decoder, decoder
from consentkit.headers.redirects import REDIRECTS, is_followed
from consentkit.headers.treatment import NOT_MODIFIED, RULES, Treatment, charset_of, is_xml, media_type
from consentkit.headers.widen import is_strict_dynamic, script_nonce
from consentkit.html.rewriter import Rewriter
from consentkit.html.rulesdoc import NO_RULES, RulesReader
from consentkit.html.untyped import Untyped
from consentkit.html.urls import Url, matches_host, parse_url
from consentkit.html.xmldoc import XmlReader
from consentkit.http import MAX_HOST_FIELD, Head, Headers, Request, without
from consentkit.notices import Notice
from consentkit.pages.inserter import PageInserter
from consentkit.pages.languages import PageLanguage
from consentkit.site import Site
from consentkit.whole import MAX_KEY, SAMPLED, Key

FRAMES = frozenset({"iframe", "frame", "fencedframe", "object", "embed"})  # their pages get no banner of their own
CSP_FIELDS = frozenset({"content-security-policy", "content-security-policy-report-only"})
_NAMED = frozenset({"set-cookie", "referrer-policy", "permissions-policy"})  # of which it matters that they are there
UNREADABLE = "This page cannot be shown: it came in a form in which nobody could see whom it would contact."
STRICT_DYNAMIC = (
    "The app's Content-Security-Policy has 'strict-dynamic': as far as it is concerned, a script that it trusts may "
    'load others from any host. What keeps third parties away there is consentkit\'s own policy, csp = "enforce".'
)
_HOST = re.compile(r"[a-z0-9_.-]+(?::[0-9]{1,5})?|\[[0-9a-f:.]+\](?::[0-9]{1,5})?")  # nothing that ends a source


class View:
    """What a request's address is to its visitor. Made by an exchange, when it is looked at.

    Args:
        site: the site.
        request: as it came.
        consent: the visitor's state.
        now: POSIX seconds.
        notices: gets what is worth telling the owner.
    """

    def __init__(self, site: Site, request: Request, consent: Consent, now: float, notices: list[Notice]) -> None:
        self._site, self._request, self._consent, self._now, self._notices = site, request, consent, now, notices

    @cached_property
    def shown(self) -> Consent:
        """Whose page it is. In shared mode every visitor gets the bytes of one who has not decided."""
        return self._site.nobody if self._site.policy.mode == "shared" else self._consent

    @cached_property
    def decider(self) -> Blocker:
        """What says whom the page may contact."""
        return self._site.blocker_for(self.shown)

    @cached_property
    def state_hash(self) -> str:
        """What entity tags of the page end with."""
        language = self._site.pages.choose(None, self._request.header("accept-language"))
        return self._site.state_hash(self.shown, language=language, now=self._now)

    @cached_property
    def url(self) -> Url:
        """The page's URL, with a host of the policy's: the Host field selects among them and defines nothing."""
        request, sites = self._request, self._site.policy.sites
        url = parse_url(request.url, None) if len(request.host) <= MAX_HOST_FIELD else None
        if url is None or not any(matches_host(url.host, site) for site in sites):
            url = parse_url(f"{request.scheme}://{sites[0]}{request.target}", None)
        if url is None:
            raise UsageError(f"'{request.scheme}' is no scheme that a page is served by")
        return url

    def rewriting(self, answered: Mapping[str, str]) -> RewrittenBody:
        """The body of a page, or of another document that is looked into, on its way.

        Args:
            answered: the fields of the app's answer by name, lower case.
        """
        content_type, coding = answered.get("content-type"), answered.get("content-encoding")
        undone = decoder(coding) if coding else None
        if is_xml(content_type):
            return RewrittenBody(self._xml_reader(content_type), undone, self._replacement_in_xml)
        if media_type(content_type) == RULES:
            return RewrittenBody(RulesReader(self.decider, url=self.url.href), undone, lambda: NO_RULES)
        return self._page(answered, undone)

    def _xml_reader(self, content_type: str | None) -> XmlReader:
        options = self._site.options(self.folder, trusted_types=False)
        return XmlReader(self.decider, url=self.url.href, charset=charset_of(content_type), options=options)

    def _page(self, answered: Mapping[str, str], undone: Decoder | None) -> RewrittenBody:
        """A page of HTML, its content coding undone."""
        request, site = self._request, self._site
        destination = request.header("sec-fetch-dest")
        language = PageLanguage(_one_language(answered.get("content-language")))
        trusted = answered.get("content-security-policy", "")
        inserter = PageInserter(
            site.pages,
            self.shown,
            request.method,
            request.root_path,
            request.target,
            script_nonce(trusted) if site.pages.effect == "activate" else None,
            # Where scripts are trusted by their hashes alone, nobody could tell which of them may be started.
            in_place=script_nonce(trusted) is not None or not is_strict_dynamic(trusted),
            accept_language=request.header("accept-language"),
            language=language,
            now=self._now,
            coep=answered.get("cross-origin-embedder-policy"),
            url=self.url.href,
        )
        rewriter = Rewriter(
            self.decider,
            url=self.url.href,
            charset=charset_of(answered.get("content-type")),
            inserter=inserter,
            document=False if destination in FRAMES else None,
            options=site.options(self.folder, trusted_types=_requires_trusted_types(trusted)),
        )
        content_type = answered.get("content-type")
        if site.policy.on_unreadable != "block":
            return RewrittenBody(rewriter, undone, None, language.feed)
        reader = rewriter if media_type(content_type) else Untyped(rewriter, lambda: self._xml_reader(content_type))
        return RewrittenBody(reader, undone, self._replacement, language.feed)

    def page_key(self, answered: Mapping[str, str], page: bytes) -> Key | None:
        """Everything that a page is rewritten by besides its bytes; None where it cannot come again.

        Args:
            answered: as for `rewriting`.
            page: its bytes, of which some are taken.
        """
        trusted = answered.get("content-security-policy", "")
        if "content-encoding" in answered or script_nonce(trusted) is not None:
            return None
        request = self._request
        made_of = (
            request.method,
            request.scheme,
            request.host,
            request.root_path,
            request.path,
            request.query,
            request.header("accept-language"),
            request.header("sec-fetch-dest"),
            answered.get("content-type"),
            answered.get("content-language"),
            answered.get("cross-origin-embedder-policy"),
            trusted,
        )
        if sum(len(each) for each in made_of if each) > MAX_KEY:
            return None
        return (self.shown.state_hash, self._site.pages.frames.period(self._now), made_of, len(page), page[::SAMPLED])

    def described(self, head: Head, treated: Treatment) -> Head:
        """The head with all that says how this answer depends on the visitor."""
        policy, headers, request = self._site.policy, head.headers, self._request
        if treated is Treatment.REWRITE:
            return Head(head.status, self._page_head(headers, head.status))
        # A 304 seldom says of what: the tag that the visitor asked about does.
        revalidated = head.status == NOT_MODIFIED and caching.revalidates(request.headers, self.state_hash)
        if revalidated or (treated is Treatment.BODILESS and head.status != NOT_MODIFIED):
            return Head(head.status, self._page_head(headers, head.status))
        content_type = head.header("content-type")
        active = csp.is_document_or_worker(content_type)
        if not active and not any(key.lower() == "set-cookie" for key, _ in headers):
            return head
        shared = policy.mode == "shared"
        restricting: Headers = ()
        if csp.needs_policy(content_type, request.header("sec-fetch-dest")):
            restricting = self._site.csp_fields(self.shown, request.root_path)
        vary = ("Sec-Fetch-Dest", *self._site.fields_asked) if active else ()
        headers = caching.response_headers(
            (*headers, *restricting), head.status, rewritten=False, state_hash="", length=None, shared=shared, vary=vary
        )
        if restricting and not shared:
            headers = caching.private(caching.add_vary(headers, *caching.PER_VISITOR_VARY))
        return Head(head.status, headers)

    def for_everybody(self, head: Head) -> Head:
        """The head without what this visitor allowed, where shared caches may keep it, and give it to others."""
        nobody = self._site.blocker_for(self._site.nobody)
        if nobody is self.decider or caching.is_private(head.headers):
            return head
        return Head(head.status, links.filter_headers(head.headers, nobody, url=self.url))

    def led(self, status: int, headers: Headers) -> Headers:
        """A redirect, without its target where a browser would follow it by itself to whom the page may not contact.

        In shared mode it stays: nothing could give it back.
        """
        if self._site.policy.mode == "shared" or status not in REDIRECTS:
            return headers
        nobody = self._site.blocker_for(self._site.nobody)
        leads = links.may_lead(headers, self.decider, url=self.url)
        if leads and links.may_lead(headers, nobody, url=self.url):
            return headers
        headers = caching.private(caching.add_vary(headers, *caching.PER_VISITOR_VARY, "Sec-Fetch-Dest"))
        if leads or not is_followed(self._request):
            return headers
        # Browsers keep some redirects for ever, also what is left of them.
        return (*without(headers, "location", "cache-control"), ("Cache-Control", "no-store"))

    def _page_head(self, headers: Headers, status: int) -> Headers:
        """The fields of a page. What is said of those that many pages have alike is kept for the next page."""
        headers = self._widened(headers)
        alike, rest, names = list[tuple[str, str]](), list[tuple[str, str]](), list[str]()
        for field in headers:
            name = field[0].lower()
            if name in caching.OF_ONE_PAGE:
                return self._dressed(headers, status)
            if name in caching.LOOKED_INTO:
                alike.append(field)
            elif name not in caching.TAKEN_OUT:
                rest.append(field)
                if name in _NAMED:
                    names.append(name)
        stub = (*alike, *[(name, "") for name in names])
        dressed = self._site.kept_fields(
            (self.shown.state_hash, self._request.root_path, stub), lambda: self._dressed(stub, status)
        )
        return (*rest, *[field for field in dressed if field[0] not in names])

    def _dressed(self, headers: Headers, status: int) -> Headers:
        """The fields of a page with the policy's own, the Content-Security-Policy, and what caches have to know."""
        request, site = self._request, self._site
        spoken = ("Accept-Language",) if len(site.pages.languages) > 1 else ()
        etag = any(name.lower() == "etag" for name, _ in headers)
        return caching.response_headers(
            (*self._with_options(headers), *site.csp_fields(self.shown, request.root_path)),
            status,
            rewritten=True,
            state_hash=self.state_hash if etag else "",
            length=None,
            shared=site.policy.mode == "shared",
            vary=("Sec-Fetch-Dest", *spoken, *site.fields_asked),
        )

    def _with_options(self, headers: Headers) -> Headers:
        """The fields that the policy gives to pages which the app sends without them (R172)."""
        policy, given = self._site.policy, {name.lower() for name, _ in headers}
        options = (("Referrer-Policy", policy.referrer_policy), ("Permissions-Policy", policy.permissions_policy))
        return (*headers, *((name, value) for name, value in options if value and name.lower() not in given))

    def _widened(self, headers: Headers) -> Headers:
        """The app's own policies with room for our script, style, forms and frames."""
        given = [value for name, value in headers if name.lower() in CSP_FIELDS]
        if not given:
            return headers
        if any(map(is_strict_dynamic, given)):
            self._notices.append(Notice("strict-dynamic", "", STRICT_DYNAMIC))
        folder, site = self.folder, self._site
        if not folder:
            return headers
        return tuple(
            [
                (name, site.widened(value, folder=folder) if name.lower() in CSP_FIELDS else value)
                for name, value in headers
            ]
        )

    @cached_property
    def folder(self) -> str:
        """Where our own parts of this page are, as a URL; empty if the app's policies are not to be widened by it.

        A host that is none of the policy's would let strangers' scripts in wherever a cache keeps the page for others,
        so it counts in development alone: elsewhere a proxy wrote it, and the page is at the site's first host.
        """
        request, site = self._request, self._site
        if not site.policy.csp_widen or len(request.host) > MAX_HOST_FIELD or not _HOST.fullmatch(request.host):
            return ""
        url = parse_url(f"{request.scheme}://{request.host}", None)
        known = url is not None and any(matches_host(url.host, each) for each in site.policy.sites)
        host = request.host if known or site.insecure_dev else site.policy.sites[0]
        return f"{request.scheme}://{host}{site.pages.url(request.root_path)}/"

    def _replacement(self) -> bytes:
        request, pages = self._request, self._site.pages
        language = pages.choose(None, request.header("accept-language"))
        return pages.error(500, UNREADABLE, root_path=request.root_path, language=language).encode()

    def _replacement_in_xml(self) -> bytes:
        """What is wrong, in a document that a browser shows whatever its type of XML is."""
        pages = self._site.pages
        language = pages.choose(None, self._request.header("accept-language"))
        text = escape(pages.error_text(500, UNREADABLE, language=language))
        shown = f"<head><title>{text}</title></head><body><p>{text}</p></body>"
        return f'<html xmlns="http://www.w3.org/1999/xhtml">{shown}</html>'.encode("ascii", "xmlcharrefreplace")


def _requires_trusted_types(policies: str) -> bool:
    """Whether a script's URL cannot be given back by our script, so that it has to stay (the type goes)."""
    return bool(policies) and "require-trusted-types-for" in policies.lower()


def _one_language(content_language: str | None) -> str | None:
    """The language of a page's readers; None where the field names several or none."""
    return content_language if content_language and "," not in content_language else None
