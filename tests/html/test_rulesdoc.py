"""Files of speculation rules."""

from __future__ import annotations

import pytest

from consentkit.errors import UsageError
from consentkit.html.inert_scripts import MAX_JSON
from consentkit.html.rulesdoc import NO_RULES, RulesReader
from tests.html.deciders import URL, Everything, OnlyHosts


def read(rules: bytes, decider: OnlyHosts | Everything | None = None) -> bytes:
    """A file through a reader, byte by byte."""
    reader = RulesReader(decider or OnlyHosts(), url=URL)
    for at in range(len(rules)):
        assert b"" == reader.feed(rules[at : at + 1])
    return reader.finish()


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (b"", b""),
        (b'{"prefetch":[{"urls":["/a","https://site.test/b"]}]}', b'{"prefetch":[{"urls":["/a","https://site.test/b"]}]}'),
        (b'{"prefetch":[{"urls":["//third.test/"]}]}', b'{"prefetch":[{"urls":["about:invalid#ck://third.test/"]}]}'),
        (
            '\ufeff{"prefetch":[{"where":{"href_matches":"/*"}},{"urls":["//third.test/"]}]}'.encode(),
            '\ufeff{"prefetch":[{"where":{"href_matches":"/*"}},{"urls":["about:invalid#ck://third.test/"]}]}'.encode(),
        ),
        (
            '{"tag":"é","prefetch":[{"urls":["//third.test/"]}]}'.encode(),
            '{"tag":"é","prefetch":[{"urls":["about:invalid#ck://third.test/"]}]}'.encode(),
        ),
        (b'{"prefetch":[{"where":{"and":[]}}]}',
         b'{"prefetch":[{"about:invalid#ck:where":{"and":[]}}]}'),
    ],
)  # fmt: skip
def test_what_may_not_be_fetched_is_void(rules: bytes, expected: bytes) -> None:
    """URLs that may not be fetched, and rules for whatever a page links to, do nothing; all else stays as it is."""
    assert expected == read(rules)
    assert rules == read(rules, Everything())


@pytest.mark.parametrize("more", [0, 1])
def test_a_file_too_long_has_no_rules(more: int) -> None:
    """Rules beyond `MAX_JSON` are none."""
    rules = b"{}" + b" " * (MAX_JSON + more - 2)
    reader = RulesReader(OnlyHosts(), url=URL)
    reader.feed(rules)

    assert (NO_RULES if more else rules) == reader.finish()


def test_a_reader_is_for_one_file() -> None:
    """Nothing can be fed behind the end, and the URL has to be absolute."""
    reader = RulesReader(OnlyHosts(), url=URL)
    reader.finish()

    with pytest.raises(UsageError):
        reader.feed(b"{}")
    with pytest.raises(UsageError):
        reader.finish()
    with pytest.raises(UsageError):
        RulesReader(OnlyHosts(), url="rules.json")
