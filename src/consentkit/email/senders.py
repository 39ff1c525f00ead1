"""One rule: whether an address reports back is a matter of data (`data/senders.toml`), read once per process."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from consentkit.html.urls import Url

#: Characters behind the host in which a pattern has to be found: an address of a megabyte costs no more than others.
MAX_PATTERN: Final = 512

#: Answers remembered: pictures and pages of an issue come again in every reader's letter.
KEPT: Final = 4_096

#: Links with which a reader ends mail, or changes what comes, stay as the sender made them: they may need it all.
ENDING: Final = re.compile(
    r"unsub|opt-?out|list-?remove|abmeld|abbestell|desabonn|d[ée]sinscri|disiscri"
    r"|cancel(?:lar|ar)?[-_]?(?:sub|inscri)"
    r"|manage[-_]?(?:sub|pref)|email[-_]?pref|preferences\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wrapper:
    """Where the target stands in a link that goes through somebody else.

    Attributes:
        at: matches host, path and query up to where the target may stand.
        query: the parameter that holds it; or
        segment: the segment of the path behind `at` that does; or
        rest: everything behind `at` is it.
        host: the target is written without its scheme.
        sender: id.
    """

    at: re.Pattern[str]
    sender: str
    query: str = ""
    segment: int | None = None
    rest: bool = False
    host: bool = False


class Patterns:
    """Host patterns with the beginning of a path, and whose they are. Most are found by their host alone."""

    def __init__(self, patterns: Iterable[tuple[str, str]]) -> None:
        self._by_host = dict[str, list[tuple[re.Pattern[str], str]]]()
        self._others = list[tuple[re.Pattern[str], str]]()
        for pattern, sender in patterns:
            host, expression = _expression(pattern)
            if host:
                self._by_host.setdefault(host, []).append((expression, sender))
            else:
                self._others.append((expression, sender))
        # Almost no address is any of these: one question tells.
        whole = "|".join(f"(?:{expression.pattern})" for expression, _ in self._others)
        self._other = re.compile(whole or r"(?!)", re.IGNORECASE)
        self._kept = dict[str, str | None]()

    def match(self, url: Url) -> str | None:
        """The sender whose address this is, or None."""
        whole = written(url)
        if whole not in self._kept:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[whole] = self._found(whole, url.host)
        return self._kept[whole]

    def _found(self, whole: str, host: str) -> str | None:
        while True:
            for expression, sender in self._by_host.get(host, ()):
                if expression.match(whole):
                    return sender
            _, dot, host = host.partition(".")
            if not dot:
                break
        if self._other.match(whole) is None:
            return None
        return next((sender for expression, sender in self._others if expression.match(whole)), None)


@dataclass(frozen=True, slots=True)
class Senders:
    """The table, compiled.

    Attributes:
        open: what reports that a mail was opened.
        click: what counts a click.
        unwrap: where the targets stand.
        wrapped: matches what any of these is at.
        parameters: matches the name of a query parameter that tells who clicked, or in which mail.
        owners: of the parameters: by lower-case name or pattern, the sender's id.
    """

    open: Patterns
    click: Patterns
    unwrap: tuple[Wrapper, ...]
    wrapped: re.Pattern[str]
    parameters: re.Pattern[str]

    def wrappers(self, url: Url) -> Iterable[tuple[Wrapper, re.Match[str]]]:
        """The wrappers that the address may be of, each with how it matches."""
        whole = written(url)
        if self.wrapped.match(whole) is None:
            return
        for wrapper in self.unwrap:
            match = wrapper.at.match(whole)
            if match is not None:
                yield wrapper, match


def written(url: Url) -> str:
    """Host, path and query: what patterns are compared with, as much of it as `MAX_PATTERN`."""
    whole = f"{url.host}{url.path}" + ("" if url.query is None else f"?{url.query}")
    return whole[: len(url.host) + MAX_PATTERN]


@cache
def senders() -> Senders:
    """The table of `data/senders.toml`."""
    return compile_senders(table())


@cache
def table() -> list[dict[str, Any]]:
    """The table as it is written."""
    text = (files("consentkit") / "data" / "senders.toml").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)["senders"]
    return rows


def compile_senders(rows: Iterable[dict[str, Any]]) -> Senders:
    """Make one table of several senders' rows.

    Args:
        rows: as `data/senders.toml` has them: ``id`` and any of ``open``, ``click``, ``unwrap``, ``parameters``.
    """
    rows = list(rows)
    names = [name for row in rows for name in row.get("parameters", ())]
    parameters = "|".join(re.escape(name).replace(r"\*", ".*") for name in names) or r"(?!)"
    unwrap = tuple(
        Wrapper(
            _expression(each["at"])[1],
            row["id"],
            each.get("query", ""),
            each.get("segment"),
            each.get("rest", False),
            each.get("host", False),
        )
        for row in rows
        for each in row.get("unwrap", ())
    )
    return Senders(
        open=Patterns((pattern, row["id"]) for row in rows for pattern in row.get("open", ())),
        click=Patterns((pattern, row["id"]) for row in rows for pattern in row.get("click", ())),
        unwrap=unwrap,
        wrapped=re.compile("|".join(f"(?:{each.at.pattern})" for each in unwrap) or r"(?!)", re.IGNORECASE),
        parameters=re.compile(rf"(?:amp;)?(?:{parameters})", re.IGNORECASE),
    )


def _expression(pattern: str) -> tuple[str, re.Pattern[str]]:
    """The host, where it stands for itself and its subdomains, and the expression for host, path and query."""
    host, slash, path = pattern.partition("/")
    plain = "" if "*" in host else host
    start = r"[^/?]*" if host == "*" else r"(?:[^/?]*\.)?" + re.escape(host).replace(r"\*", r"[^/?]*")
    rest = re.escape(slash + path).replace(r"\*", r".*?") if slash else r"(?=[/?]|\Z)"
    if host == "*" and path and not path.startswith("*"):
        rest = r"(?:/[^?]*)??" + rest  # wherever the app is mounted
    return plain, re.compile(start + rest, re.IGNORECASE)
