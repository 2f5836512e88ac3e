"""Reasons for the shares of a softmax, for whole columns of rows at once.

Along a line every neuron of the group moves evenly in what its exponential takes. What unit i
contributes to share k is then its movement times the sum over j of P_kj (w_ki - w_ji), where P_kj
is the mean of s_k s_j along the line: a few means for each row, whatever the number of sources.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.explaining.explainer import Explainer
from nnspec.explaining.stage import Stage

Floats: TypeAlias = NDArray[np.float64]

ORDER = 8
"""Points of the quadrature on each piece."""

REACH = 2.5
"""How far the exponents may move apart on one piece: the poles of a share are pi away from it."""

FARTHEST = 160.0
"""How far they may move apart at all; beyond, exponentials would fall to nothing."""

EXACT = 1e-10
"""The greatest relative error; rows with more are left to the lines."""

AT_ONCE = 6_144
"""How many numbers are worked on at once, so that they stay in the processor's cache."""

MOST_SHARED = 10
"""The greatest group whose shares are found together; there are its square of means a row."""

NODES, WEIGHTS = (
    ((own + shift) / 2).tolist()
    for own, shift in zip(np.polynomial.legendre.leggauss(ORDER), (1.0, 0.0), strict=True)
)


def softmax_stage(explainer: Explainer, output: str) -> Stage | None:
    """The neurons that a softmax of plain sums makes an output of; None if it is none."""
    stages = explainer.stages
    number = stages.number[output]
    group = stages.stages[stages.stage_of(number)]
    own = stages.stages[stages.neurons_of(number)]
    return own if group.layer.group == "softmax" and bool(own.linear.all()) else None


def group_lines(explainer: Explainer, output: str, stage: Stage) -> GroupLines:
    """The lines of an output's group: of a small one, the same for all its outputs."""
    row = row_in_group(explainer, output)
    if len(stage.sums) > MOST_SHARED:
        return GroupLines(explainer, stage, [row])
    if stage.first not in explainer.group_lines:
        own = [name for name in explainer.targets if softmax_stage(explainer, name) is stage]
        rows = sorted({row_in_group(explainer, name) for name in own})
        explainer.group_lines[stage.first] = GroupLines(explainer, stage, rows)
    found = explainer.group_lines[stage.first]
    return found if row in found.rows else GroupLines(explainer, stage, [row])


def row_in_group(explainer: Explainer, output: str) -> int:
    """Which neuron of its layer an output is."""
    number = explainer.stages.number[output]
    return number - explainer.stages.stages[explainer.stages.stage_of(number)].first


class GroupLines:
    """Shares of a softmax of plain sums, along the lines from the baseline.

    Parameters
    ----------
    explainer
        The network and the baseline.
    stage
        What :func:`softmax_stage` gives.
    rows
        The neurons of the group whose shares are wanted.
    """

    def __init__(self, explainer: Explainer, stage: Stage, rows: Sequence[int]) -> None:
        self.rows = list(rows)
        used = np.flatnonzero(stage.sums.any(axis=0))
        self.weights = stage.sums[:, used]
        self.numbers = stage.layer.sources[used]
        self.start = explainer.start[self.numbers]
        base = explainer.start[stage.own]
        self.base = (base - base.max())[:, None]
        self._last: tuple[Floats, Floats] | None = None

    def contributions(self, seen: Floats, sources: Sequence[Floats], row: int) -> Floats:
        """Each source's contribution to a share, (n_rows, n_sources); NaN where in doubt.

        What is found for one share serves the others of the same rows, which ``seen`` tells.
        """
        moves = np.array(sources) - self.start[:, None]
        if self._last is None or self._last[0] is not seen:
            self._last = seen, self._means(self.weights @ moves)
        means = self._last[1][self.rows.index(row)]
        return np.asarray((means.T @ (self.weights[row] - self.weights)) * moves.T)

    def _means(self, moved: Floats) -> Floats:
        """The mean of s_k s_j along the line: (n_rows, n_neurons, n_points)."""
        moved = moved - moved.max(axis=0)
        reach = -moved.min(axis=0)
        means = np.full((len(self.rows), *moved.shape), np.nan)
        pieces = 2.0 ** np.ceil(np.log2(np.maximum(reach / REACH, 1.0)))
        pieces[~(reach <= FARTHEST)] = 0.0
        at_once = max(64, AT_ONCE // len(moved))
        for n in np.unique(pieces[pieces > 0]).astype(int).tolist():
            chosen = np.flatnonzero(pieces == n)
            for at in range(0, len(chosen), at_once):
                some = chosen[at : at + at_once]
                means[:, :, some] = self._checked(moved[:, some], n)
        return means

    def _checked(self, moved: Floats, n_pieces: int) -> Floats:
        means = self._quadrature(moved, n_pieces)
        before, after = (_shares(at)[self.rows] for at in (self.base, self.base + moved))
        change = (means * (moved[self.rows][:, None] - moved)).sum(axis=1)
        missing = np.abs(after - before - change)
        good = missing <= EXACT * np.maximum(before, after)
        return np.where(good[:, None], means, np.nan)

    def _quadrature(self, moved: Floats, n_pieces: int) -> Floats:
        total = np.zeros((len(self.rows), *moved.shape))
        # One piece on, every exponential is multiplied by the same number.
        step = np.exp(moved / n_pieces)
        for node, weight in zip(NODES, WEIGHTS, strict=True):
            powers = np.exp(self.base + moved * (node / n_pieces))
            for piece in range(n_pieces):
                if piece:
                    powers *= step
                whole = reduce(np.add, powers)
                shares = powers * (math.sqrt(weight / n_pieces) / whole)
                for found, row in zip(total, self.rows, strict=True):
                    found += shares * shares[row]
        return total


def _shares(exponents: Floats) -> Floats:
    powers = np.exp(exponents - exponents.max(axis=0))
    return np.asarray(powers / powers.sum(axis=0))
