"""Definitions read in decimal arithmetic of many digits.

Constants are the decimals that their digits say, and pi is exact: only the formula is shared with
the definitions of doubles.
"""

# ruff: noqa: D102 -- what each primitive does is told once, in Primitives

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation, localcontext
from functools import reduce
from itertools import pairwise
from typing import Any, TypeAlias

from nnspec.claims.verdicts.series import PI, cosine, error_function, sine
from nnspec.functions.activations import ActivationFunction
from nnspec.functions.aggregations import NEUTRAL, REDUCE, Aggregation
from nnspec.functions.expressions.primitives import Knots, Operators
from nnspec.functions.groups import Group
from nnspec.functions.transforms import TransformFunction

MOST_DIGITS = 1100
"""More than the exponent of any double."""

Terms: TypeAlias = Sequence[tuple[Decimal, Decimal]]
"""Pairs of a weight and a source's value."""


class Exact(Operators):
    """A decimal that numbers of a definition may meet."""

    __slots__ = ("number",)

    def __init__(self, number: Decimal) -> None:
        self.number = number

    def apply(self, operation: str, *operands: Any) -> Any:
        """The operation on decimals."""
        found = _OPERATIONS[operation](*map(decimal_of, operands))
        return Exact(found) if isinstance(found, Decimal) else found


def decimal_of(x: Any) -> Decimal:
    """The decimal of an operand: of a float the one that its author writes."""
    if isinstance(x, Exact):
        return x.number
    if isinstance(x, float) and math.isnan(x):
        raise InvalidOperation("the definition gives no value")
    return x if isinstance(x, Decimal) else Decimal(repr(float(x)))


_OPERATIONS: Mapping[str, Any] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negative": lambda a: -a,
    "abs": abs,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    "<": lambda a, b: a < b,
}


@contextmanager
def _digits_for(x: Decimal) -> Iterator[None]:
    """As many more digits as it takes to add 1 to a number and to lose none of its own."""
    with localcontext() as context:
        if x and x.is_finite():
            context.prec += min(max(0, -x.adjusted()), MOST_DIGITS)
        yield


class Decimals:
    """The primitives on :class:`Exact` numbers.

    What has no value raises ``decimal.InvalidOperation``; a division by zero is infinite.
    """

    pi = Exact(PI)

    def root(self, number: Any) -> Exact:
        return Exact(decimal_of(number).sqrt())

    def where(self, condition: bool, yes: Any, no: Any) -> Any:
        return yes if condition else no

    def equal(self, a: Any, b: Any) -> bool:
        return decimal_of(a) == decimal_of(b)

    def divide(self, a: Any, b: Any) -> Exact:
        return Exact(decimal_of(a) / decimal_of(b))

    def maximum(self, a: Any, b: Any) -> Exact:
        return Exact(max(decimal_of(a), decimal_of(b)))

    def minimum(self, a: Any, b: Any) -> Exact:
        return Exact(min(decimal_of(a), decimal_of(b)))

    def step(self, x: Exact) -> Exact:
        return Exact(Decimal(x.number >= 0))

    def sign(self, x: Exact) -> Exact:
        return Exact(Decimal((x.number > 0) - (x.number < 0)))

    def sqrt(self, x: Exact) -> Exact:
        return Exact(x.number.sqrt())

    def exp(self, x: Exact) -> Exact:
        return Exact(x.number.exp())

    def expm1(self, x: Exact) -> Exact:
        with _digits_for(x.number):
            return Exact(x.number.exp() - 1)

    def log(self, x: Exact) -> Exact:
        return Exact(x.number.ln())

    def log1p(self, x: Exact) -> Exact:
        with _digits_for(x.number):
            return Exact((1 + x.number).ln())

    def tanh(self, x: Exact) -> Exact:
        with _digits_for(x.number):
            decay = (-2 * abs(x.number)).exp()
            return Exact(((1 - decay) / (1 + decay)).copy_sign(x.number))

    def sin(self, x: Exact) -> Exact:
        return Exact(sine(x.number))

    def cos(self, x: Exact) -> Exact:
        return Exact(cosine(x.number))

    def erfc(self, x: Exact) -> Exact:
        return Exact(1 - error_function(x.number))

    def power(self, x: Exact, exponent: Any) -> Exact:
        if decimal_of(exponent) == 0:
            return Exact(Decimal(1))
        return Exact(x.number ** decimal_of(exponent))

    def line(self, x: Exact, knots: Knots) -> Exact:
        points = [(decimal_of(place), decimal_of(height)) for place, height in knots]
        z = x.number
        if z <= points[0][0]:
            return Exact(points[0][1])
        for (x0, y0), (x1, y1) in pairwise(points):
            if z <= x1:
                return Exact(y0 + (z - x0) / (x1 - x0) * (y1 - y0))
        return Exact(points[-1][1])


DECIMALS = Decimals()


def activated(function: ActivationFunction, z: Decimal, parameters: Mapping[str, Any]) -> Decimal:
    """An activation's value."""
    return decimal_of(function.define(DECIMALS, Exact(z), **parameters))


def reduced(aggregation: Aggregation, terms: Terms) -> Decimal:
    """What an aggregation makes of synapses."""
    if not terms:
        if aggregation.empty is None:
            raise InvalidOperation(f"{aggregation.name} of nothing")
        return decimal_of(aggregation.empty)
    found = [aggregation.term.define(DECIMALS, Exact(w), Exact(x)) for w, x in terms]
    bring = REDUCE[aggregation.reducer] if NEUTRAL[aggregation.reducer] is not None else getattr(
        DECIMALS, aggregation.reducer
    )  # fmt: skip
    return decimal_of(aggregation.finished(DECIMALS, reduce(bring, found), len(terms)))


def grouped(group: Group, a: Sequence[Decimal]) -> list[Decimal]:
    """What a group makes of a layer's activations."""
    return [decimal_of(x) for x in group.listed(DECIMALS, [Exact(x) for x in a])]


def transformed(function: TransformFunction, x: Decimal, parameters: Sequence[Any]) -> Decimal:
    """What a step makes of an input's value."""
    return decimal_of(function.define(DECIMALS, Exact(x), *parameters))
