"""Every example in the readme, the tutorial and the guides is run, in order, in one folder: what they say is what happens."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from consentkit.policy.catalogue import default_purposes
from consentkit.policy.load import load_policy
from tests.conftest import PROJECT

# With the policy of the readme:
GUIDES = (
    "docs/flask.md",
    "docs/forms.md",
    "docs/mail.md",
    "docs/starlette.md",
    "docs/testing.md",
    "docs/your-own-adapter.md",
)
DOCUMENTS = (
    "README.md",
    "docs/tutorial.md",
    "CONTRIBUTING.md",
    "examples/brightwash/README.md",
    "examples/README.md",
    *GUIDES,
)
REFERENCE = sorted({f"docs/{page.name}" for page in (PROJECT / "docs").glob("*.md")} - {*DOCUMENTS})
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")


def blocks(document: str) -> list[tuple[str, str]]:
    """Language and text of each code block, in order."""
    return BLOCK.findall((PROJECT / document).read_text(encoding="utf-8"))


def run_console(line: str) -> None:
    """Check or run one line that a reader would type."""
    assert line.startswith("$ "), line
    words = shlex.split(line[2:])
    while re.match(r"[A-Z_]+=", words[0]):  # what the command finds in its environment
        del words[0]
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE), line
    elif words[0] == "consentkit":
        command = [sys.executable, "-c", "from consentkit.cli import main; main()", *words[1:]]
        seen = subprocess.run(command, capture_output=True, text=True, check=False)
        assert 0 == seen.returncode, seen.stdout + seen.stderr
    elif words[1:3] == ["-m", "pytest"]:
        assert (PROJECT / words[3]).exists(), line
    elif words[1:5] == ["-m", "pip", "install", "--group"]:
        assert words[5] in tomllib.loads((PROJECT / "pyproject.toml").read_text())["dependency-groups"], line
    elif words[:3] == [".venv/bin/python", "-m", "flask"]:
        assert importlib.util.find_spec(words[words.index("--app") + 1]), line
    elif words[0] == ".venv/bin/python":
        assert (PROJECT / words[1]).is_file(), line
    else:
        raise AssertionError(f"nobody checks `{line}`; teach tests/test_readme.py how")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_examples_run(document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The TOML is a policy, the Python runs in the order it stands in, and each command exists."""
    monkeypatch.chdir(tmp_path)
    if document in GUIDES:
        policy = next(text for language, text in blocks("README.md") if language == "toml")
        (tmp_path / "privacy.toml").write_text(policy, encoding="utf-8")
    namespace: dict[str, Any] = {"__name__": "__example__"}
    for language, text in blocks(document):
        if language == "toml":
            name = re.match(r"# (\S+\.toml)\n", text)
            assert name, "an example policy says in its first line which file it is"
            (tmp_path / name[1]).write_text(text, encoding="utf-8")
            load_policy(tmp_path / name[1])
        elif language == "python":
            exec(compile(text, f"{document} (example)", "exec"), namespace)
        elif language == "console":
            for line in text.splitlines():
                run_console(line)
        else:
            assert "{toctree}" not in text
            assert language in {"", "html"}, f"{document} has a block of '{language}' that nobody runs"


@pytest.mark.parametrize("document", REFERENCE)
def test_reference_examples_hold(document: str, tmp_path: Path) -> None:
    """A page of the reference shows fragments: its TOML goes into a policy, its Python compiles and imports what exists."""
    whole = tomllib.loads(next(text for language, text in blocks("README.md") if language == "toml"))
    for language, text in blocks(document):
        if language == "toml":
            shown = tomllib.loads(text)
            written = {p if isinstance(p, str) else p["id"] for p in shown.get("purposes", ())}
            ready = [purpose.id for purpose in default_purposes() if purpose.id not in written]
            load_policy({**whole, **shown, "purposes": [*ready, *shown.get("purposes", ())]})
        elif language == "python":
            tree = ast.parse(text)
            imports: list[ast.stmt] = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
            exec(compile(ast.Module(imports, []), document, "exec"), {})


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx, which reads its own configuration, is not here")
@pytest.mark.parametrize("document", ["docs/deployment.md"])
def test_nginx_takes_its_configuration(document: str, tmp_path: Path) -> None:
    """What is to be written into nginx's configuration is such that nginx starts with it."""
    shown = [text for language, text in blocks(document) if language == "nginx"]
    assert shown
    folders = "".join(
        f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    for text in shown:
        server = f"server {{ listen unix:here; {text} }}"  # a test of it binds, and ports are others' as well
        whole = f"pid {tmp_path}/pid; events {{}} http {{ access_log off; {folders} {server} }}"
        (tmp_path / "nginx.conf").write_text(whole, encoding="utf-8")
        command = [
            "nginx",
            "-t",
            "-q",
            "-p",
            str(tmp_path),
            "-e",
            str(tmp_path / "log"),
            "-c",
            str(tmp_path / "nginx.conf"),
        ]
        seen = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert 0 == seen.returncode, seen.stderr


@pytest.mark.parametrize("document", [*DOCUMENTS, *REFERENCE, "SECURITY.md", "CHANGELOG.md"])
def test_links_lead_somewhere(document: str) -> None:
    """Every link to a file of the project leads to one."""
    folder = (PROJECT / document).parent
    targets = LINK.findall((PROJECT / document).read_text(encoding="utf-8"))
    assert [] == [target for target in targets if not (folder / target).exists()]


def test_contributing_names_files_that_exist() -> None:
    """The files that CONTRIBUTING.md tells people to edit are there."""
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:src|tests|docs)/[\w/.*-]+)`", text)
    assert named
    assert [] == [name for name in named if not list(PROJECT.glob(name.rstrip("/")))]


def test_quick_start_protects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The readme's policy and three lines hold back an embedded film of a Flask app, as they say."""
    from flask import Flask

    monkeypatch.chdir(tmp_path)
    policy = next(text for language, text in blocks("README.md") if language == "toml")
    (tmp_path / "privacy.toml").write_text(policy, encoding="utf-8")
    code = next(text for language, text in blocks("README.md") if language == "python" and "Flask" in text)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(code, namespace)
    app: Flask = namespace["app"]
    app.add_url_rule("/", view_func=lambda: '<!doctype html><iframe src="https://www.youtube.com/embed/x"></iframe>')
    reply = app.test_client().get("/", base_url="https://shop.example", headers={"Accept": "text/html"})
    assert 200 == reply.status_code
    assert ' src="https://www.youtube.com' not in reply.text
    assert 'data-ck="reject"' in reply.text
    records = re.compile(r"consent-records\.(archive|sqlite3.*)")
    assert ["privacy.toml"] == [file.name for file in tmp_path.iterdir() if not records.fullmatch(file.name)]
