"""One rule: a plain script is judged by its URL, or by its text if that is at hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from consentkit.html.awaited import MAX_INLINE
from consentkit.html.decision import Kind
from consentkit.html.judge import Place
from consentkit.html.labels import label
from consentkit.html.marks import RENAME
from consentkit.html.reading import Reading
from consentkit.html.scanner import SCRIPT
from consentkit.html.shapes import Shape, url_in, word_in
from consentkit.html.text_elements import opens_comment
from consentkit.html.texts import ScriptText
from consentkit.html.types import script_type

if TYPE_CHECKING:
    from consentkit.html.plain import Plain

#: Captures (`shapes.Shapes`), of which the last says what there is: a script's ``src``, and the
#: ``type`` behind it.
_SCRIPT_SRC: Final = 5
_SCRIPT_TYPE: Final = 12
_INLINE_SCRIPT: Final = Place("script", "")
#: Most of what begins with ``<`` in a script is markup in strings: told by the next byte, before any branch is tried.
_SCRIPT_END: Final = re.compile(rb"<(?=[/!])(?:/[sS][cC][rR][iI][pP][tT](?=[\t\n\f\r />])|!--)")


def judge_script(plain: Plain, reading: Reading, data: bytes, start: int, end: int, shape: Shape) -> int:
    """A script of one URL, or with a text that is at hand."""
    found = shape.pattern.match(data, start, end)
    if found is None:
        return 0
    after = found.end()
    last = found.lastindex or 0
    if not last:
        return _inline(plain, reading, data, start, after, end, -1, module=False)
    language = "classic"
    typed, behind = found.start(1), -1
    if last > _SCRIPT_TYPE:
        if typed >= 0:
            return 0
        behind = found.start(_SCRIPT_TYPE)
        language = script_type(found[last])
    elif typed >= 0:
        language = script_type(found[last] if last < _SCRIPT_SRC else word_in(found, 2) or b"")
    if language == "":
        return _skip_script(plain, reading, data, after, end)
    if language not in {"classic", "module"}:
        return 0
    if last < _SCRIPT_SRC:
        return _inline(plain, reading, data, start, after, end, typed, module=language == "module")
    src = found.start(_SCRIPT_SRC)
    raw, host = found.group(last, last + 1) if last < _SCRIPT_TYPE else url_in(found, _SCRIPT_SRC + 1)
    verdict = plain.answer(raw, host, Kind.SCRIPT, "script", "src")
    if verdict is None:
        return 0
    block = verdict.block
    if block is not None:
        if block.service in plain.showing:
            return 0
        at = start + 7
        edits = reading.edits
        edits.append((at, at, verdict.script))
        if typed >= 0:
            edits.append((typed, typed, RENAME))
        if not plain.trusted_types:
            edits.append((src, src, RENAME))
        if behind >= 0:
            edits.append((behind, behind, RENAME))
        plain.told.append((start, (block, Kind.SCRIPT, "script", "src", raw, plain.url)))
    if data.startswith(b"</script>", after, end):
        return after + 9
    return _skip_script(plain, reading, data, after, end)


def _inline(
    plain: Plain, reading: Reading, data: bytes, start: int, after: int, end: int, typed: int, *, module: bool
) -> int:
    """A script with a text."""
    close = _SCRIPT_END.search(data, after, end)
    if close is None:
        return 0
    until = close.start()
    if data[until + 1] == 0x21:  # an escaped state begins
        until = ScriptText(after).find(data, end)
        if until < 0 or opens_comment(data[after:until]):
            return 0
    if until - after > MAX_INLINE:
        return 0
    code = data[after:until]
    if not code or code.isspace():
        return plain.past(b"</script>", data, until, end)
    text = code.decode(plain.encoding.codec, "replace")
    refused = plain.judge.code(text, _INLINE_SCRIPT, plain.url, module=module)
    if refused is None:
        return plain.past(b"</script>", data, until, end)
    if refused.resource.url or refused.block.service in plain.showing:
        return 0
    at = start + 7
    reading.edits.append((at, at, label(refused.block, script=True)))
    if typed >= 0:
        reading.edits.append((typed, typed, RENAME))
    plain.told.append((start, refused))
    return plain.past(b"</script>", data, until, end)


def _skip_script(plain: Plain, reading: Reading, data: bytes, after: int, end: int) -> int:
    """Past a script's text that is of no concern, as far as it is at hand."""
    if data.startswith(b"</script>", after, end):
        return after + len(b"</script>")
    close = _SCRIPT_END.search(data, after, end)
    if close is not None and data[close.start() + 1] != 0x21:
        return plain.past(b"</script>", data, close.start(), end)
    text = ScriptText(after)
    found = text.find(data, end)
    if found >= 0:
        return plain.past(b"</script>", data, found, end)
    reading.tokenizer.mode, reading.tokenizer.text = SCRIPT, text
    return -text.position
