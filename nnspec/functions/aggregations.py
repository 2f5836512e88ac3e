"""How a neuron brings its synapses together: one record for each aggregation.

``z = bias + reduce over synapses of term(weight, source)``. Synapses are taken in the order of
their source's name (of their column, in a bulk layer), one at a time, and the bias is added last.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, Literal, TypeAlias

from nnspec.functions.activations.intervals import value_towards
from nnspec.functions.expressions.arrays import arrays
from nnspec.functions.expressions.floats import FLOATS
from nnspec.functions.expressions.slopes import Sloped, Slopes

Bounds: TypeAlias = tuple[float, float]
Reducer: TypeAlias = Literal["add", "maximum", "minimum", "multiply"]
Finish: TypeAlias = Literal["", "divide", "root"]

INFINITY = math.inf


@dataclass(frozen=True, slots=True, eq=False)
class Pointwise:
    """How a synapse brings its weight and its source together: the terms of an aggregation.

    Parameters
    ----------
    define
        ``define(m, w, x)``: the definition, in the primitives of a reading ``m``
        (:mod:`nnspec.functions.expressions`).
    sign
        What stands between x and w where they are printed.
    linear
        Whether it is linear in x.
    hinged
        Whether it is a straight line on either side of x = w, and bends there.
    squared
        Whether it is the square of x - w.
    turns
        ``turns(w)``: each x where it turns from rising to falling or back.
    raises
        Whether x is raised to the power w: a source of 0, or below, may then have no term.
    """

    define: Callable[[Any, Any, Any], Any]
    sign: str
    linear: bool = False
    hinged: bool = False
    turns: Callable[[Any], tuple[Any, ...]] = lambda _w: ()
    squared: bool = False
    raises: bool = False

    def image(self, weight: float, source: Bounds) -> Bounds:
        """Interval of one synapse's term when its source lies in an interval."""
        low, high = source
        if self.raises and weight != 0 and (low < 0 or (low == 0 and weight < 0)):
            # Poles, changes of sign and undefined stretches: nothing useful can be said.
            return -INFINITY, INFINITY
        if self.linear and weight == 0:
            return 0.0, 0.0
        inside = [x for x in self.turns(weight) if low < x < high]
        function = partial(self.define, FLOATS, weight)
        values = [value_towards(function, x) for x in (low, *inside, high)]
        return min(values), max(values)

    def slope(self, xp: Any, w: Any, x: Any) -> Any:
        """The slope by x, of arrays whose shapes go together."""
        m = arrays(xp)
        sloped = self.define(Slopes(m), w, Sloped(m, x, xp.ones_like(x)))
        return xp.broadcast_to(sloped.slope, x.shape)

    def vector(self, xp: Any, w: Any, x: Any) -> Any:
        """The terms of arrays whose shapes go together."""
        return self.define(arrays(xp), w, x)


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
    reducer: Reducer
    empty: float | None
    finish: Finish = ""
    zero_is_absent: bool = False

    @property
    def heeds_zero(self) -> bool:
        """Whether the term of a weight of 0 changes with its source, as a distance from 0 does."""
        return bool(self.pointwise(0.0, 1.0) != self.pointwise(0.0, 2.0))

    def pointwise(self, w: float, x: float) -> float:
        """The term of one synapse."""
        term: float = self.term.define(FLOATS, w, x)
        return term

    def scalar(self, terms: Sequence[float]) -> float:
        """The reference: the terms of one neuron, in order, to a number."""
        # From the left, one after the other: Python's own sum() compensates since version 3.12.
        neutral = NEUTRAL[self.reducer]
        total = reduce(REDUCE[self.reducer], terms, *([] if neutral is None else [neutral]))
        value: float = self.finished(FLOATS, total, len(terms))
        return value

    def finished(self, m: Any, total: Any, n: Any) -> Any:
        """What the reduced terms of n synapses come to, in the primitives of a reading."""
        if self.finish == "divide":
            return total / n
        return m.sqrt(total) if self.finish == "root" else total

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
        if self.finish == "root":
            low, high = max(low, 0.0), max(high, 0.0)
        return self.finished(FLOATS, low, count), self.finished(FLOATS, high, count)


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


REDUCE: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b,
    "multiply": lambda a, b: a * b,
    "maximum": FLOATS.maximum,
    "minimum": FLOATS.minimum,
}
"""By reducer, what it does to two terms; for arrays it is the NumPy function of its name."""

NEUTRAL: dict[str, float | None] = {
    "add": 0.0, "multiply": 1.0, "maximum": None, "minimum": None
}  # fmt: skip
"""By reducer, what it begins with."""

TIMES = Pointwise(lambda _m, w, x: w * x, "x", linear=True)
RAISED = Pointwise(lambda m, w, x: m.power(x, w), "^", raises=True)
SQUARED_GAP = Pointwise(
    lambda _m, w, x: (x - w) * (x - w), "from", squared=True, turns=lambda w: (w,)
)
GAP = Pointwise(lambda _m, w, x: abs(x - w), "from", hinged=True, turns=lambda w: (w,))

_ALL = (
    Aggregation(
        "sum", "Σ w·x", "the weighted sum of the sources", "", TIMES, "add", 0.0,
        zero_is_absent=True,
    ),
    Aggregation(
        "mean", "(Σ w·x) / n", "the mean of the weighted sources", "the mean of", TIMES, "add",
        None, finish="divide",
    ),
    Aggregation(
        "max", "max w·x", "the greatest weighted source", "the greatest of", TIMES, "maximum",
        None,
    ),
    Aggregation(
        "min", "min w·x", "the least weighted source", "the least of", TIMES, "minimum",
        None,
    ),
    Aggregation(
        "product", "Π x^w", "the product of the sources, each raised to its weight",
        "the product of", RAISED, "multiply", 1.0, zero_is_absent=True,
    ),
    Aggregation(
        "distance", "√Σ (x - w)²", "the Euclidean distance of the sources from the weights",
        "the root of the sum of", SQUARED_GAP, "add", 0.0, finish="root",
    ),
    Aggregation(
        "squared-distance", "Σ (x - w)²", "the squared Euclidean distance from the weights",
        "the sum of squares", SQUARED_GAP, "add", 0.0,
    ),
    Aggregation(
        "manhattan", "Σ |x - w|", "the sum of absolute differences from the weights",
        "the sum of differences", GAP, "add", 0.0,
    ),
)  # fmt: skip

AGGREGATIONS: dict[str, Aggregation] = {record.name: record for record in _ALL}
"""Every aggregation by name."""

DEFAULT_AGGREGATION = "sum"
