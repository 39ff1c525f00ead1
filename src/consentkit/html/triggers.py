"""One rule: every attribute that a table or the policy names is judged, and renamed where it may not be fetched."""

from __future__ import annotations

from collections.abc import Callable

from consentkit.html import elements
from consentkit.html.change import Attribute, Base, Change
from consentkit.html.charset import Encoding
from consentkit.html.decision import Kind
from consentkit.html.elements import Form, Trigger
from consentkit.html.inert_sheets import block_style
from consentkit.html.inert_values import refused_value
from consentkit.html.judge import Found, Judge
from consentkit.html.labels import escaped
from consentkit.html.marks import OWN_ATTRIBUTE
from consentkit.html.options import Embed, Embeds
from consentkit.html.plain_any import MAY_HOLD_URL
from consentkit.html.references import decode_with_offsets
from consentkit.html.report import Report

#: Rewrites a document inside this one: text → insertions and what was blocked, or None where it is nested too deep.
Document = Callable[[str, Base], tuple[list[tuple[int, str]], list[Found]] | None]


class Triggers:
    """The attributes of any element.

    Args:
        judge: who is asked.
        encoding: of the page.
        embeds: elements that the policy declares, with the attributes that count on them.
        report: what is blocked in documents inside this one is written there.
        document: see `Document`.
        lazy: attributes that lazy loading fills (`Options.lazy`).
        watched: attributes that count on any element (`Options.watched`).
    """

    def __init__(
        self, judge: Judge, encoding: Encoding, embeds: Embeds, report: Report, document: Document, *,
        lazy: frozenset[str], watched: frozenset[str],
    ) -> None:  # fmt: skip
        self._judge = judge
        self._encoding = encoding
        self._embeds = embeds
        self._lazy = lazy
        self._unconcerned = elements.UNCONCERNED - watched if watched else elements.UNCONCERNED
        self._report = report
        self._document = document

    def block(self, change: Change) -> None:
        """What it says may not be fetched."""
        plain = self._unconcerned if not change.start.foreign else frozenset()
        for attribute in change.attributes.all:  # where one comes twice the first counts, but not for every scanner
            name = attribute.name
            if name in plain or name in change.handled:
                continue
            if name == "style":
                block_style(change, self._judge, attribute)
                continue
            found: Found | None = None
            trigger = change.trigger(name)
            if trigger is not None:
                if trigger.form is Form.DOCUMENT:
                    self._srcdoc(change, attribute)
                    continue
                if trigger.when is None or self._holds(change, trigger):
                    found = refused_value(self._judge, trigger, attribute.value, change.place(name), change.base)
            elif name.startswith("on"):
                found = self._handler(change, attribute)
            elif name in self._lazy:
                found = self._filled(change, attribute)
            if found is not None:
                change.block(found, name)
        if not self._embeds.attributes.isdisjoint(change.attributes.first):
            self._judge.only_here = True  # on another element it may mean something, or under other options
        for embed in self._embeds.of(change.name):
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

    def _filled(self, change: Change, attribute: Attribute) -> Found | None:
        """A URL that a script of the page will copy into the real attribute."""
        row = elements.HTML.get(change.name, {})
        kind = row["src"].kind if "src" in row else Kind.IMAGE
        form = Form.CSS if b"(" in attribute.value else Form.URL
        if "srcset" in attribute.name:
            form = Form.SRCSET
        return refused_value(
            self._judge, Trigger(kind, form), attribute.value, change.place(attribute.name), change.base
        )

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
