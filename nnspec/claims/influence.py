"""What depends on what: inputs that reach a neuron, and neurons that reach what a claim names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.program.compiled import CompiledLayer, CompiledNetwork, DenseMatrix

Booleans = NDArray[np.bool_]


def upstream(network: CompiledNetwork, names: Iterable[str]) -> Booleans:
    """The units on which some neurons depend, themselves included; shape (n_units,)."""
    needed = np.zeros(len(network.units), dtype=np.bool_)
    needed[[network.index[name] for name in names]] = True
    for layer in reversed(network.layers):
        own = _own(network, layer)
        if layer.group is not None and needed[own].any():
            needed[own] = True
        targets = np.flatnonzero(needed[own])
        rows, columns = _synapses(layer)
        needed[layer.sources[columns[np.isin(rows, targets)]]] = True
    return needed


def supports(network: CompiledNetwork, units: Sequence[int]) -> Booleans:
    """The inputs on which units may depend, shape (len(units), n_inputs)."""
    counts = [len(item.units) for item in network.inputs]
    reached = np.zeros((len(network.units), len(counts)), dtype=np.bool_)
    reached[np.arange(sum(counts)), np.repeat(np.arange(len(counts)), counts)] = True
    for layer in network.layers:
        own = _own(network, layer)
        rows, columns = _synapses(layer)
        np.logical_or.at(reached, own.start + rows, reached[layer.sources[columns]])
        if layer.group is not None:
            reached[own] = reached[own].any(axis=0)
    return reached[list(units)]


def _own(network: CompiledNetwork, layer: CompiledLayer) -> slice:
    first = network.index[layer.neurons[0]] if layer.neurons else 0
    return slice(first, first + len(layer.neurons))


def _synapses(layer: CompiledLayer) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of a layer's synapses; a weight of 0 counts where it may matter."""
    matrix = layer.weights
    if isinstance(matrix, DenseMatrix):
        counted = matrix.array != 0
        for segment in layer.aggregations:
            if AGGREGATIONS[segment.name].heeds_zero:
                counted[segment.rows] = True
        rows, columns = np.nonzero(counted)
        return rows, columns
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)), matrix.indices
