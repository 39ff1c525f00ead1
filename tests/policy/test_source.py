"""From a file or a mapping to plain data: what cannot be read is a problem, no exception."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.errors import Problem, UsageError
from consentkit.policy.load import check, load_policy
from consentkit.policy.source import MAX_POLICY_BYTES
from tests.policy.files import told, written


def test_a_missing_file(tmp_path: Path) -> None:
    """A path that leads nowhere is told as such."""
    assert [
        Problem("no/policy.toml", None, "(file)", "there is no such file", "give the path of a TOML or JSON file")
    ] == check("no/policy.toml")
    assert "there is no such file" == check(str(tmp_path / "a\nb"))[0].what


def test_a_directory(tmp_path: Path) -> None:
    """A directory is not a file."""
    assert "it is a directory" == check(tmp_path)[0].what


def test_an_impossible_name() -> None:
    """A name that no file can have is a problem, not an exception."""
    assert "it cannot be read (embedded null byte)" == check("policy\0.toml")[0].what


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff"])
def test_an_empty_file(tmp_path: Path, text: str) -> None:
    """A file without anything names the command that writes a beginning."""
    assert ["policy.toml: (file): it is empty: begin with the lines that `consentkit policy init` writes"] == told(
        tmp_path, text
    )


def test_a_huge_file(tmp_path: Path) -> None:
    """A file far larger than any policy is another file; it is not read to its end."""
    assert [
        "policy.toml: (file): it is larger than 1024 KiB: give the path of a policy; this seems to be another file"
    ] == told(tmp_path, b"#" * (MAX_POLICY_BYTES + 1))
    assert "it is empty" not in told(tmp_path, b"#" * MAX_POLICY_BYTES)[0]


def test_what_is_neither_path_nor_mapping() -> None:
    """A caller's mistake is a usage error."""
    with pytest.raises(UsageError, match="list is none"):
        load_policy([])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\nb = yes\n", "policy.toml:2: (syntax): this is no TOML: Invalid value: texts stand in quotes"),
        (
            "a = 1\nb\n",
            "policy.toml:2: (syntax): this is no TOML: Expected '=' after a key in a key/value pair: write key",
        ),
        ('a = "x\nb = 1', "policy.toml:1: (syntax): this is no TOML: Illegal character '\\n': close the quotes"),
        ('a = """x\nb = 1', "policy.toml:2: (syntax): this is no TOML: Unterminated string: close the quotes"),
        ("a = 1\n\na = 2", "policy.toml:3: (syntax): this is no TOML: Cannot overwrite a value: the key stands twice"),
        ("[a]\n[a]\n", "policy.toml:2: (syntax): this is no TOML: Cannot declare ('a',) twice: the table stands twice"),
        (
            'a = ["b"]\n[[a]]\n',
            "policy.toml:2: (syntax): this is no TOML: Cannot mutate immutable namespace ('a',): it is a list",
        ),
        ("a = [1,\n\n", "policy.toml:1: (syntax): this is no TOML: Invalid value: "),
        (
            "[a\nb = 1",
            "policy.toml:1: (syntax): this is no TOML: Expected ']' at the end of a table declaration: close",
        ),
        ("a = 1979-02-30", "policy.toml:1: (syntax): this is no TOML: Invalid date or datetime: compare the line"),
        (f"a = {'9' * 5000}", "policy.toml: (syntax): a value cannot be read: Exceeds the limit"),
        (f"a = {'[' * 90_000}", "policy.toml: (syntax): it is nested too deeply: a policy has four levels at most"),
    ],
)
def test_broken_toml(tmp_path: Path, text: str, said: str) -> None:
    """A syntax error has its line and says how such a line is written."""
    (message,) = told(tmp_path, text)
    assert said == message[: len(said)]


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ('purposes = ["b"]\n[[purposes]]\n', "or write each entry as a table of its own, [[purposes]]"),
        ("[a.b]\n[a.b]\n", "join the two, or write both as [[a.b]] if it is a list"),
    ],
)
def test_broken_toml_names_its_table(tmp_path: Path, text: str, mend: str) -> None:
    """How a table is written is shown with its own name."""
    (message,) = told(tmp_path, text)
    assert message.endswith(mend)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1,\n"b" 2}', "policy.json:2: (syntax): this is no JSON: Expecting ':' delimiter: mend the line"),
        ("[1, 2]", "policy.json:1: (file): it holds no table: begin with { and the keys of a policy"),
        ('{"a": {"b": 1, "b": 2}}', "policy.json: b: the key stands twice in its table: remove one"),
        (f'{{"a": {"9" * 5000}}}', "policy.json: (syntax): a value cannot be read: Exceeds the limit"),
        ("[" * 90_000, "policy.json: (syntax): it is nested too deeply: a policy has four levels at most"),
    ],
)
def test_broken_json(tmp_path: Path, text: str, said: str) -> None:
    """The same of JSON; a key that stands twice, which JSON would forget, is told."""
    (message,) = told(tmp_path, text, "policy.json")
    assert said == message[: len(said)]


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    """Whatever a file holds, the answer is a list of problems."""
    for name in ("policy.toml", "policy.json"):
        assert check(written(tmp_path_factory.getbasetemp(), raw, name))


def test_another_encoding(tmp_path: Path) -> None:
    """The line of the first byte that is not UTF-8 is named."""
    assert ["policy.toml:2: (file): it is not UTF-8: save the file as UTF-8"] == told(
        tmp_path, 'version = "1"\nname = "Café"\n'.encode("latin-1")
    )
