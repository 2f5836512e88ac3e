"""Strategies for tables that a network evaluates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from numpy.typing import NDArray

from nnspec.claims.domain import Axis, Domain
from nnspec.spec.model import Input, Value
from nnspec.testing.arguments import AnyNetwork, as_network, check_bounds
from nnspec.testing.strategies.axes import cell, cells_of, unusual_cells_of
from nnspec.testing.strategies.parts import Draw
from nnspec.testing.strategies.rows import rows_of

Table: TypeAlias = dict[str, NDArray[Any]]
"""By column, its cells: float64, int64 or bool; objects for categories and missing values."""

MOST_DRAWN = 12
"""So many rows are drawn, and shrunk, cell by cell; further ones come from a seed."""


@st.composite
def tables(
    draw: Draw,
    network: AnyNetwork,
    *,
    min_rows: int = 0,
    max_rows: int | None = None,
    unusual: bool = False,
) -> Table:
    """Tables as :meth:`nnspec.Network.evaluate` takes them: an array for each column, by name.

    They shrink toward few rows of simple values.

    Parameters
    ----------
    network
        The network, its spec, or the path of its file.
    min_rows, max_rows
        How many rows; by default up to 12, or ``min_rows`` if that is more.
    unusual
        Besides values like any other, give the ends of ranges and their neighbours, categories by
        their texts, and None for inputs that have a stand-in.

    Notes
    -----
    Columns have the names that the spec's inputs read (``column``). Where two inputs read one
    column its values suit both. Of a table of more than twelve rows the first twelve are drawn by
    Hypothesis and the others at random, from a seed that Hypothesis draws.

    Examples
    --------
    >>> strategy = tables("specs/xor.yaml", max_rows=100)
    """
    most = max(min_rows, MOST_DRAWN) if max_rows is None else max_rows
    check_bounds("rows", min_rows, most)
    axes = column_axes(rows_of(as_network(network)).domain)
    n_rows = draw(st.integers(min_rows, most))
    n_drawn = min(n_rows, MOST_DRAWN)
    cells = unusual_cells_of if unusual else cells_of
    drawn = draw(st.tuples(*[st.lists(cells(axis), min_size=n_drawn, max_size=n_drawn)
                             for axis in axes.values()]))  # fmt: skip
    n_more = n_rows - n_drawn
    seed = draw(st.integers(0, 2**32 - 1)) if n_more else 0
    rng = np.random.default_rng(seed)
    return {
        name: _column(axis.input, [*own, *_more(axis, rng, n_more)])
        for (name, axis), own in zip(axes.items(), drawn, strict=True)
    }


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


def _more(axis: Axis, rng: np.random.Generator, n: int) -> list[Value]:
    return [cell(axis, number) for number in axis.sample(rng, n).tolist()] if n else []


def _column(item: Input, cells: Sequence[Value | None]) -> NDArray[Any]:
    if item.type == "category" or any(value is None for value in cells):
        column = np.empty(len(cells), dtype=object)
        column[:] = cells
        return column
    kinds = {"number": np.float64, "integer": np.int64, "boolean": np.bool_}
    return np.array(cells, dtype=kinds[item.type])
