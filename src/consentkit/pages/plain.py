"""The policy document as plain text: for e-mail, for screens without a browser, for whoever keeps a copy."""

from __future__ import annotations

import textwrap
from typing import Any

from consentkit.pages.document import PolicyDocument
from consentkit.pages.markdown import Writer, write_policy
from consentkit.pages.texts import Texts

WIDTH = 78  # columns: what letters and terminals hold


def policy_plain(document: PolicyDocument, texts: Texts) -> str:
    """The whole document, ending with a newline."""
    return write_policy(document, texts, _Plain(texts))


class _Plain(Writer):
    """Writes paragraphs of at most `WIDTH` columns; a table's row is a list of its cells under its first one."""

    def heading(self, level: int, text: str) -> None:
        line = " ".join(text.split())
        rule = {1: "=", 2: "-"}.get(level)
        self._blocks.append(f"{line}\n{rule * min(WIDTH, len(line))}" if rule else line)

    def text(self, text: str) -> None:
        blocks = (block.strip() for block in text.replace("\r\n", "\n").split("\n\n"))
        self._blocks.extend("\n".join(_wrapped(line) for line in block.splitlines()) for block in blocks if block)

    def item(self, text: str) -> None:
        self._blocks.append(_wrapped(text, "- "))

    def facts(self, *pairs: tuple[str, Any]) -> None:
        given = [_wrapped(f"{self._texts.plain(key)}: {value}", "- ") for key, value in pairs if value]
        if given:
            self._blocks.append("\n".join(given))

    def table(self, keys: tuple[str, ...], rows: list[tuple[str, ...]], *, empty: str = "") -> None:
        if not rows:
            self.text(self._texts.plain(empty))
            return
        names = [self._texts.plain(key) for key in keys[1:]]
        for first, *cells in rows:
            told = [_wrapped(f"{name}: {cell}", "  ") for name, cell in zip(names, cells, strict=True) if cell]
            self._blocks.append("\n".join([_wrapped(first, "* "), *told]))


def _wrapped(text: str, mark: str = "") -> str:
    return textwrap.fill(
        " ".join(str(text).split()),
        WIDTH,
        initial_indent=mark,
        subsequent_indent=" " * len(mark),
        break_long_words=False,
        break_on_hyphens=False,
    )
