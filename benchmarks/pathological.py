"""Does a page that was made to be slow cost more than its length? Time and memory at n and 8n, stalls, and 100 MB.

Every hostile page of `tests/html/test_limits.py`: processor time at n and at 8n bytes, best of several rounds, fed in
slices of 64 KiB as drivers do; their ratio (8 is linear; short pages have the cost of starting in them, so that it may
well be less); the peak of memory at 8n beyond the page itself; the longest that one slice held the interpreter. Then a
page of 10 MB and a stream of 100 MB of ordinary markup.

    python benchmarks/pathological.py [--bytes N] [--rounds N] [--json FILE] [--only WORDS]
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# The project's folder in the place of this one: html.py here must not stand in for the standard library's package.
sys.path.remove(str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from consentkit.html.decision import Block, Kind, Mark, Resource
from consentkit.html.rewriter import Rewriter
from tests.html.deciders import URL, OnlyHosts
from tests.html.test_limits import HOSTILE

#: Drivers feed pages in slices of this many bytes.
FEED = 65_536
FACTOR = 8
ORDINARY = (
    b'<article class=card><h2><a href="/things/1?a=b&amp;c=d">A thing</a></h2><p style="color:red">Words &amp; words,'
    b' a picture <img src="https://third.test/a.jpg" srcset="/a.jpg 1x, https://third.test/b.jpg 2x" alt="a > b">.</p>'
    b"<script>window.things = (window.things || []).concat({id: 1, html: '<b>'});</script><!-- a note --></article>\n"
)


class Forgetful(OnlyHosts):
    """Keeps nothing of what it is asked: that would be counted as the engine's."""

    def decide(self, resource: Resource, mark: Mark | None = None) -> Block | None:
        """By the host."""
        self.asked.clear()
        return super().decide(resource, mark)

    def decide_inline(self, text: str, kind: Kind, mark: Mark | None = None) -> Block | None:
        """By a signature."""
        self.texts.clear()
        return super().decide_inline(text, kind, mark)


def slices(page: bytes) -> Iterator[bytes]:
    """As drivers cut it."""
    return (page[at : at + FEED] for at in range(0, len(page), FEED))


def seconds(page: bytes, rounds: int) -> tuple[float, float]:
    """Processor seconds for a page, and the longest of one slice; the best of several rounds."""
    whole, stall = float("inf"), float("inf")
    for _ in range(rounds):
        gc.collect()
        rewriter = Rewriter(Forgetful(), url=URL, charset="utf-8")
        longest, begun = 0.0, time.process_time()
        before = begun
        for data in slices(page):
            rewriter.feed(data)
            now = time.process_time()
            longest, before = max(longest, now - before), now
        rewriter.finish()
        end = time.process_time()
        whole, stall = min(whole, end - begun), min(stall, max(longest, end - before))
    return whole, stall


def peak(pieces: Iterator[bytes]) -> int:
    """Bytes that are held at most while a page goes through, its slices included."""
    rewriter = Rewriter(Forgetful(), url=URL, charset="utf-8")
    tracemalloc.start()
    try:
        for data in pieces:
            rewriter.feed(data)
        rewriter.finish()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def stream(length: int) -> Iterator[bytes]:
    """Ordinary markup without end, made as it is asked for."""
    piece = ORDINARY * (FEED // len(ORDINARY) + 1)
    return (piece for _ in range(length // len(piece)))


def measured(name: str, length: int, rounds: int) -> dict[str, Any]:
    """One row of the table."""
    make = HOSTILE[name]
    small, large = make(length), make(length * FACTOR)
    fast, _ = seconds(small, rounds)
    slow, stall = seconds(large, rounds)
    return {
        "page": name, "seconds": fast, "seconds_8n": slow, "ratio": slow / fast if fast else 0.0,
        "mb_per_second": len(large) / slow / 1e6 if slow else 0.0, "stall_ms": stall * 1e3,
        "peak_mb": peak(slices(large)) / 1e6,
    }  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bytes", type=int, default=131_072, help="n")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="pages whose names hold this")
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    rows = []
    print(f"{'page':32}{'ms at n':>10}{'ms at 8n':>10}{'ratio':>7}{'MB/s':>8}{'stall ms':>10}{'peak MB':>9}")
    for name in HOSTILE:
        if arguments.only in name:
            row = measured(name, arguments.bytes, arguments.rounds)
            rows.append(row)
            print(f"{name:32}{row['seconds'] * 1e3:10.1f}{row['seconds_8n'] * 1e3:10.1f}{row['ratio']:7.1f}"
                  f"{row['mb_per_second']:8.1f}{row['stall_ms']:10.1f}{row['peak_mb']:9.1f}", flush=True)  # fmt: skip
    ten = ORDINARY * (10_000_000 // len(ORDINARY))
    whole, stall = seconds(ten, arguments.rounds)
    held = peak(stream(100_000_000))
    print(f"10 MB of ordinary markup: {len(ten) / whole / 1e6:.1f} MB/s, longest stall {stall * 1e3:.1f} ms")
    print(f"100 MB streamed: at most {held / 1e6:.1f} MB held")
    if arguments.json:
        figures = {
            "python": platform.python_version(), "bytes": arguments.bytes, "rows": rows, "streamed_peak_mb": held / 1e6,
            "ten": {"mb_per_second": len(ten) / whole / 1e6, "stall_ms": stall * 1e3},
        }  # fmt: skip
        arguments.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
