"""Pages that show something."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consentkit.flask import current_consent
from examples.brightwash import content

from .db import get_db
from .forms import fields, problem

bp = Blueprint("pages", __name__)
YEAR = 365 * 24 * 3600


@bp.get("/")
def home() -> str:
    """The front page; machines for the visitor's kind of place come first."""
    place = request.args.get("place") or request.cookies.get("bw_place", "")
    machines = sorted(content.MACHINES, key=lambda machine: place not in machine.places)
    return render_template("home.html", machines=machines, place=place)


@bp.post("/place")
def place() -> Response:
    """Shows machines for this kind of place first, and remembers it if that is allowed."""
    chosen = request.form.get("place", "")
    if chosen not in content.PLACES:
        return redirect(url_for(".home"), 303)
    response = redirect(url_for(".home", place=chosen, _anchor="machines"), 303)
    if current_consent.allows("preferences"):
        response.set_cookie("bw_place", chosen, max_age=YEAR, httponly=True, samesite="Lax")
    return response


@bp.get("/machines")
def machines() -> str:
    """Every machine."""
    return render_template("machines.html")


@bp.get("/gallery")
def gallery() -> str:
    """Pictures from Flickr; as long as they may not be shown, the page says why."""
    return render_template("gallery.html", may_show=current_consent.allows("media"))


@bp.get("/talks")
def talks() -> str:
    """Slides, from SlideShare."""
    return render_template("talks.html")


@bp.get("/videos")
def videos() -> str:
    """Films, from YouTube and Vimeo."""
    return render_template("videos.html")


@bp.route("/contact", methods=["GET", "POST"])
def contact() -> str:
    """Where to find us, and a form."""
    form, error, done = fields(), "", False
    if request.method == "POST":
        error = problem(form, name="your name", email="your e-mail address", text="a message")
        if not error:
            with get_db() as db:
                db.execute("INSERT INTO message VALUES (?, ?, ?)", (form["name"], form["email"], form["text"]))
            done = True
    return render_template("contact.html", form=form, error=error, done=done)
