"""From a table's columns to what synapses see of each input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided
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
        self._matrix = None if self._others else as_matrix([x for _, x in self._as_given])

    def fill(self, rows: slice, out: Array) -> None:
        """Fill in what synapses see: transformed values, and 1 or 0 for categories.

        ``out`` has a row for each unit.
        """
        if self._matrix is not None:
            out[:] = self._matrix[:, rows]
            return
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


def as_matrix(arrays: Sequence[Array]) -> Array | None:
    """The arrays as rows of one, without a copy; None unless they lie at even distances.

    Those of a table that was given as an array do, and one copy of a block is some five times as
    fast as one for each input.

    Parameters
    ----------
    arrays
        float64, contiguous, each of shape (n_rows,); they have to be kept for as long as the
        matrix is used.
    """
    if len(arrays) < 2:
        return None
    places = [x.__array_interface__["data"][0] for x in arrays]
    distance = places[1] - places[0]
    if any(after - before != distance for before, after in pairwise(places)):
        return None
    shape, strides = (len(arrays), len(arrays[0])), (distance, arrays[0].itemsize)
    return as_strided(arrays[0], shape, strides, writeable=False)
