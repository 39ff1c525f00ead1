"""How fast is the rewriter? The same pages, the same process, against every other way in Python.

The jobs differ, and not in our favour. The simple job, done by everybody else: of nine plain elements (script,
iframe, img, source, video, audio, embed, object, link) every attribute that fetches from another site is renamed, as
a host check says. The full job, done by consentkit: all elements that fetch, style sheets, event handlers, inline
scripts, foreign content, both readings of doubtful places, labels that say who would have to be allowed, a report.
"consentkit, catalogue" does it with the real decisions of all services that are known; "consentkit, host check" with
the simple decision of the others, remembering nothing but hosts; "with banner" as behind a web server, with something
to insert, placeholders, and in slices of 64 KiB. html.parser only finds, because it cannot write a page back.

Figures are megabytes of input per second of processor time, each page's best of several rounds, and ratios to
python-lolhtml. What comes again counts, because the engine remembers and the others do not: "catalogue" has met each
page before, byte for byte, as a site's templates are met; "new pages" knows hosts, inline scripts and inline style
sheets, but judges every tag; "new sheets too" has forgotten the sheets before each page; and what lies between, and
first sight of everything, is measured apart.

    python benchmarks/html.py FOLDER [--rounds N] [--json FILE] [--only NAMES]
"""

from __future__ import annotations

import sys

# A script named html.py must not stand in for the standard library's package.
sys.path.remove(next((entry for entry in sys.path if entry.endswith("benchmarks")), sys.path[0]))

import argparse
import gc
import json
import platform
import re
import time
import tracemalloc
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, ClassVar

from consentkit.blocking import Blocker, Grant, Rules, compile_policy
from consentkit.html.decision import Block, Kind, Mark, Resource
from consentkit.html.known_sheets import SHEETS
from consentkit.html.rewriter import Rewriter
from consentkit.html.verdicts import Verdict
from consentkit.policy.catalogue import default_purposes, services
from consentkit.policy.models import Policy

Job = Callable[[bytes], object]

OWN = "site.example"
URL = f"https://{OWN}/page"
PLAIN = {
    "script": ("src",), "iframe": ("src",), "img": ("src", "srcset"), "source": ("src", "srcset"),
    "video": ("src", "poster"), "audio": ("src",), "embed": ("src",), "object": ("data",), "link": ("href",),
}  # fmt: skip
SELECTOR = ", ".join(f"{name}[{attribute}]" for name, attributes in PLAIN.items() for attribute in attributes)
#: Drivers feed pages in slices of this many bytes.
FEED = 65536
#: Pages on which what is known only after the first is measured: one in so many.
ONE_IN = 4
#: Where a page is changed to see what is left of what was known: behind an end tag, once in so many bytes.
CHANGE = re.compile(rb"</(?:p|div|a|li|td|span)>")
EVERY = 8192
#: Contenders slower than this many MB/s get fewer rounds.
SLOW = 20.0


def third_party(url: str) -> bool:
    """The simple host check of the simple job: what every contender runs for every URL."""
    start = url.find("//")
    if start < 0 or start > 6:
        return False
    end = url.find("/", start + 2)
    host = url[start + 2 : end] if end > 0 else url[start + 2 :]
    return host != OWN and not host.endswith("." + OWN)


class HostSet:
    """A decider that allows one site: the engine's own cost, without a catalogue."""

    verdicts: ClassVar[dict[bytes, Verdict]] = {}

    def whole_host(self, host: str) -> bool:
        """Whether it is the site's."""
        return host == OWN or host.endswith("." + OWN)

    def usual(self, host: str) -> tuple[Block | None, None]:
        """The answer for every URL on a host."""
        return None if self.whole_host(host) else Block(host=host), None

    def decide(self, resource: Resource, mark: Mark | None = None) -> Block | None:
        """Block what is not the site's."""
        del mark
        return None if self.whole_host(resource.host) else Block(host=resource.host)

    def decide_inline(self, text: str, kind: Kind, mark: Mark | None = None) -> Block | None:
        """Code is left alone."""
        del text, kind, mark
        return None


def ours(page: bytes) -> object:
    """The full engine with a simple host check."""
    rewriter = Rewriter(HostSet(), url=URL, charset="utf-8")
    return rewriter.feed(page) + rewriter.finish()


def catalogue() -> Job:
    """The full engine with the whole catalogue and its real decisions. Every contender has a memory of its own."""
    rules = Rules(None)
    return full(Blocker(rules, rules.grant(()), site=OWN))


