"""The proof of a decision, and its text form."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.consent.record import Record, dump_record, parse_record

texts = st.text(max_size=20)
records = st.builds(
    Record,
    record_id=texts, subject=texts, at=st.integers(0, 2**33), source=st.sampled_from(["banner", "gpc", "api"]),
    choices=st.dictionaries(texts, st.booleans(), max_size=4),
    services=st.dictionaries(texts, st.lists(texts, max_size=3).map(tuple), max_size=4),
    policy_version=texts, policy_hash=texts, text_hash=texts, language=texts, controller=texts, regime=texts,
    signals=st.lists(texts, max_size=2).map(tuple), previous=st.none() | texts, text=st.none() | texts,
)  # fmt: skip


@given(records)
def test_text_form_round_trips(record: Record) -> None:
    """Every record is the same after it was written and read."""
    assert record == parse_record(dump_record(record))


def test_equal_records_are_equal_bytes() -> None:
    """The order in which choices were given does not show in the text form."""
    one = Record("i", "s", 1, "banner", {"a": True, "b": False}, {}, "1", "h", "t", "en", "Shop")
    other = Record("i", "s", 1, "banner", {"b": False, "a": True}, {}, "1", "h", "t", "en", "Shop")
    assert dump_record(one) == dump_record(other)


def test_time_is_aware() -> None:
    """The time of a record is in UTC and says so."""
    record = Record("i", "s", 86_400, "banner", {}, {}, "1", "h", "t", "en", "Shop")
    assert datetime.datetime(1970, 1, 2, tzinfo=datetime.UTC) == record.time


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"services": {}, "signals": []}', '{"services": [], "signals": []}']
)
def test_what_is_no_record(text: str) -> None:
    """Text that is no record is a ValueError and nothing else."""
    with pytest.raises(ValueError):
        parse_record(text)
