"""From a table's columns to what synapses see of each input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.spec.inputs import seen_columns
from nnspec.spec.model import Input

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
            for unit, values in enumerate(seen_columns(np, item, x[rows])):
                out[at + unit] = values


def as_matrix(arrays: Sequence[Array]) -> Array | None:
    """The arrays as rows of the one array whose neighbouring rows they are, without a copy.

    Those of a table that was given as an array are, and one copy of a block is some five times as
    fast as one for each input. The result is a slice of the array that owns the memory, so that it
    keeps all of it alive. A view made of addresses would not: memory of unrelated arrays may lie at
    even distances too, and NumPy never ends copying a view that spans what it copies to.

    Parameters
    ----------
    arrays
        float64, contiguous, each of shape (n_rows,).

    Returns
    -------
    ndarray or None
        Shape (n_arrays, n_rows); None unless they are such rows, at least two.
    """
    owner = arrays[0].base if arrays else None
    if len(arrays) < 2 or not isinstance(owner, np.ndarray) or owner.ndim != 2:
        return None
    whole = owner if owner.flags.c_contiguous else owner.T
    n_rows, width = len(arrays[0]), whole.strides[0]
    if whole.dtype != arrays[0].dtype or not whole.flags.c_contiguous or not n_rows:
        return None
    start = whole.__array_interface__["data"][0]
    places = [x.__array_interface__["data"][0] - start for x in arrays]
    row, at = divmod(places[0], width)
    if any(x.base is not owner or len(x) != n_rows for x in arrays):
        return None
    if any(place != places[0] + i * width for i, place in enumerate(places)):
        return None
    first = at // whole.itemsize
    return whole[row : row + len(arrays), first : first + n_rows]
