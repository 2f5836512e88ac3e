"""What a search has reached: the candidates nearest to a violation, and what may still be tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from nnspec.claims.domain import Points
from nnspec.claims.search.probe import Candidates, Floats, Measured, Probe, judge
from nnspec.claims.search.steps import best_pairs
from nnspec.claims.statements import Statement

TOP = 8
"""How many of the best candidates of a statement are followed."""

SHORT = (-6.0, -0.5)
"""The lengths of short steps, as powers of ten of an input's range."""

NOISE = 1e-9
"""An excess this small beside the values compared may be rounding, and ends no search."""


class Frontier:
    """The best candidates of statements about the same axis.

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

    @classmethod
    def of(cls, probe: Probe, known: Frontier) -> Frontier:
        """What another network makes of the candidates that a frontier holds."""
        again = cls(probe, known.statements, known.rng, 0)
        if known.candidates is not None:
            again.try_(known.candidates)
        return again

    @property
    def left(self) -> int:
        """How many inputs may still be tried: none once the time is spent."""
        return 0 if self.probe.is_late else max(0, self.budget - self.probe.n_inputs)

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
        return not self._violated.all()

    @property
    def is_violated(self) -> bool:
        """Whether some statement was violated, by more than rounding may do."""
        return bool(self._violated.any())

    @property
    def _violated(self) -> NDArray[np.bool_]:
        sizes = self.probe.sizes
        noise = [NOISE * max([sizes.get(n, 0.0) for n in s.names], default=0.0)
                 for s in self.statements]  # fmt: skip
        beyond = self.excess > np.array(noise)[:, None]
        return np.asarray(beyond.any(axis=1), dtype=np.bool_)

    def climb_through(self, point: Floats) -> list[float]:
        """Try one point, and its steepest step for a claim about two rows; a score by statement."""
        candidates = self.short(point[:, None])
        excess = self.probe.excess(self.statements, candidates)
        self.remember(candidates, excess)
        scores: list[float] = self.guide(candidates, excess).max(axis=1).tolist()
        return scores

    def look_at(self, points: Points) -> Floats:
        """Try points, or short steps from them, and say how far z lies above each hinge there."""
        candidates = self.short(points)
        first = second = self.probe.evaluate(candidates.points)
        if candidates.second is not None:
            second = self.probe.evaluate(self.moved(candidates))
            self.probe.n_inputs -= len(candidates)  # a pair is one input to a claim about two rows
        self.remember(candidates, judge(self.statements, first, second))
        return first.above

    def moved(self, candidates: Candidates) -> Points:
        """The second row of each pair; of single rows, the row itself."""
        return candidates.points if self.axis is None else self.probe.moved(self.axis, candidates)

    def accept(self, candidates: Candidates, first: Measured, second: Measured) -> None:
        """Remember candidates that were evaluated together with others."""
        self.probe.note(first)
        self.remember(candidates, judge(self.statements, first, second))

    def short(self, points: Points) -> Candidates:
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


def best_of(guide: Floats, excess: Floats, n: int) -> NDArray[np.int64]:
    """Candidates among the first n of some statement by its guide or by its excess."""
    chosen: list[int] = []
    for row in (*guide, *excess):
        chosen += np.argsort(-row, kind="stable")[:n].tolist()
    return np.array(list(dict.fromkeys(chosen)), dtype=np.int64)
