"""Every case of the conformance suite, through the command line and each evaluator by itself."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from work_out import HERE, folders, worked_out

from nnspec.cli import cli
from nnspec.evaluators.generated.columns import column_function
from nnspec.evaluators.generated.row import row_function
from nnspec.evaluators.reference import evaluate_row
from nnspec.loading import check_file
from nnspec.network import Network, load
from nnspec.spec.model import Input
from nnspec.tables.cells.cell import Kind, read_cell
from nnspec.tables.cells.numbers import Refusal

VALUED = folders()
REFUSED = sorted(path.parent for path in HERE.glob("*/*/expected.json"))

Row = dict[str, float]


def name_of(folder: Path) -> str:
    return folder.relative_to(HERE).as_posix()


@cache
def about(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "case.json").read_text(encoding="utf-8"))


@cache
def network(folder: Path) -> Network:
    return load(folder / "spec.yaml")


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def expected(folder: Path) -> list[Row | None]:
    """Each row's values by neuron, in order; None for a bad row."""
    rows = table(folder / "expected.csv")
    assert [int(row.pop("row")) for row in rows] == list(range(1, len(rows) + 1))
    return [
        {name: float(text) for name, text in row.items()} if any(row.values()) else None
        for row in rows
    ]


def cells(folder: Path) -> list[Row | None]:
    """What each input reads of each row, a category as its index; None where one cannot."""
    kind: Kind = "text"
    if (folder / "input.csv").exists():
        given: list[Any] = table(folder / "input.csv")
    else:
        kind, given = "typed", json.loads((folder / "input.json").read_text(encoding="utf-8"))

    def read_of(one: Input, cell: Any) -> Any:
        return read_cell(one, None if cell == "" else cell, kind)

    inputs = network(folder).spec.inputs
    read = [{one.name: read_of(one, row[one.column_name]) for one in inputs} for row in given]
    return [
        None if any(isinstance(cell, Refusal) for cell in row.values()) else row for row in read
    ]


def assert_values(folder: Path, found: list[Row | None], neurons: list[str] | None = None) -> None:
    """The same rows are bad, and the others have the same numbers, as near as the case says."""
    wanted, within = expected(folder), about(folder)["within"]
    assert len(found) == len(wanted)
    for number, (own, right) in enumerate(zip(found, wanted, strict=True), start=1):
        assert (own is None) == (right is None), f"row {number}: {own}, not {right}"
        if own is None or right is None:
            continue
        assert list(own) == (list(right) if neurons is None else neurons)
        for name, value in own.items():
            near = abs(value - right[name]) <= within * abs(right[name])
            assert near, f"row {number}, {name}: {value!r}, not {right[name]!r}"


# -- the suite itself -----------------------------------------------------------------------------


def test_there_are_cases_of_everything() -> None:
    assert len(VALUED) + len(REFUSED) >= 40
    assert {path.parent for path in HERE.glob("*/*/spec.yaml")} == {*VALUED, *REFUSED}


@pytest.mark.parametrize("folder", VALUED, ids=name_of)
def test_expected_values_are_worked_out_without_nnspec(folder: Path) -> None:
    assert (folder / "expected.csv").read_text(encoding="utf-8") == worked_out(folder)


# -- what nnspec makes of it ----------------------------------------------------------------------


@pytest.mark.parametrize("folder", VALUED, ids=name_of)
def test_the_command_line_gives_what_is_expected(folder: Path, tmp_path: Path) -> None:
    given = folder / "input.csv"
    if (folder / "input.json").exists():
        rows = json.loads((folder / "input.json").read_text(encoding="utf-8"))
        given = tmp_path / "input.ndjson"
        given.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    out = tmp_path / "out.ndjson"
    arguments = ["eval", str(folder / "spec.yaml"), str(given), "-q", "-o", str(out)]
    more = ["--neurons", "all", "--on-error", "null"]
    assert not cli.main([*arguments, *more], standalone_mode=False)
    lines = out.read_text(encoding="utf-8").splitlines()
    found = [None if None in row.values() else row for row in map(json.loads, lines)]
    outputs = network(folder).outputs
    hidden = [name for name in network(folder).neurons if name not in outputs]
    assert_values(folder, found, [*hidden, *outputs])
    if "outputs" in about(folder):
        assert list(network(folder).outputs) == about(folder)["outputs"]


def good(folder: Path) -> tuple[list[int], list[Row]]:
    read = cells(folder)
    rows = [number for number, row in enumerate(read) if row is not None]
    return rows, [row for row in read if row is not None]


def spread(folder: Path, rows: list[int], found: list[Row | None]) -> list[Row | None]:
    """What was found of some rows, among all."""
    by_number = dict(zip(rows, found, strict=True))
    return [by_number.get(number) for number in range(len(cells(folder)))]


def as_given(folder: Path, row: Row) -> dict[str, Any]:
    """A row with categories as their values."""
    return {
        one.name: one.categories[int(row[one.name])] if one.type == "category" else row[one.name]
        for one in network(folder).spec.inputs
    }


@pytest.mark.parametrize("folder", VALUED, ids=name_of)
def test_the_reference_evaluator_gives_it(folder: Path) -> None:
    found: list[Row | None] = []
    rows, read = good(folder)
    for row in read:
        valuation = evaluate_row(network(folder).spec, as_given(folder, row))
        values = {name: valuation.outputs[name] for name in network(folder).neurons}
        found.append(values if valuation.not_finite() is None else None)
    assert_values(folder, spread(folder, rows, found))


def columns(folder: Path, read: list[Row]) -> dict[str, np.ndarray]:
    names = [one.name for one in network(folder).spec.inputs]
    return {name: np.array([row[name] for row in read], dtype=np.float64) for name in names}


def rows_of(values: Mapping[str, np.ndarray], bad: np.ndarray) -> list[Row | None]:
    return [
        None if is_bad else {name: float(column[i]) for name, column in values.items()}
        for i, is_bad in enumerate(bad.tolist())
    ]


@pytest.mark.parametrize("folder", VALUED, ids=name_of)
def test_arrays_give_it(folder: Path) -> None:
    rows, read = good(folder)
    one = network(folder)
    found = one.evaluator().evaluate(columns(folder, read), one.neurons)
    assert_values(folder, spread(folder, rows, rows_of(found.values, found.bad)))


@pytest.mark.parametrize("folder", VALUED, ids=name_of)
def test_generated_code_gives_it(folder: Path) -> None:
    """Of whole columns, and of one row, which has its outputs alone."""
    rows, read = good(folder)
    one = network(folder)
    of_columns, of_row = column_function(one.compiled), row_function(one.compiled)
    assert of_columns is not None
    assert of_row is not None
    found = of_columns.evaluate(columns(folder, read), one.neurons, one.evaluator)
    assert_values(folder, spread(folder, rows, rows_of(found.values, found.bad)))
    within, wanted = about(folder)["within"], expected(folder)
    for number, row in zip(rows, read, strict=True):
        value, right = of_row(as_given(folder, row)), wanted[number]
        if value is None:  # left to the general path, as every bad row is
            continue
        assert right is not None
        for name, own in (value if isinstance(value, dict) else {one.outputs[0]: value}).items():
            assert abs(own - right[name]) <= within * abs(right[name])


@pytest.mark.parametrize("folder", REFUSED, ids=name_of)
def test_what_is_no_spec_is_refused_at_its_places(folder: Path) -> None:
    found = check_file(folder / "spec.yaml").diagnostics
    wanted = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    assert [
        {"code": d.code, "line": d.span.line, "column": d.span.column} for d in found if d.span
    ] == wanted
