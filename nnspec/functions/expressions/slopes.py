"""Definitions read as values with their slopes: forward differentiation over another reading.

A slope at a hinge is that of the right side, where the variable rises. What has no value has no
slope: both are nan or infinite there, and nothing raises.
"""

# ruff: noqa: D102 -- what each primitive does is told once, in Primitives

from __future__ import annotations

from typing import Any

from nnspec.functions.expressions.primitives import Knots, Operators


class Sloped(Operators):
    """A value and its slope, both of the reading ``m``."""

    __slots__ = ("m", "slope", "value")

    def __init__(self, m: Any, value: Any, slope: Any) -> None:
        self.m, self.value, self.slope = m, value, slope

    def apply(self, operation: str, *operands: Any) -> Any:
        values = [value_of(x) for x in operands]
        if operation in _COMPARISONS:
            return getattr(values[0], _COMPARISONS[operation])(values[1])
        slopes = [slope_of(x) for x in operands]
        return Sloped(self.m, *_RULES[operation](self.m, *values, *slopes))


def value_of(x: Any) -> Any:
    """The value of an operand, which may be a constant."""
    return x.value if isinstance(x, Sloped) else x


def slope_of(x: Any) -> Any:
    """The slope of an operand: 0 of a constant, nan of one that is no number."""
    if isinstance(x, Sloped):
        return x.slope
    return 0.0 * x if isinstance(x, float) else 0.0


_COMPARISONS = {">=": "__ge__", ">": "__gt__", "<=": "__le__", "<": "__lt__"}

_RULES: dict[str, Any] = {
    "add": lambda _m, a, b, da, db: (a + b, da + db),
    "subtract": lambda _m, a, b, da, db: (a - b, da - db),
    "multiply": lambda _m, a, b, da, db: (a * b, da * b + a * db),
    "divide": lambda m, a, b, da, db: (m.divide(a, b), m.divide(da * b - a * db, b * b)),
    "negative": lambda _m, a, da: (-a, -da),
    "abs": lambda m, a, da: (abs(a), m.where(a >= 0, da, -da)),
}


class Slopes:
    """The primitives on values with slopes, over the reading ``m``."""

    def __init__(self, m: Any) -> None:
        self.m = m
        self.pi, self.root = m.pi, m.root

    def _sloped(self, value: Any, slope: Any) -> Sloped:
        return Sloped(self.m, value, slope)

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        return self._sloped(
            self.m.where(condition, value_of(yes), value_of(no)),
            self.m.where(condition, slope_of(yes), slope_of(no)),
        )

    def equal(self, a: Any, b: Any) -> Any:
        return self.m.equal(value_of(a), value_of(b))

    def divide(self, a: Any, b: Any) -> Any:
        return self._sloped(
            *_RULES["divide"](self.m, value_of(a), value_of(b), slope_of(a), slope_of(b))
        )

    def maximum(self, a: Any, b: Any) -> Any:
        own, other = value_of(a), value_of(b)
        slope = self.m.where(own >= other, slope_of(a), slope_of(b))
        return self._sloped(self.m.maximum(own, other), slope)

    def minimum(self, a: Any, b: Any) -> Any:
        own, other = value_of(a), value_of(b)
        slope = self.m.where(own < other, slope_of(a), slope_of(b))
        return self._sloped(self.m.minimum(own, other), slope)

    def step(self, x: Any) -> Any:
        return self._sloped(self.m.step(value_of(x)), 0.0 * slope_of(x))

    def sign(self, x: Any) -> Any:
        return self._sloped(self.m.sign(value_of(x)), 0.0 * slope_of(x))

    def sqrt(self, x: Any) -> Any:
        root = self.m.sqrt(value_of(x))
        return self._sloped(root, self.m.divide(0.5 * slope_of(x), root))

    def exp(self, x: Any) -> Any:
        power = self.m.exp(value_of(x))
        return self._sloped(power, self._grown(power, slope_of(x)))

    def expm1(self, x: Any) -> Any:
        slope = self._grown(self.m.exp(value_of(x)), slope_of(x))
        return self._sloped(self.m.expm1(value_of(x)), slope)

    def log(self, x: Any) -> Any:
        value = self.m.log(value_of(x))
        # The logarithm has no slope where it has no value: 0 * nan is nan.
        undefined = 0.0 * self.m.where(value_of(x) < 0, value, 0.0)
        return self._sloped(value, self.m.divide(slope_of(x), abs(value_of(x))) + undefined)

    def log1p(self, x: Any) -> Any:
        return self._sloped(
            self.m.log1p(value_of(x)), self.m.divide(slope_of(x), 1.0 + value_of(x))
        )

    def tanh(self, x: Any) -> Any:
        # 1 - tanh^2 would lose the digits of both tails.
        decay = self.m.exp(-2.0 * abs(value_of(x)))
        slope = self._grown(4.0 * decay / ((1.0 + decay) * (1.0 + decay)), slope_of(x))
        return self._sloped(self.m.tanh(value_of(x)), slope)

    def sin(self, x: Any) -> Any:
        return self._sloped(self.m.sin(value_of(x)), self.m.cos(value_of(x)) * slope_of(x))

    def cos(self, x: Any) -> Any:
        return self._sloped(self.m.cos(value_of(x)), -self.m.sin(value_of(x)) * slope_of(x))

    def erfc(self, x: Any) -> Any:
        bell = -2.0 / self.m.root(self.m.pi) * self.m.exp(-(value_of(x) * value_of(x)))
        return self._sloped(self.m.erfc(value_of(x)), self._grown(bell, slope_of(x)))

    def power(self, x: Any, exponent: Any) -> Any:
        own = exponent * self.m.power(value_of(x), exponent - 1.0)
        slope = self.m.where(self.m.equal(exponent, 0.0), 0.0 * slope_of(x), own * slope_of(x))
        return self._sloped(self.m.power(value_of(x), exponent), slope)

    def line(self, x: Any, knots: Knots) -> Any:
        slope = self.m.line_slope(value_of(x), knots) * slope_of(x)
        return self._sloped(self.m.line(value_of(x), knots), slope)

    def _grown(self, factor: Any, slope: Any) -> Any:
        """Their product; 0 where the factor has vanished, however steep what it multiplies."""
        return self.m.where(self.m.equal(factor, 0.0), 0.0, factor * slope)
