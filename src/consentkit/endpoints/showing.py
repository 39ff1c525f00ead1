"""The endpoints that show something and change nothing: preferences, policy, state, frames, placeholders, assets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from consentkit.blocking import Blocker, Rules, compile_policy
from consentkit.consent.state import Consent
from consentkit.endpoints import answers, crosssite, query
from consentkit.endpoints.call import Call
from consentkit.endpoints.deciding import MINOR
from consentkit.endpoints.development import Journal
from consentkit.endpoints.past import PastVersions
from consentkit.endpoints.state import told
from consentkit.errors import VisitorError
from consentkit.html.decision import Kind, Resource
from consentkit.html.urls import parse_url
from consentkit.http import Headers, Request, Response
from consentkit.pages.render import Pages
from consentkit.pages.returning import safe_return
from consentkit.pages.schema import document_schema

ASSET_AGE = 31_536_000  # seconds: a year, for the name changes with the bytes
POLICY_AGE = 300  # seconds that a shared cache may keep the policy page without asking
POLICY_TYPES = (answers.HTML, answers.JSON, answers.MARKDOWN, answers.PLAIN)  # the first where Accept does not say

_PUBLIC = ("Cache-Control", f"public, max-age={POLICY_AGE}")
_STATE = ("Vary", "Cookie, Sec-GPC")
_SPOKEN_STATE = ("Vary", "Cookie, Sec-GPC, Accept-Language")


class Showing:
    """Shows what there is to see.

    Args:
        pages: of the policy in force.
        versions: of the policy, by hash.
        journal: what the development page tells, None where there is no such page.
    """

    def __init__(self, pages: Pages, versions: PastVersions, journal: Journal | None) -> None:
        self._pages, self._policy, self._versions, self._journal = pages, pages.policy, versions, journal
        self.by_name: Mapping[str, Callable[[Call], Response]] = {
            "preferences": self._preferences,
            "opt-out": self._opt_out,
            "state": self._state,
            "policy": self._policy_page,
            "version": self._version,
            "gpc": self._gpc,
            "development": self._development,
            "asset": self._asset,
            "frame": self._frame,
            "placeholder": self._placeholder,
            "nothing": self._nothing,
        }

    @cached_property
    def _rules(self) -> Rules:
        # Not those of the pages: whoever asks for placeholders of made-up hosts must not fill what these remember of
        # theirs. Made when first asked for, since few sites have scripts that add frames.
        return compile_policy(self._policy)

    # For the visitor.

    def _preferences(self, call: Call) -> Response:
        return self._own_page(call, self._pages.preferences)

    def _opt_out(self, call: Call) -> Response:
        return self._own_page(call, self._pages.opt_out)

    def _own_page(self, call: Call, render: Callable[..., str]) -> Response:
        root_path = call.request.root_path
        back = safe_return(query.single(call.request, "return") or "") or self._pages.home(root_path)
        body = render(call.consent, root_path=root_path, return_path=back, language=self.language(call.request))
        return answers.page(body, self._policy, headers=(answers.NO_STORE, _SPOKEN_STATE))

    def language(self, request: Request) -> str:
        """The language of a page of ours: that of the page which led here (`lang`), else the visitor's."""
        return self._pages.choose(query.single(request, "lang"), request.header("accept-language"))

    # The policy.

    def _policy_page(self, call: Call) -> Response:
        media_type = call.route.detail or answers.best(call.request, POLICY_TYPES)
        return self._policy_as(media_type, call.request, self._pages)

    def _version(self, call: Call) -> Response:
        media_type = answers.best(call.request, POLICY_TYPES)
        return self._policy_as(media_type, call.request, self._versions.pages(call.route.detail))

    def _policy_as(self, media_type: str, request: Request, pages: Pages) -> Response:
        headers = (_PUBLIC, ("Vary", "Accept, Accept-Language"))
        language = self.language(request)
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
            asked = query.fields(request)
            sort, services = (asked.get(name, [None])[-1] for name in ("sort", "services"))
            body = pages.policy_html(request.root_path, language=language, past=past, sort=sort, services=services)
            response = answers.page(body, self._policy, headers=headers)
        return answers.validated(request, response)

    # For scripts and programs.

    def _state(self, call: Call) -> Response:
        return answers.data(told(call.consent, self._pages), headers=(answers.NO_STORE, _STATE))

    def _gpc(self, call: Call) -> Response:
        """The statement that Global Privacy Control is honoured, and since when it has been made (R42)."""
        since = self._policy.gpc_statement
        statement = {"gpc": True, "lastUpdate": since.isoformat() if since else ""}
        return answers.validated(call.request, answers.data(statement, headers=(_PUBLIC,)))

    def _asset(self, call: Call) -> Response:
        asset = self._pages.assets[call.route.detail]
        headers = (
            ("Content-Type", asset.content_type),
            ("Content-Length", str(len(asset.body))),
            ("Cache-Control", f"public, max-age={ASSET_AGE}, immutable"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("ETag", asset.etag),
        )
        return answers.validated(call.request, Response(200, headers, asset.body))

    def _development(self, call: Call) -> Response:
        sections = [] if self._journal is None else self._journal.sections()
        body = self._pages.development(sections, call.consent, root_path=call.request.root_path)
        return answers.page(body, self._policy, headers=(answers.NO_STORE,))

    # Inside of pages.

    def _frame(self, call: Call) -> Response:
        if call.consent.minor:
            raise VisitorError(403, MINOR)
        if call.request.header("sec-fetch-site") not in {None, *crosssite.SITES_OF_OUR_OWN}:
            raise VisitorError(403, "This address shows content inside of this site's own pages only.")
        token = query.single(call.request, "t")
        frame = self._pages.frames.parse(token, now=call.now) if token is not None else None
        if frame is None:
            raise VisitorError(
                403, "This site did not give out this address, or did so too long ago: load the page anew."
            )
        document, csp = self._pages.frame(frame, root_path=call.request.root_path)
        return answers.framing(document, self._policy, csp=csp, coep=frame.coep)

    def _placeholder(self, call: Call) -> Response:
        """For what a script adds. It never leads to `/frame`: that shows only what the server found in a page."""
        request, consent = call.request, call.consent
        if request.header("sec-fetch-site") not in {None, *crosssite.SITES_OF_OUR_OWN}:
            raise VisitorError(403, "This address serves this site's own pages only.")
        url = parse_url(query.single(request, "url") or "", None)
        if url is None or url.scheme not in {"http", "https"}:
            raise VisitorError(400, "Send the frame's absolute address as `url`.")
        resource = Resource(url.href, url.host, url.path, Kind.FRAME, "", "src")
        block = Blocker(self._rules, consent).decide(resource)
        # It is a part of a page; opened by itself it is text and loads nothing.
        headers: Headers = (answers.NO_STORE, _SPOKEN_STATE, ("Content-Security-Policy", "default-src 'none'"))
        if block is None:
            return Response(204, headers)
        body = self._pages.placeholder(
            block,
            resource,
            {name: size for name in ("width", "height") if (size := query.single(request, name)) is not None},
            root_path=request.root_path,
            return_path=self._pages.home(request.root_path),
            language=self.language(request),
            minor_below=_adult_age(consent),
        )
        return answers.text(body, answers.HTML, headers)

    def _nothing(self, call: Call) -> Response:
        del call
        raise VisitorError(404, "There is nothing at this address.")


def _adult_age(consent: Consent) -> int | None:
    return consent.adult_age if consent.minor else None
