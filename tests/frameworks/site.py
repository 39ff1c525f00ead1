"""What every framework's app answers, so that one suite can judge them all.

A file in `tests/frameworks/apps/` is one framework. It has these names:

    PROTOCOL    "wsgi" or "asgi"
    NEEDS       the modules without which it is skipped
    make_app(policy, store)    the app with consentkit in front, in the idiom of the framework
    close()     only if making the app changed something of the process's

and its app answers:

    GET  /          `PAGE`
    GET  /stream    the same in `PIECES`, streamed
    GET  /data      `DATA` as application/json
    GET  /visits    `PAGE` with the cookie `visits=1`
    GET  /seen      as JSON what `seen` makes of the request's cookies and consent
    POST /echo      the request's body as text/plain
    GET  /broken    an exception in the app's own code
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from consentkit.consent.state import Consent
from consentkit.policy.models import Policy
from tests.drivers.policies import small_policy

HTML = "text/html; charset=utf-8"
LIVE = '<script src="https://counter.example/count.js"></script>'
EMBED = '<iframe src="https://nobody.example/film" title="A film"></iframe>'
PAGE = (
    f'<!doctype html><html lang="en"><head><title>Brightwash</title>{LIVE}</head>'
    f'<body><h1>Gläser</h1><img src="/a.png" alt="">{EMBED}</body></html>'
)
PIECES = tuple(PAGE[start : start + 40].encode() for start in range(0, len(PAGE), 40))
DATA = '{"html": "<script src=\\"https://counter.example/count.js\\"></script>"}'
COOKIE = "visits=1; Path=/; Max-Age=1000"


def policy(**changes: Any) -> Policy:
    """The policy of the site: counting, and a cookie that belongs to it."""
    own = {"name": "visits", "lifetime": "1 year", "description": "Counts.", "purpose": "analytics",
           "third_party": False}  # fmt: skip
    return small_policy(cookies=[own], policy_path="/privacy", **changes)


def seen(cookies: Iterable[str], consent: Consent) -> dict[str, Any]:
    """What an app saw of a request."""
    return {"cookies": sorted(cookies), "analytics": consent.allows("analytics")}
