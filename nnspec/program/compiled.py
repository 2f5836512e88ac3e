"""The compiled network: weight matrices and biases as arrays, and who is who among them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.spec.model import Input

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class DenseMatrix:
    """A weight matrix with an entry for every pair: ``array`` of shape (n_targets, n_sources)."""

    array: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """(n_targets, n_sources)."""
        return self.array.shape[0], self.array.shape[1]

    @property
    def n_synapses(self) -> int:
        """How many entries are synapses; an entry of 0 that fills a gap is none."""
        return int(np.count_nonzero(self.array))

    @property
    def numbers(self) -> Floats:
        """Every number that it keeps, in any shape."""
        return self.array

    def row(self, index: int) -> tuple[Ints, Floats]:
        """A target's columns, rising, and its entries in them."""
        return np.arange(self.array.shape[1]), self.array[index]

    def to_dense(self) -> Floats:
        """The matrix as an array of shape (n_targets, n_sources)."""
        return self.array


@dataclass(frozen=True, eq=False)
class CsrMatrix:
    """A weight matrix that lists its synapses only, in SciPy's compressed sparse rows.

    Row i's weights are ``data[indptr[i]:indptr[i + 1]]``, its columns ``indices`` likewise, rising.
    """

    data: Floats
    indices: Ints
    indptr: Ints
    n_columns: int

    @property
    def shape(self) -> tuple[int, int]:
        """(n_targets, n_sources)."""
        return len(self.indptr) - 1, self.n_columns

    @property
    def n_synapses(self) -> int:
        """How many synapses the matrix lists."""
        return len(self.data)

    @property
    def numbers(self) -> Floats:
        """Every number that it keeps, in any shape."""
        return self.data

    def row(self, index: int) -> tuple[Ints, Floats]:
        """A target's columns, rising, and its entries in them."""
        own = slice(int(self.indptr[index]), int(self.indptr[index + 1]))
        return self.indices[own], self.data[own]

    def to_dense(self) -> Floats:
        """The matrix as an array of shape (n_targets, n_sources), 0 where there is no synapse."""
        dense = np.zeros(self.shape)
        rows = np.repeat(np.arange(self.shape[0]), np.diff(self.indptr))
        dense[rows, self.indices] = self.data
        return dense


Matrix: TypeAlias = DenseMatrix | CsrMatrix


@dataclass(frozen=True, slots=True)
class Segment:
    """Neurons of one layer that share a function: its name, its parameters, their rows."""

    name: str
    parameters: Mapping[str, Any]
    rows: Ints

    @property
    def is_identity(self) -> bool:
        """Whether it is the activation that gives every z as it is."""
        return ACTIVATIONS[self.name].is_identity(**self.parameters)


@dataclass(frozen=True, eq=False)
class CompiledLayer:
    """One layer as arrays.

    Parameters
    ----------
    name
        The layer's name.
    neurons
        Its neurons, in order: the rows of ``weights``.
    sources
        Index of each column's unit. Columns are in the order in which terms are summed: by the
        source's name, or, in a bulk layer, as ``from`` gives them.
    weights
        Matrix of shape (n_neurons, n_sources).
    bias
        Shape (n_neurons,).
    aggregations, activations
        Which rows use which function; each row is in exactly one segment of either.
    group
        What acts on the layer's activations together, or None.
    group_order
        Rows in the order in which the group takes them.
    """

    name: str
    neurons: tuple[str, ...]
    sources: Ints
    weights: Matrix
    bias: Floats
    aggregations: tuple[Segment, ...]
    activations: tuple[Segment, ...]
    group: str | None
    group_order: Ints

    @property
    def n_synapses(self) -> int:
        """How many synapses the layer has; a weight of 0 is none to a sum, and one to a maximum."""
        matrix = self.weights
        if isinstance(matrix, CsrMatrix):
            return matrix.n_synapses
        whole = _counts_zero(self)
        return matrix.n_synapses + int(np.count_nonzero(matrix.array[whole] == 0))


