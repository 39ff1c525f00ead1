"""One rule: a table of the policy page is sorted by the server, on a plain link, so that it needs no script."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from consentkit.pages.document import Item, RecipientEntry
from consentkit.policy.models import seconds

# By the name that an address gives: `?sort=lifetime`, `?services=country`. What is equal keeps the policy's order.
COOKIES = ("name", "kind", "set_by", "purposes", "lifetime", "third_party")
SERVICES = ("name", "provider", "country", "purposes")


def sorted_items(items: Iterable[Item], by: str | None, titles: Mapping[str, str]) -> list[Item]:
    """What is kept on the device, by one of `COOKIES`; as declared for anything else."""
    orders: dict[str, Callable[[Item], Any]] = {
        "name": lambda item: item.name.casefold(),
        "kind": lambda item: item.kind,
        "set_by": lambda item: item.set_by.casefold(),
        "purposes": lambda item: _titled(item.purposes, titles),
        "lifetime": lambda item: 0 if item.lifetime == "session" else seconds(item.lifetime),
        "third_party": lambda item: item.third_party,
    }
    return sorted(items, key=orders[by]) if by in orders else list(items)


def sorted_recipients(
    recipients: Iterable[RecipientEntry], by: str | None, titles: Mapping[str, str], country: Callable[[str], str]
) -> list[RecipientEntry]:
    """Who receives data, by one of `SERVICES`; as declared for anything else.

    Args:
        recipients: as the document has them.
        by: the order's name.
        titles: of the purposes, by id.
        country: the name of a country, as the page says it.
    """
    orders: dict[str, Callable[[RecipientEntry], Any]] = {
        "name": lambda entry: entry.name.casefold(),
        "provider": lambda entry: entry.provider.casefold(),
        "country": lambda entry: (entry.country is None, country(entry.country or "").casefold()),
        "purposes": lambda entry: (not entry.purposes, _titled(entry.purposes, titles)),
    }
    return sorted(recipients, key=orders[by]) if by in orders else list(recipients)


def _titled(purposes: Iterable[str], titles: Mapping[str, str]) -> list[str]:
    return [titles[purpose].casefold() for purpose in purposes]
