"""`ConsentKit` and `Exchange`: the data flow, and nothing else.

    kit.open(request, now=…, entropy=…) ─► Exchange
        an own endpoint:  body_limit · receive · effects · resolve · reply
        the app's:        inner · start · feed · finish · close

Nothing here does I/O, reads a clock, draws randomness or logs: `now` and `entropy` come in, effects
and notices go out. A driver translates, runs the effects on the store, and logs the notices.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import Any
from urllib.parse import quote

import jinja2

from consentkit import __version__
from consentkit.blocking import Blocker, Rules, compile_policy
from consentkit.bodies import FixedBody, RewrittenBody
from consentkit.consent.account import dump_account, parse_account, settle
from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.decision import Decided, decide
from consentkit.consent.effects import Effect
from consentkit.consent.mail_event import MailEvent
from consentkit.consent.place import field_names, parse_code, place_in
from consentkit.consent.precedence import NOWHERE_KNOWN, Situation
from consentkit.consent.record import Record, Source
from consentkit.consent.signals import gpc, sends_dnt
from consentkit.consent.situation import situation_of
from consentkit.consent.state import Consent
from consentkit.consent.state import grant as choices_of
from consentkit.endpoints import Answer, Endpoints
from consentkit.endpoints.answers import failure
from consentkit.errors import StoreError, UsageError
from consentkit.headers import caching, csp, links
from consentkit.headers.coding import decoder
from consentkit.headers.cookies import CookieGate
from consentkit.headers.treatment import Treatment, charset_of, may_be_page, treatment
from consentkit.headers.widen import is_strict_dynamic, script_nonce, widen
from consentkit.html.inert import Options
from consentkit.html.rewriter import Rewriter
from consentkit.html.urls import Url, matches_host, parse_url
from consentkit.http import NO_FACTS, PATH_CHARACTERS, Head, Headers, Request, Response, joined, without
from consentkit.notices import Notice
from consentkit.pages.inserter import PageInserter
from consentkit.pages.languages import PageLanguage
from consentkit.pages.render import Pages
from consentkit.pages.words import OwnTexts
from consentkit.policy.models import Policy
from consentkit.policy.widgets import embeds

CACHED_STATES = 256  # CSPs kept: more states than a site's visitors are in at a time
CACHED_TYPES = 256  # values of Content-Type whose nature is remembered: an app has some dozens
FRAMES = frozenset({"iframe", "frame", "fencedframe", "object", "embed"})  # their pages get no banner of their own
CSP_FIELDS = frozenset({"content-security-policy", "content-security-policy-report-only"})
CACHED_VISITORS = 1024
MAX_KEPT_COOKIES = 2048  # characters of Cookie fields that are kept: 2 MB at most
NOT_MODIFIED = 304
CONCERNING = links.HANDLED | {"set-cookie"}  # an answer without these that is no page goes as it is
UNREADABLE = "This page cannot be shown: it came in a form in which nobody could see whom it would contact."
STRICT_DYNAMIC = (
    "The app's Content-Security-Policy has 'strict-dynamic': as far as it is concerned, a script that it trusts may "
    'load others from any host. What keeps third parties away there is consentkit\'s own policy, csp = "enforce".'
)
_HOST = re.compile(r"[a-z0-9_.-]+(?::[0-9]{1,5})?|\[[0-9a-f:.]+\](?::[0-9]{1,5})?")  # nothing that ends a source


@dataclass(frozen=True, slots=True)
class Decision:
    """What an app gets that decides for its user: send the one, store the other first.

    Attributes:
        set_cookie: value of the Set-Cookie field to send.
        record: the proof, to be appended to the store before the cookie is sent (R180).
        consent: the state from now on.
        opted_out: the purposes that an opt-out ends and that this decision denied first (R49).
    """

    set_cookie: str
    record: Record
    consent: Consent
    opted_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Synced:
    """What an app gets that joins a visitor's decision with an account's.

    Attributes:
        decision: what to store and to send to the browser; None if nothing of it changes.
        account: what to keep with the account from now on; None as long as nobody decided anything.
        changed: whether other choices than before hold on this device, which the visitor has to be told (R27).
    """

    decision: Decision | None
    account: dict[str, Any] | None
    changed: bool


@dataclass(frozen=True, slots=True)
class Visitor:
    """What a request's cookies and signal say.

    Attributes:
        consent: the state.
        cookies: the Cookie field for the app, None without one.
        removed: the names that were taken out of it.
        until: POSIX seconds at which this has to be read anew.
    """

    consent: Consent
    cookies: str | None
    removed: Sequence[str]
    until: float


class ConsentKit:
    """One site's policy, ready to serve. Built once per process; immutable.

    Args:
        policy: the site's policy.
        secret: signs the consent cookie and the frames; at least 16 bytes, kept out of the repository.
        secret_fallbacks: former secrets, newest first; they verify and never sign.
        insecure_dev: for development over plain HTTP only: the cookie loses `Secure` and its prefix (R119).
        exempt_cookies: names (with `*`) of the framework's own session and CSRF cookies.
        readable_cookies: names (with `*`) of those that the page's scripts read: they are given no HttpOnly.
        policy_page: False if the app has a page of its own at the policy's `policy_path`.
        mail_events: called with a `MailEvent` when a reader who agreed to it opens a mail or follows a link in it.
        past_versions: former versions of the policy that records refer to: they stay readable at
            ``<policy page>/<version>``. The drivers take them from the archive.
        templates: a Jinja2 loader whose templates replace ours by name.
        texts: the owner's own words by key, in the policy's language; other languages' under their tags.

    Raises:
        UsageError: if the secret is missing or short, or a text cannot be used.
        PolicyError: if the policy cannot be compiled.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        secret: str | bytes,
        secret_fallbacks: Sequence[str | bytes] = (),
        insecure_dev: bool = False,
        exempt_cookies: Iterable[str] = (),
        readable_cookies: Iterable[str] = (),
        policy_page: bool = True,
        past_versions: Iterable[Policy] = (),
        mail_events: Callable[[MailEvent], object] | None = None,
        templates: jinja2.BaseLoader | None = None,
        texts: OwnTexts | None = None,
    ) -> None:
        secrets = (secret, *secret_fallbacks)
        csp.check_size(policy)
        self.policy = policy
        self._widgets = embeds(policy)
        self._options = dict[tuple[str, bool], Options]()
        self.insecure_dev = insecure_dev
        self.rules: Rules = compile_policy(policy)
        self.cookie = ConsentCookie(policy, secrets, insecure_dev=insecure_dev)
        self.gate = CookieGate(policy, exempt=exempt_cookies, readable=readable_cookies, own=self.cookie.name)
        self.pages = Pages(
            policy,
            secrets=secrets,
            templates=templates,
            texts=texts,
            insecure_dev=insecure_dev,
            cookie_name=self.cookie.name,
        )
        self.endpoints = Endpoints(
            policy,
            self.cookie,
            self.pages,
            policy_page=policy_page,
            secrets=secrets,
            past_versions=past_versions,
            mail_events=mail_events,
        )
        # What our own part of a page is made of besides policy and state: a new version makes new pages.
        self._fingerprint = " ".join((__version__, *sorted(self.pages.assets)))
        self._hashes = dict[tuple[str, str | None, int], str]()
        self._csp = dict[tuple[str, str], str]()
        self._blockers = dict[str, Blocker]()
        self._visitors = dict[tuple[str | None, str | None, Situation], Visitor]()
        self.nobody = Consent(policy)
        # What can make visitors differ besides their decisions and one signal; most sites have nothing of it.
        children = policy.minors is not None and policy.minors.audience == "children"
        self.situated = policy.regimes is not None or policy.dnt == "deny" or children
        dnt = ("DNT",) if policy.dnt == "deny" and policy.mode != "shared" else ()
        self.fields_asked = (*field_names(policy.regimes), *dnt)

    def open(self, request: Request, *, now: float, entropy: bytes | Callable[[], bytes]) -> Exchange:
        """Begins the exchange of one request.

        Args:
            request: its head.
            now: POSIX seconds.
            entropy: `ENTROPY_BYTES` random bytes, for this exchange alone; or what gives them, for most requests
                need none.
        """
        return Exchange(self, request, self._visitor(request, now), now, entropy)

    @property
    def own_addresses(self) -> tuple[frozenset[str], str]:
        """The paths that may be ours rather than the app's, and with what all others of ours begin."""
        return self.endpoints.paths, f"{self.pages.prefix}/"

    def consent(self, request: Request, *, now: float) -> Consent:
        """The visitor's state, as the request's cookie and signals tell it. Never raises."""
        return self._visitor(request, now).consent

    def _visitor(self, request: Request, now: float) -> Visitor:
        """Who asks. A browser sends the same cookies with each request of a page, so the reading of them is kept."""
        given, signal = request.header("cookie"), request.header("sec-gpc")
        situated = self.situated or request.facts is not NO_FACTS
        situation = self._situation(request) if situated else NOWHERE_KNOWN
        kept = self._visitors.get((given, signal, situation))
        if kept is not None and now < kept.until:
            return kept
        signalled = signal is not None and gpc(request.headers)
        consent = self.cookie.parse(given, gpc=signalled, now=now, situation=situation)
        visitor = Visitor(consent, *self.gate.incoming(given, consent), until=self.cookie.holds_until(given, consent))
        if len(given or "") + len(signal or "") <= MAX_KEPT_COOKIES:
            if len(self._visitors) >= CACHED_VISITORS:
                self._visitors.clear()
            self._visitors[given, signal, situation] = visitor
        return visitor

    def _situation(self, request: Request) -> Situation:
        """What is known of a visitor besides the decision."""
        policy, facts = self.policy, request.facts
        place = place_in(request.header, policy.regimes) if facts.place is None else parse_code(facts.place)
        dnt = policy.dnt == "deny" and sends_dnt(request.headers)
        return situation_of(policy, place, minor=facts.minor, refused=facts.refused, dnt=dnt)

    def decide(
        self,
        request: Request,
        *,
        grant: Collection[str],
        now: float,
        entropy: bytes,
        source: Source = "api",
        language: str | None = None,
    ) -> Decision:
        """Decides for the visitor of a request: account settings, tests.

        Args:
            request: the visitor's; its cookie names the subject.
            grant: ids of the purposes and services granted, all others are denied; ``"*"`` grants all.
            now: POSIX seconds.
            entropy: `ENTROPY_BYTES` random bytes.
            source: by what means it was decided.
            language: BCP 47 tag of the texts shown, the policy's by default.

        Raises:
            UsageError: if `grant` names what the policy does not declare.
        """
        names = [p.id for p in self.policy.asked_purposes] if grant == "*" else list(grant)
        known = {p.id for p in self.policy.asked_purposes} | set(self.policy.services_by_id)
        if strangers := sorted(set(names) - known):
            message = f"cannot grant {', '.join(strangers)}: the policy asks for {', '.join(sorted(known))}"
            raise UsageError(message)
        before = self.consent(request, now=now)
        if names and before.minor:
            raise UsageError("this visitor is a minor: nothing can be granted; decide with grant=[]")
        decided = decide(
            before,
            choices_of(self.policy, names),
            now=now,
            entropy=entropy,
            source=source,
            text_hash=self.pages.text_hash_in(language),
            language=language or self.policy.language,
        )
        return Decision(self.cookie.dump(decided.consent), decided.record, decided.consent, decided.opted_out)

    def sync_account(
        self, request: Request, account: Mapping[str, Any] | None, *, now: float, entropy: bytes
    ) -> Synced:
        """Joins the visitor's decision with that of the account which is signed in (R27, R49).

        Args:
            request: the visitor's.
            account: what the last `Synced.account` of this account was; None if there was none.
            now: POSIX seconds.
            entropy: `ENTROPY_BYTES` random bytes.

        Raises:
            UsageError: if the policy's `account` is "none", or `account` is none of ours.
        """
        if self.policy.account == "none":
            raise UsageError('the policy does not say that decisions follow accounts: write account = "latest"')
        device = self.consent(request, now=now)
        kept = parse_account(account, device, now=now)
        settled = settle(device, kept, self.policy.account)
        subject = kept.consent.subject if kept else device.subject
        same = settled.choices == device.choices and settled.minor == device.minor_declared
        if same and subject == device.subject:
            # The device was ahead, or there is nothing to join.
            if account is not None and kept is not None and kept.consent.record_id == device.record_id:
                return Synced(None, dict(account), changed=False)
            return Synced(None, dump_account(device, changed_at=int(now), before=kept), changed=False)
        decided = decide(
            replace(device, subject=subject, record_id=kept.consent.record_id if kept else device.record_id),
            settled.choices,
            now=now,
            entropy=entropy,
            source="gpc" if settled.by_signal else "account",
            text_hash=self.pages.text_hash_in(None),
            language=self.policy.language,
            minor=settled.minor,
            answers=False,
        )
        # Joined, not renewed: what was decided then lasts from then (R16).
        consent = replace(decided.consent, since=settled.since)
        decision = Decision(self.cookie.dump(consent), decided.record, consent, decided.opted_out)
        return Synced(decision, dump_account(consent, changed_at=int(now), before=kept), changed=not same)

    def state_hash(self, consent: Consent, *, language: str | None = None, now: float = 0.0) -> str:
        """16 hexadecimal digits that differ whenever our part of a page may differ (R143)."""
        key = (consent.state_hash, language, self.pages.frames.period(now))  # of the addresses of frames in it
        kept = self._hashes.get(key)
        if kept is None:
            if len(self._hashes) >= CACHED_STATES:
                self._hashes.clear()
            made_of = f"{key[0]} {key[2]} {self.pages.text_hash_in(language)} {self._fingerprint}"
            kept = self._hashes[key] = hashlib.sha256(made_of.encode()).hexdigest()[:16]
        return kept

    def csp_for(self, consent: Consent, root_path: str = "") -> str:
        """The Content-Security-Policy for what was granted; empty where nothing is restricted."""
        key = (consent.state_hash, root_path)
        kept = self._csp.get(key)
        if kept is None:
            if len(self._csp) >= CACHED_STATES:
                self._csp.clear()
            report = self.report_url(root_path)
            kept = self._csp[key] = csp.content_security_policy(self.policy, consent, report=report)
        return kept

    def blocker_for(self, consent: Consent) -> Blocker:
        """What judges the pages of a visitor in this state; shared by all who are."""
        kept = self._blockers.get(consent.state_hash)
        if kept is None:
            if len(self._blockers) >= CACHED_STATES:
                self._blockers.clear()
            kept = self._blockers[consent.state_hash] = Blocker(self.rules, consent)
        return kept

    def options(self, folder: str, *, trusted_types: bool) -> Options:
        """How a page is read.

        Args:
            folder: our own, as a URL, which the page's policies in `meta` elements get room for; empty for none.
            trusted_types: whether no script may be given back by ours.
        """
        kept = self._options.get((folder, trusted_types))
        if kept is None:
            if len(self._options) >= CACHED_STATES:  # folders have the request's host in them
                self._options.clear()
            kept = self._options[folder, trusted_types] = Options(
                lazy=frozenset(self.policy.lazy_attributes),
                compat=frozenset(self.policy.compat),
                embeds=self._widgets,
                trusted_types=trusted_types,
                report=0,
                csp=partial(self.widened, folder=folder) if folder else None,
            )
        return kept

    def widened(self, value: str, *, folder: str) -> str:
        """A Content-Security-Policy of the app's with room for our script, style, forms and frames alone."""
        pages = self.pages
        return widen(value, source=folder, script_hashes=pages.script_hashes, inline_hash=pages.inline_hash)

    def note(self, notices: Iterable[Notice]) -> None:
        """Keeps notices for the development page; without `insecure_dev` there is none."""
        if self.endpoints.journal is not None:
            self.endpoints.journal.add(notices)

    def left(self) -> tuple[Effect, ...]:
        """The store work that is left when a process ends: the last counts of reports."""
        count = self.endpoints.reports.drain()
        return (count,) if count else ()

    def report_url(self, root_path: str) -> str:
        """Where browsers report to; empty if they shall not."""
        return self.pages.url(root_path, "report") if self.policy.csp_reports else ""


