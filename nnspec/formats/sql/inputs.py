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
    all_of,
    call,
    case,
    cast,
    cast_if_it_can_be,
    column,
    compare,
    matches,
    null,
    number,
    text,
)
from nnspec.formats.sql.written import Written
from nnspec.functions.expressions.trees import TREES, variable
from nnspec.functions.transforms import TRANSFORMS
from nnspec.spec.model import Input, Value, category_text

GIVEN = 1e-100, 1e100
"""What an input is held to where arithmetic raises errors: below it is 0, above it is bad."""

NUMBER = r"^\s*[+-]?(\d{1,200}(\.\d{0,200})?|\.\d{1,200})([eE][+-]?(\d{1,2}|100))?\s*$"
"""A text that PostgreSQL casts to a double without an error: it is not beyond the range."""

_TEXTS = ("text", "character varying", "character")
"""PostgreSQL's types of texts."""


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
        if self.input.type == "boolean" and not self.dialect.casts_booleans:
            return self._or_stand_in(self._truth())
        return self._or_stand_in(self._number())

    def _number(self) -> Term:
        """A cell of a column of numbers; NULL for a text that is none, if it is one of texts."""
        if self.dialect.bad_text == "null":
            return cast_if_it_can_be(self.cell)
        plain = cast(self.cell, DOUBLE)
        if self.dialect.bad_text == "error":
            return plain
        is_text = exp.In(
            this=call("PG_TYPEOF", self.cell), expressions=[text(kind) for kind in _TEXTS]
        )
        is_none = exp.Not(this=matches(cast(self.cell, TEXT), NUMBER))
        return case([(all_of([is_text, is_none]), null())], plain)

    def _truth(self) -> Term:
        """A boolean, or a number, by its text: some dialects cast no boolean to a number."""
        written = cast(self.cell, TEXT)
        words = [("true", 1.0), ("false", 0.0)]
        branches = [(compare(call("LOWER", written), "=", text(w)), number(n)) for w, n in words]
        if self.dialect.bad_text == "pattern":
            return case([*branches, (matches(written, NUMBER), cast(written, DOUBLE))])
        return case(branches, cast_if_it_can_be(written))

    def _untyped(self) -> Term:
        """A cell of a column that may hold anything: a text is no number, whatever it says."""
        kind = exp.In(this=call("TYPEOF", self.cell), expressions=[text("integer"), text("real")])
        return self._or_stand_in(case([(kind, cast(self.cell, DOUBLE))]))

    def _or_stand_in(self, read: Term) -> Term:
        """What was read of a cell; where the cell is missing, its stand-in."""
        if self.input.missing is None:
            return read
        stand_in = self._stand_in(self.input.missing)
        if isinstance(read, exp.Cast) and not isinstance(read, exp.TryCast):
            return exp.Coalesce(this=read, expressions=[stand_in])
        # What is NULL because it is bad has no stand-in: only a missing cell has one.
        branch = (exp.Is(this=self.cell, expression=null()), stand_in)
        if isinstance(read, exp.Case):
            branches = [(one.this, one.args["true"]) for one in read.args["ifs"]]
            return case([branch, *branches], read.args.get("default"))
        return case([branch], read)

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
