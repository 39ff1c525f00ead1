"""An answer at a form becomes a record, and the newest that names a purpose holds."""

from __future__ import annotations

import hashlib
from typing import Any

from consentkit.consent.forms import PENDING, form_record, granted, newest
from consentkit.consent.record import Record
from tests.policies import make_policy, purpose

POLICY = make_policy(purposes=[purpose("letter", asked="form"), purpose("sponsor", asked="form")], services=[])


def answer(number: int, *earlier: Record, letter: bool = True, **more: Any) -> Record:
    """The answer of reader 1 to the question about letters."""
    choices = more.pop("choices", {"letter": letter})
    return form_record(POLICY, earlier, "reader:1", choices, record_id=str(number), now=100.9 + number, **more)


def test_the_newest_that_names_the_purpose_holds() -> None:
    """Later answers go before earlier ones, and those to other questions change nothing."""
    yes = answer(1)
    no = answer(2, yes, letter=False)
    other = answer(3, yes, no, choices={"sponsor": True})
    assert (True, False, False) == (granted([yes], "letter"), granted([yes, no], "letter"), granted([], "letter"))
    assert newest([yes, no, other], "letter") is no
    assert granted([no, yes], "letter")
    assert granted([yes, no, other], "sponsor")
    assert newest([yes, no], "sponsor") is None


def test_each_record_names_the_one_before() -> None:
    """The subject's last record is the one before, whatever it was about; the first has none."""
    first = answer(1, choices={"sponsor": True})
    second = answer(2, first)
    assert (None, "1", "2") == (first.previous, second.previous, answer(3, first, second).previous)


def test_the_record_says_what_was_asked_and_when() -> None:
    """Words, their hash, the policy in force, the whole second, and by what means it came."""
    record = answer(1, text="Yes, größer.", source="email", language="de", signals=(PENDING,))
    assert ("Yes, größer.", hashlib.sha256("Yes, größer.".encode()).hexdigest()) == (record.text, record.text_hash)
    assert ("1", POLICY.hash, "Shop") == (record.policy_version, record.policy_hash, record.controller)
    assert (101, "email", "de", (PENDING,)) == (record.at, record.source, record.language, record.signals)
    plain = answer(1)
    assert (None, POLICY.language, "form", ()) == (plain.text, plain.language, plain.source, plain.signals)
