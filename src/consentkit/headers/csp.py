"""The Content-Security-Policy that follows from consent: the second line of defence (R166-R171).

It restricts hosts and not code: `'unsafe-inline'`, `'unsafe-eval'`, `data:` and `blob:` stay open, and it is
sent beside the app's own policies, which go on applying. One `default-src` says it all: every fetch
directive falls back to it (R167: frames, workers, scripts, styles, connections, prefetching), it names
each host once, and hosts are what the size is made of. `form-action` is not sent (it would stop a
checkout behind a redirect), nor `base-uri`, `prefetch-src` and `navigate-to`.

A declared host opens itself and its subdomains, on any port; for WebSockets too, unless its service only shows
things (`NO_SOCKETS`), because sockets take half of the size. A path prefix is kept, so that a service on a
shared host does not open the others there: CSP knows whole paths and folders, so `h.example/tag` opens that
path and what is below it, and a `*` in a path opens its folder. A `*` within a host opens the subdomains of
what follows it; a pattern for any host at all cannot be said and opens nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from itertools import chain

from consentkit.consent.state import Consent
from consentkit.errors import PolicyError, Problem
from consentkit.headers.media import media
from consentkit.headers.treatment import UNSEEN
from consentkit.headers.widen import is_strict_dynamic, widen
from consentkit.http import Headers
from consentkit.policy.models import UNKNOWN_PURPOSE, Policy, Service

__all__ = ["MAX_CSP_BYTES", "check_size", "content_security_policy", "field_name", "frame_ancestors",
           "is_document_or_worker", "is_strict_dynamic", "own_pages_headers", "widen"]  # fmt: skip

MAX_CSP_BYTES = 8192
"""Of the field's value: common servers and proxies refuse a response head beyond 8 KiB."""

REPORT_GROUP = "consentkit"
"""Under which name browsers know the address for reports; an app has names of its own."""

NO_SOCKETS = frozenset({"video", "audio", "map", "post", "share", "image"})
"""Placeholders of services that are frames, pictures and buttons: sockets are then opened by their own documents."""

_OPEN = "data: blob: 'unsafe-inline' 'unsafe-eval'"
# No form-action: it would stop the redirect after a decision where the page behind it redirects to another site.
_OWN_PAGES = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
              "frame-src 'self'", "object-src 'none'", "base-uri 'none'")  # fmt: skip
_ADDRESS = re.compile(r"[0-9.]+|\[.*\]")
_JAVASCRIPT = re.compile(r"(?:text|application)/(?:x-)?(?:java|ecma|j|live)script(?:1\.[0-5])?")
_DOCUMENTS = UNSEEN | {"text/html", "text/xml", "application/xml"}
_FIRST = frozenset({"document", "iframe", "frame", "fencedframe", "object", "embed", "worker", "sharedworker",
                    "serviceworker"})  # fmt: skip


def field_name(policy: Policy) -> str | None:
    """The field that carries the policy: enforcing, reporting, or None where `csp` is off."""
    return {"enforce": "Content-Security-Policy", "report-only": "Content-Security-Policy-Report-Only"}.get(policy.csp)


def content_security_policy(policy: Policy, consent: Consent, *, report: str = "") -> str:
    """The policy for what this visitor granted; in shared mode the one for everybody.

    Args:
        policy: what is declared.
        consent: what is granted. In shared mode it is not looked at: every declared service is open.
        report: a first-party URL that violations are sent to; empty for none.

    Returns:
        The field's value; empty where nothing is restricted: unknown hosts are allowed, by the policy or by
        a visitor who was asked for them (CSP has no list of what is denied, R166).
    """
    if policy.unknown == "allow" or consent.allows(UNKNOWN_PURPOSE):
        return ""
    shared = policy.mode == "shared"
    allowed = [s for s in policy.services if shared or consent.allows_service(s.id)]
    value = " ".join(["default-src 'self'", _OPEN, *_first_party(policy.sites), *_third_party(allowed)])
    return f"{value}; report-uri {report}; report-to {REPORT_GROUP}" if report else value


def reporting_endpoint(report: str) -> tuple[str, str]:
    """The field that tells browsers where the group of `report-to` is (R170); older ones go by `report-uri`."""
    return ("Reporting-Endpoints", f'{REPORT_GROUP}="{report}"')


def check_size(policy: Policy) -> None:
    """Refuse a policy whose field could be too large for some visitor: a page would then fail, or leak.

    Raises:
        PolicyError: with the services that take the most room.
    """
    if policy.csp == "off" or policy.unknown == "allow":
        return
    # What stands in a field for several services stands in the one for some of them: folding takes out, and adds none.
    sources = {s.id: _third_party([s]) for s in policy.services}
    sizes = {id_: _size(each) for id_, each in sources.items()}
    size = len(_OPEN) + 200 + _size(_first_party(policy.sites)) + _size({*chain.from_iterable(sources.values())})
    if size > MAX_CSP_BYTES:
        largest = ", ".join(f"{id_}: {sizes[id_]}" for id_ in sorted(sizes, key=lambda each: -sizes[each])[:3])
        what = f"the Content-Security-Policy for its hosts can need {size} bytes, servers take {MAX_CSP_BYTES}"
        mend = f'declare fewer hosts (bytes of {largest}), a host instead of several below it, or csp = "off"'
        raise PolicyError([Problem("<policy>", None, "services", what, mend)])


def _size(sources: Collection[str]) -> int:
    return sum(len(source) + 1 for source in sources)


