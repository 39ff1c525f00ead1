"""Something wrong with a declared value, before anybody knows in which file it stands."""

from __future__ import annotations

import pytest

from consentkit.policy.findings import ERROR_TYPE, Finding, Path, dotted, refusal


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ((), ""),
        (("services",), "services"),
        (("services", 2, "hosts", 0), "services[2].hosts[0]"),
        ((0, "id"), "[0].id"),
        (("a b", "c.d"), '"a b"."c.d"'),
        (("größe", ""), '"größe".""'),
        (("a-b_1", '"'), 'a-b_1."\\""'),
    ],
)
def test_paths_as_people_write_them(path: Path, written: str) -> None:
    """A key that TOML could not write bare stands in quotes, as it would in the file."""
    assert written == dotted(path)


def test_a_refusal_carries_its_findings() -> None:
    """Pydantic's error has one sentence with all of them, and the findings themselves for who puts lines to them."""
    first, second = Finding(("hosts", 0), "it is no host", "write a host"), Finding((), "it is empty", "fill it in")
    error = refusal(first, second)
    assert "hosts[0]: it is no host: write a host; it is empty: fill it in" == error.message()
    assert ERROR_TYPE == error.type
    assert error.context is not None
    assert (first, second) == error.context["findings"]


def test_a_finding_is_a_sentence() -> None:
    """What is wrong comes first, then how to mend it."""
    assert "it is no host: write a host" == str(Finding(("hosts", 0), "it is no host", "write a host"))
