"""The words of SQL for each primitive of an expression."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from nnspec.formats.sql.bounds import ANYTHING, TINIEST, Bounds, held, same
from nnspec.formats.sql.dialects import LARGE, LARGEST, SETTLED, SMALL, Dialect
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
    negative,
    null,
    number,
    subtract,
)
from nnspec.formats.sql.written import Manner, Written, greatest, number_of
from nnspec.functions.expressions.primitives import Knots
from nnspec.functions.expressions.trees import Tree

LOWEST_EXPONENT, HIGHEST_EXPONENT = -708.0, 345.0
"""Where exp() neither nears 0 so much that it raises an error, nor passes ``SETTLED``."""

ROOT_OF_SMALL = 1e-145
"""Squares of what is smaller may underflow."""


def _guarded(found: Written, branches: Sequence[tuple[Term, Term]], *last: Term) -> Written:
    """A CASE that leaves NULL what is in no branch."""
    return replace(found, term=case(branches, *last), may_lack=found.may_lack or not last)


def _multiply(w: Manner, tree: Tree, given: list[Written], found: Written) -> Written:
    a, b = given
    plain = multiply(a.operand, b.operand)
    if not w.leaves(found.bounds):
        return replace(found, term=plain)
    if a.literal:
        # Of a source that is smaller, the weighted value is nearer to 0 than anything that counts.
        factor, size = a.bounds.most, absolute(b.operand)
        least = min(1.0, SMALL / factor) if factor < 1 else SMALL
        small = [(compare(size, "<", least), number(0.0))] if b.bounds.least < least else []
        low, high = max(found.bounds.low, -LARGE), min(found.bounds.high, LARGE)
        within = found.bounds._replace(low=low, high=high, least=max(least * factor, TINIEST))
        found = replace(found, bounds=within)
        if b.bounds.most * factor <= LARGE:
            return _guarded(found, small, plain)
        return _guarded(found, [*small, (compare(size, "<=", LARGE / factor), plain)])
    return _product_of_values([a] if same(*tree.operands) else [a, b], plain, found)


def _product_of_values(factors: list[Written], plain: Term, found: Written) -> Written:
    low, high = max(found.bounds.low, -LARGE), min(found.bounds.high, LARGE)
    found = replace(found, bounds=found.bounds._replace(low=low, high=high, least=SMALL))
    sizes = [(absolute(x.operand), x.bounds) for x in factors]
    small = [
        (compare(size, "<", ROOT_OF_SMALL), number(0.0))
        for size, bounds in sizes
        if bounds.least < ROOT_OF_SMALL
    ]
    within = [compare(size, "<=", SETTLED) for size, bounds in sizes if bounds.most > SETTLED]
    if within:
        return _guarded(found, [*small, (all_of(within), plain)])
    return _guarded(found, small, plain)


def _divide(w: Manner, _tree: Tree, given: list[Written], found: Written) -> Written:
    """The quotient by what is never 0."""
    if w.leaves(found.bounds):
        return _settled_quotient(w.dialect, given, found)
    return replace(found, term=divide(given[0].operand, given[1].operand))


def _quotient(w: Manner, tree: Tree, given: list[Written], found: Written) -> Written:
    """The quotient by what may be 0."""
    a, b = given
    if not b.bounds.zero or w.leaves(found.bounds):
        return _divide(w, tree, given, found)
    branches = [(compare(b.operand, "<>", 0.0), divide(a.operand, b.operand))]
    return _guarded(found, branches)


def _settled_quotient(dialect: Dialect, given: list[Written], found: Written) -> Written:
    a, b = given
    size, whole = absolute(a.operand), absolute(b.operand)
    least_whole = call(dialect.greatest, whole, number(1.0))
    branches = [
        (compare(whole, "<", SMALL), null()),
        (compare(size, ">", multiply(number(SETTLED), whole)), null()),
        (compare(size, "<", multiply(number(SMALL), least_whole)), number(0.0)),
    ]
    low, high = max(found.bounds.low, -SETTLED), min(found.bounds.high, SETTLED)
    within = Bounds(low, high, max(found.bounds.least, SMALL))
    term = case(branches, divide(a.operand, b.operand))
    return replace(found, term=term, bounds=within, may_lack=True)


def _exp(w: Manner, tree: Tree, given: list[Written], found: Written) -> Written:
    (x,) = given
    power = call("EXP", x.operand)
    if not w.dialect.raises:
        return replace(found, term=power)
    # NULL stays NULL: as 0 it would make a sum of such powers 0, and a division by it an error.
    small = [(compare(x.operand, "<", LOWEST_EXPONENT), number(0.0))]
    if x.bounds.high <= HIGHEST_EXPONENT:
        return _guarded(found, small, power) if x.bounds.low < LOWEST_EXPONENT else replace(
            found, term=power
        )  # fmt: skip
    found = replace(found, bounds=held(tree, found.bounds))
    small = small if x.bounds.low < LOWEST_EXPONENT else []
    within = [*small, (compare(x.operand, "<=", HIGHEST_EXPONENT), power)]
    return _guarded(found, within)


def _expm1(w: Manner, tree: Tree, given: list[Written], found: Written) -> Written:
    """For x up to 0; no dialect but one has expm1; (exp(x) - 1) / (exp(x) + 1) is tanh(x / 2)."""
    power = _exp(w, tree, given, replace(found, bounds=ANYTHING)).term
    half = call("TANH", divide(given[0].operand, number(2.0)))
    return replace(found, term=multiply(half, add(power, number(1.0))))


def _log1p_of_share(x: Term) -> Term:
    """For x from -1/2 to 2; not every dialect has log1p; ln(1 + x) is 2 artanh(x / (2 + x))."""
    return multiply(number(2.0), call("ATANH", divide(x, add(number(2.0), x))))


def _log1p(_w: Manner, _tree: Tree, given: list[Written], found: Written) -> Written:
    (a,) = given
    x = a.operand
    if a.bounds.low >= -0.5 and a.bounds.high <= 2:
        return replace(found, term=_log1p_of_share(x))
    near = all_of([compare(x, ">", -0.5), compare(x, "<", 0.5)])
    beyond = call("LN", add(number(1.0), x))
    return _guarded(found, [(near, _log1p_of_share(x)), (compare(x, ">", -1.0), beyond)])


def _where_defined(name: str, sign: str, at: float) -> Callable[..., Written]:
    def write(_w: Manner, _tree: Tree, given: list[Written], found: Written) -> Written:
        (x,) = given
        inside = x.bounds.low > at or (x.bounds.low == at and (sign == ">=" or not x.bounds.zero))
        value = call(name, x.operand)
        if inside:
            return replace(found, term=value)
        return _guarded(found, [(compare(x.operand, sign, at), value)])

    return write


def _wave(name: str) -> Callable[..., Written]:
    def write(w: Manner, _tree: Tree, given: list[Written], found: Written) -> Written:
        value = call(name, given[0].operand)
        if w.dialect.raises:  # where nothing is infinite
            return replace(found, term=value)
        # Some engines raise an error for the sine of an infinity.
        return _guarded(found, [(compare(absolute(given[0].operand), "<=", LARGEST), value)])

    return write


def _extreme(w: Manner, tree: Tree, given: list[Written], _found: Written) -> Written:
    return greatest(w.dialect, tree.operation, given)


def _power(w: Manner, tree: Tree, given: list[Written], found: Written) -> Written:
    """``x ^ exponent``: NULL below 0 with a broken exponent, and where it is infinite."""
    x, exponent = given[0], float(tree.operands[1])
    base = x.operand
    if exponent == 0:
        return number_of(1.0)
    if exponent == 1:
        return x
    value = divide(number(1.0), base) if exponent == -1 else call(
        "POWER", base, number(exponent)
    )  # fmt: skip
    ends: list[tuple[Term, Term]] = []
    within = held(tree, found.bounds)
    if w.dialect.raises and within != found.bounds:
        reach = min(math.log10(SETTLED) / abs(exponent), 300.0)
        above = compare(absolute(base), ">", 10.0**reach)
        below = compare(absolute(base), "<", 10.0**-reach)
        great, small = (above, below) if exponent > 0 else (below, above)
        ends, found = [(great, null()), (small, number(0.0))], replace(found, bounds=within)
    sign = ">=" if exponent > 0 else ">"
    if exponent.is_integer():
        known = exponent > 0 or not x.bounds.zero
        guard = compare(base, "<>", 0.0)
    else:
        known = x.bounds.low > 0 or (x.bounds.low == 0 and (exponent > 0 or not x.bounds.zero))
        guard = compare(base, sign, 0.0)
    if known:
        found = replace(found, may_lack=found.may_lack or bool(ends))
        return replace(found, term=case(ends, value) if ends else value)
    return _guarded(found, [*ends, (guard, value)])


def _line(_w: Manner, tree: Tree, given: list[Written], found: Written) -> Written:
    x, knots = given[0].operand, tree.operands[1]
    branches = [*_pieces(x, knots), (compare(x, ">=", knots[-1][0]), number(knots[-1][1]))]
    return replace(found, term=cast(case(branches), DOUBLE))


def _pieces(x: Term, knots: Knots) -> list[tuple[Term, Term]]:
    branches = [(compare(x, "<=", knots[0][0]), number(knots[0][1]))]
    for (x0, y0), (x1, y1) in pairwise(knots):
        share = divide(subtract(x, number(x0)), number(x1 - x0))
        height = add(number(y0), multiply(share, number(y1 - y0)))
        branches.append((compare(x, "<", x1), height if y1 != y0 else number(y0)))
    return branches


def _step(_w: Manner, _tree: Tree, given: list[Written], found: Written) -> Written:
    branch = (compare(given[0].operand, ">=", 0.0), number(1.0))
    return replace(found, term=case([branch], number(0.0)), literal=True)


def _sign(_w: Manner, _tree: Tree, given: list[Written], found: Written) -> Written:
    x = given[0].operand
    signs = [(compare(x, ">", 0.0), number(1.0)), (compare(x, "<", 0.0), number(-1.0))]
    return replace(found, term=case(signs, number(0.0)), literal=True)


def _plain(build: Callable[..., Term]) -> Callable[..., Written]:
    def write(_w: Manner, _tree: Tree, given: list[Written], found: Written) -> Written:
        return replace(found, term=build(*(x.operand for x in given)))

    return write


WORDS: dict[str, Callable[[Manner, Tree, list[Written], Written], Written]] = {
    "add": _plain(add),
    "subtract": _plain(subtract),
    "multiply": _multiply,
    "divide": _divide,
    "quotient": _quotient,
    "negative": _plain(negative),
    "abs": _plain(absolute),
    "maximum": _extreme,
    "minimum": _extreme,
    "step": _step,
    "sign": _sign,
    "sqrt": _where_defined("SQRT", ">=", 0.0),
    "exp": _exp,
    "expm1": _expm1,
    "log": _where_defined("LN", ">", 0.0),
    "log1p": _log1p,
    "tanh": _plain(lambda x: call("TANH", x)),
    "sin": _wave("SIN"),
    "cos": _wave("COS"),
    "power": _power,
    "line": _line,
}
"""Each primitive; no dialect has erf, but for PostgreSQL from version 16 on."""