class Exchange:
    """One request and its answer. Made by `ConsentKit.open`; used once, by one driver.

    Attributes:
        visitor: what the request's cookies and signal say.
        consent: the visitor's state when the request came.
        notices: what is worth telling the owner; the driver drains it.
        body_limit: None if the app answers; otherwise an own endpoint answers, and the driver reads at
            most so many bytes of the request's body (and one more, to tell that there were more).
        inner: the request as the app shall see it.
        inner_needs_body: whether the answer's bytes have to pass `feed`, so that shortcuts of the
            server (``pathsend``, ``wsgi.file_wrapper``) must not be offered to the app.
        passthrough: after `start`: whether the body's bytes are to be sent as they are.
    """

    passthrough = True
    body_limit: int | None = None
    _answer: Answer | None = None
    _reply: Response | None = None
    _body: RewrittenBody | FixedBody | None = None
    _removed: Sequence[str] = ()
    _started = _fed = False

    def __init__(
        self, kit: ConsentKit, request: Request, visitor: Visitor, now: float, entropy: bytes | Callable[[], bytes]
    ) -> None:
        self._kit, self._request, self._now, self._entropy = kit, request, now, entropy
        self.visitor, self.consent = visitor, visitor.consent
        self.notices: list[Notice] = list(kit.cookie.notices)
        self._route = route = kit.endpoints.match(request)
        if route is not None:
            self.body_limit, self._inner = route.body_limit, request
            self.inner_needs_body = self._navigation = False
            return
        destination = request.header("sec-fetch-dest")
        accept = None if destination else request.header("accept")
        self.inner_needs_body = self._navigation = caching.asks_for_document(destination, accept)
        self._removed = visitor.removed
        changes = self._navigation or visitor.removed or request.has_any(caching.TAGGED)
        self._inner = self._made_inner(visitor.cookies) if changes else request

    # An own endpoint.

    def receive(self, body: bytes) -> None:
        """Takes the request's body, whole: for an own endpoint, once."""
        if self._route is None:
            raise UsageError("this request is the app's, it has no body for us; see `body_limit`")
        if self._answer is not None:
            raise UsageError("the request's body was received already; it decides once")
        self._answer = self._kit.endpoints.answer(
            self._route,
            self._request,
            self.consent,
            body,
            now=self._now,
            entropy=self._entropy if isinstance(self._entropy, bytes) else self._entropy(),
        )
        self.notices += self._answer.notices

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The store work to run now, in order; then call `resolve`."""
        if self._answer is None:
            raise UsageError("call `receive` with the request's body before asking for its effects")
        return self._answer.effects

    def resolve(self, results: Sequence[object] | StoreError) -> None:
        """Takes what the effects gave, one result each, or the error that ended them."""
        if self._answer is None:
            raise UsageError("call `receive` with the request's body before resolving its effects")
        self._reply = self._answer.finish(results)

    @property
    def reply(self) -> Response:
        """The answer of an own endpoint, after `resolve`."""
        if self._reply is None:
            raise UsageError("call `resolve` before asking for the reply")
        return self._reply

    @property
    def decided(self) -> Decided | None:
        """The decision that the effects prove, if the request made one; of use to the driver after `resolve`."""
        return None if self._answer is None else self._answer.decided

    # The app's answer.

    @property
    def inner(self) -> Request:
        """The request as the app shall see it: refused cookies gone, validators mapped back."""
        return self._inner

    def start(self, status: int, headers: Headers) -> Head:
        """Takes the head of the app's answer and gives the one to send.

        Before any byte was fed it may be called again, with the head of an error page that replaces the first.
        """
        if self._route is not None:
            raise UsageError("this request is not the app's: answer it with `reply`; see `body_limit`")
        if self._fed:
            raise UsageError("a head cannot follow the body's first bytes")
        self._started = True
        fields = {key.lower(): value for key, value in headers}
        if (
            CONCERNING.isdisjoint(fields)
            and len(fields) == len(headers)
            and status != NOT_MODIFIED
            and not self._removed
            and is_inert(fields.get("content-type"))
        ):
            self._body, self.passthrough = None, True
            return Head(status, headers)
        kit = self._kit
        if len(fields) != len(headers):
            fields = joined(headers)
        treated = treatment(self._request.method, status, fields.get, navigation=self._navigation)
        if kit.policy.no_transform == "honour" and caching.no_transform(headers):
            treated = Treatment.UNREADABLE if treated is Treatment.UNREADABLE else Treatment.PASS
        if treated is Treatment.UNREADABLE:
            self.notices.append(self._unreadable())
            if kit.policy.on_unreadable == "block":
                return self._refuse()
        if self._removed or "set-cookie" in fields:
            headers = self._cookies(headers)
        if not links.HANDLED.isdisjoint(fields):
            headers = links.filter_headers(headers, self._decider, url=self._url)
        head = Head(status, headers)
        self._body = self._rewriting(fields) if treated is Treatment.REWRITE else None
        self.passthrough = self._body is None
        return self._described(head, treated)

    def hint(self, headers: Headers) -> Headers:
        """Takes the fields of an interim answer (103, R160c) and gives those to send; also before `start`."""
        return links.filter_headers(headers, self._decider, url=self._url)

    def feed(self, data: bytes) -> bytes:
        """Takes bytes of the body and gives those that can leave now, perhaps none; after `close` none of a page."""
        if not self._started:
            raise UsageError("call `start` with the answer's head before feeding its body")
        if data:
            self._fed = True
        if self._body is None:
            return data if self.passthrough else b""
        return self._body.feed(data)

    def finish(self) -> bytes:
        """Ends the body and gives its last bytes."""
        last = b"" if self._body is None else self._body.finish()
        if isinstance(self._body, RewrittenBody) and self._body.error is not None:
            self.notices.append(self._unreadable())
        self.notices += self._kit.rules.notices()
        return last

    def close(self) -> None:
        """Lets go of what is held back: the visitor has gone, or the app failed, or all is done."""
        self._body = None

    # What these are made of.

    @cached_property
    def _shown(self) -> Consent:
        """Whose page it is. In shared mode every visitor gets the bytes of one who has not decided."""
        return self._kit.nobody if self._kit.policy.mode == "shared" else self.consent

    @cached_property
    def _decider(self) -> Blocker:
        return self._kit.blocker_for(self._shown)

    @cached_property
    def _state_hash(self) -> str:
        language = self._kit.pages.choose(None, self._request.header("accept-language"))
        return self._kit.state_hash(self._shown, language=language, now=self._now)

    @cached_property
    def _url(self) -> Url:
        """The page's URL, with a host of the policy's: the Host field selects among them and defines nothing."""
        request, sites = self._request, self._kit.policy.sites
        url = parse_url(request.url, None)
        if url is None or not any(matches_host(url.host, site) for site in sites):
            url = parse_url(f"{request.scheme}://{sites[0]}{request.target}", None)
        if url is None:
            raise UsageError(f"'{request.scheme}' is no scheme that a page is served by")
        return url

    def _made_inner(self, cookies: str | None) -> Request:
        request = self._request
        headers: Headers | None = None
        conditional = caching.is_conditional(request)
        if self._navigation or conditional:
            state = self._state_hash if conditional else ""
            headers = caching.request_headers(request.headers, navigation=self._navigation, state_hash=state)
        if self._removed:
            headers = without(request.headers if headers is None else headers, "cookie")
            if cookies is not None:
                headers = (*headers, ("Cookie", cookies))
        return request if headers is None else request.with_headers(headers)

    def _cookies(self, headers: Headers) -> Headers:
        """The app's cookies judged, and the refused ones of the visitor expired."""
        gate, request = self._kit.gate, self._request
        headers, notices = gate.outgoing(headers, self.consent, secure=request.scheme == "https", now=self._now)
        self.notices += notices
        # Not with scripts and pictures: a cookie in their answers would keep them out of every shared cache.
        if not self._removed or caching.is_subresource(request.header("sec-fetch-dest")):
            return headers
        secure, path = request.scheme == "https", quote(request.root_path + request.path, safe=PATH_CHARACTERS)
        expired = gate.expiries(self._removed, request.host, path=path, secure=secure, now=self._now)
        return (*headers, *(("Set-Cookie", value) for value in expired))

    def _rewriting(self, answered: Mapping[str, str]) -> RewrittenBody:
        request, kit = self._request, self._kit
        destination = request.header("sec-fetch-dest")
        language = PageLanguage(_one_language(answered.get("content-language")))
        trusted = answered.get("content-security-policy", "")
        inserter = PageInserter(
            kit.pages,
            self._shown,
            request.method,
            request.root_path,
            request.target,
            script_nonce(trusted) if kit.pages.effect == "activate" else None,
            # Where scripts are trusted by their hashes alone, nobody could tell which of them may be started.
            in_place=script_nonce(trusted) is not None or not is_strict_dynamic(trusted),
            accept_language=request.header("accept-language"),
            language=language,
            now=self._now,
            coep=answered.get("cross-origin-embedder-policy"),
            url=self._url.href,
        )
        rewriter = Rewriter(
            self._decider,
            url=self._url.href,
            charset=charset_of(answered.get("content-type")),
            inserter=inserter,
            document=False if destination in FRAMES else None,
            options=kit.options(self._folder, trusted_types=_requires_trusted_types(trusted)),
        )
        replacement = self._replacement if kit.policy.on_unreadable == "block" else None
        coding = answered.get("content-encoding")
        return RewrittenBody(rewriter, decoder(coding) if coding else None, replacement, language.feed)

    def _described(self, head: Head, treated: Treatment) -> Head:
        """The head with all that says how this answer depends on the visitor."""
        policy, headers, request = self._kit.policy, head.headers, self._request
        # A 304 seldom says of what: the tag that the visitor asked about does.
        revalidated = head.status == NOT_MODIFIED and caching.revalidates(request.headers, self._state_hash)
        is_page = treated is Treatment.REWRITE or (treated is Treatment.BODILESS and head.status != NOT_MODIFIED)
        rewritten = is_page or revalidated
        content_type = head.header("content-type")
        active = rewritten or csp.is_document_or_worker(content_type)
        if not active and not any(key.lower() == "set-cookie" for key, _ in headers):
            return head
        if rewritten:
            headers = self._with_options(self._widened(headers))
        shared = policy.mode == "shared"
        restricted = rewritten or csp.needs_policy(content_type, request.header("sec-fetch-dest"))
        field, value = csp.field_name(policy), self._kit.csp_for(self._shown, request.root_path) if restricted else ""
        if field and value:
            headers = (*headers, (field, value))
            if report := self._kit.report_url(request.root_path):
                headers = (*headers, csp.reporting_endpoint(report))
        headers = caching.response_headers(
            headers,
            head.status,
            rewritten=rewritten,
            state_hash=self._state_hash if rewritten else "",
            length=None,
            shared=shared,
            vary=self._chosen_by(active=active, rewritten=rewritten),
        )
        if field and value and not rewritten and not shared:
            headers = caching.private(caching.add_vary(headers, *caching.PER_VISITOR_VARY))
        return Head(head.status, headers)

    def _with_options(self, headers: Headers) -> Headers:
        """The fields that the policy gives to pages which the app sends without them (R172)."""
        policy, given = self._kit.policy, {name.lower() for name, _ in headers}
        options = (("Referrer-Policy", policy.referrer_policy), ("Permissions-Policy", policy.permissions_policy))
        return (*headers, *((name, value) for name, value in options if value and name.lower() not in given))

    def _chosen_by(self, *, active: bool, rewritten: bool) -> tuple[str, ...]:
        """Request fields besides cookie and signal that this answer depends on."""
        spoken = ("Accept-Language",) if rewritten and len(self._kit.pages.languages) > 1 else ()
        return ("Sec-Fetch-Dest", *spoken, *self._kit.fields_asked) if active else ()

    def _widened(self, headers: Headers) -> Headers:
        """The app's own policies with room for our script, style, forms and frames."""
        folder, kit = self._folder, self._kit
        if any(name.lower() in CSP_FIELDS and is_strict_dynamic(value) for name, value in headers):
            self.notices.append(Notice("strict-dynamic", "", STRICT_DYNAMIC))
        if not folder:
            return headers
        return tuple(
            [
                (name, kit.widened(value, folder=folder) if name.lower() in CSP_FIELDS else value)
                for name, value in headers
            ]
        )

    @cached_property
    def _folder(self) -> str:
        """Where our own parts of this page are, as a URL; empty if the app's policies are not to be widened by it."""
        request, kit = self._request, self._kit
        if not kit.policy.csp_widen or not _HOST.fullmatch(request.host):
            return ""
        return f"{request.scheme}://{request.host}{kit.pages.url(request.root_path)}/"

    def _unreadable(self) -> Notice:
        path, what_happens = self._request.path, self._kit.policy.on_unreadable
        message = (
            f"The page at {path} cannot be read, so nobody can see whom it contacts; what becomes of it is "
            f'`on_unreadable = "{what_happens}"`. Let the app send it whole, as text/html in an encoding like UTF-8, '
            "and uncompressed or in gzip, deflate, br or zstd (the last two with the extra [codings])."
        )
        return Notice("unreadable", path, message)

    def _replacement(self) -> bytes:
        request, pages = self._request, self._kit.pages
        language = pages.choose(None, request.header("accept-language"))
        return pages.error(500, UNREADABLE, root_path=request.root_path, language=language).encode()

    def _refuse(self) -> Head:
        """Our page in the place of one that cannot be read."""
        response = failure(500, UNREADABLE, self._request, self._kit.pages)
        self._body, self.passthrough = FixedBody(response.body), False
        return Head(response.status, response.headers)


@lru_cache(CACHED_TYPES)
def is_inert(content_type: str | None) -> bool:
    """Whether no browser makes a page, a document or a worker of it, whatever it was asked for."""
    return not (may_be_page(content_type) or csp.is_document_or_worker(content_type))


def _requires_trusted_types(policies: str) -> bool:
    """Whether a script's URL cannot be given back by our script, so that it has to stay (the type goes)."""
    return bool(policies) and "require-trusted-types-for" in policies.lower()


def _one_language(content_language: str | None) -> str | None:
    """The language of a page's readers; None where the field names several or none."""
    return content_language if content_language and "," not in content_language else None
