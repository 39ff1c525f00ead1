"""The newsletter on Flask and Django, from the form to the last click, through real servers of both kinds."""

from __future__ import annotations

import contextlib
import html
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.servers import PROJECT, running
from tests.examples.test_brightwash_mail import ADDRESS, Mailboxes, body, path_of, serving
from tests.examples.test_other_frameworks import Guest

pytestmark = pytest.mark.server

COMMANDS = {
    "flask": ["-m", "flask", "--app", "examples.brightwash_flask", "letters", "send"],
    "django": ["examples/brightwash_django/manage.py", "send_issue"],
}


@pytest.fixture(scope="module")
def mailboxes() -> Iterator[Mailboxes]:
    """The mail server."""
    with serving() as boxes:
        yield boxes


@pytest.fixture(scope="module", params=["flask", "django"])
def guest(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mailboxes: Mailboxes
) -> Iterator[Guest]:
    """A visitor of each of the sites, in its server."""
    name, folder = str(request.param), tmp_path_factory.mktemp("site")
    for module in ("gunicorn", name, *(["whitenoise"] if name == "django" else [])):
        pytest.importorskip(module)
    environment = {
        "BRIGHTWASH_INSECURE_DEV": "1",
        "BRIGHTWASH_CONSENT_INSECURE_DEV": "true",
        "BRIGHTWASH_SMTP": f"127.0.0.1:{mailboxes.port}",
    }
    with running(name, None, folder, environment) as port:
        yield Guest(port, name, {**environment, "BRIGHTWASH_FOLDER": str(folder)})


def send(guest: Guest) -> str:
    """What the command says that sends the newest article."""
    command = [sys.executable, *COMMANDS[guest.name]]
    return subprocess.run(
        command, cwd=PROJECT, env=guest.environment, capture_output=True, text=True, check=True
    ).stdout.strip()


def link(text: str, kind: str) -> str:
    """The path of a link in a letter."""
    found = re.search(rf"https://\S+?/mail/{kind}[^\s\"]+", text)
    assert found, text
    return path_of(found[0])


def test_in_and_out(guest: Guest, mailboxes: Mailboxes) -> None:
    """Nothing holds before the letter's link was followed and its button pressed, and nobody else's form ends it."""
    asked = guest.post("/newsletter", email=ADDRESS, agree="yes").text
    assert "look into your mailbox" in asked
    assert "token=" not in asked
    confirm = link(body(mailboxes.take()), "confirm")
    assert "0 letters sent" == send(guest)
    guest.get(confirm)
    assert "0 letters sent" == send(guest)
    guest.post(confirm, confirm="1")
    assert "1 letters sent" == send(guest)
    assert mailboxes.take()["List-Unsubscribe-Post"]
    guest.post("/newsletter", email=ADDRESS, agree="yes")
    assert [] == mailboxes.letters
    known = guest.post("/newsletter/unsubscribe", email=ADDRESS).text
    leave = link(body(mailboxes.take()), "unsubscribe")
    guest.get(leave)
    unknown = guest.post("/newsletter/unsubscribe", email="bob@pub.example").text
    assert [] == mailboxes.letters
    numbers = re.compile(r"[0-9a-zA-Z]{20,}")
    assert numbers.sub("", known) == numbers.sub("", unknown)
    assert "1 letters sent" == send(guest)
    mailboxes.take()
    guest.post(leave, **{"List-Unsubscribe": "One-Click"})
    assert "0 letters sent" == send(guest)
    assert [] == mailboxes.letters


def kept(guest: Guest) -> list[str]:
    """What the site kept of opened letters and followed links, in its own table."""
    table = {"flask": "mail_event", "django": "letters_seen"}[guest.name]
    file = Path(guest.environment["BRIGHTWASH_FOLDER"]) / f"brightwash-{guest.name}.sqlite3"
    with contextlib.closing(sqlite3.connect(file)) as database:
        return [str(kind) for (kind,) in database.execute(f"SELECT kind FROM {table} ORDER BY at, rowid")]


def test_only_who_agreed_is_counted(guest: Guest, mailboxes: Mailboxes) -> None:
    """An opened letter and a followed link are kept of a reader who ticked the second box, until it is taken back."""
    guest.post("/newsletter", email=ADDRESS, agree="yes", tracking="yes")
    guest.post(link(body(mailboxes.take()), "confirm"), confirm="1")
    assert "1 letters sent" == send(guest)
    letter = mailboxes.take()
    words = html.unescape(body(letter, "html"))
    picture, click = link(words, "open"), link(words, "go")
    guest.get(picture)
    guest.get(click)
    assert ["open", "click"] == kept(guest)
    guest.post(link(words, "preferences"), purpose="newsletter", save="1")
    guest.get(picture)
    assert ["open", "click"] == kept(guest)
    guest.post(link(words, "unsubscribe"), **{"List-Unsubscribe": "One-Click"})