def full(blocker: Blocker) -> Job:
    """The full engine with real decisions."""

    def run(page: bytes) -> object:
        rewriter = Rewriter(blocker, url=URL, charset="utf-8")
        return rewriter.feed(page) + rewriter.finish()

    return run


def new_pages() -> Job:
    """The same for pages of which hosts, inline scripts and inline style sheets are known, but nothing else."""
    rules = compile_policy(None)
    return full(Unremembering(rules, rules.grant(()), site=OWN))


def new_sheets() -> Job:
    """The same where style sheets are not known either."""
    job = new_pages()

    def run(page: bytes) -> object:
        SHEETS.forget()
        return job(page)

    return run


class Unremembering(Blocker):
    """Real decisions; no stretch of a page is ever known."""

    def __init__(self, rules: Rules, grant: Grant, *, site: str = "") -> None:
        super().__init__(rules, grant, site=site)
        del self.stretches


class Banner:
    """Inserts what a page with a banner gets, about as long."""

    showing = frozenset[str]()

    def head(self) -> str:
        """Style sheet and script."""
        return '<link rel="stylesheet" href="/_consent/style.css"><script src="/_consent/client.js" async></script>'

    def body(self) -> str:
        """A banner of two kilobytes."""
        return '<div class="banner">' + "<p>Some text.</p>" * 120 + "</div>"

    def placeholder(self, block: Block, resource: Resource, attributes: Mapping[str, str]) -> str:
        """One line."""
        del block
        return f"<span>{attributes.get('title', resource.host)}</span>"


def banner() -> Job:
    """The full engine as behind a web server: with a banner, placeholders, and in slices."""
    rules = Rules(None)
    blocker, inserter = Blocker(rules, rules.grant(()), site=OWN), Banner()

    def run(page: bytes) -> object:
        rewriter = Rewriter(blocker, url=URL, charset="utf-8", inserter=inserter)
        pieces = [rewriter.feed(page[start : start + FEED]) for start in range(0, len(page), FEED)]
        return b"".join([*pieces, rewriter.finish()])

    return run


def changed(pages: list[bytes], number: int) -> list[bytes]:
    """The pages with something new in them once in so many bytes, wherever an end tag stands (in scripts, too)."""
    out = []
    for page in pages:
        pieces, done = [], 0
        while done < len(page):
            at = CHANGE.search(page, done + EVERY)
            end = len(page) if at is None else at.end()
            pieces += [page[done:end], b"%d" % number]
            done = end
        out.append(b"".join(pieces))
    return out


def measure_changed(job: Job, pages: list[bytes], rounds: int) -> float:
    """Seconds for all pages, which are never the same twice: the sum of each page's best round."""
    best = [float("inf")] * len(pages)
    for number in range(rounds + 2):
        for index, page in enumerate(changed(pages, number)):
            start = time.thread_time()
            job(page)
            best[index] = min(best[index], time.thread_time() - start)
    return sum(best)


