"""`FormConsents`: consent given at a form of the site's own, such as a newsletter's or a sponsor's (R7, R180-R186).

The purpose is declared with ``asked = "form"``. Undecided is denied; the newest record of the
subject that names the purpose decides; a withdrawal is a new record. Refusals are recorded too.

A newsletter is asked for twice (double opt-in): `request` keeps a record that denies and waits, the page behind
`MailLinks.confirm_url` keeps the one that grants. Until then no mail but the one that asks may go there.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from consentkit.consent.forms import PENDING, form_record, granted, newest
from consentkit.consent.record import Record
from consentkit.errors import UsageError
from consentkit.policy.models import Policy
from consentkit.records.store import AsyncStore, Store, is_async
from consentkit.records.threads import as_async

# Seconds between two mails that ask one address to confirm the same.
REQUEST_GAP = 3_600


class FormConsents:
    """Records and answers for the purposes that forms ask for.

    Args:
        store: where the proofs are kept.
        policy: declares the purposes.

    Raises:
        UsageError: if the store is awaited; `AsyncFormConsents` is for those.
    """

    def __init__(self, store: Store, policy: Policy) -> None:
        if is_async(store):
            raise UsageError("this store is awaited; use AsyncFormConsents with it")
        self.store, self.policy = store, policy

    def record(
        self,
        subject: str,
        purpose: str,
        granted: bool,
        *,
        text: str,
        now: float | None = None,
        language: str | None = None,
    ) -> Record:
        """Keeps one answer, given or refused.

        Args:
            subject: names the person among the site's own: best a key without a meaning, such as ``"reader:1842"``.
            purpose: id of a purpose with ``asked = "form"``.
            granted: what was ticked, and nothing that was ticked beforehand (R7).
            text: the text beside the box, as it was shown.
            now: POSIX seconds; this moment by default.
            language: BCP 47 tag of the text; the policy's language by default.

        Returns:
            The record that was kept.

        Raises:
            StoreError: if it could not be kept; then do not act on the consent.
            UsageError: if the purpose is not one that forms ask for, or an argument says nothing.
        """
        _check(self.policy, subject, purpose, granted, text)
        previous = self.store.find(subject)
        record = _record(self.policy, previous, subject, purpose, granted, text, now, language)
        self.store.append(record)
        return record

    def withdraw(
        self, subject: str, purpose: str, *, text: str = "", now: float | None = None, language: str | None = None
    ) -> Record:
        """Keeps a withdrawal. It needs no text: a click on "unsubscribe" is enough (R14).

        The arguments, the result and the errors are those of `record`.
        """
        _check(self.policy, subject, purpose, False, text)
        previous = self.store.find(subject)
        record = _record(self.policy, previous, subject, purpose, False, text, now, language)
        self.store.append(record)
        return record

    def allows(self, subject: str, purpose: str) -> bool:
        """Whether the subject's newest answer for the purpose was yes.

        Raises:
            StoreError: if the records cannot be read; take that for no.
            UsageError: if the purpose is not one that forms ask for.
        """
        _check_purpose(self.policy, purpose)
        return granted(self.store.find(subject), purpose)

    def request(
        self,
        subject: str,
        texts: Mapping[str, str],
        *,
        now: float | None = None,
        language: str | None = None,
    ) -> Record | None:
        """Keeps what was ticked at a form with somebody's address, until that address confirms it (double opt-in).

        Args:
            subject: names the person among the site's own.
            texts: for each purpose that was ticked the words beside its box; what was not ticked is left out.
            now: POSIX seconds; this moment by default.
            language: BCP 47 tag of the words; the policy's language by default.

        Returns:
            The record that waits: it denies. Make the link of the confirmation from it (`MailLinks.confirm_url`).
            None if all of it is granted already, or was asked for within `REQUEST_GAP`: anybody can type an
            address, and must neither end what its owner agreed to, nor learn of it, nor fill the owner's mailbox.

        Raises:
            StoreError: if it could not be kept; then send nothing.
            UsageError: if nothing was ticked, a purpose is not one that forms ask for, or a text says nothing.
        """
        _check_request(self.policy, subject, texts)
        record = _pending(self.policy, self.store.find(subject), subject, texts, now, language)
        if record is not None:
            self.store.append(record)
        return record

    def tracks(self, subject: str) -> bool:
        """Whether mail to this person may be tracked: the policy asks for it, and the newest answer was yes (R220).

        Raises:
            StoreError: if the records cannot be read; take that for no.
        """
        purpose = _tracking(self.policy)
        return purpose is not None and granted(self.store.find(subject), purpose)

    def proof(self, subject: str, purpose: str) -> Record | None:
        """The record by which the subject agreed, if that is the newest answer.

        Raises:
            StoreError: if the records cannot be read.
            UsageError: if the purpose is not one that forms ask for.
        """
        _check_purpose(self.policy, purpose)
        return _proof(self.store.find(subject), purpose)

    def shared(
        self, rows: Iterable[Mapping[str, Any]], purpose: str, *, subject: Callable[[Mapping[str, Any]], str]
    ) -> Iterator[dict[str, Any]]:
        """The rows of those who agreed, and of nobody else, each with its proof: for a sponsor (R7, R183).

        Args:
            rows: what the site has: one mapping a person.
            purpose: what they had to agree to.
            subject: names the person of a row as the records do.

        Yields:
            Each row with ``consent_record`` (the proof's id), ``consent_time`` (ISO 8601) and ``consent_text``.

        Raises:
            StoreError: if the records cannot be read; then hand over nothing.
            UsageError: if the purpose is not one that forms ask for, or a row has a column of these names.
        """
        _check_purpose(self.policy, purpose)
        for row in rows:
            record = _proof(self.store.find(subject(row)), purpose)
            if record is not None:
                yield _with_proof(row, record)


class AsyncFormConsents:
    """`FormConsents` for the event loop; a plain store runs in threads.

    Args:
        store: where the proofs are kept.
        policy: declares the purposes.
    """

    def __init__(self, store: Store | AsyncStore, policy: Policy) -> None:
        self.store, self.policy = as_async(store), policy

    async def record(
        self,
        subject: str,
        purpose: str,
        granted: bool,
        *,
        text: str,
        now: float | None = None,
        language: str | None = None,
    ) -> Record:
        """See `FormConsents.record`."""
        _check(self.policy, subject, purpose, granted, text)
        previous = await self.store.find(subject)
        record = _record(self.policy, previous, subject, purpose, granted, text, now, language)
        await self.store.append(record)
        return record

    async def withdraw(
        self, subject: str, purpose: str, *, text: str = "", now: float | None = None, language: str | None = None
    ) -> Record:
        """See `FormConsents.withdraw`."""
        _check(self.policy, subject, purpose, False, text)
        previous = await self.store.find(subject)
        record = _record(self.policy, previous, subject, purpose, False, text, now, language)
        await self.store.append(record)
        return record

    async def allows(self, subject: str, purpose: str) -> bool:
        """See `FormConsents.allows`."""
        _check_purpose(self.policy, purpose)
        return granted(await self.store.find(subject), purpose)

    async def request(
        self,
        subject: str,
        texts: Mapping[str, str],
        *,
        now: float | None = None,
        language: str | None = None,
    ) -> Record | None:
        """See `FormConsents.request`."""
        _check_request(self.policy, subject, texts)
        record = _pending(self.policy, await self.store.find(subject), subject, texts, now, language)
        if record is not None:
            await self.store.append(record)
        return record

    async def tracks(self, subject: str) -> bool:
        """See `FormConsents.tracks`."""
        purpose = _tracking(self.policy)
        return purpose is not None and granted(await self.store.find(subject), purpose)

    async def proof(self, subject: str, purpose: str) -> Record | None:
        """See `FormConsents.proof`."""
        _check_purpose(self.policy, purpose)
        return _proof(await self.store.find(subject), purpose)


def _check_purpose(policy: Policy, purpose_id: str) -> None:
    purpose = policy.purposes_by_id.get(purpose_id)
    if purpose is None or purpose.asked != "form":
        names = ", ".join(p.id for p in policy.all_purposes if p.asked == "form") or "none"
        what = "is not declared" if purpose is None else "is asked for by the banner"
        raise UsageError(
            f"purpose '{purpose_id}' {what}; a form can ask for purposes declared with `asked = \"form\"` "
            f"under [[purposes]] ({names})"
        )


def _check(policy: Policy, subject: str, purpose: str, granted: object, text: str) -> None:
    _check_purpose(policy, purpose)
    if not subject.strip():
        raise UsageError("the subject is empty; give what names the person among the site's own, such as 'reader:1842'")
    if not isinstance(granted, bool):
        raise UsageError(f"`granted` has to be True or False, not {granted!r}; compare the form's field with its value")
    if granted and not text.strip():
        raise UsageError("the text is empty; give the words beside the box, they are what was agreed to")


def _record(
    policy: Policy,
    earlier: list[Record],
    subject: str,
    purpose: str,
    granted: bool,
    text: str,
    now: float | None,
    language: str | None,
) -> Record:
    moment = time.time() if now is None else now
    choices = {purpose: granted}
    return form_record(
        policy, earlier, subject, choices, record_id=str(uuid.uuid4()), now=moment, text=text, language=language
    )  # fmt: skip


def _check_request(policy: Policy, subject: str, texts: Mapping[str, str]) -> None:
    if not texts:
        raise UsageError("nothing was ticked, so there is nothing to confirm; record the refusal, and send no mail")
    for purpose, text in texts.items():
        _check(policy, subject, purpose, True, text)


def _pending(
    policy: Policy,
    earlier: list[Record],
    subject: str,
    texts: Mapping[str, str],
    now: float | None,
    language: str | None,
) -> Record | None:
    """A request that waits for its confirmation, of what does not hold already."""
    texts = {purpose: text for purpose, text in texts.items() if not granted(earlier, purpose)}
    moment = time.time() if now is None else now
    waiting = [newest(earlier, purpose) for purpose in texts]
    if not texts or all(
        each is not None and PENDING in each.signals and moment - each.at < REQUEST_GAP for each in waiting
    ):
        return None
    return form_record(
        policy,
        earlier,
        subject,
        dict.fromkeys(texts, False),
        record_id=str(uuid.uuid4()),
        now=moment,
        text="\n\n".join(texts.values()),
        language=language,
        signals=(PENDING,),
    )


def _tracking(policy: Policy) -> str | None:
    """The purpose of tracking mail, if the policy asks for it."""
    return policy.email.purpose if policy.email and policy.email.tracking == "individual" else None


def _proof(records: Iterable[Record], purpose: str) -> Record | None:
    record = newest(records, purpose)
    return record if record is not None and record.choices[purpose] else None


def _with_proof(row: Mapping[str, Any], record: Record) -> dict[str, Any]:
    proof = {"consent_record": record.record_id, "consent_time": record.time.isoformat(), "consent_text": record.text}
    if taken := sorted(set(proof) & set(row)):
        raise UsageError(f"a row has the column '{taken[0]}' already, where the proof has to stand; rename it")
    return {**row, **proof}
