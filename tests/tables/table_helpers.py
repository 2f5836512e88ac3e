"""Short ways to read and write tables in tests."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from nnspec.spec.model import Input
from nnspec.tables.cells.binding import bind
from nnspec.tables.cells.bound import Bound
from nnspec.tables.cells.columns import match_columns
from nnspec.tables.csv.source import CsvOptions, CsvSource
from nnspec.tables.source import Selection, Source


@dataclass
class Table:
    """A table that was read to its end."""

    header: tuple[str, ...]
    numbers: list[dict[str, Any]]
    kept: list[dict[str, Any]]
    first_rows: list[int]


def drain(source: Source, selection: Selection) -> Table:
    """Everything of a source; checks that its batches follow on one another."""
    table = Table(source.header, [], [], [])
    following = 1
    with source:
        for batch in source.batches(selection):
            assert batch.first_row == following
            following += batch.n_rows
            table.first_rows.append(batch.first_row)
            table.numbers += list(batch.columns.iter_rows(named=True))
            table.kept += list(batch.kept.iter_rows(named=True))
    return table


def read_csv(
    data: bytes, numbers: str = "", texts: str = "", kept: str = "", **options: Any
) -> Table:
    """A CSV table given as bytes; columns are named by words."""
    source = CsvSource(io.BytesIO(data), "t.csv", CsvOptions(**options))
    selection = Selection(tuple(numbers.split()), tuple(texts.split()), tuple(kept.split()))
    return drain(source, selection)


def bind_csv(data: bytes, *inputs: Input, **options: Any) -> list[Bound]:
    """What inputs read of a CSV table given as bytes, batch by batch."""
    with CsvSource(io.BytesIO(data), "t.csv", CsvOptions(**options)) as source:
        columns = match_columns(inputs, source.header, place=source.place)
        return [
            bind(inputs, batch.columns, columns, batch.first_row, batch.written)
            for batch in source.batches(Selection.of(inputs, columns))
        ]


def faults(bounds: list[Bound]) -> list[tuple[int, str, str, str]]:
    """Row, column, value and code of every cell that cannot be used."""
    found = [fault for bound in bounds for fault in bound.faults()]
    return [(fault.row, fault.column, fault.value, fault.code) for fault in found]


def values(bounds: list[Bound], name: str) -> list[float]:
    """What one input read, over all batches."""
    return [value for bound in bounds for value in bound.values[name].tolist()]
