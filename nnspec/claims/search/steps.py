"""Steps along one input: values on the hinges met on the way, and the steepest steps of lines.

Along one input a piecewise-linear network bends only at hinges. The points just before and after
each are all that a claim about two rows needs: what never falls from one to the next never falls.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nnspec.claims.domain import Axis, Points
from nnspec.claims.search.probe import Candidates, Floats, Measured, Probe, judge
from nnspec.claims.statements import Statement

GRID = 9
"""Points tried along a line before its hinges are looked for."""

MOST_CROSSINGS = 8
"""Hinges looked at along one line."""

LINE = 2 * GRID + 3 * MOST_CROSSINGS + 2
"""What one line costs, in inputs."""

NEAR = 1e-9
"""How near to a hinge, as a share of the input's range."""


def hinge_values(
    probe: Probe, points: Points, axes: Sequence[int], rng: np.random.Generator
) -> dict[int, list[Floats]]:
    """For each input, values of each point on a hinge met along it, and on either side."""
    found: dict[int, list[Floats]] = {axis: [] for axis in axes}
    moving = [axis for axis in axes if probe.domain.axes[axis].choices is None]
    if not probe.hinges or not moving:
        return found
    n = points.shape[1]
    grids = [np.stack([np.full(n, own.low), points[axis], np.full(n, own.high)], axis=1)
             for axis in moving for own in [probe.domain.axes[axis]]]  # fmt: skip
    rows = np.tile(np.repeat(points, 3, axis=1), len(moving))
    for i, (axis, grid) in enumerate(zip(moving, grids, strict=True)):
        rows[axis, 3 * n * i : 3 * n * (i + 1)] = grid.ravel()
    at, met = _met(probe.evaluate(rows).above, np.concatenate(grids), rng, 1)
    for i, axis in enumerate(moving):
        own, part = probe.domain.axes[axis], slice(n * i, n * (i + 1))
        if met[part].any():
            x = np.where(met[part], at[part], points[axis][:, None])[:, 0]
            near = _near(own, x)
            found[axis] = [x, x - near, x + near]
    return found


def best_pairs(
    probe: Probe,
    statements: Sequence[Statement],
    axis: int,
    points: Points,
    rng: np.random.Generator,
) -> Candidates:
    """For each point and statement, the steepest step along one input, and the one missed most."""
    own = probe.domain.axes[axis]
    n = points.shape[1]
    if own.choices is not None:
        grid = np.repeat(own.choices[None, :], n, axis=0)
    else:
        drawn = own.sample(rng, n * (GRID - 3)).reshape(GRID - 3, n)
        grid = np.stack([np.full(n, own.low), points[axis], np.full(n, own.high), *drawn], axis=1)
        grid = np.sort(grid, axis=1)
        above = _along(probe, points, axis, grid).above if probe.hinges else None
        if above is not None:
            grid = np.sort(np.concatenate([grid, *_beside(own, above, grid, rng)], axis=1), axis=1)
    return _steepest(probe, statements, axis, points, grid)


def _beside(own: Axis, above: Floats, grid: Floats, rng: np.random.Generator) -> list[Floats]:
    """Values just before, on and just after the hinges that lines meet."""
    at, found = _met(above, grid, rng, MOST_CROSSINGS)
    x = np.where(found, at, grid[:, :1])
    if own.whole:
        return [own.hold(np.floor(x)), own.hold(np.ceil(x))]
    near = _near(own, x)
    return [own.hold(x - near), own.hold(x), own.hold(x + near)]


def _near(own: Axis, x: Floats) -> Floats:
    if own.whole:
        return np.ones_like(x)
    near: Floats = np.maximum(NEAR * own.span, 8 * np.spacing(np.abs(x)))
    return near


def _along(probe: Probe, points: Points, axis: int, grid: Floats) -> Measured:
    """Evaluate each point with one input at each value of its row of the grid."""
    m = grid.shape[1]
    rows = np.repeat(points, m, axis=1)
    rows[axis] = grid.ravel()
    return probe.evaluate(rows)


def _met(
    above: Floats, grid: Floats, rng: np.random.Generator, most: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Where lines cross hinges, at most so many for each, chosen by chance; and which are real."""
    n, m = grid.shape
    z = above.reshape(-1, n, m)
    before, after = z[:, :, :-1], z[:, :, 1:]
    crossed = (before < 0) != (after < 0)
    with np.errstate(all="ignore"):
        x = grid[None, :, :-1] + before / (before - after) * np.diff(grid, axis=1)[None]
    crossed &= np.isfinite(x)
    flat = crossed.transpose(1, 0, 2).reshape(n, -1)
    values = x.transpose(1, 0, 2).reshape(n, -1)
    order = np.argsort(-(flat * (1 + rng.random(flat.shape))), axis=1)[:, :most]
    return np.take_along_axis(values, order, 1), np.take_along_axis(flat, order, 1)


def _steepest(
    probe: Probe, statements: Sequence[Statement], axis: int, points: Points, grid: Floats
) -> Candidates:
    n, m = grid.shape
    evaluated = _along(probe, points, axis, grid)
    shaped = {name: np.asarray(x).reshape(n, m) for name, x in evaluated.values.items()}
    bad = evaluated.bad.reshape(n, m)
    first = Measured({k: v[:, :-1].ravel() for k, v in shaped.items()}, bad[:, :-1].ravel(),
                      evaluated.above[:, :0])  # fmt: skip
    second = Measured({k: v[:, 1:].ravel() for k, v in shaped.items()}, bad[:, 1:].ravel(),
                       evaluated.above[:, :0])  # fmt: skip
    gap = np.diff(grid, axis=1)
    excess = judge(statements, first, second).reshape(-1, n, m - 1)
    excess = np.where(gap[None] > 0, excess, -np.inf)
    slope = excess / np.maximum(gap, 1e-300)[None]
    chosen = np.concatenate([slope.argmax(axis=2), excess.argmax(axis=2)])
    line = np.tile(np.arange(n), len(chosen))
    step = chosen.ravel()
    rows = points[:, line].copy()
    rows[axis] = grid[line, step]
    keep = gap[line, step] > 0
    return Candidates(rows[:, keep], grid[line, step + 1][keep])
