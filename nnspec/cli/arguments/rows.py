"""The rows that options name: one, as ``--given area=2000,…`` or ``--row 17``, or a whole table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from nnspec.cli.arguments.tables import UserTable
from nnspec.diagnostics import CannotError
from nnspec.diagnostics.suggestions import counted, did_you_mean, listed, quote
from nnspec.evaluators.reference import evaluate_row
from nnspec.spec.inputs import cell_of
from nnspec.spec.model import NetworkSpec, Value
from nnspec.tables.cells.binding import bind
from nnspec.tables.cells.cell import Kind, clipped_row, outside_faults, read_cell, read_row
from nnspec.tables.cells.numbers import Refusal
from nnspec.tables.errors import DataError, data_error, shown
from nnspec.tables.source import Selection

Row = dict[str, Value]


def row_values(
    spec: NetworkSpec, given: str | None, data: UserTable | None, row: int | None
) -> dict[str, float]:
    """What every unit of a network is for the row that options name, inputs in the table's units.

    Raises
    ------
    CannotError
        If they name no row, or two.
    DataError
        If a cell of the row is none that its input can take.
    """
    found = asked_row(spec, given, data, row)
    raw = {name: float(value) for name, value in found.items() if not isinstance(value, str)}
    return {**evaluate_row(spec, found).outputs, **raw}


def asked_row(
    spec: NetworkSpec, given: str | None, data: UserTable | None, row: int | None,
    *, on_range: str = "warn",
) -> Row:  # fmt: skip
    """The row that options name, its values outside declared ranges treated as asked.

    Raises
    ------
    CannotError
        If they name no row, or two, or it cannot be had as ``on_range`` asks.
    DataError
        If a cell of the row is none that its input can take, or lies outside its range where that
        fails.
    """
    if given is not None and row is not None:
        raise CannotError("--given is a row already; leave out --row")
    if given is not None:
        return within_ranges(spec, given_row(spec, given), on_range)
    if data is None or row is None:
        raise CannotError("--row is a row of a table: name the table after the spec")
    return within_ranges(spec, table_row(spec, data, row), on_range, row)


def within_ranges(spec: NetworkSpec, row: Row, policy: str, number: int = 1) -> Row:
    """A row, its values outside declared ranges treated as ``--on-range`` says."""
    faults = list(outside_faults(spec.inputs, row, number))
    if not faults or policy == "ignore":
        return row
    if policy == "fail":
        raise data_error(faults, len(faults))
    if policy == "null":
        raise CannotError("--on-range null empties rows of a table, and this is one row")
    done = "moved to the ends of their ranges" if policy == "clip" else "valued all the same"
    click.echo(f"nnspec: outside the declared ranges, {done}:", err=True)
    for fault in faults:
        click.echo(f"  {fault.column}: {quote(fault.value)} {fault.reason}", err=True)
    return clipped_row(spec.inputs, row) if policy == "clip" else row


def given_row(spec: NetworkSpec, text: str, option: str = "--given") -> Row:
    """The row of an option: ``name=value`` pairs, or JSON; an input left out has its stand-in.

    Raises
    ------
    CannotError
        If it names what is no input, lacks some, or has values that inputs cannot take; it says
        all of them.
    """
    cells, kind = given_cells(spec, text, option)
    row: Row = {}
    refused: list[str] = []
    for item in spec.inputs:
        number = read_cell(item, cells.get(item.name), kind)
        if isinstance(number, Refusal):
            help_ = f" ({number.help})" if number.help else ""
            refused.append(f"{item.name}: {quote(shown(cells[item.name]))} {number.reason}{help_}")
        else:
            row[item.name] = cell_of(item, number)
    if refused:
        raise CannotError(f"{option}: {'; '.join(refused)}")
    return row


def given_cells(spec: NetworkSpec, text: str, option: str) -> tuple[dict[str, Any], Kind]:
    """The cells of an option, by input, and whether they are text to be read or have types.

    Raises
    ------
    CannotError
        If it names what is no input, or lacks inputs that have no stand-in: it names them all.
    """
    kind: Kind = "typed" if text.lstrip().startswith("{") else "text"
    cells = parsed_row(spec, text, option) if kind == "typed" else _pairs(spec, text, option)
    lacking = [
        one.name for one in spec.inputs if cells.get(one.name) is None and one.missing is None
    ]
    if lacking:
        raise CannotError(
            f"{option} lacks {listed(lacking)}: {spec.name} needs a value for each input that has "
            "no stand-in"
        )
    return cells, kind


def _pairs(spec: NetworkSpec, text: str, option: str) -> dict[str, Any]:
    cells: dict[str, str] = {}
    for pair in text.split(","):
        name, separator, value = pair.partition("=")
        if not separator:
            raise CannotError(f"{quote(pair)} is no NAME=VALUE, such as area=2000,bedrooms=3")
        if name.strip() in cells:
            raise CannotError(f"{option} names {quote(name.strip())} twice")
        cells[name.strip()] = value.strip()
    _check_names(spec, cells)
    return cells


def parsed_row(spec: NetworkSpec, text: str, option: str) -> dict[str, Any]:
    """A row as JSON, of known inputs."""
    try:
        given = json.loads(text)
    except ValueError as error:
        raise CannotError(f"{option} is not JSON ({error}); put it in single quotes") from None
    if not isinstance(given, dict):
        message = f'{option} is a map of input to value, such as {{"area": 2000, "age": 31}}'
        raise CannotError(message)
    _check_names(spec, given, f"{option}: ")
    return given


def _check_names(spec: NetworkSpec, given: Iterable[str], where: str = "") -> None:
    names = [item.name for item in spec.inputs]
    for name in given:
        if name not in names:
            near = did_you_mean(name, names)
            raise CannotError(f"{where}{spec.name} has no input {quote(name)}; {near}")


def checked_row(spec: NetworkSpec, row: Mapping[str, Any], option: str) -> Row:
    """A row as the network reads it: stand-ins filled in, values of their inputs' types."""
    try:
        read = read_row(spec.inputs, row)
    except DataError as error:
        raise CannotError(f"{option}: {error}") from None
    return {item.name: cell_of(item, float(read[item.name][0])) for item in spec.inputs}


def table_row(spec: NetworkSpec, table: UserTable, number: int) -> Row:
    """A row of a table, counted from 1."""
    with table.open() as source:
        columns = table.columns(spec, source)
        seen = 0
        for batch in source.batches(Selection.of(spec.inputs, columns)):
            seen = batch.first_row + batch.n_rows - 1
            if number > seen:
                continue
            at = number - batch.first_row
            bound = bind(spec.inputs, batch.columns.slice(at, 1), columns, number)
            if bound.bad.any():
                raise bound.error(most=10)
            return {i.name: cell_of(i, float(bound.values[i.name][0])) for i in spec.inputs}
    raise CannotError(f"{table.path} has no row {number:,}: it has {counted(seen, 'row')}")


def table_columns(spec: NetworkSpec, table: UserTable) -> dict[str, NDArray[np.float64]]:
    """By input, the values of every row that can be read; a category as the index of its value."""
    parts: dict[str, list[NDArray[np.float64]]] = {item.name: [] for item in spec.inputs}
    with table.open() as source:
        columns = table.columns(spec, source)
        for batch in source.batches(Selection.of(spec.inputs, columns)):
            bound = bind(spec.inputs, batch.columns, columns, batch.first_row)
            for name, values in bound.values.items():
                parts[name].append(values[~bound.bad])
    return {name: np.concatenate(found or [np.empty(0)]) for name, found in parts.items()}
