"""What acts on the outputs of a layer together: one record for each group.

Sums run over the neurons in the order of their names (of their numbers, in a bulk layer), so that
the order in which a layer lists its neurons cannot change a bit of the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal, TypeAlias

from nnspec.functions.aggregations import REDUCE, Bounds
from nnspec.functions.expressions.arrays import arrays
from nnspec.functions.expressions.floats import FLOATS
from nnspec.functions.expressions.slopes import Sloped, Slopes, slope_of

Values: TypeAlias = Any
"""What all neurons have: an array with a neuron a row, or a list."""


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """A step of a group that makes one number of all neurons' values.

    Parameters
    ----------
    reducer
        How values are brought together, one after the other; ``first`` is the number of the first
        neuron that has the greatest.
    of
        ``of(m, value)``: what is brought together; None for the values themselves.
    matters
        Whether the group's results depend on it at all: a shift by the maximum is none to softmax.
    """

    reducer: Literal["add", "maximum", "first"]
    of: Callable[[Any, Any], Any] | None = None
    matters: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Each:
    """A step of a group that gives each neuron a new value.

    Parameters
    ----------
    define
        ``define(m, value, number, folded)``: the definition, of the neuron's value and number and
        what the last fold made, in the primitives of a reading ``m``.
    """

    define: Callable[[Any, Any, Any, Any], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One way for the neurons of a layer to act on each other.

    Parameters
    ----------
    name
        Its name in a spec.
    formula
        The formula, in the neurons' activations a.
    steps
        The definition: folds, and what each neuron makes of them.
    range
        The least interval that holds every result.
    rises_from
        Least activation from which on each result rises with its own activation and falls with
        every other; below it nothing is known of the results.
    order
        ``"name"`` where sums need a fixed order; ``"listed"`` where the listed order has a meaning.
    jumps
        Whether its results are constant between jumps: 1 for one neuron, and 0 for the rest.
    shares
        Whether its results are the activations' shares of their sum.
    exponential
        Whether its results are the shares of their exponentials.
    """

    name: str
    formula: str
    description: str
    steps: tuple[Fold | Each, ...]
    range: Bounds
    rises_from: float = -math.inf
    order: str = "name"
    jumps: bool = False
    exponential: bool = False
    shares: bool = False

    @property
    def sums_to_one(self) -> bool:
        """Whether its results sum to 1 wherever they have values."""
        return self.exponential or self.shares or self.jumps

    def scalar(self, a: Sequence[float]) -> list[float]:
        """The reference: results by the activations of one row."""
        return self.listed(FLOATS, a)

    def listed(self, m: Any, a: Sequence[Any]) -> list[Any]:
        """Results by activations, both lists of a reading's values."""
        values, folded = list(a), None
        for step in self.steps:
            if isinstance(step, Each):
                values = [step.define(m, x, float(i), folded) for i, x in enumerate(values)]
            else:
                folded = _folded(m, step, values)
        return values

    def vector(self, xp: Any, a: Any) -> Any:
        """The same on an array of shape (n_neurons, n_rows), with ``numpy`` passed in."""
        m, values, folded = arrays(xp), a, None
        numbers = xp.arange(len(a), dtype=a.dtype)[:, None]
        for step in self.steps:
            if isinstance(step, Each):
                values = step.define(m, values, numbers, folded)
            else:
                folded = _folded_array(xp, step, values)
        return values.astype(a.dtype, copy=False)

    def adjoint(self, xp: Any, adjoint: Any, a: Any, _result: Any = None) -> Any:
        """The slope by each activation, from the slope by each result: backward through the steps.

        Shapes are (n_neurons, n_rows). Results that jump do not change between jumps.
        """
        if self.jumps:
            return xp.zeros_like(adjoint)
        m = arrays(xp)
        slopes, values, folded, seen = Slopes(m), a, None, []
        for step in self.steps:
            seen.append((step, values, folded))
            if isinstance(step, Each):
                values = step.define(m, values, 0.0, folded)
            else:
                folded = _folded_array(xp, step, values)
        by_fold = xp.zeros(a.shape[1])
        for step, values, folded in reversed(seen):
            own = Sloped(m, values, xp.ones_like(values))
            if isinstance(step, Each):
                beside = slope_of(step.define(slopes, values, 0.0, Sloped(m, folded, 1.0)))
                by_fold = (adjoint * beside).sum(axis=0)
                adjoint = adjoint * slope_of(step.define(slopes, own, 0.0, folded))
            elif step.matters:
                inner = 1.0 if step.of is None else slope_of(step.of(slopes, own))
                adjoint = adjoint + by_fold * inner
        return adjoint

    def image(self, bounds: Sequence[Bounds]) -> Bounds:
        """Interval that holds each neuron's result, given those of the activations."""
        known = all(low >= self.rises_from for low, _ in bounds)
        return self.range if known else (-math.inf, math.inf)


def _folded(m: Any, step: Fold, values: Sequence[Any]) -> Any:
    given = values if step.of is None else [step.of(m, x) for x in values]
    if step.reducer == "add":
        return reduce(REDUCE["add"], given)
    greatest = reduce(m.maximum, given)
    if step.reducer == "maximum":
        return greatest
    # From the last to the first, so that the first of equals is what remains; nan has none.
    found: Any = m.where(m.equal(greatest, greatest), len(given) - 1.0, math.nan)
    for number in range(len(given) - 2, -1, -1):
        found = m.where(m.equal(given[number], greatest), float(number), found)
    return found


def _folded_array(xp: Any, step: Fold, values: Any) -> Any:
    given = values if step.of is None else step.of(arrays(xp), values)
    if step.reducer == "first":
        # argmax names the first of equals, and a nan where there is one.
        first = xp.argmax(given, axis=0).astype(given.dtype)
        return xp.where(xp.isnan(given).any(axis=0), xp.nan, first)
    # One row after the other; a reduction's own order depends on the shape.
    combine = xp.add if step.reducer == "add" else xp.maximum
    total = given[0].copy()
    for row in given[1:]:
        total = combine(total, row)
    return total


def _share(m: Any, a: Any, _number: Any, total: Any) -> Any:
    return m.where(m.equal(total, 0.0), math.nan, m.divide(a, total))


def _won(m: Any, _value: Any, number: Any, first: Any) -> Any:
    # Of what has no greatest, the first is nan, and so is every result.
    return m.where(m.equal(first, first), m.where(m.equal(number, first), 1.0, 0.0), first)


_ALL = (
    Group(
        "softmax",
        "exp(a) / Σ exp(a)",
        "shares that sum to 1, each the exponential of its activation; shifted by the maximum",
        (
            Fold("maximum", matters=False),
            Each(lambda m, a, _number, greatest: m.exp(a - greatest)),
            Fold("add"),
            Each(lambda _m, power, _number, total: power / total),
        ),
        (0.0, 1.0),
        exponential=True,
    ),
    Group(
        "normalize",
        "a / Σ a",
        "each activation's share of their sum; undefined where the sum is 0",
        (
            Fold("add"),
            Each(
                lambda m, a, _n, total: m.where(m.equal(total, 0.0), math.nan, m.divide(a, total))
            ),
        ),
        (0.0, 1.0),
        rises_from=0.0,
        shares=True,
    ),
    Group(
        "winner",
        "1 for the greatest a, 0 for the rest",
        "the greatest activation wins; the first listed wins a tie",
        (Fold("first"), Each(_won)),
        (0.0, 1.0),
        order="listed",
        jumps=True,
    ),
)

GROUPS: dict[str, Group] = {record.name: record for record in _ALL}
"""Every group by name."""
