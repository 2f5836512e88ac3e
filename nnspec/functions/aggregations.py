"""How a neuron brings its synapses together: one record for each aggregation.

``z = bias + reduce over synapses of pointwise(weight, source)``. Synapses are taken in the order of
their source's name (of their column, in a bulk layer), one at a time, and the bias is added last.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal, TypeAlias

Bounds: TypeAlias = tuple[float, float]
Terms: TypeAlias = Sequence[tuple[float, float]]

INFINITY = math.inf


@dataclass(frozen=True, slots=True, eq=False)
class Pointwise:
    """How a synapse brings its weight and its source together: the terms of an aggregation.

    Parameters
    ----------
    function
        ``function(w, x)`` on numbers, or on NumPy arrays alike.
    slope
        ``slope(xp, w, x)``: the derivative by x, on NumPy arrays.
    sign
        What stands between x and w where they are printed.
    linear
        Whether it is linear in x.
    raises
        Whether x is raised to the power w.
    hinged
        Whether it is a straight line on either side of x = w, and bends there.
    """

    function: Callable[[Any, Any], Any]
    slope: Callable[[Any, Any, Any], Any]
    sign: str
    linear: bool = False
    hinged: bool = False
    raises: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Aggregation:
    """One way to reduce a neuron's synapses to a number.

    Parameters
    ----------
    name
        Its name in a spec.
    formula
        The formula, in weights w and sources x.
    term
        What one synapse contributes.
    words
        What is said of its terms where they are listed; empty where they just add up.
    reducer
        Name of the NumPy function of two arguments that brings terms together.
    scalar
        The definition: the terms ``pointwise(w, x)`` of one neuron, in order, to a number.
    empty
        The value without any synapse; None where there is none.
    finish
        What remains to be done to the reduced terms: nothing, division by their count, or a root.
    zero_is_absent
        Whether a synapse of weight 0 has the same effect as no synapse.
    """

    name: str
    formula: str
    description: str
    words: str
    term: Pointwise
    reducer: Literal["add", "maximum", "minimum", "multiply"]
    scalar: Callable[[Sequence[float]], float]
    empty: float | None
    finish: Literal["", "divide", "root"] = ""
    zero_is_absent: bool = False

    @property
    def heeds_zero(self) -> bool:
        """Whether the term of a weight of 0 changes with its source, as a distance from 0 does."""
        return bool(self.pointwise(0.0, 1.0) != self.pointwise(0.0, 2.0))

    @property
    def pointwise(self) -> Callable[[Any, Any], Any]:
        """``pointwise(w, x)`` of one synapse."""
        return self.term.function

    @property
    def linear(self) -> bool:
        """Whether z is linear in the sources."""
        return self.term.linear and self.reducer == "add" and self.finish != "root"

    @property
    def is_sum(self) -> bool:
        """Whether it is the weighted sum itself, which matrix products and the kernel compute."""
        return self.linear and not self.finish

    @property
    def straight(self) -> bool:
        """Whether z is made of straight pieces."""
        bends = self.reducer == "multiply" or self.finish == "root"
        return (self.term.linear or self.term.hinged) and not bends

    @property
    def switches(self) -> bool:
        """Whether its straight pieces meet: where another term takes over, or a term bends."""
        return self.straight and (self.term.hinged or self.extreme != 0)

    @property
    def extreme(self) -> int:
        """1 where the greatest term is taken, -1 where the least is, else 0."""
        return {"maximum": 1, "minimum": -1}.get(self.reducer, 0)

    def image(self, terms: Sequence[Bounds], count: int) -> Bounds:
        """Interval that holds the reduced value when each term lies in its interval."""
        if not terms:
            value = 0.0 if self.empty is None else self.empty
            return value, value
        low, high = reduce(_REDUCE_BOUNDS[self.reducer], terms)
        if self.finish == "divide":
            return low / count, high / count
        if self.finish == "root":
            return math.sqrt(max(low, 0.0)), math.sqrt(max(high, 0.0))
        return low, high


def _product(w: Any, x: Any) -> Any:
    return w * x


def power(x: float, w: float) -> float:
    """``x ** w`` over the reals: nan for a negative base with a broken exponent, never raising."""
    try:
        return math.pow(x, w)
    except OverflowError:
        return INFINITY if x > 0 or w % 2 == 0 else -INFINITY
    except ValueError:
        return INFINITY if x == 0 else math.nan


def _power(w: Any, x: Any) -> Any:
    return power(x, w) if isinstance(x, float | int) else x**w


def _squared_difference(w: Any, x: Any) -> Any:
    difference = x - w
    return difference * difference


def _absolute_difference(w: Any, x: Any) -> Any:
    return abs(x - w)


def _sum(terms: Sequence[float]) -> float:
    # One after the other, from the left: Python's own sum() compensates since version 3.12.
    return reduce(lambda a, b: a + b, terms, 0.0)


def _mean(terms: Sequence[float]) -> float:
    return _sum(terms) / len(terms)


def _multiply(terms: Sequence[float]) -> float:
    return reduce(lambda a, b: a * b, terms, 1.0)


def _root_of_sum(terms: Sequence[float]) -> float:
    return math.sqrt(_sum(terms))


def _maximum(terms: Sequence[float]) -> float:
    # max() would depend on where a nan stands; nan must win, as in NumPy.
    return math.nan if any(map(math.isnan, terms)) else max(terms)


def _minimum(terms: Sequence[float]) -> float:
    return math.nan if any(map(math.isnan, terms)) else min(terms)


def add_bounds(a: Bounds, b: Bounds) -> Bounds:
    """Interval of a sum."""
    return a[0] + b[0], a[1] + b[1]


def multiply_bounds(a: Bounds, b: Bounds) -> Bounds:
    """Interval of a product; zero times an open side is zero."""
    products = [0.0 if 0.0 in (x, y) else x * y for x in a for y in b]
    return min(products), max(products)


_REDUCE_BOUNDS: dict[str, Callable[[Bounds, Bounds], Bounds]] = {
    "add": add_bounds,
    "multiply": multiply_bounds,
    "maximum": lambda a, b: (max(a[0], b[0]), max(a[1], b[1])),
    "minimum": lambda a, b: (min(a[0], b[0]), min(a[1], b[1])),
}


def term_image(aggregation: Aggregation, weight: float, source: Bounds) -> Bounds:
    """Interval of one synapse's term when its source lies in an interval."""
    low, high = source
    if aggregation.pointwise is _product:
        return multiply_bounds((weight, weight), source)
    if aggregation.pointwise is _power:
        return _power_image(weight, low, high)
    near = 0.0 if low <= weight <= high else min(abs(low - weight), abs(high - weight))
    far = max(abs(low - weight), abs(high - weight))
    if aggregation.pointwise is _squared_difference:
        return near * near, far * far
    return near, far


