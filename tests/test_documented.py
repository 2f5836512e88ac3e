"""The docs speak of all there is: every verb, rule, activation, key, limit and public name."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import nnspec
from nnspec.cli import VERBS
from nnspec.diagnostics.limits import DEFAULT_LIMITS
from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.functions.groups import GROUPS
from nnspec.functions.transforms import TRANSFORMS
from nnspec.tables.formats import EXTENSIONS
from nnspec.validation import RULES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def configured(folder: Path) -> tuple[Path, ModuleType]:
    """A folder in which docs/conf.py was run, by itself, and what it holds."""
    copy = folder / "docs"
    (copy / "reference").mkdir(parents=True)
    (copy / "conf.py").write_text(page("conf.py"))
    (folder / "specs").symlink_to(ROOT / "specs")
    location = importlib.util.spec_from_file_location("docs_conf", copy / "conf.py")
    assert location is not None
    assert location.loader is not None
    module = importlib.util.module_from_spec(location)
    location.loader.exec_module(module)
    return copy, module


def test_pages_made_from_the_code_name_every_rule_and_function(tmp_path):
    """docs/conf.py makes them when Sphinx reads it."""
    copy, _ = configured(tmp_path)
    rules = (copy / "reference" / "rules.md").read_text()
    for rule in RULES:
        assert f"### {rule.code} {rule.name}\n" in rules
        assert rule.what in rules
    functions = (copy / "reference" / "activations.md").read_text()
    for name, record in ACTIVATIONS.items():
        assert f"### {name}\n\n`{record.formula}`" in functions
    for name in (*AGGREGATIONS, *GROUPS, *TRANSFORMS):
        assert f"`{name}`" in functions


def test_the_command_line_s_page_is_made_from_the_command_line_itself():
    assert ".. click:: nnspec.cli:cli" in page("reference/cli.md")
    assert ":nested: full" in page("reference/cli.md")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_shown_at_work(verb):
    """In the README or in a page, in a command that is run."""
    pages = [ROOT / "README.md", *DOCS.glob("*.md")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in pages)
    assert re.search(rf"\bnnspec {verb}\b", text)


def schema() -> dict:
    return json.loads((ROOT / "schemas" / "nnspec-1.schema.json").read_text())


FUNCTIONS = {"activationMap", "transformMap", "noParameters"}


def test_the_format_s_page_names_every_key_of_the_schema():
    """Keys of activations stand in the page of functions instead."""
    parts = {"": schema(), **schema()["$defs"]}
    keys = {
        key
        for name, part in parts.items()
        if name not in FUNCTIONS
        for key in part.get("properties", {})
    }
    text = page("format.md")
    missing = sorted(key for key in keys if not re.search(rf"[`{{ ]{key}[`:]", text))
    assert missing == []


def test_the_format_s_page_names_every_word():
    text = page("format.md")
    words = [*AGGREGATIONS, *GROUPS, *TRANSFORMS, "number", "integer", "boolean", "category"]
    assert [word for word in words if not re.search(rf"[`{{]{word}[`:]", text)] == []


def test_limits_are_stated_as_they_are():
    for name, value in dataclasses.asdict(DEFAULT_LIMITS).items():
        row = f"| `{name.replace('_', '-')}` | {value:,} |"
        assert row in page("format.md"), row


def test_the_tables_page_names_every_ending_and_every_option_of_eval():
    text = page("tables.md")
    assert [ending for ending in EXTENSIONS if f"`{ending}`" not in text] == []
    run = subprocess.run(
        [sys.executable, "-m", "nnspec", "eval", "--help"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    options = set(re.findall(r"--[a-z-]+", run.stdout)) - {"--help"}
    general = {"--limit", "--dtype", "--fast", "--output"}  # guarantees.md; -o
    assert sorted(option for option in options - general if option not in text) == []
    assert all(option in page("guarantees.md") for option in ("--limit", "--dtype", "--fast"))


def test_public_names_are_in_the_python_reference():
    """By name, or by the module whose members are all listed."""
    text = page("reference/python.md")
    modules = set(re.findall(r"automodule:: (\S+)", text))
    absent = [
        name
        for name in nnspec.__all__
        if name != "__version__"
        and getattr(nnspec, name).__module__ not in modules
        and not re.search(rf"auto\w+:: \S*\.{name}\n", text)
    ]
    assert absent == []


def test_every_page_is_in_the_table_of_contents():
    listed = re.findall(r"^[a-z/-]+$", page("index.md"), re.MULTILINE)
    files = [*DOCS.rglob("*.md"), *DOCS.rglob("*.ipynb")]
    pages = {str(path.relative_to(DOCS).with_suffix("")) for path in files}
    made = {"reference/rules", "reference/activations", "reference/gallery"}
    assert set(listed) == (pages | made) - {"index"}


NAMED = re.compile(r"`((?:nnspec|tests|schemas|docs|benchmarks)/[\w./-]*|pyproject\.toml)`")
"""How a page names a file or a folder of the project."""

KINDS_OF_ADDITION = {
    "an activation": "nnspec/functions/activations/",
    "an aggregation": "nnspec/functions/aggregations.py",
    "a group": "nnspec/functions/groups.py",
    "a transform": "nnspec/functions/transforms.py",
    "a diagnostic rule": "nnspec/validation/rules/",
    "a verb": "nnspec/cli/",
    "a table format": "nnspec/tables/",
    "a key of the format": "nnspec/spec/model.py",
}


def test_what_says_where_to_go_names_what_is_there():
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for text in (contributing, page("architecture.md")):
        named = NAMED.findall(text)
        assert len(named) > 20
        assert [name for name in named if not (ROOT / name).exists()] == []
    rows = dict(re.findall(r"^\| ([\w' ]+) \| (.*?) \|", contributing, re.MULTILINE))
    for kind, place in KINDS_OF_ADDITION.items():
        assert f"`{place}`" in rows[kind], kind


def test_the_architecture_s_page_names_every_room():
    """In the picture, and where a change is looked for."""
    text = page("architecture.md")
    picture = text.partition("```text")[2].partition("```")[0]
    rooms = {path.parent.name for path in (ROOT / "nnspec").glob("*/__init__.py")}
    loose = {path.name for path in (ROOT / "nnspec").glob("*.py")}
    apart = {"__init__.py", "__main__.py", "pytest_plugin.py"}
    assert [room for room in sorted(rooms) if f"{room}/" not in picture] == []
    assert [name for name in sorted(loose - apart) if name not in picture] == []
    assert [room for room in sorted(rooms) if f"| `nnspec/{room}/" not in text] == []


def test_figures_in_the_tutorial_are_those_that_the_specs_state():
    """The specs' own figures are computed again by test_specs_figures.py."""
    row = r"^\| `(property-[a-z-]+)`.*\| ([0-9.]+) \| ([0-9.]+ %) \|$"
    rows = re.findall(row, page("tutorial.md"), re.MULTILINE)
    assert len(rows) == 4
    for name, r2, error in rows:
        text = " ".join((ROOT / "specs" / f"{name}.yaml").read_text().split())
        assert f"R2 is {r2} and the median absolute percentage error {error}" in text


WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def test_the_install_page_counts_the_libraries_and_lists_the_extras():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = page("install.md")
    assert f"[{WORDS[len(project['dependencies']) - 1]}\nlibraries](dependencies.md)" in text
    listed = re.findall(r"^\| `([a-z]+)` \|", text, re.MULTILINE)
    assert sorted(listed) == sorted(project["optional-dependencies"])


def test_the_gallery_has_every_spec_with_its_picture(tmp_path):
    copy, _ = configured(tmp_path)
    text = (copy / "reference" / "gallery.md").read_text(encoding="utf-8")
    specs = sorted((ROOT / "specs").glob("*.yaml"))
    assert re.findall(r"^`specs/(.*)`$", text, re.MULTILINE) == [path.name for path in specs]
    assert text.count("<svg ") == len(specs)


def test_examples_can_be_pasted_from_the_built_pages(tmp_path):
    """Sphinx makes no dash of two hyphens, nor curled quotes of straight ones."""
    assert configured(tmp_path)[1].smartquotes is False
