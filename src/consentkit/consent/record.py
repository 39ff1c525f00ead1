"""`Record`: the proof of one decision (R180-R188). Append-only; a withdrawal is a new record (R186).

No address, user agent, URL or referrer is in it (R187).
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Source = Literal["banner", "preferences", "control", "placeholder", "form", "gpc", "api", "account", "email"]
SCHEMA_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Record:
    """One decision of one subject.

    Attributes:
        record_id: UUIDv4.
        subject: who decided: 32 hexadecimal digits of the consent cookie, or what a form names its subject by.
        at: when, POSIX seconds of the server's clock (UTC).
        source: by what means; ``control`` is what stands on every page, whether or not the banner does.
        choices: purpose -> granted, explicitly true or false for each purpose that was asked (R183).
        services: purpose -> ids of the services granted, where the choice was finer than the purpose.
        policy_version: `Policy.version`.
        policy_hash: `Policy.hash`: the exact declaration that was in force.
        text_hash: of the exact texts shown, as lower-case hexadecimal SHA-256.
        language: BCP 47 tag of the texts shown.
        controller: the controller's name.
        regime: id of the legal regime that was applied.
        signals: what was signalled besides: ``gpc``, ``dnt`` and ``external`` (a refusal that counted), ``minor``.
        previous: id of the subject's record before, or None.
        text: the text shown, where it is short enough to be kept in place (forms).
    """

    record_id: str
    subject: str
    at: int
    source: Source
    choices: Mapping[str, bool]
    services: Mapping[str, tuple[str, ...]]
    policy_version: str
    policy_hash: str
    text_hash: str
    language: str
    controller: str
    regime: str = "opt-in"
    signals: tuple[str, ...] = ()
    previous: str | None = None
    text: str | None = None
    schema_version: str = SCHEMA_VERSION

    @property
    def time(self) -> datetime.datetime:
        """`at` as an aware datetime in UTC."""
        return datetime.datetime.fromtimestamp(self.at, datetime.UTC)

    def grants(self, purpose: str) -> bool:
        """Whether it grants a purpose, whole or for single services. One that it does not name it does not grant."""
        return self.choices.get(purpose, False) or bool(self.services.get(purpose))


def dump_record(record: Record) -> str:
    """The record as canonical JSON: keys sorted, no white space, so that equal records are equal bytes."""
    return json.dumps(asdict(record), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def parse_record(text: str) -> Record:
    """The inverse of `dump_record`.

    Raises:
        ValueError: if the text is not a record.
    """
    try:
        data: dict[str, Any] = json.loads(text)
        data["services"] = {purpose: tuple(ids) for purpose, ids in data["services"].items()}
        data["signals"] = tuple(data["signals"])
        return Record(**data)
    except (TypeError, KeyError, AttributeError) as error:
        message = f"not a consent record: {error}"
        raise ValueError(message) from error
