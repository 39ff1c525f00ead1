"""Fields judged by a decider that allows one host."""

from __future__ import annotations

from consentkit.headers.links import filter_headers
from consentkit.html.decision import Block, Kind, Mark, Resource
from consentkit.html.urls import Url


class OneHost:
    """Allows one host and what has none, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Kind, str]] = []

    def decide(self, resource: Resource, mark: Mark | None = None) -> Block | None:
        """None for the shop."""
        self.asked.append((resource.url, resource.kind, resource.attribute))
        return None if resource.host in {"shop.example", ""} else Block(host=resource.host)

    def decide_inline(self, text: str, kind: Kind, mark: Mark | None = None) -> Block | None:
        """Never asked for header fields."""
        raise AssertionError(text)

    def whole_host(self, host: str) -> bool:
        """Never asked for header fields."""
        raise AssertionError(host)


BASE = Url("https", "shop.example", "/a/")


def field(name: str, value: str) -> str | None:
    """Any field without what may not be contacted."""
    out = filter_headers(((name, value),), OneHost(), url=BASE)
    return out[0][1] if out else None
