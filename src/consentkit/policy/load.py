"""Loading a policy: every problem at once, in file order, each with file, line and key, and how to mend it.

Tables of ``services`` and ``purposes`` may say less than a model asks for: an id that is known
(from the catalogue, or from the purposes with ready texts) brings the rest, and what the table
says itself overrides it. A bare id in place of a table does the same.
"""

from __future__ import annotations

import difflib
import functools
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from consentkit.errors import PolicyError, Problem
from consentkit.policy import rules
from consentkit.policy.advice import advice
from consentkit.policy.catalogue import default_purposes, nearest, ready_dnt_response, service
from consentkit.policy.findings import ERROR_TYPE, Finding, Path, dotted
from consentkit.policy.models import (
    Email,
    Minors,
    Model,
    OwnCookie,
    Policy,
    Purpose,
    RegimeSettings,
    Retention,
    Section,
    Service,
)
from consentkit.policy.source import NO_FILE, Source, read
from consentkit.policy.translate import shown, translated
from consentkit.policy.walk import required

SCHEMA_KEY = "$schema"  # by which editors find the schema of a JSON file

_M = TypeVar("_M", bound=Model)


@dataclass(frozen=True, slots=True)
class Examination:
    """What `examine` found.

    Attributes:
        where: the file as the caller named it, or ``"<policy>"`` for a mapping.
        policy: the policy; None if there are problems.
        problems: why it cannot be used, in file order.
        warnings: what can be used but was hardly meant, in file order.
    """

    where: str
    policy: Policy | None
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def load_policy(source: str | os.PathLike[str] | Mapping[str, Any]) -> Policy:
    """The policy in a TOML or JSON file, or in a mapping of the same shape.

    Args:
        source: path of a file (JSON if it ends so, else TOML), or the mapping.

    Raises:
        PolicyError: with every problem found.
    """
    examination = examine(source)
    if examination.policy is None:
        raise PolicyError(examination.problems)
    return examination.policy


def check(source: str | os.PathLike[str] | Mapping[str, Any]) -> list[Problem]:
    """Every problem of a policy, in file order; none if it can be loaded."""
    return list(examine(source).problems)


def examine(source: str | os.PathLike[str] | Mapping[str, Any]) -> Examination:
    """The policy, or every problem of it; and what its author may have overlooked."""
    read_source = read(source)
    if read_source.problems:
        return Examination(read_source.where, None, read_source.problems, ())
    data, findings, settled = _completed(read_source.data)
    try:
        policy = Policy.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        findings += [
            finding
            for detail, finding in translated(details, data)
            if not _is_settled(detail["type"], tuple(detail["loc"]), settled)
        ]
        if any(detail["type"] != ERROR_TYPE or detail["loc"] for detail in details):
            # pydantic compares values only once each is sound: compare the sound ones now.
            findings += _compared(data)
    else:
        if not findings:
            return Examination(read_source.where, policy, (), _problems(read_source, advice(policy)))
    return Examination(read_source.where, None, _problems(read_source, findings), ())


def _problems(source: Source, findings: list[Finding] | Iterator[Finding]) -> tuple[Problem, ...]:
    """The findings with their lines, in file order, each once."""
    found = [
        Problem(source.where, source.locations.line(f.path), dotted(f.path) or NO_FILE, f.what, f.mend)
        for f in findings
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda problem: problem.line or 0))


def _completed(given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding], set[Path]]:
    """The data with what known ids bring, what is wrong with the ids, and where nothing more need be said."""
    data = {key: value for key, value in given.items() if key != SCHEMA_KEY}
    findings: list[Finding] = []
    settled: set[Path] = set()
    given_language = data.get("language")
    language = given_language if isinstance(given_language, str) else "en"
    # Whoever acts on the field says it in words of their own: `rules.dnt_rules` asks for them.
    if data.get("dnt", "ignore") == "ignore" and "dnt_response" not in data and (said := ready_dnt_response(language)):
        data["dnt_response"] = said
    purpose = functools.partial(_purpose, language)
    for key, complete in (("services", _service), ("purposes", purpose)):
        entries = data.get(key)
        if not isinstance(entries, (list, tuple)):
            continue
        data[key] = completed = list[Any]()
        for index, entry in enumerate(entries):
            table = {"id": entry} if isinstance(entry, str) else entry
            if not isinstance(table, Mapping) or not isinstance(table.get("id"), str):
                completed.append(table)
                continue
            found = complete((key, index), table)
            if isinstance(found, Finding):
                findings.append(found)
                settled.add((key, index))
                completed.append(table)
            else:
                completed.append(found)
    return data, findings, settled


