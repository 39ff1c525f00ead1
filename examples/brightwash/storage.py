"""The site's own data in one SQLite file: comments, subscribers, survey answers, messages.

Every call opens the file for itself, so several worker processes can share it.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from consentkit.consent.mail_event import MailEvent

TABLES = """
CREATE TABLE IF NOT EXISTS comment (
    article TEXT, name TEXT, email TEXT, country TEXT, anonymous INTEGER, text TEXT, at INTEGER
);
CREATE TABLE IF NOT EXISTS answer (
    token TEXT PRIMARY KEY, machine TEXT, satisfaction INTEGER, wish TEXT, name TEXT, email TEXT
);
CREATE TABLE IF NOT EXISTS message (name TEXT, email TEXT, text TEXT, at INTEGER);
"""
READERS = """
CREATE TABLE IF NOT EXISTS reader (token TEXT PRIMARY KEY, email TEXT UNIQUE, at INTEGER);
CREATE TABLE IF NOT EXISTS leaving (token TEXT PRIMARY KEY, at INTEGER);
CREATE TABLE IF NOT EXISTS mail_event (kind TEXT, subject TEXT, mail TEXT, url TEXT, at INTEGER);
"""
LOCK_WAIT = 1.0  # seconds: a visitor does not wait longer for another visitor


@dataclass(frozen=True)
class Comment:
    """A comment as the blog shows it: without the e-mail address, and without a name where none is wanted."""

    name: str
    country: str
    text: str


@dataclass(frozen=True)
class Answer:
    """One answer to the survey."""

    token: str
    machine: str
    satisfaction: int
    wish: str
    name: str
    email: str


class Readers:
    """The addresses that asked for the newsletter, and what those who agreed did with it, in a file of SQLite."""

    TABLES = READERS

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as database:
            database.executescript(self.TABLES)

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self._path, timeout=LOCK_WAIT)
        try:
            with database:
                yield database
        finally:
            database.close()

    def subscribe(self, token: str, email: str, *, at: int) -> str:
        """Keep an address that asked for the newsletter; returns the token that names its reader from now on."""
        with self._open() as database:
            database.execute("INSERT INTO reader VALUES (?, ?, ?) ON CONFLICT (email) DO NOTHING", (token, email, at))
            (known,) = database.execute("SELECT token FROM reader WHERE email = ?", (email,)).fetchone()
        return str(known)

    def token_of(self, email: str) -> str | None:
        """What names the reader with this address."""
        with self._open() as database:
            row = database.execute("SELECT token FROM reader WHERE email = ?", (email,)).fetchone()
        return row and str(row[0])

    def unsubscribe(self, token: str) -> None:
        """Forget the address: who has left is no longer in the list."""
        with self._open() as database:
            database.execute("DELETE FROM reader WHERE token = ?", (token,))
            database.execute("DELETE FROM leaving WHERE token = ?", (token,))

    def subscribers(self) -> list[tuple[str, str]]:
        """Token and address of everybody who asked for the newsletter; the proofs say who confirmed."""
        return [(token, email) for token, email, _ in self.subscribers_since()]

    def subscribers_since(self) -> list[tuple[str, str, int]]:
        """The same with the moment when they asked."""
        with self._open() as database:
            return database.execute("SELECT token, email, at FROM reader ORDER BY email").fetchall()

    def asked_to_leave(self, token: str, *, at: int, gap: int) -> bool:
        """Note that a reader was sent the way out; False if that was less than `gap` seconds ago."""
        note = "INSERT INTO leaving VALUES (?, ?) ON CONFLICT (token) DO UPDATE SET at = excluded.at WHERE at <= ?"
        with self._open() as database:
            return database.execute(note, (token, at, at - gap)).rowcount == 1

    def add_mail_event(self, event: MailEvent) -> None:
        """Keep what a reader who agreed to it did with an issue: consentkit tells of nobody else."""
        with self._open() as database:
            row = (event.kind, event.subject, event.mail, event.url, event.at)
            database.execute("INSERT INTO mail_event VALUES (?, ?, ?, ?, ?)", row)

    def mail_events(self) -> list[tuple[str, str, str]]:
        """Kind, subject and mail of everything that was kept."""
        with self._open() as database:
            return database.execute("SELECT kind, subject, mail FROM mail_event ORDER BY rowid").fetchall()


class Storage(Readers):
    """What visitors sent in."""

    TABLES = READERS + TABLES

    def add_comment(
        self, article: str, name: str, email: str, country: str, text: str, *, anonymous: bool, at: int
    ) -> None:
        """Keep a comment. Name and address are kept for anonymous ones too, and shown to nobody."""
        with self._open() as database:
            row = (article, name, email, country, anonymous, text, at)
            database.execute("INSERT INTO comment VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def comments(self, article: str) -> list[Comment]:
        """The comments on an article, oldest first, as everybody may see them."""
        query = "SELECT name, country, anonymous, text FROM comment WHERE article = ? ORDER BY at, rowid"
        with self._open() as database:
            rows = database.execute(query, (article,)).fetchall()
        return [Comment("Anonymous", "", text) if hidden else Comment(name, country, text)
                for name, country, hidden, text in rows]  # fmt: skip

    def add_answer(self, answer: Answer) -> None:
        """Keep an answer to the survey."""
        row = (answer.token, answer.machine, answer.satisfaction, answer.wish, answer.name, answer.email)
        with self._open() as database:
            database.execute("INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?)", row)

    def answers(self) -> list[Answer]:
        """All answers, for Brightwash itself."""
        with self._open() as database:
            return [Answer(*row) for row in database.execute("SELECT * FROM answer ORDER BY rowid")]

    def has_answer(self, token: str) -> bool:
        """Whether there is an answer of this name."""
        with self._open() as database:
            return database.execute("SELECT 1 FROM answer WHERE token = ?", (token,)).fetchone() is not None

    def add_message(self, name: str, email: str, text: str, *, at: int) -> None:
        """Keep a message from the contact form."""
        with self._open() as database:
            database.execute("INSERT INTO message VALUES (?, ?, ?, ?)", (name, email, text, at))
