"""One rule: where head and body begin, given or implied, is known from the first tags (§13.2.6.4.1 to §13.2.6.4.7)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from consentkit.html.elements import HEAD


class Begun(NamedTuple):
    """What begins at a tag, or at text.

    Attributes:
        head: the offset at which the head of a document begins; None: it does not begin here.
        body: the same of the body.
        ended: a body or a frameset has begun, so that there is nothing more to be found out.
        late: content has begun before anything said that this is a document.
    """

    head: int | None = None
    body: int | None = None
    ended: bool = False
    late: bool = False


_NOTHING: Final = Begun()


class Prolog:
    """What is known of head and body while the body has not begun.

    Args:
        document: it is a full document; None: its own tokens say so.

    Attributes:
        document: it is a full document: it said so by its own tokens, or the caller did.
        templates: how many are open: what they hold begins no body.
    """

    __slots__ = ("_after_head", "_head", "document", "templates")

    def __init__(self, document: bool | None) -> None:
        self.document = document is True
        self.templates = 0
        self._head = False  # its beginning was seen
        self._after_head = False

    def key(self) -> object:
        """Equal for two that will do the same."""
        return self.document, self._head, self._after_head, self.templates

    @property
    def in_head(self) -> bool:
        """Whether the head has begun and not ended, so that what only a head holds changes nothing of that."""
        return self.document and self._head and not self.templates

    def tag(self, name: bytes, match: re.Match[bytes]) -> Begun:
        """A tag; what it implies begins before it."""
        offset = match.start(1) - 1
        if name == b"template":
            self.templates = max(0, self.templates + (-1 if match[1] else 1))
        if self.templates and not (name == b"template" and self.templates == 1):
            return _NOTHING
        if match[1]:
            if name == b"head":
                self._after_head = True
                return Begun(head=self._head_at(offset))
            return self.content(offset) if name in {b"body", b"html", b"br"} else _NOTHING
        if name in {b"html", b"head", b"body"}:
            self.document = True
        if name == b"html":
            return _NOTHING
        if name == b"head":
            return Begun(head=self._head_at(match.end()))
        if name == b"body":
            return Begun(head=self._head_at(offset), body=match.end(), ended=True)
        if name == b"frameset":
            return Begun(ended=True)
        return Begun(head=self._head_at(offset)) if name in HEAD else self.content(offset)

    def content(self, offset: int) -> Begun:
        """Content that only a body may hold."""
        if not self.document:
            return Begun(ended=True, late=True)
        return Begun(head=self._head_at(offset), body=offset, ended=True)

    def _head_at(self, offset: int) -> int | None:
        """The offset, if the head begins there."""
        if self._head or not self.document:
            return None
        self._head = True
        return offset
