"""What the drivers share: a kit and a store from what the caller gave, and the log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from consentkit import asgi, wsgi
from consentkit.driver import cut_short, phrase
from consentkit.errors import PolicyError, StoreError, UsageError
from consentkit.http import Request
from consentkit.kit import ConsentKit
from consentkit.policy.models import Policy
from consentkit.records.archive import Archive
from consentkit.records.memory import MemoryStore
from consentkit.records.sqlite import SQLiteStore
from tests.drivers.policies import SECRET, small_policy

Make = Callable[..., Any]


@pytest.fixture(params=["wsgi", "asgi"])
def make(request: pytest.FixtureRequest) -> Make:
    """Makes the middleware of each driver, without an app."""
    driver = {"wsgi": wsgi.ConsentMiddleware, "asgi": asgi.ConsentMiddleware}[request.param]
    return lambda *args, **options: driver(None, *args, **options)


def test_with_a_policy(make: Make) -> None:
    """A policy and a secret are enough; further options are the kit's."""
    middleware = make(policy=small_policy(), secret=SECRET, records=MemoryStore(), insecure_dev=True)
    assert middleware.kit.insecure_dev


@pytest.mark.parametrize(
    ("name", "said"),
    [("insecure_deb", "`insecure_dev`?"), ("trusted_proxy", "`trusted_proxies`?"), ("zzz", "there are policy, secret")],
)
def test_an_argument_that_nobody_knows(make: Make, name: str, said: str) -> None:
    """A misspelt argument is named with the nearest one, not by the inner parts that would have taken it."""
    with pytest.raises(UsageError, match=f"no argument is called `{name}`: ") as refused:
        make(policy=small_policy(), secret=SECRET, records=MemoryStore(), **{name: True})
    assert said in str(refused.value)


def test_with_a_mapping(make: Make) -> None:
    """The policy may come as a mapping, as a file would hold it."""
    data = small_policy().model_dump(mode="json", exclude_defaults=True)
    assert make(policy=data, secret=SECRET, records=MemoryStore()).kit.policy == Policy.load(data)


def test_with_a_kit(make: Make) -> None:
    """A kit that was built before is used as it is."""
    kit = ConsentKit(small_policy(), secret=SECRET)
    assert make(kit, records=MemoryStore()).kit is kit


def test_with_a_file_for_records(make: Make, tmp_path: Path) -> None:
    """Records go to the file that is named."""
    middleware = make(policy=small_policy(), secret=SECRET, records=tmp_path / "proofs.sqlite3")
    store = getattr(middleware.records, "store", middleware.records)
    assert isinstance(store, SQLiteStore)
    assert (tmp_path / "proofs.sqlite3").exists()


def test_policy_and_texts_are_archived_beside_the_records_before_the_first(make: Make, tmp_path: Path) -> None:
    """What records will name by hash is on the disk when the middleware is made, in every language (R189)."""
    middleware = make(policy=small_policy(), secret=SECRET, records=tmp_path / "proofs.sqlite3")
    archive, pages = Archive(tmp_path / "proofs.archive"), middleware.kit.pages
    assert small_policy() == archive.policy(small_policy().hash)
    assert all(archive.text(pages.text_hash_in(language)) for language in pages.languages)


def test_a_former_policy_in_the_archive_stays_readable(make: Make, tmp_path: Path) -> None:
    """After a change of the policy its former version is served to whoever decided under it."""
    old, new = small_policy(version="1"), small_policy(version="2")
    for policy in (old, new, old, new):
        middleware = make(policy=policy, secret=SECRET, records=MemoryStore(), archive=tmp_path)
    asked = Request("GET", "https", "shop.example", f"/_ck/policy/{old.hash}")
    exchange = middleware.kit.open(asked, now=0.0, entropy=bytes(64))
    exchange.receive(b"")
    exchange.resolve(())
    assert 200 == exchange.reply.status


def test_the_archive_can_be_turned_off(make: Make, tmp_path: Path) -> None:
    """`archive=False` writes nothing besides the records."""
    make(policy=small_policy(), secret=SECRET, records=tmp_path / "proofs.sqlite3", archive=False)
    assert [] == list(tmp_path.glob("*archive*"))


def test_a_kit_of_ones_own_is_archived_too(make: Make, tmp_path: Path) -> None:
    """Whoever builds the kit names the folder, and the policy is kept there."""
    kit = ConsentKit(small_policy(), secret=SECRET)
    make(kit, records=MemoryStore(), archive=tmp_path)
    assert kit.policy == Archive(tmp_path).policy(kit.policy.hash)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "give `policy`"),
        ({"secret": SECRET}, "give `policy`"),
        ({"policy": small_policy()}, "give `secret`"),
        ({"policy": small_policy(), "secret": ""}, "secret"),
        ({"kit": ConsentKit(small_policy(), secret=SECRET), "policy": small_policy()}, "either `kit` or policy"),
        ({"kit": ConsentKit(small_policy(), secret=SECRET), "insecure_dev": True}, "either `kit` or insecure_dev"),
    ],
)
def test_arguments_that_do_not_go_together(make: Make, arguments: dict[str, Any], sentence: str) -> None:
    """What is missing or too much is said when the app is built."""
    with pytest.raises(UsageError, match=sentence):
        make(records=MemoryStore(), **arguments)


def test_a_policy_that_is_wrong(make: Make, tmp_path: Path) -> None:
    """A wrong policy stops the app at start-up, with file and line."""
    path = tmp_path / "policy.toml"
    path.write_text('version = "1"\nlanguage = "english please"\n', "utf-8")
    with pytest.raises(PolicyError, match=r"policy\.toml:2"):
        make(policy=path, secret=SECRET, records=MemoryStore())


def test_a_store_that_cannot_be_opened(make: Make, tmp_path: Path) -> None:
    """So does a store that cannot be opened."""
    with pytest.raises(StoreError, match="create its directory"):
        make(policy=small_policy(), secret=SECRET, records=tmp_path / "missing" / "records.sqlite3")


@pytest.mark.parametrize(
    ("status", "line"), [(200, "200 OK"), (413, "413 "), (503, "503 Service Unavailable"), (299, "299 Unknown")]
)
def test_phrases(status: int, line: str) -> None:
    """Every status has a phrase."""
    assert phrase(status).startswith(line)
    assert len(phrase(status)) > 4


def test_cut_short() -> None:
    """The answer to half a request says what to do and is not cached."""
    reply = cut_short()
    assert (400, True) == (reply.status, b"send it again" in reply.body)
    assert ("Content-Length", str(len(reply.body))) in reply.headers
    assert ("Cache-Control", "no-store") in reply.headers
