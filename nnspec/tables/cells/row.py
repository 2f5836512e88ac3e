"""One row, given value by value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nnspec.spec.model import Input, Value
from nnspec.tables.cells.bound import shown
from nnspec.tables.cells.cells import read_cell
from nnspec.tables.cells.faults import data_error
from nnspec.tables.cells.numbers import Refusal
from nnspec.tables.errors import CellFault


def read_row(
    inputs: Sequence[Input], values: Mapping[str, Value | None]
) -> dict[str, NDArray[np.float64]]:
    """What each input reads of one row: float64 of shape (1,), by input.

    Raises
    ------
    DataError
        If a value is missing that has no stand-in, or is none that its input can take; it names
        them all.

    Examples
    --------
    >>> read_row([Input("area"), Input("age", missing=38)], {"area": 2000})
    {'area': array([2000.]), 'age': array([38.])}
    """
    row: dict[str, NDArray[np.float64]] = {}
    faults: list[CellFault] = []
    for one in inputs:
        value = values.get(one.name)
        read = read_cell(one, value, "typed")
        if isinstance(read, Refusal):
            faults.append(CellFault(
                1, one.name, one.name, shown(value), read.code, read.reason, read.help
            ))  # fmt: skip
        else:
            row[one.name] = np.array([read])
    if faults:
        raise data_error(faults, len(faults))
    return row
