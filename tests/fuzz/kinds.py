"""What is tried: damaged specs, tables and weight files, and every verb, each with its oracle.

An oracle is an independent reading: the second implementation of ``tests/conformance`` for specs
and weights, Python's own ``csv`` and ``json``, and pyarrow for tables. A verb may always refuse;
what it accepts must be what the other reads.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz.mutations import mutate, mutate_bytes
from tests.fuzz.worker import CPU_SECONDS, Outcome

ROOT = Path(__file__).parent.parent.parent
CONFORMANCE = ROOT / "tests" / "conformance"

Files = dict[str, bytes]
Judge = Callable[[Files, Path, list[Outcome]], str | None]
"""What is wrong with the outcomes of a case's commands, or None."""


@dataclass(frozen=True)
class Case:
    """Files, the commands to run beside them, and what else must hold of how they end."""

    kind: str
    files: Files
    commands: list[list[str]]
    damaged: str
    judge: Judge = field(default=lambda *_: None)

    @property
    def seconds(self) -> float:
        slow = {"test", "report", "plot", "page"}  # a budget of their own, and matplotlib's
        return 15.0 if any(command[0] in slow for command in self.commands) else CPU_SECONDS


def unexpected(command: list[str], outcome: Outcome) -> str | None:
    """What no command may do, whatever it is given."""
    said = outcome.err.decode(errors="replace")
    if outcome.hung or "HungError" in said:  # raised where exceptions are ignored, it goes on
        return f"hangs: {_last_place(said)}"
    if outcome.status < 0 or outcome.status >= 128:
        return f"ended by signal or abort, status {outcome.status}"
    if "Traceback (most recent call last)" in said:
        return f"a traceback: {said.strip().splitlines()[-1][:200]} {_last_place(said)}"
    allowed = {0, 1, 2, 5} if command[0] == "test" else {0, 1, 2}
    if outcome.status not in allowed:
        return f"status {outcome.status}"
    if outcome.status and not (said.strip() or outcome.out.strip()):
        return f"status {outcome.status} without a word"
    return None


def _last_place(said: str) -> str:
    places = re.findall(r'File ".*?/(nnspec/[^"]+)", line (\d+)', said)
    return "at {}:{}".format(*places[-1]) if places else ""


# -- the second implementation --------------------------------------------------------------------


@cache
def second() -> Any:
    sys.path.insert(0, str(CONFORMANCE))
    import work_out

    return work_out


def values_by_the_format(folder: Path) -> list[dict[str, float] | None] | None:
    """What the second implementation gives of ``spec.yaml`` and its table; None if it cannot."""
    try:
        rows = list(csv.DictReader(io.StringIO(second().worked_out(folder))))
    except Exception:
        return None
    found: list[dict[str, float] | None] = []
    for row in rows:
        row.pop("row")
        found.append({k: float(v) for k, v in row.items()} if any(row.values()) else None)
    return found


def agrees_with_the_format(files: Files, folder: Path, outcomes: list[Outcome]) -> str | None:
    """Values that a verb gave are the second implementation's."""
    if outcomes[-1].status:
        return None
    wanted = values_by_the_format(folder)
    if wanted is None:
        return None
    found = [json.loads(line) for line in outcomes[-1].out.splitlines()]
    if len(found) != len(wanted):
        return f"{len(found)} rows, not {len(wanted)}"
    # What cancels in one row is rounded as others are: a rescaling from 1e308 to -1 ends at 0.
    scale = max((abs(v) for row in wanted for v in (row or {}).values()), default=0.0)
    rounded = 1e-15 * largest_knot(files["spec.yaml"]) + 1e-300
    for number, (own, right) in enumerate(zip(found, wanted, strict=True), start=1):
        bad = any(value is None for value in own.values())
        if bad != (right is None):
            return f"row {number} is {'bad' if bad else 'good'}, by the format it is not"
        for name, value in ({} if right is None else own).items():
            if name not in right or abs(value - right[name]) > 1e-9 * scale + rounded:
                return f"row {number}, {name}: {value!r}, by the format {right.get(name)!r}"
    return None


