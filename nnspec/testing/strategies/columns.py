"""Strategies for tables that a network evaluates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from nnspec.spec.model import Input, Value, category_text
from nnspec.testing.arguments import AnyNetwork, When, as_network, check_bounds
from nnspec.testing.strategies.axes import cell
from nnspec.testing.strategies.parts import Draw
from nnspec.testing.strategies.rows import Row, Rows, drawn_row, rows_of

Table: TypeAlias = dict[str, NDArray[Any]]
"""By column, its cells: float64, int64 or bool; objects for categories and missing values."""

USUAL_ROWS = 12
"""How many rows a table has at most, unless more are asked for."""

MOST_CELLS = 400
"""So many cells are drawn, and shrunk, one by one; further rows come from a seed each."""


@st.composite
def tables(
    draw: Draw,
    network: AnyNetwork,
    *,
    min_rows: int = 0,
    max_rows: int | None = None,
    unusual: bool | None = None,
    when: When | None = None,
) -> Table:
    """Tables as :meth:`nnspec.Network.evaluate` takes them: an array for each column, by name.

    Their rows are those of :func:`inputs`. They shrink toward few rows of simple values.

    Parameters
    ----------
    network
        The network, its spec, or the path of its file.
    min_rows, max_rows
        How many rows; by default up to 12, or ``min_rows`` if that is more.
    unusual
        False: rows like any other only. True: besides, give columns of categories by their texts,
        and None for inputs that have a stand-in.
    when
        Narrows the declared ranges, as for :func:`inputs`.

    Notes
    -----
    Columns have the names that the spec's inputs read (``column``). Where two inputs read one
    column its values suit both. Of a table of more than 400 cells the first are drawn by
    Hypothesis, and each further row at random, from a seed of its own that Hypothesis draws.

    Examples
    --------
    >>> strategy = tables("specs/xor.yaml", max_rows=100)
    """
    most = max(min_rows, USUAL_ROWS) if max_rows is None else max_rows
    check_bounds("rows", min_rows, most)
    rows = rows_of(as_network(network), when, by_column=True)
    axes = rows.domain.axes
    n_drawn = min(most, max(1, MOST_CELLS // len(axes)))
    few = st.lists(
        _rows_in_tables(rows, unusual), min_size=min(min_rows, n_drawn), max_size=n_drawn
    )
    drawn: list[Row] = draw(few)
    if most > n_drawn:
        # A list of seeds: each row can be left out by itself.
        least = max(0, min_rows - len(drawn))
        seeds = st.lists(st.integers(0, 2**32 - 1), min_size=least, max_size=most - n_drawn)
        drawn += [_seeded(rows, seed) for seed in draw(seeds)]
    pattern = draw(st.integers(0, 2 ** len(axes) - 1)) if unusual else 0
    return {
        axis.input.column_name: _column(
            axis.input, [row[axis.name] for row in drawn], as_text=bool(pattern >> i & 1)
        )
        for i, axis in enumerate(axes)
    }


@st.composite
def _rows_in_tables(draw: Draw, rows: Rows, unusual: bool | None) -> Row:
    """A row; its categories are values, since a column of values and texts is none."""
    return drawn_row(draw, rows, unusual, texts=False)


def _seeded(rows: Rows, seed: int) -> Row:
    rng = np.random.default_rng(seed)
    return {axis.name: cell(axis, axis.sample(rng, 1)[0]) for axis in rows.domain.axes}


def _column(item: Input, cells: Sequence[Value | None], *, as_text: bool) -> NDArray[Any]:
    if item.type == "category" or any(value is None for value in cells):
        column = np.empty(len(cells), dtype=object)
        is_text = item.type == "category" and (as_text or _mixed(item))
        column[:] = [category_text(v) if is_text and v is not None else v for v in cells]
        return column
    kinds = {"number": np.float64, "integer": np.int64, "boolean": np.bool_}
    return np.array(cells, dtype=kinds[item.type])


def _mixed(item: Input) -> bool:
    """Whether categories are of several types: no column of a data frame holds such."""
    return len({type(category) for category in item.categories}) > 1
