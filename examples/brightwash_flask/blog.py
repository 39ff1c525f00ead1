"""The blog and its comments."""

from __future__ import annotations

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from consentkit.flask import current_consent
from examples.brightwash import content

from .db import get_db
from .forms import fields, problem

bp = Blueprint("blog", __name__, url_prefix="/blog")
YEAR = 365 * 24 * 3600


@bp.get("")
def index() -> str:
    """The list of articles."""
    return render_template("blog.html")


@bp.get("/feed.xml")
def feed() -> Response:
    """The articles as RSS."""
    response = make_response(render_template("feed.xml"))
    response.mimetype = "application/rss+xml"
    return response


@bp.route("/<slug>", methods=["GET", "POST"])
def article(slug: str) -> ResponseReturnValue:
    """One article with its comments; POST adds a comment."""
    found = next((each for each in content.ARTICLES if each.slug == slug), None) or abort(404)
    form, error = fields(), ""
    if request.method == "POST":
        error = problem(form, name="your name", email="your e-mail address", text="a comment")
        if not error:
            return commented(slug, form)
    name, _, email = request.cookies.get("bw_author", "").partition("|")
    query = "SELECT name, country, anonymous, text FROM comment WHERE article = ? ORDER BY id"
    comments = get_db().execute(query, (slug,)).fetchall()
    return render_template("article.html", article=found, comments=comments, error=error,
                           form={"name": name, "email": email, **form})  # fmt: skip


def commented(slug: str, form: dict[str, str]) -> Response:
    """Keeps a comment, and its author's name for the next one if both the visitor and the decision say so."""
    with get_db() as db:
        values = (slug, form["name"], form["email"], form.get("country", ""), "anonymous" in form, form["text"])
        db.execute("INSERT INTO comment (article, name, email, country, anonymous, text) VALUES (?,?,?,?,?,?)", values)
    flash("Thank you: your comment is there.")
    response = redirect(url_for(".article", slug=slug, _anchor="comments"), 303)
    if "remember" in form and current_consent.allows("preferences"):
        author = f"{form['name']}|{form['email']}"
        response.set_cookie("bw_author", author, max_age=YEAR, httponly=True, samesite="Lax")
    return response
