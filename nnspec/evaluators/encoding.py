"""From a table's columns to what synapses see of each input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.model import Input
from nnspec.transforms import TRANSFORMS

Array: TypeAlias = NDArray[Any]


class Encoder:
    """Encodes the rows of one table, block by block.

    Parameters
    ----------
    inputs
        The network's.
    columns
        By input: float64 of shape (n_rows,), in the table's own units; a category as the index of
        its value.
    """

    def __init__(self, inputs: Sequence[Input], columns: Mapping[str, Array]) -> None:
        self._as_given: list[tuple[int, Array]] = []
        self._others: list[tuple[int, Input, Array]] = []
        self.n_units = 0
        for item in inputs:
            # NumPy's exp, log and power give other last bits on strided views than on whole arrays.
            x = np.ascontiguousarray(columns[item.name])
            if item.type == "category" or item.transforms:
                self._others.append((self.n_units, item, x))
            else:
                self._as_given.append((self.n_units, x))
            self.n_units += len(item.units)

    def fill(self, rows: slice, out: Array) -> None:
        """Fill in what synapses see: transformed values, and 1 or 0 for categories.

        ``out`` has a row for each unit.
        """
        for at, x in self._as_given:
            out[at] = x[rows]
        for at, item, x in self._others:
            values = x[rows]
            if item.type == "category":
                for code in range(len(item.units)):
                    out[at + code] = values == code
                continue
            # Transforms run in float64 whatever the dtype: they bring large units into reach.
            for step in item.transforms:
                values = TRANSFORMS[step.kind].vector(np, values, *step.parameters)
            out[at] = values
