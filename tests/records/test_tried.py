"""What counts of violations tell the owner."""

from __future__ import annotations

from consentkit.consent.violation import OTHERS, Violation
from consentkit.records.tried import by_host, report_data, report_lines, toml_lines

COUNTS = [
    Violation("b.example", "img-src", "", "/b", 2, 1),
    Violation("www.googletagmanager.com", "connect-src", "", "/rare", 3, 1),
    Violation("www.googletagmanager.com", "script-src-elem", "", "/often", 7, 1),
    Violation("a.example", "img-src", "", "/a", 2, 1),
    Violation("www.youtube.com", "frame-src", "films", "/", 9, 1),
    Violation(OTHERS, "img-src", "", "/", 1, 1),
]


def test_the_ways_of_one_host_are_put_together() -> None:
    """The sum counts, the most frequent way and its page come first; equal hosts are in the order of their names."""
    found = by_host(COUNTS)
    assert ["www.googletagmanager.com", "www.youtube.com", "a.example", "b.example", OTHERS] == [
        each.host for each in found
    ]
    first = found[0]
    assert (10, ["script-src-elem", "connect-src"], "/often") == (first.count, first.directives, first.page)


def test_only_undeclared_hosts_have_a_suggestion() -> None:
    """What the catalogue knows of a host is offered, where nobody declared it; for all the others together nothing is."""
    assert [("google-tag-manager", ""), ("", "films"), ("", ""), ("", ""), ("", "")] == [
        (each.suggestion, each.service) for each in by_host(COUNTS)
    ]


def test_the_lines_declare_the_host() -> None:
    """A known service needs its id alone, another one its host."""
    known, _, stranger, *_ = by_host(COUNTS)
    assert '[[services]]\nid = "google-tag-manager"' == toml_lines(known)
    assert 'hosts = ["a.example"]' in toml_lines(stranger)


def test_the_report_has_each_declaration_once() -> None:
    """Two hosts of one service are declared with the same lines, which stand there once; the rest has none."""
    twice = [*COUNTS, Violation("googletagmanager.com", "img-src", "", "/", 1, 1)]
    lines = report_lines(by_host(twice))
    assert "undeclared third parties: 5" == lines[0]
    assert 1 == lines.count('[[services]]\nid = "google-tag-manager"')
    assert 3 == sum(line.startswith("[[services]]") for line in lines)
    assert "of declared services, stopped until they are granted: 1 host" in lines
    assert any("(further hosts)" in line for line in lines)
    assert ["undeclared third parties: 0"] == report_lines([])


def test_the_report_for_programs_tells_the_same() -> None:
    """Declared hosts stand apart, and what there is none of is null."""
    found = report_data(by_host(COUNTS))
    assert ["films"] == [each["service"] for each in found["declared"]]
    assert ["google-tag-manager", None, None, None] == [each["suggestion"] for each in found["undeclared"]]
    assert {None} == {each["service"] for each in found["undeclared"]}
