"""What is shipped: the wheel, the metadata, the hook, the license."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from fnmatch import fnmatch
from importlib.metadata import entry_points, metadata
from pathlib import Path

import pytest
import yaml

import nnspec
from nnspec.cli import VERBS

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    """The wheel of this checkout, built without a network from a copy of what it is made of."""
    source = tmp_path_factory.mktemp("source")
    for name in ("nnspec", "schemas"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    built = tmp_path_factory.mktemp("wheel")
    build = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    run = subprocess.run(
        [sys.executable, "-c", build, built],
        cwd=source, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return zipfile.ZipFile(next(built.glob("nnspec-*.whl")))


def test_the_wheel_holds_every_module(wheel):
    """A package that pyproject.toml forgets to list is found here, not by a user."""
    here = {f"nnspec/{p.relative_to(ROOT / 'nnspec')}" for p in (ROOT / "nnspec").rglob("*.py")}
    assert here <= set(wheel.namelist())


def test_the_wheel_holds_the_schema_the_starter_and_the_marker_of_types(wheel):
    names = set(wheel.namelist())
    assert "nnspec/py.typed" in names
    schema = ROOT / "schemas" / "nnspec-1.schema.json"
    assert wheel.read("nnspec/schemas/nnspec-1.schema.json") == schema.read_bytes()
    starter = ROOT / "nnspec" / "cli" / "starter"
    files = [path for path in starter.iterdir() if path.is_file()]
    assert files
    for path in files:
        assert wheel.read(f"nnspec/cli/starter/{path.name}") == path.read_bytes()


def test_the_wheel_holds_nothing_but_nnspec(wheel):
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"nnspec", f"nnspec-{nnspec.__version__}.dist-info"}


def test_the_version_is_the_metadata_s_and_the_changelog_s():
    assert metadata("nnspec")["Version"] == nnspec.__version__
    changelog = (ROOT / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## (.*)$", changelog, re.MULTILINE)
    # Either the version is still being made, or it is the newest that is listed.
    newest = [heading for heading in headings if not heading.startswith("Unreleased")][:1]
    assert headings[0].startswith("Unreleased") or newest[0].startswith(nnspec.__version__)


def test_the_license_is_apache_2_0():
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert metadata("nnspec")["License-Expression"] == "Apache-2.0"


def test_the_hook_calls_a_verb_that_exists():
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["id"] == "nnspec-validate"
    command, verb = hook["entry"].split()
    assert command in {script.name for script in entry_points(group="console_scripts")}
    assert verb in VERBS
    assert hook["language"] == "python"
    assert re.search(hook["files"], "specs/home.nnspec.yaml")
    assert re.search(hook["files"], "home.nnspec.yml")
    assert not re.search(hook["files"], "specs/home.yaml")


def test_torch_is_the_exact_build_for_the_cpu():
    """A bare `torch` brings gigabytes of CUDA."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["optional-dependencies"]["torch"] == ["torch==2.13.0"]
    others = [d for name, extra in project["optional-dependencies"].items() if name != "torch"
              for d in extra]  # fmt: skip
    assert not [d for d in [*project["dependencies"], *others] if d.startswith("torch")]


def test_every_dependency_has_its_reason_in_the_docs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    page = (ROOT / "docs" / "dependencies.md").read_text().casefold()
    spelt = {"myst-parser": "myst", "types-jsonschema": "types", "types-pyyaml": "types"}
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(one for extra in extras for one in extra)]
    names = [re.match(r"[A-Za-z0-9-]+", requirement)[0].casefold() for requirement in wanted]
    assert [name for name in names if spelt.get(name, name) not in page] == []


TOP_LEVEL = {
    ".ci", ".gitignore", ".pre-commit-hooks.yaml", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE",
    "README.md", "benchmarks", "docs", "nnspec", "pyproject.toml", "schemas", "specs", "tests",
}  # fmt: skip


def test_the_top_level_is_what_it_is_meant_to_be():
    """What is not ignored, that is: what belongs to the project."""
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text().split()]
    found = {path.name for path in ROOT.iterdir() if path.name != ".git"}
    assert {name for name in found if not any(fnmatch(name, one) for one in ignored)} <= TOP_LEVEL
