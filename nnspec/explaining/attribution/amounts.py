"""What contributes how much to an output, for whole columns of rows at once.

Most networks allow a closed form. Over what an output reads, a weighted sum shares the change of
its activation in proportion to the terms. Over inputs, a network in which no bend feeds another
bend has pre-activations that move evenly along the line from the baseline, so that the mean slope
of each bend is its change divided by its z's. Others are explained by their lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.explaining.attribution.baseline_values import BaselineValues
from nnspec.explaining.attribution.bends import Bend, linear_parts
from nnspec.explaining.attribution.group_lines import GroupLines
from nnspec.explaining.attribution.groups import group_lines, row_in_layer
from nnspec.explaining.attribution.jumps import contributions
from nnspec.explaining.attribution.lines import Lines
from nnspec.explaining.data import TOLERANCE
from nnspec.functions.activations import ACTIVATIONS
from nnspec.program.adjoint import slopes
from nnspec.program.compiled import Segment
from nnspec.program.program import Tier
from nnspec.spec.inputs import seen_columns

Floats: TypeAlias = NDArray[np.float64]
Columns: TypeAlias = Mapping[str, Floats]

STILL = 1e-12
"""A z that moves less than this, relatively, has the slope of its place."""

EXACT = 1e-10
"""The greatest relative error of a group's closed form; rows with more are left to the lines."""

LINE_NUMBERS = 40_000
"""How many numbers the units of one batch of lines are; its pieces are several times as many."""


class Amounts:
    """Finds what each of some names contributes to one output, for many rows.

    Parameters
    ----------
    base
        The network and the baseline.
    output
        The output.
    units
        What contributes: input units and neurons.
    needed
        The neurons whose values must be handed in.
    """

    by = "neuron"
    """What is divided among: what the output reads, or the inputs."""

    def __init__(
        self, base: BaselineValues, output: str, units: Sequence[str], needed: Sequence[str]
    ) -> None:
        self.base, self.output = base, output
        self.units = tuple(units)
        self.needed = tuple(needed)
        owners = [base.owners[unit] for unit in units]
        self.names = tuple(dict.fromkeys(owners))
        # Adds up what belongs to one input: (n_units, n_names). None where each owns one unit.
        self._owned = None if len(self.names) == len(owners) else np.array(
            [[float(owner == name) for name in self.names] for owner in owners]
        )  # fmt: skip

    def __call__(self, seen: Floats, values: Columns) -> Floats:
        """Amounts of shape (n_rows, n_names), NaN where they do not add up.

        Parameters
        ----------
        seen
            What synapses see of the inputs: (n_input_units, n_rows).
        values
            The needed neurons' values.
        """
        return self.by_name(self.by_unit(seen, values))

    def by_name(self, each: Floats) -> Floats:
        """What each name contributes, from what its units do: (n_rows, n_names)."""
        return each if self._owned is None else np.asarray(each @ self._owned)

    def measured(self, seen: Floats, values: Columns) -> tuple[Floats, Floats]:
        """What each unit contributes, whether that adds up or not, and what errors are relative to.

        Shapes are (n_rows, n_units) and (n_rows,).
        """
        with np.errstate(all="ignore"):
            each = self.by_unit(seen, values)
            if np.isfinite(each).all():
                return each, self.base.size_of(self.output, seen)
        lines = LineAmounts(self.base, self.output, self.by)
        found, scale = lines.measured(seen, values)
        column = {unit: found[:, i] for i, unit in enumerate(lines.units)}
        nothing = np.zeros(len(found))
        return np.stack([column.get(unit, nothing) for unit in self.units], axis=1), scale

    def by_unit(self, seen: Floats, values: Columns) -> Floats:
        """What each unit contributes: (n_rows, n_units)."""
        raise NotImplementedError


def seen_units(base: BaselineValues, columns: Columns) -> Floats:
    """What synapses see of the inputs: (n_input_units, n_rows)."""
    with np.errstate(all="ignore"):
        return np.array(
            [x for item in base.spec.inputs for x in seen_columns(np, item, columns[item.name])],
            dtype=np.float64,
        )


