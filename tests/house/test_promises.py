"""What the Makefile, the READMEs and the documents promise is there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.tree import ROOT, files, python_files, text

README = Path("README.md")
README_ZH = Path("README.zh-CN.md")
DOCUMENTS = [path for path in files() if path.suffix == ".md"]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")
SETTING = re.compile(r"\bYUNQUAN_[A-Z_]+\b")
# Not settings of the program: they steer the tests, the tools and the compiled core.
NOT_FOR_OPERATORS = {"YUNQUAN_INTERPRETED"}
NAMED_IN_TEXT = re.compile(r"`([\w./-]+/[\w.-]+\.(?:py|md|toml|txt|html|js|json|css))`")


def targets() -> set[str]:
    declared = re.search(r"^\.PHONY: (.*)$", text(Path("Makefile")), re.MULTILINE)
    assert declared
    return set(declared.group(1).split())


def test_make_help_lists_every_target() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        env={key: value for key, value in os.environ.items() if not key.startswith("MAKE")},
    ).stdout
    listed = set(re.findall(r"^\s+make (\w+)\s+\S", shown, re.MULTILINE))
    rules = set(re.findall(r"^([a-z0-9]+):", text(Path("Makefile")), re.MULTILINE))
    assert listed == targets() == rules


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_commands_of_the_documents_exist(path: Path) -> None:
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text(path), re.DOTALL))
    assert set(re.findall(r"\bmake ([a-z0-9]+)", code)) - targets() == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_links_lead_somewhere(path: Path) -> None:
    broken = [
        link
        for link in LINK.findall(text(path))
        if "://" not in link and not link.startswith("mailto:")
        if not (ROOT / path.parent / link).exists()
    ]
    assert broken == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_files_named_in_documents_exist(path: Path) -> None:
    named = NAMED_IN_TEXT.findall(text(path))
    here = (ROOT, ROOT / path.parent, ROOT / "src" / "yunquan", ROOT / "src")
    made = ("data/", "build/", "benchmarks/results/", "static/vendor/", "src/yunquan/_compiled/")
    gone = [
        name
        for name in named
        if not name.startswith(made) and not Path(name).stem.isupper()
        if not any((place / name).exists() for place in here)
    ]
    assert gone == []


def test_the_readmes_are_of_one_mind() -> None:
    for pattern in (
        r"\bmake [a-z0-9]+",
        r"\byunquan [a-z]+",
        r"\bYUNQUAN_[A-Z_]+",
        r"docs/[\w./-]+",
    ):
        english = set(re.findall(pattern, text(README)))
        assert english == set(re.findall(pattern, text(README_ZH))), pattern
    assert text(README).count("\n## ") == text(README_ZH).count("\n## ")


def test_every_setting_is_in_the_readme() -> None:
    read = {name for path in python_files("src") for name in SETTING.findall(text(path))}
    told = set(SETTING.findall(text(README)))
    assert read - told - NOT_FOR_OPERATORS == set(), "name them in the table of settings"
    assert told - read - NOT_FOR_OPERATORS == set(), "no code reads these"


def test_commands_of_yunquan_named_in_the_readme_exist() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "yunquan.app.cli", "--help"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    promised = set(re.findall(r"`(?:\.venv/bin/)?yunquan ([a-z]+)", text(README)))
    assert promised, "the README names no command"
    assert {name for name in promised if not re.search(rf"\b{name}\b", shown)} == set()


def test_decision_records_have_their_four_parts() -> None:
    records = sorted(path for path in files() if path.parent == Path("docs/adr"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for path in records:
        parts = re.findall(r"^## (.*)$", text(path), re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences", "Enforced by"], path
