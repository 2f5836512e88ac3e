"""Lines through points: where they meet the hinges of neurons, and the steepest steps along them.

Along one input a piecewise-linear network bends only at hinges. The points just before and after
each are all that a claim about two rows needs: what never falls from one to the next never falls.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.claims.domain import Axis, Points
from nnspec.claims.search.probe import Candidates, Evaluated, Floats, Probe, judge
from nnspec.claims.statements import Statement

GRID = 9
"""Points tried along a line before its hinges are looked for."""

MOST_CROSSINGS = 8
"""Hinges looked at along one line."""

MEETING = 3
"""How many hinges are made to meet at a point."""

EACH = (4, 6, 1)
"""Pairs of points tried on either side of a hinge: the first, the second, the third to meet."""

FAVOUR = 0.8
"""The share of meetings that are of hinges in focus."""

LINE = 2 * GRID + 3 * MOST_CROSSINGS + 2
"""What one line costs, in inputs."""

NEAR = 1e-9
"""How near to a hinge, as a share of the input's range."""


def crossings(
    probe: Probe, pool: Points, above: Floats, focus: Hinges, drawn: tuple[np.random.Generator, int]
) -> Points:
    """Points on the hinges of neurons, on either side of them, and where several meet.

    Between two points of which a neuron fires at one alone lies one where it begins to; it is found
    by interpolation, exactly where z is linear in between. Between two points on the same hinge
    lies, in the same way, one where it meets another: of the hinges in focus most of all. ``drawn``
    is the source of chance, and about how many points to give.
    """
    rng, n = drawn
    m = n // 20
    found: list[Points] = []
    points, groups = pool, [(np.arange(pool.shape[1]), frozenset[int]())]
    for level in range(min(MEETING, len(probe.domain.axes))):
        pairs = _straddling(above, groups, focus, (rng, 2 * m, EACH[level]))
        if m == 0 or not pairs:
            break
        low, high, hinge = (np.concatenate(part) for part in list(zip(*pairs, strict=True))[:3])
        on, beside = _between(probe, points[:, low], points[:, high], hinge, above[hinge, low],
                              above[hinge, high])  # fmt: skip
        found += [on] if level else [on, beside]
        ends = np.cumsum([len(pair[0]) for pair in pairs])
        groups = [(np.arange(end - len(pair[0]), end), pair[3])
                  for end, pair in zip(ends.tolist(), pairs, strict=True)]  # fmt: skip
        points, above = on, probe.evaluate(on).above
    return np.concatenate(found, axis=1) if found else pool[:, :0]


Hinges: TypeAlias = NDArray[np.int64]

Group: TypeAlias = tuple[NDArray[np.int64], frozenset[int]]
"""Which points have hinges in common, and which hinges."""

Pairs: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], frozenset[int]]
"""Points below a hinge, points above it, the hinge, and all hinges they will lie on."""


def _straddling(
    above: Floats, groups: list[Group], focus: Hinges, drawn: tuple[np.random.Generator, int, int]
) -> list[Pairs]:
    """About n pairs of points on either side of a hinge, so many for each."""
    rng, n, each = drawn
    found: list[Pairs] = []
    if len(groups) == 1:
        each = max(each, n // max(1, len(above)))
        first = rng.permutation(len(above))
        chosen = [(0, h) for h in [*focus.tolist(), *first.tolist()][: len(first)]]
    else:
        chosen = _combinations(len(above), groups, focus, (rng, 2 * n // each))
    for group, hinge in chosen:
        if len(found) * each >= n:
            break
        members, on = groups[group]
        row = above[hinge, members]
        below, over = members[row < 0], members[row >= 0]
        if len(below) and len(over) and hinge not in on:
            low, high = rng.choice(below, each), rng.choice(over, each)
            found.append((low, high, np.full(each, hinge), on | {hinge}))
    return found


def _combinations(
    n_hinges: int, groups: list[Group], focus: Hinges, drawn: tuple[np.random.Generator, int]
) -> list[tuple[int, int]]:
    """Groups of points, each with a hinge that they might meet; those in focus are favoured."""
    rng, n = drawn
    every = np.arange(len(groups))
    inside = np.array([g for g in every.tolist() if set(focus.tolist()) >= groups[g][1]])
    hinges = rng.integers(0, n_hinges, n)
    chosen = rng.choice(every, n)
    if len(inside) and len(focus):
        favoured = rng.random(n) < FAVOUR
        hinges = np.where(favoured, rng.choice(focus, n), hinges)
        chosen = np.where(favoured, rng.choice(inside, n), chosen)
    return list(dict.fromkeys(zip(chosen.tolist(), hinges.tolist(), strict=True)))


def _between(
    probe: Probe, a: Points, b: Points, hinge: NDArray[np.int64], below: Floats, over: Floats
) -> tuple[Points, Points]:
    """Where z meets a hinge between points a and b, and points beside those."""
    every = np.arange(len(hinge))
    for _ in range(2):
        middle = a + below / (below - over) * (b - a)
        at = probe.evaluate(_held(probe, middle)).above[hinge, every]
        is_below = at < 0
        a, b = np.where(is_below, middle, a), np.where(is_below, b, middle)
        below, over = np.where(is_below, at, below), np.where(is_below, over, at)
    t = below / (below - over)
    beside = [_held(probe, a + (t + d) * (b - a)) for d in (-NEAR, NEAR, -1e-3, 1e-3)]
    return _held(probe, a + t * (b - a)), np.concatenate(beside, axis=1)


def corners(probe: Probe, base: NDArray[np.float64]) -> Points:
    """For each hinge, the corners of the domain that carry z furthest above it and below it.

    Which end of an input does, is tried with the others at a base point: exact for a neuron that
    sums the inputs, a good guess for others. Shape (n_inputs, 2 * n_hinges).
    """
    axes = probe.domain.axes
    rows = np.repeat(base[:, None], 2 * len(axes), axis=1)
    for i, axis in enumerate(axes):
        ends = axis.codes if axis.codes else (axis.low, axis.high)
        rows[i, 2 * i], rows[i, 2 * i + 1] = ends[0], ends[-1]
    above = probe.evaluate(rows).above
    rising = above[:, 1::2] > above[:, 0::2]
    ends_low, ends_high = rows[:, 0::2].diagonal(), rows[:, 1::2].diagonal()
    # An input that changes nothing keeps its base value.
    flat = above[:, 1::2] == above[:, 0::2]
    top = np.where(flat, base, np.where(rising, ends_high, ends_low))
    bottom = np.where(flat, base, np.where(rising, ends_low, ends_high))
    return np.concatenate([top, bottom]).T


def _held(probe: Probe, points: Points) -> Points:
    return np.array([axis.hold(x) for axis, x in zip(probe.domain.axes, points, strict=True)])


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


def _along(probe: Probe, points: Points, axis: int, grid: Floats) -> Evaluated:
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
    first = Evaluated({k: v[:, :-1].ravel() for k, v in shaped.items()}, bad[:, :-1].ravel(),
                      evaluated.above[:, :0])  # fmt: skip
    second = Evaluated({k: v[:, 1:].ravel() for k, v in shaped.items()}, bad[:, 1:].ravel(),
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
