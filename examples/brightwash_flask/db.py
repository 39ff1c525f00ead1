"""The site's own data: one SQLite file, one connection for each request. The newsletter's readers are in it, too."""

from __future__ import annotations

import contextlib
import sqlite3

from flask import Flask, current_app, g

SCHEMA = """
CREATE TABLE IF NOT EXISTS comment (
    id INTEGER PRIMARY KEY, article TEXT, name TEXT, email TEXT, country TEXT, anonymous INTEGER, text TEXT
);
CREATE TABLE IF NOT EXISTS answer (
    token TEXT PRIMARY KEY, machine TEXT, satisfaction INTEGER, wish TEXT, name TEXT, email TEXT
);
CREATE TABLE IF NOT EXISTS message (name TEXT, email TEXT, text TEXT);
"""
LOCK_WAIT = 1.0  # seconds: a visitor does not wait longer for another visitor


def get_db() -> sqlite3.Connection:
    """The connection of this request."""
    if "db" not in g:
        g.db = sqlite3.connect(current_app.config["DATABASE"], timeout=LOCK_WAIT)
        g.db.row_factory = sqlite3.Row
    connection: sqlite3.Connection = g.db
    return connection


def close_db(_error: BaseException | None = None) -> None:
    """At the end of the request."""
    if (connection := g.pop("db", None)) is not None:
        connection.close()


def init_app(app: Flask) -> None:
    """Makes the tables, and closes what a request has opened."""
    app.teardown_appcontext(close_db)
    with contextlib.closing(sqlite3.connect(app.config["DATABASE"])) as connection:
        connection.executescript(SCHEMA)
