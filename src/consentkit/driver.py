"""What the drivers share: a kit and a store from what the caller gave, a clock, entropy, and the log.

The core reads no clock and logs nothing (see `consentkit.kit`); `Driver` does it for WSGI and ASGI alike.
"""

from __future__ import annotations

import atexit
import difflib
import inspect
import logging
import os
import secrets
import time
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

from consentkit.consent.decision import ENTROPY_BYTES, Decided
from consentkit.consent.record import Source
from consentkit.errors import StoreError, UsageError
from consentkit.http import Facts, Headers, Request, Response
from consentkit.kit import ConsentKit, Decision, Exchange, Synced
from consentkit.notice_log import NoticeLog
from consentkit.passing import Passing
from consentkit.policy.models import Policy
from consentkit.proxies import behind_proxies, hops_of
from consentkit.records.open import open_archive, open_spooling, open_store
from consentkit.records.store import AsyncStore, Store, is_async, perform

logger = logging.getLogger("consentkit")

# What a driver takes beside the kit's arguments: a misspelt one may have meant one of these.
_OWN_OPTIONS = ("records", "kit", "archive", "trusted_proxies", "place", "minor", "signal", "on_opt_out")


class Driver:
    """One site's kit and store, as a middleware uses them.

    Args:
        kit: the kit, if the caller built one.
        policy: otherwise the policy, or the file or mapping it is loaded from.
        secret: and the secret (see `ConsentKit`).
        records: the store, the path of its SQLite file, or None for the default file.
        options: further arguments of `ConsentKit`; `archive`, the folder in which every policy and text that
            records refer to is kept (`open_archive`; beside the SQLite file unless told; False for none); and
            `trusted_proxies`: how many proxies of the owner's stand before this server and each add to
            ``X-Forwarded-Proto``, ``X-Forwarded-Host`` and ``X-Forwarded-For``. 0, the default, believes nothing that
            is forwarded: anybody can send such fields. What is known of a visitor is asked of three callables, each of
            which is given the `Request`, on every request, and has to be quick: `place` gives the ISO 3166 code of
            where the visitor is (``"US-CA"``; None for nowhere known), `minor` whether the visitor is a minor, or the
            age (None if nobody knows), `signal` whether a signal of another kind refuses what is optional. One that
            fails is logged, and taken for the answer that grants least. `on_opt_out` is called with the subject and the
            source of each decision that opts out, after its proof is stored (R49).

    Raises:
        PolicyError: if the policy cannot be used.
        StoreError: if the store cannot be opened.
        UsageError: if both or neither of a kit and a policy are given, or the secret is missing.
    """

    def __init__(
        self,
        kit: ConsentKit | None,
        policy: Policy | Mapping[str, Any] | str | os.PathLike[str] | None,
        secret: str | bytes | None,
        records: Store | AsyncStore | str | os.PathLike[str] | None,
        options: Mapping[str, Any],
    ) -> None:
        options = dict(options)
        self._proxies = hops_of(options.pop("trusted_proxies", 0))
        self._tell_place: Callable[[Request], str | None] | None = options.pop("place", None)
        self._tell_minor: Callable[[Request], bool | int | None] | None = options.pop("minor", None)
        self._tell_signal: Callable[[Request], bool] | None = options.pop("signal", None)
        self._on_opt_out: Callable[[str, str], object] | None = options.pop("on_opt_out", None)
        self._tells = (self._tell_place, self._tell_minor, self._tell_signal) != (None, None, None)
        archive = open_archive(options.pop("archive", None), records)
        if kit is None:
            if archive is not None:
                options.setdefault("past_versions", archive.policies())
            kit = _build(policy, secret, options)
        elif policy is not None or secret is not None or options:
            given = [name for name, value in (("policy", policy), ("secret", secret)) if value is not None]
            raise UsageError(
                f"give either `kit` or {', '.join([*given, *options])}: a kit already has its policy and secret"
            )
        if self._tell_minor is not None and (kit.policy.minors is None or kit.policy.minors.mode != "signal"):
            raise UsageError(
                'the app tells who is a minor, and the policy does not say so: write [minors] mode = "signal"'
            )
        self.kit = kit
        if archive is not None:  # before the first record that names them
            archive.keep(kit.policy, *(kit.pages.texts_shown(language) for language in kit.pages.languages))
        self.store = open_spooling(records) if kit.policy.on_store_failure == "spool" else open_store(records)
        self.passing = Passing(kit, told=self._tells)
        self.notices = NoticeLog()
        atexit.register(_flush, weakref.ref(self))

    def seen(self, request: Request) -> Request:
        """The request as the visitor's browser sent it, as far as proxies are trusted to tell."""
        if self._proxies:
            request = behind_proxies(request, self._proxies)
        return request.replaced(facts=self._facts(request)) if self._tells else request

    def _facts(self, request: Request) -> Facts:
        """What the app knows of the visitor; of what fails, the answer that grants least."""
        place = _asked(self._tell_place, request, None, "place")
        return Facts(
            place=None if self._tell_place is None else place or "",
            minor=_asked(self._tell_minor, request, True, "minor"),
            refused=bool(_asked(self._tell_signal, request, True, "signal")),
        )

    def stored(self, decided: Decided | Decision | None) -> None:
        """Tells the app of a decision whose proof is stored, if it opts out (R49)."""
        if decided is None or not decided.opted_out or self._on_opt_out is None:
            return
        try:
            self._on_opt_out(decided.record.subject, decided.record.source)
        except Exception:  # the visitor's decision holds all the same
            logger.exception("The app's on_opt_out failed for subject %s", decided.record.subject)

    def open(self, request: Request) -> Exchange:
        """Begins the exchange of one request, now."""
        return self.kit.open(request, now=time.time(), entropy=_entropy)

    def decide(self, request: Request, grant: Iterable[str], source: Source, language: str | None) -> Decision:
        """What the kit decides for the visitor, now. The record is still to be appended."""
        names = grant if isinstance(grant, str) else tuple(grant)
        return self.kit.decide(
            request,
            grant=names,
            now=time.time(),
            entropy=_entropy(),
            source=source,
            language=language,
        )

    def sync_account(self, request: Request, account: Mapping[str, Any] | None) -> Synced:
        """What the kit makes of a device and an account, now. The record of it is still to be appended."""
        return self.kit.sync_account(request, account, now=time.time(), entropy=_entropy())

    def resolve(self, exchange: Exchange, results: Sequence[object] | StoreError) -> Response:
        """Gives the effects' results to an own endpoint's exchange, and takes its answer with the exact length."""
        if isinstance(results, StoreError):
            logger.error("The record store failed: %s", results)
        exchange.resolve(results)
        if not isinstance(results, StoreError):
            self.stored(exchange.decided)
        reply = exchange.reply
        headers, given = reply.headers, {name.lower() for name, _ in reply.headers}
        if reply.status not in {204, 304}:
            if "content-length" not in given:
                headers = (*headers, ("Content-Length", str(len(reply.body))))
            if "content-type" not in given:  # wsgiref.validate wants one also where the body is empty
                headers = (*headers, ("Content-Type", "text/plain; charset=utf-8"))
        return Response(reply.status, headers, reply.body)

    def flush(self) -> None:
        """Gives a plain store what is left, when the process ends. One that is awaited gets it before, from ASGI."""
        store = self.store
        if not is_async(store) and (effects := self.kit.left()):
            results = perform(cast("Store", store), effects)
            if isinstance(results, StoreError):
                logger.error("The last counts of reports were not stored: %s", results)

    def end(self, exchange: Exchange) -> None:
        """Ends an exchange, however it went, and tells its notices."""
        exchange.close()
        if exchange.notices:
            self.notices.tell(exchange.notices)
            self.kit.note(exchange.notices)
            exchange.notices.clear()


