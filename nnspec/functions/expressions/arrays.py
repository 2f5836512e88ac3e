"""Definitions read as NumPy arrays; NumPy is handed in, as this package never imports it."""

# ruff: noqa: D102 -- what each primitive does is told once, in Primitives

from __future__ import annotations

import math
from functools import cache
from typing import Any

from nnspec.functions.expressions.floats import line_slopes
from nnspec.functions.expressions.primitives import Knots


class Arrays:
    """The primitives on arrays of float64 or float32; constants stay Python's floats.

    An element's bits depend on nothing but that element, as long as arrays are contiguous.
    """

    pi = math.pi
    root = staticmethod(math.sqrt)

    def __init__(self, xp: Any) -> None:
        self.xp = xp
        self.where, self.equal, self.divide = xp.where, xp.equal, xp.divide
        self.maximum, self.minimum, self.sign = xp.maximum, xp.minimum, xp.sign
        self.sqrt, self.exp, self.expm1 = xp.sqrt, xp.exp, xp.expm1
        self.log, self.log1p, self.tanh = xp.log, xp.log1p, xp.tanh
        self.sin, self.cos = xp.sin, xp.cos

    def step(self, x: Any) -> Any:
        return self.xp.heaviside(x, 1.0)

    def erfc(self, x: Any) -> Any:
        # NumPy has none. This one is slow, but has the definition's own bits.
        found = map(math.erfc, x.ravel().tolist())
        return self.xp.fromiter(found, self.xp.float64, count=x.size).reshape(x.shape)

    def power(self, x: Any, exponent: Any) -> Any:
        if isinstance(exponent, float) and not exponent.is_integer():
            # pow itself has an answer for -inf, and NumPy another one, by sqrt, for exponent 0.5.
            x = self.xp.where(x < 0, self.xp.nan, x)
        return self.xp.power(x, exponent)

    def line(self, x: Any, knots: Knots) -> Any:
        xp = self.xp
        places, heights = xp.array(knots, dtype=xp.float64).T
        held = xp.minimum(xp.maximum(x, places[0]), places[-1]) + 0.0
        i = xp.searchsorted(places, held, side="right") - 1
        # One more piece, of height 0, for the last knot itself (and for nan, which sorts last).
        width = xp.append(places[1:] - places[:-1], 1.0)
        height = xp.append(heights[1:] - heights[:-1], 0.0)
        end = xp.append(heights[1:], heights[-1])
        value = heights[i] + (held - places[i]) / width[i] * height[i]
        low, high = xp.minimum(heights, end)[i], xp.maximum(heights, end)[i]
        return xp.minimum(xp.maximum(value, low), high) + 0.0

    def line_slope(self, x: Any, knots: Knots) -> Any:
        """The slope of :meth:`line` on the right side of each x."""
        places = self.xp.array([place for place, _ in knots])
        return self.xp.array(line_slopes(knots))[self.xp.searchsorted(places, x, side="right")]


@cache
def arrays(xp: Any) -> Arrays:
    """The reading by NumPy, given as a module."""
    return Arrays(xp)
