"""The box of inputs that a claim is about: an axis for each input, narrowed by `when`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.spec.inputs import cell_of, number_bounds, number_of, within_whole
from nnspec.spec.model import Input, NetworkSpec, Value, category_text
from nnspec.spec.resolved import Resolved

Points: TypeAlias = NDArray[np.float64]
"""Shape (n_inputs, n_points), in the table's own units; a category as the index of its value."""

REACH = 1e6
"""How far an open side is searched, at least: beyond its other end, or zero."""

FARTHEST = 1.7976931348623157e308
"""The greatest double."""

MOST_INPUTS = 12
"""Of rows of more inputs, only those are told that are not at their simplest value."""

FEW = 64
"""An axis of so many values at most is tried whole."""


@dataclass(frozen=True)
class Axis:
    """The values one input may take.

    Parameters
    ----------
    input
        The input.
    low, high
        Finite ends of the search; an open side reaches as far as the network's hinges and beyond.
    codes
        For a category: the indices of the values allowed.
    open_sides
        Whether the low and the high side are open in truth.
    """

    input: Input
    low: float
    high: float
    codes: tuple[int, ...] = ()
    open_sides: tuple[bool, bool] = (False, False)

    @property
    def name(self) -> str:
        """The input's name."""
        return self.input.name

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are values."""
        return self.input.type != "number"

    @property
    def span(self) -> float:
        """How far apart its ends are; the greatest double, if they are farther."""
        return min(self.high - self.low, FARTHEST)

    @cached_property
    def ends(self) -> NDArray[np.float64]:
        """The least and the greatest of its values."""
        ends = [self.codes[0], self.codes[-1]] if self.codes else [self.low, self.high]
        return np.array(ends, dtype=np.float64)

    @cached_property
    def choices(self) -> NDArray[np.float64] | None:
        """All of its values, if they are few; otherwise None."""
        if self.codes:
            return np.array(self.codes, dtype=np.float64)
        if self.whole and self.span < FEW:
            # Beyond 2**53 the next whole number may be the same double.
            steps = np.arange(math.floor(self.span) + 1)
            return np.unique(np.minimum(self.low + steps, self.high))
        return np.array([self.low]) if self.span == 0 else None

    @cached_property
    def simplest(self) -> float:
        """The value nearest to 0; of a category, the first that is allowed."""
        if self.codes:
            return float(self.codes[0])
        return float(min(max(0.0, self.low), self.high))

    @cached_property
    def specials(self) -> NDArray[np.float64]:
        """Its ends, their neighbours, its middle, and the round values that faults sit at."""
        if self.choices is not None:
            return self.choices
        ends = [self.low, self.high, self.low + 1, self.high - 1, self.low / 2 + self.high / 2]
        tiny = [np.nextafter(self.low, self.high), np.nextafter(self.high, self.low)]
        clips = [end for step in self.input.transforms if step.kind == "clip"
                 for end in step.parameters if end is not None]  # fmt: skip
        return np.unique(self.hold(np.array([*ends, *tiny, *clips, -1.0, 0.0, 0.5, 1.0])))

    def grid(self, pieces: int) -> NDArray[np.float64]:
        """Values that cut the axis into so many pieces, its ends among them."""
        share = np.arange(pieces + 1) / pieces
        return self.hold(self.low * (1 - share) + self.high * share)

    def hold(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The nearest values that the axis has."""
        if self.codes:
            codes = np.array(self.codes, dtype=np.float64)
            nearest = np.abs(codes[:, None] - values.ravel()).argmin(axis=0)
            return np.asarray(codes[nearest].reshape(values.shape), dtype=np.float64)
        rounded = np.rint(values) if self.whole else values
        return np.clip(rounded, self.low, self.high)

    def holds(self, value: float) -> bool:
        """Whether a number is one of its values; open sides hold any."""
        if self.codes:
            return value in self.codes
        low, high = self._true_ends
        return low <= value <= high and (not self.whole or value == math.floor(value))

    @property
    def _true_ends(self) -> tuple[float, float]:
        low_open, high_open = self.open_sides
        return (-math.inf if low_open else self.low), (math.inf if high_open else self.high)

    def sample(self, rng: np.random.Generator, n: int) -> NDArray[np.float64]:
        """Values drawn at random: evenly, near the ends, at every scale, and special ones."""
        if self.choices is not None:
            return rng.choice(self.choices, n)
        even = self.low + self.span * rng.random(n)
        scale = self.span * 10.0 ** rng.uniform(-9, 0, n)
        near_end = np.where(rng.random(n) < 0.5, self.low + scale, self.high - scale)
        round_ = np.rint(even)
        special = rng.choice(self.specials, n)
        kind = rng.random(n)
        # The better part evenly: where nothing is known, nothing should be left out.
        drawn = np.select([kind < 0.5, kind < 0.65, kind < 0.8], [even, near_end, round_], special)
        if any(self.open_sides):
            sign = rng.choice([-1.0, 1.0], n)
            log = self.simplest + sign * 10.0 ** rng.uniform(-3, math.log10(self.span), n)
            drawn = np.where(rng.random(n) < 0.5, log, drawn)
        return self.hold(drawn)

    def value(self, number: float) -> Value:
        """A number of the axis as a cell of the user's table."""
        return cell_of(self.input, number)


