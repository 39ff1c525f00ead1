"""The newsletter: one question for getting it, one for being watched while reading it, one press to leave."""

from __future__ import annotations

import secrets

from flask import Blueprint, render_template, request

from consentkit.flask import form_consents
from examples.brightwash.site import NEWSLETTER_TEXT, TRACKING_TEXT

from .db import get_db
from .forms import fields, problem, record, subject

bp = Blueprint("letters", __name__, url_prefix="/newsletter")


@bp.route("", methods=["GET", "POST"])
def sign_up() -> str:
    """Nothing is ticked beforehand, and the second box is a question of its own."""
    form, error, token = fields(), "", ""
    if request.method == "POST":
        error = problem(form, email="your e-mail address")
        if not error and "agree" not in form:
            error = "Please tick the first box if you would like to get the newsletter."
        if not error:
            token = subscribe(form["email"])
            record(token, "newsletter", granted=True, text=NEWSLETTER_TEXT)
            record(token, "newsletter-tracking", granted="tracking" in form, text=TRACKING_TEXT)
    return render_template("newsletter.html", form=form, error=error, token=token,
                           newsletter_text=NEWSLETTER_TEXT, tracking_text=TRACKING_TEXT)  # fmt: skip


@bp.route("/unsubscribe", methods=["GET", "POST"])
def unsubscribe() -> str:
    """Leave: one press from the link in a mail, or by address. The answer never says who is in the list."""
    token, done = request.values.get("token", ""), request.method == "POST"
    if done:
        with get_db() as db:
            query = "SELECT token FROM subscriber WHERE token = ? OR email = ?"
            for row in db.execute(query, (token, fields().get("email", ""))).fetchall():
                for purpose in ("newsletter", "newsletter-tracking"):
                    form_consents().withdraw(subject(row["token"]), purpose, language="en")
                db.execute("DELETE FROM subscriber WHERE token = ?", (row["token"],))
    return render_template("unsubscribe.html", token=token, done=done)


def subscribe(email: str) -> str:
    """Adds an address, and gives what names it from now on."""
    with get_db() as db:
        db.execute("INSERT OR IGNORE INTO subscriber VALUES (?, ?)", (secrets.token_hex(16), email))
        (token,) = db.execute("SELECT token FROM subscriber WHERE email = ?", (email,)).fetchone()
    return str(token)