def largest_knot(spec: bytes) -> float:
    """The largest number of a spec's straight pieces, as which what they give near 0 is rounded."""
    pieces = re.findall(rb"knots:\s*(\[(?:[^\[\]]|\[[^\[\]]*\])*\])", spec)
    numbers = re.findall(rb"\d+\.?\d*(?:[eE][-+]?\d+)?", b" ".join(pieces))
    return max(map(float, numbers), default=0.0)


VALUES = ["--neurons", "all", "--on-error", "null", "--on-range", "ignore", "-q"]
ALL_VALUES = [*VALUES, "--output-format", "ndjson"]


@cache
def seeds() -> list[Path]:
    """Specs to begin with: the conformance suite's, small shipped ones, broken ones."""
    shipped = [path for path in (ROOT / "specs").glob("*.yaml") if path.stat().st_size < 6000]
    broken = list((ROOT / "tests" / "invalid").glob("*/*.yaml"))
    return sorted([*CONFORMANCE.glob("*/*/spec.yaml"), *shipped, *broken])


@cache
def valued() -> list[Path]:
    return [path.parent for path in seeds() if (path.parent / "input.csv").exists()]


def files_of(folder: Path) -> Files:
    skipped = {"case.json", "expected.csv", "expected.json"}
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name not in skipped
    }


def spec_case(rng: Random) -> Case:
    if rng.random() < 0.6:
        files = files_of(rng.choice(valued()))
        commands = [["eval", "spec.yaml", "input.csv", *ALL_VALUES]]
        judge: Judge = agrees_with_the_format
    else:
        files = {"spec.yaml": rng.choice(seeds()).read_bytes()}
        commands, judge = [["validate", "spec.yaml", "--format", "json"]], validate_says
    files["spec.yaml"] = mutate(files["spec.yaml"], rng)
    return Case("spec", files, commands, "spec.yaml", judge)


def validate_says(files: Files, folder: Path, outcomes: list[Outcome]) -> str | None:
    """Its report is JSON, and names an error exactly where the status does."""
    report = json.loads(outcomes[0].out)
    errors = '"severity": "error"' in json.dumps(report)
    if errors != (outcomes[0].status == 1):
        return f"status {outcomes[0].status}, errors {errors}"
    return None


def weights_case(rng: Random) -> Case:
    files = files_of(rng.choice(sorted((CONFORMANCE / "files").iterdir())))
    name = next(name for name in files if name.startswith("w."))
    files[name] = mutate_bytes(files[name], rng)
    return Case("weights", files, [["eval", "spec.yaml", "input.csv", *ALL_VALUES]], name, library)


def library(files: Files, folder: Path, outcomes: list[Outcome]) -> str | None:
    """What nnspec takes for weights, the format's own library takes too."""
    import numpy as np
    from safetensors.numpy import load

    if outcomes[-1].status:
        return None
    try:
        if "w.npy" in files:
            np.load(io.BytesIO(files["w.npy"]), allow_pickle=False)
        elif b"BF16" not in files["w.safetensors"]:
            load(files["w.safetensors"])
    except Exception as error:
        return f"accepted, but its library refuses it: {type(error).__name__}"
    return agrees_with_the_format(files, folder, outcomes)


# -- tables ---------------------------------------------------------------------------------------

IDENTITY = b"""nnspec: 1
name: identity
inputs:
  x: {}
  n: {type: integer}
  c: {type: category, categories: [p, q, "1"]}
layers:
  - name: output
    neurons:
      x-out: {synapses: {x: 1}}
      n-out: {synapses: {n: 1}}
      c-out: {synapses: {c.q: 1, c.1: 2}}
"""

Row = tuple[float | None, float | None, float | None]
NOTHING: Row = (None, None, None)


def drawn_rows(rng: Random) -> list[tuple[Any, int, str]]:
    numbers = [0.0, 1.0, -1.5, 0.1, 1e300, 5e-324, 123456.789, -7.0]
    return [
        (rng.choice(numbers), rng.choice([0, 3, -7, 2**40]), rng.choice("pq1"))
        for _ in range(rng.randrange(1, 6))
    ]


