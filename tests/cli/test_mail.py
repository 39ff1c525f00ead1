"""`consentkit mail`: says what reports back, cleans on demand, and never breaks a terminal or a message."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

MAIL = (
    b"From: news@shop.example\r\nTo: ada@pub.example\r\nSubject: odd   spaces\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b'<p>Gr\xc3\xbc\xc3\x9fe</p><img src="https://emltrk.com/x" width="1" height="1">'
    b'<a href="https://x.list-manage.com/track/click?u=1">x</a>\r\n'
)
CLEAN = b"Subject: x\n\nHello https://shop.example/\n"


def test_it_says_what_reports_back(run: Run, tmp_path: Path) -> None:
    """Each finding is a line with its kind and whose it is, and the status says that there are some."""
    file = tmp_path / "mail.eml"
    file.write_bytes(MAIL)
    seen = run("mail", file)
    assert 1 == seen.exit_code
    assert "reports back: pixel: https://emltrk.com/x (litmus)\n" in seen.stdout
    assert "left: opaque-link: https://x.list-manage.com/track/click?u=1 (mailchimp)\n" in seen.stdout


def test_it_cleans(run: Run, tmp_path: Path) -> None:
    """The cleaned message differs by the cut alone; cleaning it again finds only what was left."""
    out = tmp_path / "clean.eml"
    run("mail", "--out", out, stdin=MAIL)
    assert MAIL.replace(b'<img src="https://emltrk.com/x" width="1" height="1">', b"") == out.read_bytes()
    assert "reports back" not in run("mail", out).stdout


def test_nothing_found(run: Run, tmp_path: Path) -> None:
    """A clean message is status 0 and a sentence, and comes out byte for byte."""
    out = tmp_path / "clean.eml"
    seen = run("mail", "-", "--out", out, stdin=CLEAN)
    assert (0, CLEAN) == (seen.exit_code, out.read_bytes())
    assert "nothing in this message reports back" in seen.stdout


def test_json(run: Run) -> None:
    """As JSON it is for programs: totals, what was removed, what is left."""
    data = json.loads(run("mail", "--json", stdin=MAIL).stdout)
    assert {"pixel": 1, "opaque-link": 1} == data["totals"]
    assert {"kind": "pixel", "what": "https://emltrk.com/x", "sender": "litmus", "part": ""} == data["removed"][0]
    assert ["opaque-link"] == [row["kind"] for row in data["left"]]


def test_a_policy_says_what_is_the_sites_own(run: Run, policy_file: Path) -> None:
    """With a policy the site's own counting picture is known."""
    mail = b'Content-Type: text/html\n\n<img src="https://www.brightwash.example/_ck/mail/open?t=x">\n'
    assert "left: remote-image" in run("mail", stdin=mail).stdout
    assert (
        "pixel: https://www.brightwash.example/_ck/mail/open?t=x (own)"
        in run("mail", "--policy", policy_file, stdin=mail).stdout
    )


@pytest.mark.parametrize(
    "mail", [b"Content-Type: multipart/mixed\n\nx", b"Content-Type: text/html\n\n" + b"x" * 9_000_000]
)
def test_what_cannot_be_read_is_refused(run: Run, mail: bytes) -> None:
    """A message that cannot be read is a sentence and status 2."""
    seen = run("mail", stdin=mail)
    assert 2 == seen.exit_code
    assert seen.output.startswith("Error: part 1 ")


def test_terminals_are_left_alone(run: Run) -> None:
    """What a message holds does not act on the terminal, nor fill it."""
    mail = b'Content-Type: text/html\n\n<img width=1 height=1 src="https://q.example/\x1b[2J' + b"a" * 300 + b'">\n'
    seen = run("mail", stdin=mail)
    assert "\x1b[2J" not in seen.stdout
    assert max(map(len, seen.stdout.splitlines())) < 140
