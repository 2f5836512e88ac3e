"""Every example of README and docs is run, in the order in which a reader meets them.

In a page, a ``yaml`` block that begins with ``nnspec:`` is a whole spec: it is saved under its own
name and must have no faults. A ``console`` block's commands (``$ …``) are run, and what they print
must be what the page shows; a line ``…`` stands for any lines, ``…`` within a line for any text. A
``python`` block is run, but one that begins with ``# test_NAME.py`` is saved as that file, for a
command to run. All see the folder ``specs``. A block after ``<!-- skip: next -->`` is left alone.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from sybil import Document, Example, Region, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

ROOT = Path(__file__).parent.parent

MADE = {"rules.md", "activations.md", "gallery.md"}
"""Pages that docs/conf.py makes; the examples of rules have faults on purpose."""

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(page for page in (ROOT / "docs").rglob("*.md") if page.name not in MADE),
]

ELISION = "…"


def evaluate_spec(example: Example) -> str | None:
    """Save a whole spec under its name, and judge it."""
    text = example.parsed
    if not text.startswith(("nnspec:", "# yaml-language-server")):
        return None
    path = Path(f"{yaml.safe_load(text)['name']}.yaml")
    path.write_text(text)
    run = subprocess.run(
        [sys.executable, "-m", "nnspec", "validate", path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return None if run.returncode == 0 else f"the spec has faults:\n{run.stdout}"


def evaluate_console(example: Example) -> str | None:
    """Run each command of a block, and compare what it prints."""
    for command, expected in commands(example.parsed):
        run = subprocess.run(
            ["bash", "-c", command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False,
        )  # fmt: skip
        if not matches(run.stdout, expected):
            return f"$ {command}\n--- the page shows\n{expected}\n--- it prints\n{run.stdout}"
    return None


def commands(block: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with the output that follows it."""
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line.startswith("> ") and found and not found[-1][1]:
            found[-1] = (f"{found[-1][0]}\n{line[2:]}", [])
        elif found:
            found[-1][1].append(line)
    return [(command, "\n".join(lines)) for command, lines in found]


def matches(printed: str, expected: str) -> bool:
    """Whether an output is what a page shows, line ends and elisions aside."""
    parts = [re.escape(line.rstrip()) for line in expected.strip("\n").splitlines()]
    pattern = "\n".join(
        r"(?:.*\n)*?.*" if part == re.escape(ELISION) else part.replace(re.escape(ELISION), ".+")
        for part in parts
    )
    printed = "\n".join(line.rstrip() for line in printed.strip("\n").splitlines())
    return re.fullmatch(pattern, printed) is not None


TEST_FILE = re.compile(r"# (test_\w+\.py)\n")


def parse_python(document: Document) -> Iterator[Region]:
    """Python that is run, and files of tests that are saved."""
    for region in PythonCodeBlockParser()(document):
        if isinstance(region.parsed, str) and TEST_FILE.match(region.parsed):
            region.evaluator = save_tests
        yield region


def save_tests(example: Example) -> None:
    """Save a block under the name in its first line."""
    name = TEST_FILE.match(example.parsed)
    assert name is not None
    Path(name[1]).write_text(example.parsed)


SYBIL = Sybil(
    parsers=[
        parse_python,
        CodeBlockParser(language="yaml", evaluator=evaluate_spec),
        CodeBlockParser(language="console", evaluator=evaluate_console),
        SkipParser(),
    ],
    path=str(ROOT),
    pattern="*.md",
)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the specs, and ``nnspec`` on the path."""
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    scripts = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{scripts}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("CI", "true")  # Hypothesis then draws the same examples, and has no deadline
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples(page: Path, desk: Path) -> None:
    document = SYBIL.parse(page)
    for example in document.examples():
        example.evaluate()


def test_the_readme_shows_its_spec_its_run_and_its_fault_first() -> None:
    text = (ROOT / "README.md").read_text()
    blocks = re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL)
    assert [language for language, _ in blocks[:3]] == ["yaml", "console", "console"]
    assert len(blocks[0][1].splitlines()) == 8
    assert "NS301" in blocks[2][1]


def test_the_readme_has_the_two_commands_that_ci_runs() -> None:
    text = (ROOT / "README.md").read_text()
    assert [line for line in text.splitlines() if line.startswith("pip install")] == [
        "pip install . && nnspec eval specs/property-valuation.yaml specs/data/king-county.csv "
        "--keep id,sale_price -o valued.csv",
        "pip install '.[test]' && pytest",
    ]


def test_an_elision_stands_for_any_lines() -> None:
    assert matches("a\nb\nc\n", "a\n…\nc")
    assert matches("a\nc\n", "a\nc")
    assert not matches("a\nb\n", "a\nc")
    assert not matches("a\nb\nc\n", "a\nc")
