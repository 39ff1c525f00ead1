"""`python -m examples.brightwash` serves the site on this machine and says what to try there."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace

import uvicorn

from .app import make_app
from .content import ARTICLES
from .settings import Settings
from .site import Site

GREETING = """
  Brightwash, a made-up maker of glass washers, is at

      http://127.0.0.1:{port}/

  Try this, with the browser's network panel open:
    1. The front page as it comes: not one request leaves for Google, Twitter, Facebook or anybody else.
    2. "Reject all": it stays so on every page, and the questions do not come back.
    3. /videos, /talks and /contact: each film, talk and map says who would be contacted; load just one.
    4. "Privacy choices" at the edge of every page: accept, look again at the network panel, withdraw.
    5. /survey with and without the sponsor's box, then in another terminal: {export}
    6. /newsletter, then look into {outbox}, confirm, and in another terminal: {issue}
    7. /privacy, /privacy.md and /privacy.json: one policy, three readers.
    8. The proofs of what was decided are in {records}

  Stop with Ctrl+C. `{unprotected}` serves the same site without consentkit, for comparison.
"""


def main() -> None:
    """Serve the site, print the sponsor's part of the survey, or send the newsletter."""
    parser = argparse.ArgumentParser(prog="python -m examples.brightwash", description=__doc__)
    parser.add_argument("command", nargs="?", choices=["serve", "export-sponsor", "send-issue"], default="serve")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--unprotected", action="store_true", help="without consentkit, to see the difference")
    arguments = parser.parse_args()
    settings = Settings.from_environment()
    if "BRIGHTWASH_URL" not in os.environ:
        settings = replace(settings, base_url=f"http://127.0.0.1:{arguments.port}")
    if arguments.command == "export-sponsor":
        print(Site(settings).sponsor_export(), end="")  # noqa: T201 - this is the command's output
        return
    if arguments.command == "send-issue":
        print(f"{Site(settings).post.issue(ARTICLES[0])} letters sent")  # noqa: T201 - this is the command's output
        return
    python = ".venv/bin/python -m examples.brightwash"
    settings = replace(settings, insecure_dev=True, unprotected=arguments.unprotected or settings.unprotected)
    greeting = GREETING.format(port=arguments.port, export=f"{python} export-sponsor", records=settings.records,
                               issue=f"{python} send-issue", outbox=settings.folder / "outbox",
                               unprotected=f"{python} --unprotected")  # fmt: skip
    print(greeting, flush=True)  # noqa: T201
    uvicorn.run(make_app(settings), host="127.0.0.1", port=arguments.port, log_level="warning")


if __name__ == "__main__":
    main()
