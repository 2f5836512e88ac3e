"""Definitions read as data: the expression itself, for whoever writes it in another language."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from nnspec.functions.expressions.primitives import Operators

EXACT = frozenset(
    ("variable", "add", "subtract", "multiply", "divide", "quotient", "negative", "abs", "maximum",
     "minimum", "step", "sign", "sqrt", "where", ">=", ">", "<=", "<", "equal")
)  # fmt: skip
"""Operations that IEEE 754 rounds correctly: each evaluator has the same bits."""


class Tree(Operators):
    """An operation and its operands: trees, numbers, knots; of a variable, its name."""

    __slots__ = ("operands", "operation")

    def __init__(self, operation: str, *operands: Any) -> None:
        self.operation, self.operands = operation, operands

    def apply(self, operation: str, *operands: Any) -> Tree:
        """The operation with its operands."""
        return Tree(operation, *operands)

    def walk(self) -> Iterator[Tree]:
        """The tree and all trees in it."""
        yield self
        for operand in self.operands:
            if isinstance(operand, Tree):
                yield from operand.walk()

    @property
    def is_exact(self) -> bool:
        """Whether IEEE 754 defines every bit of its value."""
        return all(tree.operation in EXACT for tree in self.walk())


Expression: TypeAlias = Tree | float


class Trees:
    """The primitives on expressions; the operations are named as the primitives are.

    ``divide`` is a quotient, lest it be taken for the operator, whose divisor is never 0.
    """

    pi = math.pi
    root = staticmethod(math.sqrt)

    def divide(self, a: Any, b: Any) -> Tree:
        """The quotient, where the divisor may be 0."""
        return Tree("quotient", a, b)

    def __getattr__(self, name: str) -> Callable[..., Tree]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *operands: Tree(name, *operands)


TREES = Trees()


def variable(name: str) -> Tree:
    """A variable of an expression."""
    return Tree("variable", name)


def as_data(expression: Any) -> Any:
    """An expression as lists of numbers and texts, the operation first: data for JSON.

    Examples
    --------
    >>> z = variable("z")
    >>> as_data(z / (1 + abs(z)))
    ['divide', ['variable', 'z'], ['add', 1, ['abs', ['variable', 'z']]]]
    """
    if isinstance(expression, Tree):
        return [expression.operation, *map(as_data, expression.operands)]
    is_nan = isinstance(expression, float) and math.isnan(expression)  # which JSON cannot hold
    return ["nan"] if is_nan else expression
