"""Double opt-in, the sponsor's export, and whether mail may be tracked."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from consentkit.consent.forms import PENDING
from consentkit.errors import StoreError, UsageError
from consentkit.records.forms import AsyncFormConsents, FormConsents
from consentkit.records.memory import MemoryStore
from tests.forms.policies import POLICY
from tests.policies import make_policy

NOW = 1_780_000_000
TEXTS = {"letter": "Send me the letter.", "letter-tracking": "See whether I open it."}


class Awaited:
    """`AsyncFormConsents`, called like `FormConsents`."""

    def __init__(self, store: MemoryStore) -> None:
        self._forms = AsyncFormConsents(store, POLICY)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._forms, name)

        def call(*args: Any, **options: Any) -> Any:
            async def run() -> Any:
                result = method(*args, **options)
                return await result if inspect.isawaitable(result) else result

            return anyio.run(run)

        return call


@pytest.fixture(params=["plain", "awaited"])
def forms(request: pytest.FixtureRequest) -> Any:
    """Both ways of calling."""
    store = MemoryStore()
    made: Any = FormConsents(store, POLICY) if request.param == "plain" else Awaited(store)
    return made


def test_a_request_denies_until_it_is_confirmed(forms: Any) -> None:
    """A request keeps the words, says that it waits, and allows nothing."""
    record = forms.request("reader:1", TEXTS, now=NOW, language="en-GB")
    assert {"letter": False, "letter-tracking": False} == record.choices
    assert ((PENDING,), "form", "en-GB", NOW) == (record.signals, record.source, record.language, record.at)
    assert "Send me the letter.\n\nSee whether I open it." == record.text
    assert not forms.allows("reader:1", "letter")
    assert not forms.tracks("reader:1")
    assert forms.proof("reader:1", "letter") is None


def test_a_stranger_can_neither_end_nor_learn(forms: Any) -> None:
    """Who types the address of a subscriber changes nothing: what holds is not asked for anew."""
    forms.record("reader:1", "letter", True, text="Yes.")
    assert forms.request("reader:1", {"letter": "Send me the letter."}) is None
    assert forms.allows("reader:1", "letter")
    record = forms.request("reader:1", TEXTS)
    assert {"letter-tracking": False} == record.choices
    assert forms.allows("reader:1", "letter")


@pytest.mark.parametrize(
    ("subject", "texts"),
    [("reader:1", {}), ("reader:1", {"letter": " "}), ("reader:1", {"numbers": "x"}), (" ", {"letter": "x"})],
)
def test_a_request_for_nothing_is_a_mistake(forms: Any, subject: str, texts: dict[str, str]) -> None:
    """Nothing ticked, no words, a purpose that no form asks for, nobody: each is told."""
    with pytest.raises(UsageError):
        forms.request(subject, texts)


def test_tracking_is_the_newest_answer(forms: Any) -> None:
    """Mail may be tracked while the newest answer to that very purpose is yes."""
    forms.record("reader:1", "letter", True, text="Yes.")
    assert not forms.tracks("reader:1")
    forms.record("reader:1", "letter-tracking", True, text="Yes.")
    assert forms.tracks("reader:1")
    forms.withdraw("reader:1", "letter-tracking")
    assert not forms.tracks("reader:1")


@pytest.mark.parametrize(
    "email", [None, {"tracking": "none", "text": "Never."}, {"tracking": "aggregate", "text": "Totals."}]
)
def test_a_policy_without_tracking_allows_none(email: Any) -> None:
    """Where the policy promises not to track, nobody is tracked, whatever is in the records."""
    policy = make_policy(**({} if email is None else {"email": email}))
    assert not FormConsents(MemoryStore(), policy).tracks("reader:1")


def test_the_sponsor_gets_who_agreed_with_the_proof() -> None:
    """Of five people the sponsor gets the one whose newest answer is yes, with the record that proves it."""
    forms = FormConsents(MemoryStore(), POLICY)
    rows = [{"key": key, "machine": f"Machine {key}"} for key in "abcde"]
    proof = forms.record("a", "sponsor", True, text="Share it.", now=NOW)
    forms.record("b", "sponsor", False, text="Share it.")
    forms.record("c", "sponsor", True, text="Share it.")
    forms.withdraw("c", "sponsor")
    forms.request("d", {"sponsor": "Share it."})
    assert [
        {
            "key": "a",
            "machine": "Machine a",
            "consent_record": proof.record_id,
            "consent_time": "2026-05-28T20:26:40+00:00",
            "consent_text": "Share it.",
        }
    ] == list(forms.shared(rows, "sponsor", subject=lambda row: str(row["key"])))
    assert proof == forms.proof("a", "sponsor")


def test_nothing_is_shared_by_mistake() -> None:
    """A purpose of the banner's, a column that hides the proof, a store that fails: nothing is handed over."""
    forms = FormConsents(MemoryStore(), POLICY)
    forms.record("a", "sponsor", True, text="Share it.")
    with pytest.raises(UsageError, match="banner"):
        list(forms.shared([{"key": "a"}], "numbers", subject=lambda row: str(row["key"])))
    with pytest.raises(UsageError, match="consent_time"):
        list(forms.shared([{"key": "a", "consent_time": "x"}], "sponsor", subject=lambda row: str(row["key"])))

    class Broken(MemoryStore):
        def find(self, subject: str) -> Any:
            raise StoreError("gone")

    with pytest.raises(StoreError):
        list(FormConsents(Broken(), POLICY).shared([{"key": "a"}], "sponsor", subject=lambda row: str(row["key"])))
