"""The consent cookie: a decision in at most 512 bytes, signed, read by nobody but us (R110-R126).

The value is ``payload "." signature``, both base64url without padding: the signature is HMAC-SHA-256
over the payload as written, 43 characters, by a key that is made of the secret, the cookie's name and the
site's own: the domain that shares the decision, or the first of `sites`. So sites with one secret do not take
each other's cookies for theirs. The payload is, in network byte order:

    version       1 byte     0x01; 1 more for a visitor who said to be a minor, 2 more where `since` is there
    decided at    4 bytes    POSIX seconds
    subject       16 bytes   zeros where there is none
    record        16 bytes   the UUID of the newest record, zeros where there is none
    since         4 bytes    POSIX seconds of the oldest grant in it, where that is older than the decision
    then for each decided purpose
      digest      4 bytes    `Policy.purpose_digests`: of its texts and services, its id among them
      kind        1 byte     0 denied, 1 granted, both with every service alike;
                             2 denied, 3 granted, with a choice among the services;
                             4 undecided, the visitor was told that it is in use;
                             8 more where what is granted was granted despite Global Privacy Control
        length    1 byte     of the bitmap, for 2 and 3
        bitmap    so many    a bit a service, the services in the order of their ids, the highest bit first;
                             what is missing at its end is zero

A digest that the present policy does not have belongs to a purpose that changed or went: that purpose
is undecided, the others keep their decision (R17). No field holds an id, so the size does not depend
on names, and what a policy can need at most is computed when it is loaded.

Anything else than our own signature over a payload of this form is no decision: never an error.
A service shared by several purposes has a bit in each, so that each purpose can change alone.
"""

from __future__ import annotations

import math
import re
import struct
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType

from itsdangerous import BadSignature, Signer

from consentkit.consent.precedence import NOWHERE_KNOWN, Situation
from consentkit.consent.set_cookie import LIFETIME_CAP, PAST, cookie_pairs, dump_set_cookie
from consentkit.consent.state import Choice, Consent
from consentkit.errors import PolicyError, Problem, UsageError
from consentkit.notices import Notice
from consentkit.policy.models import DIGEST_BYTES, Policy

MAX_COOKIE_BYTES = 512
"""Of name, `=` and value: Cookie fields practically end at 8 KiB, shared with the app (R123)."""
MIN_SECRET_BYTES = 16
"""128 bits, the least a signing key may have (R130)."""
MAX_DUPLICATES = 8
"""More cookies of our name than this in one request are no visitor's doing; they are no decision."""
CLOCK_SKEW = 300
"""Seconds by which the clocks of two workers may differ; a decision from further ahead is none."""
CACHED_VALUES = 2048
"""Cookie values whose reading is remembered: at most 512 bytes and a small object each."""

VERSION = 1
_OF_A_MINOR, _WITH_SINCE = 1, 2  # added to the version
_SINCE = struct.Struct("!L")
_HEAD = struct.Struct("!BL16s16s")
_NOBODY = bytes(16)
_DENIED, _GRANTED, _DENIED_BITS, _GRANTED_BITS, _NOTED = range(5)
_DESPITE_GPC = 8
_SIGNATURE_CHARS = 43  # 32 bytes in base64url
# The last character holds four bits of the 32 bytes and two that count for nothing: these have to be zero, or four
# spellings would be one signature.
_VALUE = re.compile(rf"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{{{_SIGNATURE_CHARS - 1}}}[AEIMQUYcgkosw048]")
_HEX_SUBJECT = re.compile(r"[0-9a-f]{32}")
_SALT = "consentkit.consent-cookie"
_HOW_TO_MAKE_ONE = "`python -c 'import secrets; print(secrets.token_hex(32))'`"
_DAY = 86_400
_HOST_PREFIX = re.compile(r"__host-(?:http-)?", re.IGNORECASE)
_PREFIX = re.compile(r"__(?:secure|host-http|host|http)-", re.IGNORECASE)


