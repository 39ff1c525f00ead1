"""How much of what real pages would contact the catalogue knows by name.

    python -P benchmarks/catalogue.py FOLDER [--sites FILE.tsv] [--own FILE.tsv] [--top N]

FOLDER holds pages (``*.html``). ``--sites`` names in its columns ``file`` and ``site`` the site of each; a page
without one counts as of ``localhost``. Whatever the markup asks of another registrable domain counts. The shares are
given three times: of all of it; without a site's own hosts on other domains, which are no third party once the owner
has them in ``sites`` (``--own``: columns ``site``, ``host`` with all below it, and ``why``, for people; known to the
catalogue or not, they leave both sides of the division); and without hosts that pages of one site alone ask for and
nobody knows. The unknown hosts that are not a site's own follow, those that most sites ask for first.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from consentkit.errors import ConsentKitError
from consentkit.html.decision import Kind
from consentkit.policy import catalogue
from consentkit.rewrite import rewrite_report

OWN = Path(__file__).with_name("catalogue_own.tsv")


@dataclass
class Seen:
    """What the pages would contact.

    Attributes:
        requests: number of requests by host and service, which is ``""`` where none is known.
        own: those of them that ask a host of the site's own.
        sites: the sites whose pages ask for a host.
        services: how often each service was found, in URLs or in code.
        failed: pages that could not be read, with the reason.
    """

    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    own: Counter[tuple[str, str]] = field(default_factory=Counter)
    sites: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    services: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    @property
    def unknown(self) -> set[str]:
        """Hosts of which no URL is known."""
        return {host for host, _ in self.requests} - {host for host, service in self.requests if service}

    @property
    def third(self) -> Counter[tuple[str, str]]:
        """The requests that ask no host of the site's own."""
        return self.requests - self.own

    def shares(self, *, publishers: bool, own: bool = True) -> tuple[float, float]:
        """The shares known of requests and of hosts.

        Args:
            publishers: whether unknown hosts count that one site alone asks for.
            own: whether hosts of the site's own count.
        """
        left_out = set() if publishers else {host for host in self.unknown if len(self.sites[host]) == 1}
        asked = self.requests if own else self.third
        counted = Counter({key: number for key, number in asked.items() if key[0] not in left_out})
        hosts = {host for host, _ in counted}
        known = sum(number for (_, service), number in counted.items() if service)
        return known / max(1, counted.total()), len(hosts - self.unknown) / max(1, len(hosts))


def rows(table: Path | None) -> list[dict[str, str]]:
    """The rows of a table with tabs between its columns; none of no table."""
    if table is None:
        return []
    with table.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def measure(folder: Path, table: Path | None, own: Path | None = OWN) -> Seen:
    """Reads the pages of a folder as `rewrite_html` does without a policy."""
    named = {row["file"]: row["site"] for row in rows(table)}
    owned = {(row["site"], row["host"]) for row in rows(own)}
    seen = Seen()
    for path in sorted(folder.rglob("*.html")):
        site = named.get(path.name) or "localhost"
        try:
            blocked = rewrite_report(path.read_bytes(), url=f"https://{site}/")[1]
        except ConsentKitError as error:
            seen.failed.append(f"{path.name}: {error}")
            continue
        for item in blocked:
            seen.services[item.block.service] += 1
            if item.url.startswith("http") and item.kind not in {Kind.NAVIGATION, Kind.FORM}:
                seen.requests[item.block.host, item.block.service] += 1
                labels = item.block.host.split(".")
                if any((site, ".".join(labels[start:])) in owned for start in range(len(labels))):
                    seen.own[item.block.host, item.block.service] += 1
                seen.sites[item.block.host].add(site)
    return seen


def report(seen: Seen, *, top: int) -> list[str]:
    """Lines for people."""
    lines = list(seen.failed)
    for publishers, own, title in (
        (True, True, "of all"),
        (True, False, "without sites' own hosts"),
        (False, True, "without unknown hosts of one site alone"),
    ):
        requests, hosts = seen.shares(publishers=publishers, own=own)
        lines.append(f"known {title}: {requests:.1%} of requests, {hosts:.1%} of hosts")
    lines.append(
        f"{seen.requests.total()} requests, {seen.own.total()} of them to sites' own hosts; "
        f"{len(seen.services) - ('' in seen.services)} services seen"
    )
    asked = Counter({host: number for (host, service), number in seen.third.items() if not service})
    unknown = sorted(seen.unknown & set(asked), key=lambda host: (-len(seen.sites[host]), -asked[host], host))
    lines.append("unknown hosts that are not sites' own, by sites and requests:")
    lines += [f"  {len(seen.sites[host]):4} {asked[host]:5}  {host}" for host in unknown[:top]]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sites", type=Path)
    parser.add_argument("--own", type=Path, default=OWN)
    parser.add_argument("--top", type=int, default=40)
    options = parser.parse_args()
    began = time.perf_counter()
    known = len(catalogue.services())
    print(f"{known} services read in {1000 * (time.perf_counter() - began):.0f} ms")
    print("\n".join(report(measure(options.folder, options.sites, options.own), top=options.top)))


if __name__ == "__main__":
    main()
