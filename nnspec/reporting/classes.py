"""Several neurons beside a column that names one of them: the greatest is the network's answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from nnspec.reporting.targets import MOST_MISSES
from nnspec.spec.model import Input, Value
from nnspec.tables.cells.binding import column_values

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A row of which the network gives another answer than is so.

    Parameters
    ----------
    row
        The row's number, from 1.
    given
        What the inputs read.
    predicted, actual
        The neuron that is the greatest, and the one that should be.
    values
        What the two of them are, in this order.
    """

    row: int
    given: dict[str, Value]
    predicted: str
    actual: str
    values: tuple[float, float]

    @property
    def margin(self) -> float:
        """By how much the wrong neuron is the greater."""
        return self.values[0] - self.values[1]


class ClassTally:
    """Answers beside one column, batch by batch.

    Of equally great neurons the first is the answer, as in a group of winners.

    Parameters
    ----------
    neurons
        What is compared; the column holds their names.
    column
        The table's column.

    Attributes
    ----------
    counts
        Rows by what is so and by the answer: (n_neurons, n_neurons).
    """

    def __init__(self, neurons: tuple[str, ...], column: str) -> None:
        self.neurons = neurons
        self.column = column
        self.counts = np.zeros((len(neurons), len(neurons)), dtype=np.int64)
        self.left_out: Counter[str] = Counter()
        self.mistakes: list[Mistake] = []
        self._item = Input("target", type="category", categories=neurons)

    def add(
        self, cells: pl.Series, values: Floats, good: NDArray[np.bool_]
    ) -> list[tuple[int, int, int]]:
        """Take the next rows, their values as (n_neurons, n_rows).

        Gives those that are to be kept if they are the worst of all: each with its answer and what
        is so.
        """
        found = column_values(self._item, cells)
        empty = cells.is_null().to_numpy()
        self._count(f"{self.column} is empty", good & empty)
        self._count(f"{self.column} is none of them", good & ~empty & np.isnan(found))
        self._count("the row cannot be valued", ~good)
        rows = np.flatnonzero(good & ~np.isnan(found))
        actual, answer = found[rows].astype(np.intp), values[:, rows].argmax(axis=0)
        np.add.at(self.counts, (actual, answer), 1)
        wrong = np.flatnonzero(actual != answer)
        rows, actual, answer = rows[wrong], actual[wrong], answer[wrong]
        margins = values[answer, rows] - values[actual, rows]
        worst = np.argsort(-margins, kind="stable")[:MOST_MISSES]
        return list(
            zip(rows[worst].tolist(), answer[worst].tolist(), actual[worst].tolist(), strict=True)
        )

    def keep(self, found: list[Mistake]) -> None:
        """Keep the worst mistakes; of two as bad, the earlier row."""
        every = sorted([*self.mistakes, *found], key=lambda one: (-one.margin, one.row))
        self.mistakes = every[:MOST_MISSES]

    def mistake(
        self, row: int, given: Mapping[str, Value], answer: int, actual: int, values: Floats
    ) -> Mistake:
        """One of the rows that were given, with the values of all neurons."""
        names = self.neurons[answer], self.neurons[actual]
        return Mistake(row, dict(given), *names, (float(values[answer]), float(values[actual])))

    def _count(self, why: str, rows: NDArray[np.bool_]) -> None:
        n_rows = int(np.count_nonzero(rows))
        if n_rows:
            self.left_out[why] += n_rows

    @property
    def n_rows(self) -> int:
        """How many rows were compared."""
        return int(self.counts.sum())

    @property
    def figures(self) -> dict[str, float]:
        """In percent: how often the answer is right, and always the more frequent one would be.

        Examples
        --------
        >>> tally = ClassTally(("a", "b"), "so")
        >>> cells = pl.Series(["a", "b", "b", "b"])
        >>> tally.add(cells, np.array([[1.0, 2, 1, 1], [0.0, 1, 2, 3]]), np.ones(4, dtype=bool))
        [(1, 0, 1)]
        >>> tally.figures
        {'accuracy': 75.0, 'accuracy of always the most frequent answer': 75.0}
        """
        share = 100 / self.n_rows
        return {
            "accuracy": share * float(np.trace(self.counts)),
            "accuracy of always the most frequent answer": share
            * float(self.counts.sum(axis=1).max()),
        }
