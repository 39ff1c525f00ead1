"""One rule: the tags of any bytes, as the HTML Standard's tokenizer alone finds them, for whoever asks.

Nothing of tree construction: the engine itself reads pages by `reading`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from consentkit.errors import UsageError
from consentkit.html.references import decode_attribute
from consentkit.html.scanner import CDATA, DATA, PLAINTEXT, RAW, SCRIPT, Tokenizer
from consentkit.html.syntax import NEEDS_ATOMIC, grammar
from consentkit.html.texts import RawText, ScriptText

_STATES: Final = {
    "data": DATA,
    "rcdata": RAW,
    "rawtext": RAW,
    "script data": SCRIPT,
    "plaintext": PLAINTEXT,
    "cdata section": CDATA,
}


@dataclass(frozen=True, slots=True)
class Tag:
    """A start or end tag.

    Attributes:
        name: lower case.
        is_end: whether it is an end tag.
        attributes: decoded, the first of several with one name.
        duplicates: whether a name came twice (such an element takes no CSP nonce).
        self_closing: whether it ends in ``/>``.
        start: offset of its ``<``.
        end: offset behind its ``>``.
    """

    name: str
    is_end: bool
    attributes: dict[str, str]
    duplicates: bool
    self_closing: bool
    start: int
    end: int


class TagStream:
    """The tags of a stream of bytes, read with the tokenizer alone (no tree construction).

    Args:
        initial_state: one of ``data``, ``rcdata``, ``rawtext``, ``script data``, ``plaintext``, ``cdata section``.
        last_start_tag: name of the element whose text it begins in, for the first end tag.
        encoding: of the text; names and syntax are ASCII in any.
    """

    def __init__(
        self, *, initial_state: str = "data", last_start_tag: str | None = None, encoding: str = "utf-8",
        atomic: bool = NEEDS_ATOMIC,
    ) -> None:  # fmt: skip
        if initial_state not in _STATES:
            raise UsageError(f"initial_state is {initial_state!r}; use one of {', '.join(map(repr, _STATES))}")
        self._grammar = grammar(atomic)
        self._tokenizer = Tokenizer(self._grammar, self._grammar.tags)
        self._encoding = encoding
        self._held = bytearray()
        self._offset = 0
        mode = _STATES[initial_state]
        if mode in {RAW, SCRIPT}:
            name = (last_start_tag or "").lower().encode()
            if name:
                script = mode == SCRIPT and name == b"script"
                self._tokenizer.text = ScriptText(0) if script else RawText(name, 0)
            else:
                mode = PLAINTEXT  # no end tag is appropriate
        self._tokenizer.mode = mode

    def feed(self, data: bytes) -> list[Tag]:
        """The tags that are whole by now."""
        return self._read(data, final=False)

    def finish(self) -> list[Tag]:
        """The tags that only the end of the input made certain."""
        return self._read(b"", final=True)

    def _read(self, data: bytes, *, final: bool) -> list[Tag]:
        self._held += data
        tokenizer, end = self._tokenizer, len(self._held)
        if not final and tokenizer.waiting is not None and not tokenizer.waiting.ready(self._held, end):
            return []
        whole = bytes(self._held)
        tags = []
        while (match := tokenizer.next(whole, end, final)) is not None:
            tags.append(self._tag(match))
        done = tokenizer.position
        if done:
            del self._held[:done]
            self._offset += done
            tokenizer.move(done)
        return tags

    def _tag(self, match: re.Match[bytes]) -> Tag:
        attributes: dict[str, str] = {}
        duplicates = False
        for found in self._grammar.attribute.finditer(match.string, match.start(3), match.end(3)):
            name = self._name(found[1])
            if name in attributes:
                duplicates = True
            else:
                value = found[2] or found[3] or found[4] or b""
                attributes[name] = decode_attribute(value.decode(self._encoding, "replace"))
        return Tag(
            name=self._name(match[2]),
            is_end=bool(match[1]),
            attributes=attributes,
            duplicates=duplicates,
            self_closing=match.string[match.end() - 2] == 0x2F and match.end(3) < match.end() - 1,
            start=match.start(1) - 1 + self._offset,
            end=match.end() + self._offset,
        )

    def _name(self, raw: bytes) -> str:
        return raw.lower().decode(self._encoding, "replace").replace("\0", "\ufffd")


def iter_tags(data: bytes, *, initial_state: str = "data", last_start_tag: str | None = None) -> Iterator[Tag]:
    """The start and end tags of ``data``, as the HTML Standard's tokenizer alone finds them.

    Tree construction is not simulated: the text of ``<title>`` or ``<script>`` is read as markup unless
    ``initial_state`` says otherwise.

    Args:
        data: HTML in UTF-8 or any ASCII-compatible encoding (attribute values are decoded as UTF-8).
        initial_state: one of ``data``, ``rcdata``, ``rawtext``, ``script data``, ``plaintext``, ``cdata section``.
        last_start_tag: with the three text states, the element whose end tag ends the text.

    Yields:
        Tags in document order.

    Raises:
        UsageError: for an unknown ``initial_state``.
    """
    stream = TagStream(initial_state=initial_state, last_start_tag=last_start_tag)
    yield from stream.feed(data)
    yield from stream.finish()
