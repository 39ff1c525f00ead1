"""One rule: the frame endpoint shows only what this server itself put into a placeholder.

Under an enforced Content-Security-Policy a page may not frame a third party without consent. A placeholder
therefore carries a signed address of our own, whose small document frames the third party under a policy
of its own. The signature covers the URL, the service, the element's permissions, the page's isolation, the time
and the policy in force. Where pages differ by visitor an address ends after a while; where everybody gets the same
bytes, and caches keep them, it cannot.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from consentkit.html.urls import matches_host, parse_url
from consentkit.policy.models import Policy, Service

# Attributes of the element that its frame must have as well to behave the same; the others stay where they are.
KEPT = ("allow", "allowfullscreen", "credentialless", "name", "referrerpolicy", "sandbox", "title")
# They would send the address of our own document, the token in it, where the page's was to be sent.
TELLING = frozenset({"unsafe-url", "no-referrer-when-downgrade"})
# A page that demands isolation demands it of every frame (HTML §7.1.4): our document has to say the same.
ISOLATING = frozenset({"require-corp", "credentialless"})
# A token stands in a URL: what is longer gets no frame address, and the placeholder asks for a grant instead.
MAX_TOKEN = 4_000
# Seconds. A token's time is that of the beginning of its day, so that a page has the same bytes, and the same
# entity tag, all day long; it ends after the next one. So a page left open works for a day at least.
FRAME_PERIOD = 86_400
FRAME_AGE = 2 * FRAME_PERIOD
# The URL's origin becomes part of a Content-Security-Policy: nothing that could end a source or a directive.
_ORIGIN = re.compile(r"(https?)://([a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:]+\])(:[0-9]{1,5})?(?=[/?#]|$)")


@dataclass(frozen=True, slots=True)
class Frame:
    """What the frame endpoint is to show.

    Attributes:
        service: the service the URL belongs to.
        url: the third party's URL.
        attributes: the element's attributes out of `KEPT`.
        coep: the embedding page's Cross-Origin-Embedder-Policy, one of `ISOLATING` or empty.
    """

    service: Service
    url: str
    attributes: Mapping[str, str]
    coep: str = ""


class FrameSigner:
    """Signs and reads the addresses of frames. Without secrets it signs nothing and reads nothing.

    Args:
        policy: the policy in force; a changed policy ends every address given out before.
        secrets: newest first; all verify, the newest signs.
        insecure_dev: whether `http:` URLs may be framed as well.
    """

    def __init__(self, policy: Policy, secrets: Sequence[bytes | str], *, insecure_dev: bool = False) -> None:
        self._services = policy.services_by_id
        self._schemes = ("https", "http") if insecure_dev else ("https",)
        self._ends = policy.mode == "per-visitor"
        self._serializer = (
            URLSafeSerializer(
                [_bytes(secret) for secret in reversed(secrets)],  # itsdangerous wants them oldest first
                salt=f"consentkit.frame.{policy.hash}",
                signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
            )
            if secrets
            else None
        )

    def period(self, now: float) -> int:
        """The time that addresses given out at `now` carry: it changes once in `FRAME_PERIOD`, or never."""
        return int(now // FRAME_PERIOD * FRAME_PERIOD) if self._ends else 0

    def dump(
        self, service: str, url: str, attributes: Mapping[str, str], *, now: float = 0.0, coep: str | None = None
    ) -> str | None:
        """The token for a frame, or None where it cannot be shown through us.

        Args:
            service: id of the service that would be granted.
            url: what the element would load.
            attributes: the element's, decoded.
            now: POSIX seconds.
            coep: the page's Cross-Origin-Embedder-Policy field, None without one.
        """
        if self._serializer is None or not self._may_show(service, url):
            return None
        kept = {name: attributes[name] for name in KEPT if name in attributes}
        if kept.get("referrerpolicy", "").strip().lower() in TELLING:
            del kept["referrerpolicy"]
        isolation = (coep or "").partition(";")[0].strip(" \t")
        isolation = isolation if isolation in ISOLATING else ""
        token = str(self._serializer.dumps([self.period(now), service, url, kept, isolation]))
        return token if len(token) <= MAX_TOKEN else None

    def parse(self, token: str, *, now: float = 0.0) -> Frame | None:
        """The frame of a token of ours that has not ended, None for anything else."""
        if self._serializer is None or len(token) > MAX_TOKEN:
            return None
        try:
            loaded: Any = self._serializer.loads(token)
        except BadData:
            return None
        issued, service, url, attributes, coep = loaded
        # Another machine's clock may be in the next period already.
        if self._ends and not -FRAME_PERIOD <= now - issued < FRAME_AGE:
            return None
        return Frame(self._services[service], url, attributes, coep) if self._may_show(service, url) else None

    def _may_show(self, service: str, url: str) -> bool:
        origin = _ORIGIN.match(url)
        if service not in self._services or not origin or origin[1] not in self._schemes:
            return False
        parsed = parse_url(url, None)
        return parsed is not None and any(_covers(pattern, parsed.host) for pattern in self._services[service].hosts)


def frame_sources(frame: Frame) -> str:
    """The sources of `frame-src` for the frame's document: the URL's own origin and the hosts of that service alone."""
    hosts = [pattern.partition("/")[0] for pattern in frame.service.hosts]
    origin = _ORIGIN.match(frame.url)
    out = dict[str, None]() if origin is None else {origin[0]: None}
    for host in hosts:
        if host.startswith("*.") and "*" not in host[2:]:
            out[f"https://{host}"] = None
        elif "*" not in host:  # CSP knows a star as the whole first label only; the URL's own origin serves the rest
            out[f"https://{host}"] = out[f"https://*.{host}"] = None
    return " ".join(out)


def _covers(pattern: str, host: str) -> bool:
    """Whether a host is one that a service declares, its path left aside."""
    declared = pattern.partition("/")[0]
    if "*" not in declared:
        return matches_host(host, declared)
    # A star stands for any text: `*.tube.example` for what is below it, `*` for any host at all.
    shape = ".*".join(re.escape(part) for part in declared.split("*"))
    return re.fullmatch(rf"(?:.*\.)?{shape}", host) is not None


def _bytes(secret: bytes | str) -> bytes:
    return secret.encode("utf-8") if isinstance(secret, str) else secret
