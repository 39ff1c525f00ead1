"""How fast is the rewriter? The same job, the same pages, the same process, against every other way in Python.

The simple job: of nine plain elements (script, iframe, img, source, video, audio, embed, object, link) every
attribute that fetches from another site is renamed. The full job is the whole engine: all elements, inline
scripts, style sheets, foreign content, with the catalogue's decisions where it is installed. Figures are
megabytes of input per second, the best of several rounds, and ratios to python-lolhtml at the simple job.

    python benchmarks/html.py FOLDER [--rounds N] [--json FILE] [--pages fast|all]
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
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from consentkit.html.decision import Block, Kind, Mark, Resource
from consentkit.html.rewriter import Rewriter

Job = Callable[[bytes], object]

OWN = "site.example"
URL = f"https://{OWN}/page"
PLAIN = {
    "script": ("src",), "iframe": ("src",), "img": ("src", "srcset"), "source": ("src", "srcset"),
    "video": ("src", "poster"), "audio": ("src",), "embed": ("src",), "object": ("data",), "link": ("href",),
}  # fmt: skip
SELECTOR = ", ".join(f"{name}[{attribute}]" for name, attributes in PLAIN.items() for attribute in attributes)
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

    def whole_host(self, host: str) -> bool:
        """Whether it is the site's."""
        return host == OWN or host.endswith("." + OWN)

    def whole_block(self, host: str) -> Block | None:
        """The answer for every URL on a host, if it is a block."""
        return None if self.whole_host(host) else Block(host=host)

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


def catalogue() -> Job | None:
    """The full engine with the whole catalogue and its real decisions."""
    try:
        from consentkit.blocking import Blocker, compile_policy
    except ImportError:
        return None
    rules = compile_policy(None)
    blocker = Blocker(rules, rules.grant(()), site=OWN)

    def full(page: bytes) -> object:
        rewriter = Rewriter(blocker, url=URL, charset="utf-8")
        return rewriter.feed(page) + rewriter.finish()

    return full


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


CONTENDERS: dict[str, Callable[[], Job | None]] = {
    "consentkit, catalogue": catalogue,
    "consentkit, host check": lambda: ours,
    "python-lolhtml": lolhtml,
    "selectolax": selectolax,
    "turbohtml.rewrite": turbohtml,
    "lxml": lxml,
    "BeautifulSoup": beautifulsoup,
    "html.parser (find only)": htmlparser,
}


def measure(job: Job, pages: list[bytes], rounds: int) -> float:
    """Seconds for all pages: the sum of each page's best round."""
    best = [float("inf")] * len(pages)
    for _ in range(rounds):
        for index, page in enumerate(pages):
            start = time.perf_counter()
            job(page)
            best[index] = min(best[index], time.perf_counter() - start)
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
        if job is not None:
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
    largest = max(pages, key=len)
    tracemalloc.start()
    rewriter = Rewriter(HostSet(), url=URL, charset="utf-8")
    stall = 0.0
    for start in range(0, len(largest), 65536):
        rewriter.feed(largest[start : start + 65536])
    rewriter.finish()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    ten = (largest * (10_000_000 // len(largest) + 1))[:10_000_000]
    rewriter = Rewriter(HostSet(), url=URL, charset="utf-8")
    for start in range(0, len(ten), 65536):
        before = time.perf_counter()
        rewriter.feed(ten[start : start + 65536])
        stall = max(stall, time.perf_counter() - before)
    rewriter.finish()
    print(f"\npeak memory for a page of {len(largest) / 1e6:.2f} MB in slices of 64 KiB: {peak / 1e6:.2f} MB")
    print(f"longest stall on a 10 MB page in slices of 64 KiB: {stall * 1000:.2f} ms")
    if options.json:
        facts = {
            "python": platform.python_version(), "machine": platform.machine(), "peak_bytes": peak,
            "longest_stall_seconds": stall, "megabytes_per_second": results,
        }  # fmt: skip
        options.json.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
