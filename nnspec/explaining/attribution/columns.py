"""Reasons for whole columns of rows at once.

Most networks allow a closed form. Over what an output reads, a weighted sum shares the change of
its activation in proportion to the terms. Over inputs, a network in which no bend feeds another
bend has pre-activations that move evenly along the line from the baseline, so that the mean slope
of each bend is its change divided by its z's. Others are explained by their lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.explaining.attribution.bends import linear_parts
from nnspec.explaining.attribution.explainer import Explainer
from nnspec.explaining.attribution.group_lines import group_lines, row_in_group
from nnspec.explaining.attribution.grouped import GroupLines
from nnspec.explaining.attribution.line_columns import LineAmounts, owned
from nnspec.program.slopes import slopes
from nnspec.program.stage import Stage
from nnspec.spec.inputs import seen_columns

Floats: TypeAlias = NDArray[np.float64]
Columns: TypeAlias = Mapping[str, Floats]

STILL = 1e-12
"""A z that moves less than this, relatively, has the slope of its place."""


class Amounts(Protocol):
    """Finds what each of ``names`` contributes to one output, for many rows."""

    names: tuple[str, ...]
    needed: tuple[str, ...]

    def __call__(self, seen: Floats, values: Columns) -> Floats:
        """Amounts of shape (n_rows, n_names), from input units and needed neurons."""


def seen_units(explainer: Explainer, columns: Columns) -> Floats:
    """What synapses see of the inputs: (n_input_units, n_rows)."""
    rows: list[Floats] = []
    with np.errstate(all="ignore"):
        for item in explainer.spec.inputs:
            rows += seen_columns(np, item, columns[item.name])
    return np.array(rows, dtype=np.float64)


def amounts_of(explainer: Explainer, output: str, by: str) -> Amounts:
    """How to find one output's reasons, by ``"neuron"`` or by ``"input"``."""
    first = explainer.stages.neurons_of(explainer.stages.number[output])
    grouped = group_lines(explainer, output) if by == "neuron" or first == 0 else None
    if grouped is not None:
        return _Grouped(explainer, output, grouped)
    if by == "neuron":
        stage, row = _own(explainer, output)
        alone = explainer.stages.stage_of(explainer.stages.number[output]) == first
        if all(one.row != row for one in stage.others) and alone:
            return _Terms(explainer, output)
    elif _is_shallow(explainer, output):
        return _Shallow(explainer, output)
    return LineAmounts(explainer, output, by)


def _own(explainer: Explainer, output: str) -> tuple[Stage, int]:
    number = explainer.stages.number[output]
    stage = explainer.stages.stages[explainer.stages.stage_of(number)]
    row = number - stage.first
    return explainer.stages.stages[explainer.stages.neurons_of(number)], row


def _units(explainer: Explainer, numbers: NDArray[np.int64]) -> list[str]:
    unit_of = {number: unit for unit, number in explainer.stages.number.items()}
    return [unit_of[number] for number in numbers.tolist()]


def _sources(
    units: Sequence[str], numbers: NDArray[np.int64], seen: Floats, values: Columns
) -> list[Floats]:
    """The values of what is read: of neurons, or of input units."""
    pairs = zip(units, numbers.tolist(), strict=True)
    return [values[unit] if unit in values else seen[number] for unit, number in pairs]


def _mean_slope(stage: Stage, row: int, before: float, z: Floats, a: Floats) -> Floats:
    """The mean slope of a row's activation from its z at the baseline to each row's z.

    ``a`` is its change; ``z`` the change of its z.
    """
    for segment in stage.layer.activations:
        if row in segment.rows:
            still = np.abs(z) <= STILL * max(abs(before), 1e-300)
            moved = a / np.where(still, 1.0, z)
            if not still.any():
                return np.asarray(moved)
            there = slopes(segment.name, segment.parameters, np.array([before]))[0]
            return np.asarray(np.where(still, there, moved))
    raise KeyError(row)


