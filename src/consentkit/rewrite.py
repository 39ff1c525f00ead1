"""One page, without any server: what would be contacted without consent is made inert, nothing is added.

For previews, tests and static sites; `kit` does the same to answers of an app, with banner and placeholders.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from consentkit.blocking import Blocker, Rules, compile_policy, registrable_domain
from consentkit.errors import UsageError
from consentkit.html.decision import Blocked
from consentkit.html.options import Options
from consentkit.html.rewriter import Rewriter
from consentkit.html.urls import Url, matches_host, parse_url
from consentkit.policy.models import Policy
from consentkit.policy.widgets import embeds

#: Policies kept compiled: a program has one, a test suite a few.
_POLICIES_REMEMBERED: Final = 16
#: Byte order marks of UTF-16, and the codecs that keep them.
_WIDE: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_compiled: dict[str, Rules] = {}


def rewrite_html(html: bytes, *, url: str, policy: Policy | None = None, grant: Collection[str] = ()) -> bytes:
    """A page in which nothing third-party is contacted without consent.

    Example:
        >>> rewrite_html(b'<img src="https://tracker.example/1.gif">', url="https://site.example/")
        b'<img data-ck-service="" data-ck-purposes="" data-ck-host="tracker.example" data-ck-src="https://tracker.example/1.gif">'

    Args:
        html: the page, in whatever encoding it declares.
        url: its absolute URL: relative references are resolved against it. Without a policy its registrable
            domain is first party. With one, the policy's `sites` are; a host that is none of them is
            replaced by the first.
        policy: the site's policy; without one the whole catalogue is known and everything third-party waits.
        grant: ids of purposes (each with all its services) and of services that may be contacted; ``"*"``
            allows everything, unknown hosts included, and leaves every byte as it is.

    Returns:
        The same bytes with insertions at what is blocked.

    Raises:
        UsageError: if ``url`` is not absolute, or ``grant`` names what is not declared.
        UnreadableEncodingError: if the page says that it is in an encoding that cannot be read (ISO-2022-JP).
    """
    return rewrite_report(html, url=url, policy=policy, grant=grant)[0]


def rewrite_report(
    html: bytes, *, url: str, policy: Policy | None = None, grant: Collection[str] = ()
) -> tuple[bytes, list[Blocked]]:
    """As `rewrite_html`, with what was blocked where.

    Returns:
        The page, and one entry for each blocked resource in the order of the page; offsets in a page of UTF-16
        are those of the same page in UTF-8.
    """
    page = page_at(url, policy)
    rules = rules_of(policy)
    granted = rules.grant(grant)
    if granted.everything:
        return html, []
    options = options_of(policy)
    decider = Blocker(rules, granted, site=registrable_domain(page.host) if policy is None else "")
    codec = next((codec for mark, codec in _WIDE.items() if html.startswith(mark)), None)
    if codec is None:
        rewriter = Rewriter(decider, url=page.href, options=options)
        return rewriter.feed(html) + rewriter.finish(), rewriter.blocked
    # Only a page that is there as a whole can be read in this encoding: as UTF-8, and written back.
    plain = html.decode(codec, "replace").encode()
    rewriter = Rewriter(decider, url=page.href, options=options, charset="utf-8")
    rewritten = rewriter.feed(plain) + rewriter.finish()
    return html if rewritten == plain else rewritten.decode().encode(codec), rewriter.blocked


def page_at(url: str, policy: Policy | None) -> Url:
    """The URL of a page, on a host of its site, as it will be served: whoever looks at one page seldom names that host.

    Raises:
        UsageError: if the URL is not absolute.
    """
    page = parse_url(url, None)
    if page is None or not page.host:
        raise UsageError(f"the page's url is '{url}', which is not absolute: give it as https://host/path")
    if policy is None or any(matches_host(page.host, site) for site in policy.sites):
        return page
    query = "" if page.query is None else f"?{page.query}"
    return parse_url(f"https://{policy.sites[0]}{page.path}{query}", None) or page


def options_of(policy: Policy | None) -> Options:
    """How the pages of a policy's site are read."""
    if policy is None:
        return Options()
    return Options(lazy=frozenset(policy.lazy_attributes), compat=frozenset(policy.compat), embeds=embeds(policy))


def rules_of(policy: Policy | None) -> Rules:
    """A policy compiled, or the whole catalogue; the last few are kept."""
    if policy is None:
        return compile_policy()
    rules = _compiled.get(policy.hash)
    if rules is None:
        if len(_compiled) >= _POLICIES_REMEMBERED:
            _compiled.clear()
        rules = _compiled[policy.hash] = compile_policy(policy)
    return rules
