"""Each notice is told to the log once, and counted always."""

from __future__ import annotations

import logging

import pytest

from consentkit.notice_log import NOTICES_TOLD, NoticeLog
from consentkit.notices import Notice


def notice(subject: str, kind: str = "unknown-host", message: str = "A host was seen.") -> Notice:
    """A notice."""
    return Notice(kind, subject, message)


def test_each_notice_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """Each kind and subject is logged once and counted always."""
    log = NoticeLog()
    for _ in range(3):
        log.tell([notice("a.example"), notice("a.example", "cookie-blocked"), notice("b.example")])
    assert 3 == len(caplog.records)
    assert {("consentkit", logging.WARNING)} == {(record.name, record.levelno) for record in caplog.records}
    assert {"unknown-host": 6, "cookie-blocked": 3} == dict(log.counts)


def test_notices_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    """However many hosts a page names, the log and the memory of it end; the counting does not."""
    log = NoticeLog()
    log.tell(notice(f"{number}.example") for number in range(NOTICES_TOLD + 500))
    assert NOTICES_TOLD + 1 == len(caplog.records)
    assert "further ones are only counted" in caplog.messages[-1]
    assert NOTICES_TOLD + 500 == log.counts["unknown-host"]


def test_notices_forge_no_lines(caplog: pytest.LogCaptureFixture) -> None:
    """Control characters of a page are written in a form that moves no cursor."""
    NoticeLog().tell([notice("x", message="host \x1b[2Jx\r is new:\n[[services]]")])
    assert ["host \\x1b[2Jx\\x0d is new:\n[[services]]"] == caplog.messages
