"""NetworkSpec -> CompiledNetwork."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nnspec.diagnostics import SpecError, errors
from nnspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.program.compiled import (
    CompiledLayer,
    CompiledNetwork,
    CsrMatrix,
    DenseMatrix,
    Matrix,
    Segment,
)
from nnspec.spec.model import BulkLayer, NetworkSpec
from nnspec.spec.resolved import ResolvedActivation, ResolvedLayer, ResolvedNeuron, resolve
from nnspec.validation import check
from nnspec.weights.arrays import bias_array, matrix_arrays

T = TypeVar("T", bound=np.generic)

DENSE_FROM = 0.5
"""Density from which a matrix of sums is stored whole: a gap then costs less than an index."""


def compile_network(spec: NetworkSpec, limits: Limits = DEFAULT_LIMITS) -> CompiledNetwork:
    """Compile a spec into arrays.

    Raises
    ------
    SpecError
        If the spec has errors; its ``diagnostics`` say all that was found.
    """
    found = check(spec, limits)
    if errors(found):
        raise SpecError(found)
    return compile_checked(spec)


def compile_checked(spec: NetworkSpec) -> CompiledNetwork:
    """Compile a spec that is known to have no errors."""
    units: list[str] = [unit for item in spec.inputs for unit in item.units]
    for layer in spec.layers:
        units.extend(layer.neuron_names)
    index = {name: i for i, name in enumerate(units)}
    return CompiledNetwork(
        name=spec.name,
        inputs=spec.inputs,
        layers=tuple(
            [
                _named_layer(layer, index)
                if layer.matrix is None
                else _bulk_layer(layer, layer.matrix, index)
                for layer in resolve(spec).layers
            ]
        ),
        outputs=spec.output_names,
        units=tuple(units),
        index=index,
    )


def _named_layer(layer: ResolvedLayer, index: Mapping[str, int]) -> CompiledLayer:
    neurons = list(layer.neurons())
    aggregations = _segments([(neuron.aggregation.name, {}) for neuron in neurons])
    # Columns in the order of their names are in the order in which synapses are summed.
    sources = sorted({synapse[0] for neuron in neurons for synapse in neuron.synapses})
    return CompiledLayer(
        name=layer.name,
        neurons=layer.neuron_names,
        sources=_frozen(np.array([index[name] for name in sources], dtype=np.int64)),
        weights=_stored(_named_matrix(neurons, sources), only_sums=_only_sums(aggregations)),
        bias=_frozen(np.array([neuron.bias for neuron in neurons], dtype=np.float64)),
        aggregations=aggregations,
        activations=_segments([_function(neuron.activation) for neuron in neurons]),
        group=layer.group,
        group_order=_frozen(np.array(layer.group_order, dtype=np.int64)),
    )


def _named_matrix(neurons: Sequence[ResolvedNeuron], sources: Sequence[str]) -> CsrMatrix:
    column = {name: i for i, name in enumerate(sources)}
    data: list[float] = []
    indices: list[int] = []
    indptr = [0]
    for neuron in neurons:
        for source, weight, _ in neuron.synapses:
            indices.append(column[source])
            data.append(weight)
        indptr.append(len(data))
    return CsrMatrix(
        _frozen(np.array(data, dtype=np.float64)),
        _frozen(np.array(indices, dtype=np.int64)),
        _frozen(np.array(indptr, dtype=np.int64)),
        len(sources),
    )


def _stored(matrix: CsrMatrix, *, only_sums: bool) -> Matrix:
    """Dense where it is full, or nearly so and a gap may be filled with a weight of 0."""
    n_rows, n_columns = matrix.shape
    full = matrix.n_synapses == n_rows * n_columns
    if full or (only_sums and matrix.n_synapses >= DENSE_FROM * n_rows * n_columns):
        return DenseMatrix(_frozen(matrix.to_dense()))
    return matrix


def _bulk_layer(layer: ResolvedLayer, given: BulkLayer, index: Mapping[str, int]) -> CompiledLayer:
    sources = [index[name] for name in layer.columns]
    aggregations = _one_segment((layer.aggregation.name, {}), given.size)
    arrays = matrix_arrays(given, len(sources))
    weights: Matrix
    if arrays.indices is None or arrays.indptr is None:
        weights = DenseMatrix(_frozen(arrays.data))
    else:
        parts = _frozen(arrays.data), _frozen(arrays.indices), _frozen(arrays.indptr)
        weights = _stored(CsrMatrix(*parts, len(sources)), only_sums=_only_sums(aggregations))
    return CompiledLayer(
        name=layer.name,
        neurons=layer.neuron_names,
        sources=_frozen(np.array(sources, dtype=np.int64)),
        weights=weights,
        bias=_frozen(bias_array(given, layer.parameters)),
        aggregations=aggregations,
        activations=_one_segment(_function(layer.activation), given.size),
        group=layer.group,
        group_order=_frozen(np.array(layer.group_order, dtype=np.int64)),
    )


def _function(activation: ResolvedActivation) -> tuple[str, Mapping[str, Any]]:
    return activation.function.name, activation.parameters


def _frozen(array: NDArray[T]) -> NDArray[T]:
    array.setflags(write=False)
    return array


def _segments(functions: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[Segment, ...]:
    """Rows brought together by their function, in the order of name and parameters."""
    rows: dict[tuple[str, str], list[int]] = {}
    parameters: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row, (name, given) in enumerate(functions):
        key = name, repr(sorted(given.items())) if given else ""
        rows.setdefault(key, []).append(row)
        parameters.setdefault(key, given)
    return tuple(
        [
            Segment(key[0], parameters[key], _frozen(np.array(rows[key], dtype=np.int64)))
            for key in sorted(rows)
        ]
    )


def _one_segment(function: tuple[str, Mapping[str, Any]], size: int) -> tuple[Segment, ...]:
    """All rows of a layer, whose function is one."""
    rows = np.arange(size, dtype=np.int64)
    return (Segment(*function, _frozen(rows)),) if size else ()


def _only_sums(segments: Sequence[Segment]) -> bool:
    return all(AGGREGATIONS[s.name].is_sum for s in segments)
