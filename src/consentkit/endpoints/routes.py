"""`Endpoints`: which request is ours, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.state import Consent
from consentkit.endpoints import answers
from consentkit.endpoints.answers import Answer
from consentkit.endpoints.call import Call, Route
from consentkit.endpoints.deciding import Deciding
from consentkit.endpoints.development import Journal
from consentkit.endpoints.mail import Listener, MailEndpoints
from consentkit.endpoints.own import OwnRecords
from consentkit.endpoints.past import PastVersions
from consentkit.endpoints.reports import Reports
from consentkit.endpoints.showing import Showing
from consentkit.endpoints.table import TABLE
from consentkit.errors import StoreError, VisitorError
from consentkit.http import Request, Response
from consentkit.pages.render import Pages
from consentkit.policy.models import Policy

GPC_PATH = "/.well-known/gpc.json"


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
        prefix = pages.prefix
        self._prefix, self._pages = prefix + "/", pages
        versions = PastVersions(pages, past_versions)
        # Not in the table, since it is none of a site's addresses: see `development`.
        self.journal: Journal | None = Journal() if pages.insecure_dev else None
        self.reports = Reports(policy)
        self._shows = Showing(pages, versions, self.journal).by_name
        mail = MailEndpoints(policy, pages, secrets, mail_events)
        own = OwnRecords(pages, cookie, secrets, versions.policy, clear_storage=clear_storage)
        self._acts: Mapping[str, Callable[[Call], Answer]] = {
            "decide": Deciding(pages, cookie, clear_storage=clear_storage).answer,
            "report": self._report,
            **own.by_name,
            **mail.by_name,
        }
        self._routes = _routes(policy, pages, versions, policy_page=policy_page)

    @property
    def paths(self) -> frozenset[str]:
        """Every path that may be ours."""
        return frozenset(self._routes)

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
        answer = self._answer(Call(route, request, consent, body, now, entropy))
        return _headless(answer) if request.method == "HEAD" else answer

    def _answer(self, call: Call) -> Answer:
        try:
            call.check_method()
            act = self._acts.get(call.route.name)
            if act is not None:
                return act(call)
            response = answers.unboosted(call.request, self._shows[call.route.name](call))
        except VisitorError as error:
            response = answers.refusal(error, call.request, self._pages)
        return answers.without_work(response)

    def _report(self, call: Call) -> Answer:
        call.check_length("A delivery of reports")
        count, notices = self.reports.receive(answers.media_type(call.request), call.body, now=call.now)

        def finish(results: Sequence[object] | StoreError) -> Response:
            if isinstance(results, StoreError) and count is not None:
                self.reports.give_back(count)  # nothing that the browser could mend
            return Response(204, (answers.NO_STORE,))

        return Answer((count,) if count else (), finish, tuple(notices))


def _routes(policy: Policy, pages: Pages, versions: PastVersions, *, policy_page: bool) -> dict[str, Route]:
    """Every path of ours: those of the table, and those that a policy or its development adds."""
    prefix, policy_path = pages.prefix, policy.policy_path
    routes = dict[str, Route]()
    for address in TABLE:
        route = Route(address.name, address.media_type, address.methods, address.body_limit)
        if address.name == "asset":
            routes |= {f"{prefix}/{name}": replace(route, detail=name) for name in pages.assets}
            continue
        if address.name == "version":
            for folder in (f"{prefix}/policy", policy_path or f"{prefix}/policy"):
                routes |= {f"{folder}/{name}": replace(route, detail=hash_) for name, hash_ in versions.names.items()}
            continue
        routes[prefix + address.path] = route
        if address.name == "policy" and policy_path is not None:
            routes[policy_path + address.path.removeprefix("/policy")] = route
    if policy_path is not None and not policy_page:
        del routes[policy_path]
    if policy.gpc_statement is not None:
        routes[GPC_PATH] = Route("gpc")
    if pages.insecure_dev:
        routes[f"{prefix}/development"] = Route("development")
    return routes


def _headless(answer: Answer) -> Answer:
    """The same without a body, as an answer to HEAD is (RFC 9110 §9.3.2): its head tells what GET's would."""

    def finish(results: Sequence[object] | StoreError) -> Response:
        response = answer.finish(results)
        return Response(response.status, response.headers)

    return replace(answer, finish=finish)
