"""One rule: speculation rules that come as a file of their own are judged as those in a page: URL by URL.

A browser fetches the file because a field of the page names it (`Speculation-Rules`), and then whomever it names.
"""

from __future__ import annotations

from typing import Final

from consentkit.errors import UsageError
from consentkit.html.charset import Encoding
from consentkit.html.decision import Decider
from consentkit.html.edits import apply_edits
from consentkit.html.inert_scripts import MAX_JSON, refused_in_json
from consentkit.html.judge import Judge, Place
from consentkit.html.marks import PREFIX
from consentkit.html.urls import parse_url

#: What a file becomes that is too long to be judged: no rules at all.
NO_RULES: Final = b"{}"

_UTF8: Final = Encoding("utf-8", "utf-8", double_byte=False)


class RulesReader:
    """Makes void what speculation rules may not fetch, in a file by itself.

    Args:
        decider: says what may be fetched.
        url: the file's absolute URL.

    Raises:
        UsageError: if ``url`` is not absolute.
    """

    def __init__(self, decider: Decider, *, url: str) -> None:
        self._url = parse_url(url, None)
        if self._url is None:
            raise UsageError(f"url is {url!r}, which is no absolute URL; give the file's own, https://…")
        self._judge = Judge(decider, _UTF8, markup=lambda _data, _base: None)
        self._held = bytearray()
        self._finished = False

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes of the file; none leave before its end."""
        if self._finished:
            raise UsageError("feed() after finish(): make a new RulesReader for the next file")
        if len(self._held) <= MAX_JSON:
            self._held += data
        return b""

    def finish(self) -> bytes:
        """The file; call it once, at its end."""
        if self._finished:
            raise UsageError("finish() was called before: make a new RulesReader for the next file")
        self._finished = True
        data = bytes(self._held)
        if len(data) > MAX_JSON:
            return NO_RULES
        text, offset_of = self._judge.decoded(data)
        mark = text.startswith("\ufeff")  # a byte order mark is none of it
        refused = refused_in_json(self._judge, text[mark:], "speculationrules", Place("script", ""), self._url)
        places = [offset_of(at + mark) for at in sorted(refused)]
        return apply_edits(data, len(data), [(at, at, PREFIX) for at in places])
