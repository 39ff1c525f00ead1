"""The table of who reports back, and how it is read."""

from __future__ import annotations

import re

from consentkit.email.addresses import plain
from consentkit.email.senders import compile_senders, table


def test_table_is_sound() -> None:
    """Every sender has an id of its own, a name, a source, and something to know it by; each unwrapping has one place."""
    rows = table()
    assert len(rows) == len({row["id"] for row in rows})
    for row in rows:
        assert set(row) <= {"id", "name", "open", "click", "unwrap", "parameters", "source"}, row["id"]
        assert row["name"]
        assert re.fullmatch(r"https://[^\s]+", row["source"]), row["id"]
        assert row.get("open") or row.get("click") or row.get("unwrap") or row.get("parameters")
        for pattern in [*row.get("open", ()), *row.get("click", ()), *(each["at"] for each in row.get("unwrap", ()))]:
            assert pattern == pattern.strip()
            host = pattern.partition("/")[0]
            assert re.fullmatch(r"\*|[A-Za-z0-9*.-]+\.[a-z*]+", host), pattern
            assert host != "*" or "/" in pattern
        for each in row.get("unwrap", ()):
            assert 1 == len({"query", "segment", "rest"} & set(each))


def test_rest_of_the_address() -> None:
    """A wrapper may hold its target as everything that follows."""
    own = compile_senders([{"id": "own", "unwrap": [{"at": "go.example/to/", "rest": True}]}])
    assert "https://shop.example/a" == plain("https://go.example/to/https://shop.example/a", own).url
