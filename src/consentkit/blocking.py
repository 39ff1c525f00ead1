"""One rule: what a page would contact is allowed by consent, first party, or blocked.

`compile_policy` turns a policy into `Rules` once per process; a `Blocker` is those rules seen with one
state of consent, and answers the questions of `html.decision.Decider`. In this order:

1. the author's mark at the element (``data-consent="…"``), as far as the policy believes marks;
2. a declared service whose host and path fit: blocked unless the visitor granted it. The longest host
   goes first, then the longest path; services that fit equally well are all needed (R31). Services
   come before first party: one may stand behind a path or a name of the site's own;
3. first party: the policy's sites and their subdomains;
4. anybody else, as ``unknown`` in the policy says: not disclosed, so not contacted, by default.

Without a policy the whole catalogue is declared, nothing is granted, and first party is the
registrable domain of the page.

Inline code is judged by what it names: signatures of services, URLs of services in code that loads
something, and modules it imports. The whole catalogue is recognised there: code of a service that
the policy does not declare is a third party like any other that nobody declared.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final
from urllib.parse import unquote

from publicsuffixlist import PublicSuffixList

from consentkit.consent.state import Consent
from consentkit.errors import UsageError
from consentkit.html.decision import Block, Kind, Mark, Resource
from consentkit.html.stretches import Stretches
from consentkit.html.urls import is_address, matches_host, parse_url
from consentkit.html.verdicts import Verdict
from consentkit.notices import Notice
from consentkit.policy import catalogue
from consentkit.policy.models import UNKNOWN_PURPOSE, Policy, Purpose, Service

#: States of consent for which answers are remembered: a site has few that visitors are really in.
MAX_STATES: Final = 128
#: Hosts remembered per state; a hostile page with more of them only makes itself slower.
MAX_HOSTS: Final = 2048
#: URLs remembered per state on hosts where the path matters.
MAX_URLS: Final = 4096
#: Expressions for exceptions remembered: most hosts have the same, or one of a few.
MAX_EXCEPTIONS: Final = 512
#: Characters of inline code remembered with what they name: a site repeats the same scripts on every page.
MAX_INLINE_TEXT: Final = 4 * 1024 * 1024
#: Notices kept until a driver takes them, and hosts remembered as noted: a page can name endlessly many.
MAX_NOTICES: Final = 256

#: Stands for an answer that is not known yet, because None is one.
_UNASKED: Final = Block()

#: Letters and digits make words; names begin anew at "_" and "$": "_hjSettings" holds "hjSettings".
_SEPARATED: Final = bytes(code if chr(code).isalnum() and code < 128 else 0x20 for code in range(256))
#: Words that most code has anyway: a signature is looked up under another one if it can be.
_COMMON_WORDS: Final = frozenset(
    b"window document function script static google config create var new push init load track send set get com net "
    b"js www https http id data async s t n a".split()
)
_ESCAPED_SLASH: Final = re.compile(r"\\(?:/|u002[fF]|x2[fF])")
_CODE_URL: Final = re.compile(
    r"//([A-Za-z0-9_][A-Za-z0-9_.\-]*\.[A-Za-z][A-Za-z0-9\-]*)\.?(?::[0-9]+)?(/[^\s\"'`<>\\()]*)?"
)
#: What code needs to contact anybody. Without one of these a URL in it is mere data for other code.
_LOADING_WORDS: Final = (
    "createElement", "setAttribute", "insertAdjacent", "appendChild", "innerHTML", "outerHTML", "sendBeacon",
    "XMLHttpRequest", "EventSource", "WebSocket", "Worker(", "Image(", "Audio(", "script(", "Script(", "getJSON",
    "axios", "srcdoc",
)  # fmt: skip
#: The rest of it, for which a search for words will not do.
_LOADS: Final = re.compile(
    r"\.(?:src|href|action)\s*=|\bimport\b|(?:fetch|ajax|load|write|writeln|open|assign|replace)\s*\(|location\s*="
)
#: In front of a URL that is taken as a source or handed to what loads.
_TAKEN: Final = re.compile(
    r"""(?:\bsrc["']?\s*[=:,]|\bdata["']?\s*=|[fF]etch\(|[sS]cript\(|import\(|[bB]eacon\(|load\w*\(|ajax\(|\$\.get\()[\s"'`\\(]*(?:https?:)?\Z"""
)
_LOOK_BACK: Final = 48
_IMPORT: Final = re.compile(
    r"""\b(?:import|from)\b(?:\s|\(|/\*[^*]{0,200}\*/)*["'`]((?:[hH][tT][tT][pP][sS]?:)?//[^"'`\s]*)"""
)
_MANAGERS: Final = re.compile(r"\b__(?:tcfapi|gpp|uspapi|cmp)\b")  # of other consent managers (R91)
_CODE_FILE: Final = re.compile(r"[^?#]*\.m?js(?:[?#]|\Z)")
_ANY_PAGE: Final = parse_url("https://localhost/", None)  # imports without a scheme take the page's, whatever it is
#: First labels of hosts where people read pages: a URL there is a link as likely as a request.
_READ_BY_PEOPLE: Final = frozenset({"www", "m", "mobile", "web"})


@dataclass(frozen=True, slots=True)
class Grant:
    """What may be contacted, without who said so: the part of consent that decisions are made from.

    Attributes:
        services: ids of the services allowed.
        purposes: ids of the purposes allowed, exempt ones included.
        everything: every host is allowed, unknown ones too.
    """

    services: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    everything: bool = False


@dataclass(frozen=True, slots=True)
class _Path:
    """A path pattern: pieces that have to come in this order, the first at the start."""

    pieces: tuple[str, ...]
    services: tuple[str, ...]
    any_host: bool = False  # the pattern is for every host, its path may begin in any folder

    def matches(self, target: str) -> bool:
        first, *others = self.pieces
        if not target.startswith(first):
            return False
        position = len(first)
        for piece in others:
            position = target.find(piece, position)
            if position < 0:
                return False
            position += len(piece)
        # A file that may lie anywhere is named in full: "*/log.js" is not "/log.json".
        named_in_full = self.any_host and self.pieces[-1][-1:] not in {"", "/"}
        return not named_in_full or position == len(target) or target[position] in "?#;/"


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one state of consent says of one host."""

    paths: tuple[tuple[_Path, Block | None], ...]
    rest: Block | None
    unknown: bool
    whole: bool


@dataclass(frozen=True, slots=True)
class _Memory:
    """Answers remembered for one state of consent."""

    hosts: dict[str, _Answer]
    urls: dict[str, Block | None]
    verdicts: dict[bytes, Verdict]
    denied: dict[tuple[str, ...], Block | None]


@dataclass(frozen=True, slots=True)
class _Named:
    """What inline code names, whoever may be granted."""

    services: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    imports: tuple[tuple[str, str, str], ...] = ()


class _Hosts:
    """Host patterns of services, found by walking up the labels of a host."""

    def __init__(self, services: Iterable[Service]) -> None:
        # By the pattern's host: path patterns of the host itself and below it, and of what is below it alone.
        self._named: dict[str, dict[tuple[bool, str], list[str]]] = {}
        self._shaped: list[tuple[re.Pattern[str], str, str]] = []
        anywhere: dict[str, list[str]] = {}
        self._found: dict[str, tuple[_Path, ...]] = {}
        for service in services:
            for pattern in service.hosts:
                host, slash, rest = pattern.partition("/")
                path = slash + rest
                below = host.startswith("*.")
                host = host.removeprefix("*.")
                if host == "*":
                    anywhere.setdefault(path, []).append(service.id)
                elif "*" in host:
                    shape = re.escape(host).replace(r"\*", "[a-z0-9_-]*")
                    dots = r"(?:[a-z0-9_-]+\.)+" if below else r"(?:[a-z0-9_-]+\.)*"
                    self._shaped.append((re.compile(dots + shape), path, service.id))
                else:
                    self._named.setdefault(host, {}).setdefault((below, path), []).append(service.id)
        self._anywhere = _paths(anywhere, any_host=True)
        self._anywhere_hint = _exceptions(tuple(self._anywhere)) if self._anywhere else None

    def find(self, host: str) -> tuple[_Path, ...]:
        """The path patterns for a host, the most exact first."""
        found = self._found.get(host)
        if found is None:
            if len(self._found) >= MAX_HOSTS:
                self._found.clear()
            found = self._found[host] = tuple(self._walk(host))
        return found

    def owner(self, host: str, target: str) -> _Path | None:
        """The first path pattern that fits a URL, which may stand in code."""
        anywhere = self._anywhere_hint is not None and self._anywhere_hint.search(target.encode("ascii", "replace"))
        for path in self.find(host):
            if path.any_host and not anywhere:
                return None  # they come last
            if path.matches(target):
                return path
        return None

    def _walk(self, host: str) -> list[_Path]:
        found: list[_Path] = []
        name = host
        while name:
            table = self._named.get(name, {})
            fitting: dict[str, list[str]] = {}
            for (below, path), ids in table.items():
                if not below or name != host:
                    fitting.setdefault(path, []).extend(ids)
            found += _paths(fitting)
            name = "" if is_address(host) else name.partition(".")[2]
        shaped: dict[str, list[str]] = {}
        for shape, path, id_ in self._shaped:
            if shape.fullmatch(host):
                shaped.setdefault(path, []).append(id_)
        return found + _paths(shaped) + self._anywhere


def _paths(table: Mapping[str, Sequence[str]], *, any_host: bool = False) -> list[_Path]:
    """The path patterns of one host, the longest first. On any host the path may begin in any folder."""
    out = []
    for path in sorted(table, key=len, reverse=True):
        pieces = tuple(path.split("*"))
        out.append(_Path(("", *pieces) if any_host else pieces, tuple(sorted(set(table[path]))), any_host))
    return out


class _Signatures:
    """Signatures of inline code, found by a word of each: the time does not grow with their number."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._by_word: dict[bytes, list[tuple[str, str]]] = {}
        self._wordless: list[tuple[str, str]] = []
        pairs = [(text, service.id) for service in services for text in service.inline]
        common = Counter(word for text, _ in pairs for word in set(_words(text)))
        for text, id_ in pairs:
            word = min(_words(text), key=lambda word: (word in _COMMON_WORDS, common[word], -len(word)), default=b"")
            if word:
                self._by_word.setdefault(word, []).append((text, id_))
            else:
                self._wordless.append((text, id_))
        self._keys = frozenset(self._by_word)

    def find(self, text: str) -> set[str]:
        """Ids of the services whose signatures the text holds."""
        found = {id_ for signature, id_ in self._wordless if _occurs(signature, text)}
        for word in self._keys.intersection(_split(text)):
            found.update(id_ for signature, id_ in self._by_word[word] if _occurs(signature, text))
        return found


def _split(text: str) -> list[bytes]:
    return text.encode("ascii", "replace").translate(_SEPARATED).split()


def _words(signature: str) -> list[bytes]:
    """The words that a text has wherever it has the signature.

    The last may go on in the text (``fbq('track`` in ``fbq('trackCustom'``), so it counts only if the
    others tell nothing: ``window.Vendor`` is found where ``Vendor`` is a word.
    """
    words = _split(signature)
    telling = [word for word in words[:-1] if word not in _COMMON_WORDS]
    return telling if telling and _is_word(signature[-1]) else words


def _is_word(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _occurs(signature: str, text: str) -> bool:
    """Whether a signature stands in the text, at the beginning of a word if it begins with one."""
    position = text.find(signature)
    while position >= 0:
        if position == 0 or not (_is_word(signature[0]) and _is_word(text[position - 1])):
            return True
        position = text.find(signature, position + 1)
    return False


class Rules:
    """A policy made ready for decisions. Immutable but for bounded memories of answers; made by `compile_policy`.

    Attributes:
        policy: the policy; None where the whole catalogue is declared.
        services: the declared services by id.
        purposes: the declared purposes by id.
        stretches: what of the site's pages was judged already.
    """

    def __init__(self, policy: Policy | None) -> None:
        self.policy = policy
        known = catalogue.services()
        declared = known if policy is None else policy.services
        purposes = catalogue.default_purposes() if policy is None else policy.all_purposes
        self.services: dict[str, Service] = {service.id: service for service in declared}
        self.purposes: dict[str, Purpose] = {purpose.id: purpose for purpose in purposes}
        self.unknown = "block" if policy is None else policy.unknown
        strangers = tuple(service for service in known if service.id not in self.services)
        # Where the owner's own words name a host they cover all of it; entries of the catalogue share hosts by path.
        hosts_known = {service.id: service.hosts for service in known}
        self._own = _Hosts(service for service in declared if hosts_known.get(service.id) != service.hosts)
        self._hosts = _Hosts(declared)
        self._known_hosts = _Hosts((*declared, *strangers))
        self._covered: dict[str, tuple[str, ...]] = {service.id: self._covering(service) for service in strangers}
        self._signatures = _Signatures((*declared, *strangers))
        self._grants: dict[frozenset[str], Grant] = {}
        self._states: dict[tuple[Grant, str], _Memory] = {}
        self._named: dict[str, _Named] = {}
        self.stretches = Stretches()
        self._named_size = 0
        self._noted: set[tuple[str, str]] = set()
        self._notices: deque[Notice] = deque(maxlen=MAX_NOTICES)

    def grant(self, names: Collection[str]) -> Grant:
        """The grant of exactly these purposes (with all their services) and services; ``"*"`` grants everything.

        Raises:
            UsageError: if a name is none of a declared purpose or service.
        """
        if names == "*":
            return Grant(everything=True)
        if isinstance(names, str):
            raise UsageError(f'grant takes a collection of ids or "*": write grant=["{names}"]')
        wanted = frozenset(names)
        known = self._grants.get(wanted)
        if known is None:
            for name in sorted(wanted):
                if name not in self.purposes and name not in self.services:
                    near = ", ".join(sorted(self.purposes))
                    raise UsageError(f"cannot grant '{name}': no purpose or service has that id; purposes are {near}")
            purposes = {purpose.id for purpose in self.purposes.values() if purpose.exempt or purpose.id in wanted}
            services = {s.id for s in self.services.values() if s.id in wanted or purposes.issuperset(s.purposes)}
            known = Grant(frozenset(services), frozenset(purposes))
            if len(self._grants) >= MAX_STATES:
                self._grants.clear()
            self._grants[wanted] = known
        return known

    def granted(self, consent: Consent) -> Grant:
        """What a visitor's decision grants under these rules."""
        purposes = frozenset(id_ for id_ in self.purposes if consent.allows(id_))
        return Grant(frozenset(id_ for id_ in self.services if consent.allows_service(id_)), purposes)

    def hosts_allowed(self, consent: Consent) -> list[str]:
        """The host patterns (``host``, ``*.host``, with path) of the services that may be contacted, sorted."""
        allowed = self.granted(consent).services
        return sorted({pattern for id_ in allowed for pattern in self.services[id_].hosts})

    def notices(self) -> list[Notice]:
        """Takes the notices of hosts and services met for the first time since the rules were made.

        Each is given once per process, so that a driver can log whatever it gets.
        """
        taken = []
        while self._notices:
            taken.append(self._notices.popleft())
        return taken

    def is_first_party(self, host: str, site: str) -> bool:
        """Whether a host is the site's, whatever services it may also belong to.

        Args:
            host: serialised host.
            site: without a policy, the registrable domain of the page; not used with one.
        """
        sites = (site,) if self.policy is None else self.policy.sites
        return any(matches_host(host, each) for each in sites)

    def memory(self, grant: Grant, site: str) -> _Memory:
        """The memory of answers for a state."""
        key = (grant, site)
        found = self._states.get(key)
        if found is None:
            if len(self._states) >= MAX_STATES:
                self._states.clear()
            found = self._states.setdefault(key, _Memory({}, {}, {}, {}))
        return found

    def answer(self, host: str, grant: Grant, site: str) -> _Answer:
        """Works out what a state says of a host."""
        first_party = self.is_first_party(host, site)
        table = self._hosts if first_party else self._table(host)
        paths: list[tuple[_Path, Block | None]] = []
        for path in table.find(host):
            if first_party and self.policy is None and not path.any_host:
                continue  # a vendor's own site, where nobody declared that it is another's
            services = tuple(id_ for id_ in path.services if id_ in self.services)
            if services:
                block = self.denied(services, grant, host)
            elif path.any_host:
                continue
            else:
                block = self.stranger(grant, host)
            if path.pieces == ("",):
                return _answer(paths, block, unknown=not services)
            paths.append((path, block))
        if first_party:
            return _answer(paths, None, unknown=False)
        return _answer(paths, self.stranger(grant, host), unknown=True)

    def _table(self, host: str) -> _Hosts:
        """Who is asked for a third party's host: the owner alone where the owner names it, else the catalogue too."""
        named = any(not path.any_host for path in self._own.find(host))
        return self._hosts if named else self._known_hosts

    def denied(self, services: Sequence[str], grant: Grant, host: str) -> Block | None:
        """None if all the services are granted; otherwise what is missing."""
        missing = [id_ for id_ in services if id_ not in grant.services]
        if not missing or grant.everything:
            return None
        purposes = dict.fromkeys(purpose for id_ in missing for purpose in self.services[id_].purposes)
        return Block(missing[0], tuple(purposes), host)

    def stranger(self, grant: Grant, host: str) -> Block | None:
        """What the policy says of a third party that nobody declared."""
        if grant.everything or self.unknown == "allow":
            return None
        if self.unknown == "ask":
            return None if UNKNOWN_PURPOSE in grant.purposes else Block("", (UNKNOWN_PURPOSE,), host)
        return Block("", (), host)

    def named(self, text: str) -> _Named:
        """What inline code names."""
        found = self._named.get(text)
        if found is None:
            found = self._read(text)
            if self._named_size + len(text) > MAX_INLINE_TEXT:
                self._named.clear()
                self._named_size = 0
            if len(text) <= MAX_INLINE_TEXT:
                self._named[text] = found
                self._named_size += len(text)
        return found

    def note_host(self, host: str, path: str) -> None:
        """Remembers an undeclared host for `notices`."""
        if ("unknown-host", host) in self._noted or len(self._noted) >= MAX_NOTICES:
            return
        known = next((p.services for p in self._known_hosts.find(host) if p.matches(path) and not p.any_host), None)
        if known and known[0] in catalogue.consent_managers():
            self._note_manager(known[0])
        lines = (
            f'[[services]]\nid = "{known[0]}"'
            if known
            else f'[[services]]\nid = "…"\nname = "…"\nprovider = "…"\npurposes = ["…"]\nhosts = ["{host}"]'
        )
        self._note("unknown-host", host, f"a page would contact {host}, which is not declared", lines)

    def note_service(self, id_: str) -> None:
        """Remembers inline code of an undeclared service for `notices`."""
        known = catalogue.service(id_)
        if id_ in catalogue.consent_managers():
            self._note_manager(id_)
        name = known.name if known else id_
        self._note("unknown-service", id_, f"a page holds code of {name}, which is not declared",
                   f'[[services]]\nid = "{id_}"')  # fmt: skip

    def _note_manager(self, name: str) -> None:
        """Remembers that a page brings another consent manager (R91)."""
        if ("consent-manager", name) not in self._noted and len(self._noted) < MAX_NOTICES:
            self._noted.add(("consent-manager", name))
            message = (
                f"a page brings another consent manager ({name}): visitors are asked twice, and each of the two "
                "believes that it decides. Take one of them off the site; until then its code is like any other's."
            )
            self._notices.append(Notice("consent-manager", name, message))

    def _note(self, kind: str, subject: str, what: str, lines: str) -> None:
        if (kind, subject) not in self._noted and len(self._noted) < MAX_NOTICES:
            self._noted.add((kind, subject))
            message = f'{what}; it is treated as `unknown = "{self.unknown}"` says. To declare it, add to the policy:'
            self._notices.append(Notice(kind, subject, f"{message}\n{lines}"))

    def _covering(self, service: Service) -> tuple[str, ...]:
        """The declared services whose hosts, in the owner's own words, are hosts of a service of the catalogue."""
        covering: set[str] = set()
        for pattern in service.hosts:
            host, _, path = pattern.removeprefix("*.").partition("/")
            if "*" not in host:
                found = (p.services for p in self._own.find(host) if not p.any_host and p.matches("/" + path))
                covering.update(next(found, ()))
        return tuple(sorted(covering))

    def _read(self, text: str) -> _Named:
        if "\\" in text:
            text = _ESCAPED_SLASH.sub("/", text)
        if _MANAGERS.search(text):
            self._note_manager("__tcfapi, __gpp, __uspapi or __cmp, the interfaces of the IAB")
        found = self._signatures.find(text)
        if "//" in text:
            found |= self._loaded(text, found)
        declared = {id_ for id_ in found if id_ in self.services}
        strangers = []
        for id_ in sorted(found - declared):
            if self._covered[id_]:
                declared.update(self._covered[id_])
            else:
                strangers.append(id_)
        return _Named(tuple(sorted(declared)), tuple(strangers), tuple(_imports(text)))

    def _loaded(self, text: str, known: set[str]) -> set[str]:
        """Ids of further services whose URLs stand in code that loads something."""
        found: set[str] = set()
        tables: dict[str, _Hosts] = {}
        for match in _CODE_URL.finditer(text):
            host, path = match[1].lower(), match[2] or "/"
            if host not in tables:
                tables[host] = self._table(host)
            owner = tables[host].owner(host, path)
            if owner is None or found.issuperset(owner.services):
                continue
            start = match.start()
            if owner.pieces[0] or _is_request(host, path) or _TAKEN.search(text, max(0, start - _LOOK_BACK), start):
                found.update(owner.services)
        found -= known
        return found if found and _loads(text) else set()


def _loads(text: str) -> bool:
    return any(word in text for word in _LOADING_WORDS) or _LOADS.search(text) is not None


def _is_request(host: str, path: str) -> bool:
    """Whether a URL in code is one to be fetched rather than a link to a page for people."""
    first, _, rest = host.partition(".")
    return bool(_CODE_FILE.match(path)) or ("." in rest and first not in _READ_BY_PEOPLE)


def _imports(text: str) -> Iterator[tuple[str, str, str]]:
    """Hosts, paths and URLs of modules that code imports by absolute URL."""
    if "import" in text:
        for match in _IMPORT.finditer(text):
            url = parse_url(match[1], _ANY_PAGE)
            if url is not None:
                yield url.host, url.path, url.href


@lru_cache(maxsize=MAX_EXCEPTIONS)
def _exceptions(paths: tuple[_Path, ...]) -> re.Pattern[bytes]:
    """What a URL has to hold if one of some path patterns fits it; or anything that has to be decoded first."""
    behind_slash: set[str] = set()
    anywhere: set[str] = set()
    for path in paths:
        words = [
            (word, bool(index) or not number)
            for number, piece in enumerate(path.pieces)
            for index, word in enumerate(piece.split("/"))
        ]
        word, slash = max(words, key=lambda each: (each[1] and bool(each[0]), len(each[0])))
        # In the page an ampersand may be written in several ways.
        (behind_slash if slash else anywhere).add(word.partition("&")[0])
    if any(not word or not word.isascii() for word in behind_slash | anywhere):
        return re.compile(b"")
    # A percent sign counts where it stands for a character of the words, or for the slash before them.
    codes = {f"{ord(character):02x}" for character in "/".join(behind_slash | anywhere) + "/"}
    escapes = "|".join(sorted("".join(f"[{digit}{digit.upper()}]" for digit in code) for code in codes))
    alternatives = [
        rb"(?<=&)(?!amp;|#0?38;)", rb"(?<=[\\\x00-\x20])", rb"(?<=%)(?:" + escapes.encode() + rb")",
    ]  # fmt: skip
    if behind_slash:
        alternatives.insert(0, rb"(?<=/)(?:" + _any_word(behind_slash) + rb")")
    # One class of characters in front is what makes the search fast.
    odd = rb"[/%\\&\x00-\x20](?:" + rb"|".join(alternatives) + rb")"
    return re.compile(odd + rb"|" + _any_word(anywhere) if anywhere else odd)


def _any_word(words: Iterable[str]) -> bytes:
    return b"|".join(re.escape(word.encode()) for word in sorted(words))


def _answer(paths: list[tuple[_Path, Block | None]], rest: Block | None, *, unknown: bool) -> _Answer:
    whole = rest is None and all(block is None for _, block in paths)
    return _Answer(() if whole else tuple(paths), rest, unknown, whole)


def compile_policy(policy: Policy | None = None) -> Rules:
    """The rules of a policy, or of the whole catalogue. To be made once per process."""
    return _catalogue_rules() if policy is None else Rules(policy)


@cache
def _catalogue_rules() -> Rules:
    return Rules(None)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def registrable_domain(host: str) -> str:
    """The part of a host that somebody registered, by the public suffix list; the host itself where there is none."""
    if is_address(host):
        return host
    return _suffixes().privatesuffix(host) or host


class Blocker:
    """The `Decider` for one state of consent. Cheap to make; may be kept and shared between requests.

    Args:
        rules: the compiled policy.
        consent: the visitor's state, or a grant made by `Rules.grant`.
        site: without a policy, the registrable domain of the page; not used with one.
    """

    def __init__(self, rules: Rules, consent: Consent | Grant, *, site: str = "") -> None:
        self._rules = rules
        self._grant = consent if isinstance(consent, Grant) else rules.granted(consent)
        self._site = site
        memory = rules.memory(self._grant, site)
        self._answers, self._urls, self._denied = memory.hosts, memory.urls, memory.denied
        self.verdicts = memory.verdicts  #: for `html.verdicts`, which keeps what it learns there
        self.stretches = rules.stretches  #: for `html.stretches`, likewise
        self.state = (self._grant, site)

    def decide(self, resource: Resource, mark: Mark | None = None) -> Block | None:
        """None: leave it. Otherwise what the visitor would have to grant."""
        if self._grant.everything or not resource.host:
            return None
        if mark is not None and self._believes(mark):
            return self._marked(mark, resource.host)
        return self._decide(resource.host, resource.path, resource.url)

    def decide_inline(self, text: str, kind: Kind, mark: Mark | None = None) -> Block | None:
        """The same for inline code (script text, event handlers, ``data:`` scripts)."""
        if self._grant.everything:
            return None
        if mark is not None and self._believes(mark):
            return self._marked(mark, "")
        if kind is not Kind.SCRIPT:
            return None
        rules = self._rules
        named = rules.named(text)
        if named.services:
            block = self._denied.get(named.services, _UNASKED)
            if block is _UNASKED:
                if len(self._denied) >= MAX_HOSTS:
                    self._denied.clear()
                block = self._denied[named.services] = rules.denied(named.services, self._grant, "")
            if block:
                return block
        if named.strangers:
            for id_ in named.strangers:
                rules.note_service(id_)
            block = rules.stranger(self._grant, "")
            if block:
                return block
        for host, path, url in named.imports:
            block = self._decide(host, path, url)
            if block:
                return block
        return None

    def whole_host(self, host: str) -> bool:
        """True if every URL on this host may be fetched whatever its path or kind (a fast way out)."""
        return self._grant.everything or self._answer(host).whole

    def usual(self, host: str) -> tuple[Block | None, re.Pattern[bytes] | None]:
        """What is said of almost every URL on a host: a fast way out where `whole_host` is false.

        Returns:
            The answer, and an expression: it does not hold for URLs in which the expression finds something, as they
            stand in the page, with a slash in front if they are relative. None: it holds for all.
        """
        if self._grant.everything:
            return None, None
        answer = self._answer(host)
        unlike = tuple([path for path, block in answer.paths if block != answer.rest])
        return answer.rest, _exceptions(unlike) if unlike else None

    def notices(self) -> list[Notice]:
        """Takes what the rules have met for the first time: see `Rules.notices`."""
        return self._rules.notices()

    def _decide(self, host: str, path: str, url: str) -> Block | None:
        answer = self._answers.get(host) or self._answer(host)
        if not answer.paths:
            if answer.unknown:
                self._rules.note_host(host, path)
            return answer.rest
        block = self._urls.get(url, answer.rest)
        if block is answer.rest and url not in self._urls:
            block = self._on_path(answer, host, path, url)
            if len(self._urls) >= MAX_URLS:
                self._urls.clear()
            self._urls[url] = block
        return block

    def _on_path(self, answer: _Answer, host: str, path: str, url: str) -> Block | None:
        target = unquote(path) if "%" in path else path
        query = url.find("?")
        if query >= 0:
            target += url[query:]
        block, unknown = answer.rest, answer.unknown
        for pattern, verdict in answer.paths:
            if pattern.matches(target):
                block, unknown = verdict, verdict is not None and not verdict.service
                break
        if unknown:
            self._rules.note_host(host, target)
        return block

    def _answer(self, host: str) -> _Answer:
        answer = self._answers.get(host)
        if answer is None:
            if len(self._answers) >= MAX_HOSTS:
                self._answers.clear()
            answer = self._answers[host] = self._rules.answer(host, self._grant, self._site)
        return answer

    def _believes(self, mark: Mark) -> bool:
        """Whether a mark counts. Those saying that no consent is needed count only where the policy believes them."""
        policy = self._rules.policy
        if policy is None:
            return False  # nobody said what its marks mean
        if policy.honour_marks:
            return bool(mark.exempt or mark.purpose or mark.service)
        if mark.exempt or not (mark.purpose or mark.service):
            return False
        service = self._rules.services.get(mark.service)
        purposes = (*((mark.purpose,) if mark.purpose else ()), *(service.purposes if service else ()))
        return not all(id_ in self._rules.purposes and self._rules.purposes[id_].exempt for id_ in purposes)

    def _marked(self, mark: Mark, host: str) -> Block | None:
        """The decision by an author's mark alone. What it names and the policy does not declare is never granted."""
        if mark.service:
            if mark.service not in self._rules.services:
                return Block("", (), host)
            block = self._rules.denied((mark.service,), self._grant, host)
            if block:
                return block
        if mark.purpose and mark.purpose not in self._grant.purposes:
            return Block("", (mark.purpose,) if mark.purpose in self._rules.purposes else (), host)
        return None
