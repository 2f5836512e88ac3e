"""NetworkSpec -> CompiledNetwork."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nnspec.diagnostics import SpecError, errors
from nnspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from nnspec.functions.activations import find, with_defaults
from nnspec.functions.aggregations import AGGREGATIONS, DEFAULT_AGGREGATION
from nnspec.functions.groups import GROUPS
from nnspec.program.compiled import (
    CompiledLayer,
    CompiledNetwork,
    CsrMatrix,
    DenseMatrix,
    Floats,
    Ints,
    Matrix,
    Segment,
)
from nnspec.spec.model import (
    Activation,
    BulkLayer,
    DenseWeights,
    FileWeights,
    Layer,
    NetworkSpec,
    Neuron,
    SparseWeights,
    Weight,
)
from nnspec.spec.topology import Wiring
from nnspec.validation import check
from nnspec.weights.tensors import CsrTensor, DenseTensor

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
    wiring = Wiring(spec)
    units: list[str] = [unit for item in spec.inputs for unit in item.units]
    for layer in spec.layers:
        units.extend(layer.neuron_names)
    index = {name: i for i, name in enumerate(units)}
    return CompiledNetwork(
        name=spec.name,
        inputs=spec.inputs,
        layers=tuple(
            [
                _bulk_layer(layer, wiring, index)
                if isinstance(layer, BulkLayer)
                else _named_layer(layer, wiring, index)
                for layer in spec.layers
            ]
        ),
        outputs=spec.output_names,
        units=tuple(units),
        index=index,
    )


def _named_layer(layer: Layer, wiring: Wiring, index: Mapping[str, int]) -> CompiledLayer:
    neurons = layer.neurons
    aggregations = _segments(
        [(_aggregation(layer, neuron), {}) for neuron in neurons],
    )
    sources = sorted({synapse.source for neuron in neurons for synapse in neuron.synapses})
    return CompiledLayer(
        name=layer.name,
        neurons=layer.neuron_names,
        sources=_frozen(np.array([index[name] for name in sources], dtype=np.int64)),
        weights=_named_matrix(neurons, sources, wiring, only_sums=_only_sums(aggregations)),
        bias=_biases(
            wiring.value(layer.bias if neuron.bias is None else neuron.bias) for neuron in neurons
        ),
        aggregations=aggregations,
        activations=_segments(
            [_activation(n.activation if n.activation is not None else layer.activation)
             for n in neurons]
        ),
        group=layer.group,
        group_order=_group_order(layer.group, layer.neuron_names),
    )  # fmt: skip


def _named_matrix(
    neurons: Sequence[Neuron], sources: Sequence[str], wiring: Wiring, *, only_sums: bool
) -> Matrix:
    column = {name: i for i, name in enumerate(sources)}
    data: list[float] = []
    indices: list[int] = []
    indptr = [0]
    for neuron in neurons:
        for at, weight in sorted([(column[s], w) for s, w in neuron.synapses], key=_first):
            indices.append(at)
            data.append(_number(wiring, weight))
        indptr.append(len(data))
    matrix = CsrMatrix(
        _frozen(np.array(data, dtype=np.float64) + 0.0),
        _frozen(np.array(indices, dtype=np.int64)),
        _frozen(np.array(indptr, dtype=np.int64)),
        len(sources),
    )
    return _stored(matrix, only_sums=only_sums)


def _first(pair: tuple[int, Weight]) -> int:
    return pair[0]


def _number(wiring: Wiring, weight: Weight) -> float:
    return float(weight) if not isinstance(weight, str) else float(wiring.spec.parameters[weight])


def _stored(matrix: CsrMatrix, *, only_sums: bool) -> Matrix:
    """Dense where it is full, or nearly so and a gap may be filled with a weight of 0."""
    n_rows, n_columns = matrix.shape
    full = matrix.n_synapses == n_rows * n_columns
    if full or (only_sums and matrix.n_synapses >= DENSE_FROM * n_rows * n_columns):
        return DenseMatrix(_frozen(matrix.to_dense()))
    return matrix


def _bulk_layer(layer: BulkLayer, wiring: Wiring, index: Mapping[str, int]) -> CompiledLayer:
    sources = [index[name] for name in wiring.columns(layer.sources)]
    aggregations = _one_segment((layer.aggregation or DEFAULT_AGGREGATION, {}), layer.size)
    return CompiledLayer(
        name=layer.name,
        neurons=layer.neuron_names,
        sources=_frozen(np.array(sources, dtype=np.int64)),
        weights=_bulk_matrix(layer, len(sources), only_sums=_only_sums(aggregations)),
        bias=_bulk_biases(layer, wiring),
        aggregations=aggregations,
        activations=_one_segment(_activation(layer.activation), layer.size),
        group=layer.group,
        group_order=_frozen(np.arange(layer.size)),
    )


def _bulk_matrix(layer: BulkLayer, n_columns: int, *, only_sums: bool) -> Matrix:
    if isinstance(layer.weights, DenseWeights):
        rows = np.array(layer.weights.rows, dtype=np.float64).reshape(layer.size, n_columns)
        return DenseMatrix(_frozen(rows + 0.0))
    if isinstance(layer.weights, SparseWeights):
        entries = np.array(layer.weights.entries, dtype=np.float64).reshape(-1, 3)
        row, column = entries[:, 0].astype(np.int64), entries[:, 1].astype(np.int64)
        order = np.lexsort((column, row))
        counts = np.bincount(row, minlength=layer.size)
        indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        matrix = CsrMatrix(
            _frozen(entries[order, 2] + 0.0),
            _frozen(column[order]),
            _frozen(indptr),
            n_columns,
        )
        return _stored(matrix, only_sums=only_sums)
    return _stored_matrix(layer, n_columns, only_sums=only_sums)


def _stored_matrix(layer: BulkLayer, n_columns: int, *, only_sums: bool) -> Matrix:
    """The matrix of a weight file: the mapped numbers themselves where they need no change."""
    values = layer.weights.values if isinstance(layer.weights, FileWeights) else None
    if isinstance(values, DenseTensor):
        return DenseMatrix(_frozen(values.array.floats()))
    if isinstance(values, CsrTensor):
        matrix = CsrMatrix(_frozen(values.data.floats()), values.indices, values.indptr, n_columns)
        return _stored(matrix, only_sums=only_sums)
    raise ValueError(f"the weight file of layer {layer.name!r} was not opened")  # NS602 says so


def _bulk_biases(layer: BulkLayer, wiring: Wiring) -> Floats:
    if isinstance(layer.bias, tuple):
        return _biases(layer.bias)
    if isinstance(layer.bias, FileWeights):
        if not isinstance(layer.bias.values, DenseTensor):
            raise ValueError(f"the biases of layer {layer.name!r} were not opened")
        return _frozen(layer.bias.values.array.floats())
    value = layer.bias if isinstance(layer.bias, str | int | float) else None
    return _biases([wiring.value(value)] * layer.size)


def _biases(values: Iterable[float | None]) -> Floats:
    # Adding 0.0 turns -0.0 into 0.0: a sum then never is -0.0, with or without filled gaps.
    return _frozen(np.array([0.0 if v is None else v for v in values], dtype=np.float64) + 0.0)


def _frozen(array: NDArray[T]) -> NDArray[T]:
    array.setflags(write=False)
    return array


def _aggregation(layer: Layer, neuron: Neuron) -> str:
    if neuron.aggregation is not None:
        return neuron.aggregation
    return DEFAULT_AGGREGATION if layer.aggregation is None else layer.aggregation


def _activation(activation: Activation | None) -> tuple[str, Mapping[str, Any]]:
    """An activation's own name and all of its parameters."""
    function = find("identity" if activation is None else activation.name)
    if function is None:
        raise ValueError(f"unknown activation {activation!r}")  # the rules refuse it before
    given = {} if activation is None else activation.parameters
    return function.name, with_defaults(function, given)


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
    return all(AGGREGATIONS[s.name].reducer == "add" and s.name == "sum" for s in segments)


def _group_order(group: str | None, names: Sequence[str]) -> Ints:
    rows = range(len(names))
    by_name = group is not None and GROUPS[group].order == "name"
    ordered = sorted(rows, key=names.__getitem__) if by_name else list(rows)
    return _frozen(np.array(ordered, dtype=np.int64))
