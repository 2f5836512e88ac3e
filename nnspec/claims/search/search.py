"""Looks for inputs that violate statements: special points, hinges, then uphill.

A piecewise-linear network takes its extreme values where an input is at an end of its range or a
neuron at its hinge, so that is where most points go; chance has the rest. All points of a step are
evaluated in one batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from nnspec.claims.domain import Axis, Points
from nnspec.claims.search.climbing import TOP, Climb, best_of, ends_of
from nnspec.claims.search.criticals import critical_values
from nnspec.claims.search.lines import LINE, best_pairs, corners, crossings
from nnspec.claims.search.probe import Candidates, Floats, Probe, judge
from nnspec.claims.search.waking import Waker
from nnspec.claims.statements import Statement

POOL, CORNERS, WAKING, AIMED = 0.2, 0.1, 0.2, 0.2
"""Shares of the inputs for the first pool, for the corners where a neuron is at its extremes, for
neurons that are silent so far, and for hinges; the rest goes uphill."""

LINES = 0.1
"""The share for lines through some of each, for statements about two rows."""

SHORT = (-6.0, -0.5)
"""The lengths of short steps, as powers of ten of an input's range."""

NOISE = 1e-9
"""An excess this small beside the values compared may be rounding, and ends no search."""


class Search:
    """One search for violations of statements about the same axis.

    Parameters
    ----------
    probe
        What evaluates points.
    statements
        Statements about single rows, or all about pairs that differ in the same input.
    rng
        Source of chance.
    budget
        How many inputs may be tried.
    """

    def __init__(
        self,
        probe: Probe,
        statements: Sequence[Statement],
        rng: np.random.Generator,
        budget: int,
    ) -> None:
        self.probe = probe
        self.statements = statements
        self.rng = rng
        self.budget = budget
        axis = statements[0].axis
        self.axis = None if axis is None else probe.domain.index[axis]
        self.candidates: Candidates | None = None
        self.excess: Floats = np.empty((len(statements), 0))
        self.exhausted = False
        """Whether every input there is was tried."""

    @classmethod
    def of(cls, probe: Probe, known: Search) -> Search:
        """What another network makes of the candidates that a search remembers."""
        again = cls(probe, known.statements, known.rng, 0)
        if known.candidates is not None:
            again.try_(known.candidates)
        return again

    @property
    def left(self) -> int:
        """How many inputs may still be tried."""
        return max(0, self.budget - self.probe.n_inputs)

    def run(self, *, until_violated: bool = True) -> None:
        """Search until the budget is spent, or every statement is violated."""
        for candidates in self._steps():
            self.try_(candidates)
            if until_violated and not self.unviolated:
                return

    def try_(self, candidates: Candidates) -> None:
        """Evaluate candidates and remember the best."""
        self.remember(candidates, self.probe.excess(self.statements, candidates))

    def remember(self, candidates: Candidates, excess: Floats) -> None:
        """Keep the best of what was evaluated."""
        known = self.candidates
        if known is not None:
            candidates = known.joined(candidates)
            excess = np.concatenate([self.excess, excess], axis=1)
        kept = best_of(self.guide(candidates, excess), excess, 4 * TOP)
        self.candidates, self.excess = candidates.take(kept), excess[:, kept]

    def best(self, statement: int) -> Iterator[tuple[Candidates, float]]:
        """The remembered candidates that violate a statement, the worst first."""
        if self.candidates is None:
            return
        row = self.excess[statement]
        for at in np.argsort(-row, kind="stable").tolist():
            if row[at] > 0:
                yield self.candidates.take([at]), float(row[at])

    @property
    def unviolated(self) -> bool:
        """Whether some statement was not violated yet, by more than rounding may do."""
        sizes = self.probe.sizes
        noise = [NOISE * max([sizes.get(n, 0.0) for n in s.names], default=0.0)
                 for s in self.statements]  # fmt: skip
        return not (self.excess > np.array(noise)[:, None]).any(axis=1).all()

    def climb_through(self, point: Floats) -> list[float]:
        """Try one point, and its steepest step for a claim about two rows; a score by statement."""
        candidates = self._short(point[:, None])
        excess = self.probe.excess(self.statements, candidates)
        self.remember(candidates, excess)
        scores: list[float] = self.guide(candidates, excess).max(axis=1).tolist()
        return scores

    # -- where to look ----------------------------------------------------------------------------

    def _steps(self) -> Iterator[Candidates]:
        domain = self.probe.domain
        if domain.size <= self.budget:
            points = domain.every_point()
            yield from [Candidates(points)] if self.axis is None else self._all_pairs(points)
            self.exhausted = True
            return
        criticals = critical_values(self.probe)
        pool = self._pool(max(32, int(self.budget * POOL)), criticals)
        above = self._looked_at(pool)
        yield self._along_lines(pool)
        if self.probe.hinges:
            waker = Waker(self.probe, criticals, self.rng, pool, above)
            woken = waker.run(int(self.budget * WAKING))
            ends = np.unique(self._corners(pool), axis=1)
            ends, n_drawn = self._some(ends, int(self.budget * CORNERS)), pool.shape[1]
            pool = np.concatenate([pool, ends, woken], axis=1)
            above = np.concatenate([above, self._looked_at(pool[:, n_drawn:])], axis=1)
            yield self._along_lines(pool[:, n_drawn:])
            drawn = self.rng, int(self.budget * AIMED)
            aimed = crossings(self.probe, pool, above, waker.behind_the_sleeping(), drawn)
            self._looked_at(aimed)
            yield self._along_lines(aimed)
        yield from Climb(self, pool).steps()
        if self.left:
            yield self._short(self.probe.domain.sample(self.rng, self.left))

    def _looked_at(self, points: Points) -> Floats:
        """Try points, or short steps from them, and say how far z lies above each hinge there."""
        candidates = self._short(points)
        first = second = self.probe.evaluate(candidates.points)
        if candidates.second is not None and self.axis is not None:
            second = self.probe.evaluate(self.probe.moved(self.axis, candidates))
            self.probe.n_inputs -= len(candidates)  # a pair is one input to a claim about two rows
        self.remember(candidates, judge(self.statements, first, second))
        return first.above

    def _short(self, points: Points) -> Candidates:
        """A step of any length from each point along the axis, if the statements are about two."""
        if self.axis is None:
            return Candidates(points)
        own, n = self.probe.domain.axes[self.axis], points.shape[1]
        x = points[self.axis]
        if own.choices is not None:
            other = self.rng.choice(own.choices, n)
            other = np.where(other == x, np.where(x == own.choices[0], own.choices[-1],
                                                  own.choices[0]), other)  # fmt: skip
        else:
            step = own.span * 10.0 ** self.rng.uniform(*SHORT, n)
            step = np.ceil(step) if own.whole else step
            other = own.hold(np.where(x + step <= own.high, x + step, x - step))
        moved = points.copy()
        moved[self.axis] = np.minimum(x, other)
        return Candidates(moved, np.maximum(x, other))

    def _along_lines(self, points: Points) -> Candidates:
        """Some of the points, each with the steepest steps along a line through it."""
        if self.axis is None or points.shape[1] == 0:
            return Candidates(points[:, :0], None if self.axis is None else np.empty(0))
        return self.paired(self._some(points, int(self.budget * LINES) // LINE))

    def _corners(self, pool: Points) -> Points:
        bases = (self.probe.domain.simplest, pool[:, pool.shape[1] // 2])
        return np.concatenate([corners(self.probe, base) for base in bases], axis=1)

    def _some(self, points: Points, n: int) -> Points:
        """At most n of some points."""
        if points.shape[1] <= max(1, n):
            return points
        return points[:, np.sort(self.rng.permutation(points.shape[1])[: max(1, n)])]

    def _all_pairs(self, points: Points) -> Iterator[Candidates]:
        axis = self.axis if self.axis is not None else 0
        choices = self.probe.domain.axes[axis].choices
        if choices is None:
            return
        # Neighbours are enough: what never falls between neighbours never falls.
        for low, high in _neighbours(choices, whole=bool(self.probe.domain.axes[axis].codes)):
            at = points[:, points[axis] == low]
            yield Candidates(at, np.full(at.shape[1], high))

    def _pool(self, n: int, criticals: tuple[Floats, ...]) -> Points:
        """Points of chance, points with several inputs at a special value, and the simplest."""
        domain, rng = self.probe.domain, self.rng
        points = domain.sample(rng, n)
        special = np.array([_special(*both, rng, n) for both in
                            zip(domain.axes, criticals, strict=True)])  # fmt: skip
        ends = np.array([rng.choice(ends_of(axis), n) for axis in domain.axes])
        # Each point takes its own share of special coordinates: from none to all.
        share = rng.random(n) * (rng.random(n) < 0.7)
        points = np.where(rng.random(points.shape) < share, special, points)
        points = np.where(rng.random(points.shape) < (rng.random(n) < 0.3) * share, ends, points)
        points[:, 0] = domain.simplest
        points[:, 1] = [axis.low if not axis.codes else axis.codes[0] for axis in domain.axes]
        points[:, 2] = [axis.high if not axis.codes else axis.codes[-1] for axis in domain.axes]
        return points

    def paired(self, points: Points) -> Candidates:
        """Points, or the steepest steps along lines through them, if statements are about two."""
        if self.axis is None:
            return Candidates(points)
        if points.shape[1] == 0:
            return Candidates(points, np.empty(0))
        return best_pairs(self.probe, self.statements, self.axis, points, self.rng)

    def guide(self, candidates: Candidates, excess: Floats) -> Floats:
        """What to climb: the excess, of pairs for each unit of the input that moves."""
        if candidates.second is None or self.axis is None:
            return excess
        gap = candidates.second - candidates.points[self.axis]
        with np.errstate(all="ignore"):
            return np.where(np.isinf(excess), excess, excess / np.maximum(gap, 1e-300))


def _special(axis: Axis, criticals: Floats, rng: np.random.Generator, n: int) -> Floats:
    """Values of an axis that matter by themselves: half of them where a neuron has a hinge."""
    drawn = rng.choice(axis.specials, n)
    if len(criticals) == 0:
        return drawn
    return np.where(rng.random(n) < 0.5, rng.choice(criticals, n), drawn)


def _neighbours(choices: Floats, *, whole: bool) -> list[tuple[float, float]]:
    """Pairs of values to compare: neighbours, or for categories, which have no order, all."""
    values = choices.tolist()
    if whole:
        return [(a, b) for i, a in enumerate(values) for b in values[i + 1 :]]
    return list(pairwise(values))
