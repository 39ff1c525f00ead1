"""One rule: our addresses stand below the app's mount point, percent-encoded; a kept part leads back to any page."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

from markupsafe import Markup

from consentkit.pages.returning import safe_return
from consentkit.policy.models import Policy

RETURN = "\ue000return\ue001"  # stands for the return path in a kept part: private use, in no text or path
_QUOTED = quote(RETURN)
CACHED_WAYS = 64  # the banner and each placeholder of a page lead back to the same one
# Characters that a path may hold as they are (RFC 3986 §3.3), but for `;` and `,`: in a Content-Security-Policy these
# end more than the path (CSP3 §2.3.1), and where an app is mounted may be what a visitor wrote (`Mount("/{shop}")`).
_PATH = "/~!$&'()*+=:@"


class Addresses:
    """The paths of one policy's endpoints.

    Args:
        policy: says where its page is.
        prefix: path under which the endpoints live.
    """

    def __init__(self, policy: Policy, prefix: str) -> None:
        self._policy_path, self.prefix = policy.policy_path, prefix

    def url(self, root_path: str, name: str = "") -> str:
        """The path of an endpoint of ours, percent-encoded, with the mount point."""
        return quote(root_path, safe=_PATH) + self.prefix + (f"/{name}" if name else "")

    def policy(self, root_path: str) -> str:
        """The path of the policy page, percent-encoded."""
        if self._policy_path is None:
            return self.url(root_path, "policy")
        return quote(root_path + self._policy_path, safe=_PATH)


def home(root_path: str) -> str:
    """The path at which the app begins, percent-encoded."""
    return quote(root_path, safe=_PATH) + "/"


def leading_back(kept: str, root_path: str, return_path: str) -> str:
    """A kept part with the way back to this page: in a form's field as it is, in links percent-encoded."""
    if RETURN not in kept and _QUOTED not in kept:
        return kept
    escaped, encoded = _ways_back(root_path, return_path)
    return kept.replace(_QUOTED, encoded).replace(RETURN, escaped)


@lru_cache(CACHED_WAYS)
def _ways_back(root_path: str, return_path: str) -> tuple[str, str]:
    """The way back as it stands in a form's field, and in links."""
    back = safe_return(return_path) or home(root_path)
    return str(Markup.escape(back)), quote(back, safe="/")
