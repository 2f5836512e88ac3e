"""Strategies for the rows of one network: within the declared ranges, and where faults sit."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from nnspec.claims.domain import Axis, Domain
from nnspec.claims.search.probe import Probe
from nnspec.network import Network
from nnspec.spec.model import category_text
from nnspec.testing.arguments import AnyNetwork, Same, When, as_input, as_network, as_when
from nnspec.testing.strategies.aims import alone, at_the_ends, beside, straddle
from nnspec.testing.strategies.axes import cell, cells_of, has_one_value, next_cell
from nnspec.testing.strategies.parts import Draw
from nnspec.testing.strategies.shared_columns import column_axes

Row: TypeAlias = dict[str, Any]
"""A value for each input, by name, in the table's own units; None where it is missing."""

Cells: TypeAlias = dict[str, st.SearchStrategy[Any]]
"""For each input, what its cell is drawn from, in the spec's order."""

PATTERNS = st.integers(0, 2**64 - 1)
"""What is aimed at, as one number: 0 at nothing, so that rows shrink to plain ones."""


def inputs(
    network: AnyNetwork, *, unusual: bool | None = None, when: When | None = None
) -> st.SearchStrategy[Row]:
    """Rows within the declared ranges: a value for each input, by name.

    Half of them are like any other. The rest are where faults sit: at the ends of ranges and just
    inside, and where a neuron's activation has its hinge: the last value before it, the first
    behind, and a round step beyond. They shrink toward 0, or the end of the range that is nearest
    to it, and toward the category that is listed first.

    Parameters
    ----------
    network
        The network, its spec, or the path of its file.
    unusual
        False: rows like any other only. True: besides, give a category by its text, and None, a
        missing value, for inputs that have a stand-in.
    when
        Narrows the declared ranges: by input, an interval ``(low, high)``, with None for an open
        side, or the list of a category's values.

    Notes
    -----
    An input without a range, or with one that is open on a side, is drawn as far as
    ``nnspec test`` searches it: a million beyond its other end or zero, or ten times as far as
    the network's hinges.

    Examples
    --------
    >>> strategy = inputs("specs/xor.yaml", when={"a": [True]})
    """
    return RowsOf(network, unusual, when)


@st.composite
def pairs(
    draw: Draw,
    network: AnyNetwork,
    input: str,  # noqa: A002 -- the format's own word
    *,
    unusual: bool | None = None,
    when: When | None = None,
) -> tuple[Row, Row]:
    """Two rows that differ in one input alone, the smaller value first.

    Many of them are neighbours, both ends of the range, or lie on either side of a neuron's hinge;
    the other inputs are as :func:`inputs` gives them.

    Parameters
    ----------
    network
        The network, its spec, or the path of its file.
    input
        The name of the input in which they differ. A category has no smaller value: the two come
        in any order.
    unusual, when
        As for :func:`inputs`.

    Examples
    --------
    >>> strategy = pairs("specs/xor.yaml", "a")
    """
    compiled = as_network(network)
    name = as_input(compiled, input).name
    rows = rows_of(compiled, when)
    axis = rows.domain.axes[rows.domain.index[name]]
    if has_one_value(axis):
        raise InvalidArgument(f"{name} has one value only: no two rows can differ in it")
    row = drawn_row(draw, rows, unusual)
    first, second = _two_cells(draw, rows, row, axis, aimed=unusual is not False)
    return {**row, name: first}, {**row, name: second}


class RowsOf(st.SearchStrategy[Row]):
    """The strategy of :func:`inputs`.

    A class of its own, and no composite: of a row of four cells those cost a sixth of the time.
    """

    def __init__(self, network: AnyNetwork, unusual: bool | None, when: When | None) -> None:
        super().__init__()
        self.network = network
        self.unusual = unusual
        self.when = when

    def __repr__(self) -> str:
        said = [repr(self.network)]
        said += [] if self.unusual is None else [f"unusual={self.unusual}"]
        said += [] if self.when is None else [f"when={self.when}"]
        return f"inputs({', '.join(said)})"

    def do_draw(self, data: Any) -> Row:
        """One row; what is wrong with the arguments is said when the first is drawn."""
        return drawn_row(data.draw, rows_of(as_network(self.network), self.when), self.unusual)


def drawn_row(draw: Draw, rows: Rows, unusual: bool | None, *, texts: bool = True) -> Row:
    """A row; what it is aimed at is told by one number, drawn before its cells.

    Whatever that is, the cells are drawn one after the other, each as a number of its own type: so
    Hypothesis may set the number to 0, and the cells stay what they were.
    """
    if unusual is False:
        return {name: draw(cells) for name, cells in rows.cells.items()}
    pattern, kind = divmod(draw(PATTERNS), len(rows.kinds))
    choose, is_moved = rows.kinds[kind]
    row = {name: draw(aimed) for name, aimed in choose(rows, pattern).items()}
    if is_moved:
        _move_to_hinge(draw, rows, row, pattern)
    for axis in rows.domain.axes if unusual else ():
        pattern, digit = divmod(pattern, 8)
        if digit == 7 and axis.input.missing is not None:
            row[axis.name] = None
        elif texts and digit >= 4 and axis.codes:
            # In a table that is read as text, True is "true" and 2.0 is "2".
            row[axis.name] = category_text(row[axis.name])
    return row


