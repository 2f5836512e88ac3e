"""Arrays of two dimensions, read whole where nothing in them is amiss.

A wide table would otherwise be taken apart into columns that are judged one by one, which can cost
more than the network itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.spec.model import Input
from nnspec.tables.cells.bound import Bound
from nnspec.tables.cells.cell import EXACT


def bind_matrix(inputs: Sequence[Input], table: NDArray[Any]) -> Bound | None:
    """What inputs that are numbers read of an array, if every cell of it can be used.

    Parameters
    ----------
    inputs
        The network's inputs, each of which reads the column of its place.
    table
        Shape (n_rows, n_inputs).

    Returns
    -------
    Bound or None
        The same values as :func:`nnspec.tables.cells.binding.bind` gives; None where a cell cannot
        be used or lies outside its input's declared range, or where that takes a closer look.
    """
    kind, numbers = table.dtype.kind, all(one.type == "number" for one in inputs)
    # A subclass may mean more by a cell than its number: a masked array does.
    if type(table) is not np.ndarray or not table.size or not numbers:
        return None
    if kind not in "iuf" or table.dtype.itemsize > np.dtype(np.float64).itemsize:
        return None
    lowest, highest = table.min(axis=0), table.max(axis=0)
    most = math.inf if kind == "f" else EXACT
    # Where a cell is NaN, so are both, and no comparison holds.
    if not ((lowest > -most) & (highest < most)).all():
        return None
    low = [-math.inf if one.range[0] is None else one.range[0] for one in inputs]
    high = [math.inf if one.range[1] is None else one.range[1] for one in inputs]
    if (lowest < np.array(low)).any() or (highest > np.array(high)).any():
        return None
    columns = np.ascontiguousarray(table.T, np.float64)
    values = {one.name: column for one, column in zip(inputs, columns, strict=True)}
    return Bound(1, len(table), values, np.zeros(len(table), np.bool_), ())
