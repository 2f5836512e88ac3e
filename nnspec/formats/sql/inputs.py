"""The inputs as columns of SQL: cells as doubles, stand-ins, transforms, categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from nnspec.diagnostics.suggestions import quote
from nnspec.formats.sql.dialects import LARGEST
from nnspec.formats.sql.functions import Functions
from nnspec.formats.sql.sizes import GIVEN, ONE, TRANSFORMED, Size, check_plain
from nnspec.formats.sql.terms import (
    DOUBLE,
    TEXT,
    Term,
    absolute,
    add,
    call,
    case,
    cast,
    column,
    compare,
    divide,
    multiply,
    number,
    subtract,
    text,
)
from nnspec.functions.transforms import TRANSFORMS
from nnspec.spec.model import Input, Transform, Value, category_text


@dataclass(frozen=True, slots=True)
class InputColumns:
    """Writes one input.

    Parameters
    ----------
    functions
        The functions of the dialect.
    input
        The input.
    cell
        The table's column.
    given
        The name of the column that holds the cell as it was read.
    units
        The names of the columns that synapses see.
    """

    functions: Functions
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
        if not self.functions.dialect.typed:
            return self._untyped()
        cell = self.cell
        if self.input.type == "boolean" and not self.functions.dialect.casts_booleans:
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

    def seen(self) -> list[Term]:
        """What synapses see, of the column ``given``: a term for each unit."""
        if self.input.type == "category":
            return self._categories()
        x = self._settled(column(self.given))
        for at, step in enumerate(self.input.transforms):
            before, x = x, _transformed(self.functions, step, x)
            # GREATEST and LEAST pass over a NULL that an earlier step made.
            if step.kind == "clip" and at > 0:
                is_null = exp.Is(this=before.copy(), expression=exp.Null())
                x = case([(exp.Not(this=is_null), x)])
        return [x]

    def _settled(self, x: Term) -> Term:
        """The value, held to what cannot overflow further on, where that is an error."""
        if not self.functions.dialect.raises:
            return x
        # What is nearer to 0 than 1 is no integer: its row is bad, and must not raise an error.
        least = GIVEN.least if self.input.type == "number" else 1.0
        size = absolute(x)
        return case(
            [(compare(size, "<", least), number(0.0)), (compare(size, "<=", GIVEN.most), x)]
        )

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
        most = GIVEN.most if self.functions.dialect.raises else LARGEST
        found = [compare(absolute(given), "<=", most)]
        if self.input.type == "integer":
            found.append(compare(given, "=", self.functions.whole(given)))
        if self.input.type == "boolean":
            found = [exp.In(this=given, expressions=[number(0.0), number(1.0)])]
        if not self.is_direct:
            unit = column(self.units[0])
            found.append(compare(absolute(unit), "<=", self.functions.dialect.limit))
        return found

    def size(self) -> Size:
        """The size of what synapses see."""
        if self.input.type in ("category", "boolean") and not self.input.transforms:
            return ONE
        self._check_transforms()
        bounds = (-GIVEN.most, GIVEN.most)
        for step in self.input.transforms:
            bounds = TRANSFORMS[step.kind].image(bounds, *step.parameters)
        least = 1.0 if self.input.type == "integer" else GIVEN.least
        return Size(TRANSFORMED if self.input.transforms else least, max(map(abs, bounds)))

    def _check_transforms(self) -> None:
        numbers = [x for step in self.input.transforms for x in step.parameters]
        check_plain(
            self.functions.dialect, f"a transform of input {quote(self.input.name)}", numbers
        )


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


def _transformed(f: Functions, step: Transform, x: Term) -> Term:
    if step.kind == "clip":
        low, high = step.parameters
        raised = x if low is None else f.greatest([x, number(low)])
        return raised if high is None else f.least([raised, number(high)])
    given = [float(value) for value in step.parameters if value is not None]
    if step.kind == "standardize":
        return divide(subtract(x, number(given[0])), number(given[1]))
    if step.kind == "rescale":
        a, b, c, d = given
        share = divide(subtract(x, number(a)), number(b - a))
        return add(number(c), multiply(share, number(d - c)))
    if step.kind == "log1p":
        return f.log1p(x)
    domain = ">" if step.kind == "log" else ">="
    return case([(compare(x, domain, 0.0), call("LN" if step.kind == "log" else "SQRT", x))])