def as_row(x: float | None, n: float | None, c: float | None) -> Row:
    good = x is not None and n is not None and c is not None
    # A pre-activation is never -0.0.
    return (x + 0.0, n + 0.0, c) if good and all(map(math.isfinite, (x, n))) else NOTHING


def number(cell: Any) -> float | None:
    if isinstance(cell, str):
        text = cell.strip(" \t")
        return (
            second().nearest(second().number_of(text)) if second().NUMBER.fullmatch(text) else None
        )
    return float(cell) if isinstance(cell, int | float | Decimal) and cell is not True else None


def whole(cell: Any) -> float | None:
    """A whole number that a double holds."""
    found = number(cell)
    if found is None or not math.isfinite(found) or found != int(found):
        return None
    exact = second().number_of(cell.strip(" \t")) if isinstance(cell, str) else cell
    return found if exact == second().Fraction(found) else None


CODES = {"p": 0.0, "q": 1.0, "1": 2.0}


def category(cell: Any) -> float | None:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        cell = "1" if cell == 1 else None
    return CODES.get(cell) if isinstance(cell, str) else None


def same_rows(found: list[Row], wanted: list[Row]) -> bool:
    return [repr(row) for row in found] == [repr(row) for row in wanted]


def given(outcome: Outcome) -> list[Row]:
    rows = [json.loads(line) for line in outcome.out.splitlines()]
    return [(row["x-out"], row["n-out"], row["c-out"]) for row in rows]


def csv_rows(content: bytes) -> Iterator[Row]:
    text = content.decode("utf-8-sig")
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    for row in reader:
        yield as_row(number(row["x"]), whole(row["n"]), category(row["c"]))


def ndjson_rows(content: bytes) -> Iterator[Row]:
    for line in content.decode("utf-8-sig").split("\n"):
        if line.strip():
            row: Mapping[str, Any] = json.loads(line)
            number_or_none = [None if isinstance(row.get(k), str) else row.get(k) for k in "xn"]
            x, n = number(number_or_none[0]), whole(number_or_none[1])
            yield as_row(x, n, category(row.get("c")))


def arrow_rows(table: Any) -> Iterator[Row]:
    table.validate(full=True)
    for row in table.select(["x", "n", "c"]).to_pylist():
        yield as_row(number(row["x"]), whole(row["n"]), category(row["c"]))


def parquet_rows(content: bytes) -> Iterator[Row]:
    import pyarrow.parquet as pq

    return arrow_rows(pq.read_table(io.BytesIO(content), page_checksum_verification=True))


def ipc_rows(content: bytes) -> Iterator[Row]:
    import pyarrow as pa

    return arrow_rows(pa.ipc.open_file(io.BytesIO(content)).read_all())


READERS: dict[str, Callable[[bytes], Iterator[Row]]] = {
    "csv": csv_rows, "ndjson": ndjson_rows, "parquet": parquet_rows, "arrow": ipc_rows,
}  # fmt: skip


def written(kind: str, rows: list[tuple[Any, int, str]], rng: Random) -> bytes:
    if kind == "csv":
        lines = ["x,n,c", *(f"{x!r},{n},{c}" for x, n, c in rows)]
        return "".join(line + rng.choice(["\n", "\n", "\r\n"]) for line in lines).encode()
    if kind == "ndjson":
        return "".join(json.dumps({"x": x, "n": n, "c": c}) + "\n" for x, n, c in rows).encode()
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = list(zip(*rows, strict=True))
    table = pa.table({"x": columns[0], "n": columns[1], "c": pa.array(columns[2], pa.string())})
    out = io.BytesIO()
    if kind == "parquet":
        pq.write_table(
            table, out, compression=rng.choice(["none", "snappy", "zstd"]), row_group_size=2,
            write_page_checksum=rng.random() < 0.5, use_dictionary=rng.random() < 0.5,
        )  # fmt: skip
    else:
        with pa.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table, max_chunksize=2)
    return out.getvalue()


