"""Reasons for what a group makes of plain sums, for whole columns of rows at once.

Along a line from the baseline each neuron of such a layer moves evenly. What a source contributes
to a grouped output then has a closed form, or takes a few means for each row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.explaining.attribution.baseline_values import BaselineValues
from nnspec.program.program import Tier

Floats: TypeAlias = NDArray[np.float64]


class GroupLines:
    """The neurons of a layer whose group acts on plain sums, along the lines from the baseline.

    Parameters
    ----------
    base
        The network and the baseline.
    tier
        The neurons, before their group acts.
    rows
        The neurons of the group that are to be explained.
    """

    group: ClassVar[str]
    """The group's name."""

    def __init__(self, base: BaselineValues, tier: Tier, rows: Sequence[int]) -> None:
        self.rows = list(rows)
        used = np.flatnonzero(tier.weights.any(axis=0))
        self.weights = tier.weights[:, used]
        self.numbers = tier.layer.sources[used]
        self.order = tier.layer.group_order
        self.start = base.units[self.numbers]
        self.base = base.units[tier.own][:, None]

    def contributions(self, seen: Floats, sources: Sequence[Floats], row: int) -> Floats:
        """Each source's contribution to a row's result, (n_sources, n_points); NaN where in doubt.

        What is found for one row may serve the others of the same points, which ``seen`` tells.
        """
        raise NotImplementedError

    def moves(self, sources: Sequence[Floats]) -> Floats:
        """How far each source moves: (n_sources, n_points)."""
        moves = np.array(sources)
        moves -= self.start[:, None]
        return moves
