"""`Site`: what is made once of a policy, and what is kept for each state of consent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import jinja2

from consentkit.blocking import Blocker, Rules, compile_policy
from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.effects import Effect
from consentkit.consent.mail_event import MailEvent
from consentkit.consent.place import field_names
from consentkit.consent.state import Consent
from consentkit.endpoints import Endpoints
from consentkit.headers import csp
from consentkit.headers.cookies import CookieGate
from consentkit.headers.widen import widen
from consentkit.html.options import Options
from consentkit.http import Headers
from consentkit.notices import Notice
from consentkit.pages.render import Pages
from consentkit.pages.words import OwnTexts
from consentkit.policy.models import Policy
from consentkit.policy.widgets import embeds
from consentkit.visitors import Visitors
from consentkit.whole import KeptPages

CACHED_STATES = 256  # CSPs kept: more states than a site's visitors are in at a time
MAX_KEPT_FIELDS = 512  # characters of a page's own fields by which others are kept: more is no habit of an app


class Site:
    """The parts of one site, made from its policy. Immutable but for what it keeps.

    The arguments are those of `consentkit.kit.ConsentKit`.

    Attributes:
        release: of consentkit; another one makes other pages.
    """

    release = ""

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
        self._fingerprint = " ".join((self.release, *sorted(self.pages.assets)))
        self._hashes = dict[tuple[str, str | None, int], str]()
        self._csp = dict[tuple[str, str], Headers]()
        self._fields = dict[tuple[str, str, Headers], Headers]()
        self._blockers = dict[str, Blocker]()
        self.whole_pages, self.first_pieces = KeptPages(), KeptPages()
        self.visitors = Visitors(policy, self.cookie, self.gate)
        self.nobody = Consent(policy)
        dnt = ("DNT",) if policy.dnt == "deny" and policy.mode != "shared" else ()
        self.fields_asked = (*field_names(policy.regimes), *dnt)

    @property
    def situated(self) -> bool:
        """Whether something can make visitors differ besides their decisions and one signal."""
        return self.visitors.situated

    @property
    def own_addresses(self) -> tuple[frozenset[str], str]:
        """The paths that may be ours rather than the app's, and with what all others of ours begin."""
        return self.endpoints.paths, f"{self.pages.prefix}/"

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

    def csp_fields(self, consent: Consent, root_path: str = "") -> Headers:
        """The fields with the Content-Security-Policy for what was granted; none where nothing is restricted."""
        key = (consent.state_hash, root_path)
        kept = self._csp.get(key)
        if kept is None:
            if len(self._csp) >= CACHED_STATES:
                self._csp.clear()
            kept = self._csp[key] = self._csp_fields(consent, self.report_url(root_path))
        return kept

    def _csp_fields(self, consent: Consent, report: str) -> Headers:
        name = csp.field_name(self.policy)
        value = csp.content_security_policy(self.policy, consent, report=report) if name else ""
        if not name or not value:
            return ()
        return ((name, value), csp.reporting_endpoint(report)) if report else ((name, value),)

    def kept_fields(self, key: tuple[str, str, Headers], make: Callable[[], Headers]) -> Headers:
        """The fields that pages get which had the same ones of concern.

        Args:
            key: the hash of the state, where the app is mounted, and the page's own fields that are looked into.
            make: gives the fields for such a page.
        """
        kept = self._fields.get(key)
        if kept is None:
            kept = make()
            if sum(len(name) + len(value) for name, value in key[2]) <= MAX_KEPT_FIELDS:
                if len(self._fields) >= CACHED_STATES:
                    self._fields.clear()
                self._fields[key] = kept
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