@dataclass(frozen=True, eq=False)
class LabelledMatrix:
    """A weight matrix with the names of its rows (targets) and columns (sources)."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Floats

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def with_bias(self, bias: Floats) -> LabelledMatrix:
        """The matrix with each row's bias as its first column."""
        return LabelledMatrix(
            self.rows, ("bias", *self.columns), np.column_stack([bias, self.values])
        )

    def lines(self) -> list[str]:
        """The matrix as aligned text, with a ``.`` where there is no synapse."""
        cells = [
            [name, *("." if v == 0 else f"{v:.12g}" for v in row)]
            for name, row in zip(self.rows, self.values.tolist(), strict=True)
        ]
        table = [["", *self.columns], *cells]
        widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
        return [
            "  ".join(
                cell.ljust(width) if i == 0 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in table
        ]


@dataclass(frozen=True, eq=False)
class CompiledNetwork:
    """A network ready to be evaluated: immutable, and safe to share between threads.

    Units are numbered: first each input's, in order, then each neuron, layer by layer.
    """

    name: str
    inputs: tuple[Input, ...]
    layers: tuple[CompiledLayer, ...]
    outputs: tuple[str, ...]
    units: tuple[str, ...]
    index: Mapping[str, int] = field(repr=False)

    @property
    def n_input_units(self) -> int:
        """How many units the inputs have; a category has one for each of its values."""
        return sum(len(item.units) for item in self.inputs)

    @property
    def neurons(self) -> tuple[str, ...]:
        """Every neuron, in order of evaluation."""
        return self.units[self.n_input_units :]

    @property
    def n_synapses(self) -> int:
        """How many synapses the network has."""
        return sum(layer.n_synapses for layer in self.layers)

    def layer(self, name: str) -> CompiledLayer:
        """The layer of that name.

        Raises
        ------
        KeyError
            If there is none.
        """
        for layer in self.layers:
            if layer.name == name:
                return layer
        legal = ", ".join(layer.name for layer in self.layers)
        raise KeyError(f"no layer {name!r}; the layers are {legal}")

    def weights(self, layer: str) -> LabelledMatrix:
        """A layer's weight matrix with the names of its rows and columns.

        Columns come in the order in which the spec declares their units, and are those that the
        layer uses.
        """
        found = self.layer(layer)
        order = np.argsort(found.sources, kind="stable")
        return LabelledMatrix(
            rows=found.neurons,
            columns=tuple(self.units[i] for i in found.sources[order].tolist()),
            values=found.weights.to_dense()[:, order],
        )

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of all that decides the network's values and names, in hexadecimal.

        Comments, formatting, descriptions, the order of synapses, aliases and the names of
        parameters do not move it; any weight, name or range does.
        """
        digest = hashlib.sha256(b"nnspec 1\n")
        digest.update(json.dumps(self._header(), sort_keys=True, ensure_ascii=True).encode())
        for layer in self.layers:
            # Sparse or dense is a matter of storage; both are hashed as their synapses.
            rows, sources, weights = _synapses(layer)
            digest.update(b"%d synapses\n" % len(rows))
            for array in (rows, sources, weights, layer.bias):
                digest.update(array.astype(array.dtype.newbyteorder("<")).tobytes())
        return digest.hexdigest()

    def _header(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "inputs": [_input_facts(item) for item in self.inputs],
            "layers": [_layer_facts(layer) for layer in self.layers],
            "outputs": list(self.outputs),
        }


def _input_facts(item: Input) -> list[Any]:
    steps = [[step.kind, *_as_floats(step.parameters)] for step in item.transforms]
    missing = float(item.missing) if isinstance(item.missing, int | float) else item.missing
    facts = [item.name, item.type, list(item.units), _as_floats(item.range), item.column_name]
    return [*facts, missing, steps]


def _as_floats(values: Sequence[Any]) -> list[Any]:
    """Numbers as floats, so that 1 and 1.0 are the same."""
    return [
        _as_floats(v) if isinstance(v, tuple | list) else None if v is None else float(v)
        for v in values
    ]


def _layer_facts(layer: CompiledLayer) -> list[Any]:
    functions = [
        [segment.name, _parameter_facts(segment.parameters), segment.rows.tolist()]
        for segment in (*layer.aggregations, *layer.activations)
    ]
    return [layer.name, list(layer.neurons), layer.group, functions]


def _parameter_facts(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {k: _as_floats((v,))[0] for k, v in parameters.items()}


def _synapses(layer: CompiledLayer) -> tuple[Ints, Ints, Floats]:
    """A layer's synapses as (target rows, source units, weights), row by row.

    A weight of 0 is no synapse to a sum, whether its author wrote it or it fills a gap of a dense
    matrix; to a maximum, or a distance, it is one.
    """
    matrix = layer.weights
    counts_zero = _counts_zero(layer)
    if isinstance(matrix, DenseMatrix):
        rows, columns = np.nonzero((matrix.array != 0) | counts_zero[:, None])
        return rows, layer.sources[columns], matrix.array[rows, columns]
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    kept = (matrix.data != 0) | counts_zero[rows]
    return rows[kept], layer.sources[matrix.indices[kept]], matrix.data[kept]


def _counts_zero(layer: CompiledLayer) -> NDArray[np.bool_]:
    """By row, whether a weight of 0 is a synapse there."""
    counts_zero = np.ones(layer.weights.shape[0], dtype=np.bool_)
    for segment in layer.aggregations:
        counts_zero[segment.rows] = not AGGREGATIONS[segment.name].zero_is_absent
    return counts_zero
