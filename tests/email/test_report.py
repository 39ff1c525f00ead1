"""What was found in a mail, and what became of it."""

from __future__ import annotations

from consentkit.email.report import MAX_FINDINGS, Finding, Report


def test_what_was_removed_and_what_was_left_are_apart() -> None:
    """Each finding is in one of the two lists, in the order in which it came, and counted by its kind."""
    report = Report()
    gone, stays, also = Finding("pixel", "a"), Finding("receipt", "b", removed=False), Finding("pixel", "c")
    for finding in (gone, stays, also):
        report.add(finding)
    assert ([gone, also], [stays]) == (report.removed, report.left)
    assert ({"pixel": 2, "receipt": 1}, 3) == (dict(report.counts), len(report))


def test_a_report_is_bounded_and_its_counts_are_not() -> None:
    """Beyond so many findings they are counted only, however many a mail has."""
    report = Report()
    for number in range(MAX_FINDINGS + 5):
        report.add(Finding("link", str(number)))
    assert (MAX_FINDINGS, str(MAX_FINDINGS - 1)) == (len(report.removed), report.removed[-1].what)
    assert MAX_FINDINGS + 5 == len(report) == report.counts["link"]