def _asked(tell: Callable[[Request], Any] | None, request: Request, failed: object, name: str) -> Any:
    if tell is None:
        return None
    try:
        return tell(request)
    except Exception:  # whatever it is, a visitor is served, with the least granted
        logger.exception("The app's `%s` failed; the visitor is taken for one of whom the least is allowed", name)
        return failed


def phrase(status: int) -> str:
    """The status with its reason phrase."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def cut_short() -> Response:
    """The answer to a request whose body ended early: nothing was decided by half of it."""
    body = b"The request ended before its body was complete. Nothing was decided; please send it again."
    headers: Headers = (
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
    )
    return Response(400, headers, body)


def _flush(driver: weakref.ref[Driver]) -> None:
    """Flushes a driver that is still in use."""
    if (used := driver()) is not None:
        used.flush()


def _entropy() -> bytes:
    return secrets.token_bytes(ENTROPY_BYTES)


def _build(
    policy: Policy | Mapping[str, Any] | str | os.PathLike[str] | None,
    secret: str | bytes | None,
    options: Mapping[str, Any],
) -> ConsentKit:
    if policy is None:
        raise UsageError("give `policy` (a Policy, or the path of its TOML file) and `secret`, or a `kit`")
    if secret is None:
        raise UsageError(
            "give `secret`, which signs the consent cookie: at least 16 random bytes, kept out of the repository, "
            "such as python -c 'import secrets; print(secrets.token_urlsafe())' prints"
        )
    known = [*inspect.signature(ConsentKit).parameters, *_OWN_OPTIONS]
    for name in options:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            meant = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(known)}"
            raise UsageError(f"no argument is called `{name}`: {meant}")
    loaded = policy if isinstance(policy, Policy) else Policy.load(policy)
    return ConsentKit(loaded, secret=secret, **options)
