"""The primitives that a definition may use, and operators for values that are no plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

Knots: TypeAlias = Sequence[tuple[float, float]]


class Primitives(Protocol):
    """A reading: what the primitives do to its values.

    None ever raises: nan where there is no value, infinity on overflow. Comparisons are written
    with ``>=``, ``>``, ``<=`` and ``<`` and serve :meth:`where` alone.
    """

    @property
    def pi(self) -> Any:
        """The number pi."""

    def root(self, number: Any) -> Any:
        """The square root of a constant."""

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """One value where a condition holds, else another; both are worked out."""

    def equal(self, a: Any, b: Any) -> Any:
        """Whether two values are the same number."""

    def divide(self, a: Any, b: Any) -> Any:
        """The quotient, where the divisor may be 0."""

    def maximum(self, a: Any, b: Any) -> Any:
        """The greater; nan where either is."""

    def minimum(self, a: Any, b: Any) -> Any:
        """The lesser; nan where either is."""

    def step(self, x: Any) -> Any:
        """1 from 0 on, 0 below."""

    def sign(self, x: Any) -> Any:
        """-1, 0 or 1."""

    def sqrt(self, x: Any) -> Any:
        """The square root."""

    def exp(self, x: Any) -> Any:
        """The exponential."""

    def expm1(self, x: Any) -> Any:
        """``exp(x) - 1`` for x up to 0, with all digits near 0."""

    def log(self, x: Any) -> Any:
        """The natural logarithm."""

    def log1p(self, x: Any) -> Any:
        """``ln(1 + x)``, with all digits near 0."""

    def tanh(self, x: Any) -> Any:
        """The hyperbolic tangent."""

    def sin(self, x: Any) -> Any:
        """The sine of radians; nan of an infinity."""

    def cos(self, x: Any) -> Any:
        """The cosine of radians; nan of an infinity."""

    def erfc(self, x: Any) -> Any:
        """The complementary error function."""

    def power(self, x: Any, exponent: Any) -> Any:
        """``x ** exponent``: below 0 with whole exponents only, zeros as in IEEE 754's pow."""

    def line(self, x: Any, knots: Knots) -> Any:
        """Straight lines between knots by rising x, level outside them."""


class Operators:
    """Operators for a reading's values: each asks :meth:`apply`."""

    __slots__ = ()

    __array_ufunc__ = None
    """Leaves an array's operator with such a value to the value, not to the array's elements."""

    def apply(self, operation: str, *operands: Any) -> Any:
        """The result of ``add``, ``multiply``, ``abs``, a comparison, or another operator."""
        raise NotImplementedError

    def __add__(self, other: Any) -> Any:
        return self.apply("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return self.apply("add", other, self)

    def __sub__(self, other: Any) -> Any:
        return self.apply("subtract", self, other)

    def __rsub__(self, other: Any) -> Any:
        return self.apply("subtract", other, self)

    def __mul__(self, other: Any) -> Any:
        return self.apply("multiply", self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.apply("multiply", other, self)

    def __truediv__(self, other: Any) -> Any:
        return self.apply("divide", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self.apply("divide", other, self)

    def __neg__(self) -> Any:
        return self.apply("negative", self)

    def __abs__(self) -> Any:
        return self.apply("abs", self)

    def __ge__(self, other: Any) -> Any:
        return self.apply(">=", self, other)

    def __gt__(self, other: Any) -> Any:
        return self.apply(">", self, other)

    def __le__(self, other: Any) -> Any:
        return self.apply("<=", self, other)

    def __lt__(self, other: Any) -> Any:
        return self.apply("<", self, other)