def amounts_of(base: BaselineValues, outputs: Sequence[str], by: str) -> dict[str, Amounts]:
    """How to find the outputs' reasons, by ``"neuron"`` or by ``"input"``."""
    program = base.program
    direct = [o for o in outputs if by == "neuron" or program.neurons_of(program.number[o]) == 0]
    grouped = group_lines(base, direct)
    return {
        output: _GroupAmounts(base, output, grouped[output])
        if output in grouped
        else _closed(base, output, by) or LineAmounts(base, output, by)
        for output in outputs
    }


def _closed(base: BaselineValues, output: str, by: str) -> Amounts | None:
    """The closed form of an output that is in no group, if there is one."""
    if by == "neuron":
        number = base.program.number[output]
        tier = base.program.tiers[base.program.tier_of(number)]
        row = number - tier.first
        plain = tier.layer.group is None and all(one.row != row for one in tier.gathered)
        return _TermAmounts(base, output, tier, row) if plain else None
    parts = linear_parts(base, output)
    return None if parts is None else _BendAmounts(base, output, *parts)


def _poles(segment: Segment) -> list[float]:
    record, parameters = ACTIVATIONS[segment.name], segment.parameters
    hinges = record.hinges(**parameters)
    return [at for at in hinges if not np.isfinite(record.scalar(at, **parameters))]


def _mean_slope(tier: Tier, row: int, before: float, z: Floats, a: Floats) -> Floats:
    """The mean slope of a row's activation from its z at the baseline to each row's z.

    ``a`` is its change; ``z`` the change of its z. Across a pole there is none: NaN.
    """
    segment = tier.activation_of[row]
    for pole in _poles(segment):
        z = np.where((before - pole) * (before + z - pole) <= 0, np.nan, z)
    still = np.abs(z) <= STILL * max(abs(before), 1e-300)
    moved = a / np.where(still, 1.0, z)
    if not still.any():
        return np.asarray(moved)
    there = slopes(segment.name, segment.parameters, np.array([before]))[0]
    # A root at 0 has no slope; of a z that rests there nothing follows.
    return np.asarray(np.where(still, there if np.isfinite(there) else 0.0, moved))


class _TermAmounts(Amounts):
    """Over what a sum reads: its terms, times the mean slope of its activation."""

    def __init__(self, base: BaselineValues, output: str, tier: Tier, row: int) -> None:
        self.tier, self.row = tier, row
        used = np.flatnonzero(tier.weights[row])
        self.weights = tier.weights[row][used]
        self.numbers = tier.layer.sources[used]
        self.linear = bool(tier.linear[row])
        units = [base.name_of[number] for number in self.numbers.tolist()]
        free = base.network.compiled.n_input_units
        neurons = [base.name_of[number] for number in self.numbers.tolist() if number >= free]
        super().__init__(base, output, units, neurons)

    def by_unit(self, seen: Floats, values: Columns) -> Floats:
        """In proportion to the terms."""
        terms = np.empty((seen.shape[1], len(self.units)))
        start = self.base.units[self.numbers]
        for i, source in enumerate(_sources(self.units, self.numbers, seen, values)):
            terms[:, i] = (source - start[i]) * self.weights[i]
        if not self.linear:
            before = self.base.valuation
            change = values[self.output] - before.outputs[self.output]
            moved = terms.sum(axis=1)
            mean = _mean_slope(self.tier, self.row, before.z[self.output], moved, change)
            terms *= mean[:, None]
        return terms


class _BendAmounts(Amounts):
    """Over inputs, where no bend feeds a bend."""

    by = "input"

    def __init__(
        self, base: BaselineValues, output: str, constant: Floats, bends: Sequence[Bend]
    ) -> None:
        self.constant, self.bends = constant, bends
        needed = [bend.name for bend in bends]
        super().__init__(base, output, base.network.compiled.units[: len(constant)], needed)

    def by_unit(self, seen: Floats, values: Columns) -> Floats:
        """The slope of each straight part times the movement, bends by their mean slopes."""
        moves = seen - self.base.units[: len(seen)][:, None]
        slope = np.repeat(self.constant[:, None], seen.shape[1], axis=1)
        before = self.base.valuation
        for bend in self.bends:
            z = np.asarray(bend.by_unit @ moves)
            change = values[bend.name] - before.outputs[bend.name]
            mean = _mean_slope(bend.tier, bend.row, before.z[bend.name], z, change)
            for unit in np.flatnonzero(bend.by_unit).tolist():
                slope[unit] += (bend.share * bend.by_unit[unit]) * mean
        return np.asarray(np.where(moves == 0, 0.0, slope * moves).T)


