"""One rule: a version of the policy that a record refers to stays readable at its own address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from consentkit.pages.render import Pages
from consentkit.policy.models import Policy

# Pages of former versions kept ready. Each is rendered on demand; few people read them.
KEPT = 8

# A version that can stand in an address as it is; others are found under the policy's hash.
_PLAIN = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*")


class PastVersions:
    """The policy in force and its former versions, by version and by hash.

    Args:
        pages: of the policy in force.
        past: former versions. Where several are named alike, the last one of that name is meant by it; each has its
            own hash. One that is equal to the policy in force counts as that.
    """

    def __init__(self, pages: Pages, past: Iterable[Policy]) -> None:
        self._current = pages
        self._policies = {policy.hash: policy for policy in past} | {pages.policy.hash: pages.policy}
        named = {policy.version: policy.hash for policy in self._policies.values() if _PLAIN.fullmatch(policy.version)}
        named[pages.policy.version] = pages.policy.hash
        names = {name: digest for name, digest in named.items() if _PLAIN.fullmatch(name)}
        self._names = names | {digest: digest for digest in self._policies}
        self._pages = dict[str, Pages]()

    @property
    def names(self) -> Mapping[str, str]:
        """What stands behind the policy page's address: version or hash → hash."""
        return self._names

    def policy(self, policy_hash: str) -> Policy | None:
        """The version of a hash, None for one that is not known."""
        return self._policies.get(policy_hash)

    def pages(self, policy_hash: str) -> Pages:
        """The pages of a version.

        Raises:
            KeyError: if there is no such version.
        """
        if policy_hash == self._current.policy.hash:
            return self._current
        kept = self._pages.get(policy_hash)
        if kept is None:  # two threads may make the same ones: no matter
            if len(self._pages) >= KEPT:
                self._pages.clear()
            kept = self._pages[policy_hash] = self._current.of(self._policies[policy_hash])
        return kept
