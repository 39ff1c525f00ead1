"""The newsletter: one question for getting it, one for being watched while reading it, and a letter before either."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Blueprint, current_app, render_template, request

from consentkit.flask import form_consents
from examples.brightwash.content import ARTICLES
from examples.brightwash.newsletter import Newsletter
from examples.brightwash.settings import Settings
from examples.brightwash.storage import Readers

from .forms import fields

bp = Blueprint("letters", __name__, url_prefix="/newsletter")


def newsletter() -> Newsletter:
    """What all sites of Brightwash share, with this one's database, secret and mail server."""
    config, consents = current_app.config, form_consents()
    settings = Settings(folder=Path(current_app.instance_path), secret=config["SECRET_KEY"],
                        smtp=str(config["SMTP"]), base_url=config["URL"])  # fmt: skip
    return Newsletter(settings, consents.policy, Readers(config["DATABASE"]), consents)


@bp.route("", methods=["GET", "POST"])
def sign_up() -> str:
    """Nothing is ticked beforehand, and nothing holds before the address confirms it."""
    letters, form = newsletter(), fields()
    error = letters.sign_up(form) if request.method == "POST" else ""
    return render_template("newsletter.html", form=form, error=error, done=request.method == "POST" and not error,
                           letter=letters.letter, tracking=letters.tracking)  # fmt: skip


@bp.route("/unsubscribe", methods=["GET", "POST"])
def unsubscribe() -> str:
    """Have the link that ends it sent once more. The answer is the same for every address."""
    if request.method == "POST":
        newsletter().leave(fields().get("email", ""))
    return render_template("unsubscribe.html", done=request.method == "POST")


@bp.cli.command("send")
def send() -> None:
    """Send the newest article to everybody who confirmed."""
    click.echo(f"{newsletter().post.issue(ARTICLES[0])} letters sent")
