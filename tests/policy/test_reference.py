"""The page about the policy file: its reference is the models', and its examples load."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from consentkit.policy.load import check, load_policy

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "policy-file.md").read_text(encoding="utf-8")
WHOLE, *PARTS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """The script that writes the reference."""
    spec = importlib.util.spec_from_file_location("policy_reference", DOCS / "policy_reference.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_the_models(generator: ModuleType) -> None:
    """After a change of the models `python docs/policy_reference.py` has been run."""
    assert generator.updated(PAGE) == PAGE


def test_every_table_and_key_is_in_the_reference(generator: ModuleType) -> None:
    """Each table has a heading, each key a row."""
    for header, model in generator.tables().items():
        section = PAGE.partition(f"\n### {header if header == 'Top level' else f'`{header}`'}\n")[2].partition(
            "\n### "
        )[0]
        assert list(model.model_fields) == re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


def test_the_whole_example_is_a_policy() -> None:
    """The least policy of the page loads as it stands there."""
    assert 2 == len(load_policy(tomllib.loads(WHOLE)).services)


@pytest.mark.parametrize("part", PARTS)
def test_the_other_examples_are_parts_of_a_policy(part: str) -> None:
    """Added to the whole example, with the purposes that they serve, each loads."""
    data: dict[str, Any] = tomllib.loads(WHOLE)
    data["services"], data["purposes"] = [], ["functional", "analytics", "media"]
    for key, value in tomllib.loads(part).items():
        ids = {entry["id"] for entry in value if "id" in entry} if isinstance(value, list) else set()
        kept = [entry for entry in data.get(key, []) if entry not in ids] if isinstance(value, list) else []
        data[key] = [*kept, *value] if isinstance(value, list) else value
    assert [] == check(data)


def test_the_messages_of_the_page_are_those_of_check(tmp_path: Path) -> None:
    """What the page shows of `check` is what check says."""
    path = tmp_path / "policy.toml"
    path.write_text(
        'version = "1"\nsites = ["a.example"]\nservices = ["yuotube"]\n\n\n\n\n[controller]\nname = "A"\n',
        encoding="utf-8",
    )
    said = "\n".join(str(problem).removeprefix(f"{tmp_path}/") for problem in check(path))
    shown = re.findall(r"^policy\.toml:.*$", PAGE, re.MULTILINE)
    assert 2 == len(shown)
    for line in shown:
        # The catalogue may grow a nearer name.
        assert re.sub(r" or '\w+'", "", said).find(line) >= 0
