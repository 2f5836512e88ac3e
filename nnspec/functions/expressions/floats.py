"""Definitions read as plain floats: the reference."""

# ruff: noqa: D102 -- what each primitive does is told once, in Primitives

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import pairwise

from nnspec.functions.expressions.primitives import Knots


class Floats:
    """The primitives on floats."""

    pi = math.pi
    root = staticmethod(math.sqrt)
    tanh = staticmethod(math.tanh)
    erfc = staticmethod(math.erfc)

    def where(self, condition: bool, yes: float, no: float) -> float:
        return yes if condition else no

    def equal(self, a: float, b: float) -> bool:
        return a == b

    def divide(self, a: float, b: float) -> float:
        if b != 0:
            return a / b
        return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * _sign(b)

    def maximum(self, a: float, b: float) -> float:
        return b if b > a or math.isnan(b) else a

    def minimum(self, a: float, b: float) -> float:
        return b if b < a or math.isnan(b) else a

    def step(self, x: float) -> float:
        return math.nan if math.isnan(x) else float(x >= 0)

    def sign(self, x: float) -> float:
        return math.nan if math.isnan(x) else float((x > 0) - (x < 0))

    def sqrt(self, x: float) -> float:
        return math.nan if x < 0 else math.sqrt(x)

    def exp(self, x: float) -> float:
        try:
            return math.exp(x)
        except OverflowError:
            return math.inf

    def expm1(self, x: float) -> float:
        try:
            return math.expm1(x)
        except OverflowError:
            return math.inf

    def log(self, x: float) -> float:
        if x <= 0:
            return -math.inf if x == 0 else math.nan
        return math.log(x)

    def log1p(self, x: float) -> float:
        if x <= -1:
            return -math.inf if x == -1 else math.nan
        return math.log1p(x)

    def sin(self, x: float) -> float:
        return math.nan if math.isinf(x) else math.sin(x)

    def cos(self, x: float) -> float:
        return math.nan if math.isinf(x) else math.cos(x)

    def power(self, x: float, exponent: float) -> float:
        if x < 0 and not float(exponent).is_integer():
            return math.nan
        try:
            return math.pow(x, exponent)
        except OverflowError:
            return -math.inf if x < 0 and exponent % 2 == 1 else math.inf
        except ValueError:  # 0 to a negative power
            return math.copysign(math.inf, x) if exponent % 2 == 1 else math.inf

    def line(self, x: float, knots: Knots) -> float:
        if math.isnan(x):
            return x
        held = min(max(x, knots[0][0]), knots[-1][0]) + 0.0
        i = bisect_right(knots, held, key=lambda knot: knot[0]) - 1
        x0, y0 = knots[i]
        if i == len(knots) - 1:
            return y0 + 0.0
        x1, y1 = knots[i + 1]
        # Held because the sum may pass the end of the piece by a rounding.
        on_line = y0 + (held - x0) / (x1 - x0) * (y1 - y0)
        return min(max(on_line, min(y0, y1)), max(y0, y1)) + 0.0

    def line_slope(self, x: float, knots: Knots) -> float:
        """The slope of :meth:`line` on the right side of x."""
        i = bisect_right(knots, x, key=lambda knot: knot[0])
        return line_slopes(knots)[i]


def line_slopes(knots: Knots) -> list[float]:
    """The slope of each piece; the first and the last are level."""
    return [0.0, *((y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in pairwise(knots)), 0.0]


def _sign(x: float) -> float:
    return math.copysign(1.0, x)


FLOATS = Floats()
