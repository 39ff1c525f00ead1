"""One rule: the frame endpoint shows only what this server itself put into a placeholder.

Under an enforced Content-Security-Policy a page may not frame a third party without consent. A placeholder
therefore carries a signed address of our own, whose small document frames the third party under a policy
of its own. The signature covers the URL, the service, the element's permissions and the policy in force.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from consentkit.policy.models import Policy, Service

# Attributes of the element that its frame must have as well to behave the same; the rest is looks.
KEPT = ("allow", "allowfullscreen", "sandbox", "name", "title")
# A token stands in a URL: what is longer gets no frame address, and the placeholder asks for a grant instead.
MAX_TOKEN = 4_000
# The URL's origin becomes part of a Content-Security-Policy: nothing that could end a source or a directive.
_ORIGIN = re.compile(r"(https?)://([a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:]+\])(:[0-9]{1,5})?(?=[/?#]|$)")


@dataclass(frozen=True, slots=True)
class Frame:
    """What the frame endpoint is to show.

    Attributes:
        service: the service the URL belongs to.
        url: the third party's URL.
        attributes: the element's attributes out of `KEPT`.
    """

    service: Service
    url: str
    attributes: Mapping[str, str]


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
        self._serializer = (
            URLSafeSerializer(
                [_bytes(secret) for secret in reversed(secrets)],  # itsdangerous wants them oldest first
                salt=f"consentkit.frame.{policy.hash}",
                signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
            )
            if secrets
            else None
        )

    def dump(self, service: str, url: str, attributes: Mapping[str, str]) -> str | None:
        """The token for a frame, or None where it cannot be shown through us."""
        origin = _ORIGIN.match(url)
        if self._serializer is None or service not in self._services or not origin or origin[1] not in self._schemes:
            return None
        kept = {name: attributes[name] for name in KEPT if name in attributes}
        token = str(self._serializer.dumps([service, url, kept]))
        return token if len(token) <= MAX_TOKEN else None

    def parse(self, token: str) -> Frame | None:
        """The frame of a token of ours, None for anything else."""
        if self._serializer is None or len(token) > MAX_TOKEN:
            return None
        try:
            loaded: Any = self._serializer.loads(token)
        except BadData:
            return None
        service, url, attributes = loaded
        return Frame(self._services[service], url, attributes)


def _bytes(secret: bytes | str) -> bytes:
    return secret.encode("utf-8") if isinstance(secret, str) else secret


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
