"""The values of columns that several inputs read."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis.errors import InvalidArgument

from nnspec.claims.domain import Axis, Domain


def column_axes(domain: Domain) -> dict[str, Axis]:
    """By column, the values that suit every input that reads it.

    Raises
    ------
    InvalidArgument
        If no value suits them all.
    """
    axes: dict[str, Axis] = {}
    for axis in domain.axes:
        column = axis.input.column_name
        axes[column] = _both(axes[column], axis) if column in axes else axis
    return axes


def _both(a: Axis, b: Axis) -> Axis:
    """The values that two inputs of one column share."""
    column = a.input.column_name
    missing = a.input.missing if b.input.missing is not None else None
    if bool(a.codes) != bool(b.codes):
        names = f"{a.name} and {b.name}"
        raise InvalidArgument(f"column {column!r} is a category to one of {names} alone")
    if a.codes:
        texts = b.input.category_texts
        kept = tuple([i for i in a.codes if a.input.category_texts[i] in texts])
        shared = replace(a, codes=kept)
    else:
        shared = _both_numbers(a, b)
    if (not shared.codes and shared.low > shared.high) or (a.codes and not shared.codes):
        raise InvalidArgument(f"no value of column {column!r} suits both {a.name} and {b.name}")
    return replace(shared, input=replace(shared.input, missing=missing))


def _both_numbers(a: Axis, b: Axis) -> Axis:
    low, high = max(a.low, b.low), min(a.high, b.high)
    kinds = {a.input.type, b.input.type}
    if len(kinds) == 1:
        kind = a.input.type
    else:
        # An input of numbers reads no true and false, but a boolean one reads 0 and 1.
        kind = "integer"
        low, high = float(math.ceil(low)), float(math.floor(high))
    return replace(a, input=replace(a.input, type=kind), low=low, high=high)
