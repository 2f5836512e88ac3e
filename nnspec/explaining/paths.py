"""A straight line through a network, and what each of its inputs does along it.

The line leads from the values that units have at a baseline to those that they have in a row. The
change of a neuron along it is the sum of what each unit contributes:

* on a smooth piece, the integral of the slope by that unit times the unit's movement; between
  straight lines it is one product, on curves Gauss-Legendre quadrature, refined until the pieces
  add up;
* where a neuron jumps (a step, a sign, a winner), what the jump does downstream, shared among the
  units in proportion to how each moves the crossing neuron's z there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.explaining.crossings import cuts, has_pieces, piece_codes
from nnspec.explaining.stage import Stage
from nnspec.explaining.stages import Stages, State

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

ORDER = 8
"""Points of the quadrature on each piece of a curve."""

ENOUGH = 1e-11
"""The relative error at which a curve is no longer refined."""

MOST_ROUNDS, MOST_PIECES = 60, 20_000
MOST_CUTS = 200


@dataclass(frozen=True, eq=False)
class _Piece:
    """Pieces of the line: their ends, and what jumping rows are on each, by stage."""

    start: Floats
    end: Floats
    frozen: dict[int, Floats]

    def at(self, shares: Floats) -> tuple[Floats, dict[int, Floats]]:
        """Times at some shares of each piece, piece by piece, with what is frozen there."""
        times = self.start[:, None] + (self.end - self.start)[:, None] * shares
        frozen = {i: np.repeat(held, len(shares), axis=1) for i, held in self.frozen.items()}
        return times.ravel(), frozen

    def halves(self, chosen: NDArray[np.bool_]) -> _Piece:
        """The chosen pieces, each cut in two."""
        start, end = self.start[chosen], self.end[chosen]
        middle = (start + end) / 2
        frozen = {i: np.repeat(held[:, chosen], 2, axis=1) for i, held in self.frozen.items()}
        pairs = np.stack([start, middle], axis=1).ravel(), np.stack([middle, end], axis=1).ravel()
        return _Piece(*pairs, frozen)


class Line:
    """The straight line between two valuations of the units before a stage.

    Parameters
    ----------
    stages
        The network.
    start, end
        Shape (n_units,); only units before the stage ``first`` count.
    target
        The unit whose change is explained.
    first
        The stage from which on values follow from the line.
    """

    def __init__(
        self, stages: Stages, start: Floats, end: Floats, target: int, first: int = 0
    ) -> None:
        self.stages = stages
        self.first = first
        self.target = target
        self.last = stages.stage_of(target) + 1
        self.start = start
        self.free = stages.stages[first].first
        self.move = np.where(np.arange(len(start)) < self.free, end - start, 0.0)
        self.stop = end
        self._range = range(first, self.last)
        self._leading = stages.leading_to(target)
        self.straight = not any(self._bent(i) for i in self._range)

    def contributions(self) -> Floats:
        """What each unit contributes to the target's change, shape (n_units,)."""
        with np.errstate(all="ignore"):
            return self._smooth() + self._jumps()

    @cached_property
    def scale(self) -> float:
        """What errors are relative to: the target at both ends, and the terms that make it."""
        with np.errstate(all="ignore"):
            ends = self.states(np.array([0.0, 1.0])).values
            index = self.stages.neurons_of(self.target)
            row = self.target - self.stages.stages[self.stages.stage_of(self.target)].first
            terms = np.abs(self.stages.stages[index].terms(row, ends)).max(initial=0.0)
            return float(max(np.abs(ends[self.target]).max(), terms))

    def states(self, times: Floats, frozen: dict[int, Floats] | None = None,
               last: int | None = None) -> State:  # fmt: skip
        """Every unit at some times."""
        values = self.start[:, None] + self.move[:, None] * times
        # The ends are the very values that were given.
        values[:, times == 1] = np.where(self.move, self.stop, self.start)[:, None]
        return self.stages.forward(values, self.first, self.last if last is None else last, frozen)

    def _wanted(self, index: int) -> NDArray[np.bool_]:
        """The rows of a stage that the target depends on."""
        return self._leading[self.stages.stages[index].own]

    def _bent(self, index: int) -> bool:
        return bool(self.stages.stages[index].bent[self._wanted(index)].any())

    @cached_property
    def _pieces(self) -> _Piece:
        times = np.array([0.0, 1.0])
        for index in self._range:
            stage = self.stages.stages[index]
            if has_pieces(stage, self._wanted(index)):
                times = self._cut(index, times)
        state = self.states((times[:-1] + times[1:]) / 2)
        frozen = {i: state.values[s.own][s.jumping] for i, s in self._jumping}
        return _Piece(times[:-1], times[1:], frozen)

    def _cut(self, index: int, times: Floats) -> Floats:
        straight = not any(self._bent(i) for i in range(self.first, index + 1))
        stage, wanted = self.stages.stages[index], self._wanted(index)

        def codes(at: Floats) -> Ints:
            state = self.states(at, last=index + 1)
            return piece_codes(stage, state, index, wanted)

        for _ in range(MOST_CUTS):
            found = cuts(times, codes, straight=straight)
            merged = np.union1d(times, found)
            if len(merged) == len(times):
                break
            times = merged
        return times

    @cached_property
    def _jumping(self) -> list[tuple[int, Stage]]:
        every = [(i, self.stages.stages[i]) for i in self._range]
        return [(i, stage) for i, stage in every if len(stage.jumping)]

    # -- smooth pieces -----------------------------------------------------------------------------

    def _smooth(self) -> Floats:
        if self.straight:
            whole = self._integral(self._pieces, np.array([0.5]), np.array([1.0]))
            return np.asarray(whole.sum(axis=1))
        nodes, weights = np.polynomial.legendre.leggauss(ORDER)
        nodes, weights = (nodes + 1) / 2, weights / 2
        pieces, total = self._pieces, np.zeros(len(self.start))
        for _ in range(MOST_ROUNDS):
            parts = self._integral(pieces, nodes, weights)
            missing = np.abs(self._changes(pieces) - parts.sum(axis=0))
            rough = ~(missing <= ENOUGH * self.scale * (pieces.end - pieces.start + 1e-3))
            total = total + parts[:, ~rough].sum(axis=1)
            rough_parts = parts[:, rough].sum(axis=1)
            if not rough.any():
                return np.asarray(total)
            if 2 * np.count_nonzero(rough) > MOST_PIECES:
                break
            pieces = pieces.halves(rough)
        return np.asarray(total + rough_parts)

    def _integral(self, pieces: _Piece, nodes: Floats, weights: Floats) -> Floats:
        """Each unit's contribution on each piece: (n_units, n_pieces)."""
        state = self.states(*pieces.at(nodes))
        adjoint = np.zeros_like(state.values)
        adjoint[self.target] = 1.0
        slope = self.stages.backward(adjoint, state, self.first, self.last)
        slope = np.where(self.move[:, None] == 0, 0.0, slope)
        mean = slope.reshape(len(slope), -1, len(nodes)) @ weights
        return np.asarray(mean * (pieces.end - pieces.start) * self.move[:, None])

    def _changes(self, pieces: _Piece) -> Floats:
        """By how much the target changes on each piece, jumps at its ends left out."""
        ends = self.states(*pieces.at(np.array([0.0, 1.0]))).values[self.target].reshape(-1, 2)
        return np.asarray(ends[:, 1] - ends[:, 0])

    # -- jumps -------------------------------------------------------------------------------------

    def _jumps(self) -> Floats:
        total = np.zeros(len(self.start))
        if not self._jumping:
            return total
        pieces = self._pieces
        ends = self.states(*pieces.at(np.array([0.0, 1.0]))).values
        right, left = ends[:, 0::2], ends[:, 1::2]
        exact = self.states(np.array([0.0, 1.0])).values
        before = np.column_stack([exact[:, 0], left])
        after = np.column_stack([right, exact[:, 1]])
        for cut in range(before.shape[1]):
            if (before[self._leading, cut] != after[self._leading, cut]).any():
                total += self._jump(before[:, cut], after[:, cut], cut)
        return total

    def _jump(self, before: Floats, after: Floats, cut: int) -> Floats:
        """What the jumps at one cut contribute, stage by stage."""
        total, now = np.zeros(len(self.start)), before.copy()
        for index, stage in self._jumping:
            units = stage.first + stage.jumping
            jumped = units[(now[units] != after[units]) & self._leading[units]]
            if not len(jumped):
                continue
            then = now.copy()
            then[jumped] = after[jumped]
            amounts = self._downstream(now, then, index)
            winner = (self._winner(stage, after), self._winner(stage, now))
            for unit in jumped[amounts[jumped] != 0].tolist():
                total += amounts[unit] * self._shares(index, unit, winner, cut)
            now = self.states_from(then, index + 1)
        return total

    def _downstream(self, now: Floats, then: Floats, index: int) -> Floats:
        """What each jumping unit of a stage does to the target."""
        if self.stages.stage_of(self.target) == index:
            here = np.zeros(len(now))
            here[self.target] = then[self.target] - now[self.target]
            return here
        return Line(self.stages, now, then, self.target, index + 1).contributions()

    def states_from(self, values: Floats, first: int) -> Floats:
        """Every unit, from those before a stage."""
        return np.asarray(
            self.stages.forward(values[:, None].copy(), first, self.last).values[:, 0]
        )

    def _winner(self, stage: Stage, values: Floats) -> int:
        return int(np.argmax(values[stage.own]))

    def _shares(self, index: int, unit: int, winner: tuple[int, int], cut: int) -> Floats:
        """How the units share in the movement that made one jump: they add up to 1."""
        pieces = self._pieces
        around = [(cut - 1, 1 - 1e-9), (cut, 1e-9)]
        for piece, share in around:
            if not 0 <= piece < len(pieces.start):
                continue
            length = pieces.end[piece] - pieces.start[piece]
            moved = self._movement(index, unit, winner, pieces.start[piece] + length * share)
            total = float(moved.sum())
            if np.isfinite(total) and total != 0:
                return np.asarray(moved / total)
        return np.zeros(len(self.start))

    def _movement(self, index: int, unit: int, winner: tuple[int, int], time: float) -> Floats:
        """How each unit moves what decides a jump: a z, or one activation beside another."""
        stage = self.stages.stages[index]
        state = self.states(np.array([time]))
        by_z = np.zeros((len(stage.layer.neurons), 1))
        if stage.layer.group == "winner":
            by_z[winner[0]] += 1.0
            by_z[winner[1]] -= 1.0
            by_z = stage.through_activations(by_z, state.z[index])
        else:
            by_z[unit - stage.first] = 1.0
        adjoint = np.zeros_like(state.values)
        self.stages.push(index, by_z, state, adjoint)
        return self.stages.backward(adjoint, state, self.first, index)[:, 0] * self.move
