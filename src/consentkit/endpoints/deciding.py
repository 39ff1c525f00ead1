"""The endpoint of decisions: what a visitor says becomes a cookie and its proof, or a sentence why not (R1-R17)."""

from __future__ import annotations

from collections.abc import Sequence

from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.decision import decide
from consentkit.consent.effects import Append
from consentkit.consent.state import Consent
from consentkit.endpoints import answers, crosssite, decision
from consentkit.endpoints.answers import Answer
from consentkit.endpoints.call import Call
from consentkit.endpoints.state import told
from consentkit.errors import StoreError, VisitorError
from consentkit.http import Response
from consentkit.pages.render import Pages

MINOR = "What is optional is off for minors, and cannot be turned on. Nothing was changed."


class Deciding:
    """Answers decisions.

    Args:
        pages: whose texts were shown.
        cookie: writes the decision.
        clear_storage: whether a withdrawal of everything also empties the browser's storage for this site.
    """

    def __init__(self, pages: Pages, cookie: ConsentCookie, *, clear_storage: bool) -> None:
        self._pages, self._cookie, self._clear_storage = pages, cookie, clear_storage

    def answer(self, call: Call) -> Answer:
        """Makes the decision that the body tells.

        Raises:
            VisitorError: if it is none, or comes from another site, or could not be kept.
        """
        pages, request, before = self._pages, call.request, call.consent
        policy = pages.policy
        crosssite.check(request, policy.sites, insecure_dev=pages.insecure_dev)
        call.check_length("A decision")
        fields = decision.parse(request.header("content-type"), call.body)
        wanted = decision.wish(fields, policy, before, pages.languages)
        if not crosssite.keeps_cookies(request, insecure_dev=pages.insecure_dev):
            raise VisitorError(
                400,
                "Nothing was saved: this page came over plain HTTP, where browsers do not keep the cookie that would "
                "remember your decision. The site's owner serves it over HTTPS, or sets insecure_dev for development.",
            )
        if before.minor and wanted.grants:
            raise VisitorError(403, MINOR)
        decided = decide(
            before,
            wanted.choices,
            now=call.now,
            entropy=call.entropy,
            source=wanted.source,
            text_hash=pages.text_hash_in(wanted.language),
            language=wanted.language or pages.texts.language,
            noted=wanted.noted,
            minor=wanted.minor,
        )
        lost = bool(withdrawn(before, decided.consent))
        headers = [("Set-Cookie", self._cookie.dump(decided.consent)), answers.NO_STORE]
        if lost:
            headers.append(cleared(storage=self._clear_storage and not decided.consent.granted))
        # Where this endpoint itself is named as the way back, there is nothing to see.
        back = wanted.return_path or pages.home(request.root_path)
        if back.partition("?")[0] == pages.url(request.root_path, "decide"):
            back = pages.url(request.root_path, "preferences")

        def finish(results: Sequence[object] | StoreError) -> Response:
            if isinstance(results, StoreError):
                return answers.store_failed(request, pages, pages.texts_in(wanted.language))
            if answers.wants_json(request):
                return answers.data({**told(decided.consent, pages), "withdrawn": lost}, headers=tuple(headers))
            return answers.see_other(back, tuple(headers))

        return Answer((Append(decided.record),), finish, decided=decided)


def withdrawn(before: Consent, after: Consent) -> list[str]:
    """The ids of purposes and services that were allowed and no longer are."""
    return sorted(set(before.granted).difference(after.granted))


def cleared(*, storage: bool) -> tuple[str, str]:
    """The field that ends what a withdrawn script keeps: pages in the cache and, with `storage`, what it stored.

    Never cookies: that would delete the decision which comes with the same answer.
    """
    return ("Clear-Site-Data", '"cache", "storage"' if storage else '"cache"')
