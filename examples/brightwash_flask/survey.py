"""The survey, and what its sponsor gets: the answers of those who agreed, and nobody else's."""

from __future__ import annotations

import csv
import io
import secrets

import click
from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consentkit.flask import form_consents
from examples.brightwash.site import SPONSOR_TEXT, harmless

from .db import get_db
from .forms import fields, problem, record, subject

bp = Blueprint("survey", __name__, url_prefix="/survey")
COLUMNS = ("machine", "satisfaction", "wish", "name", "email")


@bp.route("", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    """The questions."""
    form, error = fields(), ""
    if request.method == "POST":
        error = problem(form, machine="what washes your glasses", satisfaction="how happy you are")
        if not error and form["satisfaction"] not in {"1", "2", "3", "4", "5"}:
            error = "Please rate from 1 to 5."
        if not error:
            token = secrets.token_hex(16)
            with get_db() as db:
                values = (token, *(form.get(column, "") for column in COLUMNS))
                db.execute("INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?)", values)
            record(token, "survey-sponsor", granted="sponsor" in form, text=SPONSOR_TEXT)
            return redirect(url_for(".answer", token=token), 303)
    return render_template("survey.html", form=form, error=error, sponsor_text=SPONSOR_TEXT)


@bp.route("/answer/<token>", methods=["GET", "POST"])
def answer(token: str) -> ResponseReturnValue:
    """What became of an answer; its author can change their mind about the sponsor here at any time."""
    if get_db().execute("SELECT 1 FROM answer WHERE token = ?", (token,)).fetchone() is None:
        abort(404)
    if request.method == "POST":
        record(token, "survey-sponsor", granted=request.form.get("sponsor") == "yes", text=SPONSOR_TEXT)
        return redirect(url_for(".answer", token=token), 303)
    shared = form_consents().allows(subject(token), "survey-sponsor")
    return render_template("answer.html", shared=shared, sponsor_text=SPONSOR_TEXT)


@bp.cli.command("export")
def export() -> None:
    """Print the answers for the sponsor as CSV: only of those who agreed and have not changed their mind."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in get_db().execute("SELECT * FROM answer ORDER BY rowid"):
        if form_consents().allows(subject(row["token"]), "survey-sponsor"):
            writer.writerow(harmless(str(row[column])) for column in COLUMNS)
    click.echo(out.getvalue(), nl=False)