def _power_image(exponent: float, low: float, high: float) -> Bounds:
    if exponent == 0:
        return 1.0, 1.0
    if low < 0 or (low == 0 and exponent < 0):
        # Poles, changes of sign and undefined stretches: nothing useful can be said.
        return -INFINITY, INFINITY
    ends = power(low, exponent), power(high, exponent)
    return min(ends), max(ends)


def _power_slope(xp: Any, w: Any, x: Any) -> Any:
    return xp.where(w == 0, 0.0, w * x ** (w - 1))


TIMES = Pointwise(_product, lambda xp, w, x: xp.broadcast_to(w, x.shape), "x", linear=True)
RAISED = Pointwise(_power, _power_slope, "^", raises=True)
SQUARED_GAP = Pointwise(_squared_difference, lambda _xp, w, x: 2 * (x - w), "from")
GAP = Pointwise(_absolute_difference, lambda xp, w, x: xp.sign(x - w), "from", hinged=True)

_ALL = (
    Aggregation(
        "sum", "Σ w·x", "the weighted sum of the sources", "", TIMES, "add", _sum, 0.0,
        zero_is_absent=True,
    ),
    Aggregation(
        "mean", "(Σ w·x) / n", "the mean of the weighted sources", "the mean of", TIMES, "add",
        _mean, None, finish="divide",
    ),
    Aggregation(
        "max", "max w·x", "the greatest weighted source", "the greatest of", TIMES, "maximum",
        _maximum, None,
    ),
    Aggregation(
        "min", "min w·x", "the least weighted source", "the least of", TIMES, "minimum", _minimum,
        None,
    ),
    Aggregation(
        "product", "Π x^w", "the product of the sources, each raised to its weight",
        "the product of", RAISED, "multiply", _multiply, 1.0, zero_is_absent=True,
    ),
    Aggregation(
        "distance", "√Σ (x - w)²", "the Euclidean distance of the sources from the weights",
        "the root of the sum of", SQUARED_GAP, "add", _root_of_sum, 0.0, finish="root",
    ),
    Aggregation(
        "squared-distance", "Σ (x - w)²", "the squared Euclidean distance from the weights",
        "the sum of squares", SQUARED_GAP, "add", _sum, 0.0,
    ),
    Aggregation(
        "manhattan", "Σ |x - w|", "the sum of absolute differences from the weights",
        "the sum of differences", GAP, "add", _sum, 0.0,
    ),
)  # fmt: skip

AGGREGATIONS: dict[str, Aggregation] = {record.name: record for record in _ALL}
"""Every aggregation by name."""

DEFAULT_AGGREGATION = "sum"
