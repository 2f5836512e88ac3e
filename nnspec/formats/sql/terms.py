"""Expressions of SQL, built of sqlglot's nodes: parentheses only where precedence asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from sqlglot import exp

Term: TypeAlias = exp.Expr

DOUBLE, TEXT = "double", "text"

_PRECEDENCE: dict[type[Term], int] = {
    exp.Or: 1, exp.And: 2, exp.EQ: 4, exp.NEQ: 4, exp.LT: 4, exp.LTE: 4, exp.GT: 4, exp.GTE: 4,
    exp.Add: 5, exp.Sub: 5, exp.Mul: 6, exp.Div: 6,
}  # fmt: skip

_COMPARISONS: dict[str, type[exp.Binary]] = {
    "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE, "=": exp.EQ, "<>": exp.NEQ,
}  # fmt: skip


def number(value: float) -> Term:
    """A double's literal: one that every dialect reads as the same bits.

    With a point, lest it be an integer, whose quotients are rounded; with an exponent where its
    digits are more than a decimal type turns into a double without a second rounding.
    """
    text = repr(abs(float(value)))
    digits = len(text.replace(".", "").strip("0"))
    if "e" not in text and digits > 15:
        text += "e0"
    literal = exp.Literal.number(text)
    return exp.Neg(this=literal) if value < 0 else literal


def text(value: str) -> Term:
    """A string's literal."""
    return exp.Literal.string(value)


def null() -> Term:
    """NULL."""
    return exp.Null()


def column(name: str) -> Term:
    """A column."""
    return exp.column(name, quoted=True)


def _binary(kind: type[exp.Binary], left: Term, right: Term) -> Term:
    own = _PRECEDENCE[kind]
    if _PRECEDENCE.get(type(left), 9) < own:
        left = exp.Paren(this=left)
    if _PRECEDENCE.get(type(right), 9) <= own:
        right = exp.Paren(this=right)
    return kind(this=left, expression=right)


def add(left: Term, right: Term) -> Term:
    """The sum; the difference where the second is negative, or has a negative factor.

    The bits are the same, and it is easier to read.
    """
    if isinstance(right, exp.Neg):
        return _binary(exp.Sub, left, right.this)
    if isinstance(right, exp.Mul) and isinstance(right.this, exp.Neg):
        return _binary(exp.Sub, left, multiply(right.this.this, right.expression))
    return _binary(exp.Add, left, right)


def subtract(left: Term, right: Term) -> Term:
    """The difference; the sum where the second is a negative number."""
    if isinstance(right, exp.Neg):
        return _binary(exp.Add, left, right.this)
    return _binary(exp.Sub, left, right)


def multiply(left: Term, right: Term) -> Term:
    """The product."""
    return _binary(exp.Mul, left, right)


def divide(left: Term, right: Term) -> Term:
    """The quotient of doubles."""
    found = _binary(exp.Div, left, right)
    found.set("typed", True)  # both are doubles: nothing needs to be cast
    return found


def negative(term: Term) -> Term:
    """The term with the other sign."""
    if isinstance(term, exp.Neg):
        inner: Term = term.this
        return inner
    is_whole = type(term) not in _PRECEDENCE
    return exp.Neg(this=term if is_whole else exp.Paren(this=term))


def compare(left: Term, sign: str, right: Term | float) -> Term:
    """A comparison, such as ``z >= 0.0``."""
    other = number(right) if isinstance(right, int | float) else right
    return _binary(_COMPARISONS[sign], left, other)


def all_of(conditions: Sequence[Term]) -> Term:
    """All of the conditions.

    In bundles of bundles: engines bound the depth of an expression, and may count each AND.
    """
    bundled = list(conditions)
    while len(bundled) > 1:
        bundled = [_both(bundled[at : at + 50]) for at in range(0, len(bundled), 50)]
    return bundled[0]


def _both(conditions: Sequence[Term]) -> Term:
    found = conditions[0]
    for condition in conditions[1:]:
        found = _binary(exp.And, found, condition)
    return found


def call(name: str, *arguments: Term) -> Term:
    """A function, by the name that every dialect has for it."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def case(branches: Iterable[tuple[Term, Term]], default: Term | None = None) -> Term:
    """``CASE WHEN … THEN … ELSE … END``; NULL where nothing holds and there is no default."""
    ifs = [exp.If(this=condition, true=value) for condition, value in branches]
    return exp.Case(ifs=ifs, default=default)


def cast(term: Term, kind: str) -> Term:
    """The term as a double, or as a text."""
    return exp.Cast(this=term, to=exp.DataType.build(kind))


def cast_if_it_can_be(term: Term) -> Term:
    """The term as a double; NULL where it is none, in dialects that have a word for that."""
    return exp.TryCast(this=term, to=exp.DataType.build(DOUBLE), safe=True)


def matches(term: Term, pattern: str) -> Term:
    """Whether a text has the form of a pattern."""
    return exp.RegexpLike(this=term, expression=text(pattern))


def absolute(term: Term) -> Term:
    """The magnitude."""
    return call("ABS", term)
