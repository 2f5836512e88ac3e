"""Strategies for the rows of one network: within the declared ranges, and where faults sit."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from nnspec.claims.domain import Axis, Domain
from nnspec.claims.search.probe import Probe
from nnspec.network import Network
from nnspec.spec.model import Value
from nnspec.testing.arguments import AnyNetwork, Same, as_input, as_network
from nnspec.testing.strategies.axes import (
    cell,
    cells_of,
    has_one_value,
    neighbours,
    numbers_of,
    unusual_cells_of,
)
from nnspec.testing.strategies.hinges import straddle
from nnspec.testing.strategies.parts import Draw

Row: TypeAlias = dict[str, Value | None]
"""A value for each input, by name, in the table's own units; None where it is missing."""


@st.composite
def inputs(draw: Draw, network: AnyNetwork, *, unusual: bool = False) -> Row:
    """Rows within the declared ranges: a value for each input, by name.

    They shrink toward 0, or the end of the range that is nearest to it, and toward the category
    that is listed first.

    Parameters
    ----------
    network
        The network, its spec, or the path of its file.
    unusual
        Besides rows like any other, give those at which faults sit: the ends of ranges and their
        neighbours, a category by its text, values at which a neuron's activation has its hinge,
        the last on one side or the first on the other, and None, a missing value, for inputs that
        have a stand-in.

    Notes
    -----
    An input without a range, or with one that is open on a side, is drawn as far as
    ``nnspec test`` searches it: a million beyond its other end or zero, or ten times as far as
    the network's hinges.

    Examples
    --------
    >>> strategy = inputs("specs/xor.yaml", unusual=True)
    """
    rows = rows_of(as_network(network))
    row: Row = draw(rows.unusual if unusual else rows.usual)
    if unusual and rows.ordered and draw(st.integers(0, 2)) == 2:
        axis = draw(st.sampled_from(rows.ordered))
        row[axis.name] = cell(axis, draw(st.sampled_from(_beside_hinge(draw, rows, row, axis))))
    return row


@st.composite
def pairs(
    draw: Draw,
    network: AnyNetwork,
    input: str,  # noqa: A002 -- the format's own word
    *,
    unusual: bool = False,
) -> tuple[Row, Row]:
    """Two rows that differ in one input alone, the smaller value first.

    Parameters
    ----------
    network
        The network, its spec, or the path of its file.
    input
        The name of the input in which they differ. A category has no smaller value: the two come
        in any order.
    unusual
        Besides pairs like any other, give neighbouring values, both ends of the range, and values
        on either side of a neuron's hinge; the other inputs are as :func:`inputs` gives them.

    Examples
    --------
    >>> strategy = pairs("specs/xor.yaml", "a")
    """
    compiled = as_network(network)
    rows = rows_of(compiled)
    axis = rows.domain.axes[rows.domain.index[as_input(compiled, input).name]]
    if has_one_value(axis):
        raise InvalidArgument(f"{input} has one value only: no two rows can differ in it")
    row: Row = draw(rows.unusual if unusual else rows.usual)
    kinds = [_any_two, _next_to, _ends, _beside_hinge] if unusual and not axis.codes else [_any_two]
    first, second = draw(st.sampled_from(kinds))(draw, rows, row, axis)
    return {**row, input: cell(axis, first)}, {**row, input: cell(axis, second)}


class Rows:
    """What the rows of a network are drawn from, made once for each network."""

    def __init__(self, network: Network) -> None:
        self.domain = Domain.of(network.spec)
        self.probe = Probe(network, self.domain, ())
        self.ordered = [a for a in self.domain.axes if not a.codes and not has_one_value(a)]
        self.usual = self._rows(cells_of)
        self.unusual = self._rows(unusual_cells_of)

    def _rows(self, cells: Any) -> st.SearchStrategy[Row]:
        drawn = st.fixed_dictionaries({axis.name: cells(axis) for axis in self.domain.axes})
        # In the spec's order, whatever order they were drawn in.
        return drawn.map(lambda row: {axis.name: row[axis.name] for axis in self.domain.axes})


def rows_of(network: Network) -> Rows:
    """What the rows of a network are drawn from."""
    return _rows_of(Same(network))


@lru_cache(maxsize=64)
def _rows_of(network: Same) -> Rows:
    return Rows(network.value)


def _any_two(draw: Draw, rows: Rows, row: Row, axis: Axis) -> tuple[float, float]:
    numbers = numbers_of(axis)
    first = draw(numbers)
    second = draw(numbers.filter(lambda number: number != first))
    return (first, second) if axis.codes else (min(first, second), max(first, second))


def _next_to(draw: Draw, rows: Rows, row: Row, axis: Axis) -> tuple[float, float]:
    return neighbours(axis, draw(numbers_of(axis)))


def _ends(draw: Draw, rows: Rows, row: Row, axis: Axis) -> tuple[float, float]:
    return axis.low, axis.high


def _beside_hinge(draw: Draw, rows: Rows, row: Row, axis: Axis) -> tuple[float, float]:
    """The values of an input on either side of some neuron's hinge; its ends if it meets none."""
    n_hinges = len(rows.probe.hinges)
    if n_hinges:
        hinge = draw(st.integers(0, n_hinges - 1))
        point = rows.domain.point({k: v for k, v in row.items() if v is not None})
        found = straddle(rows.probe, point, rows.domain.index[axis.name], hinge)
        if found is not None:
            return found
    return axis.low, axis.high
