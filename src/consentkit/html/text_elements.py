"""One rule: an element whose text decides is told to the editor once as much of its text is known as it takes.

Scripts and style sheets are judged by their texts; of raw text that may be markup the end has to be at hand, to see
whether the two ways to read it meet there (`doubt`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consentkit.html.awaited import MAX_DOUBT, MAX_INLINE
from consentkit.html.doubt import read_both
from consentkit.html.editor import Start
from consentkit.html.scanner import COMMENT, RAW, SCRIPT
from consentkit.html.texts import MarkupText, RawText, ScriptText

if TYPE_CHECKING:
    from consentkit.html.reading import Reading


def opens_comment(code: bytes) -> bool:
    """Whether a script may write the beginning of a comment into the page, so that what follows is in it."""
    return b"<!--" in code and b"write" in code and code.rfind(b"-->") < code.rfind(b"<!--")


def read_code(
    reading: Reading, start: Start, finder: ScriptText | RawText, end: int, *, final: bool, markup: bool
) -> bool:
    """A script or style: its text may have to be known first; False until then.

    Args:
        reading: where it was met.
        start: its tag.
        finder: finds the end of its text.
        end: of the bytes at hand.
        final: nothing comes behind them.
        markup: its text is markup itself (SVG).
    """
    tokenizer, editor, awaited = reading.tokenizer, reading.editor, reading.awaited
    data, after = start.data, start.match.end()
    wanted = editor.wants_text(start)
    if not (wanted or markup):
        editor.element(reading, start, None, True)
        tokenizer.mode = SCRIPT if isinstance(finder, ScriptText) else RAW
        tokenizer.text = finder
        return True
    known = awaited.of(start.offset)
    if isinstance(known, type(finder)):
        finder = known
    found = awaited.find(finder, data, end)
    limit = MAX_INLINE if wanted else MAX_DOUBT
    if awaited.waits(found, finder, start.offset, after, end, limit, final=final):
        return False
    if found > after + limit:
        found = -1  # as where it was not at hand yet
    doubtful = markup and (found < 0 or data[found + 1 : found + 2] != b"/" or data.find(b"<", after, found) >= 0)
    text = ScriptText(after) if start.name == b"script" else RawText(b"style", after)
    close = awaited.find(text, data, end) if doubtful else -1
    if doubtful and awaited.waits(close, text, start.offset, after, end, MAX_DOUBT, final=final):
        return False
    text_end = found if found >= 0 else end
    whole = text_end - after <= MAX_INLINE
    editor.element(reading, start, (after, min(text_end, after + MAX_INLINE)) if wanted else None, whole)
    if isinstance(finder, ScriptText) and found >= 0 and opens_comment(data[after:found]):
        reading.fork = reading.copy()  # goes on with markup: the one to be kept where there are too many
        reading.fork.tokenizer.position = found
        tokenizer.mode, tokenizer.position = COMMENT, found
    elif doubtful:
        # Chromium's preload scanner takes it for text all the same.
        read_both(reading, data, after, close, text, final=final)
    elif found >= 0 and not markup:
        tokenizer.position = found
    else:
        tokenizer.position = after
        if not markup:
            tokenizer.mode, tokenizer.text = SCRIPT if isinstance(finder, ScriptText) else RAW, finder
    return True


def read_doubtful(reading: Reading, start: Start, finder: ScriptText | RawText, end: int, *, final: bool) -> bool:
    """An element whose text is markup, or is not; False until it is at hand, as far as it is waited for."""
    editor, awaited = reading.editor, reading.awaited
    known = awaited.of(start.offset)
    if isinstance(known, ScriptText | RawText):
        finder = known
    found = awaited.find(finder, start.data, end)
    after = start.match.end()
    if awaited.waits(found, finder, start.offset, after, end, MAX_DOUBT, final=final):
        return False
    text_end = found if found >= 0 else end
    whole = text_end - after <= MAX_DOUBT
    text: tuple[int, int] | None = None
    if start.name in {b"script", b"style"} and editor.wants_text(start):
        limit = text_end
        if after < awaited.judged:
            # In the text of another one: what follows the next was, or will be, judged with that.
            limit = MarkupText(start.name, after).find(start.data, text_end)
        text = (after, min(text_end if limit < 0 else limit, after + MAX_DOUBT))
        awaited.judged = max(awaited.judged, min(text_end, after + MAX_DOUBT))
    editor.element(reading, start, text, whole)
    read_both(reading, start.data, after, found, finder, final=final)
    return True


def read_scanned(reading: Reading, start: Start, end: int, *, final: bool) -> bool:
    """An element with markup in it (SVG, MathML) that Chromium's preload scanner, knowing neither, takes for text."""
    data, name, after, awaited = start.data, start.name, start.match.end(), reading.awaited
    known = awaited.of(start.offset)
    text = ScriptText(after) if name == b"script" else RawText(name, after)
    if isinstance(known, ScriptText | RawText):
        text = known
    close = awaited.find(text, data, end)
    if awaited.waits(close, text, start.offset, after, end, MAX_DOUBT, final=final):
        return False
    reading.editor.element(reading, start, None, True)
    reading.open_foreign(start)
    if close < 0 or close > after + MAX_DOUBT or data.find(b"<", after, close) >= 0:
        read_both(reading, data, after, close, text, final=final)
    return True