def found_in_part(kind: str, found: list[Row], content: bytes, changed: bytes) -> bool:
    """Whether the other reader finds the rows once some of several changes are undone.

    Those concern what nobody needs, such as statistics; the others changed a value unseen.
    """
    places = [i for i, (a, b) in enumerate(zip(content, changed, strict=False)) if a != b]
    if len(content) != len(changed) or len(places) > 4:
        return False
    for undone in product([False, True], repeat=len(places)):
        tried = bytearray(changed)
        for place, undo in zip(places, undone, strict=True):
            tried[place] = content[place] if undo else changed[place]
        with suppress(Exception):
            if same_rows(found, list(READERS[kind](bytes(tried)))):
                return True
    return False


def table_case(rng: Random) -> Case:
    kind = rng.choice(["csv", "ndjson", "parquet", "arrow", "arrow"])
    rows = drawn_rows(rng)
    content = written(kind, rows, rng)
    original = [as_row(x, float(n), CODES[c]) for x, n, c in rows]
    changed = (mutate_bytes if kind in ("parquet", "arrow") else mutate)(content, rng)
    name = f"table.{kind}"

    def judge(files: Files, folder: Path, outcomes: list[Outcome]) -> str | None:
        if outcomes[-1].status:
            return None
        found = given(outcomes[-1])
        if kind in ("parquet", "arrow") and same_rows(found, original):
            return None  # what was damaged says nothing of the values
        try:
            wanted = list(READERS[kind](files[name]))
        except Exception as error:
            if kind in ("parquet", "arrow") and found_in_part(kind, found, content, files[name]):
                return None
            return f"{kind}: accepted, but {type(error).__name__} for the other reader: {found}"
        return None if same_rows(found, wanted) else f"{kind}: {found}, the other reads {wanted}"

    commands = [["eval", "spec.yaml", name, *ALL_VALUES]]
    return Case(kind, {"spec.yaml": IDENTITY, name: changed}, commands, name, judge)


# -- verbs ----------------------------------------------------------------------------------------

VERBS: tuple[tuple[str, ...], ...] = (
    ("show", "spec.yaml"), ("show", "spec.yaml", "--matrices"), ("draw", "spec.yaml"),
    ("draw", "spec.yaml", "-o", "out.dot"), ("draw", "spec.yaml", "-o", "out.html"),
    ("page", "spec.yaml", "-o", "out.html"),
    ("page", "spec.yaml", "--data", "input.csv", "-o", "out.html"),
    ("sql", "spec.yaml", "--dialect", "duckdb"), ("sql", "spec.yaml", "--dialect", "postgres"),
    ("explain", "spec.yaml"), ("explain", "spec.yaml", "input.csv"),
    ("explain", "spec.yaml", "--format", "json"), ("test", "spec.yaml", "--max-examples", "20"),
    ("diff", "spec.yaml", "other.yaml"), ("diff", "spec.yaml", "other.yaml", "--format", "json"),
    ("pack", "spec.yaml", "-o", "packed.yaml", "--min", "1"),
    ("unpack", "spec.yaml", "-o", "whole.yaml"),
    ("eval", "spec.yaml", "input.csv", "--pre-activations"), ("validate", "spec.yaml", "--strict"),
    ("eval", "spec.yaml", "input.csv", "--keep", "all", "--on-error", "skip"),
)  # fmt: skip


def verb_case(rng: Random) -> Case:
    files = files_of(rng.choice(valued()))
    files["other.yaml"] = mutate(files["spec.yaml"], rng)
    if rng.random() < 0.7:
        files["spec.yaml"] = mutate(files["spec.yaml"], rng)
    if rng.random() < 0.3:
        files["input.csv"] = mutate(files["input.csv"], rng)
    command = list(rng.choice(VERBS))
    if rng.random() < 0.1:
        at = rng.randrange(1, len(command) + 1)
        odd = ["", "-", "--", "--format", "--limit", "depth=0", "nodes=-1", "\0", "é", "--help"]
        command.insert(at, rng.choice(odd).replace("\0", "x" * 300))
    damaged = "other.yaml" if command[0] == "diff" else "spec.yaml"
    return Case("verb", files, [command], damaged)


KINDS: tuple[Callable[[Random], Case], ...] = (
    spec_case, spec_case, table_case, table_case, weights_case, verb_case, verb_case,
)  # fmt: skip
