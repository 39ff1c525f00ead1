"""`FormConsents`: consent given at a form of the site's own, such as a newsletter's or a sponsor's (R7, R180-R186).

The purpose is declared with ``asked = "form"``. Undecided is denied; the newest record of the
subject that names the purpose decides; a withdrawal is a new record. Refusals are recorded too.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Iterable

from consentkit.consent.record import Record
from consentkit.errors import UsageError
from consentkit.policy.models import Policy
from consentkit.records.store import AsyncStore, Store, is_async
from consentkit.records.threads import as_async


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
        return _newest(self.store.find(subject), purpose)


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
        return _newest(await self.store.find(subject), purpose)


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
    earlier: Iterable[Record],
    subject: str,
    purpose: str,
    granted: bool,
    text: str,
    now: float | None,
    language: str | None,
) -> Record:
    previous = [record.record_id for record in earlier]
    return Record(
        record_id=str(uuid.uuid4()),
        subject=subject,
        at=int(time.time() if now is None else now),
        source="form",
        choices={purpose: granted},
        services={},
        policy_version=policy.version,
        policy_hash=policy.hash,
        text_hash=hashlib.sha256(text.encode()).hexdigest(),
        language=language or policy.language,
        controller=policy.controller.name,
        previous=previous[-1] if previous else None,
        text=text or None,
    )


def _newest(records: Iterable[Record], purpose: str) -> bool:
    answers = [record.choices[purpose] for record in records if purpose in record.choices]
    return answers[-1] if answers else False
