"""One rule: in plain text, what begins with http:// or https:// is a link up to where a reader sees it end."""

from __future__ import annotations

import re
from typing import Final

from consentkit.email.addresses import MAX_URL, plain
from consentkit.email.report import Finding, Report
from consentkit.email.rules import Rules
from consentkit.html.editor import Edit

#: ASCII alone: a sentence in another script may follow without a space, and is not the link's.
_URL: Final = re.compile(rb"https?://[!#-;=?-~]+", re.IGNORECASE)
_TRAILING: Final = frozenset(b".,;:!?'*_]}|`")
_CLOSING: Final = ord(")")


def text_edits(data: bytes, rules: Rules, report: Report, *, part: str = "") -> list[Edit]:
    """What to change in a plain text.

    Args:
        data: the text, in any encoding whose ASCII is ASCII.
        rules: what mail is judged by.
        report: what is found is written there.
        part: where the text stands in its message.
    """
    edits: list[Edit] = []
    for match in _URL.finditer(data):
        if len(match[0]) > MAX_URL:
            continue
        raw = _ended(match[0])
        straight = plain(raw.decode("ascii"), rules.senders, keep=rules.keep)
        for sender, was in straight.unwrapped:
            report.add(Finding("link", was, sender, part))
        for parameter in straight.dropped:
            report.add(Finding("parameter", parameter, "", part))
        if straight.opaque:
            report.add(Finding("opaque-link", straight.url, straight.opaque, part, removed=False))
        elif straight.inner:
            report.add(Finding("wrapped-link", straight.url, "", part, removed=False))
        new = straight.url.encode("ascii", "backslashreplace")
        if new != raw and straight.url.isascii():
            edits.append((match.start(), match.start() + len(raw), new))
    return edits


def _ended(url: bytes) -> bytes:
    """The link without the punctuation of the sentence that it stands in."""
    end, surplus = len(url), url.count(b")") - url.count(b"(")
    while end and (url[end - 1] in _TRAILING or (url[end - 1] == _CLOSING and surplus > 0)):
        end -= 1
        surplus -= url[end] == _CLOSING
    return url[:end]
