"""Flask with asynchronous views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, jsonify, request

from consentkit.flask import ConsentKit, current_consent
from consentkit.policy.models import Policy
from consentkit.records.store import Store
from tests.drivers.policies import SECRET
from tests.frameworks.site import COOKIE, DATA, HTML, PAGE, PIECES, seen

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PROTOCOL, NEEDS = "wsgi", ("flask", "asgiref")

site = Blueprint("site", __name__)


@site.get("/")
async def page() -> str:
    return PAGE


@site.get("/stream")
async def stream() -> Response:
    return Response(iter(PIECES), content_type=HTML)


@site.get("/data")
async def data() -> Response:
    return Response(DATA, content_type="application/json")


@site.get("/visits")
async def visits() -> Response:
    return Response(PAGE, headers={"Set-Cookie": COOKIE})


@site.get("/seen")
async def view() -> Response:
    return jsonify(seen(request.cookies, current_consent))


@site.post("/echo")
async def echo() -> Response:
    return Response(request.get_data(), content_type="text/plain")


@site.get("/broken")
async def broken() -> Response:
    raise RuntimeError("broken on purpose")


def make_app(policy: Policy, store: Store) -> WSGIApplication:
    """The app with the extension."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY=SECRET, CONSENT_POLICY=policy, CONSENT_RECORDS=store)
    app.register_blueprint(site)
    ConsentKit(app)
    return app
