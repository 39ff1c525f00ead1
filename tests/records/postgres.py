"""A PostgreSQL server of the tests' own: as an ordinary user, over a socket in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

USER = "consent"
SECONDS = 180  # to start or stop, on a slow machine with every core busy


def programs() -> Path | None:
    """The folder with `initdb` and `postgres`, as Debian and others install it; None if there is none."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent  # a link may be the only one in its folder
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(folders, default=None, key=lambda folder: int(folder.parent.name))


class Server:
    """A running server. `stop` and `start` as often as wanted; `remove` at the end."""

    def __init__(self, bin_: Path) -> None:
        self.bin = bin_
        self.folder = Path(tempfile.mkdtemp(prefix="ckpg"))  # short: a socket's path has 107 bytes at most
        # PostgreSQL refuses to run as root.
        self.user: dict[str, Any] = {}
        if os.geteuid() == 0:
            ordinary = pwd.getpwnam("nobody")
            os.chown(self.folder, ordinary.pw_uid, ordinary.pw_gid)
            self.user = {"user": ordinary.pw_uid, "group": ordinary.pw_gid, "extra_groups": []}
        self._run([self.bin / "initdb", "--no-sync", "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C", self.data])
        self.names = count()
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def data(self) -> Path:
        """The server's files."""
        return self.folder / "data"

    def url(self, schema: str = "public") -> str:
        """Of a schema, which is as good as a database and made much quicker."""
        return f"postgresql+psycopg://{USER}@/postgres?host={self.folder}&options=-csearch_path%3D{schema}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        # Nothing here outlives the machine, so the disk need not be waited for.
        options = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=100", "-k", str(self.folder)]
        log = (self.folder / "log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.data, *options], stdout=log, stderr=log, cwd="/", **self.user
            )
        end = time.monotonic() + SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > end:
                told = (self.folder / "log").read_text("utf-8")
                self.remove()
                raise RuntimeError(told)
            time.sleep(0.05)

    def stop(self, *, crash: bool = False) -> None:
        """Stop: in order, or as a crash would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
            self.process.wait(SECONDS)
            self.process = None

    def remove(self) -> None:
        """Stop, and leave nothing."""
        self.stop(crash=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def database(self) -> str:
        """The URL of a new schema."""
        name = f"records_{next(self.names)}"
        self.execute(f"CREATE SCHEMA {name}")
        return self.url(name)

    def execute(self, *statements: str, url: str | None = None) -> None:
        """Run statements as the server's owner, past every store."""
        engine = create_engine(url or self.url(), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                for statement in statements:
                    connection.exec_driver_sql(statement)
        finally:
            engine.dispose()

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except OperationalError:
            return False
        return True

    def _run(self, command: Sequence[str | Path]) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd="/", **self.user)
