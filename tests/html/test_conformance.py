"""The tokenizer against the conformance vectors of html5lib: every tag, every initial state, every split."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from consentkit.html.tags import Tag, TagStream


def vectors(folder: Path) -> Iterator[tuple[str, bytes, str, str | None, list[tuple[Any, ...]]]]:
    """(description, input, initial state, last start tag, expected tags) of every test."""
    for file in sorted(folder.glob("*.test")):
        content = json.loads(file.read_text("utf-8"))
        for test in content.get("tests", []) + content.get("xmlViolationTests", []):
            source, output = test["input"], test["output"]
            if test.get("doubleEscaped"):
                source, output = unescape(source), unescape(output)
            if not source.isascii() and any(0xD800 <= ord(char) <= 0xDFFF for char in source):
                source = source.encode("utf-8", "replace").decode()  # lone surrogates are no input bytes
            tags = [expected(token) for token in output if token[0] in {"StartTag", "EndTag"}]
            for state in test.get("initialStates", ["Data state"]):
                name = state.removesuffix(" state").lower()
                yield f"{file.name}: {test['description']}", source.encode(), name, test.get("lastStartTag"), tags


def unescape(value: Any) -> Any:
    r"""The value with every ``\uHHHH`` in its strings replaced."""
    if isinstance(value, str):
        return re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), value)
    if isinstance(value, list):
        return [unescape(item) for item in value]
    if isinstance(value, dict):
        return {unescape(key): unescape(item) for key, item in value.items()}
    return value


def expected(token: list[Any]) -> tuple[Any, ...]:
    """What is compared of a tag; of end tags only the name, the vectors give no more."""
    if token[0] == "EndTag":
        return ("EndTag", token[1])
    return ("StartTag", token[1], token[2], bool(token[3]) if len(token) > 3 else False)


def shown(tag: Tag) -> tuple[Any, ...]:
    """The same of a tag of ours."""
    return ("EndTag", tag.name) if tag.is_end else ("StartTag", tag.name, tag.attributes, tag.self_closing)


def read(chunks: list[bytes], state: str, last: str | None, *, atomic: bool) -> list[Tag]:
    """The tags of the chunks."""
    stream = TagStream(initial_state=state, last_start_tag=last, atomic=atomic)
    return [tag for chunk in chunks for tag in stream.feed(chunk)] + stream.finish()


@pytest.mark.parametrize("atomic", [False, True])
def test_every_tag_of_every_vector_whole_and_split_at_every_byte(shared: Path, atomic: bool) -> None:
    """Each vector gives the expected tags whole, cut in two at every byte, and byte by byte."""
    from consentkit.html.syntax import NEEDS_ATOMIC

    if NEEDS_ATOMIC and not atomic:
        pytest.skip("this interpreter has CPython #100061: the possessive form is never used here")
    count = 0
    wrong: list[object] = []
    for description, source, state, last, tags in vectors(shared / "html5lib-tests" / "tokenizer"):
        whole = read([source], state, last, atomic=atomic)
        count += 1
        if tags != [shown(tag) for tag in whole]:
            wrong.append((description, source, tags, whole))
            continue
        splits = [[source[:cut], source[cut:]] for cut in range(len(source) + 1)]
        splits.append([source[index : index + 1] for index in range(len(source))])
        wrong += [(description, cut, whole) for cut in splits if whole != read(cut, state, last, atomic=atomic)]
    assert [] == wrong
    assert count > 6000
