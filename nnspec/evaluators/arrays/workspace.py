"""The arrays that one thread works in, used again from block to block.

Fresh memory is dear: the system hands it out page by page, each filled with zeros first. An
evaluation of a deep network would otherwise spend more time there than on its sums.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

LINE_BYTES = 64
"""A cache line; vectors that straddle two take two loads."""

TILE_BYTES = 512
"""What the compiled kernel takes of a row of units at once, at most."""


class Workspace:
    """Arrays of one dtype, lent and given back.

    Parameters
    ----------
    dtype
        Of all arrays.
    """

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._dtype = dtype
        self._free: dict[tuple[int, ...], list[Array]] = {}

    def take(self, n_units: int, width: int) -> Array:
        """An array of shape (n_units, width) that starts at a cache line, with any content."""
        free = self._free.get((n_units, width))
        return free.pop() if free else _aligned(n_units, width, self._dtype)

    def give(self, array: Array) -> None:
        """Take back an array that nothing refers to any more."""
        self._free.setdefault(array.shape, []).append(array)


def padded_width(n_rows: int, dtype: np.dtype[Any]) -> int:
    """The width of arrays for so many rows: an odd number of whole cache lines.

    A width that is a power of 2 would bring the same rows of many units to one place of the cache.
    Where the last tile of the kernel is not all but empty, there is room for the whole of it.
    """
    per_line = LINE_BYTES // dtype.itemsize
    lines, per_tile = -(-n_rows // per_line), TILE_BYTES // LINE_BYTES
    if lines % per_tile > 2:
        lines = -(-lines // per_tile) * per_tile
    return (lines | 1) * per_line


def _aligned(n_units: int, width: int, dtype: np.dtype[Any]) -> Array:
    memory = np.empty(n_units * width * dtype.itemsize + LINE_BYTES, np.uint8)
    start = -memory.ctypes.data % LINE_BYTES
    used = memory[start : start + n_units * width * dtype.itemsize]
    return used.view(dtype).reshape(n_units, width)
