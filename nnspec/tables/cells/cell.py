"""What an input reads from one cell: the definition, in plain Python.

:mod:`nnspec.tables.cells.binding` reads whole columns at once and must agree with it; what it could
not read it hands to :func:`read_cell` for the reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from nnspec.diagnostics.suggestions import did_you_mean, listed, nearest, quote
from nnspec.spec.inputs import cell_of
from nnspec.spec.model import Input, InputType, Value, category_text
from nnspec.tables.cells.numbers import (
    INFINITE,
    MISSING,
    NAN,
    OVERFLOW,
    Refusal,
    is_number,
    read_number,
    says_exactly,
)
from nnspec.tables.errors import CellFault, data_error, shown

Kind: TypeAlias = Literal["text", "typed"]
"""Whether cells are text to be read, as in CSV, or values that have types of their own."""


def kind_of(cells: pl.Series) -> Kind:
    """How a column's cells are read."""
    return "text" if cells.dtype == pl.String else "typed"


EXACT = 2**53
"""Up to here a double holds every integer."""

NOT_AN_INTEGER = Refusal(
    "not-an-integer", "is not an integer", "round it, or declare the input 'type: number'"
)
INEXACT = Refusal(
    "inexact", "is an integer that no double holds exactly", "the limit is 2^53, about 9.0e15"
)
NOT_A_BOOLEAN = Refusal("not-a-boolean", "is neither 0 nor 1", "legal: 0, 1, true, false")
IS_TEXT = Refusal(
    "wrong-type", "is text, where a number is expected", "give the number itself, without quotes"
)
NO_CATEGORY = Refusal("nan", "is no category", "leave a missing value empty: None, not NaN")
IS_BOOLEAN = Refusal(
    "wrong-type", "is true or false, where a number is expected", "give 1 or 0 instead"
)


def read_cell(one: Input, cell: object, kind: Kind) -> float | Refusal:
    """The number that an input makes of a cell, or why it can make none.

    Parameters
    ----------
    one
        The input. A category's number is its index in ``categories``.
    cell
        The cell's value; None where it is missing.
    kind
        Whether the cell is text to be read, or has a type of its own.

    Examples
    --------
    >>> read_cell(Input("age", type="integer"), "12", "text")
    12.0
    >>> read_cell(Input("age", type="integer"), 12.5, "typed").reason
    'is not an integer'
    """
    if cell is None:
        return MISSING if one.missing is None else read_cell(one, one.missing, "typed")
    return _READERS[one.type](one, _plain(cell), kind)


def _plain(cell: object) -> object:
    """A NumPy scalar as the Python number that it is."""
    if isinstance(cell, bool | int | float | str):
        return cell
    item = getattr(cell, "item", None)
    return item() if callable(item) and getattr(cell, "shape", None) == () else cell


def _read_number(_: Input, cell: object, kind: Kind) -> float | Refusal:
    if isinstance(cell, str):
        return read_number(cell) if kind == "text" else IS_TEXT
    if isinstance(cell, bool):
        return IS_BOOLEAN
    if isinstance(cell, int):
        return _read_int(cell)
    if isinstance(cell, float | Decimal):
        value = float(cell)
        if math.isfinite(value):
            return value
        return NAN if math.isnan(value) else INFINITE
    kind_name = type(cell).__name__
    return Refusal("wrong-type", f"is of type {kind_name}, where a number is expected")


def _read_int(cell: int) -> float | Refusal:
    try:
        value = float(cell)
    except OverflowError:
        return OVERFLOW
    return value if int(value) == cell else INEXACT


def _read_integer(one: Input, cell: object, kind: Kind) -> float | Refusal:
    value = _read_number(one, cell, kind)
    if isinstance(value, Refusal):
        return value
    if not value.is_integer():
        return NOT_AN_INTEGER
    if not _is_exactly(cell, int(value)):
        return INEXACT if abs(value) >= EXACT else NOT_AN_INTEGER
    return value


def _is_exactly(cell: object, whole: int) -> bool:
    """Whether a cell, of which the nearest double is a whole number, is that very number."""
    if isinstance(cell, str):
        return says_exactly(cell, whole)
    return not isinstance(cell, Decimal) or cell == whole


def _read_boolean(one: Input, cell: object, kind: Kind) -> float | Refusal:
    if isinstance(cell, bool):
        return float(cell)
    if isinstance(cell, str) and kind == "text" and cell in TRUTHS:
        return TRUTHS[cell]
    value = _read_number(one, cell, kind)
    if isinstance(value, Refusal):
        return value if value.code in ("missing", "wrong-type") else NOT_A_BOOLEAN
    return value if value in (0.0, 1.0) and _is_exactly(cell, int(value)) else NOT_A_BOOLEAN


TRUTHS: Mapping[str, float] = {"false": 0.0, "true": 1.0}
"""Words that a boolean input reads in a text cell, besides the numbers 0 and 1."""


