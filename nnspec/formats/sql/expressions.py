"""The definitions of functions, written in SQL.

A definition is read as a tree (:mod:`nnspec.functions.expressions.trees`); here is a dialect's word
for each primitive. Most of the care is for what SQL does otherwise than IEEE 754:

- what has no value, or an infinite one, is NULL: a guard stands wherever the bounds of the operands
  (:mod:`nnspec.formats.sql.bounds`) do not exclude it, as some engines raise an error there;
- where arithmetic raises errors (``Dialect.raises``), what would underflow is 0 and what would
  overflow is NULL;
- the greatest of some terms passes over NULL in some engines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from nnspec.formats.sql.bounds import hull, of_operation, same
from nnspec.formats.sql.dialects import Dialect
from nnspec.formats.sql.narrowing import Known, narrowed
from nnspec.formats.sql.terms import Term, case, compare, null
from nnspec.formats.sql.words import WORDS
from nnspec.formats.sql.written import SIMPLER, Manner, Written, number_of
from nnspec.functions.expressions.trees import Tree


class UnsayableError(Exception):
    """An expression has no words in SQL."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Puts expressions of some variables into words.

    Parameters
    ----------
    dialect
        The dialect.
    terms
        The term of each variable.
    settled
        Whether it is known that no operation leaves the range of doubles.
    """

    dialect: Dialect
    terms: Mapping[str, Term]
    settled: bool = False

    def write(self, expression: Any, known: Known) -> Written:
        """An expression, given what is known of its variables.

        Raises
        ------
        UnsayableError
            If the dialect has no words for it.
        """
        return self._write(expression, known).whole

    def _write(self, expression: Any, known: Known) -> Written:
        if not isinstance(expression, Tree):
            return number_of(float(expression))
        if expression.operation == "variable":
            name = expression.operands[0]
            return Written(self.terms[name], known[name])
        if expression.operation == "where":
            return self._where(expression, known)
        shared = _shared_condition(expression)
        if shared is not None:
            yes, no = (_decided(expression, shared, holds) for holds in (True, False))
            return self._cases(shared, yes, no, known)
        given = [x for x in expression.operands if not isinstance(x, tuple | list)]
        operands = [self._write(x, known) for x in given]
        return self._operation(expression, operands)

    def _operation(self, tree: Tree, operands: list[Written]) -> Written:
        simplify = SIMPLER.get(tree.operation)
        simpler = None if simplify is None else simplify(*operands)
        if simpler is not None:
            return simpler
        write = WORDS.get(tree.operation)
        if write is None:
            raise UnsayableError(tree.operation)
        if all(x.literal for x in operands):  # of decimals some engines make a decimal
            operands = [replace(x, term=x.double, literal=False) for x in operands]
        bounds = of_operation(tree, [x.bounds for x in operands])
        may_lack = any(x.may_lack for x in operands)
        hidden = tuple(x for one in operands for x in one.hidden)
        return write(
            Manner(self.dialect, self.settled),
            tree,
            operands,
            Written(null(), bounds, may_lack, hidden=hidden),
        )

    def condition(self, condition: Tree, known: Known) -> Term:
        """A condition of ``where``."""
        left, right = (self.write(x, known) for x in condition.operands)
        if condition.operation == "equal" and not isinstance(condition.operands[0], Tree):
            left, right = right, left
        sign = "=" if condition.operation == "equal" else condition.operation
        return compare(left.operand, sign, right.operand)

    def _where(self, tree: Tree, known: Known) -> Written:
        condition, yes, no = tree.operands
        return self._cases(condition, yes, no, known)

    def _cases(self, condition: Tree, yes: Any, no: Any, known: Known) -> Written:
        if_so, if_not = (narrowed(condition, known, holds) for holds in (True, False))
        if if_so is None or if_not is None:
            return self.write(no, if_not or known) if if_so is None else self.write(yes, if_so)
        first, second = self.write(yes, if_so), self.write(no, if_not)
        found = Written(
            null(), hull(first.bounds, second.bounds), first.may_lack or second.may_lack,
            first.literal and second.literal,
        )  # fmt: skip
        asked = self.condition(condition, known)
        lacks = isinstance(first.term, exp.Null) and not isinstance(second.term, exp.Case)
        if lacks and isinstance(asked, exp.EQ):
            otherwise = compare(asked.this, "<>", asked.expression)
            return replace(found, term=case([(otherwise, second.term)]))
        return replace(found, term=_flat([(asked, first.term)], second.term))


def _flat(branches: list[tuple[Term, Term]], last: Term) -> Term:
    """A CASE, whose last branch may be one too."""
    if not isinstance(last, exp.Case):
        return case(branches, last)
    more = [(one.this, one.args["true"]) for one in last.args["ifs"]]
    return case([*branches, *more], last.args.get("default"))


def _shared_condition(tree: Tree) -> Tree | None:
    """A condition that several of the operands ask: asked once, each case is shorter."""
    asked = [
        [one.operands[0] for one in operand.walk() if one.operation == "where"]
        for operand in tree.operands
        if isinstance(operand, Tree)
    ]
    for at, conditions in enumerate(asked):
        for condition in conditions:
            for others in asked[at + 1 :]:
                if any(same(condition, other) for other in others):
                    found: Tree = condition
                    return found
    return None


def _decided(expression: Any, condition: Tree, holds: bool) -> Any:
    """An expression, where a condition that it asks holds or does not."""

    def decide(tree: Tree) -> Any:
        asked = tree.operation == "where" and same(tree.operands[0], condition)
        return decided(tree.operands[1 if holds else 2]) if asked else None

    def decided(x: Any) -> Any:
        return rewritten(x, decide)

    return decided(expression)


def rewritten(expression: Any, change: Callable[[Tree], Any]) -> Any:
    """An expression with parts of it changed: those for which ``change`` gives something."""
    if not isinstance(expression, Tree):
        return expression
    changed = change(expression)
    if changed is not None:
        return changed
    return Tree(expression.operation, *(rewritten(x, change) for x in expression.operands))
