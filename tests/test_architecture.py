"""The architecture, held by the machine: who imports whom, who opens files, what is loaded."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

import nnspec
from nnspec.cli import VERBS
from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.functions.groups import GROUPS
from nnspec.functions.transforms import TRANSFORMS

ROOT = Path(nnspec.__file__).parent

LAYERS: tuple[tuple[str, ...], ...] = (
    ("__main__", "pytest_plugin"),
    ("cli", "testing"),
    ("reporting",),
    ("explaining",),
    ("streaming", "spark", "comparing", "plotting", "proving"),
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

LOOSE = {"__init__", "__main__", "loading", "network", "pytest_plugin", "streaming"}
"""The modules that stand at the root; everything else has a room."""

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

MOST_FILES = 20
"""Modules that one folder holds at most."""

LISTING = {"testing/strategies/pieces.py"}
"""Modules that still list functions by name; none is added."""

PRIMITIVES = {
    "evaluators/generated/columns.py",
    "evaluators/generated/source.py",
    "formats/sql/bounds.py",
    "formats/sql/words.py",
    "formats/sql/written.py",
}
"""Modules that write the primitives of expressions, some of which are named as functions are."""

MODULES = sorted(ROOT.rglob("*.py"))


def unit(path: Path) -> str:
    """The part of the architecture that a module belongs to."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0] if parts != ("__init__",) else "nnspec"


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT).as_posix()}:{getattr(node, 'lineno', 0)}"


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imported(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """Every module that a module imports, at its top, deferred or for types."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{place(path, node)}: a relative import"
            module = str(node.module)
            if module == "nnspec":
                yield from ((f"nnspec.{alias.name}", node) for alias in node.names)
            else:
                yield module, node


# -- where things stand ---------------------------------------------------------------------------


def test_every_module_has_its_place() -> None:
    assert {unit(path) for path in MODULES} - {"nnspec", SCHEMA_PACKAGE} == set(DEPTH)
    assert {path.stem for path in ROOT.glob("*.py")} <= LOOSE


def test_a_folder_can_be_taken_in_at_a_glance() -> None:
    counts = Counter(path.parent.relative_to(ROOT).as_posix() for path in MODULES)
    counts["cli"] -= len(VERBS)  # one file for each verb
    assert {folder: n for folder, n in counts.items() if n > MOST_FILES} == {}


# -- who imports whom -----------------------------------------------------------------------------


def test_imports_point_downward() -> None:
    found = []
    for path in MODULES:
        own = unit(path)
        if own == "nnspec":
            continue  # the public names: all of them are below it
        for module, node in imported(path):
            parts = module.split(".")
            if parts[0] != "nnspec" or len(parts) < 2:
                continue
            other = parts[1]
            if other in (own, SCHEMA_PACKAGE, "__version__"):
                continue
            if DEPTH[other] <= DEPTH[own]:
                found.append(f"{place(path, node)}: {own} imports {other}")
    assert found == []


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def module_edges() -> dict[str, set[str]]:
    """Which module imports which, whether at its top, in a function or for types alone."""
    known = {module_name(path) for path in MODULES}
    edges: dict[str, set[str]] = defaultdict(set)
    for path in MODULES:
        own = module_name(path)
        for node in nodes(path):
            if isinstance(node, ast.ImportFrom):
                module = str(node.module)
                named = (f"{module}.{alias.name}" for alias in node.names)
                edges[own] |= {name if name in known else module for name in named} & known
            elif isinstance(node, ast.Import):
                edges[own] |= {alias.name for alias in node.names} & known
        edges[own].discard(own)
    return edges


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """What imports itself by way of others: the sets of modules that all reach each other."""

    def reached(start: str) -> set[str]:
        seen, waiting = set(), [start]
        while waiting:
            for other in edges.get(waiting.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return seen

    reach = {name: reached(name) for name in edges}
    found = {
        frozenset(o for o in reach[n] if n in reach.get(o, ())) for n in edges if n in reach[n]
    }
    return sorted(sorted(circle) for circle in found)


def test_a_circle_is_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == [["b", "c"]]


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(module_edges()) == []


# -- one meaning, one place -----------------------------------------------------------------------


def test_a_class_name_means_one_thing() -> None:
    defined: dict[str, list[str]] = defaultdict(list)
    for path in MODULES:
        for node in nodes(path):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                defined[node.name].append(place(path, node))
    assert {name: places for name, places in defined.items() if len(places) > 1} == {}


NAMES = {*ACTIVATIONS, *AGGREGATIONS, *GROUPS, *TRANSFORMS}


def listed(node: ast.AST) -> set[str]:
    """The functions' names that a tuple, list, set or map's keys hold."""
    entries: Iterable[ast.expr | None] = ()
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        entries = node.elts
    elif isinstance(node, ast.Dict):
        entries = node.keys
    return {e.value for e in entries if isinstance(e, ast.Constant) and e.value in NAMES}


def test_no_list_of_functions_names_outside_their_records() -> None:
    """What a function is like, its traits say; a list of names misses the one that is added."""
    found = defaultdict(list)
    for path in MODULES:
        if unit(path) != "functions":
            for node in nodes(path):
                if len(listed(node)) > 1:
                    found[path.relative_to(ROOT).as_posix()].append(place(path, node))
    assert {
        path: places for path, places in found.items() if path not in LISTING | PRIMITIVES
    } == {}


# -- what is never done ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", WITHOUT_ARRAYS)
def test_what_judges_a_spec_never_imports_arrays(name: str) -> None:
    found = [
        place(path, node)
        for path in MODULES
        if path.relative_to(ROOT).as_posix().startswith((f"{name}/", f"{name}.py"))
        for module, node in imported(path)
        if module.split(".")[0] in ARRAYS
    ]
    assert found == []


def called(node: ast.AST) -> str | None:
    if not isinstance(node, ast.Call):
        return None
    return getattr(node.func, "id", getattr(node.func, "attr", None))


def test_only_the_edges_open_files() -> None:
    found = [
        f"{place(path, node)}: {called(node)}()"
        for path in MODULES
        if unit(path) not in OPENERS and path.relative_to(ROOT).as_posix() not in PACKAGED
        for node in nodes(path)
        if called(node) in OPENING
    ]
    assert found == []


def test_nothing_checks_by_assert() -> None:
    found = [place(path, n) for path in MODULES for n in nodes(path) if isinstance(n, ast.Assert)]
    assert found == []


def test_nothing_runs_what_it_reads_or_prints_but_the_edge() -> None:
    found = []
    for path in MODULES:
        forbidden = {"eval", "exec", "compile", *(() if unit(path) == "cli" else ("print",))}
        forbidden -= GENERATING.get(path.relative_to(ROOT).as_posix(), set())
        for node in nodes(path):
            if getattr(getattr(node, "func", None), "id", None) in forbidden:
                found.append(place(path, node))
    assert found == []


def test_no_module_loads_what_constructs_objects() -> None:
    for path in MODULES:
        modules = {module.split(".")[0] for module, _ in imported(path)}
        assert not modules & {"pickle", "marshal", "shelve", "joblib", "dill", "requests"}, path
        for node in nodes(path):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                loads = node.value.id == "yaml" and node.attr in {"load", "unsafe_load", "Loader"}
                assert not loads, place(path, node)


# -- what is loaded -------------------------------------------------------------------------------

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


def test_the_verb_eval_loads_the_engine_and_tables_alone() -> None:
    """Ten rows are valued before the rooms of claims, explanations and pictures would be loaded."""
    specs = ROOT.parent / "specs"
    script = (
        "import sys; from nnspec.cli import cli; "
        "cli(['eval', *sys.argv[1:], '-q'], standalone_mode=False); "
        "print(*sorted(sys.modules))"
    )
    table = [str(specs / "xor.yaml"), str(specs / "data" / "xor.csv")]
    run = subprocess.run(
        [sys.executable, "-c", script, *table], capture_output=True, text=True, check=True
    )
    rooms = {name.split(".")[1] for name in run.stdout.splitlines()[-1].split()
             if name.startswith("nnspec.")}  # fmt: skip
    assert {"program", "evaluators", "tables"} <= rooms
    assert not rooms & {
        "claims",
        "explaining",
        "comparing",
        "views",
        "proving",
        "testing",
        "plotting",
    }


def test_importing_nnspec_loads_next_to_nothing() -> None:
    script = "import sys, nnspec; print(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert not {name.split(".")[0] for name in loaded} & {*ARRAYS, "jsonschema", "yaml", "click"}