@dataclass(frozen=True)
class Domain:
    """Every row that a claim is about: a box."""

    axes: tuple[Axis, ...]

    @classmethod
    def of(cls, spec: NetworkSpec, when: Mapping[str, Any] | None = None) -> Domain:
        """The declared ranges of a spec, narrowed by a property's `when`."""
        limits = {} if when is None else when
        reach = _reach(spec)
        return cls(tuple(_axis(item, limits.get(item.name), reach) for item in spec.inputs))

    @cached_property
    def index(self) -> dict[str, int]:
        """By input, its place among the axes."""
        return {axis.name: i for i, axis in enumerate(self.axes)}

    def sample(self, rng: np.random.Generator, n: int) -> Points:
        """Points drawn at random, each axis by itself."""
        return np.array([axis.sample(rng, n) for axis in self.axes]).reshape(len(self.axes), n)

    def spread(self, rng: np.random.Generator, n: int) -> Points:
        """Points drawn evenly, at little cost; the first the simplest, the next two the ends."""
        low, high = np.array([axis.ends for axis in self.axes]).T[:, :, None]
        share = rng.random((len(self.axes), n))
        points = low * (1 - share) + high * share
        points[:, 0] = self.simplest
        points[:, 1:3] = np.concatenate([low, high], axis=1)
        return self.hold(points)

    def hold(self, points: Points) -> Points:
        """The nearest points that the domain has."""
        return np.array([a.hold(x) for a, x in zip(self.axes, points, strict=True)])

    @property
    def simplest(self) -> Points:
        """The point of each axis's simplest value, shape (n_inputs,)."""
        return np.array([axis.simplest for axis in self.axes])

    @cached_property
    def size(self) -> float:
        """How many points there are; infinite unless every axis is of few values."""
        counts = [math.inf if a.choices is None else float(len(a.choices)) for a in self.axes]
        return math.prod(counts)

    def every_point(self) -> Points:
        """All points of a domain of finite size."""
        choices = [axis.choices for axis in self.axes if axis.choices is not None]
        grids = np.meshgrid(*choices, indexing="ij")
        return np.array([grid.ravel() for grid in grids])

    def columns(self, points: Points) -> dict[str, NDArray[np.float64]]:
        """Points as an evaluator takes them: an array for each input."""
        return {a.name: np.ascontiguousarray(x) for a, x in zip(self.axes, points, strict=True)}

    def units(self, columns: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
        """The units of categories, by name, of what :meth:`columns` gives."""
        return {
            unit: (columns[axis.name] == code).astype(np.float64)
            for axis in self.axes
            if axis.codes
            for code, unit in enumerate(axis.input.units)
        }

    def row(self, point: Sequence[float] | NDArray[np.float64]) -> dict[str, Value]:
        """A point as a row of the user's table."""
        return {a.name: a.value(float(x)) for a, x in zip(self.axes, point, strict=True)}

    def point(self, row: Mapping[str, Value]) -> NDArray[np.float64]:
        """A row of the user's table as a point; a missing value takes its stand-in.

        Raises
        ------
        KeyError
            If an input that has no stand-in is missing.
        """
        return np.array([number_of(axis.input, row.get(axis.name)) for axis in self.axes])


def _axis(item: Input, allowed: Any, reach: Mapping[str, float]) -> Axis:
    if item.type == "category":
        texts = item.category_texts
        kept = texts if allowed is None else [category_text(value) for value in allowed]
        return Axis(item, 0, 0, codes=tuple(i for i, text in enumerate(texts) if text in kept))
    low, high = number_bounds(item)
    if allowed is not None:
        low = low if allowed[0] is None else max(low, float(allowed[0]))
        high = high if allowed[1] is None else min(high, float(allowed[1]))
    low, high = within_whole(item, (low, high))
    is_open = (math.isinf(low), math.isinf(high))
    far = reach.get(item.name, REACH)
    bottom = (-far if math.isinf(high) else high - max(far, abs(high))) if is_open[0] else low
    top = (far if is_open[0] else low + max(far, abs(low))) if is_open[1] else high
    return Axis(item, max(bottom, -FARTHEST), min(top, FARTHEST), open_sides=is_open)


def _reach(spec: NetworkSpec) -> dict[str, float]:
    """By input, how far its open sides are searched: ten times as far as the hinges it has."""
    reach = dict.fromkeys([item.name for item in spec.inputs], REACH)
    for neuron in Resolved(spec).named.values():
        for source, weight, _ in neuron.synapses:
            if source in reach and weight != 0:
                far = min(10 * abs(neuron.bias) / abs(weight), 1e300)
                reach[source] = max(reach[source], far)
    return reach


def simplest_row(spec: NetworkSpec) -> dict[str, Value]:
    """What a row of many inputs that leaves some out means by them: their simplest values.

    An input with a stand-in is not left out, since that is what it would mean.
    """
    domain = Domain.of(spec)
    row = domain.row(domain.simplest)
    return {axis.name: row[axis.name] for axis in domain.axes if axis.input.missing is None}
