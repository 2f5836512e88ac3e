"""What the rows of a table make of one output: how often it moved, how far, and in which rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.comparing.effects.data import MovedRow, TableOutput
from nnspec.comparing.effects.histogram import Histogram
from nnspec.comparing.effects.networks import Pair
from nnspec.evaluators.evaluated import ValuedRows
from nnspec.spec.inputs import cell_of
from nnspec.spec.model import Value

LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a table.

    Parameters
    ----------
    tolerance
        Moves up to this are none.
    top
        How many of the rows that move most are told.
    """

    tolerance: float = 0.0
    top: int = 10


class OutputTally:
    """What is known of one output so far."""

    def __init__(self, name: str, told: Told) -> None:
        self.name = name
        self.told = told
        self.compared = self.moved = self.rose = 0
        self.total = self.largest = 0.0
        self.top: list[MovedRow] = []
        self.histogram = Histogram()

    def add(self, old: ValuedRows, new: ValuedRows, good: NDArray[np.bool_]) -> None:
        """Take the next rows; those that are good count."""
        before, after = old.evaluated.values[self.name], new.evaluated.values[self.name]
        with np.errstate(all="ignore"):
            change = np.clip(np.where(good, after - before, 0.0), -LARGEST, LARGEST)
        moved = np.abs(change) > self.told.tolerance
        self.compared += int(np.count_nonzero(good))
        self.total += float(change.sum())
        if not moved.any():
            return
        self.moved += int(np.count_nonzero(moved))
        self.rose += int(np.count_nonzero(moved & (change > 0)))
        self.histogram.add(change[moved])
        furthest = int(np.abs(change).argmax())
        if abs(change[furthest]) > abs(self.largest):
            self.largest = float(change[furthest])
        self._keep_top(new, before, change)

    def _keep_top(self, new: ValuedRows, before: Any, change: NDArray[np.float64]) -> None:
        """The rows that moved most so far; of two that moved as far, the earlier."""
        order = np.argsort(-np.abs(change), kind="stable")[: self.told.top]
        after = new.evaluated.values[self.name]
        found = [
            MovedRow(
                new.bound.first_row + i, _row(new, i), float(before[i]), float(after[i])
            )
            for i in order.tolist()
            if abs(change[i]) > self.told.tolerance
        ]  # fmt: skip
        every = sorted([*self.top, *found], key=_furthest_first)
        self.top = every[: self.told.top]

    def result(self, pair: Pair) -> TableOutput:
        """What became of the output in all rows."""
        return TableOutput(
            name=self.name,
            old_name=pair.old_names[self.name],
            unit=pair.unit(self.name),
            moved=self.moved,
            rose=self.rose,
            fell=self.moved - self.rose,
            largest=self.largest,
            mean=self.total / self.compared if self.compared else 0.0,
            top=tuple(self.top),
            bars=self.histogram.bars(),
        )


def _furthest_first(row: MovedRow) -> tuple[float, int]:
    return -min(abs(row.new - row.old), LARGEST), row.row


def _row(valued: ValuedRows, row: int) -> dict[str, Value | None]:
    """What the inputs of a network read in one row."""
    inputs = [column.input for column in valued.bound.columns]
    return {item.name: cell_of(item, valued.bound.values[item.name][row]) for item in inputs}
