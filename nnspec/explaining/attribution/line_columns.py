"""Reasons for whole columns of rows that have no closed form: each row's line, many at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.explaining.attribution.explainer import Explainer
from nnspec.explaining.attribution.paths import Lines
from nnspec.explaining.data import TOLERANCE

Floats: TypeAlias = NDArray[np.float64]
Columns: TypeAlias = Mapping[str, Floats]

LINE_NUMBERS = 40_000
"""How many numbers the units of one batch of lines are; its pieces are several times as many."""


def owned(explainer: Explainer, units: Sequence[str]) -> tuple[tuple[str, ...], Floats]:
    """The owners of some units, and the matrix that adds up each owner's: (n_units, n_names)."""
    owners = [explainer.owners[unit] for unit in units]
    names = tuple(dict.fromkeys(owners))
    return names, np.array([[float(owner == name) for name in names] for owner in owners])


class LineAmounts:
    """What contributes to an output along the lines from the baseline."""

    def __init__(self, explainer: Explainer, output: str, by: str) -> None:
        self.explainer = explainer
        stages = explainer.stages
        self.target = stages.number[output]
        self.first = 0 if by == "input" else stages.neurons_of(self.target)
        free = stages.stages[self.first].first
        leading = stages.leading_to(self.target)
        self.units = [u for u, n in stages.number.items() if n < free and leading[n]]
        self.numbers = [stages.number[unit] for unit in self.units]
        self.names, self.owned = owned(explainer, self.units)
        self.needed: tuple[str, ...] = ()

    def __call__(self, seen: Floats, values: Columns) -> Floats:
        """Amounts of shape (n_rows, n_names), NaN where they do not add up."""
        found = np.full((seen.shape[1], len(self.units)), np.nan)
        good = np.flatnonzero(np.isfinite(seen).all(axis=0))
        at_once = max(16, LINE_NUMBERS // self.explainer.stages.n_units)
        for at in range(0, len(good), at_once):
            some = good[at : at + at_once]
            found[some] = self._amounts(seen[:, some])
        return np.asarray(found @ self.owned)

    def _amounts(self, seen: Floats) -> Floats:
        stages = self.explainer.stages
        end = np.zeros((stages.n_units, seen.shape[1]))
        end[: len(seen)] = seen
        with np.errstate(all="ignore"):
            end = stages.forward(end).values
            start = np.repeat(self.explainer.start[:, None], seen.shape[1], axis=1)
            lines = Lines(stages, start, end, self.target, self.first)
            each = lines.contributions()
            missing = end[self.target] - start[self.target] - each.sum(axis=0)
            complete = np.abs(missing) <= TOLERANCE * lines.scale
        return np.asarray(np.where(complete, each[self.numbers], np.nan).T)