def _service(path: Path, table: Mapping[str, Any]) -> Mapping[str, Any] | Finding:
    """A table of ``services`` with what the catalogue knows; a finding if it needs that and there is nothing."""
    known = service(table["id"])
    if known:
        return {**known.model_dump(exclude_unset=True), **table}
    if all(key in table for key in required(Service)):
        return table
    close = nearest(table["id"])
    meant = (
        f"did you mean {' or '.join(repr(name) for name in close)}?"
        if close
        else "`consentkit services search WORD` finds what is there."
    )
    missing = ", ".join(key for key in required(Service) if key not in table)
    return Finding(
        (*path, "id"),
        f"no service {shown(table['id'])} in the catalogue",
        f"{meant} One of your own needs {missing} as well",
    )


def _purpose(language: str, path: Path, table: Mapping[str, Any]) -> Mapping[str, Any] | Finding:
    """The same for a table of ``purposes`` and the ready texts in the policy's language."""
    ready = {purpose.id: purpose for purpose in default_purposes(language)}
    if known := ready.get(table["id"]):
        return {**known.model_dump(exclude_unset=True), **table}
    if len(table) > 1:
        return table  # its author means to declare it: the missing keys are named one by one
    close = difflib.get_close_matches(table["id"], ready, n=1)
    meant = f"did you mean '{close[0]}'?" if close else f"ready are {', '.join(ready)}."
    missing = ", ".join(key for key in required(Purpose) if key not in table)
    return Finding(
        (*path, "id"),
        f"there are no ready texts for a purpose {shown(table['id'])}",
        f"{meant} One of your own needs {missing} as well",
    )


def _is_settled(kind: str, path: Path, settled: set[Path]) -> bool:
    """Whether a finding about the id has said it already."""
    return kind == "missing" and path[:-1] in settled


def _compared(data: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong between those values that are sound by themselves."""
    sites = data.get("sites")
    if isinstance(sites, (list, tuple)):
        hosts = [site if isinstance(site, str) else "" for site in sites]
        yield from rules.site_rules(hosts)
        if isinstance(shared := data.get("share_across_subdomains"), str):
            yield from rules.share_rules(shared, hosts)
    for retention in _sound([data.get("retention")], Retention.model_validate).values():
        days = data.get("reprompt_after", Policy.model_fields["reprompt_after"].default)
        yield from rules.retention_rules(retention.records_seconds, days if isinstance(days, int) else 0)
    settings = _sound([data.get("regimes")], RegimeSettings.model_validate).get(0)
    yield from rules.regime_rules(settings, shared=data.get("mode") == "shared")
    minors = _sound([data.get("minors")], Minors.model_validate).get(0)
    yield from rules.minor_rules(minors, shared=data.get("mode") == "shared")
    yield from rules.dnt_rules(str(data.get("dnt")), said="dnt_response" in data)
    entries = data.get("purposes")
    declared = {
        entry["id"]
        for entry in (entries if isinstance(entries, (list, tuple)) else ())
        if isinstance(entry, Mapping) and isinstance(entry.get("id"), str)
    }
    yield from rules.reference_rules(
        purposes=_sound(data.get("purposes"), Purpose.model_validate),
        services=_sound(data.get("services"), Service.model_validate),
        cookies=_sound(data.get("cookies"), OwnCookie.model_validate),
        sections=_sound(data.get("sections"), Section.model_validate),
        email=_sound([data.get("email")], Email.model_validate).get(0),
        declared=declared,
    )


def _sound(entries: object, validate: Callable[[object], _M]) -> dict[int, _M]:
    """The entries of a list that are sound, by position."""
    out = dict[int, _M]()
    for index, entry in enumerate(entries if isinstance(entries, (list, tuple)) else ()):
        try:
            out[index] = validate(entry)
        except ValidationError:
            continue
    return out
