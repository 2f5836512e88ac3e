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

MOST_STEPS = 4_000
"""Of a grid of pairs, how many are looked at in one batch."""

SURE = 1e-6
"""An excess so great beside the values compared is no rounding; the end is judged all the same."""

ROUNDED = 0.1
"""By how much of the way from its simplest value a number is moved to be round, at most."""

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
        current = self.simplified(found)
        if self.axis is not None:
            current = self._tidy_pair(current, self.axis)
        simplest = self.probe.domain.simplest
        axes = [i for i in range(len(self.probe.domain.axes))
                if i != self.axis and current.points[i, 0] != simplest[i]]  # fmt: skip
        for axis in axes:
            current = self._round(current, axis)
        if self.axis is None:  # of two rows, what they have in common had better be round
            for axis in axes:
                current = self._to_boundary(current, axis)
        current = self.simplified(current)
        return current if self.confirm(current) else found

    def rounded(self, current: Candidates) -> Candidates:
        """The candidate with numbers of as few digits as still violate the statement.

        Each is rounded away from its simplest value, by a tenth of the way at most.
        """
        if self.axis is not None:
            return current
        for axis, own in enumerate(self.probe.domain.axes):
            value = float(current.points[axis, 0])
            if not own.codes and value != own.simplest:
                current = self._first(current, axis, _fewer_digits(own, value))
        return current

    # -- steps ------------------------------------------------------------------------------------

    def simplified(self, current: Candidates) -> Candidates:
        """Every input at its simplest value where it may be: as many at once as may, in order."""
        simplest = self.probe.domain.simplest
        start = 0
        while True:
            moved = [i for i in range(start, len(simplest))
                     if i != self.axis and current.points[i, 0] != simplest[i]]  # fmt: skip
            if not moved:
                return current
            # With the first input at its simplest value, with the first two, and so on.
            many = np.repeat(current.points, len(moved), axis=1)
            for at, axis in enumerate(moved):
                many[axis, at:] = simplest[axis]
            second = current.second
            tried = Candidates(many, None if second is None else np.repeat(second, len(moved)))
            violates = self._violates(tried)
            kept = int(np.argmin(violates)) if not violates.all() else len(moved)
            if violates[-1]:
                kept = len(moved)
            while kept and not self._is_sure(tried.take([kept - 1])):
                kept -= 1
            current = tried.take([kept - 1]) if kept else current
            if kept == len(moved):
                return current
            start = moved[kept] + 1  # this one is needed

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
        """The violating pair of neighbours on a grid that is nearest to the simplest value."""
        own = self.probe.domain.axes[axis]
        places = [own.low / gap, own.high / gap, own.simplest / gap]
        if not max(map(abs, places)) < 2.0**53:
            return None
        first, last = math.ceil(places[0]), math.floor(places[1])
        bound = min(max(round(places[2]), first), last)
        at, found = round(float(current.points[axis, 0]) / gap), None
        while True:
            # Toward the simplest value, and about the place itself, first coarsely.
            far = np.linspace(bound, at, MOST_STEPS // 2).round()
            near = np.arange(at - MOST_STEPS // 4, at + MOST_STEPS // 4) if found is None else at
            joined = np.append(far, near).astype(np.float64)
            steps: Floats = np.unique(np.clip(joined, first, last - 1))
            violating = self._first_pair(current, axis, gap, steps, bound)
            if violating is None:
                return found
            found, step = violating
            nearer = steps[np.abs(steps - bound) < abs(step - bound)]
            if len(nearer) == 0:
                return found
            following = float(nearer[np.abs(nearer - step).argmin()])
            if abs(following - step) <= 1:
                return found
            bound, at = round(following), round(step)

    def _first_pair(
        self, current: Candidates, axis: int, gap: float, steps: Floats, bound: int
    ) -> tuple[Candidates, float] | None:
        """Of pairs that begin at steps of a grid, the violating one nearest to a bound."""
        own = self.probe.domain.axes[axis]
        if len(steps) == 0 or own.high - own.low < gap:
            return None
        low, high = _multiples(own, steps, gap), _multiples(own, steps + 1, gap)
        points = np.repeat(current.points, len(steps), axis=1)
        points[axis] = low
        pairs = Candidates(points, high)
        violating = np.flatnonzero(self._violates(pairs) & (low < high))
        for at in violating[np.argsort(np.abs(steps[violating] - bound), kind="stable")][:5]:
            if self._is_sure(pairs.take([at])):
                return pairs.take([at]), float(steps[at])
        return None

    # -- trying -----------------------------------------------------------------------------------

    def _first(self, current: Candidates, axis: int, values: Floats) -> Candidates:
        """The first of some values with which the violation stays."""
        if len(values) == 0:
            return current
        moved = self._with(current, axis, values)
        for at in np.flatnonzero(self._violates(moved))[:5].tolist():
            if self._is_sure(moved.take([at])):
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
        return bool(self._violates(candidate)[0]) and self._is_sure(candidate)

    def _is_sure(self, candidate: Candidates) -> bool:
        """Whether a violation is one beyond rounding; a great one needs no 60 digits to tell."""
        excess = float(self.probe.excess([self.statement], candidate)[0, 0])
        sizes = [1.0, *(self.probe.sizes.get(name, 0.0) for name in self.statement.names)]
        if SURE * max(sizes) < excess < math.inf:
            return True
        return self.confirm(candidate)


def _rounded(own: Axis, value: float) -> Floats:
    """Round numbers: of one digit, nearest to the simplest first; then the value in more digits."""
    sign = math.copysign(1.0, value)
    scales = range(math.ceil(math.log10(max(abs(value), 1e-9))) - 6,
                   math.ceil(math.log10(max(abs(value), 1e-9))) + 1)  # fmt: skip
    one_digit = [sign * _scaled(digit, scale) for scale in scales for digit in range(1, 10)]
    near = [v for v in one_digit if abs(v - own.simplest) <= abs(value - own.simplest)]
    near.sort(key=lambda v: abs(v - own.simplest))
    more = [_digits_of(value, digits) for digits in range(-scales[-1] + 2, 9)]
    return _on_axis(own, value, [*near, *more])


def _scaled(digit: int, scale: int) -> float:
    """``digit * 10**scale``, rounded once; infinite beyond the greatest double."""
    try:
        return float(digit * 10**scale) if scale >= 0 else digit / 10**-scale
    except OverflowError:
        return math.inf


def _digits_of(value: float, digits: int) -> float:
    """A value to so many decimals, or tens, hundreds, …; infinite beyond the greatest double."""
    try:
        return round(value, digits)
    except OverflowError:
        return math.inf


def _multiples(own: Axis, steps: Floats, gap: float) -> Floats:
    """Multiples of 1, or of a tenth, a hundredth and so on."""
    # Dividing by a power of ten rounds once, multiplying by 0.1 twice.
    return own.hold(steps / float(round(1 / gap)) if gap < 1 else steps * gap)


def _short(own: Axis, value: float, good: float) -> Floats:
    """Values of few digits at most 1e-6 from a boundary, which lies between value and good."""
    away = value + math.copysign(BOUNDARY, value - good)
    found = []
    for digits in range(-3, 13):
        at = good * 10.0**digits
        if not math.isfinite(at):
            break
        steps = (math.ceil(at), math.ceil(at) + 1) if value > good else (
            math.floor(at), math.floor(at) - 1
        )  # fmt: skip
        candidates = [_scaled(step, -digits) for step in steps]
        found += [v for v in candidates if min(good, away) <= v <= max(good, away)]
    return _on_axis(own, value, found)


def _fewer_digits(own: Axis, value: float) -> Floats:
    """A value rounded away from its axis's simplest, to one digit, to two, and so on."""
    away = math.copysign(1.0, value - own.simplest)
    scale = math.floor(math.log10(abs(value))) if value else 0
    found = []
    for digits in range(8):
        unit = scale - digits
        at = value / _scaled(1, unit) if abs(unit) < 300 else math.inf
        if math.isfinite(at):
            found.append(_scaled(math.ceil(at) if away > 0 else math.floor(at), unit))
    far = ROUNDED * abs(value - own.simplest)
    return _on_axis(own, value, [v for v in found if abs(v - value) <= far])


def _on_axis(own: Axis, value: float, found: list[float]) -> Floats:
    """Those of some numbers that the axis has, but for the value itself."""
    finite = [v for v in found if math.isfinite(v)]
    held = own.hold(np.array(finite, dtype=np.float64)).tolist()
    return np.array([v for v, given in zip(held, finite, strict=True) if v == given and v != value])
