"""The Gazette. It says how long a page may be kept; consentkit in shared mode puts nothing of a reader into it.

uvicorn examples.cdn.app:app
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from consentkit.starlette import ConsentMiddleware

HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("GAZETTE_FOLDER", "."))
SECRET = os.environ.get("GAZETTE_SECRET", "only for the demonstration: everybody can read this")
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The Harrowmere Gazette</title>
<script defer data-domain="gazette.example" src="https://plausible.io/js/script.js"></script>
</head>
<body style="font: 1.1rem/1.5 Georgia, serif; margin: 0 auto; max-width: 40rem; padding: 1rem 1rem 6rem">
<h1>The Harrowmere Gazette</h1>
<p>The bridge is open again. Our reporter crossed it twice, to be sure.</p>
<iframe src="https://www.youtube.com/embed/hgBridge001" title="Across the bridge" width="560" height="315"></iframe>
<p><small>Edition {number} of today: made once, and read by everybody.</small> <a href="/privacy">Privacy policy</a></p>
</body>
</html>
"""
_editions = itertools.count(1)


async def front(_request: Request) -> Response:
    """The front page, which may be kept for five minutes. The number tells how often it was made."""
    return HTMLResponse(PAGE.format(number=next(_editions)), headers={"Cache-Control": "public, max-age=300"})


app = Starlette(
    routes=[Route("/", front)],
    middleware=[
        Middleware(ConsentMiddleware, policy=HERE / "policy.toml", secret=SECRET, records=FOLDER / "gazette.sqlite3",
                   insecure_dev=os.environ.get("GAZETTE_INSECURE_DEV") == "1"),
    ],
)  # fmt: skip
