"""What a visitor is told of their own decisions: the history, a receipt of each, and their erasure (R191).

Who asks is known by the subject in the signed consent cookie, and by nothing else: whoever has no such cookie has no
records here, and nobody can ask for another's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from consentkit.consent.cookie import ConsentCookie
from consentkit.consent.decision import Decided, decide
from consentkit.consent.effects import Append, Effect, Erase, Find
from consentkit.consent.receipt import dump_receipt
from consentkit.consent.record import Record
from consentkit.consent.state import DENIED, Consent
from consentkit.endpoints import answers, crosssite, query
from consentkit.endpoints.answers import Answer
from consentkit.endpoints.call import Call
from consentkit.endpoints.deciding import cleared
from consentkit.errors import StoreError, VisitorError
from consentkit.http import Headers, Response
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
        clear_storage: whether an erasure also empties the browser's storage for this site.

    Attributes:
        by_name: what answers, by the name of the route.
    """

    def __init__(
        self,
        pages: Pages,
        cookie: ConsentCookie,
        secrets: Sequence[bytes | str],
        policy_of: Callable[[str], Policy | None],
        *,
        clear_storage: bool,
    ) -> None:
        self._pages, self._cookie, self._secrets, self._policy_of = pages, cookie, secrets, policy_of
        self._clear_storage = clear_storage
        self.by_name: Mapping[str, Callable[[Call], Answer]] = {
            "records": self._history,
            "receipt": self._receipt,
            "erase": self._erase,
        }

    def _history(self, call: Call) -> Answer:
        """Every record of the visitor, as a page or as JSON."""
        request, pages = call.request, self._pages
        language = pages.choose(query.single(request, "lang"), request.header("accept-language"))

        def show(found: Sequence[Record]) -> Response:
            if answers.wants_json(request):
                return answers.data({"records": [_plain(record) for record in found]}, headers=_PRIVATE)
            newest = found[::-1][:SHOWN]
            known = {r.policy_hash for r in newest if self._policy_of(r.policy_hash) is not None}
            body = pages.records(newest, known, root_path=request.root_path, language=language)
            return answers.page(body, pages.policy, headers=_PRIVATE)

        return self._found(call, show)

    def _receipt(self, call: Call) -> Answer:
        """The signed receipt of one record of the visitor's, to be kept as a file."""
        record_id = query.single(call.request, "id") or ""

        def show(found: Sequence[Record]) -> Response:
            by_id = {record.record_id: record for record in found}
            record = by_id.get(record_id)
            if record is None:
                raise VisitorError(404, "No decision of yours has this number.")
            before = by_id.get(record.previous) if record.previous else None
            text = dump_receipt(record, self._secrets, before=before, policy=self._policy_of(record.policy_hash))
            name = ("Content-Disposition", f'attachment; filename="consent-receipt-{record.record_id}.json"')
            return answers.text(text, answers.JSON, (*_PRIVATE, name))

        return self._found(call, show)

    def _erase(self, call: Call) -> Answer:
        """Erases the visitor's records, and the decision with them: what nobody can prove may not be relied on.

        What the regime of the visitor's place lets be in use before a decision is denied anew, by a decision of nobody
        known: an erasure must never turn on what was off (R48), and everything stays off until the visitor decides.
        """
        request, pages, subject = call.request, self._pages, call.consent.subject
        crosssite.check(request, pages.policy.sites, insecure_dev=pages.insecure_dev)
        call.check_length("An erasure")
        decided = self._denied_anew(call) if subject else None
        cookie = self._cookie.dump(decided.consent) if decided else self._cookie.expire()
        headers = (("Set-Cookie", cookie), answers.NO_STORE, cleared(storage=self._clear_storage))
        erasing: tuple[Effect, ...] = (Erase(subject),) if subject else ()

        def finish(results: Sequence[object] | StoreError) -> Response:
            if isinstance(results, StoreError):
                return answers.store_failed(request, pages)
            if answers.wants_json(request):
                return answers.data({"erased": results[0] if erasing else 0}, headers=headers)
            return answers.see_other(pages.url(request.root_path, "records"), headers)

        proof = (Append(decided.record),) if decided else ()
        return Answer((*erasing, *proof), finish, decided=decided)

    def _denied_anew(self, call: Call) -> Decided | None:
        """The decision that keeps off what would be in use for the visitor as a stranger; None if nothing would."""
        request, pages, before = call.request, self._pages, call.consent
        stranger = Consent(pages.policy, gpc=before.gpc, situation=before.situation)
        if not stranger.in_use:
            return None
        texts = pages.texts_in(pages.choose(None, request.header("accept-language")))
        return decide(
            stranger,
            dict.fromkeys(stranger.in_use, DENIED),
            now=call.now,
            entropy=call.entropy,
            source="preferences",
            text_hash=pages.text_hash_in(texts.language),
            language=texts.language,
            minor=before.minor_declared or None,
        )

    def _found(self, call: Call, show: Callable[[Sequence[Record]], Response]) -> Answer:
        """An answer made of the visitor's records, oldest first; of none where the visitor never decided."""
        request, subject = call.request, call.consent.subject

        def finish(results: Sequence[object] | StoreError) -> Response:
            if isinstance(results, StoreError):
                return answers.store_failed(request, self._pages)
            found = results[0] if results else ()
            records = [r for r in found if isinstance(r, Record)] if isinstance(found, Sequence) else []
            try:
                return show(records)
            except VisitorError as error:
                return answers.refusal(error, request, self._pages)

        return Answer((Find(subject),) if subject else (), finish)


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