def _read_category(one: Input, cell: object, kind: Kind) -> float | Refusal:
    index = category_index(one, cell, kind)
    if index is not None:
        return float(index)
    if not isinstance(cell, bool | int | float | str):
        return Refusal("wrong-type", f"is of type {type(cell).__name__}, which is no category's")
    if isinstance(cell, float) and not math.isfinite(cell):
        return NO_CATEGORY if math.isnan(cell) else INFINITE
    return _unknown_category(one, category_text(cell))


def category_index(one: Input, cell: object, kind: Kind) -> int | None:
    """The index of a category among an input's, None if the cell is none of them."""
    if not isinstance(cell, bool | int | float | str):
        return None
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    index = category_indices(one).get(category_text(cell))
    if index is None and isinstance(cell, str) and kind == "text" and is_number(cell):
        return _numeric_categories(one).get(float(cell))
    return index


@lru_cache(maxsize=256)
def _categories(
    categories: tuple[tuple[type, object], ...],
) -> tuple[dict[str, int], dict[float, int]]:
    by_text: dict[str, int] = {}
    by_number: dict[float, int] = {}
    for index, (kind, value) in enumerate(categories):
        if isinstance(value, bool | int | float | str):
            by_text.setdefault(category_text(value), index)
        if kind in (int, float) and isinstance(value, int | float):
            by_number.setdefault(float(value), index)
    return by_text, by_number


def _keyed(one: Input) -> tuple[tuple[type, object], ...]:
    # 1, 1.0 and True are equal, and so would share an entry of the cache.
    return tuple([(type(value), value) for value in one.categories])


def category_indices(one: Input) -> Mapping[str, int]:
    """The index of each category of an input, by its text."""
    return _categories(_keyed(one))[0]


def _numeric_categories(one: Input) -> Mapping[float, int]:
    """The index of each category that was declared as a number, by that number."""
    return _categories(_keyed(one))[1]


def _unknown_category(one: Input, text: str) -> Refusal:
    known = list(category_indices(one))
    near = nearest(text, known)
    listing = listed([quote(name) for name in known], 10)
    help_ = f"legal: {listing}" if near is None else did_you_mean(text, known)
    return Refusal("unknown-category", f"is no category of {quote(one.name)}", help_)


_READERS: Mapping[InputType, Callable[[Input, object, Kind], float | Refusal]] = {
    "number": _read_number,
    "integer": _read_integer,
    "boolean": _read_boolean,
    "category": _read_category,
}


def read_row(
    inputs: Sequence[Input], values: Mapping[str, Value | None]
) -> dict[str, NDArray[np.float64]]:
    """What each input reads of one row: float64 of shape (1,), by input.

    Raises
    ------
    DataError
        If a value is missing that has no stand-in, or is none that its input can take; it names
        them all.

    Examples
    --------
    >>> read_row([Input("area"), Input("age", missing=38)], {"area": 2000})
    {'area': array([2000.]), 'age': array([38.])}
    """
    row: dict[str, NDArray[np.float64]] = {}
    faults: list[CellFault] = []
    for one in inputs:
        value = values.get(one.name)
        read = read_cell(one, value, "typed")
        if isinstance(read, Refusal):
            faults.append(CellFault(
                1, one.name, one.name, shown(value), read.code, read.reason, read.help
            ))  # fmt: skip
        else:
            row[one.name] = np.array([read])
    if faults:
        raise data_error(faults, len(faults))
    return row


def range_refusal(one: Input) -> Refusal:
    """Why a number outside an input's declared range is none of it."""
    low, high = ["" if side is None else format(side, ".15g") for side in one.range]
    legal = f"at most {high}" if not low else f"at least {low}" if not high else ""
    legal = legal or f"from {low} to {high}"
    return Refusal("out-of-range", f"is outside the declared range, {legal}")


def outside_faults(
    inputs: Sequence[Input], row: Mapping[str, Value], number: int = 1
) -> Iterator[CellFault]:
    """The values of one row that lie outside their inputs' declared ranges.

    Examples
    --------
    >>> print(*outside_faults([Input("age", range=(0, 250))], {"age": 999}))
    row 1, column 'age': '999' is outside the declared range, from 0 to 250
    """
    clipped = clipped_row(inputs, row)
    for one in inputs:
        if clipped[one.name] != row[one.name]:
            refusal = range_refusal(one)
            text = shown(row[one.name])
            yield CellFault(number, one.name, one.name, text, refusal.code, refusal.reason)


def clipped_row(inputs: Sequence[Input], row: Mapping[str, Value]) -> dict[str, Value]:
    """A row, each number moved into its input's declared range."""
    return {one.name: _clipped(one, row[one.name]) for one in inputs}


def _clipped(one: Input, value: Value) -> Value:
    if isinstance(value, str):
        return value
    low, high = one.range
    if low is not None and value < low:
        return cell_of(one, low)
    return cell_of(one, high) if high is not None and value > high else value
