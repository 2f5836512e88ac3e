"""What a group makes of a layer's activations, in SQL: tables for the steps of its definition."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.suggestions import quote
from nnspec.formats.sql.bounds import Bounds, same, total
from nnspec.formats.sql.dialects import Dialect
from nnspec.formats.sql.expressions import UnsayableError, Wording, rewritten
from nnspec.formats.sql.names import Names
from nnspec.formats.sql.narrowing import Known
from nnspec.formats.sql.neurons import SqlColumn
from nnspec.formats.sql.terms import (
    DOUBLE,
    Term,
    add,
    case,
    cast,
    column,
    compare,
    number,
    subtract,
)
from nnspec.formats.sql.written import Written, greatest
from nnspec.functions.expressions.trees import TREES, Tree, variable
from nnspec.functions.groups import Each, Fold, Group

VALUE, FOLDED, SHIFTED = variable("value"), variable("folded"), variable("shifted")


@dataclass(frozen=True, slots=True)
class CommonTable:
    """One table of the WITH clause: all columns of the table before it, and some more."""

    name: str
    columns: list[tuple[str, Term]]


class GroupTables:
    """Writes the tables of one group.

    Parameters
    ----------
    dialect
        The dialect.
    names
        Gives its columns their names.
    layer
        The layer's name.
    group
        The group.
    """

    def __init__(self, dialect: Dialect, names: Names, layer: str, group: Group) -> None:
        self._dialect, self._names, self._layer, self._group = dialect, names, layer, group
        self.tables: list[CommonTable] = []

    def write(self, activations: Sequence[SqlColumn], results: Sequence[str]) -> list[SqlColumn]:
        """The results, by the activations and the columns that the results shall have.

        Raises
        ------
        CannotError
            If the dialect has no words for it.
        """
        try:
            return self._write(activations, results)
        except UnsayableError:
            raise CannotError(
                f"layer {quote(self._layer)} cannot be said in {self._dialect.title}: its group "
                f"{quote(self._group.name)} has no words in SQL"
            ) from None

    def _write(self, activations: Sequence[SqlColumn], results: Sequence[str]) -> list[SqlColumn]:
        values, folded, before = list(activations), None, None
        last = max(at for at, step in enumerate(self._group.steps) if isinstance(step, Each))
        for at, step in enumerate(self._group.steps):
            if isinstance(step, Fold):
                folded, before = self._fold(step, values), step
                continue
            # What the greatest of them is taken from is never above 0.
            shifted = before is not None and before.reducer == "maximum" and before.of is None
            values = self._each(step, values, folded, results, is_last=at == last, shifted=shifted)
            before = None
        return values

    def _give(self, label: str, terms: Sequence[tuple[str, Term]]) -> None:
        self.tables.append(CommonTable(label, list(terms)))

    # -- one number of all ----------------------------------------------------------------------

    def _fold(self, step: Fold, values: Sequence[SqlColumn]) -> SqlColumn:
        tree = VALUE if step.of is None else step.of(TREES, VALUE)
        written = [
            Wording(self._dialect, {"value": column(v.name)}).write(tree, {"value": v.bounds})
            for v in values
        ]
        if step.reducer == "add":
            term = reduce(add, [one.operand for one in written])
            return self._folded("total", term, total(one.bounds for one in written))
        most = greatest(self._dialect, "maximum", written).whole
        found = self._folded("max", most.double, most.bounds)
        return found if step.reducer == "maximum" else self._first(written, found)

    def _folded(self, label: str, term: Term, bounds: Bounds) -> SqlColumn:
        name = self._names.give(f"{self._layer}.{label}")
        self._give(f"{self._layer}.{label}", [(name, term)])
        return SqlColumn(name, bounds)

    def _first(self, written: Sequence[Written], most: SqlColumn) -> SqlColumn:
        # The first of equals wins: the first branch of a CASE that holds is taken.
        reaches = [
            (compare(one.operand, "=", column(most.name)), number(float(at)))
            for at, one in enumerate(written)
        ]
        places = Bounds(0.0, len(written) - 1.0, 1.0)
        return self._folded("first", cast(case(reaches), DOUBLE), places)

    # -- a new value for each -------------------------------------------------------------------

    def _each(
        self, step: Each, values: Sequence[SqlColumn], folded: SqlColumn | None,
        results: Sequence[str], *, is_last: bool, shifted: bool,
    ) -> list[SqlColumn]:  # fmt: skip
        trees = [step.define(TREES, VALUE, float(at), FOLDED) for at in range(len(values))]
        label = trees[0].operation
        written = [
            self._value(tree, value, folded, shifted)
            for tree, value in zip(trees, values, strict=True)
        ]
        names = results if is_last else [self._names.give(f"{own}.{label}") for own in results]
        columns = [(name, one.double) for name, one in zip(names, written, strict=True)]
        self._give(self._layer if is_last else f"{self._layer}.{label}", columns)
        image = self._group.image([(v.bounds.low, v.bounds.high) for v in values])
        ends = image if is_last else (-math.inf, math.inf)
        return [
            SqlColumn(name, _clipped(one.bounds, *ends))
            for name, one in zip(names, written, strict=True)
        ]

    def _value(
        self, tree: Any, value: SqlColumn, folded: SqlColumn | None, shifted: bool
    ) -> Written:
        own = column(value.name)
        terms: dict[str, Term] = {"value": own}
        known: Known = {"value": value.bounds}
        if folded is not None:
            whole = column(folded.name)
            terms |= {"folded": whole, "shifted": subtract(own, whole)}
            apart = total([value.bounds, folded.bounds])
            below = Bounds(apart.low, 0.0, apart.least)
            known = {**known, "folded": folded.bounds, "shifted": below if shifted else apart}
            tree = rewritten(tree, _shift)
        return Wording(self._dialect, terms).write(tree, known)


def _shift(tree: Tree) -> Tree | None:
    return SHIFTED if same(tree, VALUE - FOLDED) else None


def _clipped(bounds: Bounds, low: float, high: float) -> Bounds:
    return bounds._replace(low=max(bounds.low, low), high=min(bounds.high, high))