class _GroupAmounts(Amounts):
    """Of what a group makes of plain sums, in closed form but for a few means along the line."""

    def __init__(self, base: BaselineValues, output: str, lines: GroupLines) -> None:
        self.lines = lines
        self.row = row_in_layer(base, output)
        units = [base.name_of[number] for number in lines.numbers.tolist()]
        neurons = set(units) & set(base.network.neurons)
        super().__init__(base, output, units, (output, *neurons))
        self.careful = LineAmounts(base, output, "neuron")
        self.order = [self.careful.units.index(unit) for unit in units]

    def by_unit(self, seen: Floats, values: Columns) -> Floats:
        """In closed form; rows in which that is not exact are left to their lines."""
        sources = _sources(self.units, self.lines.numbers, seen, values)
        each = self.lines.contributions(seen, sources, self.row)
        now, before = values[self.output], self.base.valuation.outputs[self.output]
        missing = np.abs(now - before - each.sum(axis=0))
        enough = missing <= EXACT * np.maximum(np.abs(now), abs(before))
        left = np.flatnonzero(~enough & np.isfinite(seen).all(axis=0))
        if len(left):
            each[:, left] = self.careful.by_unit(seen[:, left], {})[:, self.order].T
        return np.asarray(each.T)


def _sources(
    units: Sequence[str], numbers: NDArray[np.int64], seen: Floats, values: Columns
) -> list[Floats]:
    """The values of what is read: of neurons, or of input units."""
    pairs = zip(units, numbers.tolist(), strict=True)
    return [values[unit] if unit in values else seen[number] for unit, number in pairs]


class LineAmounts(Amounts):
    """What contributes to an output along the lines from the baseline.

    Each row has a line of its own; many are walked at a time.
    """

    def __init__(self, base: BaselineValues, output: str, by: str) -> None:
        program = base.program
        self.target = program.number[output]
        self.first = 0 if by == "input" else program.neurons_of(self.target)
        free = program.tiers[self.first].first
        leading = program.leading_to(self.target)
        units = [u for u, n in program.number.items() if n < free and leading[n]]
        self.numbers = [program.number[unit] for unit in units]
        super().__init__(base, output, units, ())

    def by_unit(self, seen: Floats, values: Columns) -> Floats:
        """What the lines give, NaN where it does not add up."""
        del values
        found = np.full((seen.shape[1], len(self.units)), np.nan)
        good = np.flatnonzero(np.isfinite(seen).all(axis=0))
        at_once = max(16, LINE_NUMBERS // self.base.program.n_units)
        for at in range(0, len(good), at_once):
            some = good[at : at + at_once]
            found[some] = self._along(seen[:, some], complete=True)[0]
        return found

    def measured(self, seen: Floats, values: Columns) -> tuple[Floats, Floats]:
        """What the lines give."""
        del values
        return self._along(seen, complete=False)

    def _along(self, seen: Floats, *, complete: bool) -> tuple[Floats, Floats]:
        """What each unit contributes; NaN where that must be ``complete`` and is not."""
        with np.errstate(all="ignore"):
            end = self.base.at(seen)
            start = np.repeat(self.base.units[:, None], seen.shape[1], axis=1)
            lines = Lines(self.base.program, start, end, self.target, self.first)
            each = contributions(lines)
            missing = end[self.target] - start[self.target] - each.sum(axis=0)
            lost = complete & ~(np.abs(missing) <= TOLERANCE * lines.scale)
            return np.where(lost, np.nan, each[self.numbers]).T, lines.scale
