"""A whole table in memory, as a network's inputs read it, less the rows that it cannot value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnspec.cli.arguments.user_table import UserTable
from nnspec.spec.model import NetworkSpec
from nnspec.tables.cells.binding import bind
from nnspec.tables.source import Selection


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
