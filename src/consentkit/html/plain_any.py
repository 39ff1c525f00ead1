"""One rule: an element of any shape is judged attribute by attribute, as long as each is plain."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from consentkit.html import elements
from consentkit.html.crowds import crowded
from consentkit.html.decision import Kind
from consentkit.html.editor import Edit
from consentkit.html.elements import Form
from consentkit.html.judge import RELATIVE, Found, Place
from consentkit.html.marks import OWN_ATTRIBUTE, OWN_PREFIX, PREFIX, RENAME
from consentkit.html.plain_sheets import labels_of, refused_in_sheet
from consentkit.html.reading import Reading
from consentkit.html.report import RawLine
from consentkit.html.sheets import simple_urls, too_much
from consentkit.html.srcset import parse_srcset
from consentkit.html.urls import external_host
from consentkit.html.verdicts import ASK, FREE, Verdict

if TYPE_CHECKING:
    from consentkit.html.plain import Plain

#: An event handler without one of these holds no URL.
MAY_HOLD_URL: Final = re.compile(rb"[/&\\]|[pPsS]:")
_ODD_SRCSET: Final = re.compile(rb"[(\\]|,(?:[hH/]|\Z)|&(?!amp;|#0?38;)")
#: A URL, and its host where that is plain (`urls.external_host` says whether it is one).
_IN_SRCSET: Final = re.compile(
    rb"(?:^|,)[\t\n\f\r ]*+(?=[^\t\n\f\r ,])"
    rb"((?:(?:https?:)?//([a-z0-9.\-]++)(?=[/?#\t\n\f\r ,]|\Z))?[^\t\n\f\r ,]*+)"
)


def judge_any(plain: Plain, reading: Reading, data: bytes, start: int, end: int, name: bytes) -> int:
    """An element of any shape whose attributes are judged one by one."""
    match = plain.tag.match(data, start, end)
    if match is None or crowded(match, atomic=plain.atomic):
        return 0
    url = plain.url
    element = name.decode("latin-1")
    row = elements.HTML.get(element, {})
    never = plain.unconcerned
    seen: set[bytes] = set()
    edits: list[Edit] = []
    lines: list[Found | RawLine] = []
    for attribute in plain.attribute.finditer(data, match.start(3), match.end(3)):
        lower = attribute[1]
        if lower in never:
            continue
        lower = lower.lower()
        word = lower.decode("latin-1")
        trigger = row.get(word) or elements.EVERYWHERE.get(word)
        if lower in plain.watched or lower in seen or OWN_ATTRIBUTE.match(lower):
            return 0
        if trigger is None and not lower.startswith(b"on"):
            continue
        group = attribute.lastindex or 1
        raw = attribute[group] if group > 1 else b""
        place = Place(element, word)
        found: Found | None = None
        if trigger is None:
            if MAY_HOLD_URL.search(raw) is not None:
                if word not in elements.VISITOR_HANDLERS:
                    return 0
                found = plain.judge.inline(plain.judge.text(raw), Kind.SCRIPT, place)
        elif trigger.when is not None:
            return 0
        elif trigger.form is Form.CSS:
            if OWN_PREFIX.search(raw) or too_much(raw, references=True):
                return 0
            inside = attribute.start(group)
            # The one reference that styles have is as long as this, and URLs lose spaces at their ends.
            text = raw.replace(b"&quot;", b'     "') if b"&" in raw else raw
            odd = b"&" in text or plain.encoding.halves(text)
            urls = None if odd else simple_urls(text)
            if urls is not None:
                trimmed = [each._replace(url=each.url.rstrip(b" ")) for each in urls]
                lines += refused_in_sheet(plain, text, trimmed, inside, element, word, edits)
            elif not plain.judge.plain_css(raw, url, attribute=True):
                for at, each in plain.judge.css_offsets(raw, place, url, references=True):
                    lines.append(each)
                    edits.append((inside + at, inside + at, PREFIX))
        elif trigger.form is Form.URL:
            host = external_host(raw)
            verdict = plain.verdict(raw, host) if host is not None or RELATIVE.match(raw) else ASK
            if verdict is ASK:
                found = plain.judge.url(raw, trigger.kind, place, url)
            elif verdict.block is not None:
                lines.append((verdict.block, trigger.kind, element, word, raw, url))
                edits.append((attribute.start(1), attribute.start(1), RENAME))
        elif trigger.form is Form.SRCSET:
            free = refused_candidate(plain, raw)
            if free is None or free[0].block is not None:
                for candidate in parse_srcset(plain.judge.text(raw)):
                    found = plain.judge.address(candidate.url, trigger.kind, place, url)
                    if found is not None:
                        break
        else:
            return 0
        seen.add(lower)
        if found is not None:
            lines.append(found)
            at = attribute.start(1)
            edits.append((at, at, RENAME))
    after: int = match.end()
    if lines:
        if plain.placeholders and element in elements.EMBEDS:
            return 0
        at = match.end(2)
        reading.edits.append((at, at, labels_of(lines)))
        reading.edits += edits
        plain.told += [(start, line) for line in lines]
    return after


def refused_candidate(plain: Plain, value: bytes) -> tuple[Verdict, bytes] | None:
    """The verdict on the first URL in a srcset that is blocked; None where one of them has to be asked for."""
    if _ODD_SRCSET.search(value):
        return None
    for url, found in _IN_SRCSET.findall(value):
        host: bytes | None = found or external_host(url)
        if host is None and RELATIVE.match(url) is None:
            return None
        verdict = plain.verdict(url, host)
        if verdict is ASK:
            return None
        if verdict.block is not None:
            # A comma may also be part of it: told as it is.
            whole = value[value.find(url) :].split(None, 1)[0]
            return verdict, whole.rstrip(b",")
    return FREE, b""
