"""The policy document as Markdown: the same facts as the HTML page, readable without a browser."""

from __future__ import annotations

import datetime
import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

from consentkit.pages.document import PolicyDocument
from consentkit.pages.texts import Texts

# Everything that CommonMark could read as markup inside of a line, and the `|` that ends a table's cell.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>|~]|(?m:^)[#+>=-]|(?m:^)(?=\d+[.)])|&(?=[#a-zA-Z])")
_SPACE = re.compile(r"\s+")


def policy_markdown(document: PolicyDocument, texts: Texts) -> str:
    """The whole document, ending with a newline."""
    return write_policy(document, texts, Writer(texts))


def write_policy(document: PolicyDocument, texts: Texts, out: Writer) -> str:
    """The whole document as a writer writes it."""
    titles = {purpose.id: purpose.title for purpose in document.purposes}

    def named(ids: Iterable[str]) -> str:
        return ", ".join(titles[id_] for id_ in ids)

    def country(code: str | None) -> str:
        return texts.country(code) if code else ""

    def yes(value: bool) -> str:
        return texts.plain("facts.yes" if value else "facts.no")

    out.heading(1, texts.plain("policy.title"))
    out.text(f"{document.controller['name']} · {texts.plain('policy.version', version=document.version)}")
    out.heading(2, texts.plain("policy.controller"))
    people = {"": document.controller, "dpo": document.dpo, "representative": document.representative}
    for title, person in people.items():
        if person:
            if title:
                out.heading(3, texts.plain(f"policy.{title}"))
            out.facts(
                ("facts.name", person["name"]),
                ("policy.address", person["address"]),
                ("policy.email", person["email"]),
                ("policy.phone", person["phone"]),
                ("policy.registration", person.get("registration")),
            )
    out.heading(2, texts.plain("policy.purposes"))
    for purpose in document.purposes:
        out.heading(3, purpose.title)
        out.text(purpose.summary)
        out.text(purpose.text)
        why = f"{texts.plain('exemption.' + purpose.exemption)} {purpose.justification}" if purpose.exemption else None
        out.facts(
            ("policy.basis", texts.plain(f"basis.{purpose.legal_basis}")),
            ("policy.exemption", why),
            ("policy.keeping", purpose.retention),
        )
        if purpose.asked == "form":
            out.text(texts.plain("policy.asked_form"))
    out.heading(2, texts.plain("policy.services"))
    out.table(
        ("facts.service", "facts.provider", "facts.country", "facts.purposes", "facts.data", "facts.privacy"),
        [
            (r.name, r.provider, country(r.country), named(r.purposes),
             " ".join(filter(None, (r.description, r.data, ", ".join(r.hosts)))), r.privacy_url or "")
            for r in document.recipients
        ],
        empty="policy.services_none",
    )  # fmt: skip
    out.heading(2, texts.plain("policy.cookies"))
    out.table(
        ("facts.name", "facts.kind", "facts.set_by", "facts.purposes", "facts.lifetime", "facts.third_party",
         "facts.description"),
        [
            (i.name, texts.plain(f"facts.{i.kind}"), i.set_by,
             named(i.purposes) + (f" ({texts.plain('policy.exemption')})" if i.exempt else ""),
             _plain(texts.lifetime(i.lifetime)), yes(i.third_party), i.description)
            for i in document.items
        ],
        empty="policy.cookies_none",
    )  # fmt: skip
    out.heading(2, texts.plain("policy.transfers"))
    for transfer in document.transfers:
        where = country(transfer.country)
        if transfer.safeguard:
            where = texts.plain("facts.transfer", country=where, safeguard=transfer.safeguard)
        out.item(f"{transfer.recipient}: {where}")
    if not document.transfers:
        out.text(texts.plain("policy.transfers_none"))
    out.section("policy.retention", document.retention)
    out.text(f"{texts.plain('policy.retention_records')}: {_plain(texts.lifetime(document.records_kept))}")
    out.section("policy.rights", texts.plain("policy.rights_list"), document.rights)
    out.text(texts.plain("policy.rights_withdraw"))
    out.text(f"{texts.plain('policy.rights_complain')} {document.authority}: {document.authority_url}")
    out.section("policy.mandatory", document.mandatory_data)
    out.section("policy.automated", document.automated_decisions)
    out.section("policy.signals", texts.plain("policy.gpc"), document.dnt_response)
    if document.minors:
        age = texts.plain("policy.minors_age", age=document.minors["age"])
        out.section("policy.minors", age, document.minors["text"])
    if document.email:
        out.section("policy.mail", texts.plain(f"policy.mail_{document.email['tracking']}"), document.email["text"])
    told = {"payment": document.payment, "disclosure": document.disclosure, "security": document.security}
    for key, text in told.items():
        if text:
            out.section(f"policy.{key}", text)
    for section in document.sections:
        out.heading(2, section["title"])
        out.text(section["text"])
    if document.changes:
        out.heading(2, texts.plain("policy.changes"))
        out.table(
            ("policy.change_date", "policy.change_version", "policy.change_summary"),
            [(_day(change, texts), change["version"], change["summary"]) for change in document.changes],
        )
    return out.whole()


class Writer:
    """Writes blocks of Markdown, each value escaped."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._blocks = list[str]()

    def heading(self, level: int, text: str) -> None:
        """A heading of this level."""
        self._blocks.append(f"{'#' * level} {_line(text)}")

    def section(self, key: str, *texts: str) -> None:
        """A section of the second level with its texts."""
        self.heading(2, self._texts.plain(key))
        for text in texts:
            self.text(text)

    def text(self, text: str) -> None:
        """Paragraphs, divided by empty lines."""
        blocks = (block.strip() for block in text.replace("\r\n", "\n").split("\n\n"))
        self._blocks.extend("\n".join(_line(line) for line in block.splitlines()) for block in blocks if block)

    def item(self, text: str) -> None:
        """One item of a list."""
        self._blocks.append(f"- {_line(text)}")

    def facts(self, *pairs: tuple[str, Any]) -> None:
        """A list of named facts; those without a value are left out."""
        given = [f"- **{_line(self._texts.plain(key))}**: {_line(str(value))}" for key, value in pairs if value]
        self._blocks.append("\n".join(given))

    def table(self, keys: tuple[str, ...], rows: list[tuple[str, ...]], *, empty: str = "") -> None:
        """A table, or the sentence of the key `empty`, which says that there is nothing."""
        if not rows:
            self.text(self._texts.plain(empty))
            return
        lines = [tuple(self._texts.plain(key) for key in keys), *rows]
        table = ["| " + " | ".join(_line(cell) for cell in line) + " |" for line in lines]
        self._blocks.append("\n".join([table[0], "|" + " --- |" * len(keys), *table[1:]]))

    def whole(self) -> str:
        """Everything written, ending with a newline."""
        return "\n\n".join(self._blocks) + "\n"


def _line(text: str) -> str:
    return _MARKUP.sub(lambda match: "\\" + match[0], _SPACE.sub(" ", text).strip())


def _plain(markup: str) -> str:
    return html.unescape(str(markup))


def _day(change: Mapping[str, Any], texts: Texts) -> str:
    return _plain(texts.date(datetime.date.fromisoformat(change["date"])))
