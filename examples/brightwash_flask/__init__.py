"""Brightwash as a Flask app: a factory, blueprints, Jinja, and `ConsentKit` as one extension more.

flask --app examples.brightwash_flask run
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from flask import Flask, Response, render_template, request
from jinja2 import ChoiceLoader, FileSystemLoader

from consentkit.flask import ConsentKit
from examples.brightwash import content
from examples.brightwash.storage import Readers

from . import blog, db, letters, pages, survey

BRIGHTWASH = Path(content.__file__).parent  # what all sites of Brightwash share: the policy, the texts, the pictures
DEMO_SECRET = "only for the demonstration: everybody can read this"
MAX_FORM = 64 * 1024  # bytes: the longest form here is a comment
YEAR = 365 * 24 * 3600

consent = ConsentKit()


def create_app(**config: Any) -> Flask:
    """The site. Every setting can come from the environment too, behind ``BRIGHTWASH_``."""
    folder = Path(os.environ.get("BRIGHTWASH_FOLDER", ".")).resolve()
    app = Flask(__name__, instance_path=str(folder), static_folder=str(BRIGHTWASH / "static"))
    app.config.from_mapping(
        SECRET_KEY=DEMO_SECRET,
        DATABASE=folder / "brightwash-flask.sqlite3",
        SMTP="",  # host:port; without one, mail is written into the folder `outbox`
        URL="https://brightwash.example",  # as links in mail have it
        MAX_CONTENT_LENGTH=MAX_FORM,
        CONSENT_POLICY=BRIGHTWASH / "policy.toml",
        CONSENT_RECORDS="brightwash-flask-consent.sqlite3",
    )
    app.config.from_prefixed_env("BRIGHTWASH")
    app.config.update(config)
    app.config.setdefault("CONSENT_MAIL_EVENTS", Readers(app.config["DATABASE"]).add_mail_event)

    app.jinja_loader = ChoiceLoader([FileSystemLoader(Path(__file__).parent / "templates"),
                                     FileSystemLoader(BRIGHTWASH / "templates")])  # fmt: skip
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: {"content": content, "path": request.path})

    db.init_app(app)
    for blueprint in (pages.bp, blog.bp, letters.bp, survey.bp):
        app.register_blueprint(blueprint)
    app.register_error_handler(404, lambda _: (render_template("missing.html"), 404))
    app.after_request(count)
    consent.init_app(app)
    return app


def count(response: Response) -> Response:
    """The site's own audience cookie. Set on every page; without consent to analytics consentkit removes it."""
    if response.mimetype == "text/html":
        visitor = request.cookies.get("bw_visitor") or secrets.token_hex(8)
        response.set_cookie("bw_visitor", visitor, max_age=YEAR, httponly=True, samesite="Lax")
    return response