class ConsentCookie:
    """Reads and writes the consent cookie of one policy.

    Attributes:
        name: the cookie's name.
        notices: what its owner should know of the configuration.
    """

    def __init__(
        self,
        policy: Policy,
        secrets: Sequence[bytes | str],
        *,
        name: str | None = None,
        insecure_dev: bool = False,
        share_domain: str | None = None,
    ) -> None:
        """Compile the codec.

        Args:
            policy: the policy in force.
            secrets: newest first: the first signs, all verify; each of `MIN_SECRET_BYTES` at least.
            name: of the cookie; None takes the policy's `cookie_name`.
            insecure_dev: plain HTTP in development: no `Secure`, and so no name prefix (R119).
            share_domain: the Domain that all subdomains share the decision under; None takes the policy's
                `share_across_subdomains`. Costs the `__Host-` prefix: any subdomain can then overwrite the cookie.

        Raises:
            UsageError: for a secret that is missing or short, or a name that user agents would refuse.
            PolicyError: if the policy has so many services that some decision would not fit.
        """
        share_domain = policy.share_across_subdomains if share_domain is None else share_domain
        self.name = cookie_name(policy, share_domain) if name is None else name
        if insecure_dev:
            self.name = _PREFIX.sub("", self.name)
        self._policy = policy
        self._secure = not insecure_dev
        self._http_only = policy.mode != "shared"
        self._domain = _checked_domain(policy, share_domain)
        self._keep = policy.reprompt_after * _DAY
        self._purposes = tuple(p.id for p in policy.purposes_by_id.values() if not p.exempt)
        self._by_digest = {policy.purpose_digests[purpose]: purpose for purpose in self._purposes}
        self._services = {p: tuple(s.id for s in policy.services_by_purpose[p]) for p in self._purposes}
        self._signer = _signer(secrets, f"{_SALT} {self.name} {self._domain or policy.sites[0]}")
        self._undecided = lru_cache(CACHED_VALUES)(lambda gpc, at: Consent(policy, gpc=gpc, situation=at))
        self._read = lru_cache(CACHED_VALUES)(self._parse_value)  # bounded, and of values only: see CACHED_VALUES
        self._check_size()
        self.expire()  # refuses a name that no user agent would keep, at start-up
        self.notices: tuple[Notice, ...] = ()
        if self._keep > LIFETIME_CAP:
            message = (f"reprompt_after = {policy.reprompt_after} days, but user agents keep no cookie longer than "
                       f"{LIFETIME_CAP // _DAY} days: visitors are asked again after those")  # fmt: skip
            self.notices = (Notice("cookie-lifetime", self.name, message),)

    def parse(
        self, cookie_header: str | None, *, gpc: bool = False, now: float, situation: Situation = NOWHERE_KNOWN
    ) -> Consent:
        """What the visitor decided. Never raises; linear in the header's length.

        Args:
            cookie_header: the Cookie field, several joined with `"; "`; None if there was none.
            gpc: whether the request carried a Global Privacy Control signal; it is part of the state.
            now: POSIX seconds.
            situation: what else is known of the visitor; it is part of the state, too.

        Returns:
            The consent. No cookie, one we did not sign, one of another version, one that is too old or
            from the future: undecided. Of several cookies that we signed the most restrictive answer
            for each purpose (R122); what others wrote under our name is not counted.
        """
        if not cookie_header or self.name not in cookie_header:
            return self._undecided(gpc, situation)
        values = [value for _, name, value in cookie_pairs(cookie_header) if name == self.name]
        if not 0 < len(values) <= MAX_DUPLICATES:
            return self._undecided(gpc, situation)
        room = MAX_COOKIE_BYTES - len(self.name) - 1
        read = [self._read(value, gpc, situation) for value in values if len(value) <= room]
        found = [answer for answer in read if answer is not None]
        kept = self._lasting(situation)
        if not found or not all(now - kept < (each.counts_from or 0) <= now + CLOCK_SKEW for each in found):
            return self._undecided(gpc, situation)
        consent = found[0] if len(found) == 1 else _most_restrictive(found)
        return consent if now - self._keep < (consent.counts_from or 0) else _only_opt_outs(consent)

    def holds_until(self, cookie_header: str | None, consent: Consent) -> float:
        """Until when, in POSIX seconds, `parse` gives this consent for this field.

        Args:
            cookie_header: as for `parse`.
            consent: what `parse` gave for it.
        """
        if consent.counts_from is not None:
            return consent.counts_from + self._keep
        # A decision that is too old stays so, but one that is ahead of our clock will count.
        return 0.0 if cookie_header and self.name in cookie_header else math.inf

    def dump(self, consent: Consent) -> str:
        """The complete Set-Cookie value for a decision, sent once and not renewed (R126).

        Raises:
            UsageError: if the consent is no decision, or names its subject or record otherwise than
                documented in `Consent`.
        """
        value = self._dump_value(consent)
        spent = (consent.decided_at or 0) - (consent.counts_from or 0)
        max_age = max(0, min(self._lasting(consent.situation) - spent, LIFETIME_CAP))
        return dump_set_cookie(
            self.name, value, max_age=max_age, domain=self._domain, secure=self._secure, http_only=self._http_only
        )

    def expire(self) -> str:
        """The Set-Cookie value that deletes the cookie (R116)."""
        return dump_set_cookie(
            self.name, "", max_age=0, expires=PAST, domain=self._domain, secure=self._secure, http_only=self._http_only
        )

    def _lasting(self, situation: Situation) -> int:
        """Seconds for which something of a decision holds: where an opt-out lasts longer than a grant, that long (R48).

        It lasts as long as a user agent keeps a cookie at most, and no less: asking sooner is what the law forbids, and
        to forget an opt-out is to take it back.
        """
        asked_again = situation.regime.asked_again * _DAY
        return LIFETIME_CAP if asked_again > self._keep else self._keep

    def _check_size(self) -> None:
        """Refuse a policy for which some decision would not fit: a decision must never be lost later."""
        payload = (
            _HEAD.size
            + _SINCE.size
            + sum(DIGEST_BYTES + 2 + _bytes_for(len(self._services[p])) for p in self._purposes)
        )
        size = len(self.name) + 1 + -(-payload * 4 // 3) + 1 + _SIGNATURE_CHARS
        longest = max((len(services) for services in self._services.values()), default=0)
        if len(self._by_digest) < len(self._purposes):
            what, mend = "two purposes have the same digest by chance", "change a word in the text of one"
        elif size > MAX_COOKIE_BYTES or _bytes_for(longest) > 255:
            what = f"a decision on so many services can need {size} bytes, a consent cookie has {MAX_COOKIE_BYTES}"
            mend = "let services serve fewer purposes each, or join purposes"
        else:
            return
        raise PolicyError([Problem("<policy>", None, "purposes", what, mend)])

    def _dump_value(self, consent: Consent) -> str:
        if consent.decided_at is None or not 0 <= consent.decided_at < 1 << 32:
            raise UsageError(f"only a decision is kept in the cookie; `decided_at` is {consent.decided_at!r}")
        if consent.subject is not None and not _HEX_SUBJECT.fullmatch(consent.subject):
            raise UsageError(f"`subject` must be 32 hexadecimal digits, not {consent.subject!r}")
        try:
            record = _NOBODY if consent.record_id is None else uuid.UUID(consent.record_id).bytes
        except ValueError:
            raise UsageError(f"`record_id` must be a UUID, not {consent.record_id!r}") from None
        subject = _NOBODY if consent.subject is None else bytes.fromhex(consent.subject)
        since = consent.since if consent.since is not None and 0 <= consent.since < consent.decided_at else None
        version = VERSION + _OF_A_MINOR * consent.minor_declared + _WITH_SINCE * (since is not None)
        payload = bytearray(_HEAD.pack(version, consent.decided_at, subject, record))
        if since is not None:
            payload += _SINCE.pack(since)
        digests = self._policy.purpose_digests
        for purpose in self._purposes:
            if (choice := consent.choices.get(purpose)) is not None:
                payload += digests[purpose]
                payload += _dump_choice(choice, self._services[purpose])
            elif purpose in consent.noted:
                payload += digests[purpose] + bytes((_NOTED,))
        signed = self._signer.sign(urlsafe_b64encode(payload).rstrip(b"="))
        return signed.decode("ascii")

    def _parse_value(self, value: str, gpc: bool, situation: Situation) -> Consent | None:
        """What one cookie value says; None if it is none of ours."""
        if not _VALUE.fullmatch(value):
            return None
        try:
            text = self._signer.unsign(value)
            payload = urlsafe_b64decode(text + b"=" * (-len(text) % 4))
            return self._parse_payload(payload, gpc=gpc, situation=situation)
        except (BadSignature, ValueError, struct.error, IndexError):
            return None

    def _parse_payload(self, payload: bytes, *, gpc: bool, situation: Situation) -> Consent | None:
        version, decided_at, subject, record = _HEAD.unpack_from(payload)
        flags = version - VERSION
        if not 0 <= flags <= _OF_A_MINOR + _WITH_SINCE:
            return None
        choices, noted, outdated = dict[str, Choice](), set[str](), False
        at, since = _HEAD.size, None
        if flags & _WITH_SINCE:
            (since,) = _SINCE.unpack_from(payload, at)
            at += _SINCE.size
        while at < len(payload):
            digest, kind = payload[at : at + DIGEST_BYTES], payload[at + DIGEST_BYTES]
            at += DIGEST_BYTES + 1
            despite, kind = bool(kind & _DESPITE_GPC), kind & ~_DESPITE_GPC
            bits = b""
            if kind in {_DENIED_BITS, _GRANTED_BITS}:
                end = at + 1 + payload[at]
                bits = payload[at + 1 : end]
                at = end
            if kind > _NOTED or at > len(payload) or (despite and kind in {_DENIED, _NOTED}):
                return None
            purpose = self._by_digest.get(digest)
            if purpose is None:
                outdated = True
                continue
            if kind == _NOTED:
                noted.add(purpose)
            else:
                choices[purpose] = _parse_choice(kind, bits, self._services[purpose], despite=despite)
        return Consent(
            self._policy, MappingProxyType(choices), decided_at, None if subject == _NOBODY else subject.hex(),
            None if record == _NOBODY else str(uuid.UUID(bytes=record)), gpc, situation,
            frozenset(noted), bool(flags & _OF_A_MINOR), outdated, since,
        )  # fmt: skip


def cookie_name(policy: Policy, share_domain: str | None) -> str:
    """The name of a policy's cookie: a Domain is not allowed under the prefix `__Host-` (R117)."""
    return _HOST_PREFIX.sub("__Secure-", policy.cookie_name) if share_domain else policy.cookie_name


def _signer(secrets: Sequence[bytes | str], salt: str) -> Signer:
    """The signer over all secrets. itsdangerous wants the oldest first, frameworks list the newest first."""
    listed = (secrets,) if isinstance(secrets, str | bytes) else tuple(secrets)
    if not listed:
        raise UsageError(f"a secret is needed to sign the consent cookie; make one with {_HOW_TO_MAKE_ONE}")
    keys = [secret.encode() if isinstance(secret, str) else bytes(secret) for secret in listed]
    for position, key in enumerate(keys):
        if len(key) < MIN_SECRET_BYTES:
            which = "the secret" if position == 0 else f"fallback secret {position}"
            raise UsageError(
                f"{which} has {len(key)} bytes, {MIN_SECRET_BYTES} are the least; make one with {_HOW_TO_MAKE_ONE}"
            )
    return Signer(keys[::-1], salt=salt, key_derivation="hmac", digest_method=sha256)


def _checked_domain(policy: Policy, domain: str | None) -> str | None:
    if domain is None:
        return None
    shared = domain.lower().lstrip(".")
    if "." not in shared or not any(site == shared or site.endswith("." + shared) for site in policy.sites):
        raise UsageError(f"the decision cannot be shared under {domain!r}; name a site of this policy "
                         f"({', '.join(policy.sites)}) or a domain above one")  # fmt: skip
    return shared


def _bytes_for(services: int) -> int:
    return (services + 7) // 8


def _dump_choice(choice: Choice, services: tuple[str, ...]) -> bytes:
    chosen = [service in choice.services for service in services]
    despite = _DESPITE_GPC if choice.despite_gpc and (choice.granted or any(chosen)) else 0
    if all(chosen) if choice.granted else not any(chosen):
        return bytes(((_GRANTED if choice.granted else _DENIED) | despite,))
    bits = bytearray(_bytes_for(len(services)))
    for position, is_chosen in enumerate(chosen):
        if is_chosen:
            bits[position >> 3] |= 0x80 >> (position & 7)
    bitmap = bytes(bits).rstrip(b"\0")
    return bytes(((_GRANTED_BITS if choice.granted else _DENIED_BITS) | despite, len(bitmap))) + bitmap


def _parse_choice(kind: int, bits: bytes, services: tuple[str, ...], *, despite: bool) -> Choice:
    if kind == _GRANTED:
        return Choice(granted=True, services=frozenset(services), despite_gpc=despite)
    chosen = (s for i, s in enumerate(services) if i >> 3 < len(bits) and bits[i >> 3] & (0x80 >> (i & 7)))
    return Choice(granted=kind == _GRANTED_BITS, services=frozenset(chosen), despite_gpc=despite)


def _only_opt_outs(consent: Consent) -> Consent:
    """What is left of a decision that is too old to be consent: the opt-outs in it."""
    purposes = consent.policy.purposes_by_id
    kept = {
        id_: choice
        for id_, choice in consent.choices.items()
        if not choice.granted and not choice.services and purposes[id_].opt_out != ()
    }
    return replace(consent, choices=MappingProxyType(kept), noted=frozenset())


def _most_restrictive(found: Sequence[Consent]) -> Consent:
    """For each purpose what every cookie allows; undecided where one has no answer and none refuses."""
    choices = dict[str, Choice]()
    for purpose in dict.fromkeys(purpose for each in found for purpose in each.choices):
        given = [each.choices[purpose] for each in found if purpose in each.choices]
        if len(given) == len(found):
            services = frozenset.intersection(*(choice.services for choice in given))
            despite = all(choice.despite_gpc for choice in given)
            choices[purpose] = Choice(all(choice.granted for choice in given), services, despite)
        elif not all(choice.granted for choice in given):
            choices[purpose] = Choice(granted=False)
    oldest, *_, newest = sorted(found, key=lambda each: each.decided_at or 0)
    since = min(each.counts_from or 0 for each in found)
    return replace(
        newest,
        choices=MappingProxyType(choices),
        decided_at=oldest.decided_at,
        since=since if since < (oldest.decided_at or 0) else None,
        noted=frozenset.intersection(*(each.noted for each in found)),
        minor_declared=any(each.minor_declared for each in found),
    )
