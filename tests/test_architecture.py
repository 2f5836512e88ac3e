"""The architecture, held by the machine: who imports whom, who opens files, what is loaded."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import nnspec

ROOT = Path(nnspec.__file__).parent

LAYERS: tuple[tuple[str, ...], ...] = (
    ("__main__", "pytest_plugin"),
    ("cli", "testing"),
    ("reporting",),
    ("explaining",),
    ("streaming", "spark", "comparing", "plotting"),
    ("claims",),
    ("network",),
    ("packing",),
    ("views",),
    ("evaluators", "formats"),
    ("tables",),
    ("program", "loading"),
    ("validation", "weights"),
    ("spec",),
    ("text", "functions"),
    ("diagnostics",),
)
"""Imports point downward only; the names of one line never import each other."""

DEPTH = {name: depth for depth, names in enumerate(LAYERS) for name in names}

SCHEMA_PACKAGE = "schemas"
"""The JSON Schema, which is data."""

WITHOUT_ARRAYS = (
    "diagnostics", "text", "functions", "spec", "validation", "loading", "views",
    "comparing/structure", "comparing/render",
)  # fmt: skip
"""Units that never import NumPy or polars, so that ``nnspec validate`` starts fast."""

ARRAYS = {"numpy", "polars", "pandas", "pyarrow", "scipy"}

OPENERS = ("loading", "weights", "tables", "streaming", "cli")
"""Units that may open files."""

OPENING = {
    "open", "fdopen", "read_text", "read_bytes", "write_text", "write_bytes", "mkdtemp",
    "NamedTemporaryFile", "TemporaryFile", "TemporaryDirectory", "urlopen", "mmap",
}  # fmt: skip
"""Calls that open files, or worse."""

PACKAGED = {"validation/shape/schema.py", "views/page/page.py"}
"""Modules that read what is shipped with nnspec, by importlib.resources."""

GENERATING = {"evaluators/generated/terms.py": {"exec"}}
"""Modules that run text which they wrote themselves, of names made there and numbers."""

MODULES = sorted(ROOT.rglob("*.py"))


def unit(path: Path) -> str:
    """The part of the architecture that a module belongs to."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0] if parts != ("__init__",) else "nnspec"


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a module imports, at its top, deferred or for types, with the line."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            module = str(node.module)
            if module == "nnspec":
                yield from ((f"nnspec.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield module, node.lineno


def test_every_module_has_its_place() -> None:
    units = {unit(path) for path in MODULES} - {"nnspec", SCHEMA_PACKAGE}
    assert units == set(DEPTH)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_downward(path: Path) -> None:
    own = unit(path)
    if own == "nnspec":
        return  # the public names: all of them are below it
    for module, line in imported(path):
        parts = module.split(".")
        if parts[0] != "nnspec" or len(parts) < 2:
            continue
        other = parts[1]
        if other in (own, SCHEMA_PACKAGE, "__version__"):
            continue
        assert DEPTH[other] > DEPTH[own], f"{path}:{line}: {own} imports {other}"


@pytest.mark.parametrize("name", WITHOUT_ARRAYS)
def test_what_judges_a_spec_never_imports_arrays(name: str) -> None:
    for path in MODULES:
        if path.relative_to(ROOT).as_posix().startswith((f"{name}/", f"{name}.py")):
            found = [m for m, _ in imported(path) if m.split(".")[0] in ARRAYS]
            assert found == [], path


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_edges_open_files(path: Path) -> None:
    if unit(path) in OPENERS or path.relative_to(ROOT).as_posix() in PACKAGED:
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", None))
            assert name not in OPENING, f"{path}:{node.lineno}: {name}()"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_checks_by_assert_or_runs_what_it_reads(path: Path) -> None:
    for node in ast.walk(tree(path)):
        assert not isinstance(node, ast.Assert), f"{path}:{node.lineno}: an assert"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            forbidden = {"eval", "exec", "compile", *(() if unit(path) == "cli" else ("print",))}
            forbidden -= GENERATING.get(path.relative_to(ROOT).as_posix(), set())
            assert node.func.id not in forbidden, f"{path}:{node.lineno}"


def test_no_module_loads_what_constructs_objects() -> None:
    for path in MODULES:
        modules = {module.split(".")[0] for module, _ in imported(path)}
        assert not modules & {"pickle", "marshal", "shelve", "joblib", "dill", "requests"}, path
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                loads = node.value.id == "yaml" and node.attr in {"load", "unsafe_load", "Loader"}
                assert not loads, f"{path}:{node.lineno}"


LOADED = """
import sys
from nnspec.loading import check_file
loaded = check_file(sys.argv[1])
assert loaded.spec is not None
print(" ".join(sorted({name.split(".")[0] for name in sys.modules})))
"""


def test_validating_a_spec_loads_no_arrays_and_no_tests() -> None:
    spec = Path(__file__).parent / "invalid" / "NS901" / "weight.yaml"
    run = subprocess.run(
        [sys.executable, "-c", LOADED, str(spec)], capture_output=True, text=True, check=True
    )
    loaded = set(run.stdout.split())
    assert "yaml" in loaded
    assert not loaded & {*ARRAYS, "pytest", "_pytest", "hypothesis", "click", "requests"}


def test_the_verb_validate_loads_no_arrays() -> None:
    """Through the command line too, where a verb might load what another one needs."""
    spec = ROOT.parent / "specs" / "property-valuation.yaml"
    script = (
        "import sys; from nnspec.cli import cli; "
        "cli(['validate', sys.argv[1]], standalone_mode=False); "
        "print(*sorted(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(spec)], capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in run.stdout.splitlines()[-1].split()}
    assert "yaml" in loaded
    assert not loaded & {*ARRAYS, "numba", "hypothesis", "pytest"}


def test_importing_nnspec_loads_next_to_nothing() -> None:
    script = "import sys, nnspec; print(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert not {name.split(".")[0] for name in loaded} & {*ARRAYS, "jsonschema", "yaml", "click"}
