"""How small and how great the value of an expression may be: what is proved, nothing is guarded.

PostgreSQL, BigQuery and Snowflake raise an error, of the whole query, where a sum or a product
overflows, and where a product of numbers other than 0 underflows to 0. So the magnitude of each
operation's result is bounded, from below where it is not 0, and from above; guards are written only
where a bound is too far out. The bounds are rough: a rounding, or a factor of two, does not matter
to them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, NamedTuple

from nnspec.formats.sql.dialects import SETTLED
from nnspec.functions.expressions.floats import FLOATS
from nnspec.functions.expressions.trees import EXACT, Tree, as_data

TINIEST = 5e-324

CANCELLED = 1e-17
"""What may remain of a term when another of nearly its size is taken away."""

LEAST_OF_EXP = 3e-308
"""Exponentials end here: below, they are 0."""


class Bounds(NamedTuple):
    """Bounds on a number: between two others, and of a magnitude where it is not 0.

    Parameters
    ----------
    low, high
        The interval.
    least
        The least magnitude of what is not 0; infinite where it is always 0.
    zero
        Whether it may be 0.
    """

    low: float
    high: float
    least: float = 0.0
    zero: bool = True

    @property
    def most(self) -> float:
        """The greatest magnitude."""
        return max(abs(self.low), abs(self.high)) if self.low <= self.high else 0.0


ANYTHING = Bounds(-math.inf, math.inf)
NOTHING = Bounds(math.inf, -math.inf, math.inf, zero=False)


def of_size(least: float, most: float) -> Bounds:
    """A number of either sign, of a magnitude between two numbers, or 0."""
    return Bounds(-most, most, least)


def constant(value: float) -> Bounds:
    """A number that is known."""
    if math.isnan(value):
        return NOTHING
    return Bounds(value, value, abs(value) if value != 0 else math.inf, value == 0)


def hull(first: Bounds, second: Bounds) -> Bounds:
    """What is one or the other."""
    return Bounds(
        min(first.low, second.low),
        max(first.high, second.high),
        min(first.least, second.least),
        first.zero or second.zero,
    )


def same(first: Any, second: Any) -> bool:
    """Whether two expressions are the same."""
    return first is second or as_data(first) == as_data(second)


# -- each operation -------------------------------------------------------------------------------


def total(terms: Iterable[Bounds]) -> Bounds:
    """The sum of numbers: what remains is a multiple of the last place of the least of them."""
    parts = list(terms)
    low, high = sum(p.low for p in parts), sum(p.high for p in parts)
    least = min(p.least for p in parts)
    one_sign = all(p.low >= 0 for p in parts) or all(p.high <= 0 for p in parts)
    if len(parts) == 1 or one_sign:
        return Bounds(low, high, least, all(p.zero for p in parts))
    ends = [-math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high]
    return Bounds(ends[0], ends[1], least * CANCELLED)


def _times(x: float, y: float) -> float:
    return 0.0 if 0.0 in (x, y) else x * y


def product(a: Bounds, b: Bounds) -> Bounds:
    """The product of two numbers."""
    ends = [_times(x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
    return Bounds(min(ends), max(ends), _times(a.least, b.least), a.zero or b.zero)


def square(a: Bounds) -> Bounds:
    """The product of a number with itself."""
    return Bounds(0.0, _times(a.most, a.most), _times(a.least, a.least), a.zero)


def quotient(a: Bounds, b: Bounds) -> Bounds:
    """The quotient of two numbers, the second not 0."""
    smallest = max(b.least, b.low, -b.high)
    most = FLOATS.divide(a.most, smallest)
    low = 0.0 if (a.low >= 0 and b.low >= 0) or (a.high <= 0 and b.high <= 0) else -most
    high = 0.0 if (a.low >= 0 and b.high <= 0) or (a.high <= 0 and b.low >= 0) else most
    least = FLOATS.divide(a.least, b.most) if math.isfinite(a.least) else math.inf
    return Bounds(low, high, 0.0 if math.isnan(least) else least, a.zero)


def _magnitude(a: Bounds) -> Bounds:
    low = max(a.low, -a.high, 0.0)
    return Bounds(low, a.most, max(a.least, low), a.zero)


def _extreme(pick: Callable[[float, float], float]) -> Callable[[Bounds, Bounds], Bounds]:
    def bounds(a: Bounds, b: Bounds) -> Bounds:
        both = hull(a, b)
        return both._replace(low=pick(a.low, b.low), high=pick(a.high, b.high))

    return bounds


def _rising(function: Callable[[float], float], slope: float) -> Callable[[Bounds], Bounds]:
    """Of a rising function through 0, at least ``slope`` steep between -1 and 1."""

    def bounds(a: Bounds) -> Bounds:
        least = min(a.least * slope, slope)
        return Bounds(function(a.low), function(a.high), least, a.zero)

    return bounds


def _exp(a: Bounds) -> Bounds:
    low = math.exp(max(min(a.low, 700.0), -700.0)) if a.low >= -700 else 0.0
    return Bounds(low, FLOATS.exp(a.high), max(low, LEAST_OF_EXP), low == 0)


def _log(a: Bounds) -> Bounds:
    return Bounds(FLOATS.log(max(a.low, a.least, 0.0)), FLOATS.log(max(a.high, 0.0)), CANCELLED)


def _log1p(a: Bounds) -> Bounds:
    low = math.log1p(max(a.low, -1 + 1e-16))
    return Bounds(low, FLOATS.log1p(max(a.high, low)), min(a.least / 2, 0.5), a.zero)


def _sqrt(a: Bounds) -> Bounds:
    ends = [math.sqrt(max(end, 0.0)) for end in (a.low, a.high, a.least)]
    return Bounds(ends[0], ends[1], ends[2], a.zero)


def power(a: Bounds, exponent: float) -> Bounds:
    """The number raised to a known power."""
    sizes = sorted(FLOATS.power(end, exponent) for end in (a.least, a.most))
    if exponent == 0:
        return constant(1.0)
    if exponent.is_integer() and exponent % 2 and a.low < 0:
        return of_size(*sizes)
    return Bounds(0.0, sizes[1], sizes[0], a.zero and exponent > 0)


def _line(a: Bounds, knots: Any) -> Bounds:
    # The least distance from a knot, by the widest piece, times the least rise.
    places, heights = [x for x, _ in knots], [y for _, y in knots]
    from_knot = [a.least if x == 0 else min(a.least, abs(x) * CANCELLED) for x in places]
    rises = [abs(b - c) for b, c in pairwise(heights) if b != c]
    share = min(from_knot) / (places[-1] - places[0])
    least = share * min(rises, default=1.0) * CANCELLED
    sizes = [abs(y) for y in heights if y != 0]
    return Bounds(min(heights), max(heights), min(least, *sizes, a.least), zero=True)


def _wave(a: Bounds) -> Bounds:
    return Bounds(-1.0, 1.0, min(a.least / 2, 1e-30))


_OPERATIONS: dict[str, Callable[..., Bounds]] = {
    "add": lambda a, b: total([a, b]),
    "subtract": lambda a, b: total([a, Bounds(-b.high, -b.low, b.least, b.zero)]),
    "multiply": product,
    "divide": quotient,
    "quotient": quotient,
    "negative": lambda a: Bounds(-a.high, -a.low, a.least, a.zero),
    "abs": _magnitude,
    "maximum": _extreme(max),
    "minimum": _extreme(min),
    "step": lambda a: constant(1.0) if a.low >= 0 else Bounds(0.0, 1.0, 1.0),
    "sign": lambda _a: Bounds(-1.0, 1.0, 1.0),
    "sqrt": _sqrt,
    "exp": _exp,
    "expm1": _rising(lambda x: FLOATS.expm1(min(x, 0.0)), 0.5),
    "log": _log,
    "log1p": _log1p,
    "tanh": _rising(math.tanh, 0.75),
    "sin": _wave,
    "cos": _wave,
    "erfc": lambda _a: Bounds(0.0, 2.0, LEAST_OF_EXP),
}
"""Of each primitive; ``line``, ``power`` and ``where`` take more than bounds."""

WIDENED = 1e-15
"""By how much, relatively, an engine's own function may pass the end of its range."""


def held(tree: Tree, own: Bounds) -> Bounds:
    """The bounds of what is held within, by guards of its own, where arithmetic raises errors."""
    if tree.operation == "exp":
        return own._replace(high=min(own.high, SETTLED))
    if tree.operation == "power":
        low, high = max(own.low, -SETTLED), min(own.high, SETTLED)
        return own._replace(low=low, high=high, least=max(own.least, 1 / SETTLED))
    return own


def of_operation(tree: Tree, operands: list[Bounds]) -> Bounds:
    """The bounds of an operation's result, by those of its operands."""
    operation, given = tree.operation, tree.operands
    if operation == "line":
        return _line(operands[0], given[1])
    if operation == "power":
        return power(operands[0], float(given[1]))
    if operation == "multiply" and same(*given):
        return square(operands[0])
    found = _OPERATIONS[operation](*operands)
    if operation not in EXACT:
        low, high = found.low, found.high
        found = found._replace(
            low=low - abs(low) * WIDENED if math.isfinite(low) else low,
            high=high + abs(high) * WIDENED if math.isfinite(high) else high,
        )
    if found.low > 0 or found.high < 0:
        found = found._replace(least=max(found.least, found.low, -found.high), zero=False)
    return found
