"""A compiled network as one program over arrays: to be walked at many points, or boxes, at once.

Arrays hold units in rows and points (or boxes) in columns. The walks are beside this module:
:mod:`forward <nnspec.program.forward>`, :mod:`adjoint <nnspec.program.adjoint>`, and over boxes
:mod:`intervals <nnspec.program.intervals>` and :mod:`slope_intervals
<nnspec.program.slope_intervals>`. A unit is whatever has a number of its own: what synapses see of
an input, a neuron before its group and after it, and one day a state that a delay keeps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.diagnostics import CannotError
from nnspec.functions.activations import ACTIVATIONS, DEFAULT_ACTIVATION
from nnspec.functions.aggregations import AGGREGATIONS, DEFAULT_AGGREGATION, Aggregation
from nnspec.functions.groups import GROUPS
from nnspec.program.compiled import CompiledLayer, CompiledNetwork, Segment

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

MOST_WEIGHTS = 20_000_000
"""The most entries of one weight matrix that are held in memory, 0 where there is no synapse."""


def is_as_written(number: float) -> bool:
    """Whether the shortest decimal that reads as a double, which an author wrote, is that double.

    Examples
    --------
    >>> is_as_written(0.5), is_as_written(0.1)
    (True, False)
    """
    return number.is_integer() or Decimal(repr(number)) == Decimal(number)


def written_ends(numbers: Floats) -> tuple[Floats, Floats]:
    """Between which doubles the decimals lie that were written for numbers, and these themselves.

    Examples
    --------
    >>> low, high = written_ends(np.array([0.5, 0.1]))
    >>> low < [0.5, 0.1], high > [0.5, 0.1]
    (array([False,  True]), array([False,  True]))
    """
    exact = np.array([is_as_written(x) for x in numbers.ravel().tolist()], dtype=np.bool_)
    exact = exact.reshape(numbers.shape)
    down, up = np.nextafter(numbers, -np.inf), np.nextafter(numbers, np.inf)
    return np.where(exact, numbers, down), np.where(exact, numbers, up)


@dataclass(frozen=True, eq=False)
class Gathered:
    """One neuron whose terms are not just summed: its row, its columns and their weights."""

    row: int
    aggregation: Aggregation
    columns: Ints
    weights: Floats

    @cached_property
    def weight_ends(self) -> tuple[Floats, Floats]:
        """The weights as they were written, each a row: shapes (n, 1)."""
        return written_ends(self.weights[:, None])


@dataclass(frozen=True, eq=False)
class Tier:
    """Units that are worked out together: a layer's neurons, or what a group makes of them.

    Parameters
    ----------
    layer
        What was compiled; its sources are numbered as the program numbers units.
    first
        The number of its first unit.
    weights
        The weights of linear rows (sums and means), 0 elsewhere: (n_neurons, n_sources).
    gathered
        The rows that are not linear in their sources.
    """

    layer: CompiledLayer
    first: int
    weights: Floats
    gathered: tuple[Gathered, ...]

    @property
    def own(self) -> slice:
        """Its neurons among all units."""
        return slice(self.first, self.first + len(self.layer.neurons))

    def sources(self, one: Gathered) -> Ints:
        """The units that a gathered neuron reads."""
        return self.layer.sources[one.columns]

    @cached_property
    def bias_ends(self) -> tuple[Floats, Floats]:
        """The biases as they were written: shapes (n_neurons, 1)."""
        return written_ends(self.layer.bias[:, None])

    @cached_property
    def whole_rows(self) -> Bools:
        """Rows whose weights are whole numbers, the sums of which are exact for whole sources."""
        return np.asarray((self.weights == np.rint(self.weights)).all(axis=1))

    @cached_property
    def each_once(self) -> bool:
        """Whether no source stands twice among the columns."""
        return len(np.unique(self.layer.sources)) == len(self.layer.sources)

    @cached_property
    def identity(self) -> Bools:
        """Which rows' activation is the identity."""
        found = np.zeros(len(self.layer.neurons), dtype=np.bool_)
        for segment in self.layer.activations:
            found[segment.rows] = segment.is_identity
        return found

    @cached_property
    def activation_of(self) -> dict[int, Segment]:
        """Each row's activation."""
        return {row: s for s in self.layer.activations for row in s.rows.tolist()}

    @property
    def group_jumps(self) -> bool:
        """Whether a group acts whose results are constant between jumps."""
        return self.layer.group is not None and GROUPS[self.layer.group].jumps

    @cached_property
    def jumping(self) -> Ints:
        """Rows that jump: all, where a group's results do; else those whose activation does."""
        if self.group_jumps:
            return np.arange(len(self.layer.neurons))
        rows = [s.rows for s in self.layer.activations if ACTIVATIONS[s.name].jumps(**s.parameters)]
        return np.concatenate([*rows, np.empty(0, dtype=np.int64)]).astype(np.int64)

    @cached_property
    def hinges(self) -> tuple[tuple[int, float], ...]:
        """Each row's hinges: (row, z)."""
        return tuple(
            (row, hinge)
            for segment in self.layer.activations
            for hinge in ACTIVATIONS[segment.name].hinges(**segment.parameters)
            for row in segment.rows.tolist()
        )

    @cached_property
    def bent(self) -> Bools:
        """Which rows are not made of straight pieces."""
        bends = self.layer.group is not None and not self.group_jumps
        bent = np.full(len(self.layer.neurons), bends, dtype=np.bool_)
        for segment in self.layer.activations:
            bent[segment.rows] |= not ACTIVATIONS[segment.name].piecewise_linear
        for segment in self.layer.aggregations:
            bent[segment.rows] |= not AGGREGATIONS[segment.name].straight
        return bent

    @cached_property
    def linear(self) -> Bools:
        """Which rows are linear in their sources: sums and means, activated by the identity."""
        linear = self.identity & (self.layer.group is None)
        linear[[one.row for one in self.gathered]] = False
        return linear

    def read(self, rows: Bools) -> Ints:
        """The units that some rows read."""
        columns = (self.weights[rows] != 0).any(axis=0)
        for one in self.gathered:
            columns[one.columns] |= rows[one.row]
        return np.asarray(self.layer.sources[columns])


