"""`CookieGate`: which cookies pass, in both directions, and how they leave (R15, R113, R116, R129).

A cookie belongs to the declaration that names it most closely: an exact name before a pattern, a longer
pattern before a shorter one, the site's own before a service's. Among equals one that the visitor
granted is enough. Our own consent cookie passes in both directions: it tells the app nothing that
the app does not know, and several mounts of the middleware can then see the same decision.

Cookies that the visitor refused are deleted in one response for every Domain and Path they can have been
set with. That is several fields of one name, which servers are asked to avoid (R113) since user agents
did not always agree on their order; here each field is about another stored cookie, so that order is
no matter, and the alternative leaves the cookie with the visitor for several pages after the refusal.
`MAX_EXPIRIES` bounds the response; where there are more, the pages after delete the next ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from consentkit.consent.set_cookie import PAST, cookie_pairs
from consentkit.consent.state import Consent
from consentkit.headers.set_cookie import SetCookie, harden, parse_set_cookie
from consentkit.http import MAX_HOST_FIELD, Headers
from consentkit.notices import Notice
from consentkit.policy.models import Cookie, Policy

SCRIPT_READABLE = ("csrftoken", "XSRF-TOKEN", "_xsrf", "csrf_access_token", "csrf_refresh_token")
"""Anti-forgery tokens that frameworks mean to be read by the page's scripts; they keep no HttpOnly."""
MAX_EXPIRIES = 24
"""Deletions in one response: about 3 KB, so that proxies with 4 or 8 KiB for a response's head still pass it."""
MAX_FOLDERS = 5
"""Folders of a request's path for which cookies are deleted: few sites have deeper ones that set cookies."""
MAX_PATH = 512
"""Longer paths are not repeated in deletions."""
MAX_LABELS = 10
"""Labels of a host whose domains are looked at: a Host field can have thousands, no site has."""
MAX_DELETED = 64
"""Names of one request that deletions are made for, more than any visitor has: a Cookie field can name thousands."""
NAMES_TURN = 60
"""Seconds after which others have their turn where there are more."""
CACHED_NAMES = 2048
MAX_CACHED_NAME = 256
"""Longer names are judged each time: memory must not depend on what visitors send."""

_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_UNWRITABLE = re.compile(r"[\x00-\x20;=\x7f]")
_PREFIX = re.compile(r"__(?:secure|host-http|host|http)-", re.IGNORECASE)
_DAY = 86_400


class NamePattern:
    """A cookie name in which `*` stands for anything; matched in linear time."""

    def __init__(self, pattern: str) -> None:
        self.exact = "*" not in pattern
        self.literals = len(pattern) - pattern.count("*")
        parts = pattern.split("*")
        self._first, self._middle, self._last = parts[0], parts[1:-1], parts[-1]

    def matches(self, name: str) -> bool:
        """Whether the name is one of those meant."""
        if self.exact:
            return name == self._first
        end = len(name) - len(self._last)
        at = len(self._first)
        if at > end or not name.startswith(self._first) or not name.endswith(self._last):
            return False
        for part in self._middle:
            found = name.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True


def _stays_here(cookie: Cookie, policy: Policy) -> bool:
    """Whether the site can ever see it. What a vendor keeps on its own domain is none of our cookies.

    Vendors call theirs `lang`, `csrftoken` and `JSESSIONID`, too.
    """
    domain = (cookie.domain or "").lstrip(".").lower()
    return not domain or any(
        domain == site or domain.endswith("." + site) or site.endswith("." + domain) for site in policy.sites
    )


@dataclass(frozen=True, slots=True)
class _Declared:
    """One declaration of a cookie. `service`: id, or empty for the site's own. `purpose`: id."""

    cookie: Cookie
    purpose: str
    service: str
    of_service: bool  # whether the purpose is one that the service is declared for

    def allowed(self, consent: Consent) -> bool:
        purpose = consent.policy.purposes_by_id[self.purpose]
        if purpose.exempt:
            return True
        if not self.service:
            return consent.allows(self.purpose)
        return consent.allows_service(self.service) and (self.of_service or consent.allows(self.purpose))


