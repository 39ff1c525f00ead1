"""A policy made ready for decisions, once per process."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from functools import cache
from typing import Final

from consentkit.blocking.code import (
    CODE_URL,
    ESCAPED_SLASH,
    LOOK_BACK,
    MANAGERS,
    TAKEN,
    Named,
    Signatures,
    imports_of,
    is_request,
    loads,
)
from consentkit.blocking.grant import Answer, Grant, Memory, answer_of
from consentkit.blocking.patterns import Hosts, Path
from consentkit.consent.state import Consent
from consentkit.errors import UsageError
from consentkit.html.decision import Block
from consentkit.html.stretches import Stretches
from consentkit.html.urls import matches_host
from consentkit.notices import Notice
from consentkit.policy import catalogue
from consentkit.policy.models import UNKNOWN_PURPOSE, Policy, Purpose, Service

#: States of consent for which answers are remembered: a site has few that visitors are really in.
MAX_STATES: Final = 128
#: Characters of inline code remembered with what they name: a site repeats the same scripts on every page.
MAX_INLINE_TEXT: Final = 4 * 1024 * 1024
#: Notices kept until a driver takes them, and hosts remembered as noted: a page can name endlessly many.
MAX_NOTICES: Final = 256


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
        self._own = Hosts(service for service in declared if hosts_known.get(service.id) != service.hosts)
        self._hosts = Hosts(declared)
        self._known_hosts = Hosts((*declared, *strangers))
        self._covered: dict[str, tuple[str, ...]] = {service.id: self._covering(service) for service in strangers}
        self._signatures = Signatures((*declared, *strangers))
        self._grants: dict[frozenset[str], Grant] = {}
        self._states: dict[tuple[Grant, str], Memory] = {}
        self._named: dict[str, Named] = {}
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

    def memory(self, grant: Grant, site: str) -> Memory:
        """The memory of answers for a state."""
        key = (grant, site)
        found = self._states.get(key)
        if found is None:
            if len(self._states) >= MAX_STATES:
                self._states.clear()
            found = self._states.setdefault(key, Memory({}, {}, {}, {}))
        return found

    def answer(self, host: str, grant: Grant, site: str) -> Answer:
        """Works out what a state says of a host."""
        first_party = self.is_first_party(host, site)
        table = self._hosts if first_party else self._table(host)
        paths: list[tuple[Path, Block | None]] = []
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
                return answer_of(paths, block, unknown=not services)
            paths.append((path, block))
        if first_party:
            return answer_of(paths, None, unknown=False)
        return answer_of(paths, self.stranger(grant, host), unknown=True)

    def _table(self, host: str) -> Hosts:
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

    def named(self, text: str) -> Named:
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
        yours = "" if known else " (name it in `sites` if it is yours)"
        self._note("unknown-host", host, f"a page would contact {host}, which is not declared{yours}", lines)

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

    def _read(self, text: str) -> Named:
        if "\\" in text:
            text = ESCAPED_SLASH.sub("/", text)
        if MANAGERS.search(text):
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
        return Named(tuple(sorted(declared)), tuple(strangers), tuple(imports_of(text)))

    def _loaded(self, text: str, known: set[str]) -> set[str]:
        """Ids of further services whose URLs stand in code that loads something."""
        found: set[str] = set()
        tables: dict[str, Hosts] = {}
        for match in CODE_URL.finditer(text):
            host, path = match[1].lower(), match[2] or "/"
            if host not in tables:
                tables[host] = self._table(host)
            owner = tables[host].owner(host, path)
            if owner is None or found.issuperset(owner.services):
                continue
            start = match.start()
            if owner.pieces[0] or is_request(host, path) or TAKEN.search(text, max(0, start - LOOK_BACK), start):
                found.update(owner.services)
        found -= known
        return found if found and loads(text) else set()


def compile_policy(policy: Policy | None = None) -> Rules:
    """The rules of a policy, or of the whole catalogue. To be made once per process."""
    return _catalogue_rules() if policy is None else Rules(policy)


@cache
def _catalogue_rules() -> Rules:
    return Rules(None)
