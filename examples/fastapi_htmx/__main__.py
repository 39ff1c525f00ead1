"""`python -m examples.fastapi_htmx` serves the film club on this machine."""

from __future__ import annotations

import argparse
import os

import uvicorn

GREETING = """
  The film club is at http://127.0.0.1:{port}/

    1. Choose a film: htmx fetches a fragment, the trailer in it waits, and no second banner comes with it.
    2. Load it once, or accept: it plays, in fragments that come later too.
    3. /account decides without the banner.  /popular is for those who let themselves be counted.

  Stop with Ctrl+C.
"""


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(prog="python -m examples.fastapi_htmx", description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    os.environ["FILMS_INSECURE_DEV"] = "1"
    print(GREETING.format(port=port), flush=True)  # noqa: T201
    uvicorn.run("examples.fastapi_htmx.app:app", host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