def declared(count: int) -> Job:
    """The full engine with a policy that declares so many services, of which nothing is granted."""
    step = max(1, len(services()) // count)
    chosen = services()[::step][:count]
    policy = Policy.model_validate(
        {
            "version": "1",
            "sites": [OWN],
            "controller": {"name": "Site", "address": "Street", "email": "us@site.example"},
            "purposes": [purpose.model_dump() for purpose in default_purposes()],
            "services": [service.model_dump() for service in chosen],
            "rights": {"contact": "Write.", "authority": "Authority", "authority_url": "https://authority.example/"},
            "retention": {"records": "5 years", "text": "Weeks."},
            "mandatory_data": "None.",
            "automated_decisions": "None.",
        }
    )
    return full(Unremembering(compile_policy(policy), Grant()))


def first_sight(pages: list[bytes]) -> float:
    """Seconds for pages of which no host and no script was met before, by a process that has read its policy."""
    total = 0.0
    for page in pages:
        job = full(Blocker(Rules(None), Grant(), site=OWN))
        SHEETS.forget()
        start = time.thread_time()
        job(page)
        total += time.thread_time() - start
    return total


def peak_memory(page: bytes) -> int:
    """Bytes that one request takes at its peak, beyond its input and output."""
    job = Rewriter(HostSet(), url=URL, charset="utf-8")
    slices = [page[start : start + FEED] for start in range(0, len(page), FEED)]
    tracemalloc.start()
    for piece in slices:
        job.feed(piece)
    job.finish()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def longest_stall(page: bytes, job: Rewriter) -> float:
    """Seconds of processor time that the longest slice takes."""
    stall = 0.0
    for start in range(0, len(page), FEED):
        before = time.thread_time()
        job.feed(page[start : start + FEED])
        stall = max(stall, time.thread_time() - before)
    job.finish()
    return stall


def lolhtml() -> Job:
    from lolhtml import HTMLRewriter

    class Handler:
        def element(self, element: Any) -> None:
            for name in PLAIN[element.tag_name]:
                value = element.get_attribute(name)
                if value is not None and third_party(value):
                    element.set_attribute("data-ck-" + name, value)
                    element.remove_attribute(name)

    def run(page: bytes) -> object:
        output = bytearray()
        rewriter = HTMLRewriter(output.extend)
        rewriter.on(SELECTOR, Handler())
        rewriter.write(page)
        rewriter.end()
        return output

    return run


def turbohtml() -> Job:
    from turbohtml.rewrite import rewrite

    def handle(element: Any) -> None:
        for name in PLAIN[element.tag]:
            value = element.get(name)
            if value is not None and third_party(value):
                element.set_attribute("data-ck-" + name, value)
                element.remove_attribute(name)

    def run(page: bytes) -> object:
        return rewrite(page.decode("utf-8", "replace"), elements=[(SELECTOR, handle)])

    return run


def selectolax() -> Job:
    from selectolax.lexbor import LexborHTMLParser

    def run(page: bytes) -> object:
        tree = LexborHTMLParser(page)
        for node in tree.css(SELECTOR):
            attributes = node.attributes
            for name in PLAIN[node.tag or ""]:
                value = attributes.get(name)
                if value is not None and third_party(value):
                    node.attrs["data-ck-" + name] = value
                    del node.attrs[name]
        return tree.html

    return run


def lxml() -> Job:
    from lxml import etree, html

    def run(page: bytes) -> object:
        tree = html.document_fromstring(page)
        for node in tree.iter(*PLAIN):
            for name in PLAIN[node.tag]:
                value = node.get(name)
                if value is not None and third_party(value):
                    node.set("data-ck-" + name, value)
                    del node.attrib[name]
        return etree.tostring(tree, method="html")

    return run


def beautifulsoup() -> Job:
    from bs4 import BeautifulSoup

    def run(page: bytes) -> object:
        soup = BeautifulSoup(page, "html.parser")
        for node in soup.find_all(list(PLAIN)):
            for name in PLAIN[node.name]:
                value = node.get(name)
                if isinstance(value, str) and third_party(value):
                    node["data-ck-" + name] = value
                    del node[name]
        return soup.encode()

    return run


def htmlparser() -> Job:
    class Parser(HTMLParser):
        def __init__(self) -> None:
            super().__init__(convert_charrefs=False)
            self.found: list[tuple[tuple[int, int], str]] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            for name in PLAIN.get(tag, ()):
                for key, value in attrs:
                    if key == name and value and third_party(value):
                        self.found.append((self.getpos(), name))

    def run(page: bytes) -> object:
        parser = Parser()  # finds only: it cannot write the page back
        parser.feed(page.decode("utf-8", "replace"))
        parser.close()
        return parser.found

    return run


CONTENDERS: dict[str, Callable[[], Job]] = {
    "consentkit, catalogue": catalogue,
    "consentkit, new pages": new_pages,
    "consentkit, new sheets too": new_sheets,
    "consentkit, host check": lambda: ours,
    "consentkit, with banner": banner,
    "python-lolhtml": lolhtml,
    "selectolax": selectolax,
    "turbohtml.rewrite": turbohtml,
    "lxml": lxml,
    "BeautifulSoup": beautifulsoup,
    "html.parser (find only)": htmlparser,
}


def measure(job: Job, pages: list[bytes], rounds: int) -> float:
    """Seconds of processor time for all pages: the sum of each page's best round."""
    best = [float("inf")] * len(pages)
    for _ in range(rounds):
        for index, page in enumerate(pages):
            start = time.thread_time()
            job(page)
            best[index] = min(best[index], time.thread_time() - start)
    return sum(best)


def sets(pages: list[bytes]) -> dict[str, list[bytes]]:
    """The pages, and what else is worth knowing."""
    own = [page for page in pages if b"//" in page]
    clean = [re.sub(rb"(?:https?:)?//", b"/", page) for page in pages[:40]]
    shapes = b'<g fill="#abc" transform="translate(1 2)"><path d="M0 0h9v9z" class="a"/><circle r="3"/></g>'
    svg = [b"<!doctype html><title>x</title><svg viewBox='0 0 9 9'>" + shapes * 400 + b"</svg><p>text</p>" * 4] * 5
    tiny = [
        b"<!doctype html><html><head><title>A page</title><link rel=stylesheet href=/style.css></head><body><h1>Hi</h1>"
        + b"<p class='a'>Some <b>text</b> and <a href='/there'>a link</a>.</p>" * 10
        + b"<script src='https://cdn.example/x.js'></script></body></html>"
    ] * 50  # fmt: skip
    return {"corpus": own, "no third parties": clean, "SVG-heavy": svg, "1 KB pages": tiny}


def numbers_of_services(pages: list[bytes], rounds: int) -> dict[str, float]:
    """Megabytes per second with policies of some, many and all known services."""
    size = sum(map(len, pages)) / 1e6
    counts = (10, 400, len(services()))
    return {f"{count} services": size / measure(declared(count), pages, rounds) for count in counts}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", default="", help="names of contenders, separated by commas (parts will do)")
    options = parser.parse_args()
    pages = [
        page for file in sorted(options.folder.iterdir())
        if file.is_file() and not (page := file.read_bytes()).startswith((b"\xff\xfe", b"\xfe\xff"))
    ]  # fmt: skip
    jobs: dict[str, Job] = {}
    for name, build in CONTENDERS.items():
        if options.only and not any(part in name for part in options.only.split(",")):
            continue
        try:
            job = build()
        except ImportError as missing:
            print(f"{name}: not installed ({missing.name})", file=sys.stderr)
            continue
        jobs[name] = job
    results: dict[str, dict[str, float]] = {}
    for title, chosen in sets(pages).items():
        size = sum(map(len, chosen)) / 1e6
        results[title] = {}
        print(f"\n{title}: {len(chosen)} pages, {size:.2f} MB")
        for name, job in jobs.items():
            gc.collect()
            first = size / measure(job, chosen, 1)
            rate = size / measure(job, chosen, options.rounds if first > SLOW else 2)
            results[title][name] = rate
        reference = results[title].get("python-lolhtml")
        for name, rate in results[title].items():
            ratio = f"{rate / reference:7.2f} x" if reference else ""
            print(f"  {name:26} {rate:9.1f} MB/s {ratio}")
    own = sets(pages)["corpus"]
    some = own[::ONE_IN]
    size = sum(map(len, some)) / 1e6
    services_rates = numbers_of_services(own, options.rounds)
    print("\nnumber of services declared, corpus")
    for name, rate in services_rates.items():
        print(f"  {name:26} {rate:9.1f} MB/s")
    sight = {
        "again": size / measure(catalogue(), some, options.rounds),
        f"changed every {EVERY // 1024} KiB": size / measure_changed(catalogue(), some, options.rounds),
        "new pages": size / measure(new_pages(), some, options.rounds),
        "first sight": size / first_sight(some),
    }
    print(f"\nwhole catalogue, {len(some)} pages of the corpus")
    for name, rate in sight.items():
        print(f"  {name:26} {rate:9.1f} MB/s")
    largest = max(pages, key=len)
    middle = sorted(pages, key=len)[len(pages) // 2]
    memory = {f"{len(page) / 1e6:.2f} MB": peak_memory(page) for page in (middle, largest)}
    ten = (largest * (10_000_000 // len(largest) + 1))[:10_000_000]
    stall = min(longest_stall(ten, Rewriter(HostSet(), url=URL, charset="utf-8")) for _ in range(3))
    print()
    for name, peak in memory.items():
        print(f"peak memory for a page of {name} in slices of 64 KiB: {peak / 1e6:.2f} MB")
    print(f"longest stall on a page of 10 MB in slices of 64 KiB: {stall * 1000:.2f} ms of processor time")
    if options.json:
        facts = {
            "python": platform.python_version(), "machine": platform.machine(), "peak_bytes": memory,
            "longest_stall_seconds": stall, "megabytes_per_second": results, "services": services_rates, "sight": sight,
        }  # fmt: skip
        options.json.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
