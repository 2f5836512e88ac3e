"""What the rows of a table make of the difference between two networks, in flat memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.comparing.effects.data import MovedRow, TableEffect, TableOutput
from nnspec.comparing.effects.histogram import Histogram
from nnspec.comparing.effects.pairs import CannotCompareError, Pair
from nnspec.comparing.effects.sides import selection_of, sides_of
from nnspec.evaluators.evaluated import ValuedRows
from nnspec.spec.inputs import cell_of
from nnspec.spec.model import Value
from nnspec.tables.errors import MOST_LISTED
from nnspec.tables.source import Source

LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True)
class Limits:
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


@dataclass(slots=True)
class _Tally:
    """What happened to the rows so far."""

    rows: int = 0
    compared: int = 0
    bad: int = 0
    only_old: int = 0
    only_new: int = 0
    faults: list[str] = field(default_factory=list)


def table_effect(
    pair: Pair,
    source: Source,
    limits: Limits,
    *,
    on_batch: Callable[[int], None] | None = None,
) -> TableEffect:
    """Evaluate every row of a table in both networks.

    Parameters
    ----------
    on_batch
        Called after each batch with how many rows are done.

    Raises
    ------
    CannotCompareError
        If the networks share no output.
    TableError
        If the table lacks a column that a network needs, or cannot be read further.
    """
    if not pair.outputs:
        raise CannotCompareError("the networks have no output in common")
    sides = sides_of(pair, source)
    outputs = [_Output(name, limits) for name in pair.outputs]
    tally = _Tally()
    for batch in source.batches(selection_of(sides)):
        old, new = [side.value(batch, pair.outputs) for side in sides]
        _count(tally, old, new)
        good = ~(old.bad | new.bad)
        for output in outputs:
            output.add(old, new, good)
        if on_batch is not None:
            on_batch(tally.rows)
    return TableEffect(
        file=source.path,
        rows=tally.rows,
        compared=tally.compared,
        bad=tally.bad,
        only_old=tally.only_old,
        only_new=tally.only_new,
        faults=tuple(tally.faults),
        outputs=tuple([output.result(pair) for output in outputs]),
    )


def _count(tally: _Tally, old: ValuedRows, new: ValuedRows) -> None:
    tally.rows += new.bound.n_rows
    tally.bad += int(np.count_nonzero(old.bad & new.bad))
    tally.only_old += int(np.count_nonzero(new.bad & ~old.bad))
    tally.only_new += int(np.count_nonzero(old.bad & ~new.bad))
    tally.compared += int(np.count_nonzero(~(old.bad | new.bad)))
    for which, valued in (("old", old), ("new", new)):
        room = MOST_LISTED - len(tally.faults)
        if room > 0 and valued.bad.any():
            tally.faults += [f"{which}: {fault}" for fault in islice(valued.faults(), room)]


# -- one output -----------------------------------------------------------------------------------


class _Output:
    """What is known of one output so far."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self.compared = self.moved = self.rose = 0
        self.total = self.largest = 0.0
        self.top: list[MovedRow] = []
        self.histogram = Histogram()

    def add(self, old: ValuedRows, new: ValuedRows, good: NDArray[np.bool_]) -> None:
        before, after = old.evaluated.values[self.name], new.evaluated.values[self.name]
        with np.errstate(all="ignore"):
            change = np.clip(np.where(good, after - before, 0.0), -LARGEST, LARGEST)
        moved = np.abs(change) > self.limits.tolerance
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
        order = np.argsort(-np.abs(change), kind="stable")[: self.limits.top]
        after = new.evaluated.values[self.name]
        found = [
            MovedRow(
                new.bound.first_row + i, _row(new, i), float(before[i]), float(after[i])
            )
            for i in order.tolist()
            if abs(change[i]) > self.limits.tolerance
        ]  # fmt: skip
        every = sorted([*self.top, *found], key=_furthest_first)
        self.top = every[: self.limits.top]

    def result(self, pair: Pair) -> TableOutput:
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
