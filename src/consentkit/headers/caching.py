"""A page that differs by decision is never mistaken for another one by a cache (R141-R148).

An entity tag of the app gets the state's hash behind it and becomes weak: ``"x"`` is sent as
``W/"x-ck0123456789abcdef"`` (frames' signatures differ between two answers of the same state, so bytes
may differ). On the way in the suffix is taken off again where its hash is that of the present state; a
tag of another state is dropped, so that the app sends the page anew after a change of mind. A 304 to
a tag of ours carries our tag and our other fields (R144): `revalidates` tells that case.

In `shared` mode the hash is the policy's instead of the visitor's, and neither `Vary` nor
`Cache-Control` is touched: the page is the same for all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from consentkit.http import Headers, Request, header_values, list_items, replaced, without

NAVIGATION_DESTINATIONS = frozenset({"document", "iframe", "frame", "fencedframe", "object", "embed"})
"""Values of `Sec-Fetch-Dest` whose answer becomes a document."""

CACHED_FIELDS = 256
"""Pairs of `Sec-Fetch-Dest` and `Accept` remembered: browsers send a few dozens, programs what they like."""

PER_VISITOR_VARY = ("Cookie", "Sec-GPC")
"""What a page that differs by decision is chosen by (R146)."""

DIGESTS = ("Content-Digest", "Repr-Digest", "Digest", "Content-MD5", "Signature", "Signature-Input")
"""Fields about the bytes as the app made them: wrong for the ones we send (R148)."""

_OTHER_BYTES = ("last-modified", "accept-ranges", "content-encoding", *(name.lower() for name in DIGESTS))
"""What a rewritten page does not leave with, lower case."""

_FOR_CACHES = ("Surrogate-Control", "CDN-Cache-Control", "Cloudflare-CDN-Cache-Control", "Vercel-CDN-Cache-Control",
               "Netlify-CDN-Cache-Control", "Akamai-Cache-Control", "Edge-Control", "X-Accel-Expires")  # fmt: skip
"""Fields that one kind of shared cache puts above Cache-Control (RFC 9213 and makers' own)."""

OF_ONE_PAGE = frozenset({"etag", "trailer"})
"""Fields of which `response_headers` makes something else for each page."""

LOOKED_INTO = frozenset({"vary", "cache-control", *(name.lower() for name in _FOR_CACHES)})
"""Those of whose values it makes the same whenever they come."""

TAKEN_OUT = frozenset({"content-length", *_OTHER_BYTES})
"""Those that a rewritten page of no known length does not leave with, whatever they say. All others go as they are."""

# RFC 9110 §8.8.3. A tag may hold commas and backslashes, so it is not cut like other lists.
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
# Our suffix, and behind it what compressing servers are known to add to tags.
_SUFFIX = re.compile(r"-ck([0-9a-f]{16})(?:[-;:]+(?:gzip|br|zstd|deflate))?")
_SUFFIX_CHARS = 32
"""At least as long as a suffix can be: nothing before is looked at for one."""
TAGGED = frozenset({"if-none-match", "if-match", "if-range"})
"""Request fields that name entity tags."""
_MAPPED = frozenset({"if-none-match", "if-match"})
_HAS_NO_LENGTH = frozenset({204, 304})
_OF_ONE_VISITOR = frozenset({"private", "no-store"})


@lru_cache(CACHED_FIELDS)
def asks_for_document(destination: str | None, accept: str | None) -> bool:
    """Whether the answer to a request with these fields may become a document: then it may be HTML to be rewritten.

    Args:
        destination: `Sec-Fetch-Dest`, which says so; None from browsers that do not send it.
        accept: `Accept`: those browsers ask for `text/html` in it.
    """
    destinations = list(list_items((destination or "").lower()))
    if destinations:
        return not NAVIGATION_DESTINATIONS.isdisjoint(destinations)
    return "html" in (accept or "").lower()


def is_navigation(headers: Headers) -> bool:
    """Whether a request with these header fields `asks_for_document`."""
    destination, accept = header_values(headers, "sec-fetch-dest"), header_values(headers, "accept")
    return asks_for_document(", ".join(destination), ", ".join(accept))


def is_subresource(destination: str | None) -> bool:
    """Whether the answer becomes part of a document, such as a script or a picture; browsers that do not say: no."""
    destinations = set(list_items((destination or "").lower()))
    return bool(destinations) and destinations.isdisjoint(NAVIGATION_DESTINATIONS | {"empty"})


def is_conditional(request: Request) -> bool:
    """Whether the request names an entity tag: `request_headers` may then have to map it."""
    return request.has_any(TAGGED)


def request_headers(headers: Headers, *, navigation: bool, state_hash: str) -> Headers:
    """The header fields for the app.

    Args:
        headers: of the request.
        navigation: whether a document may come of it (`is_navigation`). Then the app is to send the whole
            page in identity coding, and validators of bytes we did not send are taken out. Other
            requests, for scripts and media, keep coding and ranges.
        state_hash: the hash of the visitor's state, in shared mode of the policy.

    Returns:
        The fields, the very same object where nothing changed.
    """
    if navigation:
        headers = for_page(headers)
    # If-Match is about the resource, so there the state does not matter. If-Range stays as it is: the app
    # does not know our tag and then sends the whole, as it must.
    if not any(key.lower() in _MAPPED for key, _ in headers):
        return headers
    out, changed = list[tuple[str, str]](), False
    for key, value in headers:
        name = key.lower()
        kept: str | None = value
        if name == "if-none-match":
            kept = _tags_back(value, state_hash, foreign=not navigation)
        elif name == "if-match":
            kept = _tags_back(value, None, foreign=True)
        changed = changed or kept != value
        if kept is not None:
            out.append((key, kept))
    return tuple(out) if changed else headers


def for_page(headers: Headers) -> Headers:
    """The header fields with which the app sends a page whole and in identity coding."""
    return without(headers, "accept-encoding", "range", "if-range", "if-modified-since")


def revalidates(headers: Headers, state_hash: str) -> bool:
    """Whether the request asks if a page that we rewrote for this very state is still good.

    A 304 that answers it is about a rewritten page: pass `rewritten=True` to `response_headers`.
    """
    return any(
        (suffix := _suffix(tag)) is not None and suffix[1] == state_hash
        for value in header_values(headers, "if-none-match")
        for _, tag in _TAG.findall(value)
    )


def response_headers(
    headers: Headers,
    status: int,
    *,
    rewritten: bool,
    state_hash: str,
    length: int | None,
    shared: bool = False,
    vary: Sequence[str] = (),
) -> Headers:
    """The header fields for the visitor.

    Args:
        headers: of the app's answer, cookies already judged.
        status: of the app's answer.
        rewritten: whether this is (the head of, a 304 about) a page whose bytes we change. Its body
            leaves in identity coding.
        state_hash: as for `request_headers`.
        length: of the whole body where it is known; None removes Content-Length (R141).
        shared: the page is the same for every visitor and stays as cacheable as the app said.
        vary: further request fields that the answer was chosen by, such as `Sec-Fetch-Dest`.

    Returns:
        The fields; of answers that are not rewritten only what a cookie in them asks for (R127).
    """
    present = {key.lower() for key, _ in headers}
    if rewritten:
        if not present.isdisjoint(_OTHER_BYTES):
            headers = without(headers, *_OTHER_BYTES)
        if "etag" in present:
            headers = _suffixed(headers, state_hash)
        if length is not None and status >= 200 and status not in _HAS_NO_LENGTH:
            headers = replaced(headers, "Content-Length", str(length))
        elif "content-length" in present:
            headers = without(headers, "content-length")
        if "trailer" in present:
            headers = without_digest_trailers(headers)
        headers = (*headers, ("Accept-Ranges", "none"))
        if not shared:
            vary = (*PER_VISITOR_VARY, *vary)
            headers = private(headers)
    if vary:
        headers = add_vary(headers, *vary)
    if "set-cookie" in present:
        headers = private(headers)
    return headers


def add_vary(headers: Headers, *names: str) -> Headers:
    """The fields with these names in Vary, each once, without case; `*` stays alone (R146)."""
    given = header_values(headers, "vary")
    if not given and names:
        return (*headers, ("Vary", _listed(names)))
    present = [item for value in given for item in list_items(value)]
    if "*" in present:
        return headers
    known = {item.lower() for item in present}
    missing = [name for name in dict.fromkeys(names) if name.lower() not in known]
    return replaced(headers, "Vary", ", ".join([*present, *missing])) if missing else headers


@lru_cache(CACHED_FIELDS)
def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(dict.fromkeys(names))


def no_transform(headers: Headers) -> bool:
    """Whether the answer asks not to be transformed (RFC 9111 §5.2.2.6)."""
    values = header_values(headers, "cache-control")
    return any(item.lower() == "no-transform" for value in values for item in list_items(value))


def without_digest_trailers(headers: Headers) -> Headers:
    """The fields with no announcement of a trailer that is about the app's bytes (R148, R152)."""
    announced = [item for value in header_values(headers, "trailer") for item in list_items(value)]
    kept = [item for item in announced if item.lower() not in _DIGESTS_LOWER]
    if len(kept) == len(announced):
        return headers
    return replaced(headers, "Trailer", ", ".join(kept)) if kept else without(headers, "trailer")


def trailers(headers: Headers) -> Headers:
    """The trailer fields of a rewritten body without those about the app's bytes (R152)."""
    return without(headers, *DIGESTS)


_DIGESTS_LOWER = frozenset(name.lower() for name in DIGESTS)
_FOR_CACHES_LOWER = frozenset(name.lower() for name in _FOR_CACHES)


def is_private(headers: Headers) -> bool:
    """Whether the app itself keeps this answer from shared caches: by Cache-Control, or by a cookie in it."""
    if any(key.lower() == "set-cookie" for key, _ in headers):
        return True
    given = [item.lower() for value in header_values(headers, "cache-control") for item in list_items(value)]
    return not _OF_ONE_VISITOR.isdisjoint(given)


def private(headers: Headers) -> Headers:
    """The fields with a Cache-Control that keeps shared caches away; a stricter one is kept (R127, R146)."""
    present = {key.lower() for key, _ in headers}
    if not present.isdisjoint(_FOR_CACHES_LOWER):
        headers = without(headers, *_FOR_CACHES)
    if "cache-control" not in present:
        return (*headers, ("Cache-Control", "private"))
    given = [item for value in header_values(headers, "cache-control") for item in list_items(value)]
    if not _OF_ONE_VISITOR.isdisjoint([item.lower() for item in given]):
        return headers
    # `private="field"` is about the field alone; `public` and `s-maxage` speak to the caches kept away.
    kept = [
        item for item in given if item.lower().partition("=")[0].strip(" \t") not in {"public", "s-maxage", "private"}
    ]
    return replaced(headers, "Cache-Control", ", ".join(["private", *kept]))


def _suffixed(headers: Headers, state_hash: str) -> Headers:
    """The fields with the state's hash in the entity tag; a tag that is none is taken out."""
    values = header_values(headers, "etag")
    if not values:
        return headers
    match = _TAG.fullmatch(values[-1].strip(" \t"))
    if match is None:
        return without(headers, "etag")
    return replaced(headers, "ETag", f'W/"{match[2]}-ck{state_hash}"')


def _suffix(tag: str) -> tuple[str, str] | None:
    """The tag before our suffix, and the hash in it; None where there is no suffix."""
    start = max(0, len(tag) - _SUFFIX_CHARS)
    for at in range(start, len(tag)):
        if tag[at] == "-" and (match := _SUFFIX.fullmatch(tag, at)):
            return tag[:at], match[1]
    return None


def _tags_back(value: str, state_hash: str | None, *, foreign: bool) -> str | None:
    """The list of tags as the app knows them; None where none is left, and as it was where none is ours.

    Args:
        value: of If-None-Match or If-Match.
        state_hash: only tags of this state are good; None takes those of every state.
        foreign: whether a tag without our suffix stays. In a navigation it does not: it is one of a
            page from before it was rewritten, and a 304 would bring that back.
    """
    if value.strip(" \t") == "*":
        return value
    tags = [(weak, tag, _suffix(tag)) for weak, tag in _TAG.findall(value)]
    if foreign and not any(suffix for _, _, suffix in tags):
        return value
    out = list[str]()
    for weak, tag, suffix in tags:
        if suffix is None:
            if foreign:
                out.append(f'{weak}"{tag}"')
        elif state_hash is None or suffix[1] == state_hash:
            # Strong, as most apps made it: If-None-Match compares weakly (RFC 9110 §13.1.2).
            out.append(f'"{suffix[0]}"')
    return ", ".join(out) or None