class _Terms:
    """Over what a sum reads: its terms, times the mean slope of its activation."""

    def __init__(self, explainer: Explainer, output: str) -> None:
        self.explainer, self.output = explainer, output
        self.stage, self.row = _own(explainer, output)
        weights = self.stage.sums[self.row]
        used = np.flatnonzero(weights)
        self.weights = weights[used]
        self.numbers = self.stage.layer.sources[used]
        self.units = _units(explainer, self.numbers)
        self.names, self.owned = owned(explainer, self.units)
        neurons = set(explainer.network.neurons)
        self.needed = tuple(unit for unit in self.units if unit in neurons)
        self.base_z = explainer.at_baseline.z[output]
        self.linear = bool(self.stage.linear[self.row])

    def __call__(self, seen: Floats, values: Columns) -> Floats:
        sources = _sources(self.units, self.numbers, seen, values)
        n_rows = seen.shape[1]
        terms = np.empty((n_rows, len(sources)))
        start = self.explainer.start[self.numbers]
        for i, source in enumerate(sources):
            terms[:, i] = (source - start[i]) * self.weights[i]
        if not self.linear:
            change = values[self.output] - self.explainer.at_baseline.outputs[self.output]
            moved = terms.sum(axis=1)
            terms *= _mean_slope(self.stage, self.row, self.base_z, moved, change)[:, None]
        whole = len(self.names) == len(self.units)
        return terms if whole else np.asarray(terms @ self.owned)


MOST_LINES = 2_000_000
"""The most numbers that the lines of all units may hold."""


def _is_shallow(explainer: Explainer, output: str) -> bool:
    n_lines = explainer.stages.n_units * explainer.network.compiled.n_input_units
    return n_lines <= MOST_LINES and linear_parts(explainer, output) is not None


class _Shallow:
    """Over inputs, where no bend feeds a bend."""

    def __init__(self, explainer: Explainer, output: str) -> None:
        parts = linear_parts(explainer, output)
        if parts is None:
            raise ValueError(f"{output} has bends that feed bends")
        self.explainer = explainer
        self.constant, self.bends = parts
        n_units = len(self.constant)
        self.names, self.owned = owned(explainer, explainer.network.compiled.units[:n_units])
        self.needed = tuple(bend.name for bend in self.bends)

    def __call__(self, seen: Floats, values: Columns) -> Floats:
        moves = seen - self.explainer.start[: len(seen)][:, None]
        slope = np.repeat(self.constant[:, None], seen.shape[1], axis=1)
        at_baseline = self.explainer.at_baseline
        for bend in self.bends:
            z = np.asarray(bend.by_unit @ moves)
            change = values[bend.name] - at_baseline.outputs[bend.name]
            mean = _mean_slope(bend.stage, bend.row, at_baseline.z[bend.name], z, change)
            for unit in np.flatnonzero(bend.by_unit).tolist():
                slope[unit] += (bend.share * bend.by_unit[unit]) * mean
        amounts = np.where(moves == 0, 0.0, slope * moves)
        if len(self.names) == len(seen):
            return np.asarray(amounts.T)
        return np.asarray(amounts.T @ self.owned)


EXACT = 1e-10
"""The greatest relative error of a closed form; rows with more are left to the lines."""


class _Grouped:
    """Of what a group makes of plain sums, in closed form but for a few means along the line."""

    def __init__(self, explainer: Explainer, output: str, lines: GroupLines) -> None:
        self.output, self.lines = output, lines
        self.before = explainer.at_baseline.outputs[output]
        self.row = row_in_group(explainer, output)
        self.units = _units(explainer, self.lines.numbers)
        self.names, self.owned = owned(explainer, self.units)
        self.needed = (output, *(set(self.units) & set(explainer.network.neurons)))
        self.careful = LineAmounts(explainer, output, "neuron")
        self.order = [self.careful.names.index(name) for name in self.names]

    def __call__(self, seen: Floats, values: Columns) -> Floats:
        sources = _sources(self.units, self.lines.numbers, seen, values)
        each = self.lines.contributions(seen, sources, self.row)
        now = values[self.output]
        missing = np.abs(now - self.before - each.sum(axis=0))
        enough = missing <= EXACT * np.maximum(np.abs(now), abs(self.before))
        amounts = each.T if len(self.names) == len(self.units) else each.T @ self.owned
        left = np.flatnonzero(~enough & np.isfinite(seen).all(axis=0))
        if len(left):
            amounts[left] = self.careful(seen[:, left], {})[:, self.order]
        return np.asarray(amounts)
