"""One rule: what may not be fetched is made inert in place, by insertions alone, so that it can be undone.

The blocked form, which `restore` and the script in the page undo:

* a blocked attribute ``X`` becomes ``data-ck-X`` (every occurrence, or the next one would take its place),
  its value byte for byte as it was;
* behind the element's name stand ``data-ck-service``, where no service is declared ``data-ck-host``, what is
  added to the element, and last ``data-ck-purposes``; each may hold several words, all of which are needed;
* a script gets ``type="text/plain"``, and its own ``type`` becomes ``data-ck-type``;
* where a page is put together (with an inserter), a frame gets a ``name`` that no other has, its own becomes
  ``data-ck-name``;
* a link of several types becomes ``data-ck-rel``, with a new ``rel`` of the types that are allowed;
* a URL in CSS (``style`` elements and attributes) or in the JSON of an import map or of speculation rules gets
  `PREFIX` in front, and the element the same three attributes;
* an element that another tool keeps inert (`compat`) loses that tool's form (``data-ck-was-X``) and, where it is
  allowed, gets its attributes back between ``data-ck-live`` and ``data-ck-end``;
* whatever is inserted into the page stands between `OPEN` and `CLOSE`;
* what the page itself has of all this (``data-ck-…``, `PREFIX`, comments like ours) gets one more ``ck``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from consentkit.html import compat, elements
from consentkit.html.beyond import void
from consentkit.html.change import Attribute, Attributes, Base, Change
from consentkit.html.charset import Encoding
from consentkit.html.decision import Block, Inserter, Kind, Mark
from consentkit.html.editor import Edit, Start
from consentkit.html.elements import Form, Trigger
from consentkit.html.judge import Found, Judge, Place
from consentkit.html.labels import escaped
from consentkit.html.marks import CLOSE, OPEN, OWN_ATTRIBUTE, RENAME, RULE
from consentkit.html.options import Embed, Options
from consentkit.html.plain import Plain
from consentkit.html.plain_any import MAY_HOLD_URL
from consentkit.html.reading import Reading
from consentkit.html.references import decode_with_offsets
from consentkit.html.refresh import refresh_url
from consentkit.html.report import Report
from consentkit.html.shapes import shapes
from consentkit.html.sheets import too_much
from consentkit.html.srcset import parse_srcset
from consentkit.html.svgtext import MAX_PIECES, Joined, joined
from consentkit.html.syntax import Grammar
from consentkit.html.types import kind_of_type
from consentkit.html.urls import Url, parse_url

#: Elements looked at for what they begin, and what in their attributes would be of concern all the same.
_IDLE: Final = frozenset(
    {b"svg", b"math", b"select", b"title", b"textarea", b"noscript", b"xmp", b"noembed", b"noframes"}
)
_CONCERN: Final = re.compile(
    rb"[oO][nN][a-zA-Z]|[sS][tT][yY]|[dD][aA][tT][aA]-[cC]|[bB][aA][cC][kK]|[sS][rR][cC]|[(&\\]"
)
#: The longest JSON that is judged. The import maps of real sites have some kilobytes.
MAX_JSON: Final = 1 << 18
#: As much of an element's name is reported.
MAX_NAME: Final = 64
#: Another style sheet's beginning, where one was taken to end.
_STYLE: Final = re.compile(rb"<[sS][tT][yY][lL][eE][\t\n\f\r />]")
#: The same of scripts.
_SCRIPT: Final = re.compile(rb"<[sS][cC][rR][iI][pP][tT][\t\n\f\r />]")
#: What a preload scanner looks for at the beginning of a sheet.
_READ_ON: Final = re.compile(rb"@|/\*")
_SPACES: Final = re.compile(r"[\t\n\f\r ]+")
_WORD: Final = re.compile(r"[A-Za-z0-9:/._+\-]+")
_MAIN_ATTRIBUTES: Final = frozenset({"src", "data", "code", "srcdoc"})
_TRUSTED_TYPES: Final = "require-trusted-types-for"


class Inert:
    """The editor that blocks.

    Args:
        judge: who is asked.
        grammar: how attributes are read.
        encoding: of the page.
        report: what was blocked is written there.
        inserter: what is inserted; None: nothing.
        options: see `Options`.
        url: the document's own.
        document: rewrites a document inside this one: text → insertions and what was blocked, or None where it
            is nested too deep.
        declared: the page says its encoding itself, where a browser looks for it, so that it is said again before what
            is inserted into the head.
    """

    def __init__(
        self, judge: Judge, grammar: Grammar, encoding: Encoding, report: Report, *, inserter: Inserter | None,
        options: Options, url: Url | None,
        document: Callable[[str, Base], tuple[list[tuple[int, str]], list[Found]] | None], declared: bool = False,
    ) -> None:  # fmt: skip
        self._judge = judge
        self._grammar = grammar
        self._encoding = encoding
        self._report = report
        self._inserter = inserter
        self._showing: frozenset[str] = frozenset() if inserter is None else inserter.showing
        self._document = document
        self._declaration = f'<meta charset="{encoding.name}">' if declared else ""
        self._options = options
        self._url = url
        self._trusted_types = options.trusted_types
        self._long = False  # inside a start tag beyond every limit
        self._tools = [compat.TOOLS[name] for name in sorted(options.compat)]
        watched = options.watched
        self._unconcerned = elements.UNCONCERNED - watched
        self._plain: Plain | None = None
        # Marks of other tools are looked for on every element.
        if not self._tools and all(name.startswith("data-") for name in watched):
            self._plain = Plain(
                judge, report, shapes(watched, atomic=grammar.atomic), encoding, grammar=grammar,
                watched=watched | {embed.attribute for embed in options.embeds},
                placeholders=inserter is not None, showing=self._showing, named=options.named,
            )  # fmt: skip
            self._plain.trusted_types = options.trusted_types
        self._parsed: tuple[Start, Attributes] | None = None
        self._embeds: dict[str, list[Embed]] = {}
        for embed in options.embeds:
            self._embeds.setdefault(embed.element, []).append(embed)

    # --- what a reading asks for ---------------------------------------------------------------------------------

    def wants_text(self, start: Start) -> bool:
        """Scripts without a URL, import maps and the like, and every style sheet."""
        if start.name == b"style":
            return True
        attributes = self._attributes(start)
        if self._tools and (marked := self._marked(attributes)) is not None:
            return not any(real == "src" and where in attributes.first for where, real in marked[0].moved)
        if "src" in attributes.first or (
            not start.html and not attributes.first.keys().isdisjoint({"href", "xlink:href"})
        ):
            return False
        return self._script_type(attributes) is not None

    def head(self, reading: Reading, offset: int) -> None:
        """Insert what belongs at the start of the head."""
        if self._inserter is not None and reading.alone:
            markup = self._inserter.head()
            self._insert(reading, offset, self._declaration + markup if markup else "")

    def body(self, reading: Reading, offset: int) -> None:
        """Insert what belongs at the start of the body."""
        if self._inserter is not None and reading.alone:
            self._insert(reading, offset, self._inserter.body())

    def plain(self, reading: Reading, run: re.Pattern[bytes], data: bytes, position: int, end: int) -> int:
        """Go on in plain HTML as long as all is plain; gives the offset to read on from."""
        if self._plain is None:
            return position
        return self._plain.run(reading, run, data, position, end)

    def release(self) -> None:
        """Let go of what holds the reading, which holds this: nothing is left for the garbage collector."""
        self._plain = None

    def comment(self, reading: Reading, offset: int) -> None:
        """A comment of the page that looks like ours stays the page's."""
        reading.edits.append((offset, offset, b"ck"))

    def long(self, reading: Reading, begin: re.Match[bytes] | None, names: list[int]) -> None:
        """A tag beyond every limit becomes an unknown element without attributes that mean anything."""
        if begin is not None:
            self._long = not begin[1]
            if self._long:
                reading.edits.append((begin.start(2), begin.start(2), RENAME))
                name = begin[2][:MAX_NAME].lower().decode("latin-1")
                self._report.add(self._judge.refused(Place(name, ""), Kind.OTHER), begin.start())
        if self._long:
            reading.edits += [(at, at, RENAME) for at in names]
        names.clear()

    def beyond(self, data: bytes, offset: int, end: int) -> list[Edit]:
        """Take its meaning from everything that begins there."""
        self._report.add(self._judge.refused(Place("", ""), Kind.OTHER), offset)
        return void(data, offset, end)

    def element(self, reading: Reading, start: Start, text: tuple[int, int] | None, whole: bool) -> None:
        """A start tag that may fetch something."""
        if start.name in _IDLE and _CONCERN.search(start.match[3]) is None:
            return
        base: Base = reading.base  # type: ignore[assignment]
        change = Change(self._judge, reading, start, self._attributes(start), base)
        self._parsed = None
        if OWN_ATTRIBUTE.match(start.name):
            change.insert(start.match.start(2) + 5, b"ck")
        name = change.name
        marked = self._marked(change.attributes) if self._tools else None
        if marked is not None and self._of_tool(change, marked[0], marked[1], text, whole):
            pass
        elif name == "script":
            self._script(change, text, whole)
        elif name == "style":
            self._style(change, text, whole)
        elif name == "link":
            self._link(change)
        elif name == "base":
            self._base(change)
        elif name == "meta":
            self._meta(change)
        self._generic(change)
        if name.startswith("amp-"):
            self._amp(change)
        for found in change.blocked:
            self._report.add(found, start.offset)
        if name == "object" and reading.embedded:
            reading.embedded += 1
        if change.blocked and self._inserter is not None:
            if name == "iframe":
                # The browser's history puts back into a frame what one of its name showed before, `src` or not: this
                # is none of those.
                change.rename("name")
                change.added.append(("name", f"ck-{self._report.offset + start.offset}"))
            self._placeholder(change)
        reading.edits += change.edits()

    # --- elements with rules of their own ------------------------------------------------------------------------

    # --- elements that another tool keeps inert ------------------------------------------------------------------

    def _marked(self, attributes: Attributes) -> tuple[compat.Tool, Mark] | None:
        """The tool that an element is marked for, and what the mark says."""
        first = attributes.first
        if "data-consent" in first or "data-consent-service" in first:
            return None  # our own marks come first
        for tool in self._tools:
            purpose = self._judge.text(first[tool.purpose].value).strip() if tool.purpose in first else ""
            service = self._judge.text(first[tool.service].value).strip() if tool.service in first else ""
            found = None
            if tool.words is not None and "class" in first:
                words = list(tool.words.finditer(self._judge.text(first["class"].value)))
                found = words[0] if words else None
                if tool.words.groups and not purpose:
                    purpose = next((word[1] for word in words if word[1] not in {"script", "native"}), "")
            if not (purpose or service or found):
                continue
            kind = self._judge.text(first["type"].value).strip().lower() if "type" in first else ""
            if kind in compat.INERT_TYPES or any(where in first for where, _ in tool.moved):
                return tool, Mark(purpose.split(",")[0].strip(), service)
        return None

    def _of_tool(
        self, change: Change, tool: compat.Tool, mark: Mark, text: tuple[int, int] | None, whole: bool
    ) -> bool:
        """Bring an element to life, or give it our inert form; False where there is nothing to judge."""
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
            found = found or self._value(trigger, attribute.value, change.place(real), change.base)
        if change.name == "script" and "src" in first and "src" not in moved:
            judged = True
            found = found or self._judge.url(first["src"].value, Kind.SCRIPT, change.place("src"), change.base)
        if text is not None and not judged:
            judged = True
            if whole:
                code = change.start.data[text[0] : text[1]].decode(self._encoding.codec, "replace")
                found = self._judge.inline(code, Kind.SCRIPT, change.place(""))
            else:
                found = self._judge.refused(change.place(""), Kind.SCRIPT)
        if not judged:
            change.mark = None
            return False
        kind = self._judge.text(first["type"].value).strip().lower() if "type" in first else ""
        if kind in compat.INERT_TYPES:
            change.set_aside("type")
        prefix = "" if found is None else "data-ck-"
        for real, attribute in moved.items():
            if real != "type" or found is None:
                change.set_aside(real)
                change.added.append((prefix + real, self._judge.text(attribute.value)))
        if found is not None:
            change.block(found)
            if change.name == "script":
                change.rename("src")
                change.added.append(("type", "text/plain"))
        change.handled.update({*moved, "src", "href", "type"})
        return True

    def _script_type(self, attributes: Attributes) -> str | None:
        """``classic``, ``module``, a type with URLs in JSON, or None for a data block (HTML §4.12.1.1)."""
        # Of several, the first counts, but for a preload scanner the last: any will do.
        types = [kind_of_type(self._judge.text(attribute.value)) for attribute in attributes.each("type")]
        if types:
            return next((kind for kind in types if kind is not None), None)
        languages = [self._judge.text(attribute.value).lower() for attribute in attributes.each("language")]
        if not languages or any(not name or f"text/{name}" in elements.SCRIPT_TYPES for name in languages):
            return "classic"
        return None

    def _script(self, change: Change, text: tuple[int, int] | None, whole: bool) -> None:
        kind = self._script_type(change.attributes)
        if kind is None:
            change.handled.update({"src", "href", "xlink:href"})
            return
        found: Found | None = None
        if text is not None and _SCRIPT.match(change.start.data, text[1]):
            # Taken for the end of its text, though for some reading it is none: what the rest says is not known.
            found = self._judge.anybody(Kind.SCRIPT, change.place(""))
        if found is not None:
            change.block(found)
        elif text is not None and kind in elements.JSON_TYPES:
            self._json(change, text, kind, whole)
            return
        elif text is not None:
            place = change.place("")
            if whole:
                raw = change.start.data[text[0] : text[1]]
                code = raw.decode(self._encoding.codec, "replace")
                found = self._judge.code(code, place, change.base, module=kind == "module")
                if found is None and change.start.foreign and "&" in code:
                    decoded = decode_with_offsets(code, in_attribute=False)[0]
                    found = self._judge.code(decoded, place, change.base, module=kind == "module")
            else:
                found = self._judge.refused(place, Kind.SCRIPT)
            if found is not None:
                change.block(found)
        for name in ("href", "xlink:href", "src") if change.start.foreign else ("src",):
            change.handled.add(name)
            for attribute in change.attributes.each(name):
                refused = self._judge.url(attribute.value, Kind.SCRIPT, change.place(name), change.base)
                if refused is not None:
                    found = refused
                    change.block(refused, None if self._trusted_types else name)
        if found is not None:
            change.rename("type")
            change.added.append(("type", "text/plain"))

    def _json(self, change: Change, text: tuple[int, int], kind: str, whole: bool) -> None:
        place = change.place("")
        if not whole or text[1] - text[0] > MAX_JSON:
            change.block(self._judge.refused(place, elements.JSON_TYPES[kind]))
            change.rename("type")
            change.added.append(("type", "text/plain"))
            return
        raw = change.start.data[text[0] : text[1]]
        decoded, offset_of = self._judge.decoded(raw)
        refused = dict(self._judge.json(decoded, elements.JSON_TYPES[kind], place, change.base))
        if kind == "speculationrules":
            refused |= self._judge.rules(decoded, place, change.base)
        for at in sorted(refused):
            change.block(refused[at])
            change.prefix(text[0] + offset_of(at))
        change.own_prefixes(text[0], raw)

    def _style(self, change: Change, text: tuple[int, int] | None, whole: bool) -> None:
        if text is None:
            return
        data, place = change.start.data, change.place("")
        raw = data[text[0] : text[1]]
        foreign = change.start.foreign
        kind = change.attributes.first.get("type")
        if raw.startswith(RULE) and kind is not None and self._judge.text(kind.value) == "text/plain":
            return  # inert as it is: no sheet, and no import before the first rule
        refused: Found | None = None
        pieces: Joined | None = None
        if not whole or too_much(raw, references=foreign) or (foreign and raw.count(b"<") > MAX_PIECES):
            refused = self._judge.refused(place, Kind.STYLE)
        else:
            if foreign and b"<" in raw:
                pieces = joined(raw)
            # In SVG, and where two readings are possible, what another sheet or an element in this one is, or where it
            # really ends, is not known; of a closed one a preload scanner reads on.
            unclear = _STYLE.match(data, text[1]) or (foreign and b"<" in raw and pieces is None)
            if unclear or (foreign and change.start.self_closing and _READ_ON.search(raw)):
                refused = self._judge.anybody(Kind.STYLE, place)
        if refused is not None:
            change.block(refused)
            change.rename("type")
            change.added.append(("type", "text/plain"))
            change.insert(text[0], RULE)
            return
        if change.mark is None and pieces is None and self._judge.plain_css(raw, change.base, attribute=foreign):
            return
        prefixes = dict(self._judge.css_offsets(raw, place, change.base, references=foreign))
        if foreign and change.start.html and b"&" in raw:
            prefixes |= self._judge.css_offsets(raw, place, change.base, references=False)
        if pieces is not None:
            for at, found in self._judge.css_offsets(pieces.text, place, change.base, references=True):
                prefixes[pieces.offset(at)] = found
        for at, found in prefixes.items():
            change.block(found)
            change.prefix(text[0] + at)
        change.own_prefixes(text[0], raw)

    def _link(self, change: Change) -> None:
        targets = change.attributes.each("href")
        if not targets:
            return
        values = [self._judge.text(rel.value).lower() for rel in change.attributes.each("rel")]
        words = [word for value in values for word in _SPACES.split(value) if word]
        place = change.place("href")
        refused: set[str] = set()
        for word in dict.fromkeys(words):
            kind = elements.LINK_TYPES.get(word)
            for href in targets if kind is not None else ():
                if (found := self._judge.url(href.value, kind or Kind.OTHER, place, change.base)) is not None:
                    refused.add(word)
                    change.block(found)
        if not refused:
            return
        left = [
            word for word in dict.fromkeys(words)
            if word not in refused and elements.LINK_COMPANIONS.get(word) not in refused and _WORD.fullmatch(word)
        ]  # fmt: skip
        if left:
            change.rename("rel")
            change.added.append(("rel", " ".join(left)))
        else:
            change.rename("href")

    def _base(self, change: Change) -> None:
        href = change.attributes.first.get("href")
        if href is None:
            return
        base: Base = change.reading.base  # type: ignore[assignment]
        document = self._url
        found = self._judge.url(href.value, Kind.OTHER, change.place("href"), document)
        if found is not None:
            change.block(found, "href")
        if not base.given and change.start.html:
            url = parse_url(self._judge.text(href.value), document)
            if url is not None and url.scheme not in {"data", "javascript"}:
                change.reading.base = Base(url, given=True)

    def _meta(self, change: Change) -> None:
        content = change.attributes.first.get("content")
        equivalent = change.attributes.first.get("http-equiv")
        if content is None or equivalent is None:
            return
        if self._judge.text(equivalent.value).lower() == "content-security-policy":
            policy = self._judge.text(content.value)
            self._trusted_types = self._trusted_types or _TRUSTED_TYPES in policy.lower()
            if self._plain is not None:
                self._plain.trusted_types = self._trusted_types
            if self._options.csp is not None and (widened := self._options.csp(policy)) != policy:
                change.replace(content, self._encoding.encode(escaped(widened)))

    def _amp(self, change: Change) -> None:
        """AMP's own way of waiting for consent, beside ours."""
        host = elements.AMP_HOSTS.get(change.name)
        if host is not None and not change.blocked:
            found = self._judge.address(f"https://{host}/", Kind.FRAME, change.place(""), None)
            if found is not None:
                change.block(found)
        if change.blocked and "data-block-on-consent" not in change.attributes.first:
            change.added.append(("data-block-on-consent", ""))

    # --- all others ----------------------------------------------------------------------------------------------

    def _generic(self, change: Change) -> None:
        """Every attribute that a table names."""
        plain = self._unconcerned if not change.start.foreign else frozenset()
        for attribute in change.attributes.all:  # where one comes twice the first counts, but not for every scanner
            name = attribute.name
            if name in plain or name in change.handled:
                continue
            if name == "style":
                self._style_attribute(change, attribute)
                continue
            found: Found | None = None
            trigger = change.trigger(name)
            if trigger is not None:
                if trigger.form is Form.DOCUMENT:
                    self._srcdoc(change, attribute)
                    continue
                if trigger.when is None or self._holds(change, trigger):
                    found = self._value(trigger, attribute.value, change.place(name), change.base)
            elif name.startswith("on"):
                found = self._handler(change, attribute)
            elif name in self._options.lazy:
                found = self._lazy(change, attribute)
            if found is not None:
                change.block(found, name)
        for embed in (*self._embeds.get(change.name, ()), *self._embeds.get("*", ())):
            self._embed(change, embed)
        if OWN_ATTRIBUTE.search(change.start.match[3]) is None:
            return
        for attribute in change.attributes.all:
            if OWN_ATTRIBUTE.match(attribute.name.encode("latin-1")):
                change.insert(attribute.start + 5, b"ck")

    def _holds(self, change: Change, trigger: Trigger) -> bool:
        if trigger.when not in change.held:
            name, values = trigger.when or ("", ())
            given = (self._judge.text(attribute.value).lower().strip() for attribute in change.attributes.each(name))
            change.held[trigger.when] = any(value in values for value in given)
        return change.held[trigger.when]

    def _value(self, trigger: Trigger, raw: bytes, place: Place, base: Url | None) -> Found | None:
        """The first URL in a value that may not be fetched."""
        judge, kind = self._judge, trigger.kind
        if trigger.form is Form.URL:
            return judge.url(raw, kind, place, base)
        text = judge.text(raw)
        if trigger.form is Form.CSS:
            if too_much(raw, references=True):
                return judge.refused(place, kind)
            if judge.plain_css(raw, base, attribute=True) and place.mark is None:
                return None
            return next((found for _, found in judge.css(text, place, base)), None)
        urls: Iterable[str]
        if trigger.form is Form.SRCSET:
            urls = (candidate.url for candidate in parse_srcset(text))
        elif trigger.form is Form.URLS:
            urls = (url for url in _SPACES.split(text) if url)
        elif trigger.form is Form.REFRESH:
            url = refresh_url(text)
            urls = () if url is None else (url,)
        else:
            urls = []
            for value in text.split(";"):
                if "(" in value:
                    found = next((found for _, found in judge.css(value, place, base)), None)
                    if found is not None:
                        return found
                elif "/" in value or "\\" in value:
                    urls.append(value)
        return next((found for url in urls if (found := judge.address(url, kind, place, base)) is not None), None)

    def _style_attribute(self, change: Change, attribute: Attribute) -> None:
        raw = attribute.value
        if too_much(raw, references=True):
            change.block(self._judge.refused(change.place("style"), Kind.STYLE), "style")
            return
        if change.mark is None and self._judge.plain_css(raw, change.base, attribute=True):
            return
        for at, found in self._judge.css_offsets(raw, change.place("style"), change.base, references=True):
            change.block(found)
            change.prefix(attribute.value_start + at)
        change.own_prefixes(attribute.value_start, raw)

    def _handler(self, change: Change, attribute: Attribute) -> Found | None:
        """Code in an attribute that can hold a URL. What a visitor has to act for is judged by its signature only."""
        raw = attribute.value
        automatic = attribute.name not in elements.VISITOR_HANDLERS
        if MAY_HOLD_URL.search(raw) is None:
            return None
        text, place = self._judge.text(raw), change.place(attribute.name)
        found = self._judge.inline(text, Kind.SCRIPT, place)
        if found is None and automatic:
            found = self._judge.urls_in_code(text, Kind.OTHER, place, change.base)
        return found

    def _lazy(self, change: Change, attribute: Attribute) -> Found | None:
        """A URL that a script of the page will copy into the real attribute."""
        row = elements.HTML.get(change.name, {})
        kind = row["src"].kind if "src" in row else Kind.IMAGE
        form = Form.CSS if b"(" in attribute.value else Form.URL
        if "srcset" in attribute.name:
            form = Form.SRCSET
        return self._value(Trigger(kind, form), attribute.value, change.place(attribute.name), change.base)

    def _embed(self, change: Change, embed: Embed) -> None:
        attribute = change.attributes.first.get(embed.attribute)
        if attribute is None:
            return
        text, place = self._judge.text(attribute.value), change.place(embed.attribute)
        if not text.strip().startswith(embed.starts):
            return
        if embed.json:
            found = next((found for _, found in self._judge.json(text, embed.kind, place, change.base)), None)
        else:
            found = self._judge.address(embed.url.replace("{}", text.strip()), embed.kind, place, change.base)
        if found is not None:
            change.block(found, embed.attribute)

    def _srcdoc(self, change: Change, attribute: Attribute) -> None:
        """A document in an attribute, rewritten there."""
        text, offset_of = self._judge.decoded(attribute.value)
        plain, original = decode_with_offsets(text)
        rewritten = self._document(plain, Base(change.base))
        if rewritten is None:
            change.block(self._judge.refused(change.place("srcdoc"), Kind.FRAME), "srcdoc")
            return
        insertions, founds = rewritten
        for found in founds:
            self._report.add(found, change.start.offset)
        for at, insertion in insertions:
            change.insert(attribute.value_start + offset_of(original(at)), self._encoding.encode(escaped(insertion)))

    # --- insertions ----------------------------------------------------------------------------------------------

    def _insert(self, reading: Reading, offset: int, markup: str) -> None:
        if markup:
            reading.edits.append((offset, offset, OPEN + self._encoding.encode(markup) + CLOSE))

    def _placeholder(self, change: Change) -> None:
        """Stand in for a blocked embed, where markup may stand."""
        reading, start = change.reading, change.start
        embeds = (*self._embeds.get(change.name, ()), *self._embeds.get("*", ()))
        if self._inserter is None or not (embeds or change.name == "script" or change.name in elements.EMBEDS):
            return
        if reading.embedded or reading.content.frames or not (start.settled and reading.alone and reading.body_open):
            return
        widgets = {embed.attribute for embed in embeds}
        wanted = widgets | ({"src", ""} if change.name == "script" else _MAIN_ATTRIBUTES)
        main = next((found for found in change.blocked if found.resource.attribute in wanted), None)
        if main is None or not (main.resource.attribute in widgets or self._visible(change.name, main.block)):
            return
        attributes = _Decoded(change.attributes.first, self._judge)
        self._insert(reading, start.offset, self._inserter.placeholder(main.block, main.resource, attributes))
        if change.name == "object":
            reading.embedded = 1

    def _visible(self, element: str, block: Block) -> bool:
        """Whether a visitor would miss a blocked element: an embed, or a script that shows something at its place."""
        return element in elements.EMBEDS or (element == "script" and block.service in self._showing)

    def _attributes(self, start: Start) -> Attributes:
        if self._parsed is not None and self._parsed[0] is start:
            return self._parsed[1]
        attributes = Attributes(self._grammar, start.match)
        self._parsed = (start, attributes)
        return attributes


class _Decoded(Mapping[str, str]):
    """The attributes of an element as scripts see them, each decoded when it is asked for: a document may be in one."""

    def __init__(self, first: dict[str, Attribute], judge: Judge) -> None:
        self._first = first
        self._judge = judge

    def __getitem__(self, name: str) -> str:
        return self._judge.text(self._first[name].value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)
