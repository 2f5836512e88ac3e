"""Any network bounded over boxes of its table's cells.

Where nothing special is known of a network's kind, three sound bounds of a sum of its units are
taken over a box (Moore, Kearfott and Cloud 2009, Introduction to interval analysis, chapters 5 and
6): the natural one, unit by unit; that of the face on which the sum is least, for inputs in which
it only rises or only falls; and the mean value form

    f(x)  >=  f(c)  +  min over the box of  sum_i f_i (x_i - c_i),

with intervals of slopes f_i over the box and its middle c. What jumps has no slope at its jump, and
the first two serve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.claims.domain import Axis, Domain
from nnspec.diagnostics import CannotError
from nnspec.network import Network
from nnspec.program.cells import cell_slopes, unit_intervals
from nnspec.program.intervals import Boxes, Interval, forward_boxes, plus, sums, times
from nnspec.program.program import Floats, Program
from nnspec.program.slope_intervals import backward_boxes
from nnspec.proving.demands import Demand
from nnspec.proving.terms import Form, as_fraction, fraction_ends, jumps, narrowed, pulled_back

Cases: TypeAlias = NDArray[np.int8]

FEW_TERMS = 16
"""Terms of a sum that are added one by one."""


@dataclass(frozen=True, eq=False)
class Outlook:
    """What is known of a demand over some boxes.

    Parameters
    ----------
    least
        Of a sum: what it never falls below; of slopes, by how much they are within their limits,
        below 0 where they may not be. Shape (n_boxes,).
    sway
        By input, how much of what is unknown is its doing: (n_axes, n_boxes).
    worst
        A point of each box at which a sum may be least: (n_axes, n_boxes).
    undecided
        Which of the neurons that jump may do so in the box: (n_jumps, n_boxes).
    """

    least: Floats
    sway: Floats
    worst: Floats
    undecided: NDArray[np.bool_]


class Enclosure:
    """Bounds of one demand over boxes of a domain.

    Raises
    ------
    CannotError
        If an input has no range on one side, or a slope by a category is asked for.
    """

    def __init__(self, network: Network, domain: Domain, demand: Demand) -> None:
        self.network, self.domain, self.demand = network, domain, demand
        self.program = Program.of(network.compiled)
        numbers = {axis.name for axis in domain.axes if not axis.codes}
        terms = {name: as_fraction(factor) for name, factor in demand.terms.items()}
        self.cells = {name: factor for name, factor in terms.items() if name in numbers}
        units = {self.program.number[n]: f for n, f in terms.items() if n not in numbers}
        self.form = pulled_back(self.program, Form(units, as_fraction(demand.constant)))
        self.jumps = [] if demand.axis else jumps(self.program, self.form.terms)
        self.narrowed = {
            (number, high): narrowed(jump, self.form, high=high)
            for number, jump in enumerate(self.jumps)
            for high in (False, True)
            if jump.unit in self.form.terms
        }
        ends = np.array([_ends(axis) for axis in domain.axes]).reshape(-1, 2)
        self.low, self.high = ends[:, :1], ends[:, 1:]
        self.whole = np.array([axis.whole for axis in domain.axes], dtype=np.bool_)[:, None]
        self.is_category = np.array([bool(axis.codes) for axis in domain.axes], dtype=np.bool_)
        if demand.axis is not None:
            own = domain.axes[domain.index[demand.axis]]
            if own.codes:
                raise CannotError(f"{demand.axis} is a category, whose values have no order")
            if own.whole:  # a box holds the lesser of each two neighbours
                self.high[domain.index[demand.axis]] -= 1

    @cached_property
    def has_values(self) -> bool:
        """Whether every neuron has a value over the whole domain, as far as one box can tell."""
        with np.errstate(all="ignore"):
            return bool(_are_finite(self._walk(self.low, self.high)[1]).all())

    def bounded(self, low: Floats, high: Floats, cases: Cases) -> Outlook:
        """What is known over boxes from ``low`` to ``high``: (n_axes, n_boxes).

        ``cases`` are those of the neurons that jump, shape (n_jumps, n_boxes): 0 the lower value, 1
        the higher one, -1 either.
        """
        with np.errstate(all="ignore"):
            if self.demand.axis is not None:
                return self._of_slopes(low, high)
            return self._of_sum(low, high, cases)

    def _held(self, cases: Cases) -> dict[int, Interval]:
        """By unit that jumps, between what it lies in each box's case."""
        held = {}
        for jump, case in zip(self.jumps, cases, strict=True):
            value = np.where(case == 1, jump.high, jump.low)
            held[jump.unit] = np.where(case < 0, -np.inf, value), np.where(case < 0, np.inf, value)
        return held

    def _of_sum(self, low: Floats, high: Floats, cases: Cases) -> Outlook:
        held = self._held(cases)
        ends, boxes = self._walk(low, high, held)
        least = self._total(self.form, ends, boxes)[0]
        for (number, is_high), form in self.narrowed.items():
            own = self._total(form, ends, boxes)[0]
            least = np.where(cases[number] == is_high, np.maximum(least, own), least)
        at_jumps = [jump.unit for jump in self.jumps]
        empty = (boxes.units[0][at_jumps] > boxes.units[1][at_jumps]).any(axis=0)
        undecided = boxes.units[0][at_jumps] < boxes.units[1][at_jumps]
        # Where the sum only rises in an input it is least at its low end, and so on.
        slopes = self._slopes(ends, boxes)
        rises, falls = slopes[0] >= 0, slopes[1] <= 0
        face = np.where(falls, high, low), np.where(rises, low, high)
        least = np.maximum(least, self._total(self.form, *self._walk(*face, held))[0])
        middle = face[0] / 2 + face[1] / 2
        moved = times(slopes, plus(face, (-middle, -middle)))
        mean = self._total(self.form, *self._walk(middle, middle, held))
        for at in np.flatnonzero(~self.is_category):
            mean = plus(mean, (moved[0][at], moved[1][at]))
        # A category moves from one value to another, which no slope tells of.
        still = (low == high)[self.is_category].all(axis=0)
        least = np.maximum(least, np.where(still & ~np.isnan(mean[0]), mean[0], -np.inf))
        # A row that has no value satisfies nothing.
        least = np.where(_are_finite(boxes) & ~np.isnan(least), least, -np.inf)
        sway = np.where(np.isfinite(moved[0]), moved[1] - moved[0], np.inf)
        sway[self.is_category] = np.inf
        return Outlook(np.where(empty, np.inf, least), sway, middle, undecided)

    def _of_slopes(self, low: Floats, high: Floats) -> Outlook:
        at = self.domain.index[str(self.demand.axis)]
        beyond = high.copy()
        beyond[at] += self.whole[at]
        ends, boxes = self._walk(low, beyond)
        slopes = self._slopes(ends, boxes)
        room = self._room(slopes[0][at], slopes[1][at])
        if self.whole[at]:
            # Of whole numbers each two neighbours may be compared instead, which what jumps needs.
            after = low.copy()
            after[at] += 1
            less = self._total(self.form, *self._walk(low, high))
            more = self._total(self.form, *self._walk(after, beyond))
            moved = plus(more, (-less[1], -less[0]))
            room = np.maximum(room, self._room(*moved))
        room = np.where(_are_finite(boxes), room, -np.inf)
        # How much an input sways the slope is not known; the widest is cut.
        sway = np.full(low.shape, np.inf)
        return Outlook(room, sway, low / 2 + high / 2, np.zeros((0, low.shape[1]), dtype=np.bool_))

    def _room(self, low: Floats, high: Floats) -> Floats:
        """0 where slopes are within the limits, and otherwise by how much they may not be."""
        least, most = self.demand.limits
        if np.isfinite(least):
            least = fraction_ends(as_fraction(least))[1]
        if np.isfinite(most):
            most = fraction_ends(as_fraction(most))[0]
        below, above = np.where(low >= least, 0.0, low - least), most - high
        return np.minimum(below, np.where(high <= most, 0.0, above))

    def _walk(
        self, low: Floats, high: Floats, held: Mapping[int, Interval] | None = None
    ) -> tuple[dict[str, Floats], Boxes]:
        """By input its ends, and where every unit lies."""
        ends = {axis.name: np.array([low[i], high[i]]) for i, axis in enumerate(self.domain.axes)}
        units = unit_intervals(self.program, ends)
        return ends, forward_boxes(self.program, units, held=held)

    def _total(self, form: Form, ends: Mapping[str, Floats], boxes: Boxes) -> Interval:
        """Where a sum of units, and of the cells that the demand speaks of, can lie."""
        parts = [(boxes.units[0][unit], boxes.units[1][unit]) for unit in form.terms]
        parts += [(ends[name][0], ends[name][1]) for name in self.cells]
        factors = [*form.terms.values(), *self.cells.values()]
        n_boxes = boxes.units[0].shape[1]
        return plus(_weighted(factors, parts, n_boxes), fraction_ends(form.constant))

    def _slopes(self, ends: Mapping[str, Floats], boxes: Boxes) -> Interval:
        """Where the sum's slopes by each axis can lie; nothing is known of categories."""
        seeds = {unit: fraction_ends(factor) for unit, factor in self.form.terms.items()}
        by_cell = cell_slopes(self.program, backward_boxes(self.program, boxes, seeds), ends)
        shape = len(self.domain.axes), boxes.units[0].shape[1]
        low, high = np.full(shape, -np.inf), np.full(shape, np.inf)
        for i, axis in enumerate(self.domain.axes):
            if not axis.codes:
                own = fraction_ends(self.cells.get(axis.name, Fraction(0)))
                low[i], high[i] = plus(by_cell[axis.name], own)
        return low, high

    def values(self, points: Floats) -> Floats:
        """The sum at points of the domain, in doubles: (n_points,)."""
        columns = self.domain.columns(self.domain.hold(points))
        known = {**self.domain.units(columns), **columns}
        neurons = tuple(name for name in self.demand.terms if name not in known)
        found = self.network.evaluate_columns(columns, neurons)
        known |= found.values
        total = np.full(points.shape[1], self.demand.constant)
        for name, factor in self.demand.terms.items():
            total = total + factor * known[name]
        return np.where(found.bad, -np.inf, total)


