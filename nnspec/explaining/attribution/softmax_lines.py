"""Reasons for the shares of a softmax: a few means along the line, whatever the number of sources.

What unit i contributes to share k is its movement times the sum over the other neurons j of
P_kj (w_ki - w_ji), where P_kj is the mean of s_k s_j along the line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.explaining.attribution.baseline_values import BaselineValues
from nnspec.explaining.attribution.group_lines import GroupLines
from nnspec.program.program import Tier

Floats: TypeAlias = NDArray[np.float64]

ORDER = 8
"""Points of the quadrature on each piece."""

REACH = 2.5
"""How far the exponents may move apart on one piece: the poles of a share are pi away from it."""

FARTHEST = 160.0
"""How far they may move apart at all; beyond, exponentials would fall to nothing."""

AT_ONCE = 20_000
"""How many numbers are worked on at once, so that they stay in the processor's cache."""

NODES, WEIGHTS = (
    ((own + shift) / 2).tolist()
    for own, shift in zip(np.polynomial.legendre.leggauss(ORDER), (1.0, 0.0), strict=True)
)


class SoftmaxLines(GroupLines):
    """Shares of exponentials of plain sums."""

    group = "softmax"

    def __init__(self, base: BaselineValues, tier: Tier, rows: Sequence[int]) -> None:
        super().__init__(base, tier, rows)
        self.base -= self.base.max()
        every = range(len(self.weights))
        pairs = {(min(k, j), max(k, j)) for k in self.rows for j in every if j != k}
        self.pairs = {pair: i for i, pair in enumerate(sorted(pairs))}
        self._last: tuple[Floats, Floats] | None = None

    def contributions(self, seen: Floats, sources: Sequence[Floats], row: int) -> Floats:
        """By quadrature, which serves every row of the same points."""
        moves = self.moves(sources)
        if self._last is None or self._last[0] is not seen:
            self._last = seen, self._means(self.weights @ moves)
        others = [j for j in range(len(self.weights)) if j != row]
        means = self._last[1][[self.pairs[min(row, j), max(row, j)] for j in others]]
        return np.asarray(((self.weights[row] - self.weights[others]).T @ means) * moves)

    def _means(self, moved: Floats) -> Floats:
        """The mean of s_k s_j along the line: (n_pairs, n_points)."""
        moved = moved - moved.max(axis=0)
        reach = -moved.min(axis=0)
        means = np.full((len(self.pairs), moved.shape[1]), np.nan)
        pieces = np.ceil(np.maximum(reach / REACH, 1.0))
        pieces[~(reach <= FARTHEST)] = 0.0
        at_once = max(64, AT_ONCE // len(moved))
        for n in np.unique(pieces[pieces > 0]).astype(int).tolist():
            chosen = np.flatnonzero(pieces == n)
            for at in range(0, len(chosen), at_once):
                some = chosen[at : at + at_once]
                means[:, some] = self._quadrature(moved[:, some], n)
        return means

    def _quadrature(self, moved: Floats, n_pieces: int) -> Floats:
        """Work in place, with exponentials relative to the first neuron's, which is 1."""
        total = np.zeros((len(self.pairs), moved.shape[1]))
        apart, base = moved[1:] - moved[0], self.base[1:] - self.base[0]
        powers, shares = np.empty_like(apart), np.empty_like(apart)
        first, product = np.empty_like(moved[0]), np.empty_like(moved[0])
        pairs = [
            ((shares[k - 1] if k else first), shares[j - 1], total[i])
            for (k, j), i in self.pairs.items()
        ]
        # One piece on, every exponential is multiplied by the same number.
        step = np.exp(apart / n_pieces)
        for node, weight in zip(NODES, WEIGHTS, strict=True):
            root = math.sqrt(weight / n_pieces)
            np.multiply(apart, node / n_pieces, out=powers)
            powers += base
            np.exp(powers, out=powers)
            for piece in range(n_pieces):
                if piece:
                    powers *= step
                np.add(powers[0], 1.0, out=first)
                for power in powers[1:]:
                    first += power
                np.divide(root, first, out=first)
                np.multiply(powers, first, out=shares)
                for one, other, found in pairs:
                    np.multiply(one, other, out=product)
                    found += product
        return total
