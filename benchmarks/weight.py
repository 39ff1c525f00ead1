"""What consentkit adds to a page over the wire, beside what other products' files weigh.

    python -m benchmarks.weight [--policy FILE]

Measured is one page of a site that declares what FILE does (the example site's policy by default), through the WSGI
middleware, before a decision and after a refusal: how much larger its HTML is when both are compressed by gzip -9, and
the files that it asks for. They are asked for once and kept for a year; the HTML comes with each page.

The others' figures are the sizes of the files that they publish, in the versions named: KB, minified, gzip -9, scripts
and style sheets; what a site has to load with them (services, texts, a configuration) comes on top of most.
"""

from __future__ import annotations

import argparse
import gzip
import re
from pathlib import Path
from typing import Any

from werkzeug.test import Client

from consentkit.policy.models import Policy
from consentkit.records.memory import MemoryStore
from consentkit.wsgi import ConsentMiddleware

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "brightwash" / "policy.toml"
PAGE = (
    b'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title></head><body>%s</body></html>'
    % (b"".join(b"<p>Paragraph %d of a page that has some text.</p>" % number for number in range(200)))
)

# Product, version, scripts, style sheets: KB after gzip -9; None where the styles are in the script.
PEERS: tuple[tuple[str, str, float, float | None], ...] = (
    ("tarteaucitron, core only", "1.32.0", 18.6, 5.0),
    ("tarteaucitron, with its services", "1.32.0", 18.6 + 35.0, 5.0),
    ("vanilla-cookieconsent", "3.1.0", 10.1, 5.3),
    ("Klaro", "0.7.22", 68.9, None),
    ("Orejime", "3.2.1", 13.0, 1.5),
    ("osano cookieconsent", "3", 13.8, None),
    ("c15t, core and banner", "2", 12.8 + 25.1, None),
    ("Real Cookie Banner", "4.7.8", 58.3, None),
    ("Complianz", "7.2.0", 10.4, None),
    ("FAZ Cookie Manager", "1.27", 31.6, None),
    ("Shariff (share buttons only)", "3.3.0", 21.9, None),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--policy", type=Path, default=EXAMPLE)
    policy = Policy.load(parser.parse_args().policy)
    totals = []
    for csp in ("enforce", "off"):
        shown = weigh(policy.model_copy(update={"csp": csp}))
        totals.append(sum(shown["files"].values()) + shown["before"])
        print(f"consentkit, csp = {csp!r}")
        print(f"  HTML with the banner  {shown['before']:7,} bytes a page")
        print(f"  HTML after a refusal  {shown['after']:7,} bytes a page")
        for name, size in shown["files"].items():
            print(f"  {name:<21} {size:7,} bytes once")
        print(f"  first page, all of it {totals[-1]:7,} bytes\n")
    print(f"{'gzip -9, KB':<36}{'scripts':>9}{'styles':>9}{'together':>10}{'times ours':>12}")
    for name, version, scripts, styles in PEERS:
        whole = scripts + (styles or 0)
        told = f"{styles:9.1f}" if styles is not None else f"{'-':>9}"
        print(f"{name + ' ' + version:<36}{scripts:9.1f}{told}{whole:10.1f}{whole * 1000 / max(totals):12.1f}")


def weigh(policy: Policy) -> dict[str, Any]:
    """The bytes that a page grows by before and after a decision, and those of each file of ours, all compressed."""
    app = ConsentMiddleware(_app, policy=policy, secret="only for the measurement", records=MemoryStore())
    client = Client(app)
    origin = f"https://{policy.sites[0]}"
    before = client.get("/", base_url=origin).get_data()
    client.post("/_ck/decide", base_url=origin, headers={"Origin": origin}, data={"decision": "reject"})
    after = client.get("/", base_url=origin).get_data()
    plain = _size(PAGE)
    names = re.findall(rb'(?:src|href)="(/_ck/([a-z]+)\.[0-9a-f]+\.(js|css))"', before)
    files = {
        f"{name.decode()}.{kind.decode()}": _size(client.get(path.decode(), base_url=origin).get_data())
        for path, name, kind in names
    }
    return {"before": _size(before) - plain, "after": _size(after) - plain, "files": files}


def _app(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [PAGE]


def _size(data: bytes) -> int:
    return len(gzip.compress(data, 9, mtime=0))


if __name__ == "__main__":
    main()
