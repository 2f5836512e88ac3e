"""Points on the hinges of neurons and where several meet; corners that carry z furthest.

A piecewise-linear network takes its extremes there: its pieces are cut out by its hinges.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.claims.domain import Points
from nnspec.claims.search.probe import Floats, Probe

MEETING = 3
"""How many hinges are made to meet at a point."""

EACH = (4, 6, 1)
"""Pairs of points tried on either side of a hinge: the first, the second, the third to meet."""

FAVOUR = 0.8
"""The share of meetings that are of hinges in focus."""

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
        at = probe.evaluate(probe.domain.hold(middle)).above[hinge, every]
        is_below = at < 0
        a, b = np.where(is_below, middle, a), np.where(is_below, b, middle)
        below, over = np.where(is_below, at, below), np.where(is_below, over, at)
    t = below / (below - over)
    beside = [probe.domain.hold(a + (t + d) * (b - a)) for d in (-NEAR, NEAR, -1e-3, 1e-3)]
    return probe.domain.hold(a + t * (b - a)), np.concatenate(beside, axis=1)


def corners(probe: Probe, base: NDArray[np.float64]) -> Points:
    """For each hinge, the corners of the domain that carry z furthest above it and below it.

    Which end of an input does, is tried with the others at a base point: exact for a neuron that
    sums the inputs, a good guess for others. Shape (n_inputs, 2 * n_hinges).
    """
    axes = probe.domain.axes
    rows = np.repeat(base[:, None], 2 * len(axes), axis=1)
    for i, axis in enumerate(axes):
        rows[i, 2 * i : 2 * i + 2] = axis.ends
    above = probe.evaluate(rows).above
    rising = above[:, 1::2] > above[:, 0::2]
    ends_low, ends_high = rows[:, 0::2].diagonal(), rows[:, 1::2].diagonal()
    # An input that changes nothing keeps its base value.
    flat = above[:, 1::2] == above[:, 0::2]
    top = np.where(flat, base, np.where(rising, ends_high, ends_low))
    bottom = np.where(flat, base, np.where(rising, ends_low, ends_high))
    return np.concatenate([top, bottom]).T
