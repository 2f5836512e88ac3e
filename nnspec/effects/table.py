"""What the rows of a table make of the difference between two networks, in flat memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.api import Network
from nnspec.comparison.effects import MovedRow, TableEffect, TableOutput
from nnspec.effects.histogram import Histogram
from nnspec.effects.pairs import CannotCompareError, Pair
from nnspec.effects.shared import number_of
from nnspec.evaluators.vectorised import Evaluated
from nnspec.model import Input, Value
from nnspec.tables.binding import bind
from nnspec.tables.bound import Bound
from nnspec.tables.column_types import check_types
from nnspec.tables.columns import match_columns
from nnspec.tables.faults import MOST_LISTED, overflow_fault
from nnspec.tables.source import Batch, Selection, Source

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
        If the networks share no output, or the table lacks a column that one of them needs.
    TableError
        If the table cannot be read further.
    """
    if not pair.outputs:
        raise CannotCompareError("the networks have no output in common")
    sides = _sides(pair, source)
    inputs = [item for side in sides for item in side.bound_inputs]
    selection = Selection.of(_distinct(inputs, sides), _all_columns(sides))
    outputs = [_Output(name, limits) for name in pair.outputs]
    tally = _Tally()
    for batch in source.batches(selection):
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


# -- one network's side ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Valued:
    """A batch as one network sees it."""

    bound: Bound
    evaluated: Evaluated
    bad: NDArray[np.bool_]
    inputs: Sequence[Input]
    culprits: Mapping[int, str]


@dataclass(frozen=True)
class _Side:
    """A network, and the column that each of its inputs reads.

    An input that the other network lacks, and whose column the table lacks, keeps its stand-in.
    """

    network: Network
    columns: Mapping[str, str]

    @property
    def bound_inputs(self) -> list[Input]:
        return [item for item in self.network.spec.inputs if item.name in self.columns]

    def value(self, batch: Batch, outputs: Sequence[str]) -> _Valued:
        inputs = self.bound_inputs
        bound = bind(inputs, batch.columns, self.columns, batch.first_row, batch.written)
        values = dict(bound.values)
        for item in self.network.spec.inputs:
            if item.name not in self.columns:
                values[item.name] = np.full(batch.n_rows, number_of(item, item.missing))
        evaluated = self.network.evaluator().evaluate(values, outputs)
        culprits = self.network.culprits(evaluated)
        return _Valued(bound, evaluated, bound.bad | evaluated.bad, inputs, culprits)


def _sides(pair: Pair, source: Source) -> list[_Side]:
    header = set(source.header)
    networks = pair.old, pair.new
    names = [{item.name: item.column_name for item in n.spec.inputs} for n in networks]
    sides = []
    for network, other in zip(networks, (names[1], names[0]), strict=True):
        rebind = {}
        inputs = []
        for item in network.spec.inputs:
            also = other.get(item.name)
            if item.column_name not in header:
                if also in header and also is not None:
                    rebind[item.name] = also
                elif also is None and item.missing is not None:
                    continue
            inputs.append(item)
        columns = match_columns(inputs, source.header, rebind, source.place)
        if source.types is not None:
            check_types(inputs, columns, source.types, source.place)
        sides.append(_Side(network, columns))
    return sides


def _all_columns(sides: Sequence[_Side]) -> dict[str, str]:
    return {f"{i}.{name}": column for i, side in enumerate(sides)
            for name, column in side.columns.items()}  # fmt: skip


def _distinct(inputs: Sequence[Input], sides: Sequence[_Side]) -> list[Input]:
    """The inputs of both networks under names of their own, for one selection of columns."""
    owners = [i for i, side in enumerate(sides) for _ in side.bound_inputs]
    return [
        replace(item, name=f"{i}.{item.name}") for i, item in zip(owners, inputs, strict=True)
    ]  # fmt: skip


def _count(tally: _Tally, old: _Valued, new: _Valued) -> None:
    tally.rows += new.bound.n_rows
    tally.bad += int(np.count_nonzero(old.bad & new.bad))
    tally.only_old += int(np.count_nonzero(new.bad & ~old.bad))
    tally.only_new += int(np.count_nonzero(old.bad & ~new.bad))
    tally.compared += int(np.count_nonzero(~(old.bad | new.bad)))
    for which, valued in (("old", old), ("new", new)):
        room = MOST_LISTED - len(tally.faults)
        if room > 0 and valued.bad.any():
            tally.faults += [f"{which}: {text}" for text in _faults(valued, room)]


def _faults(valued: _Valued, room: int) -> list[str]:
    bound = valued.bound
    found = [fault for _, fault in zip(range(room), bound.faults(), strict=False)]
    for row, unit in valued.culprits.items():
        if len(found) < room and not bound.bad[row]:
            found.append(overflow_fault(bound.first_row + row, unit))
    return [str(fault) for fault in sorted(found, key=lambda fault: fault.row)]


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

    def add(self, old: _Valued, new: _Valued, good: NDArray[np.bool_]) -> None:
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

    def _keep_top(self, new: _Valued, before: Any, change: NDArray[np.float64]) -> None:
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


def _row(valued: _Valued, row: int) -> dict[str, Value | None]:
    """What the inputs of a network read in one row."""
    return {item.name: _cell(item, valued.bound.values[item.name][row]) for item in valued.inputs}


def _cell(item: Input, number: float) -> Value:
    if item.type == "category":
        return item.categories[int(number)]
    return int(number) if item.type in ("integer", "boolean") else float(number)
