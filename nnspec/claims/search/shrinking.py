"""From a row that violates a statement to the smallest: simple values, the rest at the boundary.

First each input takes its simplest value, the one nearest to 0, if the violation stays. Then what
remains is rounded, and last one input after the other goes as near to its simplest value as it can
without the violation ending, which leaves it within 1e-6 of the boundary.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nnspec.claims.domain import Axis
from nnspec.claims.search.probe import Candidates, Floats, Probe
from nnspec.claims.statements import Statement

BOUNDARY = 9e-7
"""How near to the boundary of a violation a shrunk number ends: 1e-6, less what rounding takes."""

SECTIONS = 64
"""Into how many parts an interval is cut in one batch."""

MOST_STEPS = 20_000
"""Of a grid of pairs, how many are looked at."""

Confirm = Callable[[Candidates], bool]


class Shrinker:
    """Shrinks one violating candidate of one statement.

    Parameters
    ----------
    probe
        What evaluates points.
    statement
        The statement that is violated.
    confirm
        Whether one candidate violates it beyond all rounding.
    """

    def __init__(self, probe: Probe, statement: Statement, confirm: Confirm) -> None:
        self.probe = probe
        self.statement = statement
        self.confirm = confirm
        self.axis = None if statement.axis is None else probe.domain.index[statement.axis]

    def run(self, found: Candidates) -> Candidates:
        """The smallest candidate that is reached."""
        current = self._simplify(found)
        if self.axis is not None:
            current = self._tidy_pair(current, self.axis)
        axes = [i for i in range(len(self.probe.domain.axes)) if i != self.axis]
        for axis in axes:
            current = self._round(current, axis)
        if self.axis is None:  # of two rows, what they have in common had better be round
            for axis in axes:
                current = self._to_boundary(current, axis)
        return self._simplify(current)

    # -- steps ------------------------------------------------------------------------------------

    def _simplify(self, current: Candidates) -> Candidates:
        """Every input at its simplest value where it may be: all at once, then one by one."""
        simplest = self.probe.domain.simplest
        movable = [i for i in range(len(simplest)) if i != self.axis]
        everything = current.points.copy()
        everything[movable, 0] = simplest[movable]
        whole = Candidates(everything, current.second)
        if self._holds(whole):
            return whole
        for axis in movable:
            if current.points[axis, 0] != simplest[axis]:
                moved = self._with(current, axis, np.array([simplest[axis]]))
                current = moved if self._holds(moved) else current
        return current

    def _round(self, current: Candidates, axis: int) -> Candidates:
        """The value of fewest digits near an input's value."""
        own = self.probe.domain.axes[axis]
        value = float(current.points[axis, 0])
        if own.codes or value == own.simplest:
            return current
        if own.whole:
            return self._to_boundary(current, axis)
        return self._first(current, axis, _rounded(own, value))

    def _to_boundary(self, current: Candidates, axis: int) -> Candidates:
        """One input as near to its simplest value as the violation allows."""
        own = self.probe.domain.axes[axis]
        bad, good = float(current.points[axis, 0]), own.simplest
        if own.codes or bad == good:
            return current
        resolution = 1.0 if own.whole else BOUNDARY / 4
        while abs(bad - good) > resolution:
            values = own.hold(np.linspace(good, bad, SECTIONS + 1)[1:])
            violating = np.flatnonzero(self._violates(self._with(current, axis, values)))
            if len(violating) == 0:
                break
            first = int(violating[0])
            nearer = float(values[first])
            good = float(values[first - 1]) if first else good
            if nearer == bad and abs(bad - good) <= np.spacing(abs(bad)) * SECTIONS:
                break
            if nearer == bad and first == len(values) - 1 and good == values[first]:
                break
            bad = nearer
        reached = self._with(current, axis, np.array([bad]))
        current = reached if self._holds(reached) else current
        near = float(current.points[axis, 0])
        return current if own.whole else self._first(current, axis, _short(own, near, good))

    def _tidy_pair(self, current: Candidates, axis: int) -> Candidates:
        """The pair one unit apart, or a tenth, and so on, that is nearest to the simplest value."""
        own = self.probe.domain.axes[axis]
        if own.codes or current.second is None:
            return current
        low, high = float(current.points[axis, 0]), float(current.second[0])
        gap = 1.0 if own.whole else min(1.0, 10.0 ** math.floor(math.log10(own.span / 10)))
        while gap >= max(1e-9 * own.span, 4 * np.spacing(max(abs(low), abs(high)))):
            found = self._nearest_pair(current, axis, gap)
            if found is not None:
                return found
            gap /= 10
        return current

    def _nearest_pair(self, current: Candidates, axis: int, gap: float) -> Candidates | None:
        own = self.probe.domain.axes[axis]
        low = float(current.points[axis, 0])
        steps = np.arange(math.ceil(own.low / gap), math.floor(own.high / gap) + 1)
        if len(steps) > MOST_STEPS:
            middle = round(low / gap)
            first = max(math.ceil(own.low / gap), middle - MOST_STEPS // 2)
            last = min(math.floor(own.high / gap), middle + MOST_STEPS // 2)
            steps = np.arange(first, last + 1)
        # Dividing by a power of ten rounds once, multiplying by 0.1 twice.
        multiples = steps.astype(np.float64)
        grid = own.hold(multiples / float(round(1 / gap)) if gap < 1 else multiples * gap)
        if len(grid) < 2:
            return None
        points = np.repeat(current.points, len(grid) - 1, axis=1)
        points[axis] = grid[:-1]
        pairs = Candidates(points, grid[1:])
        violating = np.flatnonzero(self._violates(pairs))
        nearest = violating[np.argsort(np.abs(grid[violating] - own.simplest), kind="stable")]
        for at in nearest[:5].tolist():
            if self.confirm(pairs.take([at])):
                return pairs.take([at])
        return None

    # -- trying -----------------------------------------------------------------------------------

    def _first(self, current: Candidates, axis: int, values: Floats) -> Candidates:
        """The first of some values with which the violation stays."""
        if len(values) == 0:
            return current
        moved = self._with(current, axis, values)
        for at in np.flatnonzero(self._violates(moved))[:5].tolist():
            if self.confirm(moved.take([at])):
                return moved.take([at])
        return current

    def _with(self, current: Candidates, axis: int, values: Floats) -> Candidates:
        points = np.repeat(current.points, len(values), axis=1)
        points[axis] = values
        second = current.second
        repeated = None if second is None else np.repeat(second, len(values))
        return replace(current, points=points, second=repeated)

    def _violates(self, candidates: Candidates) -> NDArray[np.bool_]:
        violating: NDArray[np.bool_] = self.probe.excess([self.statement], candidates)[0] > 0
        return violating

    def _holds(self, candidate: Candidates) -> bool:
        return bool(self._violates(candidate)[0]) and self.confirm(candidate)


def _rounded(own: Axis, value: float) -> Floats:
    """Round numbers: of one digit, nearest to the simplest first; then the value in more digits."""
    sign = math.copysign(1.0, value)
    scales = range(math.ceil(math.log10(max(abs(value), 1e-9))) - 6,
                   math.ceil(math.log10(max(abs(value), 1e-9))) + 1)  # fmt: skip
    one_digit = [sign * _scaled(digit, scale) for scale in scales for digit in range(1, 10)]
    near = [v for v in one_digit if abs(v - own.simplest) <= abs(value - own.simplest)]
    near.sort(key=lambda v: abs(v - own.simplest))
    more = [round(value, digits) for digits in range(-scales[-1] + 2, 9)]
    return _on_axis(own, value, [*near, *more])


def _scaled(digit: int, scale: int) -> float:
    """``digit * 10**scale``, rounded once."""
    return float(digit * 10**scale) if scale >= 0 else digit / 10**-scale


def _short(own: Axis, value: float, good: float) -> Floats:
    """Values of few digits at most 1e-6 from a boundary, which lies between value and good."""
    away = value + math.copysign(BOUNDARY, value - good)
    found = []
    for digits in range(-3, 13):
        at = good * 10.0**digits
        steps = (math.ceil(at), math.ceil(at) + 1) if value > good else (
            math.floor(at), math.floor(at) - 1
        )  # fmt: skip
        candidates = [_scaled(step, -digits) for step in steps]
        found += [v for v in candidates if min(good, away) <= v <= max(good, away)]
    return _on_axis(own, value, found)


def _on_axis(own: Axis, value: float, found: list[float]) -> Floats:
    """Those of some numbers that the axis has, but for the value itself."""
    finite = [v for v in found if math.isfinite(v)]
    held = own.hold(np.array(finite, dtype=np.float64)).tolist()
    return np.array([v for v, given in zip(held, finite, strict=True) if v == given and v != value])
