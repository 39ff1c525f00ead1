"""Header fields that make a browser contact somebody, judged like markup (R150).

`Link` (preloads, connections, style sheets), `Refresh`, `Speculation-Rules`, and the fields that say where
browsers report or turn to by themselves, see `consentkit.headers.reporting`.
What may not be contacted is taken out, the rest stays, and a field with nothing to take out stays byte
for byte. `X-DNS-Prefetch-Control` never turns the look-up of every linked host on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from consentkit.headers import reporting
from consentkit.html.dataurls import data_of
from consentkit.html.decision import Decider, Kind, Resource
from consentkit.html.elements import LINK_COMPANIONS, LINK_TYPES
from consentkit.html.refresh import refresh_url
from consentkit.html.srcset import parse_srcset
from consentkit.html.urls import Url, parse_url
from consentkit.http import Headers, header_values, list_items, pieces, without

FETCHING_RELS = LINK_TYPES
"""Link types that fetch from a header field: those of markup."""

HANDLED = {"link", "refresh", "speculation-rules", "x-dns-prefetch-control", "report-to", "nel",
           *reporting.POLICIES, *reporting.TARGETS}  # fmt: skip
"""The names of the fields that are looked into, lower case."""
# What of a field's `data:` URL is read as a document or a style sheet, and without which it names nobody.
_WITH_CONTENT = frozenset({Kind.NAVIGATION, Kind.STYLE, Kind.OTHER})
_NAMING = re.compile(rb"[/\\:&]")
_TARGET = re.compile(r"[ \t]*<([^>]*)>[ \t]*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"[ \t]*', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def concerns(headers: Headers) -> bool:
    """Whether there is a field among them that `filter_headers` would look into."""
    return any(key.lower() in HANDLED for key, _ in headers)


def filter_headers(headers: Headers, decider: Decider, *, url: Url) -> Headers:
    """The fields without what may not be contacted.

    Args:
        headers: of the app's answer, of early hints, or of a push.
        decider: the visitor's.
        url: of the answer: relative URLs are resolved against it.

    Returns:
        The fields; the very same object where nothing had to be taken out.
    """
    if not concerns(headers):
        return headers
    judge = _Judge(decider, url)
    gone = set[str]()  # groups of Report-To, which can stand behind the NEL that names them
    for key, value in headers:
        if key.lower() == "report-to":
            gone.update(reporting.report_to(value, judge.of(Kind.OTHER, "report-to"))[1])
    fields = headers
    if len(refreshes := header_values(headers, "refresh")) > 1:
        # Browsers read several as one with commas: `0` and `url=…` lead somewhere together.
        read = (*refreshes, ", ".join(refreshes))
        if any(_filtered("refresh", each, judge, gone) is None for each in read):
            fields = without(headers, "refresh")
    out = tuple(
        (key, kept) for key, value in fields if (kept := _filtered(key.lower(), value, judge, gone)) is not None
    )
    return headers if out == headers else out


def filter_link(value: str, decider: Decider, *, url: Url) -> str | None:
    """One `Link` field's value without what may not be contacted; None if nothing is left (RFC 8288).

    A link with several relations keeps those that fetch nothing or may. What cannot be read is taken out:
    browsers differ on it.
    """
    return _link(value, _Judge(decider, url))


def may_push(path: str, decider: Decider, *, url: Url) -> bool:
    """Whether a server may push what stands at this path of the page's host (R160c)."""
    return _Judge(decider, url).may(path, Kind.PRELOAD, "push")


def may_lead(headers: Headers, decider: Decider, *, url: Url) -> bool:
    """Whether a redirect with these fields leads to whom the page may contact; of several, each has to."""
    judge = _Judge(decider, url)
    return all(judge.may(target, Kind.OTHER, "location") for target in header_values(headers, "location"))


@dataclass(frozen=True, slots=True)
class _Judge:
    decider: Decider
    base: Url

    def may(self, text: str, kind: Kind, attribute: str) -> bool:
        """Whether a URL may be fetched; one that no browser can parse is not fetched anyway."""
        url = parse_url(text, self.base)
        if url is None:
            return True
        if url.scheme == "data" and kind in _WITH_CONTENT:
            data = data_of(url)
            return data is None or _NAMING.search(data.content) is None
        return self.decider.decide(Resource(url.href, url.host, url.path, kind, "", attribute)) is None

    def of(self, kind: Kind, attribute: str) -> Callable[[str], bool]:
        return lambda text: self.may(text, kind, attribute)


def _filtered(name: str, value: str, judge: _Judge, gone: set[str]) -> str | None:
    """A field's value without what may not be contacted; None if the field goes."""
    if name not in HANDLED:
        return value
    match name:
        case "link":
            return _link(value, judge)
        case "refresh":
            target = refresh_url(value)
            return value if target is None or judge.may(target, Kind.NAVIGATION, name) else None
        case "speculation-rules":
            items = list(list_items(value))
            kept = [i for i in items if _may_stay(i, judge)]
            return value if len(kept) == len(items) else ", ".join(kept) or None
        case "x-dns-prefetch-control":
            return "off"
        case "report-to":
            return reporting.report_to(value, judge.of(Kind.OTHER, name))[0]
        case "nel":
            return reporting.nel(value, gone)
        case _ if name in reporting.POLICIES:
            return reporting.report_uris(value, judge.of(Kind.OTHER, "report-uri"))
        case _:
            return reporting.targets(name, value, judge.of(Kind.OTHER, name))


def _may_stay(item: str, judge: _Judge) -> bool:
    """Whether a member of `Speculation-Rules` may stay: an open quote could go on in the next field of the name."""
    match = _STRING.match(item)
    return '"' not in item if match is None else judge.may(_unescaped(match[1]), Kind.PRELOAD, "speculation-rules")


def _link(value: str, judge: _Judge) -> str | None:
    links = [text for piece in pieces(value, ",") if (text := piece.strip(" \t"))]
    kept = [text for link in links if (text := _judged(link, judge))]
    return value if kept == links else ", ".join(kept) or None


def _judged(link: str, judge: _Judge) -> str:
    """The link as it is, without the relations that may not fetch, or nothing."""
    target, *parameters = pieces(link, ";")
    found = _TARGET.fullmatch(target)
    if found is None:
        return ""
    rels, position, urls = list[str](), None, [found[1]]
    for index, parameter in enumerate(parameters):
        name, _, text = parameter.partition("=")
        quoted = _QUOTED.fullmatch(text.lstrip(" \t"))
        text = _unescaped(quoted[1]) if quoted else text.strip(" \t")
        match name.strip(" \t").lower():
            case "rel" if position is None:  # of several the first counts (RFC 8288 §3.3)
                rels, position = text.strip("'").split(), index  # not everywhere are these quotes part of it
            case "imagesrcset":
                urls += [candidate.url for candidate in parse_srcset(text)]
    kinds = {rel: FETCHING_RELS[rel] for rel in map(str.lower, rels) if rel in FETCHING_RELS}
    denied = {rel for rel, kind in kinds.items() if not all(judge.may(url, kind, "href") for url in urls)}
    if not denied or position is None:
        return link
    left = [rel for rel in rels if rel.lower() not in denied and LINK_COMPANIONS.get(rel.lower()) not in denied]
    parameters[position] = f' rel="{" ".join(left)}"'
    return ";".join([target, *parameters]) if left else ""


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(r"\1", text)
