"""The bounds of whole expressions: what a condition says of a variable narrows them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any, TypeAlias

from nnspec.formats.sql.bounds import ANYTHING, Bounds, constant, held, hull, of_operation, same
from nnspec.functions.expressions.trees import Tree

Known: TypeAlias = Mapping[str, Bounds]
"""What is known of variables."""

_TURNED = {">=": "<=", ">": "<", "<=": ">=", "<": ">", "equal": "equal"}
_DENIED = {">=": "<", ">": "<=", "<=": ">", "<": ">="}


def narrowed(condition: Tree, known: Known, holds: bool) -> Known | None:
    """What is known where a condition holds, or where it does not; None if that is nowhere."""
    sign = condition.operation
    left, right = condition.operands
    if sign == "equal" and same(left, right):
        return known if holds else None
    if not isinstance(left, Tree):
        sign, left, right = _TURNED[sign], right, left
    if isinstance(right, Tree) or left.operation not in ("variable", "abs"):
        return known
    sized = left.operation == "abs"
    inner = left.operands[0] if sized else left
    if inner.operation != "variable":
        return known
    name, at = inner.operands[0], float(right)
    before = known.get(name, ANYTHING)
    if sign == "equal":
        own = constant(at) if holds else before._replace(zero=before.zero and at != 0)
    else:
        own = _cut(before, sign if holds else _DENIED[sign], at, sized)
    is_nowhere = own.low > own.high or (not own.zero and own.least > own.most)
    return None if is_nowhere else {**known, name: own}


def _cut(own: Bounds, sign: str, at: float, sized: bool) -> Bounds:
    above = sign[0] == ">"
    end = at if len(sign) == 2 else math.nextafter(at, math.inf if above else -math.inf)
    if sized and above:
        return own._replace(least=max(own.least, end), zero=own.zero and end <= 0)
    low = max(own.low, end) if above else max(own.low, -end) if sized else own.low
    high = own.high if above else min(own.high, end)
    return own._replace(low=low, high=high, zero=own.zero and low <= 0 <= high)


def of_expression(expression: Any, known: Known, seen: Callable[..., None]) -> Bounds:
    """The bounds of an expression; ``seen`` is called with those of each operation in it."""
    if not isinstance(expression, Tree):
        return constant(float(expression))
    if expression.operation == "variable":
        return known.get(expression.operands[0], ANYTHING)
    if expression.operation == "where":
        condition, *branches = expression.operands
        cases = [narrowed(condition, known, holds) for holds in (True, False)]
        found = [
            of_expression(branch, case, seen)
            for branch, case in zip(branches, cases, strict=True)
            if case is not None
        ]
        return reduce(hull, found)
    operands = [
        of_expression(x, known, seen) if isinstance(x, Tree | float | int) else ANYTHING
        for x in expression.operands
    ]
    own = held(expression, of_operation(expression, operands))
    if expression.operation != "exp":
        seen(operands, own)
    return own