class CookieGate:
    """Judges cookies by name. Built once for a policy, then only read."""

    def __init__(
        self, policy: Policy, *, exempt: Iterable[str] = (), readable: Iterable[str] = (), own: str = ""
    ) -> None:
        """Compile the policy's declarations.

        Args:
            policy: the policy in force.
            exempt: names (with `*`) that need no consent, such as a framework's session cookie.
            readable: names (with `*`) that the page's scripts read, such as a CSRF cookie with a name of its own.
            own: the name of the consent cookie, which passes and is not changed.
        """
        self._policy = policy
        self._own = own or policy.cookie_name
        self._exempt = tuple(NamePattern(name) for name in exempt)
        self._readable = tuple(NamePattern(name) for name in (*SCRIPT_READABLE, *readable))
        declared = [_Declared(c, c.purpose or "", "", of_service=True) for c in policy.cookies]
        declared += [
            _Declared(c, c.purpose or s.purposes[0], s.id, of_service=(c.purpose or s.purposes[0]) in s.purposes)
            for s in policy.services
            for c in s.cookies
            if _stays_here(c, policy)
        ]
        self._exact = dict[str, list[_Declared]]()
        self._patterns = list[tuple[NamePattern, _Declared]]()
        for each in declared:
            pattern = NamePattern(each.cookie.name)
            if each.cookie.type != "cookie":
                continue
            if pattern.exact:
                self._exact.setdefault(each.cookie.name, []).append(each)
            else:
                self._patterns.append((pattern, each))
        self._patterns.sort(key=lambda item: -item[0].literals)
        self._block_undeclared = policy.undeclared_cookies == "block"
        self._cached = lru_cache(CACHED_NAMES)(self._find)

    def incoming(self, cookie_header: str | None, consent: Consent) -> tuple[str | None, Sequence[str]]:
        """The Cookie field for the app, and the names that were taken out of it (R15).

        Args:
            cookie_header: the field, several joined with `"; "`; None if there was none.
            consent: the visitor's.

        Returns:
            The field without cookies of refused or undecided purposes, the very same text where nothing
            was taken out, None where nothing is left; and those names, each once. What is malformed stays
            as it is unless it is declared.
        """
        if cookie_header is None:
            return None, ()
        removed = dict[str, None]()
        kept = []
        for text, name, _ in cookie_pairs(cookie_header):
            if name == self._own or self._passes(name, consent):
                kept.append(text)
            else:
                removed[name] = None
        if not removed:
            return cookie_header, ()
        return ";".join(kept).strip(" \t") or None, tuple(removed)

    def elsewhere(self, path: str, consent: Consent) -> Sequence[str]:
        """Names of refused cookies that are declared for a folder which this path is not in: no request there has them.

        Args:
            path: of the request, percent-encoded, with where the app is mounted.
            consent: the visitor's.
        """
        return [
            name
            for name, rules in self._exact.items()
            if any(not _is_in(path, rule.cookie.path) for rule in rules) and not self._passes(name, consent)
        ]

    def outgoing(self, headers: Headers, consent: Consent, *, secure: bool, now: float) -> tuple[Headers, list[Notice]]:
        """The app's header fields with each Set-Cookie judged and hardened.

        Args:
            headers: of the app's answer.
            consent: the visitor's.
            secure: whether the visitor came over https.
            now: POSIX seconds.

        Returns:
            The fields, the very same object where nothing changed, and what the owner should know.
        """
        if not any(key.lower() == "set-cookie" for key, _ in headers):
            return headers, []
        out, notices = list[tuple[str, str]](), list[Notice]()
        for key, value in headers:
            if key.lower() != "set-cookie":
                out.append((key, value))
            elif (text := self._leaving(value, consent, notices, secure=secure, now=now)) is not None:
                out.append((key, text))
        return headers if tuple(out) == headers else tuple(out), notices

    def expiries(
        self, names: Sequence[str], host: str, *, path: str = "/", secure: bool = True, now: float
    ) -> list[str]:
        """Set-Cookie values that delete cookies with the visitor (R116).

        A Cookie field does not say which Domain and Path a cookie was set with. So: the host
        alone and every domain from its last two labels down to the host (user agents refuse a public
        suffix among them), each for `/`, the declared path, and every path that a cookie which came with this
        request can have. Over https each once more as `Partitioned`, for such cookies are kept apart.
        Where these are more than `MAX_EXPIRIES`, the likely ones come first and the others take turns:
        the seconds of `now` say with which to begin.

        Args:
            names: as `incoming` gave them.
            host: the request's Host. Unless it is a site of the policy or below one, only the host's own
                cookies are deleted: a Host field defines nothing.
            path: the request's, percent-encoded, with where the app is mounted.
            secure: whether the visitor came over https.
            now: POSIX seconds.
        """
        wanted = [name for name in names if name and len(name) <= MAX_CACHED_NAME and not _UNWRITABLE.search(name)]
        if not wanted:
            return []
        wanted = _in_turn(wanted, MAX_DELETED, now // NAMES_TURN)
        domains, here = self._domains(host), _paths_of(path)
        likely, others = list[str](), list[str]()
        for name in wanted:
            declared = [rule.cookie.path for rule in self._rules(name) if not _UNWRITABLE.search(rule.cookie.path)]
            usual = list(dict.fromkeys(("/", *declared)))
            likely += _deletions(name, domains, usual)
            if secure:
                others += _deletions(name, domains, usual, partitioned=True)
            if unusual := [each for each in here if each not in usual]:
                others += _deletions(name, domains, unusual)
                if secure:
                    others += _deletions(name, domains, unusual, partitioned=True)
        room = max(MAX_EXPIRIES - len(likely), MAX_EXPIRIES // 4)
        chosen = _in_turn(others, room, now)
        return _in_turn(likely, MAX_EXPIRIES - len(chosen), now) + chosen

    def _domains(self, host: str) -> Sequence[str]:
        """The domains that a cookie seen at this host can belong to, widest first: most trackers take that."""
        name = host.lower().partition(":")[0].rstrip(".") if len(host) <= MAX_HOST_FIELD else ""
        if (
            name.count(".") >= MAX_LABELS
            or not _HOST.fullmatch(name)
            or not any(name == s or name.endswith("." + s) for s in self._policy.sites)
        ):
            return ()
        labels = name.split(".")
        if labels[-1].isdigit():  # an IPv4 address has no domains
            return ()
        return [".".join(labels[at:]) for at in range(len(labels) - 2, -1, -1)]

    def _leaving(self, value: str, consent: Consent, notices: list[Notice], *, secure: bool, now: float) -> str | None:
        cookie = parse_set_cookie(value)
        if cookie is None:
            message = "the app sets a cookie with control characters in it; it was dropped, as browsers would do"
            notices.append(Notice("cookie-refused", value.partition("=")[0].strip()[:80], message))
            return None
        if cookie.name == self._own:
            return value
        # One without a name comes back as its value alone, and what stands before a "=" in that is a name to servers.
        name = (cookie.name or cookie.value.partition("=")[0]).strip()  # as `incoming` reads it
        rules = self._rules(name)
        exempt = self._is_exempt(name)
        deletes = cookie.deletes(now)
        if not rules and not exempt and not deletes and self._policy.undeclared_cookies != "allow":
            notices.append(self._undeclared(cookie))
        if not deletes and not self._passes(name, consent):
            if rules:
                asked = ", ".join(dict.fromkeys(rule.purpose for rule in rules))
                message = f"the app set cookie '{name}' without consent to {asked}; it was not sent"
                notices.append(Notice("cookie-blocked", name, message))
            return None
        if reason := cookie.refused:
            message = f"browsers will not store cookie '{cookie.name}': {reason}"
            notices.append(Notice("cookie-refused", cookie.name[:80], message))
            return value
        readable = self._policy.harden == "lax" or self._reads(name) or any(r.cookie.readable for r in rules)
        text, changed = harden(cookie, secure=secure, http_only=not readable, now=now)
        if changed:
            message = (
                f"the app sets cookie '{cookie.name}' without what it should have; given to it: {', '.join(changed)}"
            )
            if "HttpOnly" in changed:
                message += ". If a script of the page has to read it, declare it with `readable = true`"
            notices.append(Notice("cookie-hardened", cookie.name, message))
        return text

    def _undeclared(self, cookie: SetCookie) -> Notice:
        if not cookie.name:
            return Notice("undeclared-cookie", "", "the app sets a cookie without a name; give it one and declare it")
        what = "it was not sent" if self._block_undeclared else "it is sent all the same"
        # What most apps set, a session, is no matter of consent; what is asked at forms holds no cookie of a page.
        purposes = self._policy.purposes
        exempt = [each.id for each in purposes if each.exempt]
        asked = [each.id for each in purposes if not each.exempt and each.asked == "banner"]
        ids = [*exempt, *asked] or [each.id for each in purposes]
        choice = f"or {', '.join(ids[1:])}" if ids[1:] else ""
        if not exempt:
            choice += f"{'; ' if choice else ''}an exempt purpose if visitors asked for what it does, such as a log-in"
        lifetime = "session"
        if cookie.max_age is not None:
            lifetime = f"{cookie.max_age // _DAY} days" if cookie.max_age >= _DAY else f"{cookie.max_age} seconds"
        elif cookie.expires is not None:
            lifetime = "1 year"
        lines = [
            "[[cookies]]",
            f"name = {json.dumps(cookie.name)}",
            f'purpose = "{ids[0]}"' + (f"  # {choice}" if choice else ""),
            f'lifetime = "{lifetime}"',
            'description = "What it is for, in a sentence."',
            "third_party = false  # whether somebody else reads it as well",
        ]
        message = f"the app sets cookie '{cookie.name}', which the policy does not declare; {what}. To declare it:\n"
        return Notice("undeclared-cookie", cookie.name, message + "\n".join(lines))

    def _passes(self, name: str, consent: Consent) -> bool:
        rules = self._rules(name)
        if rules:
            return any(rule.allowed(consent) for rule in rules) or self._is_exempt(name)
        return not self._block_undeclared or self._is_exempt(name)

    def _is_exempt(self, name: str) -> bool:
        return any(pattern.matches(name) for pattern in self._exempt)

    def _reads(self, name: str) -> bool:
        """Whether the name is, but for its prefix, one that the page's scripts read."""
        plain = _PREFIX.sub("", name)
        return any(pattern.matches(name) or pattern.matches(plain) for pattern in self._readable)

    def _rules(self, name: str) -> tuple[_Declared, ...]:
        return self._cached(name) if len(name) <= MAX_CACHED_NAME else self._find(name)

    def _find(self, name: str) -> tuple[_Declared, ...]:
        """The closest declarations of a name; none where it is undeclared."""
        found = self._exact.get(name, [])
        if not found:
            matching = [(p.literals, each) for p, each in self._patterns if p.matches(name)]
            found = [each for literals, each in matching if literals == matching[0][0]]
        own = [each for each in found if not each.service]
        return tuple(own or found)


def _deletions(name: str, domains: Sequence[str], paths: Sequence[str], *, partitioned: bool = False) -> Iterator[str]:
    """The fields that delete a cookie of this name at each of these places."""
    prefix = _PREFIX.match(name)
    host_only = prefix is not None and "host" in prefix[0].lower()
    attributes = "; SameSite=Lax"
    if partitioned:  # what is kept apart for each site that frames us is also set within frames
        attributes = f"; Secure{'; HttpOnly' if prefix else ''}; SameSite=None; Partitioned"
    elif prefix:
        attributes = "; Secure; HttpOnly; SameSite=Lax"
    for path in paths:
        for domain in ("",) if host_only else ("", *domains):
            if path == "/" or not host_only:
                scope = f"; Domain={domain}" if domain else ""
                yield f"{name}=; Expires={PAST}; Max-Age=0{scope}; Path={path}{attributes}"


def _is_in(path: str, folder: str) -> bool:
    """Whether a cookie with this Path is sent with a request for this path (RFC 6265bis §5.1.4)."""
    return path == folder or path.startswith(folder if folder.endswith("/") else f"{folder}/")


def _in_turn(fields: Sequence[str], room: int, now: float) -> list[str]:
    """As many as there is room for; another second begins with others."""
    if len(fields) <= room:
        return list(fields)
    first = int(now) * room % len(fields)
    return [*fields[first:], *fields[:first]][:room]


def _paths_of(path: str) -> list[str]:
    """Every Path but `/` of cookies that are sent with a request for this path: itself and the folders above it.

    Each folder is one with and one without its last slash (RFC 6265bis §5.1.4). The deepest go first, for a path that
    nobody wrote is the folder of the page that set the cookie; beyond `MAX_FOLDERS` none is looked for.
    """
    if len(path) > MAX_PATH or _UNWRITABLE.search(path) or not path.startswith("/"):
        return []
    found = [] if path.endswith("/") else [path]
    for _ in range(MAX_FOLDERS):
        path = path.rpartition("/")[0]
        if not path:
            break
        found += (path, f"{path}/")
    return found
