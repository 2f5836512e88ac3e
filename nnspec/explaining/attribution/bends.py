"""Networks in which no bend feeds another: an output as a line in the inputs, and in bends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.explaining.attribution.baseline_values import BaselineValues
from nnspec.program.program import Tier

Floats: TypeAlias = NDArray[np.float64]

MOST_LINES = 2_000_000
"""The most numbers that the lines of all units may hold."""


@dataclass(frozen=True)
class Bend:
    """One neuron that is not linear: its z as a line in the input units, and its share."""

    name: str
    tier: Tier
    row: int
    by_unit: Floats
    share: float


def linear_parts(base: BaselineValues, output: str) -> tuple[Floats, list[Bend]] | None:
    """An output as a line in the input units and in bends; None where a bend feeds a bend."""
    program = base.program
    free = base.network.compiled.n_input_units
    target = program.number[output]
    if program.n_units * free > MOST_LINES:
        return None
    shares = np.zeros(program.n_units)
    shares[target] = 1.0
    lines = _lines(base, free)
    bends = []
    for tier in reversed(program.tiers[: program.tier_of(target) + 1]):
        for row in reversed(range(len(tier.layer.neurons))):
            share = float(shares[tier.first + row])
            if share == 0:
                continue
            if tier.linear[row]:
                np.add.at(shares, tier.layer.sources, share * tier.weights[row])
                continue
            name = base.name_of.get(tier.first + row)
            is_sum = all(one.row != row for one in tier.gathered)
            by_unit = _line(tier, row, lines) if is_sum and tier.layer.group is None else None
            if by_unit is None or name is None:
                return None
            bends.append(Bend(name, tier, row, by_unit, share))
    return shares[:free], bends


def _lines(base: BaselineValues, free: int) -> dict[int, Floats]:
    """The units that are lines in the input units, and which."""
    lines = dict(enumerate(np.eye(free)))
    for tier in base.program.tiers:
        for row in np.flatnonzero(tier.linear).tolist():
            line = _line(tier, row, lines)
            if line is not None:
                lines[tier.first + row] = line
    return lines


def _line(tier: Tier, row: int, lines: Mapping[int, Floats]) -> Floats | None:
    """A row's z as a line in the input units; None where it reads a bend."""
    weights = tier.weights[row]
    columns = weights.nonzero()[0]
    total = np.zeros_like(lines[0])
    numbers = tier.layer.sources[columns].tolist()
    for number, weight in zip(numbers, weights[columns].tolist(), strict=True):
        line = lines.get(number)
        if line is None:
            return None
        total += weight * line
    return total
