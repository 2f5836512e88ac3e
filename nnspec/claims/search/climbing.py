"""Climbs from the inputs that come nearest to a violation: one input at a time, all, by chance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nnspec.claims.domain import Axis, Points
from nnspec.claims.search.lines import LINE, hinge_values
from nnspec.claims.search.probe import Candidates, Floats

if TYPE_CHECKING:
    from nnspec.claims.search.search import Search

TOP = 8
"""How many of the best candidates of a statement are followed."""

SMALLEST = 64
"""How many inputs are worth a batch of their own."""

PATIENCE = 3
"""Rounds uphill without progress after which the climb begins anew elsewhere."""


class Climb:
    """One climb.

    Parameters
    ----------
    search
        What tries candidates, remembers the best and knows how many may still be tried.
    pool
        Points to begin anew from, and to exchange inputs with.
    """

    def __init__(self, search: Search, pool: Points) -> None:
        self.search = search
        self.probe = search.probe
        self.rng = search.rng
        self.pool = pool

    def steps(self) -> Iterator[Candidates]:
        """What to try, round by round, until the budget is spent."""
        stale, best = 0, -np.inf
        while self.search.left > SMALLEST and self.search.candidates is not None:
            before = self.probe.n_inputs
            guide = self.search.guide(self.search.candidates, self.search.excess)
            yield from self._uphill(guide, fresh=stale >= PATIENCE)
            reached = float(
                self.search.guide(self.search.candidates, self.search.excess).max(initial=-np.inf)
            )
            stale = 0 if reached > best else stale + 1
            best = max(best, reached)
            if self.probe.n_inputs == before:
                return

    def _uphill(self, guide: Floats, *, fresh: bool) -> Iterator[Candidates]:
        """Children of the best candidates: swept along each input, and varied by chance."""
        if self.search.candidates is None:
            return
        parents = self.search.candidates.take(best_of(guide, guide, TOP))
        if fresh:
            extra = self.pool[
                :, self.rng.integers(0, self.pool.shape[1], TOP if self.search.axis is None else 2)
            ]
            parents = self.search.paired(extra)
        n_axes = len(self.probe.domain.axes)
        swept = max(1, min(len(parents), self.search.left // (4 * 5 * n_axes)))
        yield from self._sweep(parents.take(slice(0, swept)))
        n = max(SMALLEST, min(512, self.search.left // 3))
        along_lines = self.search.axis is not None and self.rng.random() < 0.5
        children = self._varied(parents, max(1, n // LINE) if along_lines else n)
        yield self.search.paired(children.points) if along_lines else children

    def _sweep(self, parents: Candidates) -> Iterator[Candidates]:
        """Move one input at a time to its ends and to the hinges met on the way, then all."""
        domain, n_axes = self.probe.domain, len(self.probe.domain.axes)
        axes = [i for i in range(n_axes) if i != self.search.axis]
        most = max(1, self.search.left // max(1, 3 * len(parents)))
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
        excess = self.probe.excess(self.search.statements, everything)
        self.search.remember(everything, excess)
        yield self._all_together(parents, everything, excess, len(moved))

    def _all_together(
        self, parents: Candidates, moved: Candidates, excess: Floats, n_moves: int
    ) -> Candidates:
        """Each parent with every single move at once that helps a statement by itself."""
        n = len(parents)
        guide = self.search.guide(moved, excess).reshape(len(self.search.statements), n_moves, n)
        at_home = self.search.guide(parents, self.probe.excess(self.search.statements, parents))
        points = moved.points.reshape(-1, n_moves, n)
        joint = []
        for s in range(len(self.search.statements)):
            combined = parents.points.copy()
            gain = guide[s] - at_home[s]
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
        step = rng.standard_normal(shape) * 10.0 ** rng.uniform(-6, 0, n) * spans
        kind = rng.random(shape)
        # Another point's value, together with others of it, or of as many points as inputs.
        apart = np.array([self._from_pool(i, n) for i in range(len(axes))])
        drawn = np.where(kind < 0.5, chosen.points + step, np.where(kind < 0.8, other, apart))
        touched = rng.random(shape) < share
        if self.search.axis is not None:
            touched[self.search.axis] = False
        points = np.where(touched, drawn, chosen.points)
        held = [axis.hold(x) for axis, x in zip(axes, points, strict=True)]
        return Candidates(np.array(held), chosen.second)

    def _from_pool(self, axis: int, n: int) -> Floats:
        """Values of one input, each of any point of the pool."""
        values: Floats = self.pool[axis, self.rng.integers(0, self.pool.shape[1], n)]
        return values

    def _targets(self, axis: int, n: int) -> list[Floats]:
        """Where to move one input of n parents: all values if few, or its ends and another's."""
        own = self.probe.domain.axes[axis]
        if own.choices is not None and len(own.choices) <= 4:
            return [np.full(n, value) for value in own.choices]
        low, high = ends_of(own)
        return [np.full(n, low), np.full(n, high), self._from_pool(axis, n)]


def best_of(guide: Floats, excess: Floats, n: int) -> NDArray[np.int64]:
    """Candidates among the first n of some statement by its guide or by its excess."""
    chosen: list[int] = []
    for row in (*guide, *excess):
        chosen += np.argsort(-row, kind="stable")[:n].tolist()
    return np.array(list(dict.fromkeys(chosen)), dtype=np.int64)


def ends_of(axis: Axis) -> Floats:
    """The least and the greatest of an axis's values."""
    if axis.codes:
        return np.array([axis.codes[0], axis.codes[-1]], dtype=np.float64)
    return np.array([axis.low, axis.high])