def is_document_or_worker(content_type: str | None) -> bool:
    """Whether browsers may make a document or a worker of an answer, so that it needs a policy of its own.

    That is HTML, every XML (SVG among it), JavaScript, and what browsers have to look into to know.
    """
    essence = media(content_type).essence
    return not essence or essence in _DOCUMENTS or essence.endswith("+xml") or bool(_JAVASCRIPT.fullmatch(essence))


def needs_policy(content_type: str | None, destination: str | None) -> bool:
    """Whether this answer, asked for this purpose, gets a policy (design: documents and workers).

    Args:
        content_type: of the answer.
        destination: the request's `Sec-Fetch-Dest`, None from browsers that do not send it. A script or an
            image that comes as such makes no document and no worker; so it stays cacheable for everybody.
    """
    return is_document_or_worker(content_type) and (destination is None or destination.strip().lower() in _FIRST)


def frame_ancestors(framed_by: Iterable[str]) -> str:
    """The directive that says who may frame our own pages: this site, and the hosts that the policy names."""
    return " ".join(["frame-ancestors 'self'", *(f"{host}:*" for host in framed_by)])


def own_pages_headers(framed_by: Sequence[str] = (), *, csp: str = "", referrer: str = "same-origin") -> Headers:
    """The fields of our own pages (R171): nothing but our own files, no sniffing, no framing by others.

    Args:
        framed_by: other hosts that may frame the page.
        csp: the directives instead of the usual ones, without `frame-ancestors`.
        referrer: `same-origin` and not `no-referrer`: under that a form's POST has a null Origin.
    """
    fields = (
        ("Content-Security-Policy", f"{csp or '; '.join(_OWN_PAGES)}; {frame_ancestors(framed_by)}"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Referrer-Policy", referrer),
    )
    # It cannot name other hosts, and only browsers that know no frame-ancestors look at it.
    return fields if framed_by else (*fields, ("X-Frame-Options", "SAMEORIGIN"))


@lru_cache(64)
def _first_party(sites: tuple[str, ...]) -> tuple[str, ...]:
    """Each site and its subdomains, on any port. No scheme: the page's own, or the safe one of the two."""
    out = list[str]()
    for site in sites:
        hosts = _with_subdomains(site)
        out += [f"{host}:*" for host in hosts]
        out += [f"ws://{host}:*" for host in hosts]  # `ws:` takes in `wss:`; no scheme takes in neither
    return tuple(out)


def _third_party(services: Iterable[Service]) -> list[str]:
    """The sources of the services' hosts, sorted, each once, none that another takes in."""
    hosts, paths = _named(services)
    out = {f"{host}:*" for host in hosts if not _is_within(host, hosts)}
    out.update(
        f"{host}:*{path}"
        for host, path in paths
        if host not in hosts and not _is_within(host, hosts) and not _is_below(host, path, paths)
    )
    return sorted(out)


def _named(services: Iterable[Service]) -> tuple[set[str], set[tuple[str, str]]]:
    """What the services' hosts are in CSP: hosts that are open as a whole, and paths on others."""
    hosts, paths = set[str](), set[tuple[str, str]]()
    for service in services:
        schemes = ("",) if service.placeholder in NO_SOCKETS else ("", "wss://")
        for pattern in service.hosts:
            host, _, path = pattern.partition("/")
            for name in _names(host):
                if path:
                    paths.update((name, source) for source in _paths("/" + path))
                else:
                    hosts.update(scheme + name for scheme in schemes)
    return hosts, paths


def _names(pattern: str) -> list[str]:
    """A declared host as CSP names it: with its subdomains, those alone, or nothing where it cannot be said."""
    if "*" not in pattern:
        return _with_subdomains(pattern)
    suffix = pattern.rpartition("*")[2].partition(".")[2]
    return [f"*.{suffix}"] if "." in suffix else []


def _with_subdomains(host: str) -> list[str]:
    return [host] if _ADDRESS.fullmatch(host) else [host, f"*.{host}"]


def _is_within(source: str, sources: set[str]) -> bool:
    """Whether a wildcard among these takes a host, or all below it, in."""
    return not sources.isdisjoint(_wildcards(source))


def _wildcards(source: str) -> list[str]:
    """The wildcards that take a host in, or all that is below it, but for one that says the same."""
    scheme, separator, host = source.rpartition("//")
    labels = host.removeprefix("*.").split(".")
    return [f"{scheme}{separator}*.{'.'.join(labels[at:])}" for at in range(1, len(labels))]


def _is_below(host: str, path: str, paths: set[tuple[str, str]]) -> bool:
    """Whether a folder among these, on this host or a wildcard, takes a path in, or a wildcard has the same path."""
    folders = [path[: at + 1] for at, character in enumerate(path) if character == "/"]
    above = _wildcards(host)
    return any((name, folder) in paths for name in (host, *above) for folder in folders if folder != path) or any(
        (name, path) in paths for name in above
    )


def _paths(prefix: str) -> tuple[str, ...]:
    """What CSP can say of a path prefix: a path that ends in `/` is a folder, another is itself alone."""
    prefix = prefix.partition("?")[0]  # CSP does not look at queries
    if "*" in prefix:
        prefix = prefix.partition("*")[0]
        prefix = prefix[: prefix.rindex("/") + 1]
    # A path in CSP is percent-encoded, and `;` and `,` end more than the source (CSP3 §2.3.1).
    prefix = prefix.replace(";", "%3B").replace(",", "%2C")
    is_whole = prefix.endswith("/") or "." in prefix.rpartition("/")[2]  # a folder, or a file
    return (prefix,) if is_whole else (prefix, prefix + "/")
