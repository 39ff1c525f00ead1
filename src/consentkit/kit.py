"""`ConsentKit`: the data flow, and nothing else.

    kit.open(request, now=…, entropy=…) ─► Exchange

Nothing here does I/O, reads a clock, draws randomness or logs: `now` and `entropy` come in, effects
and notices go out. A driver translates, runs the effects on the store, and logs the notices.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from consentkit import __version__
from consentkit.consent.account import dump_account, parse_account, settle
from consentkit.consent.decision import decide
from consentkit.consent.record import Record, Source
from consentkit.consent.state import Consent
from consentkit.consent.state import grant as choices_of
from consentkit.errors import UsageError
from consentkit.exchange import Exchange
from consentkit.http import Request
from consentkit.site import Site
from consentkit.visitors import Visitor

__all__ = ["ConsentKit", "Decision", "Exchange", "Synced", "Visitor"]


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


class ConsentKit(Site):
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

    release = __version__

    def open(self, request: Request, *, now: float, entropy: bytes | Callable[[], bytes]) -> Exchange:
        """Begins the exchange of one request.

        Args:
            request: its head.
            now: POSIX seconds.
            entropy: `ENTROPY_BYTES` random bytes, for this exchange alone; or what gives them, for most requests
                need none.
        """
        return Exchange(self, request, self.visitors.read(request, now), now, entropy)

    def consent(self, request: Request, *, now: float) -> Consent:
        """The visitor's state, as the request's cookie and signals tell it. Never raises."""
        return self.visitors.read(request, now).consent

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
