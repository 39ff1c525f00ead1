"""Brightwash on Werkzeug: the same pages behind the WSGI driver.

BRIGHTWASH_INSECURE_DEV=1 gunicorn 'examples.brightwash.wsgi:from_environment()'
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge
from werkzeug.middleware.shared_data import SharedDataMiddleware
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from consentkit.wsgi import ConsentMiddleware, consent_from

from .settings import HERE, POLICY_FILE, Settings
from .site import MAX_FORM, Site, make_visit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def make_app(settings: Settings) -> WSGIApplication:
    """The whole site. The last statement is all that consentkit asks for."""
    site = Site(settings)
    urls = Map([Rule(path.replace("{", "<").replace("}", ">"), endpoint=endpoint, methods=["GET", "POST"])
                for path, endpoint in site.routes])  # fmt: skip

    def pages(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = MAX_FORM
        try:
            endpoint, arguments = urls.bind_to_environ(environ).match()
        except NotFound:
            endpoint, arguments = site.missing, {}
        except HTTPException as error:
            return error(environ, start_response)
        try:
            body = request.get_data()
        except RequestEntityTooLarge as error:
            return error(environ, start_response)
        consent = None if settings.unprotected else consent_from(environ)
        visit = make_visit(request.method, request.path, request.query_string.decode("latin-1"), body,
                           environ.get("HTTP_COOKIE", ""), consent)  # fmt: skip
        reply = endpoint(visit, **arguments)
        return Response(reply.body, reply.status, reply.headers)(environ, start_response)

    app = SharedDataMiddleware(pages, {"/static": str(HERE / "static")})
    if settings.unprotected:
        return app
    return ConsentMiddleware(app, policy=POLICY_FILE, secret=settings.secret, records=settings.records,
                             insecure_dev=settings.insecure_dev, mail_events=site.storage.add_mail_event)  # fmt: skip


def from_environment() -> WSGIApplication:
    """The site as gunicorn's `module:function()` wants it."""
    return make_app(Settings.from_environment())
