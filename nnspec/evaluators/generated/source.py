"""Expressions as Python: of plain numbers for one row, of NumPy arrays for columns."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from nnspec.functions.expressions.trees import Tree

Dialect: TypeAlias = Mapping[str, Callable[..., str]]
"""How each operation is written, given its operands as written."""


def literal(number: float | None) -> str:
    """A number as Python writes it: always one, whatever a spec may say."""
    return "None" if number is None else repr(float(number))


def _operator(sign: str) -> Callable[[str, str], str]:
    return lambda a, b: f"({a} {sign} {b})"


_COMMON: Dialect = {
    "add": _operator("+"),
    "subtract": _operator("-"),
    "multiply": _operator("*"),
    "divide": _operator("/"),
    "quotient": _operator("/"),
    "negative": lambda a: f"(-{a})",
    "abs": lambda a: f"abs({a})",
    "sqrt": lambda a: f"sqrt({a})",
    ">=": _operator(">="),
    ">": _operator(">"),
    "<=": _operator("<="),
    "<": _operator("<"),
    "equal": _operator("=="),
}


def _extreme(name: str, sign: str) -> Callable[[str, str], str]:
    """Of a value with a name a condition, which is faster than a call."""
    return lambda a, b: (
        f"({a} if {a} {sign} {b} else {b})" if a.isidentifier() else f"{name}({a}, {b})"
    )


PLAIN: Dialect = {
    **_COMMON,
    "maximum": _extreme("max", ">"),
    "minimum": _extreme("min", "<"),
    "where": lambda condition, yes, no: f"({yes} if {condition} else {no})",
    "step": lambda x: f"(1.0 if {x} >= 0.0 else 0.0)",
    "sign": lambda x: f"(1.0 if {x} > 0.0 else -1.0 if {x} < 0.0 else 0.0)",
}
"""Plain numbers, all of them finite; what has no value raises an arithmetic error."""

ARRAYS: Dialect = {
    **_COMMON,
    "maximum": lambda a, b: f"maximum({a}, {b})",
    "minimum": lambda a, b: f"minimum({a}, {b})",
    "where": lambda condition, yes, no: f"where({condition}, {yes}, {no})",
    "step": lambda x: f"heaviside({x}, 1.0)",
    "sign": lambda x: f"sign({x})",
}
"""NumPy's arrays."""


def source(expression: Any, dialect: Dialect) -> str:
    """An expression of exact operations, written in Python.

    Examples
    --------
    >>> z = Tree("variable", "z")
    >>> source(z / (1 + abs(z)), PLAIN)
    '(z / (1.0 + abs(z)))'
    """
    if not isinstance(expression, Tree):
        return literal(expression)
    if expression.operation == "variable":
        return str(expression.operands[0])
    a = expression.operands[0]
    if expression.operation == "multiply" and not isinstance(a, Tree) and a == 1:
        return source(expression.operands[1], dialect)
    given = [source(operand, dialect) for operand in expression.operands]
    return dialect[expression.operation](*given)


def activated_source(expression: Tree, dialect: Dialect) -> str:
    """The same of an activation of z, which is never -0.0: a zero need not be given its sign."""
    if expression.operation == "add" and expression.operands[1] == 0.0:
        inner = expression.operands[0]
        if _is_one_zero(inner):
            return source(inner, dialect)
    return source(expression, dialect)


def _is_one_zero(expression: Any) -> bool:
    """Whether an expression of a z that is never -0.0 is never -0.0 itself."""
    if not isinstance(expression, Tree):
        return math.copysign(1.0, expression) == 1.0 or expression != 0
    if expression.operation in ("maximum", "minimum"):
        return all(map(_is_one_zero, expression.operands))
    if expression.operation == "add":
        return any(map(_is_one_zero, expression.operands))
    return expression.operation in ("variable", "abs")
