"""One neuron beside a column of the table: what was predicted, what is so, and the worst misses."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from nnspec.spec.model import Input, Value
from nnspec.tables.cells.binding import column_values

Floats = NDArray[np.float64]

MOST_MISSES = 10
LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True)
class Miss:
    """A row with its values, what the network says of it and what is so.

    Parameters
    ----------
    row
        The row's number, from 1.
    given
        What the inputs read.
    """

    row: int
    given: dict[str, Value]
    predicted: float
    actual: float

    @property
    def size(self) -> float:
        """How far off the prediction is."""
        return float(miss_sizes(np.array([self.predicted]), np.array([self.actual]))[0])


def miss_sizes(predicted: Floats, actual: Floats) -> Floats:
    """How far off each prediction is; never infinite."""
    with np.errstate(over="ignore"):
        return np.asarray(np.minimum(np.abs(predicted - actual), LARGEST))


class TargetTally:
    """One neuron beside one column, batch by batch.

    Two columns of doubles are kept, 16 bytes a row, because a median and deciles need them all.

    Parameters
    ----------
    neuron
        What predicts.
    column
        The table's column that it is to predict.
    """

    def __init__(self, neuron: str, column: str) -> None:
        self.neuron = neuron
        self.column = column
        self.left_out: Counter[str] = Counter()
        self.misses: list[Miss] = []
        self._predicted: list[Floats] = []
        self._actual: list[Floats] = []

    def add(self, cells: pl.Series, predicted: Floats, good: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Take the next rows; give those that are to be kept if they are the worst of all."""
        actual = numbers_of_target(cells)
        empty = cells.is_null().to_numpy()
        unread = np.isnan(actual) & ~empty
        self._count(f"{self.column} is empty", good & empty)
        self._count(f"{self.column} is not a number", good & unread)
        self._count("the row cannot be valued", ~good)
        rows = np.flatnonzero(good & ~np.isnan(actual))
        self._predicted.append(np.asarray(predicted[rows], dtype=np.float64))
        self._actual.append(actual[rows])
        sizes = miss_sizes(self._predicted[-1], self._actual[-1])
        worst = np.argsort(-sizes, kind="stable")[:MOST_MISSES]
        return np.asarray(rows[worst[sizes[worst] > 0]])

    def keep(self, found: list[Miss]) -> None:
        """Keep the worst misses; of two as bad, the earlier row."""
        every = sorted([*self.misses, *found], key=lambda miss: (-miss.size, miss.row))
        self.misses = every[:MOST_MISSES]

    def _count(self, why: str, rows: NDArray[np.bool_]) -> None:
        n_rows = int(np.count_nonzero(rows))
        if n_rows:
            self.left_out[why] += n_rows

    def columns(self) -> tuple[Floats, Floats]:
        """Predicted and actual of every row compared, in the table's order."""
        if not self._predicted:
            return np.empty(0), np.empty(0)
        # In one piece each, and the pieces are let go.
        self._predicted = [np.concatenate(self._predicted)]
        self._actual = [np.concatenate(self._actual)]
        return self._predicted[0], self._actual[0]


def numbers_of_target(cells: pl.Series) -> Floats:
    """A column's numbers, true and false as 1 and 0; NaN where there is none.

    Examples
    --------
    >>> numbers_of_target(pl.Series(["1", "true", "no", None]))
    array([ 1.,  1., nan, nan])
    """
    if cells.dtype == pl.Boolean:
        return column_values(Input("target", type="boolean"), cells)
    numbers = column_values(Input("target"), cells)
    if cells.dtype == pl.String and np.isnan(numbers).any():
        truths = column_values(Input("target", type="boolean"), cells)
        numbers = np.where(np.isnan(numbers), truths, numbers)
    return np.asarray(numbers)
