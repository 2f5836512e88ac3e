"""Where along one input a neuron passes a hinge of its activation."""

from __future__ import annotations

import numpy as np

from nnspec.claims.search.probe import Floats, Probe

PIECES = 32
"""Into how many pieces an interval is cut at each step."""

MOST_STEPS = 24
"""Enough to come from 1e6 down to the last bit of a number as small as 1e-24."""


def straddle(probe: Probe, point: Floats, axis: int, hinge: int) -> tuple[float, float] | None:
    """Two neighbouring values of an input, with a neuron's z below a hinge at one of them alone.

    Parameters
    ----------
    probe
        The network over its domain, with its hinges.
    point
        What the other inputs are, shape (n_inputs,).
    axis, hinge
        Which input, and which hinge of the probe.

    Returns
    -------
    tuple or None
        The smaller value and the greater; None if z stays on one side all over a grid of the
        input's values.
    """
    found = probe.domain.axes[axis]
    low, high = found.low, found.high
    for _ in range(MOST_STEPS):
        grid = np.unique(found.hold(np.linspace(low, high, PIECES + 1)))
        points = np.repeat(point[:, None], len(grid), axis=1)
        points[axis] = grid
        above = probe.evaluate(points).above[hinge] >= 0
        changes = np.flatnonzero(above[1:] != above[:-1])
        if len(changes) == 0:
            return None
        low, high = float(grid[changes[0]]), float(grid[changes[0] + 1])
        if len(grid) == 2:
            break
    return low, high