def _move_to_hinge(draw: Draw, rows: Rows, row: Row, pattern: int) -> None:
    """Move one input of a row to where, with the others as they are, a neuron has its hinge."""
    pattern, at = divmod(pattern, len(rows.several))
    hinge, axes = rows.several[at]
    pattern, at = divmod(pattern, len(axes))
    between = (
        None
        if rows.probe is None
        else straddle(rows.probe, rows.domain.point(row), axes[at], hinge)
    )
    if between is not None:
        axis = rows.domain.axes[axes[at]]
        aims = beside(axis, *between)
        row[axis.name] = draw(aims[pattern % len(aims)])


class Rows:
    """What the rows of a network are drawn from, made once for each network.

    Parameters
    ----------
    domain
        Where the rows lie.
    probe
        What tells where neurons have their hinges; None where no hinge is to be aimed at.
    """

    def __init__(self, domain: Domain, probe: Probe | None) -> None:
        self.domain = domain
        self.probe = probe
        self.cells: Cells = {axis.name: cells_of(axis) for axis in domain.axes}
        near = [(axis.name, at_the_ends(axis)) for axis in domain.axes]
        self.ends = [(name, aims) for name, aims in near if aims]
        movable = np.array([not (a.codes or has_one_value(a)) for a in domain.axes])
        reach = np.empty((0, 0)) if probe is None else probe.supports & movable
        self.met = [(hinge, np.flatnonzero(row).tolist()) for hinge, row in enumerate(reach)]
        """Each hinge, and the axes along which it may be met."""
        self.alone: dict[str, list[list[st.SearchStrategy[Any]]]] = {}
        """By input, for each hinge that it meets alone, cells about it."""
        for i, aims in [] if probe is None else alone(probe):
            self.alone.setdefault(domain.axes[i].name, []).append(aims)
        self.several = [(hinge, axes) for hinge, axes in self.met if len(axes) > 1]
        """Those that are met along several inputs."""
        self.kinds: list[tuple[Callable[[Rows, int], Cells], bool]] = [
            *[(_plain, False)] * 3,
            *[(_about_hinges, False)] * 3 * bool(self.alone),
            *[(_toward_ends, False)] * 2 * bool(self.ends),
            *[(_plain, True)] * 2 * bool(self.several),
        ]
        """What rows are aimed at, each as likely as the next, and whether they are moved then."""


def _plain(rows: Rows, pattern: int) -> Cells:
    """Cells like any other."""
    return rows.cells


def _toward_ends(rows: Rows, pattern: int) -> Cells:
    """Cells of which every other is near an end of its range."""
    cells = dict(rows.cells)
    for name, near in rows.ends:
        pattern, digit = divmod(pattern, 2 * len(near))
        if digit < len(near):
            cells[name] = near[digit]
    return cells


def _about_hinges(rows: Rows, pattern: int) -> Cells:
    """Cells of which most are about a hinge, where their input meets one alone."""
    cells = dict(rows.cells)
    for name, hinges in rows.alone.items():
        pattern, is_aimed = divmod(pattern, 4)
        pattern, hinge = divmod(pattern, len(hinges))
        pattern, aim = divmod(pattern, len(hinges[hinge]))
        if is_aimed:
            cells[name] = hinges[hinge][aim]
    return cells


def rows_of(network: Network, when: When | None = None, *, by_column: bool = False) -> Rows:
    """What the rows of a network are drawn from; of its table, where inputs share columns."""
    narrowed = as_when(network, when)
    return _rows_of(Same(network), tuple(narrowed.items()), by_column)


@lru_cache(maxsize=64)
def _rows_of(network: Same, when: tuple[tuple[str, Any], ...], by_column: bool) -> Rows:
    domain = Domain.of(network.value.spec, dict(when))
    if by_column:
        axes = column_axes(domain)
        if len(axes) < len(domain.axes):
            return Rows(Domain(tuple(axes.values())), None)
    return Rows(domain, Probe(network.value, domain, ()))


def _two_cells(draw: Draw, rows: Rows, row: Row, axis: Axis, *, aimed: bool) -> tuple[Any, Any]:
    """Two values of an input: any, neighbours, both ends, or on either side of a hinge."""
    pattern = draw(PATTERNS) if aimed and not axis.codes else 0
    pattern, kind = divmod(pattern, 4)
    first_of = second_of = rows.cells[axis.name]
    if kind == 2:
        return cell(axis, axis.low), cell(axis, axis.high)
    if kind == 3:
        between = _some_hinge(rows, row, axis, pattern)
        if between is not None:
            aims = beside(axis, *between)
            if pattern % 2:
                return cell(axis, between[0]), cell(axis, between[1])
            first_of = second_of = aims[pattern // 2 % len(aims)]
    first = draw(first_of)
    second = next_cell(axis, first) if kind == 1 else draw(second_of)
    if first == second:
        if axis.codes:
            others = [axis.input.categories[code] for code in axis.codes]
            second = next(value for value in others if category_text(value) != category_text(first))
        else:
            second = next_cell(axis, first)
    return (first, second) if axis.codes else (min(first, second), max(first, second))


def _some_hinge(rows: Rows, row: Row, axis: Axis, pattern: int) -> tuple[float, float] | None:
    """The values of an input on either side of some neuron's hinge."""
    i = rows.domain.index[axis.name]
    hinges = [hinge for hinge, axes in rows.met if i in axes]
    if not hinges or rows.probe is None:
        return None
    return straddle(rows.probe, rows.domain.point(row), i, hinges[pattern // 64 % len(hinges)])
