"""Straight lines through a network, and what each of its inputs does along them.

A line leads from the values that units have at a baseline to those that they have in a row. The
change of a neuron along it is the sum of what each unit contributes:

* on a smooth piece, the integral of the slope by that unit times the unit's movement; between
  straight lines it is one product, on curves Gauss-Legendre quadrature, refined until the pieces
  add up;
* where a neuron jumps (a step, a sign, a winner), what the jump does downstream, shared among the
  units in proportion to how each moves the crossing neuron's z there
  (:mod:`nnspec.explaining.attribution.jumps`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.diagnostics import CannotError
from nnspec.explaining.attribution.crossings import cuts, has_pieces, rivals
from nnspec.explaining.attribution.pieces import Pieces, add_up
from nnspec.program.adjoint import backward
from nnspec.program.forward import Trace, forward
from nnspec.program.program import Program, Tier

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

ORDER = 8
"""Points of the quadrature on each piece of a curve."""

ENOUGH = 1e-11
"""The relative error at which a curve is no longer refined."""

SMALL = 0.02
"""What a shortest piece of a curve may lack, relatively, and be closed."""

SHORT = 1e-3
"""Straight pieces shorter than this may be steep, and their lengths matter to the last bit."""

MOST_NUMBERS = 20_000_000
"""The most numbers that the units along some lines may be at once: 160 MB."""

MOST_STEPS = 250_000
"""How many tiers are walked at most to find where lines must be cut."""

MOST_ROUNDS = 60
MOST_PIECES = 500
"""The most pieces of one line that may be rough at once; beyond a pole there is no end to them."""

MOST_CUTS = 200


class Lines:
    """The straight lines between pairs of valuations of the units before a tier.

    Parameters
    ----------
    program
        The network.
    start, end
        Shape (n_units, n_lines); only units before the tier ``first`` count.
    target
        The unit whose change is explained.
    first
        The tier from which on values follow from the line.
    """

    def __init__(
        self, program: Program, start: Floats, end: Floats, target: int, first: int = 0
    ) -> None:
        self.program = program
        self.first = first
        self.target = target
        self.last = program.tier_of(target) + 1
        self.start = start
        self.free = program.tiers[first].first
        before = np.arange(len(start)) < self.free
        self.move = np.where(before[:, None], end - start, 0.0)
        self.stop = np.where(self.move == 0, start, end)
        self.leading = program.leading_to(target)
        self.straight = is_straight(program, target, first)
        self._check_depth()

    @property
    def name(self) -> str:
        """What the target is called, for messages."""
        names = {number: name for name, number in self.program.number.items()}
        return names.get(self.target, "a neuron")

    def _check_depth(self) -> None:
        cut = [i for i in self._range if has_pieces(self.program.tiers[i], self._wanted(i))]
        if sum(i - self.first for i in cut) > MOST_STEPS:
            raise CannotError(
                f"{self.name} has {len(cut):,} layers with hinges before it, one after the other; "
                "explanations follow about 700. Explain neurons before it, or a smaller network"
            )

    @property
    def n_lines(self) -> int:
        """How many lines there are."""
        return int(self.start.shape[1])

    @property
    def _range(self) -> range:
        return range(self.first, self.last)

    @cached_property
    def scale(self) -> Floats:
        """What errors are relative to: the target along the line, and the terms that make it."""
        with np.errstate(all="ignore"):
            ends = [sizes_at(self.program, self.target, self.exact(time)) for time in (0.0, 1.0)]
            return np.asarray(np.max([self._on_the_way, *ends], axis=0))

    def exact(self, time: float) -> Floats:
        """Every unit at an end of the lines: (n_units, n_lines)."""
        return self.states(np.full(self.n_lines, time), np.arange(self.n_lines)).values

    def states(
        self,
        times: Floats,
        lines: Ints,
        frozen: dict[int, Floats] | None = None,
        last: int | None = None,
    ) -> Trace:
        """Every unit at some times of some lines."""
        if len(self.start) * len(times) > MOST_NUMBERS:
            raise CannotError(
                f"to explain {self.name} would take {len(times):,} points along the line of "
                f"{len(self.start):,} units each: more than {MOST_NUMBERS:,} numbers. Explain "
                "neurons before it, or a smaller network"
            )
        values = np.zeros((len(self.start), len(times)))
        known = values[: self.free]
        np.multiply(np.take(self.move[: self.free], lines, axis=1), times, out=known)
        known += np.take(self.start[: self.free], lines, axis=1)
        # The ends are the very values that were given.
        ends = np.flatnonzero(times == 1)
        if len(ends):
            known[:, ends] = self.stop[: self.free, lines[ends]]
        return forward(
            self.program, values, self.first, self.last if last is None else last, frozen
        )

    @cached_property
    def jumping(self) -> list[tuple[int, Tier]]:
        """The program with neurons that may jump and that the target depends on."""
        every = [(i, self.program.tiers[i]) for i in self._range]
        return [(i, s) for i, s in every if self.leading[s.first + s.jumping].any()]

    @cached_property
    def _on_the_way(self) -> Floats:
        """How great the target is between jumps, of each line."""
        found = np.zeros(self.n_lines)
        if self.jumping:
            times, lines, _ = self.pieces.at(np.array([0.5]))
            np.fmax.at(found, lines, np.abs(self.states(times, lines).values[self.target]))
        return found

    @cached_property
    def pieces(self) -> Pieces:
        """The lines cut wherever anything passes a hinge."""
        pieces = Pieces.whole(self.n_lines)
        for index in self._range:
            if has_pieces(self.program.tiers[index], self._wanted(index)):
                pieces = self._cut(index, pieces)
        if not self.jumping:
            return pieces
        times, lines, _ = pieces.at(np.array([0.5]))
        values = self.states(times, lines).values
        every = [(i, self.program.tiers[i]) for i in self._range]
        return pieces.with_frozen({i: values[s.own][s.jumping] for i, s in every})

    def _wanted(self, index: int) -> NDArray[np.bool_]:
        """The rows of a tier that the target depends on."""
        return self.leading[self.program.tiers[index].own]

    def _cut(self, index: int, pieces: Pieces) -> Pieces:
        tier, wanted = self.program.tiers[index], self._wanted(index)
        straight = not any(
            (s.bent & self.leading[s.own]).any() for s in self.program.tiers[self.first : index + 1]
        )
        done: list[Pieces] = []
        for _ in range(MOST_CUTS):
            lines = pieces.line

            def switches(times: Floats, which: Ints, lines: Ints = lines) -> Sequence[Floats]:
                state = self.states(times, lines[which], last=index + 1)
                return list(rivals(tier, state, index, wanted))

            pieces, new = pieces.cut(*cuts(pieces.start, pieces.end, switches, straight=straight))
            done.append(pieces.chosen(~new))
            pieces = pieces.chosen(new)
            if not len(pieces):
                break
        return Pieces.in_order([*done, pieces])

    def smooth(self) -> Floats:
        """What each unit contributes to the target's change between jumps: (n_units, n_lines)."""
        total = np.zeros_like(self.start)
        pieces = self.pieces
        if self.straight:
            return self._straight(pieces)
        for _ in range(MOST_ROUNDS):
            parts, missing = self._quadrature(pieces)
            share = pieces.end - pieces.start + 1e-3
            rough = ~(missing <= ENOUGH * self.scale[pieces.line] * share) & ~np.isinf(missing)
            # Line by line: what one of them lacks must not be another's loss.
            n_rough = np.bincount(pieces.line[rough], minlength=self.n_lines)
            rough &= (n_rough <= MOST_PIECES)[pieces.line]
            add_up(total, pieces.line[~rough], parts[:, ~rough])
            if not rough.any():
                return total
            parts, rest = parts[:, rough], pieces.chosen(rough)
            pieces = rest.halves()
        add_up(total, rest.line, self._closed(rest, parts, SMALL))
        return total

    def _straight(self, pieces: Pieces) -> Floats:
        """Slope times movement, piece by piece; what steep pieces lack is given to them.

        Times are doubles: the length of a piece that is a millionth of the line is good to 1e-10,
        and its slope may be as much steeper. The change of all pieces is known, whatever their
        lengths; what the parts lack of it is shared as the short ones' parts are.
        """
        total, steep = np.zeros_like(self.start), np.zeros_like(self.start)
        change, any_short = np.zeros(self.n_lines), (pieces.end - pieces.start < SHORT).any()
        at_once = max(1, MOST_NUMBERS // (4 * len(self.start)))
        for at in range(0, len(pieces), at_once):
            some = pieces.chosen(slice(at, at + at_once))
            parts = self._integral(some, np.array([0.5]), np.array([1.0]))
            add_up(total, some.line, parts)
            if any_short:
                short = some.end - some.start < SHORT
                add_up(steep, some.line, np.where(short, np.abs(parts), 0.0))
                np.add.at(change, some.line, self._changes(some))
        lacking, whole = change - total.sum(axis=0), steep.sum(axis=0)
        good = (np.abs(lacking) <= whole) & (whole > 0)
        return total + steep * np.where(good, lacking / np.where(good, whole, 1.0), 0.0)

    def _quadrature(self, pieces: Pieces) -> tuple[Floats, Floats]:
        """Each unit's contribution on each piece, and by how much they miss its change."""
        nodes, weights = np.polynomial.legendre.leggauss(ORDER)
        nodes, weights = (nodes + 1) / 2, weights / 2
        parts, missing = np.empty((len(self.start), len(pieces))), np.empty(len(pieces))
        at_once = max(1, MOST_NUMBERS // (4 * ORDER * len(self.start)))
        for at in range(0, len(pieces), at_once):
            own = slice(at, at + at_once)
            some = pieces.chosen(own)
            parts[:, own] = self._integral(some, nodes, weights)
            missing[own] = np.abs(self._changes(some) - parts[:, own].sum(axis=0))
            undefined = np.isnan(missing[own])
            if undefined.any():  # where it is so all along, to refine would not help
                inside = self.states(*some.chosen(undefined).at(nodes)).values[self.target]
                never = np.isnan(inside).reshape(-1, ORDER).all(axis=1)
                missing[own][undefined] = np.where(never, np.inf, np.nan)
        return parts, missing

    def _closed(self, pieces: Pieces, parts: Floats, most: float) -> Floats:
        """Parts that add up to the change of each piece, what they lack shared by their sizes.

        Where a slope has no bound, as of a root at 0, the quadrature never settles; the shares are
        right there, and their sum is known. A lack of more than ``most``, relatively, is left as
        it is: across a pole there is no sum.
        """
        lacking, sizes = self._changes(pieces) - parts.sum(axis=0), np.abs(parts)
        whole = sizes.sum(axis=0)
        good = (np.abs(lacking) <= most * self.scale[pieces.line]) & (whole > 0)
        return parts + np.where(good, sizes / np.where(good, whole, 1.0) * lacking, 0.0)

    def _integral(self, pieces: Pieces, nodes: Floats, weights: Floats) -> Floats:
        """Each unit's contribution on each piece: (n_units, n_pieces)."""
        state = self.states(*pieces.at(nodes))
        adjoint = np.zeros_like(state.values)
        adjoint[self.target] = 1.0
        slope = backward(self.program, adjoint, state, self.first, self.last)[: self.free]
        mean = slope.reshape(self.free, -1, len(nodes)) @ weights
        move = self.move[: self.free, pieces.line]
        parts = np.zeros((len(self.start), len(pieces)))
        parts[: self.free] = np.where(move == 0, 0.0, mean * (pieces.end - pieces.start) * move)
        return parts

    def _changes(self, pieces: Pieces) -> Floats:
        """By how much the target changes on each piece, jumps at its ends left out."""
        ends = self.states(*pieces.at(np.array([0.0, 1.0]))).values[self.target].reshape(-1, 2)
        return np.asarray(ends[:, 1] - ends[:, 0])


def is_straight(program: Program, target: int, first: int) -> bool:
    """Whether a unit is made of straight pieces in the units before a tier."""
    leading = program.leading_to(target)
    within = program.tiers[first : program.tier_of(target) + 1]
    return not any((tier.bent & leading[tier.own]).any() for tier in within)


def sizes_at(program: Program, target: int, values: Floats) -> Floats:
    """How great a unit is at some points, or what its greatest source does to it if greater.

    That is the source times the slope by it: of a sum its terms, of what is squashed less. It is
    what rounding is relative to.
    """
    first, last = program.neurons_of(target), program.tier_of(target) + 1
    trace = forward(program, values.copy(), first, last)
    adjoint = np.zeros_like(values)
    adjoint[target] = 1.0
    terms = np.abs(backward(program, adjoint, trace, first, last) * values)
    greatest = np.where(np.isfinite(terms), terms, 0.0).max(axis=0, initial=0.0)
    return np.asarray(np.maximum(np.abs(values[target]), greatest))
