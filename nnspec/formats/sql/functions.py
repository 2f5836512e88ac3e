"""Functions that several activations need, in the words of a dialect.

Where arithmetic raises errors (``Dialect.raises``), what would underflow is 0 and what would
overflow is NULL; elsewhere IEEE 754 sees to it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nnspec.formats.sql.dialects import SETTLED, Dialect
from nnspec.formats.sql.terms import (
    DOUBLE,
    Term,
    absolute,
    add,
    all_of,
    call,
    case,
    cast,
    compare,
    divide,
    multiply,
    null,
    number,
)

SMALL = 1e-290
"""Where arithmetic raises errors, what is smaller than this is 0: products then cannot underflow.
"""

LOWEST_EXPONENT, HIGHEST_EXPONENT = -708.0, 345.0
"""Where exp() neither nears 0 so much that it raises an error, nor passes ``SETTLED``."""

_MOST_ARGUMENTS = 100
"""How many arguments a function may have in every dialect."""


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions of one dialect."""

    dialect: Dialect

    def greatest(self, terms: Sequence[Term]) -> Term:
        """The greatest of the terms; what a NULL among them does is left open."""
        return self._extreme("MAX" if self.dialect.name == "sqlite" else "GREATEST", list(terms))

    def least(self, terms: Sequence[Term]) -> Term:
        """The least of the terms; what a NULL among them does is left open."""
        return self._extreme("MIN" if self.dialect.name == "sqlite" else "LEAST", list(terms))

    def _extreme(self, name: str, terms: list[Term]) -> Term:
        while len(terms) > 1:
            parts = [
                terms[at : at + _MOST_ARGUMENTS] for at in range(0, len(terms), _MOST_ARGUMENTS)
            ]
            terms = [call(name, *part) if len(part) > 1 else part[0] for part in parts]
        return terms[0]

    def whole(self, term: Term) -> Term:
        """A whole number near the term: the term itself where it is whole."""
        # Spark's FLOOR makes an integer of 64 bits, and an error of what is larger.
        return call("RINT" if self.dialect.name == "spark" else "FLOOR", term)

    def clip(self, term: Term, low: float, high: float) -> Term:
        """The term held between two numbers."""
        return self.least([self.greatest([term, number(low)]), number(high)])

    def exp_below(self, term: Term) -> Term:
        """``exp`` of a term that is at most 0."""
        power = call("EXP", term)
        if not self.dialect.raises:
            return power
        # NULL stays NULL: as 0 it would make a sum of such powers 0, and a division by it an error.
        return case([(compare(term, "<", LOWEST_EXPONENT), number(0.0))], power)

    def exp(self, term: Term) -> Term:
        """``exp`` of any term."""
        if not self.dialect.raises:
            return call("EXP", term)
        return case(
            [
                (compare(term, "<", LOWEST_EXPONENT), number(0.0)),
                (compare(term, "<=", HIGHEST_EXPONENT), call("EXP", term)),
            ]
        )

    def expm1_below(self, term: Term) -> Term:
        """``exp(x) - 1`` for x at most 0, without the loss of digits near 0.

        No dialect but one has expm1; (exp(x) - 1) / (exp(x) + 1) is tanh(x / 2).
        """
        return multiply(
            call("TANH", divide(term, number(2.0))), add(self.exp_below(term), number(1.0))
        )

    def log1p_of_share(self, term: Term) -> Term:
        """``ln(1 + x)`` for x from 0 to 1, without the loss of digits near 0.

        Not every dialect has log1p; ln(1 + x) is 2 artanh(x / (2 + x)).
        """
        ratio = divide(term, add(number(2.0), term))
        return multiply(number(2.0), call("ATANH", ratio))

    def log1p(self, term: Term) -> Term:
        """``ln(1 + x)``; NULL for x at most -1."""
        near = all_of([compare(term, ">", -0.5), compare(term, "<", 0.5)])
        beyond = call("LN", add(number(1.0), term))
        return case([(near, self.log1p_of_share(term)), (compare(term, ">", -1.0), beyond)])

    def sigmoid(self, term: Term) -> Term:
        """``1 / (1 + exp(-z))``, by the exponential that cannot overflow."""
        below = self.exp_below(term)
        above = self.exp_below(multiply(number(-1.0), term))
        return case(
            [(compare(term, ">=", 0.0), divide(number(1.0), add(number(1.0), above)))],
            divide(below, add(number(1.0), below)),
        )

    def square(self, term: Term) -> Term:
        """The square; the term is settled to ``SETTLED`` where it may overflow."""
        product = multiply(term, term)
        if not self.dialect.raises:
            return product
        return case([(compare(absolute(term), "<", math.sqrt(SMALL)), number(0.0))], product)

    def power(self, base: Term, exponent: float, most: float = SETTLED) -> Term:
        """``base ^ exponent``: NULL below 0 with a broken exponent, and where it is infinite.

        Where arithmetic raises errors, it is NULL too above ``most``, and 0 below the inverse.
        """
        if exponent == 0:
            return cast(number(1.0), DOUBLE)
        if exponent == 1 and not self.dialect.raises:
            return base
        branches = self._ends_of_power(base, exponent, most)
        sign = ">=" if exponent > 0 else ">"
        if exponent.is_integer():
            known = compare(absolute(base), sign, 0.0)
            branches.append((known, _integer_power(base, exponent)))
        else:
            branches.append((compare(base, sign, 0.0), call("POWER", base, number(exponent))))
        return case(branches)

    def _ends_of_power(self, base: Term, exponent: float, most: float) -> list[tuple[Term, Term]]:
        """Where a power leaves what can be computed: NULL at one end, 0 at the other."""
        if not self.dialect.raises:
            return []
        size = absolute(base)
        reach = math.log10(most) / abs(exponent)
        high, low = 10.0 ** min(reach, 300), 10.0 ** max(-reach, -300)
        above, below = compare(size, ">", high), compare(size, "<", low)
        if exponent > 0:
            return [(above, null()), (below, number(0.0))]
        return [(below, null()), (above, number(0.0))]


def _integer_power(base: Term, exponent: float) -> Term:
    if exponent == 1:
        return base
    if exponent == -1:
        return divide(number(1.0), base)
    return call("POWER", base, number(exponent))