@dataclass(frozen=True, eq=False)
class Program:
    """A network, tier by tier.

    A layer with a group is two tiers: its neurons by themselves, then what the group makes of
    them. Units are numbered anew, so that the former have numbers too.

    Parameters
    ----------
    network
        What was compiled.
    tiers
        In order of evaluation.
    number
        Every unit's number, by name.
    n_units
        How many numbers there are.
    """

    network: CompiledNetwork
    tiers: tuple[Tier, ...]
    number: dict[str, int]
    n_units: int

    @classmethod
    def of(cls, network: CompiledNetwork) -> Program:
        """Prepare a network.

        Raises
        ------
        CannotError
            If a weight matrix is too large.
        """
        tiers: list[Tier] = []
        numbers = np.arange(len(network.units))
        at, known = network.n_input_units, network.n_input_units
        for layer in network.layers:
            size = len(layer.neurons)
            for tier in _tiers(replace(layer, sources=numbers[layer.sources]), at):
                tiers.append(tier)
                at += size
            numbers[known : known + size] = np.arange(at - size, at)
            known += size
        number = dict(zip(network.units, numbers.tolist(), strict=True))
        return cls(network, tuple(tiers), number, at)

    def tier_of(self, unit: int) -> int:
        """The tier in which a unit stands."""
        for index, tier in enumerate(self.tiers):
            if tier.own.start <= unit < tier.own.stop:
                return index
        raise KeyError(unit)

    def neurons_of(self, unit: int) -> int:
        """The tier of a unit's own synapses: before its group, if it has one."""
        index = self.tier_of(unit)
        return index if self.tiers[index].layer.group is None else index - 1

    def leading_to(self, unit: int) -> Bools:
        """The units that a unit depends on, itself included: shape (n_units,)."""
        leading = np.zeros(self.n_units, dtype=np.bool_)
        leading[unit] = True
        for tier in reversed(self.tiers):
            own = leading[tier.own]
            if own.any():
                # What a group makes of one neuron depends on them all.
                leading[tier.read(own | (tier.layer.group is not None))] = True
        return leading


def _tiers(layer: CompiledLayer, at: int) -> Iterator[Tier]:
    """A layer's neurons by themselves, numbered from ``at``, and what its group makes of them."""
    yield _neurons(replace(layer, group=None), at)
    if layer.group is not None:
        size = len(layer.neurons)
        rows = np.arange(size)
        own = replace(
            layer,
            sources=rows + at,
            bias=np.zeros(size),
            aggregations=(Segment(DEFAULT_AGGREGATION, {}, rows),),
            activations=(Segment(DEFAULT_ACTIVATION, {}, rows),),
        )
        yield Tier(own, at + size, np.eye(size), ())


def _neurons(layer: CompiledLayer, first: int) -> Tier:
    n_rows, n_columns = layer.weights.shape
    if n_rows * n_columns > MOST_WEIGHTS:
        raise CannotError(
            f"layer {layer.name} has {n_rows:,} x {n_columns:,} weights; explanations take at "
            f"most {MOST_WEIGHTS:,}, gaps counted"
        )
    dense = layer.weights.to_dense()
    weights = np.zeros_like(dense)
    gathered: list[Gathered] = []
    for segment in layer.aggregations:
        aggregation = AGGREGATIONS[segment.name]
        for row in segment.rows.tolist():
            columns, own = layer.weights.row(row)
            if not aggregation.linear:
                gathered.append(Gathered(row, aggregation, columns, own))
            elif aggregation.is_sum:
                weights[row] = dense[row]
            else:
                weights[row] = dense[row] / max(len(columns), 1)
    return Tier(layer, first, weights, tuple(gathered))
