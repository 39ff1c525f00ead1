"""`consentkit policy`: check, schema, init."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from jsonschema import Draft202012Validator

from consentkit.policy.load import check

Run = Callable[..., Result]


def test_a_good_policy(run: Run, policy_file: Path) -> None:
    """Warnings first, each with file, line and key; then one line that sums the policy up; exit status 0."""
    result = run("policy", "check", policy_file)
    lines = result.stdout.splitlines()
    assert 0 == result.exit_code
    assert all(line.startswith(f"{policy_file}:") and ": warning: " in line for line in lines[:-1])
    assert (
        f"{policy_file}:1: minors: warning: nothing is said of the young (GDPR art. 8): add a table [minors] with age and text"
        in lines
    )
    assert re.fullmatch(
        rf"{re.escape(str(policy_file))}: good: version 2026-11, 2 purposes \(2 asked for by the banner\), 2 services, "
        rf"\d+ cookies; {len(lines) - 1} warnings",
        lines[-1],
    )


def test_a_policy_without_warnings(run: Run, tmp_path: Path, policy_file: Path) -> None:
    """A policy that is complete is one line, also under --strict; purposes of other kinds are counted."""
    text = policy_file.read_text(encoding="utf-8").replace(
        'services = ["youtube", "gravatar"]', 'policy_path = "/privacy"'
    )
    text = text.replace('[[purposes]]\nid = "functional"', "").replace(
        '[[purposes]]\nid = "media"',
        '[[purposes]]\nid = "n"\ntitle = "N"\nsummary = "N"\ntext = "N"\nlegal_basis = "contract"\n'
        'exemption = "strictly_necessary"\njustification = "N"\n'
        '[[purposes]]\nid = "news"\ntitle = "N"\nsummary = "N"\ntext = "N"\nasked = "form"\n'
        '[minors]\nage = 16\ntext = "Not for you."',
    )
    policy_file.write_text(text, encoding="utf-8")
    result = run("policy", "check", "--strict", policy_file)
    assert (
        f"{policy_file}: good: version 2026-11, 2 purposes (0 asked for by the banner, 1 at forms, 1 exempt), 0 services, "
        "0 cookies\n"
    ) == result.stdout
    assert 0 == result.exit_code


def test_strict(run: Run, policy_file: Path) -> None:
    """With --strict warnings fail."""
    assert 1 == run("policy", "check", policy_file, "--strict").exit_code


def test_problems(run: Run, policy_file: Path) -> None:
    """Problems are what `check` of the library says, a line each, unwrapped; exit status 1."""
    policy_file.write_text(
        policy_file.read_text(encoding="utf-8").replace("youtube", "yuotube") + "colour = 1\n", encoding="utf-8"
    )
    result = run("policy", "check", policy_file)
    assert [str(problem) for problem in check(policy_file)] == result.stdout.splitlines()
    assert 1 == result.exit_code
    assert (
        f"{policy_file}:3: services[0].id: no service 'yuotube' in the catalogue: did you mean 'youtube'"
        in result.stdout
    )


def test_broken_toml(run: Run, policy_file: Path) -> None:
    """A syntax error is a problem like others."""
    policy_file.write_text("version = ", encoding="utf-8")
    result = run("policy", "check", policy_file)
    assert result.stdout.startswith(f"{policy_file}:1: (syntax): this is no TOML: ")
    assert 1 == result.exit_code


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_no_file(run: Run, tmp_path: Path, name: str) -> None:
    """A path that is no file is the user's error: a sentence and exit status 2."""
    result = run("policy", "check", tmp_path / name)
    assert 2 == result.exit_code
    assert "FILE" in result.stderr
    assert "" == result.stdout


def test_schema(run: Run) -> None:
    """The schema is JSON, and a schema."""
    result = run("policy", "schema")
    Draft202012Validator.check_schema(json.loads(result.stdout))
    assert 0 == result.exit_code


def test_init_prints_a_policy_with_blanks(run: Run, tmp_path: Path) -> None:
    """The beginning is TOML; what check says of it are its blanks and nothing else."""
    text = run("policy", "init").stdout
    path = tmp_path / "begun.toml"
    path.write_text(text, encoding="utf-8")
    blanks = [number for number, line in enumerate(text.splitlines(), 1) if '""' in line]
    problems = check(path)
    assert blanks == [problem.line for problem in problems]
    assert {"it is empty"} == {problem.what for problem in problems}


def test_a_filled_in_beginning_is_a_policy(run: Run, tmp_path: Path) -> None:
    """With the examples that check gives for each blank, the beginning passes, without a warning."""
    path = tmp_path / "begun.toml"
    assert 0 == run("policy", "init", path).exit_code
    lines = path.read_text(encoding="utf-8").splitlines()
    for problem in check(path):
        assert problem.line
        indent = lines[problem.line - 1]
        lines[problem.line - 1] = problem.mend.removeprefix("write something such as: ")
        assert set(tomllib.loads(indent)) == set(tomllib.loads(lines[problem.line - 1]))
    path.write_text("\n".join(lines), encoding="utf-8")
    result = run("policy", "check", "--strict", path)
    assert 0 == result.exit_code
    assert f"{path}: good: " in result.stdout


def test_init_overwrites_nothing(run: Run, policy_file: Path) -> None:
    """A file that is there stays as it is."""
    before = policy_file.read_bytes()
    result = run("policy", "init", policy_file)
    assert 2 == result.exit_code
    assert "is already there" in result.stderr
    assert before == policy_file.read_bytes()


def test_init_says_what_is_next(run: Run, tmp_path: Path) -> None:
    """After writing the next command is named."""
    path = tmp_path / "new.toml"
    assert (
        f"{path} is written; `consentkit policy check {path}` says what is left to fill in\n"
        == run("policy", "init", path).stdout
    )
