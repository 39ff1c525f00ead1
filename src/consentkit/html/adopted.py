"""One rule: an element that another tool keeps inert (`compat`) is brought to life, or gets our inert form."""

from __future__ import annotations

from collections.abc import Sequence

from consentkit.html import elements
from consentkit.html.change import Attributes, Change
from consentkit.html.compat import INERT_TYPES, Tool
from consentkit.html.decision import Kind, Mark
from consentkit.html.elements import Trigger
from consentkit.html.inert_values import refused_value
from consentkit.html.judge import Found, Judge


def marked(attributes: Attributes, judge: Judge, tools: Sequence[Tool]) -> tuple[Tool, Mark] | None:
    """The tool that an element is marked for, and what the mark says."""
    first = attributes.first
    if "data-consent" in first or "data-consent-service" in first:
        return None  # our own marks come first
    for tool in tools:
        purpose = judge.text(first[tool.purpose].value).strip() if tool.purpose in first else ""
        service = judge.text(first[tool.service].value).strip() if tool.service in first else ""
        found = None
        if tool.words is not None and "class" in first:
            words = list(tool.words.finditer(judge.text(first["class"].value)))
            found = words[0] if words else None
            if tool.words.groups and not purpose:
                purpose = next((word[1] for word in words if word[1] not in {"script", "native"}), "")
        if not (purpose or service or found):
            continue
        kind = judge.text(first["type"].value).strip().lower() if "type" in first else ""
        if kind in INERT_TYPES or any(where in first for where, _ in tool.moved):
            return tool, Mark(purpose.split(",")[0].strip(), service)
    return None


def adopt(
    change: Change, judge: Judge, codec: str, tool: Tool, mark: Mark, text: tuple[int, int] | None, *, whole: bool
) -> bool:
    """Bring an element to life, or give it our inert form; False where there is nothing to judge.

    Args:
        change: what becomes of its tag.
        judge: who is asked.
        codec: of the page.
        tool: for which it is marked.
        mark: what the mark says.
        text: the offsets of its text, if that counts.
        whole: that is all of its text.
    """
    first = change.attributes.first
    change.mark = mark
    moved = {real: first[where] for where, real in tool.moved if where in first}
    row = elements.HTML.get(change.name, {})
    found: Found | None = None
    judged = False
    for real, attribute in moved.items():
        trigger = row.get(real)
        if trigger is None and not (real == "href" and change.name == "link"):
            continue
        judged = True
        trigger = trigger or Trigger(Kind.STYLE)
        found = found or refused_value(judge, trigger, attribute.value, change.place(real), change.base)
    if change.name == "script" and "src" in first and "src" not in moved:
        judged = True
        found = found or judge.url(first["src"].value, Kind.SCRIPT, change.place("src"), change.base)
    if text is not None and not judged:
        judged = True
        if whole:
            code = change.start.data[text[0] : text[1]].decode(codec, "replace")
            found = judge.inline(code, Kind.SCRIPT, change.place(""))
        else:
            found = judge.refused(change.place(""), Kind.SCRIPT)
    if not judged:
        change.mark = None
        return False
    kind = judge.text(first["type"].value).strip().lower() if "type" in first else ""
    if kind in INERT_TYPES:
        change.set_aside("type")
    prefix = "" if found is None else "data-ck-"
    for real, attribute in moved.items():
        if real != "type" or found is None:
            change.set_aside(real)
            change.added.append((prefix + real, judge.text(attribute.value)))
    if found is not None:
        change.block(found)
        if change.name == "script":
            change.rename("src")
            change.added.append(("type", "text/plain"))
    change.handled.update({*moved, "src", "href", "type"})
    return True
