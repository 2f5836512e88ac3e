"""One layer, to be walked forwards and backwards at many points at once.

Arrays hold units in rows and points in columns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.diagnostics import CannotError
from nnspec.functions.activations import ACTIVATIONS, DEFAULT_ACTIVATION
from nnspec.functions.aggregations import AGGREGATIONS, DEFAULT_AGGREGATION
from nnspec.functions.groups import GROUPS
from nnspec.program.compiled import CompiledLayer, CsrMatrix, Segment
from nnspec.program.reducing import REDUCING
from nnspec.program.slopes import slopes

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

MOST_WEIGHTS = 20_000_000
"""The most entries of one weight matrix that are held in memory, 0 where there is no synapse."""


@dataclass(frozen=True, eq=False)
class Neuron:
    """One neuron whose terms are not just summed: its row, its sources and weights."""

    row: int
    name: str
    sources: Ints
    weights: Floats


@dataclass(frozen=True, eq=False)
class Stage:
    """One layer.

    Parameters
    ----------
    layer
        What was compiled.
    first
        The index of its first unit.
    sums
        The weights of linear rows (sums and means), 0 elsewhere: (n_neurons, n_sources).
    others
        The rows that are not linear in their sources.
    """

    layer: CompiledLayer
    first: int
    sums: Floats
    others: tuple[Neuron, ...]

    @property
    def own(self) -> slice:
        """Its neurons among all units."""
        return slice(self.first, self.first + len(self.layer.neurons))

    @cached_property
    def each_once(self) -> bool:
        """Whether no source stands twice among the columns."""
        return len(np.unique(self.layer.sources)) == len(self.layer.sources)

    @cached_property
    def is_identity(self) -> bool:
        """Whether every row's activation is the identity."""
        return all(segment.is_identity for segment in self.layer.activations)

    @property
    def group_jumps(self) -> bool:
        """Whether a group acts whose results are constant between jumps."""
        return self.layer.group is not None and GROUPS[self.layer.group].jumps

    @cached_property
    def jumping(self) -> Ints:
        """Rows whose activation jumps; of a winner group, all."""
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
    def bent(self) -> NDArray[np.bool_]:
        """Which rows are not made of straight pieces."""
        bent = np.zeros(len(self.layer.neurons), dtype=np.bool_)
        bent[:] = self.layer.group is not None and not self.group_jumps
        for segment in self.layer.activations:
            bent[segment.rows] |= not ACTIVATIONS[segment.name].piecewise_linear
        for segment in self.layer.aggregations:
            bent[segment.rows] |= not AGGREGATIONS[segment.name].straight
        return bent

    @cached_property
    def linear(self) -> NDArray[np.bool_]:
        """Which rows are linear in their sources: sums and means, activated by the identity."""
        linear = np.zeros(len(self.layer.neurons), dtype=np.bool_)
        for segment in self.layer.activations:
            linear[segment.rows] = segment.is_identity
        linear[[one.row for one in self.others]] = False
        return linear & (self.layer.group is None)

    def terms(self, row: int, values: Floats) -> Floats:
        """Each source of a row times its weight: (n_sources, n_points)."""
        for one in self.others:
            if one.row == row:
                own = values[self.layer.sources[one.sources]]
                return np.asarray(one.weights[:, None] * own)
        return np.asarray(self.sums[row][:, None] * values[self.layer.sources])

    def pre_activations(self, values: Floats) -> Floats:
        """Every neuron's z."""
        x = values[self.layer.sources]
        z = self.sums @ x if x.size else np.zeros((len(self.layer.neurons), values.shape[1]))
        for one in self.others:
            z[one.row] = REDUCING[one.name].value(one.weights, x[one.sources])
        return np.asarray(z + self.layer.bias[:, None])

    def activations(self, z: Floats) -> Floats:
        """Every neuron's a, before any group acts."""
        if self.is_identity:
            return z
        a = np.empty_like(z)
        for segment in self.layer.activations:
            function = ACTIVATIONS[segment.name]
            a[segment.rows] = function.vector(np, z[segment.rows], **segment.parameters)
        return a

    def grouped(self, a: Floats) -> Floats:
        """What the group makes of them."""
        if self.layer.group is None:
            return a
        order = self.layer.group_order
        result = np.empty_like(a)
        result[order] = GROUPS[self.layer.group].vector(np, a[order])
        return result

    def through_activations(self, adjoint: Floats, z: Floats) -> Floats:
        """From the slope by each a to the slope by each z."""
        if self.is_identity:
            return adjoint
        result = np.zeros_like(adjoint)
        for segment in self.layer.activations:
            own = adjoint[segment.rows]
            if own.any():
                by_z = slopes(segment.name, segment.parameters, z[segment.rows])
                result[segment.rows] = np.where(own == 0, 0.0, own * by_z)
        return result

    def through_synapses(self, adjoint: Floats, values: Floats) -> Floats:
        """From the slope by each z to the slope by each source."""
        result = np.asarray(self.sums.T @ adjoint)
        for one in self.others:
            own = adjoint[one.row]
            if own.any():
                x = values[self.layer.sources[one.sources]]
                by_source = REDUCING[one.name].slope(one.weights, x)
                result[one.sources] += np.where(own == 0, 0.0, own * by_source)
        return result


def check_size(layer: CompiledLayer) -> None:
    """Refuse a layer that is too large.

    Raises
    ------
    CannotError
        If its weight matrix is.
    """
    n_rows, n_columns = layer.weights.shape
    if n_rows * n_columns > MOST_WEIGHTS:
        raise CannotError(
            f"layer {layer.name} has {n_rows:,} x {n_columns:,} weights; explanations take at "
            f"most {MOST_WEIGHTS:,}, gaps counted"
        )


def group_stage(layer: CompiledLayer, at: int) -> Stage:
    """What a group makes of its neurons, which are numbered from ``at``."""
    size = len(layer.neurons)
    rows = np.arange(size)
    own = replace(
        layer,
        sources=rows + at,
        bias=np.zeros(size),
        aggregations=(Segment(DEFAULT_AGGREGATION, {}, rows),),
        activations=(Segment(DEFAULT_ACTIVATION, {}, rows),),
    )
    return Stage(own, at + size, np.eye(size), ())


def plain_stage(layer: CompiledLayer, first: int) -> Stage:
    """A layer's neurons by themselves, numbered from ``first``."""
    dense = layer.weights.to_dense()
    sums = np.zeros_like(dense)
    others: list[Neuron] = []
    for segment in layer.aggregations:
        aggregation = AGGREGATIONS[segment.name]
        for row in segment.rows.tolist():
            columns = _columns(layer, row)
            if aggregation.is_sum:
                sums[row] = dense[row]
            elif aggregation.linear:
                sums[row] = dense[row] / max(len(columns), 1)
            else:
                others.append(Neuron(row, segment.name, columns, dense[row, columns]))
    return Stage(layer, first, sums, tuple(others))


def _columns(layer: CompiledLayer, row: int) -> Ints:
    """The columns in which a row has synapses."""
    matrix: Any = layer.weights
    if isinstance(matrix, CsrMatrix):
        return matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
    return np.arange(matrix.shape[1])
