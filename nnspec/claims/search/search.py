"""Looks for inputs that violate statements: special points, hinges, then uphill.

A piecewise-linear network takes its extreme values where an input is at an end of its range or a
neuron at its hinge, so that is where most points go; chance has the rest. All points of a step are
evaluated in one batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from nnspec.claims.domain import Axis, Points
from nnspec.claims.search.climbing import Climb
from nnspec.claims.search.criticals import critical_values
from nnspec.claims.search.frontier import Frontier
from nnspec.claims.search.hinge_points import corners, crossings
from nnspec.claims.search.probe import Candidates, Floats
from nnspec.claims.search.steps import LINE
from nnspec.claims.search.waking import Waker

POOL, CORNERS, WAKING, AIMED = 0.2, 0.1, 0.2, 0.2
"""Shares of the inputs for the first pool, for the corners where a neuron is at its extremes, for
neurons that are silent so far, and for hinges; the rest goes uphill."""

LINES = 0.1
"""The share for lines through some of each, for statements about two rows."""


MORE_SECONDS = 0.5
"""So long it is looked for the worst violation, once one is found."""


class Search:
    """One search: where to look next, until the frontier's budget is spent.

    Parameters
    ----------
    frontier
        What is looked for, what was reached so far, and how many inputs may be tried.
    """

    def __init__(self, frontier: Frontier) -> None:
        self.frontier = frontier
        self.probe = frontier.probe
        self.domain = frontier.probe.domain
        self.rng = frontier.rng
        self.exhausted = False
        """Whether every input there is was tried."""

    def run(self, *, until_violated: bool = True) -> None:
        """Search until the budget is spent, or every statement is violated."""
        if until_violated and not self.frontier.unviolated:
            return
        for candidates in self._steps():
            self.frontier.try_(candidates)
            if until_violated and not self.frontier.unviolated:
                return

    def climb_on(self, n: int) -> None:
        """Try so many inputs more, where something is violated already, to see how badly."""
        frontier = self.frontier
        known = frontier.candidates
        if self.exhausted or known is None or not frontier.is_violated:
            return
        frontier.budget = frontier.probe.n_inputs + n
        frontier.probe.allow(MORE_SECONDS)
        for candidates in Climb(frontier, known.points).steps():
            frontier.try_(candidates)

    def is_cut(self, n: int) -> bool:
        """Whether time ended the search before so many inputs were tried in vain."""
        done = self.exhausted or not self.frontier.unviolated
        return not done and self.probe.n_inputs < n

    def _steps(self) -> Iterator[Candidates]:
        if self.domain.size <= self.frontier.budget:
            yield from self._everything()
            self.exhausted = True
            return
        if not self.frontier.left:
            return
        criticals = critical_values(self.probe)
        pool = self._pool(max(32, self._share(POOL)), criticals)
        above = self.frontier.look_at(pool)
        yield self._along_lines(pool)
        if self.probe.hinges and self.frontier.left:
            waker = Waker(self.probe, criticals, self.rng, pool, above)
            woken = waker.run(self._share(WAKING))
            ends = np.unique(self._corners(pool), axis=1)
            ends, n_drawn = self._some(ends, self._share(CORNERS)), pool.shape[1]
            pool = np.concatenate([pool, ends, woken], axis=1)
            above = np.concatenate([above, self.frontier.look_at(pool[:, n_drawn:])], axis=1)
            yield self._along_lines(pool[:, n_drawn:])
            drawn = self.rng, self._share(AIMED)
            aimed = crossings(self.probe, pool, above, waker.behind_the_sleeping(), drawn)
            self.frontier.look_at(aimed)
            yield self._along_lines(aimed)
        yield from Climb(self.frontier, pool).steps()
        if self.frontier.left:
            yield self.frontier.short(self.domain.sample(self.rng, self.frontier.left))

    def _share(self, share: float) -> int:
        return int(self.frontier.budget * share)

    def _everything(self) -> Iterator[Candidates]:
        """All points; for statements about two rows, all pairs that need be compared."""
        points, axis = self.domain.every_point(), self.frontier.axis
        if axis is None:
            yield Candidates(points)
            return
        own = self.domain.axes[axis]
        choices = [] if own.choices is None else own.choices.tolist()
        # Neighbours are enough: what never falls between neighbours never falls. But categories
        # have no order.
        apart = [(a, b) for i, a in enumerate(choices) for b in choices[i + 1 :]]
        for low, high in apart if own.codes else pairwise(choices):
            at = points[:, points[axis] == low]
            yield Candidates(at, np.full(at.shape[1], high))

    def _along_lines(self, points: Points) -> Candidates:
        """Some of the points, each with the steepest steps along a line through it."""
        if self.frontier.axis is None or points.shape[1] == 0:
            second = None if self.frontier.axis is None else np.empty(0)
            return Candidates(points[:, :0], second)
        return self.frontier.paired(self._some(points, self._share(LINES) // LINE))

    def _corners(self, pool: Points) -> Points:
        bases = (self.domain.simplest, pool[:, pool.shape[1] // 2])
        return np.concatenate([corners(self.probe, base) for base in bases], axis=1)

    def _some(self, points: Points, n: int) -> Points:
        """At most n of some points."""
        if points.shape[1] <= max(1, n):
            return points
        return points[:, np.sort(self.rng.permutation(points.shape[1])[: max(1, n)])]

    def _pool(self, n: int, criticals: tuple[Floats, ...]) -> Points:
        """Points of chance, points with several inputs at a special value, and the simplest."""
        domain, rng = self.domain, self.rng
        points = domain.sample(rng, n)
        special = np.array([_special(*both, rng, n) for both in
                            zip(domain.axes, criticals, strict=True)])  # fmt: skip
        ends = np.array([rng.choice(axis.ends, n) for axis in domain.axes])
        # Each point takes its own share of special coordinates: from none to all.
        share = rng.random(n) * (rng.random(n) < 0.7)
        points = np.where(rng.random(points.shape) < share, special, points)
        points = np.where(rng.random(points.shape) < (rng.random(n) < 0.3) * share, ends, points)
        points[:, 0] = domain.simplest
        points[:, 1:3] = [axis.ends for axis in domain.axes]
        return points


def _special(axis: Axis, criticals: Floats, rng: np.random.Generator, n: int) -> Floats:
    """Values of an axis that matter by themselves: half of them where a neuron has a hinge."""
    drawn = rng.choice(axis.specials, n)
    if len(criticals) == 0:
        return drawn
    return np.where(rng.random(n) < 0.5, rng.choice(criticals, n), drawn)
