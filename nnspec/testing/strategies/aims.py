"""Where along an input faults sit, as narrow strategies: its ends, and the hinges of neurons.

A cell that is aimed at is drawn as any other, only between nearer ends. So Hypothesis may let go of
the aim and keep the value, and an aimed row shrinks as far as a plain one.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from hypothesis import strategies as st

from nnspec.claims.domain import Axis
from nnspec.claims.search.probe import Floats, Probe
from nnspec.testing.strategies.axes import cells_between

Aim: TypeAlias = st.SearchStrategy[Any]
"""Cells of one axis, drawn between nearer ends than the axis has."""

PIECES = 16
"""Into how many pieces an axis is cut to see which hinges are met along it."""

MOST_STEPS = 24
"""Enough to come from 1e6 down to the last bit of a number as small as 1e-24."""

MOST_ALONE = 64
"""Of how many hinges that one input meets alone the place is remembered."""

AROUND = np.arange(-4.0, 5.0)
"""Where the hinge of a straight line is looked for: so many last bits beside its crossing."""

STEPS = 7
"""How far beyond a hinge: a tenth of the axis, a hundredth, and so on."""


def at_the_ends(axis: Axis) -> list[Aim]:
    """Cells at either end of an axis, just inside them, and about 0 and 1."""
    if axis.codes or axis.input.type == "boolean" or axis.span == 0:
        return []
    if axis.whole:
        steps = [(axis.low, axis.low + 1), (axis.high - 1, axis.high), (0.0, 1.0)]
    else:
        small = axis.span / 1000
        steps = [
            (axis.low, math.nextafter(axis.low, axis.high)),
            (math.nextafter(axis.high, axis.low), axis.high),
            (axis.low, axis.low + small), (axis.high - small, axis.high),
            (0.0, 0.5), (0.0, 1.0), (-1.0, 0.0),
        ]  # fmt: skip
    return [cells_between(axis, a, b) for a, b in steps if axis.low <= a < b <= axis.high]


def beside(axis: Axis, below: float, above: float) -> list[Aim]:
    """Cells about a hinge that lies between two neighbouring values of an axis.

    The last value on one side or the first on the other; and round steps beyond, most of them on
    the side above, where a rectifier fires.
    """
    found = [(below, above)] * 2
    if axis.whole:
        found += [(above, above + 1), (below - 1, below)]
    else:
        steps = [axis.span * 10.0**-k for k in range(1, STEPS + 1)]
        found += [(above, above + step) for step in steps]
        found += [(below - step, below) for step in steps[1::2]]
    kept = [(max(a, axis.low), min(b, axis.high)) for a, b in found]
    return [cells_between(axis, a, b) for a, b in kept if a < b]


def alone(probe: Probe) -> list[tuple[int, list[Aim]]]:
    """For each hinge that one input meets alone: the axis, and cells about the hinge."""
    found = []
    own = np.flatnonzero(probe.supports.sum(axis=1) == 1)[:MOST_ALONE]
    for hinge in own.tolist():
        i = int(probe.supports[hinge].argmax())
        axis = probe.domain.axes[i]
        between = None if axis.codes else straddle(probe, probe.domain.simplest, i, hinge)
        aims = [] if between is None else beside(axis, *between)
        found += [(i, aims)] if aims else []
    return found


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

    Notes
    -----
    Where z is a straight line between two points of the grid, the secant meets the hinge within a
    few last bits, so that one more look is enough; elsewhere the grid is laid again between the
    two values on either side, until they are neighbours.
    """
    own = probe.domain.axes[axis]
    grid = own.grid(PIECES)
    for _ in range(MOST_STEPS):
        grid = np.unique(grid)
        points = np.repeat(point[:, None], len(grid), axis=1)
        points[axis] = grid
        z = probe.evaluate(points).above[hinge]
        changes = np.flatnonzero((z[1:] >= 0) != (z[:-1] >= 0))
        if len(changes) == 0:
            return None
        at = int(changes[0])
        low, high = float(grid[at]), float(grid[at + 1])
        if own.hold(np.array([(low + high) / 2]))[0] in (low, high):
            return low, high
        met = low + z[at] / (z[at] - z[at + 1]) * (high - low)
        near = met + AROUND * np.spacing(abs(met)) if math.isfinite(met) else grid[:0]
        inside = np.concatenate([np.linspace(low, high, PIECES + 1), near])
        grid = np.clip(own.hold(inside), low, high)
    return low, high
