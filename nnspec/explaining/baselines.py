"""What a row is compared with: the middle of ranges or of a table, zeros, or another row."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.suggestions import counted
from nnspec.explaining.data import Baseline
from nnspec.spec.inputs import cell_of, middle_cell
from nnspec.spec.model import Input, NetworkSpec, Value
from nnspec.tables.cells.bound import Bound
from nnspec.tables.cells.cell import read_row

Floats: TypeAlias = NDArray[np.float64]


def checked_row(spec: NetworkSpec, row: Mapping[str, Value]) -> dict[str, Value]:
    """A row as the network reads it: stand-ins filled in, values of their inputs' types.

    Raises
    ------
    DataError
        If a value is missing or is none that its input can take.
    """
    read = read_row(spec.inputs, row)
    return {item.name: cell_of(item, float(read[item.name][0])) for item in spec.inputs}


def zeros(spec: NetworkSpec) -> Baseline:
    """The row of zeros: 0 for every number, false, and each category's first value.

    Examples
    --------
    >>> from nnspec.spec.model import Input, NetworkSpec
    >>> zeros(NetworkSpec("n", (Input("age"),), ())).row
    {'age': 0.0}
    """
    said = "zeros"
    if any(item.type == "category" for item in spec.inputs):
        said = "zeros, and the first of each input's categories"
    return Baseline({item.name: cell_of(item, 0.0) for item in spec.inputs}, said)


def middle_of_ranges(spec: NetworkSpec) -> Baseline:
    """The middle of each declared range, where plots and pages begin too.

    Of an open range it is the value nearest to 0, of booleans false, of a category its first value.

    Examples
    --------
    >>> from nnspec.spec.model import Input, NetworkSpec
    >>> middle_of_ranges(NetworkSpec("n", (Input("age", range=(0, 250)),), ())).row
    {'age': 125.0}
    """
    row = {item.name: middle_cell(item) for item in spec.inputs}
    return Baseline(row, "the middle of each range")


class Middle:
    """Finds the middle of a table, batch by batch.

    Of numbers it is the mean, of integers and booleans the (lower) median, of categories the most
    frequent. Rows with a cell that cannot be used are left out.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        self.spec = spec
        self.n_rows = 0
        self.n_bad = 0
        self._sums = {item.name: [0.0] for item in spec.inputs if item.type == "number"}
        self._counts: dict[str, Counter[float]] = {
            item.name: Counter() for item in spec.inputs if item.type != "number"
        }

    def add(self, bound: Bound) -> None:
        """Take the next rows."""
        good = ~bound.bad
        self.n_bad += int(bound.bad.sum())
        self.n_rows += int(good.sum())
        for name, column in bound.where(good).items():
            if name in self._sums:
                self._sums[name] = _sum_and_rest([*self._sums[name], *few_of_the_same_sum(column)])
            else:
                values, counts = np.unique(column, return_counts=True)
                self._counts[name].update(dict(zip(values.tolist(), counts.tolist(), strict=True)))

    def baseline(self, table: str) -> Baseline:
        """The middle of what was taken.

        Raises
        ------
        CannotError
            If no row could be used.
        """
        if self.n_rows == 0:
            raise CannotError(f"{table} has no row that can be valued, and so no mean")
        row = {item.name: cell_of(item, self._middle(item)) for item in self.spec.inputs}
        said = f"the middle of {table} ({counted(self.n_rows, 'row')}: mean of numbers"
        kinds = {item.type for item in self.spec.inputs}
        if kinds & {"integer", "boolean"}:
            said += ", median of whole numbers"
        if "category" in kinds:
            said += ", most frequent category"
        left_out = f"; {counted(self.n_bad, 'bad row')} left out" if self.n_bad else ""
        return Baseline(row, f"{said}{left_out})")

    def _middle(self, item: Input) -> float:
        if item.name in self._sums:
            return math.fsum(self._sums[item.name]) / self.n_rows
        counts = self._counts[item.name]
        if item.type == "category":
            return min(counts, key=lambda value: (-counts[value], value))
        return _median(sorted(counts.items()), self.n_rows)


MOST_POWER = 1022
"""The greatest power of 2 to which a number no greater can be added."""


def few_of_the_same_sum(numbers: Floats) -> list[float]:
    """A few numbers whose sum is exactly that of many.

    From each number its leading bits are taken, as many as can be added up without loss, until
    nothing is left of any: S. M. Rump, T. Ogita and S. Oishi, Accurate floating-point summation
    part I, SIAM Journal on Scientific Computing 31(1), 2008, algorithm 3.

    Examples
    --------
    >>> few_of_the_same_sum(np.array([0.5, 0.25, 2.0**-70]))
    [0.75, 8.470329472543003e-22]
    """
    found: list[float] = []
    while (most := float(np.abs(numbers).max(initial=0.0))) != 0:
        power = math.frexp(most)[1] + len(numbers).bit_length() + 1
        if power > MOST_POWER or not math.isfinite(most):
            return [*found, *numbers.tolist()]
        leading = (numbers + 2.0**power) - 2.0**power
        found.append(float(leading.sum()))
        numbers = numbers - leading
    return found


def _sum_and_rest(numbers: list[float]) -> list[float]:
    """A sum as two doubles, so that it does not depend on where a table was cut into batches."""
    try:
        whole = math.fsum(numbers)
    except OverflowError:
        whole = math.inf
    return [whole, math.fsum([*numbers, -whole])] if math.isfinite(whole) else [whole]


def _median(counts: Iterable[tuple[float, int]], total: int) -> float:
    seen, value = 0, 0.0
    for value, count in counts:  # noqa: B007 -- the last one is the answer
        seen += count
        if 2 * seen >= total:
            break
    return value


def middle_of(network_spec: NetworkSpec, bound: Bound, table: str = "the table") -> Baseline:
    """The middle of rows at hand."""
    middle = Middle(network_spec)
    middle.add(bound)
    return middle.baseline(table)
