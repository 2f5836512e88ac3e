"""Neurons beside a column of the table: what they say, what is so, and the rows that are worst."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

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

    size = margin


def miss_sizes(predicted: Floats, actual: Floats) -> Floats:
    """How far off each prediction is; never infinite."""
    with np.errstate(over="ignore"):
        return np.asarray(np.minimum(np.abs(predicted - actual), LARGEST))


Wrong = TypeVar("Wrong", bound=Miss | Mistake)


class ColumnTally(Generic[Wrong]):
    """What is compared with one column, batch by batch.

    Parameters
    ----------
    column
        The table's column.

    Attributes
    ----------
    left_out
        How many rows could not be compared, by the reason.
    worst
        The rows that are furthest off so far.
    """

    def __init__(self, column: str) -> None:
        self.column = column
        self.left_out: Counter[str] = Counter()
        self.worst: list[Wrong] = []

    def keep(self, found: Iterable[Wrong]) -> None:
        """Keep the worst rows; of two as bad, the earlier."""
        every = sorted([*self.worst, *found], key=lambda one: (-one.size, one.row))
        self.worst = every[:MOST_MISSES]

    def _usable(
        self, cells: pl.Series, read: Floats, good: NDArray[np.bool_], odd: str
    ) -> NDArray[np.intp]:
        """The rows that can be compared; the others are counted, an ``odd`` cell by its fault."""
        empty = cells.is_null().to_numpy()
        unread = np.isnan(read)
        reasons = {
            f"{self.column} is empty": good & empty,
            f"{self.column} is {odd}": good & ~empty & unread,
            "the row cannot be valued": ~good,
        }
        counts = {why: int(np.count_nonzero(rows)) for why, rows in reasons.items()}
        self.left_out.update({why: n_rows for why, n_rows in counts.items() if n_rows})
        return np.flatnonzero(good & ~unread)


class TargetTally(ColumnTally[Miss]):
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
        super().__init__(column)
        self.neuron = neuron
        self._predicted: list[Floats] = []
        self._actual: list[Floats] = []

    @property
    def misses(self) -> list[Miss]:
        """The rows that are furthest off."""
        return self.worst

    def add(self, cells: pl.Series, predicted: Floats, good: NDArray[np.bool_]) -> Floats:
        """Take the next rows.

        Gives those that are to be kept if they are the worst of all: (row, predicted, actual) of
        each, shape (n_rows, 3).
        """
        actual = numbers_of_target(cells)
        rows = self._usable(cells, actual, good, "not a number")
        said, so = np.asarray(predicted[rows], dtype=np.float64), actual[rows]
        self._predicted.append(said)
        self._actual.append(so)
        sizes = miss_sizes(said, so)
        worst = np.argsort(-sizes, kind="stable")[:MOST_MISSES]
        worst = worst[sizes[worst] > 0]
        return np.column_stack([rows[worst], said[worst], so[worst]])

    def columns(self) -> tuple[Floats, Floats]:
        """Predicted and actual of every row compared, in the table's order."""
        if not self._predicted:
            return np.empty(0), np.empty(0)
        # In one piece each, and the pieces are let go.
        self._predicted = [np.concatenate(self._predicted)]
        self._actual = [np.concatenate(self._actual)]
        return self._predicted[0], self._actual[0]


class ClassTally(ColumnTally[Mistake]):
    """Several neurons beside a column that names one: the greatest is the network's answer.

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
        super().__init__(column)
        self.neurons = neurons
        self.counts = np.zeros((len(neurons), len(neurons)), dtype=np.int64)
        self._item = Input("target", type="category", categories=neurons)

    @property
    def mistakes(self) -> list[Mistake]:
        """The answers that are furthest off."""
        return self.worst

    def add(
        self, cells: pl.Series, values: Floats, good: NDArray[np.bool_]
    ) -> list[tuple[int, int, int]]:
        """Take the next rows, their values as (n_neurons, n_rows).

        Gives those that are to be kept if they are the worst of all: each with its answer and what
        is so.
        """
        found = column_values(self._item, cells)
        rows = self._usable(cells, found, good, "none of them")
        actual, answer = found[rows].astype(np.intp), values[:, rows].argmax(axis=0)
        np.add.at(self.counts, (actual, answer), 1)
        wrong = np.flatnonzero(actual != answer)
        rows, actual, answer = rows[wrong], actual[wrong], answer[wrong]
        margins = values[answer, rows] - values[actual, rows]
        worst = np.argsort(-margins, kind="stable")[:MOST_MISSES]
        return list(
            zip(rows[worst].tolist(), answer[worst].tolist(), actual[worst].tolist(), strict=True)
        )

    def mistake(
        self, row: int, given: Mapping[str, Value], answer: int, actual: int, values: Floats
    ) -> Mistake:
        """One of the rows that were given, with the values of all neurons."""
        names = self.neurons[answer], self.neurons[actual]
        return Mistake(row, dict(given), *names, (float(values[answer]), float(values[actual])))

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
