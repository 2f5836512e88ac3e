"""The inputs as columns of SQL: cells as doubles, stand-ins, transforms, categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from nnspec.diagnostics.suggestions import quote
from nnspec.formats.sql.bounds import ANYTHING, Bounds, of_size
from nnspec.formats.sql.dialects import LARGEST, Dialect
from nnspec.formats.sql.expressions import Wording
from nnspec.formats.sql.terms import (
    DOUBLE,
    TEXT,
    Term,
    absolute,
    call,
    case,
    cast,
    column,
    compare,
    number,
    text,
)
from nnspec.formats.sql.written import Written
from nnspec.functions.expressions.trees import TREES, variable
from nnspec.functions.transforms import TRANSFORMS
from nnspec.spec.model import Input, Value, category_text

GIVEN = 1e-100, 1e100
"""What an input is held to where arithmetic raises errors: below it is 0, above it is bad."""


@dataclass(frozen=True, slots=True)
class InputColumns:
    """Writes one input.

    Parameters
    ----------
    dialect
        The dialect.
    input
        The input.
    cell
        The table's column.
    given
        The name of the column that holds the cell as it was read.
    units
        The names of the columns that synapses see.
    """

    dialect: Dialect
    input: Input
    cell: Term
    given: str
    units: tuple[str, ...]

    @property
    def is_direct(self) -> bool:
        """Whether what synapses see is what was read."""
        return self.given == self.units[0]

    def read(self) -> Term:
        """The cell as a number, or a category's as a text; its stand-in where it is missing."""
        if self.input.type == "category":
            return self._or_stand_in(cast(self.cell, TEXT))
        if not self.dialect.typed:
            return self._untyped()
        cell = self.cell
        if self.input.type == "boolean" and not self.dialect.casts_booleans:
            words = [("true", 1.0), ("false", 0.0)]
            named = call("LOWER", cast(cell, TEXT))
            branches = [(compare(named, "=", text(word)), number(n)) for word, n in words]
            return self._or_stand_in(case(branches, cast(cast(cell, TEXT), DOUBLE)))
        return self._or_stand_in(cast(cell, DOUBLE))

    def _untyped(self) -> Term:
        """A cell of a column that may hold anything: a text is no number, whatever it says."""
        kind = exp.In(this=call("TYPEOF", self.cell), expressions=[text("integer"), text("real")])
        branches: list[tuple[Term, Term]] = [(kind, cast(self.cell, DOUBLE))]
        if self.input.missing is not None:
            missing = exp.Is(this=self.cell, expression=exp.Null())
            branches.insert(0, (missing, self._stand_in(self.input.missing)))
        return case(branches)

    def _or_stand_in(self, cell: Term) -> Term:
        if self.input.missing is None:
            return cell
        return exp.Coalesce(this=cell, expressions=[self._stand_in(self.input.missing)])

    def _stand_in(self, value: Value) -> Term:
        if self.input.type == "category":
            return text(category_text(value))
        return number(float(value))

    def seen(self) -> list[Written]:
        """What synapses see, of the column ``given``: a term for each unit."""
        if self.input.type == "category":
            return [Written(term, Bounds(0.0, 1.0, 1.0)) for term in self._categories()]
        steps = self.input.transforms
        numbers = [x for step in steps for x in step.parameters]
        self.dialect.check_plain(f"a transform of input {quote(self.input.name)}", numbers)
        x = variable("x")
        for step in steps:
            x = TRANSFORMS[step.kind].define(TREES, x, *step.parameters)
        return [Wording(self.dialect, {"x": self._settled()}).write(x, {"x": self._bounds()})]

    def _bounds(self) -> Bounds:
        """Of the value, as it is settled."""
        least, most = GIVEN
        if not self.dialect.raises:
            return ANYTHING
        # What is nearer to 0 than 1 is no integer: its row is bad, and must not raise an error.
        least = least if self.input.type == "number" else 1.0
        return of_size(least, 1.0 if self.input.type == "boolean" else most)

    def _settled(self) -> Term:
        """The value, held to what cannot overflow further on, where that is an error."""
        x, bounds = column(self.given), self._bounds()
        if not self.dialect.raises:
            return x
        size = absolute(x)
        small = compare(size, "<", bounds.least), number(0.0)
        return case([small, (compare(size, "<=", bounds.most), x)])

    def _categories(self) -> list[Term]:
        """1 for the cell's own category, 0 for the others, NULL where it is none of them."""
        known = _spellings(self.input)
        units = []
        for own in known:
            branches = [
                (_is_one_of(column(self.given), texts), number(float(texts is own)))
                for texts in known
            ]
            units.append(cast(case(branches), DOUBLE))
        return units

    def checks(self) -> list[Term]:
        """What must hold for the row to be valued."""
        if self.input.type == "category":
            null = exp.Is(this=column(self.units[0]), expression=exp.Null())
            return [exp.Not(this=null)]
        given = column(self.given)
        most = GIVEN[1] if self.dialect.raises else LARGEST
        found = [compare(absolute(given), "<=", most)]
        if self.input.type == "integer":
            found.append(compare(given, "=", call(self.dialect.whole, given)))
        if self.input.type == "boolean":
            found = [exp.In(this=given, expressions=[number(0.0), number(1.0)])]
        if not self.is_direct:
            unit = column(self.units[0])
            found.append(compare(absolute(unit), "<=", self.dialect.limit))
        return found


def _spellings(one: Input) -> list[tuple[str, ...]]:
    """How each category may be written: a number's also with a point, as floats are."""
    texts = list(one.category_texts)
    found: list[tuple[str, ...]] = []
    for value, own in zip(one.categories, texts, strict=True):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        pointed = f"{own}.0"
        found.append((own, pointed) if is_number and pointed not in texts else (own,))
    return found


def _is_one_of(cell: Term, texts: Sequence[str]) -> Term:
    if len(texts) == 1:
        return compare(cell, "=", text(texts[0]))
    return exp.In(this=cell, expressions=[text(one) for one in texts])
