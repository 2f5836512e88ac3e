"""Strategies for the values of one input, as numbers of its axis and as cells of a row."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from nnspec.claims.domain import Axis
from nnspec.spec.model import Value, category_text


def numbers_of(axis: Axis) -> st.SearchStrategy[float]:
    """Any value of an input; of a category, its place in the list."""
    if axis.codes:
        return st.sampled_from(axis.codes).map(float)
    if axis.whole:
        return st.integers(int(axis.low), int(axis.high)).map(float)
    return st.floats(axis.low, axis.high)


def cell(axis: Axis, number: float) -> Value:
    """A number of an axis as a cell of the user's table.

    Examples
    --------
    >>> from nnspec.spec.model import Input
    >>> cell(Axis(Input("new", type="boolean"), 0, 1), 1.0)
    True
    """
    return bool(number) if axis.input.type == "boolean" else axis.value(number)


def cells_of(axis: Axis) -> st.SearchStrategy[Value]:
    """Any value of an input, as a cell."""
    return numbers_of(axis).map(lambda number: cell(axis, number))


def unusual_cells_of(axis: Axis) -> st.SearchStrategy[Value | None]:
    """Any value, and those at which faults sit."""
    kinds: list[st.SearchStrategy[Value | None]] = [cells_of(axis)]
    if axis.codes:
        # In a table that is read as text, True is "true" and 2.0 is "2".
        allowed = [axis.input.categories[code] for code in axis.codes]
        kinds.append(st.sampled_from(allowed).map(category_text))
    else:
        special = [cell(axis, number) for number in axis.specials.tolist()]
        kinds.append(st.sampled_from(special))
    if axis.input.missing is not None:
        kinds.append(st.none())
    return st.one_of(kinds)


def has_one_value(axis: Axis) -> bool:
    """Whether there is nothing to choose."""
    return axis.choices is not None and len(axis.choices) < 2


def neighbours(axis: Axis, number: float) -> tuple[float, float]:
    """A value of an ordered input and the next greater one; the last two at its end."""
    if axis.whole:
        low = min(number, axis.high - 1)
        return low, low + 1
    low = min(number, math.nextafter(axis.high, axis.low))
    return low, math.nextafter(low, axis.high)
