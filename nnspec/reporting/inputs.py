"""What one input read of a table: how much was missing, and where it left its declared range."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from nnspec.spec.model import Input
from nnspec.tables.cells.bound import BoundColumn

Floats = NDArray[np.float64]


class InputTally:
    """Counts of one input's cells, batch by batch.

    Parameters
    ----------
    item
        The input.

    Attributes
    ----------
    missing, bad, below, above
        How many cells were empty, could not be used, lay below and above the declared range.
    least, greatest
        The extremes of what was read; infinite the wrong way round where nothing was.
    """

    def __init__(self, item: Input) -> None:
        self.item = item
        self.missing = self.bad = self.below = self.above = 0
        self.least, self.greatest = math.inf, -math.inf
        self._codes: Counter[int] = Counter()

    def add(self, column: BoundColumn, values: Floats) -> None:
        """Take the next cells: what the input read of them, and what is odd about some."""
        empty = column.cells.is_null().to_numpy()
        self.missing += int(np.count_nonzero(empty))
        self.bad += len(column.bad)
        usable = ~empty
        usable[column.bad] = False
        given = values[usable]
        if self.item.type == "category":
            found, counts = np.unique(given, return_counts=True)
            pairs = zip(found.tolist(), counts.tolist(), strict=True)
            self._codes.update({int(code): count for code, count in pairs})
            return
        outside = values[column.outside]
        low, high = self.item.range
        self.below += 0 if low is None else int(np.count_nonzero(outside < low))
        self.above += 0 if high is None else int(np.count_nonzero(outside > high))
        if len(given):
            self.least = min(self.least, float(given.min()))
            self.greatest = max(self.greatest, float(given.max()))

    @property
    def outside(self) -> int:
        """How many values left the declared range."""
        return self.below + self.above

    @property
    def categories(self) -> list[tuple[str, int]]:
        """How often each of a category's values occurred, in the spec's order."""
        texts = list(self.item.category_texts)
        return [(text, self._codes[code]) for code, text in enumerate(texts)]
