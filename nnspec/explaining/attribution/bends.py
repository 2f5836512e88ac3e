"""Networks in which no bend feeds another: an output as a line in the inputs, and in bends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.explaining.attribution.explainer import Explainer
from nnspec.program.stage import Stage

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Bend:
    """One neuron that is not linear: its z as a line in the input units, and its share."""

    name: str
    stage: Stage
    row: int
    by_unit: Floats
    share: float


def linear_parts(explainer: Explainer, output: str) -> tuple[Floats, list[Bend]] | None:
    """An output as a line in the input units and in bends; None where a bend feeds a bend."""
    stages = explainer.stages
    n_units = stages.n_units
    free = stages.stages[0].first if stages.stages else 0
    lines: dict[int, Floats | None] = {i: np.eye(free)[i] for i in range(free)}
    shares = np.zeros(n_units)
    target = stages.number[output]
    shares[target] = 1.0
    _fill_lines(explainer, lines)
    name_of = {number: unit for unit, number in stages.number.items()}
    constant, bends = np.zeros(free), []
    for unit in range(n_units - 1, free - 1, -1):
        if shares[unit] == 0:
            continue
        stage = stages.stages[stages.stage_of(unit)]
        row = unit - stage.first
        if stage.linear[row]:
            np.add.at(shares, stage.layer.sources, shares[unit] * stage.sums[row])
            continue
        by_unit = None if any(one.row == row for one in stage.others) else _line(stage, row, lines)
        if by_unit is None or stage.layer.group is not None or unit not in name_of:
            return None
        bends.append(Bend(name_of[unit], stage, row, by_unit, float(shares[unit])))
    constant += shares[:free]
    return constant, bends


def _fill_lines(explainer: Explainer, lines: dict[int, Floats | None]) -> None:
    """Which units are lines in the input units, and which."""
    for stage in explainer.stages.stages:
        for row in range(len(stage.layer.neurons)):
            linear = bool(stage.linear[row])
            lines[stage.first + row] = _line(stage, row, lines) if linear else None


def _line(stage: Stage, row: int, lines: Mapping[int, Floats | None]) -> Floats | None:
    """A row's z as a line in the input units; None where it reads a bend."""
    total = np.zeros_like(lines[0])
    for source, weight in zip(stage.layer.sources.tolist(), stage.sums[row].tolist(), strict=True):
        if weight == 0:
            continue
        line = lines[source]
        if line is None:
            return None
        total = total + weight * line
    return np.asarray(total)
