"""One rule: what may be markup or text is read both ways; where the two meet behind it, the reading goes on as one.

If they do not meet, the reading forks: what either finds is edited (`readings`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from consentkit.html.awaited import MAX_DOUBT
from consentkit.html.scanner import BOGUS, CDATA, DATA, RAW, SCRIPT
from consentkit.html.texts import RawText, ScriptText, SectionText

if TYPE_CHECKING:
    from consentkit.html.reading import Reading

#: A part that may be markup or text is read as markup on trial, and so are such parts in it, to this depth.
MAX_TRIALS: Final = 8

_CDATA: Final = b"<![CDATA["
_CDATA_END: Final = b"]]>"


def read_section(reading: Reading, data: bytes, end: int, *, final: bool) -> bool:
    """At ``<![CDATA[``, a section or a bogus comment; True to read on.

    Even in SVG, where it is a section, Chromium's preload scanner takes it for a comment.
    """
    position, awaited, content = reading.tokenizer.position, reading.awaited, reading.content
    if not data.startswith(_CDATA, position, end):
        return False
    known = awaited.of(position)
    finder = known if isinstance(known, SectionText) else SectionText(position + len(_CDATA))
    found = awaited.find(finder, data, end)
    if awaited.waits(found, finder, position, position, end, MAX_DOUBT, final=final):
        return False

    reading.begun = position
    certain = content.foreign and not (content.unsure or content.lost)

    def bogus(other: Reading) -> None:
        other.tokenizer.mode, other.tokenizer.position = BOGUS, position + 2
        other.alone = other.alone and not certain  # what is written there may stand in a script

    read_both(reading, data, position, found + len(_CDATA_END) if found >= 0 else -1, finder, bogus, final=final)
    return reading.fork is None


def read_both(
    reading: Reading, data: bytes, after: int, found: int, text: ScriptText | RawText | SectionText,
    markup: Callable[[Reading], None] | None = None, *, final: bool,
) -> None:  # fmt: skip
    """Read what stands from ``after`` to ``found`` as markup, too; fork if the two ways do not meet there.

    Args:
        reading: takes it for text.
        data: the bytes at hand.
        after: where the doubtful part begins.
        found: where it ends as text; negative: not in these bytes.
        text: finds that end.
        markup: makes another reading begin it as markup, where that takes more than to go there.
        final: nothing comes behind these bytes.
    """
    tokenizer = reading.tokenizer
    if 0 <= found <= after + MAX_DOUBT and reading.trials < MAX_TRIALS:
        attempt = _as_markup(reading, after, markup)
        attempt.trials = reading.trials + 1
        while attempt.run(data, found, final=False) and attempt.fork is None:
            pass
        tried = attempt.tokenizer
        met = tried.position == found and tried.mode == DATA and attempt.content.key() == reading.content.key()
        if attempt.fork is None and met:
            reading.join(attempt)
            reading.base = attempt.base
            tokenizer.position = found
            return
    elif found < 0 and final:
        # No end at all: one way holds nothing more, so that the other alone will do.
        reading.doubts += 1
        tokenizer.position = after
        if markup is not None:
            markup(reading)
        return
    reading.fork = _as_markup(reading, after, markup)
    if isinstance(text, SectionText):
        tokenizer.mode, tokenizer.position = CDATA, after + len(_CDATA)
    else:
        tokenizer.mode, tokenizer.text = SCRIPT if isinstance(text, ScriptText) else RAW, text


def _as_markup(reading: Reading, after: int, markup: Callable[[Reading], None] | None) -> Reading:
    """Another reading, which takes what stands from ``after`` on as markup."""
    other = reading.copy()
    other.prolog = None
    other.content.opened = True  # what it belongs to, at least
    other.tokenizer.position = after
    other.tokenizer.mode = DATA
    if reading.prolog is not None:
        other.choose_run()
    if markup is not None:
        markup(other)
    return other