def _are_finite(boxes: Boxes) -> NDArray[np.bool_]:
    """Boxes over which every neuron has a value: z, and what becomes of it."""
    ends = [*boxes.units, *(side for z in boxes.z.values() for side in z)]
    return np.asarray(np.all([np.isfinite(side).all(axis=0) for side in ends], axis=0))


def _weighted(factors: Sequence[Fraction], parts: Sequence[Interval], n_boxes: int) -> Interval:
    """Intervals by their factors, added up: few one by one, which is exact more often."""
    total = np.zeros(n_boxes), np.zeros(n_boxes)
    if len(factors) <= FEW_TERMS:
        for factor, part in zip(factors, parts, strict=True):
            total = plus(total, times(part, _ends_of(factor)))
        return total
    row = np.array([[float(factor) for factor in factors]])
    low, high = sums(row, (np.array([x for x, _ in parts]), np.array([y for _, y in parts])))
    return low[0], high[0]


def _ends_of(factor: Fraction) -> Interval:
    low, high = fraction_ends(factor)
    return np.array([low]), np.array([high])


def _ends(axis: Axis) -> tuple[float, float]:
    if axis.codes:
        return float(axis.codes[0]), float(axis.codes[-1])
    if any(axis.open_sides):
        raise CannotError(f"input {axis.name} has no declared range on one side")
    return fraction_ends(as_fraction(axis.low))[0], fraction_ends(as_fraction(axis.high))[1]
