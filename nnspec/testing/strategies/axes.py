"""Strategies for the values of one input, as cells of a row."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

from nnspec.claims.domain import Axis
from nnspec.spec.model import Value


def cell(axis: Axis, number: float) -> Value:
    """A number of an axis as a cell of the user's table.

    Examples
    --------
    >>> from nnspec.spec.model import Input
    >>> cell(Axis(Input("new", type="boolean"), 0, 1), 1.0)
    True
    """
    return bool(number) if axis.input.type == "boolean" else axis.value(number)


def cells_of(axis: Axis) -> st.SearchStrategy[Any]:
    """Any value of an input; of a category, the first shrinks least."""
    if axis.codes:
        return st.sampled_from([axis.input.categories[code] for code in axis.codes])
    return cells_between(axis, axis.low, axis.high)


def cells_between(axis: Axis, low: float, high: float) -> st.SearchStrategy[Any]:
    """Values of an ordered input between two of them."""
    if axis.input.type == "boolean":
        return st.booleans() if low < high else st.just(bool(low))
    if axis.whole:
        return st.integers(int(low), int(high))
    return st.floats(low, high)


def has_one_value(axis: Axis) -> bool:
    """Whether there is nothing to choose."""
    return axis.choices is not None and len(axis.choices) < 2


def next_cell(axis: Axis, value: Any) -> Any:
    """The next greater value of an ordered input; at its end, the one before."""
    if axis.whole:
        return value + 1 if value < axis.high else value - 1
    return math.nextafter(value, math.inf if value < axis.high else -math.inf)
