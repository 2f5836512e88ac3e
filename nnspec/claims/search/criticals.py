"""Values of one input that matter by themselves: where neurons of that input alone have hinges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnspec.claims.domain import Axis
from nnspec.claims.search.probe import Floats, Probe

PIECES = 32
"""Into how many pieces an input's range is cut to see where z passes a hinge."""

STEPS = 12
"""Of a root's search; for a straight line one is enough."""

MOST = 64
"""Values kept for one input."""


def critical_values(probe: Probe) -> tuple[Floats, ...]:
    """For each input, where it alone takes some neuron's z to a hinge; empty if nowhere."""
    alone = probe.supports.sum(axis=1) == 1
    found: list[Floats] = []
    for i, axis in enumerate(probe.domain.axes):
        hinges = np.flatnonzero(alone & probe.supports[:, i])
        wanted = len(hinges) > 0 and axis.choices is None
        found.append(_roots(probe, i, hinges) if wanted else np.empty(0))
    return tuple(found)


def _roots(probe: Probe, i: int, hinges: NDArray[np.int64]) -> Floats:
    axis = probe.domain.axes[i]
    grid = _grid(axis)
    z = _along(probe, i, grid)[hinges]
    hinge, at = np.nonzero((z[:, :-1] < 0) != (z[:, 1:] < 0))
    touched = grid[np.nonzero(z == 0)[1]]
    if len(hinge) == 0:
        return touched
    hinge, at = hinge[:MOST], at[:MOST]
    low, high = grid[at], grid[at + 1]
    below, above = z[hinge, at], z[hinge, at + 1]
    every = np.arange(len(hinge))
    x = low
    for step in range(STEPS):
        # A secant finds the root of a line at once; bisection, that of anything in the end.
        share = below / (below - above) if step % 3 < 2 else np.full(len(hinge), 0.5)
        x = low + np.clip(np.nan_to_num(share, nan=0.5), 0, 1) * (high - low)
        reached = _along(probe, i, x)[hinges[hinge], every]
        if not (reached != 0).any():
            break
        same = (reached < 0) == (below < 0)
        low, below = np.where(same, x, low), np.where(same, reached, below)
        high, above = np.where(same, high, x), np.where(same, above, reached)
    return np.unique(np.concatenate([touched, _as_authors_write(axis, x)]))


def _grid(axis: Axis) -> Floats:
    """Evenly, and where the range spans scales, at every scale of it as well."""
    even = axis.grid(PIECES)
    scales = axis.simplest + axis.span * 10.0 ** -np.arange(1.0, 13.0)
    signs = [scales, 2 * axis.simplest - scales] if axis.low < 0 < axis.high else [scales]
    return np.unique(axis.hold(np.concatenate([even, *signs])))


def _along(probe: Probe, i: int, values: Floats) -> Floats:
    points = np.repeat(probe.domain.simplest[:, None], len(values), axis=1)
    points[i] = values
    return probe.evaluate(points).above


def _as_authors_write(axis: Axis, x: Floats) -> Floats:
    """Each value, and the number of nine digits beside it, at which the author's hinge may be."""
    if axis.whole:
        return axis.hold(np.concatenate([np.floor(x), np.ceil(x)]))
    short = np.array([float(f"{value:.9g}") for value in x.tolist()])
    return axis.hold(np.concatenate([x, short]))
