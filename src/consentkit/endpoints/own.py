"""What a visitor is told of their own decisions: the history, a receipt of each, and their erasure (R191).

Who asks is known by the subject in the signed consent cookie, and by nothing else: whoever has no such cookie has no
records here, and nobody can ask for another's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.effects import Erase, Find
from consentkit.consent.receipt import dump_receipt
from consentkit.consent.record import Record
from consentkit.consent.state import Consent
from consentkit.endpoints import answers
from consentkit.endpoints.answers import Answer
from consentkit.errors import StoreError, VisitorError
from consentkit.http import Headers, Request, Response
from consentkit.pages.render import Pages
from consentkit.policy.models import Policy

# Decisions on one page, newest first; the JSON form has all. Nobody decides more often who is no program.
SHOWN = 100

_PRIVATE: Headers = (answers.NO_STORE, ("Vary", "Cookie, Accept, Accept-Language"))


class OwnRecords:
    """The three endpoints of a visitor's own records.

    Args:
        pages: renders the history.
        cookie: deletes the decision together with its proof.
        secrets: newest first; they sign receipts.
        policy_of: the policy of a hash, if it is known.
    """

    def __init__(
        self,
        pages: Pages,
        cookie: ConsentCookie,
        secrets: Sequence[bytes | str],
        policy_of: Callable[[str], Policy | None],
    ) -> None:
        self._pages, self._cookie, self._secrets, self._policy_of = pages, cookie, secrets, policy_of

    def history(self, request: Request, consent: Consent, language: str) -> Answer:
        """Every record of the visitor, as a page or as JSON."""

        def show(found: Sequence[Record]) -> Response:
            if answers.wants_json(request):
                return answers.data({"records": [_plain(record) for record in found]}, headers=_PRIVATE)
            newest = found[::-1][:SHOWN]
            known = {r.policy_hash for r in newest if self._policy_of(r.policy_hash) is not None}
            body = self._pages.records(newest, known, root_path=request.root_path, language=language)
            return answers.page(body, self._pages.policy, headers=_PRIVATE)

        return self._found(request, consent, show)

    def receipt(self, request: Request, consent: Consent, record_id: str) -> Answer:
        """The signed receipt of one record of the visitor's, to be kept as a file."""

        def show(found: Sequence[Record]) -> Response:
            by_id = {record.record_id: record for record in found}
            record = by_id.get(record_id)
            if record is None:
                raise VisitorError(404, "No decision of yours has this number.")
            before = by_id.get(record.previous) if record.previous else None
            text = dump_receipt(record, self._secrets, before=before, policy=self._policy_of(record.policy_hash))
            name = ("Content-Disposition", f'attachment; filename="consent-receipt-{record.record_id}.json"')
            return answers.text(text, answers.JSON, (*_PRIVATE, name))

        return self._found(request, consent, show)

    def erase(self, request: Request, consent: Consent, *, clear_storage: bool) -> Answer:
        """Erases the visitor's records, and the decision with them: what nobody can prove may not be relied on."""
        pages = self._pages
        storage = ', "storage"' if clear_storage else ""
        headers = (
            ("Set-Cookie", self._cookie.expire()),
            answers.NO_STORE,
            ("Clear-Site-Data", f'"cache"{storage}'),
        )

        def finish(results: Sequence[object] | StoreError) -> Response:
            if isinstance(results, StoreError):
                return _store_failed(request, pages)
            if answers.wants_json(request):
                erased = results[0] if results else 0
                return answers.data({"erased": erased}, headers=headers)
            back = pages.url(request.root_path, "records")
            return Response(303, (("Location", back), ("Content-Length", "0"), *headers))

        return Answer((Erase(consent.subject),) if consent.subject else (), finish)

    def _found(self, request: Request, consent: Consent, show: Callable[[Sequence[Record]], Response]) -> Answer:
        """An answer made of the visitor's records, oldest first; of none where the visitor never decided."""

        def finish(results: Sequence[object] | StoreError) -> Response:
            if isinstance(results, StoreError):
                return _store_failed(request, self._pages)
            found = results[0] if results else ()
            records = [r for r in found if isinstance(r, Record)] if isinstance(found, Sequence) else []
            try:
                response = show(records)
            except VisitorError as error:
                response = answers.refusal(error, request, self._pages)
            return Response(response.status, response.headers) if request.method == "HEAD" else response

        return Answer((Find(consent.subject),) if consent.subject else (), finish)


def _store_failed(request: Request, pages: Pages) -> Response:
    language = pages.choose(None, request.header("accept-language"))
    message = pages.texts_in(language).plain("error.store")
    return answers.failure(503, message, request, pages, (("Retry-After", "5"),))


def _plain(record: Record) -> dict[str, object]:
    """A record for the visitor's programs: what is theirs, without what only the store needs."""
    return {
        "record_id": record.record_id,
        "at": record.time.isoformat(),
        "source": record.source,
        "choices": dict(record.choices),
        "services": {purpose: list(ids) for purpose, ids in record.services.items()},
        "policy_version": record.policy_version,
        "policy_hash": record.policy_hash,
        "text_hash": record.text_hash,
        "language": record.language,
        "regime": record.regime,
        "signals": list(record.signals),
        "previous": record.previous,
    }
