"""Where the site keeps its data and how it is run; every value can come from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
POLICY_FILE = HERE / "policy.toml"
DEMO_SECRET = "only for the demonstration: everybody can read this"


@dataclass(frozen=True)
class Settings:
    """How one process runs the site.

    Attributes:
        folder: where the two SQLite files are made.
        secret: signs the consent cookie. A real site reads it from where it keeps its secrets.
        insecure_dev: True for plain HTTP, which only a demonstration on one's own machine uses.
        unprotected: True serves the bare site, to see whom it contacts without consentkit.
        smtp: `host:port` of the mail server; without one, mail is written into the folder `outbox`.
        base_url: where the site is, as links in mail have it.
    """

    folder: Path
    secret: str = DEMO_SECRET
    insecure_dev: bool = False
    unprotected: bool = False
    smtp: str = ""
    base_url: str = "https://brightwash.example"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read `BRIGHTWASH_FOLDER`, `…_SECRET`, `…_INSECURE_DEV`, `…_UNPROTECTED`, `…_SMTP` and `…_URL`."""
        return cls(
            folder=Path(environment.get("BRIGHTWASH_FOLDER", ".")),
            secret=environment.get("BRIGHTWASH_SECRET", DEMO_SECRET),
            insecure_dev=environment.get("BRIGHTWASH_INSECURE_DEV") == "1",
            unprotected=environment.get("BRIGHTWASH_UNPROTECTED") == "1",
            smtp=environment.get("BRIGHTWASH_SMTP", ""),
            base_url=environment.get("BRIGHTWASH_URL", "https://brightwash.example"),
        )

    @property
    def records(self) -> Path:
        """The file with the proofs of consent."""
        return self.folder / "brightwash-consent.sqlite3"

    @property
    def database(self) -> Path:
        """The file with the site's own data: comments, subscribers, survey answers."""
        return self.folder / "brightwash.sqlite3"
