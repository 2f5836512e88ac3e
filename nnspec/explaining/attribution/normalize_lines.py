"""Reasons for the shares of a sum: a slope is a rational function, whose integral is known.

Where a neuron goes from b to b + m along the line, the sum of the group from P to P + Q, and
r = Q/P, source i contributes its movement times w_i A/P - W_i (b B + m C)/P²: W_i is the sum of
its weights, and A, B and C are the means of 1/(1 + rt), 1/(1 + rt)² and t/(1 + rt)².
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.explaining.attribution.group_lines import GroupLines

Floats: TypeAlias = NDArray[np.float64]

NEAR_ZERO = 1e-3
"""The r below which series stand for formulas that cancel there."""


class NormalizeLines(GroupLines):
    """Shares of a sum of plain sums."""

    group = "normalize"

    def contributions(self, seen: Floats, sources: Sequence[Floats], row: int) -> Floats:
        """In closed form; a sum that passes 0 has no integral."""
        del seen
        moves = self.moves(sources)
        moved = self.weights @ moves
        base, move = self.base[row], moved[row]
        before, change = self.base.sum(), moved.sum(axis=0)
        by_own, by_sum, by_time = _means(change / before)
        by_sum = (base * by_sum + move * by_time) / before**2
        slope = self.weights[row][:, None] * (by_own / before)
        slope -= self.weights.sum(axis=0)[:, None] * by_sum
        slope *= moves
        return np.asarray(slope)


def _means(r: Floats) -> tuple[Floats, Floats, Floats]:
    """The means from t = 0 to 1 of 1/(1 + rt), 1/(1 + rt)² and t/(1 + rt)²."""
    near = np.abs(r) < NEAR_ZERO
    apart = np.where(near, 1.0, r)
    log, inverse = np.log1p(r), 1 / (1 + r)
    first = np.where(near, 1 - r * (1 / 2 - r * (1 / 3 - r * (1 / 4 - r / 5))), log / apart)
    series = 1 / 2 - r * (2 / 3 - r * (3 / 4 - r * (4 / 5 - r * (5 / 6))))
    return first, inverse, np.where(near, series, (log - r * inverse) / apart**2)
