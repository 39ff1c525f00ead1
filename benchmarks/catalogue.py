"""How much of what real pages would contact the catalogue knows by name.

    python -P benchmarks/catalogue.py FOLDER [--sites FILE.tsv] [--top N]

FOLDER holds pages (``*.html``). FILE.tsv names in its columns ``file`` and ``site`` the site of each; a page
without one counts as of ``localhost``. Everything third-party in the markup counts. The shares are given twice:
of all of it, and without hosts that pages of one site alone ask for and nobody knows, which are mostly the
publisher's own under another name. The unknown hosts that most pages ask for follow.
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


@dataclass
class Seen:
    """What the pages would contact.

    Attributes:
        requests: number of requests by host and service, which is ``""`` where none is known.
        sites: the sites whose pages ask for a host.
        services: how often each service was found, in URLs or in code.
        failed: pages that could not be read, with the reason.
    """

    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    sites: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    services: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    @property
    def unknown(self) -> set[str]:
        """Hosts of which no URL is known."""
        return {host for host, _ in self.requests} - {host for host, service in self.requests if service}

    def shares(self, *, publishers: bool) -> tuple[float, float]:
        """The shares known of requests and of hosts, with what publishers run under other names or without."""
        left_out = set() if publishers else {host for host in self.unknown if len(self.sites[host]) == 1}
        counted = Counter({key: number for key, number in self.requests.items() if key[0] not in left_out})
        hosts = {host for host, _ in counted}
        known = sum(number for (_, service), number in counted.items() if service)
        return known / max(1, counted.total()), len(hosts - self.unknown) / max(1, len(hosts))


def measure(folder: Path, table: Path | None) -> Seen:
    """Reads the pages of a folder as `rewrite_html` does without a policy."""
    named = {}
    if table is not None:
        with table.open(encoding="utf-8", newline="") as lines:
            named = {row["file"]: row["site"] for row in csv.DictReader(lines, delimiter="\t")}
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
                seen.sites[item.block.host].add(site)
    return seen


def report(seen: Seen, *, top: int) -> list[str]:
    """Lines for people."""
    lines = list(seen.failed)
    for publishers, title in ((True, "of all"), (False, "without unknown hosts of one site alone")):
        requests, hosts = seen.shares(publishers=publishers)
        lines.append(f"known {title}: {requests:.1%} of requests, {hosts:.1%} of hosts")
    lines.append(f"{seen.requests.total()} requests; {len(seen.services) - ('' in seen.services)} services seen")
    asked = Counter({host: number for (host, service), number in seen.requests.items() if not service})
    unknown = sorted(seen.unknown, key=lambda host: (-len(seen.sites[host]), -asked[host], host))
    lines.append("unknown hosts, by sites and requests:")
    lines += [f"  {len(seen.sites[host]):4} {asked[host]:5}  {host}" for host in unknown[:top]]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sites", type=Path)
    parser.add_argument("--top", type=int, default=40)
    options = parser.parse_args()
    began = time.perf_counter()
    known = len(catalogue.services())
    print(f"{known} services read in {1000 * (time.perf_counter() - began):.0f} ms")
    print("\n".join(report(measure(options.folder, options.sites), top=options.top)))


if __name__ == "__main__":
    main()
