"""Climbs from the inputs that come nearest to a violation: one input at a time, all, by chance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnspec.claims.domain import Points
from nnspec.claims.search.frontier import TOP, Frontier, best_of
from nnspec.claims.search.probe import Candidates, Floats
from nnspec.claims.search.steps import LINE, hinge_values

SMALLEST = 64
"""How many inputs are worth a batch of their own."""

PATIENCE = 3
"""Rounds uphill without progress after which the climb begins anew elsewhere."""


class Climb:
    """One climb.

    Parameters
    ----------
    frontier
        The best candidates so far, and how many may still be tried.
    pool
        Points to begin anew from, and to exchange inputs with.
    """

    def __init__(self, frontier: Frontier, pool: Points) -> None:
        self.frontier = frontier
        self.probe = frontier.probe
        self.rng = frontier.rng
        self.pool = pool

    def steps(self) -> Iterator[Candidates]:
        """What to try, round by round, until the budget is spent."""
        stale, best = 0, -np.inf
        while self.frontier.left > SMALLEST and self.frontier.candidates is not None:
            before = self.probe.n_inputs
            guide = self.frontier.guide(self.frontier.candidates, self.frontier.excess)
            yield from self._uphill(guide, fresh=stale >= PATIENCE)
            reached = float(
                self.frontier.guide(self.frontier.candidates, self.frontier.excess).max(
                    initial=-np.inf
                )
            )
            stale = 0 if reached > best else stale + 1
            best = max(best, reached)
            if self.probe.n_inputs == before:
                return

    def _uphill(self, guide: Floats, *, fresh: bool) -> Iterator[Candidates]:
        """Children of the best candidates: swept along each input, and varied by chance."""
        if self.frontier.candidates is None:
            return
        parents = self.frontier.candidates.take(best_of(guide, guide, TOP))
        if fresh:
            extra = self.pool[
                :,
                self.rng.integers(0, self.pool.shape[1], TOP if self.frontier.axis is None else 2),
            ]
            parents = self.frontier.paired(extra)
        n_axes = len(self.probe.domain.axes)
        swept = max(1, min(len(parents), self.frontier.left // (4 * 5 * n_axes)))
        yield from self._sweep(parents.take(slice(0, swept)))
        n = max(SMALLEST, min(512, self.frontier.left // 3))
        along_lines = self.frontier.axis is not None and self.rng.random() < 0.5
        children = self._varied(parents, max(1, n // LINE) if along_lines else n)
        yield self.frontier.paired(children.points) if along_lines else children

    def _sweep(self, parents: Candidates) -> Iterator[Candidates]:
        """Move one input at a time to its ends and to the hinges met on the way, then all."""
        domain, n_axes = self.probe.domain, len(self.probe.domain.axes)
        axes = [i for i in range(n_axes) if i != self.frontier.axis]
        most = max(1, self.frontier.left // max(1, 3 * len(parents)))
        if len(axes) > most:
            axes = self.rng.choice(axes, most, replace=False).tolist()
        moved: list[Candidates] = []
        met = hinge_values(self.probe, parents.points, axes, self.rng)
        for axis in axes:
            for values in [*self._targets(axis, len(parents)), *met[axis]]:
                points = parents.points.copy()
                points[axis] = domain.axes[axis].hold(values)
                moved.append(Candidates(points, parents.second))
        if not moved:
            return
        everything = moved[0]
        for more in moved[1:]:
            everything = everything.joined(more)
        excess = self.probe.excess(self.frontier.statements, everything)
        self.frontier.remember(everything, excess)
        yield self._all_together(parents, everything, excess, len(moved))

    def _all_together(
        self, parents: Candidates, moved: Candidates, excess: Floats, n_moves: int
    ) -> Candidates:
        """Each parent with every single move at once that helps a statement by itself."""
        n = len(parents)
        guide = self.frontier.guide(moved, excess).reshape(
            len(self.frontier.statements), n_moves, n
        )
        at_home = self.frontier.guide(parents, self.probe.excess(self.frontier.statements, parents))
        points = moved.points.reshape(-1, n_moves, n)
        joint = []
        for s in range(len(self.frontier.statements)):
            combined = parents.points.copy()
            with np.errstate(invalid="ignore"):
                gain = guide[s] - at_home[s]
            gain[np.isnan(gain)] = 0.0  # without a value here as there: nothing is gained
            for axis in range(len(combined)):
                differs = points[axis] != parents.points[axis]
                helps = np.where(differs, gain, -np.inf)
                best = helps.argmax(axis=0)
                better = helps[best, np.arange(n)] > 0
                combined[axis] = np.where(better, points[axis][best, np.arange(n)], combined[axis])
            joint.append(Candidates(combined, parents.second))
        result = joint[0]
        for more in joint[1:]:
            result = result.joined(more)
        return result

    def _varied(self, parents: Candidates, n: int) -> Candidates:
        """Parents with some inputs moved a little, or exchanged for another point's."""
        rng, axes = self.rng, self.probe.domain.axes
        chosen = parents.take(rng.integers(0, len(parents), n))
        other = self.pool[:, rng.integers(0, self.pool.shape[1], n)]
        share = rng.choice([1.5 / len(axes), 0.3, 0.7], n)
        shape = len(axes), n
        spans = np.array([axis.span for axis in axes])[:, None]
        with np.errstate(over="ignore"):  # of ranges near the greatest double
            step = rng.standard_normal(shape) * 10.0 ** rng.uniform(-6, 0, n) * spans
            moved = chosen.points + step
        kind = rng.random(shape)
        # Another point's value, together with others of it, or of as many points as inputs.
        apart = np.array([self._from_pool(i, n) for i in range(len(axes))])
        drawn = np.where(kind < 0.5, moved, np.where(kind < 0.8, other, apart))
        touched = rng.random(shape) < share
        if self.frontier.axis is not None:
            touched[self.frontier.axis] = False
        points = np.where(touched, drawn, chosen.points)
        return Candidates(self.probe.domain.hold(points), chosen.second)

    def _from_pool(self, axis: int, n: int) -> Floats:
        """Values of one input, each of any point of the pool."""
        values: Floats = self.pool[axis, self.rng.integers(0, self.pool.shape[1], n)]
        return values

    def _targets(self, axis: int, n: int) -> list[Floats]:
        """Where to move one input of n parents: all values if few, or its ends and another's."""
        own = self.probe.domain.axes[axis]
        if own.choices is not None and len(own.choices) <= 4:
            return [np.full(n, value) for value in own.choices]
        low, high = own.ends
        return [np.full(n, low), np.full(n, high), self._from_pool(axis, n)]
