"""`Endpoints`: which request is ours, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs

from consentkit.blocking import Blocker, compile_policy
from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.decision import decide
from consentkit.consent.effects import Append
from consentkit.consent.state import Consent
from consentkit.endpoints import answers, crosssite, decision
from consentkit.endpoints.answers import Answer
from consentkit.endpoints.development import Journal
from consentkit.endpoints.mail import Listener, MailEndpoints
from consentkit.endpoints.own import OwnRecords
from consentkit.endpoints.past import PastVersions
from consentkit.endpoints.reports import Reports
from consentkit.endpoints.table import TABLE
from consentkit.errors import StoreError, VisitorError
from consentkit.html.decision import Kind, Resource
from consentkit.html.urls import parse_url
from consentkit.http import Request, Response
from consentkit.pages.render import Pages, granted_ids
from consentkit.pages.returning import safe_return
from consentkit.pages.schema import document_schema
from consentkit.policy.models import Policy

MAX_QUERY = 8_192  # bytes of a query string that are read
ASSET_AGE = 31_536_000  # seconds: a year, for the name changes with the bytes
MINOR = "What is optional is off for minors, and cannot be turned on. Nothing was changed."
POLICY_TYPES = (answers.HTML, answers.JSON, answers.MARKDOWN, answers.PLAIN)  # the first where Accept does not say
GPC_PATH = "/.well-known/gpc.json"
POLICY_AGE = 300  # seconds that a shared cache may keep the policy page without asking


@dataclass(frozen=True, slots=True)
class Route:
    """A request of ours.

    Attributes:
        name: which endpoint: decide, preferences, opt-out, state, records, receipt, erase, policy, version, frame,
            report, asset, mail-unsubscribe and other names of `endpoints.mail`, or nothing.
        detail: the asset's name, the policy's media type, the hash of a version.
        methods: what may be done there.
        body_limit: bytes of the body to read at most, and one more, to tell that there were more.
    """

    name: str
    detail: str = ""
    methods: tuple[str, ...] = ("GET", "HEAD")
    body_limit: int = 0


class Endpoints:
    """The endpoints of one policy. Immutable but for what `reports` counts; safe to share between threads.

    Args:
        policy: the policy in force.
        cookie: writes the decision.
        pages: renders what is shown.
        clear_storage: whether a withdrawal of everything also empties the browser's storage for this site
            (local storage, databases, service workers): the only way to end what a withdrawn script kept there.
        policy_page: whether the page at the policy's `policy_path` is ours; otherwise the app has one there.
        secrets: newest first; they sign receipts and the links in mails.
        past_versions: former versions of the policy, which stay readable.
        mail_events: told what readers who agreed to it do with mails.
    """

    def __init__(
        self,
        policy: Policy,
        cookie: ConsentCookie,
        pages: Pages,
        *,
        clear_storage: bool = True,
        policy_page: bool = True,
        secrets: Sequence[bytes | str] = (),
        past_versions: Iterable[Policy] = (),
        mail_events: Listener | None = None,
    ) -> None:
        self._policy, self._cookie, self._pages, self._clear_storage = policy, cookie, pages, clear_storage
        prefix = pages.prefix
        self._prefix = prefix + "/"
        self.reports = Reports(policy)
        self._versions = PastVersions(pages, past_versions)
        self._own = OwnRecords(pages, cookie, secrets, self._versions.policy)
        self._mail = MailEndpoints(policy, pages, secrets, mail_events)
        self._routes = dict[str, Route]()
        for address in TABLE:
            route = Route(address.name, address.media_type, address.methods, address.body_limit)
            if address.name == "asset":
                for name in pages.assets:
                    self._routes[f"{prefix}/{name}"] = replace(route, detail=name)
                continue
            if address.name == "version":
                for name, digest in self._versions.names.items():
                    for folder in (f"{prefix}/policy", policy.policy_path or f"{prefix}/policy"):
                        self._routes[f"{folder}/{name}"] = replace(route, detail=digest)
                continue
            self._routes[prefix + address.path] = route
            if address.name == "policy" and policy.policy_path is not None:
                self._routes[policy.policy_path + address.path.removeprefix("/policy")] = route
        if policy.policy_path is not None and not policy_page:
            del self._routes[policy.policy_path]
        if policy.gpc_statement is not None:
            self._routes[GPC_PATH] = Route("gpc")
        # Not in the table, since it is none of a site's addresses: see `development`.
        self.journal: Journal | None = None
        if pages.insecure_dev:
            self.journal = Journal()
            self._routes[f"{prefix}/development"] = Route("development")
        self._rules = compile_policy(policy)
        self._decide_path = f"{prefix}/decide"

    def match(self, request: Request) -> Route | None:
        """The route of a request that is ours, None for the app's. Paths are compared as they are."""
        route = self._routes.get(request.path)
        if route is None and request.path.startswith(self._prefix):
            return Route("nothing")
        # What is well known of a host stands at its root (RFC 8615 §3): of an app below it, that is somebody else's.
        return None if route is not None and route.name == "gpc" and request.root_path else route

    def answer(
        self, route: Route, request: Request, consent: Consent, body: bytes, *, now: float, entropy: bytes
    ) -> Answer:
        """Answers a request.

        Args:
            route: from `match`.
            request: the request.
            consent: the visitor's state.
            body: at most `route.body_limit` bytes, or one more if there were more.
            now: POSIX seconds.
            entropy: `ENTROPY_BYTES` random bytes.
        """
        try:
            _check_method(route, request)
            if route.name == "decide":
                return self._decide(route, request, consent, body, now, entropy)
            if route.name == "report":
                return self._report(route, request, body, now)
            if route.name in {"records", "receipt", "erase"}:
                return self._own_records(route, request, consent, body)
            if route.name.startswith("mail-"):
                _check_length(route, request, body, "This form")
                return self._mail.answer(route.name, request, body, now=now, entropy=entropy)
            if route.name == "frame":
                return self._plain(request, self._frame(request, consent, now))
            shows: dict[str, Callable[[Route, Request, Consent], Response]] = {
                "preferences": self._preferences,
                "opt-out": self._opt_out,
                "state": self._state,
                "policy": self._policy_page,
                "version": self._version,
                "gpc": self._gpc,
                "development": self._development,
                "asset": self._asset,
                "placeholder": self._placeholder,
                "nothing": self._nothing,
            }
            return self._plain(request, shows[route.name](route, request, consent))
        except VisitorError as error:
            return self._plain(request, answers.refusal(error, request, self._pages))

    def _plain(self, request: Request, response: Response) -> Answer:
        if request.method == "HEAD":
            response = Response(response.status, response.headers)
        return Answer((), lambda _: response)

    # Deciding.

    def _decide(
        self, route: Route, request: Request, consent: Consent, body: bytes, now: float, entropy: bytes
    ) -> Answer:
        pages, policy = self._pages, self._policy
        crosssite.check(request, policy.sites, insecure_dev=pages.insecure_dev)
        _check_length(route, request, body, "A decision")
        fields = decision.parse(request.header("content-type"), body)
        wanted = decision.wish(fields, policy, consent, pages.languages)
        if not crosssite.keeps_cookies(request, insecure_dev=pages.insecure_dev):
            raise VisitorError(
                400,
                "Nothing was saved: this page came over plain HTTP, where browsers do not keep the cookie that would "
                "remember your decision. The site's owner serves it over HTTPS, or sets insecure_dev for development.",
            )
        if consent.minor and wanted.grants:
            raise VisitorError(403, MINOR)
        decided = decide(
            consent,
            wanted.choices,
            now=now,
            entropy=entropy,
            source=wanted.source,
            text_hash=pages.text_hash_in(wanted.language),
            language=wanted.language or pages.texts.language,
            noted=wanted.noted,
            minor=wanted.minor,
        )
        headers = [("Set-Cookie", self._cookie.dump(decided.consent)), answers.NO_STORE]
        lost = bool(withdrawn(consent, decided.consent))
        if lost:
            nothing_left = not granted_ids(decided.consent)
            storage = ', "storage"' if nothing_left and self._clear_storage else ""
            headers.append(("Clear-Site-Data", f'"cache"{storage}'))
        # Where this endpoint itself is named as the way back, there is nothing to see.
        back = wanted.return_path or pages.url(request.root_path).removesuffix(pages.prefix) + "/"
        if back.partition("?")[0] == pages.url(request.root_path, "decide"):
            back = pages.url(request.root_path, "preferences")

        def finish(results: Sequence[object] | StoreError) -> Response:
            if isinstance(results, StoreError):
                message = pages.texts_in(wanted.language).plain("error.store")
                return answers.failure(503, message, request, pages, (("Retry-After", "5"),))
            if answers.wants_json(request):
                return answers.data({**self._told(decided.consent), "withdrawn": lost}, headers=tuple(headers))
            return Response(303, (("Location", back), ("Content-Length", "0"), *headers))

        return Answer((Append(decided.record),), finish, decided=decided)

    # The visitor's own records.

    def _own_records(self, route: Route, request: Request, consent: Consent, body: bytes) -> Answer:
        if route.name == "records":
            return self._own.history(request, consent, self._language(request))
        if route.name == "receipt":
            return self._own.receipt(request, consent, _query(request).get("id", [""])[0])
        crosssite.check(request, self._policy.sites, insecure_dev=self._pages.insecure_dev)
        _check_length(route, request, body, "An erasure")
        return self._own.erase(request, consent, clear_storage=self._clear_storage)

    # Counting.

    def _report(self, route: Route, request: Request, body: bytes, now: float) -> Answer:
        _check_length(route, request, body, "A delivery of reports")
        count, notices = self.reports.receive(answers.media_type(request), body, now=now)

        def finish(results: Sequence[object] | StoreError) -> Response:
            if isinstance(results, StoreError) and count is not None:
                self.reports.give_back(count)  # nothing that the browser could mend
            return Response(204, (answers.NO_STORE,))

        return Answer((count,) if count else (), finish, tuple(notices))

    # Showing.

    def _preferences(self, route: Route, request: Request, consent: Consent) -> Response:
        del route
        query = _query(request)
        home = self._pages.url(request.root_path).removesuffix(self._pages.prefix) + "/"
        back = safe_return(query["return"][0]) if len(query.get("return", ())) == 1 else None
        body = self._pages.preferences(
            consent, root_path=request.root_path, return_path=back or home, language=self._language(request)
        )
        return answers.page(
            body, self._policy, headers=(answers.NO_STORE, ("Vary", "Cookie, Sec-GPC, Accept-Language"))
        )

    def _opt_out(self, route: Route, request: Request, consent: Consent) -> Response:
        del route
        query = _query(request)
        home = self._pages.url(request.root_path).removesuffix(self._pages.prefix) + "/"
        back = safe_return(query["return"][0]) if len(query.get("return", ())) == 1 else None
        body = self._pages.opt_out(
            consent, root_path=request.root_path, return_path=back or home, language=self._language(request)
        )
        return answers.page(
            body, self._policy, headers=(answers.NO_STORE, ("Vary", "Cookie, Sec-GPC, Accept-Language"))
        )

    def _state(self, route: Route, request: Request, consent: Consent) -> Response:
        del route, request
        return answers.data(self._told(consent), headers=(answers.NO_STORE, ("Vary", "Cookie, Sec-GPC")))

    def _told(self, consent: Consent) -> dict[str, Any]:
        """The state, and what the scripts of vendors are to be told of it."""
        signals = self._pages.signals
        return {**state(consent), **({"signals": signals.changed(consent)} if signals else {})}

    def _policy_page(self, route: Route, request: Request, consent: Consent) -> Response:
        del consent
        media_type = route.detail or answers.best(request, POLICY_TYPES)
        return self._policy_as(media_type, request, self._pages)

    def _version(self, route: Route, request: Request, consent: Consent) -> Response:
        del consent
        media_type = answers.best(request, POLICY_TYPES)
        return self._policy_as(media_type, request, self._versions.pages(route.detail))

    def _policy_as(self, media_type: str, request: Request, pages: Pages) -> Response:
        headers = (("Cache-Control", f"public, max-age={POLICY_AGE}"), ("Vary", "Accept, Accept-Language"))
        language = self._language(request)
        if media_type == answers.JSON:
            response = answers.text(pages.policy_json() + "\n", answers.JSON, headers)
        elif media_type == answers.MARKDOWN:
            response = answers.text(pages.policy_markdown(language), answers.MARKDOWN, headers)
        elif media_type == answers.PLAIN:
            response = answers.text(pages.policy_plain(language), answers.PLAIN, headers)
        elif media_type == answers.SCHEMA:
            response = answers.text(document_schema(), answers.SCHEMA, headers)
        else:
            past = pages is not self._pages
            query = _query(request)
            sort, services = (query.get(name, [None])[-1] for name in ("sort", "services"))
            body = pages.policy_html(request.root_path, language=language, past=past, sort=sort, services=services)
            response = answers.page(body, self._policy, headers=headers)
        return answers.validated(request, response)

    def _gpc(self, route: Route, request: Request, consent: Consent) -> Response:
        """The statement that Global Privacy Control is honoured, and since when it has been made (R42)."""
        del route, consent
        since = self._policy.gpc_statement
        statement = {"gpc": True, "lastUpdate": since.isoformat() if since else ""}
        headers = (("Cache-Control", f"public, max-age={POLICY_AGE}"),)
        return answers.validated(request, answers.data(statement, headers=headers))

    def _language(self, request: Request) -> str:
        """The language of a page of ours: that of the page which led here (`lang`), else the visitor's."""
        asked = _query(request).get("lang", ())
        return self._pages.choose(asked[0] if len(asked) == 1 else None, request.header("accept-language"))

    def _frame(self, request: Request, consent: Consent, now: float) -> Response:
        if consent.minor:
            raise VisitorError(403, MINOR)
        if request.header("sec-fetch-site") not in {None, *crosssite.SITES_OF_OUR_OWN}:
            raise VisitorError(403, "This address shows content inside of this site's own pages only.")
        tokens = _query(request).get("t", [])
        frame = self._pages.frames.parse(tokens[0], now=now) if len(tokens) == 1 else None
        if frame is None:
            raise VisitorError(
                403, "This site did not give out this address, or did so too long ago: load the page anew."
            )
        document, csp = self._pages.frame(frame, root_path=request.root_path)
        return answers.framing(document, self._policy, csp=csp, coep=frame.coep)

    def _development(self, route: Route, request: Request, consent: Consent) -> Response:
        del route
        sections = [] if self.journal is None else self.journal.sections()
        body = self._pages.development(sections, consent, root_path=request.root_path)
        return answers.page(body, self._policy, headers=(answers.NO_STORE,))

    def _placeholder(self, route: Route, request: Request, consent: Consent) -> Response:
        """For what a script adds. It never leads to `/frame`: that shows only what the server found in a page."""
        del route
        if request.header("sec-fetch-site") not in {None, *crosssite.SITES_OF_OUR_OWN}:
            raise VisitorError(403, "This address serves this site's own pages only.")
        query = {name: values[0] for name, values in _query(request).items() if len(values) == 1}
        url = parse_url(query.get("url", ""), None)
        if url is None or url.scheme not in {"http", "https"}:
            raise VisitorError(400, "Send the frame's absolute address as `url`.")
        resource = Resource(url.href, url.host, url.path, Kind.FRAME, "", "src")
        block = Blocker(self._rules, consent).decide(resource)
        room: dict[str, str] = {name: value for name, value in query.items() if name in {"width", "height"}}
        headers = (answers.NO_STORE, ("Vary", "Cookie, Sec-GPC, Accept-Language"))
        body = block and self._pages.placeholder(
            block,
            resource,
            room,
            root_path=request.root_path,
            return_path=self._pages.url(request.root_path).removesuffix(self._pages.prefix) + "/",
            language=self._language(request),
            minor_below=consent.adult_age if consent.minor else None,
        )
        return answers.text(body, answers.HTML, headers) if body else Response(204, headers)

    def _asset(self, route: Route, request: Request, consent: Consent) -> Response:
        del consent
        asset = self._pages.assets[route.detail]
        headers = (
            ("Content-Type", asset.content_type),
            ("Content-Length", str(len(asset.body))),
            ("Cache-Control", f"public, max-age={ASSET_AGE}, immutable"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("ETag", asset.etag),
        )
        return answers.validated(request, Response(200, headers, asset.body))

    def _nothing(self, route: Route, request: Request, consent: Consent) -> Response:
        del route, request, consent
        raise VisitorError(404, "There is nothing at this address.")


def state(consent: Consent) -> dict[str, Any]:
    """A visitor's state for the client script."""
    policy = consent.policy
    return {
        "state": consent.state_hash,
        "granted": granted_ids(consent),
        "undecided": list(consent.undecided),
        "decided_at": consent.decided_at,
        "gpc": consent.gpc,
        "regime": consent.situation.regime.id,
        "in_use": list(consent.in_use),
        "opted_out": consent.opted_out,
        "minor": consent.minor,
        "policy": {"version": policy.version, "hash": policy.hash},
        "purposes": {purpose.id: consent.allows(purpose.id) for purpose in policy.all_purposes},
        "services": {service.id: consent.allows_service(service.id) for service in policy.services},
    }


def withdrawn(before: Consent, after: Consent) -> list[str]:
    """The ids of purposes and services that were allowed and no longer are."""
    return sorted(set(granted_ids(before)).difference(granted_ids(after)))


def _check_method(route: Route, request: Request) -> None:
    if route.name != "nothing" and request.method not in route.methods:
        allowed = ", ".join(route.methods)
        raise VisitorError(405, f"This address takes {allowed} only.", [("Allow", allowed)])


def _check_length(route: Route, request: Request, body: bytes, what: str) -> None:
    if len(body) > route.body_limit or _announced(request) > route.body_limit:
        raise VisitorError(413, f"{what} has at most {route.body_limit} bytes.")


def _query(request: Request) -> dict[str, list[str]]:
    # Latin-1 text holds any bytes that a server lets through; parse_qs replaces what is no UTF-8.
    try:
        return parse_qs(request.query[:MAX_QUERY], max_num_fields=16)
    except ValueError:
        return {}


def _announced(request: Request) -> int:
    length = request.header("content-length") or ""
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0
