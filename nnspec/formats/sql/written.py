"""An expression as it stands in SQL, and what is known of its value."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from sqlglot import exp

from nnspec.formats.sql.bounds import TINIEST, Bounds, constant, of_operation
from nnspec.formats.sql.dialects import LARGEST, Dialect
from nnspec.formats.sql.terms import DOUBLE, Term, all_of, call, case, cast, negative, null, number
from nnspec.functions.expressions.trees import Tree


@dataclass(frozen=True, slots=True)
class Manner:
    """How expressions are written.

    Parameters
    ----------
    dialect
        The dialect.
    settled
        Whether it is known that no operation leaves the range of doubles.
    """

    dialect: Dialect
    settled: bool = False

    def leaves(self, bounds: Bounds) -> bool:
        """Whether a number may overflow, or underflow, where that is an error."""
        beyond = bounds.least < TINIEST or bounds.most > LARGEST
        return beyond and self.dialect.raises and not self.settled


@dataclass(frozen=True, slots=True)
class Written:
    """An expression in SQL.

    Parameters
    ----------
    term
        The term.
    bounds
        What is known of its value.
    may_lack
        Whether the term may be NULL although no variable is.
    hidden
        Terms that are not seen to be NULL by the term, which must be NULL where they are.
    literal
        Whether it is made of literals, which are decimals in some engines.
    """

    term: Term
    bounds: Bounds
    may_lack: bool = False
    literal: bool = False
    hidden: tuple[Term, ...] = ()

    @property
    def whole(self) -> Written:
        """The same, NULL where something hidden is."""
        if not self.hidden:
            return self
        there = [exp.Not(this=exp.Is(this=x.copy(), expression=null())) for x in self.hidden]
        return replace(self, term=case([(all_of(there), self.term)]), may_lack=True, hidden=())

    @property
    def double(self) -> Term:
        """The term, as a double."""
        return cast(self.term, DOUBLE) if self.literal else self.term

    @property
    def operand(self) -> Term:
        """The term among others: a number as it stands, as doubles are beside it."""
        return self.double if isinstance(self.term, exp.Case) else self.term


def number_of(value: float) -> Written:
    """A number; NULL for nan."""
    term = null() if math.isnan(value) else number(value)
    return Written(term, constant(value), math.isnan(value), literal=True)


def greatest(dialect: Dialect, reducer: str, written: Sequence[Written]) -> Written:
    """The greatest or the least of some terms."""
    name = dialect.greatest if reducer == "maximum" else dialect.least
    terms = [one.operand for one in written]
    while len(terms) > 1:
        parts = [terms[at : at + _MOST_ARGUMENTS] for at in range(0, len(terms), _MOST_ARGUMENTS)]
        terms = [call(name, *part) if len(part) > 1 else part[0] for part in parts]
    step = Tree(reducer)
    bounds = reduce(lambda a, b: of_operation(step, [a, b]), [one.bounds for one in written])
    passed = [x for one in written for x in (*one.hidden, *([one.term] if one.may_lack else []))]
    hidden = tuple(x for at, x in enumerate(passed) if x not in passed[:at])
    return Written(terms[0], bounds, literal=all(x.literal for x in written), hidden=hidden)


_MOST_ARGUMENTS = 100
"""How many arguments a function may have in every dialect."""


# -- what needs no words --------------------------------------------------------------------------


def _is_number(one: Written, value: float) -> bool:
    return one.literal and one.bounds.low == one.bounds.high == value


def _sum_of_zero(a: Written, b: Written) -> Written | None:
    # The sign of a zero is lost on the way through SQL anyway.
    return a if _is_number(b, 0.0) else None


def _product_of_one(a: Written, b: Written) -> Written | None:
    for factor, other in ((a, b), (b, a)):
        if _is_number(factor, 1.0):
            return other
        if _is_number(factor, -1.0):
            bounds = of_operation(Tree("negative", 0.0), [other.bounds])
            return replace(other, term=negative(other.operand), bounds=bounds)
        if _is_number(factor, 0.0):
            return number_of(0.0)
    return None


def _magnitude(a: Written) -> Written | None:
    if a.bounds.low >= 0:
        return a
    if a.bounds.high <= 0:
        bounds = of_operation(Tree("negative", 0.0), [a.bounds])
        return replace(a, term=negative(a.operand), bounds=bounds)
    return None


def _greater(a: Written, b: Written) -> Written | None:
    if a.bounds.low >= b.bounds.high:
        return a
    return b if b.bounds.low >= a.bounds.high else None


def _lesser(a: Written, b: Written) -> Written | None:
    if a.bounds.high <= b.bounds.low:
        return a
    return b if b.bounds.high <= a.bounds.low else None


SIMPLER: dict[str, Callable[..., Written | None]] = {
    "add": _sum_of_zero,
    "subtract": _sum_of_zero,
    "multiply": _product_of_one,
    "abs": _magnitude,
    "maximum": _greater,
    "minimum": _lesser,
}
"""Operations that may come to one of their operands."""
