"""Layers of weighted sums as the compiled kernel takes them.

The kernel goes through targets in an order in which neighbours share sources, and a layer's outputs
stand in memory in the order in which the next layer first needs them: what is read together then
lies together, and is still in the processor's nearest cache when it is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.functions.activations import ACTIVATIONS
from nnspec.program.compiled import CompiledLayer, CsrMatrix, DenseMatrix, Floats, Ints

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Synapses:
    """A weight matrix as sparse rows, in the order in which the kernel takes its targets.

    Parameters
    ----------
    targets
        The neuron that each row is.
    indptr, indices, data
        Their synapses, as in :class:`nnspec.program.compiled.CsrMatrix`.
    """

    targets: Ints
    indptr: Ints
    indices: Ints
    data: Floats


def list_synapses(layer: CompiledLayer) -> Synapses:
    """A layer's synapses, its targets ordered by the first source of each.

    Targets that share all of their sources become neighbours, and those of a band follow it.
    """
    matrix = layer.weights
    csr = _without_zeros(matrix) if isinstance(matrix, DenseMatrix) else matrix
    _check_indices(layer.name, csr)
    counts = np.diff(csr.indptr)
    first = np.full(len(counts), -1)
    first[counts > 0] = csr.indices[csr.indptr[:-1][counts > 0]]
    order = np.argsort(first, kind="stable")
    indptr = np.concatenate([[0], np.cumsum(counts[order])])
    at = np.repeat(csr.indptr[order] - indptr[:-1], counts[order]) + np.arange(len(csr.data))
    return Synapses(order, indptr, csr.indices[at], csr.data[at])


def _without_zeros(matrix: DenseMatrix) -> CsrMatrix:
    rows, columns = np.nonzero(matrix.array)
    counts = np.bincount(rows, minlength=matrix.shape[0])
    indptr = np.concatenate([[0], np.cumsum(counts)])
    return CsrMatrix(matrix.array[rows, columns], columns, indptr, matrix.shape[1])


def _check_indices(name: str, csr: CsrMatrix) -> None:
    """The kernel reads where it is told to: see that it is told of memory that is there."""
    rises = len(csr.indptr) > 0 and csr.indptr[0] == 0 and bool((np.diff(csr.indptr) >= 0).all())
    fits = rises and csr.indptr[-1] == len(csr.indices) == len(csr.data)
    if not fits or (len(csr.indices) and not _within(csr.indices, csr.n_columns)):
        raise ValueError(f"the sparse matrix of layer {name!r} names columns that it does not have")


def _within(indices: Ints, n: int) -> bool:
    return int(indices.min()) >= 0 and int(indices.max()) < n


def in_order_of_use(indices: Ints, n_sources: int) -> Ints:
    """A row for each source, so that those used first come first."""
    first = np.full(n_sources, len(indices))
    first[indices[::-1]] = np.arange(len(indices) - 1, -1, -1)
    rows = np.empty(n_sources, np.int64)
    rows[np.argsort(first, kind="stable")] = np.arange(n_sources)
    return rows


@dataclass(frozen=True, eq=False)
class SparsePart:
    """A layer by itself, as the kernel takes it; see :class:`SparseStack`.

    ``bounds`` are what its z is held between, where that is its whole activation; otherwise None.
    """

    targets: Ints
    indptr: Ints
    indices: NDArray[np.int32]
    data: Array
    bias: Array
    bounds: tuple[Any, Any] | None

    @classmethod
    def plan(
        cls,
        layer: CompiledLayer,
        synapses: Synapses,
        source_rows: Ints,
        own_rows: Ints | None,
        dtype: np.dtype[Any],
    ) -> SparsePart:
        """Bring a layer's synapses into the form of the kernel.

        Parameters
        ----------
        source_rows
            The row of each source in the array that the kernel will be given.
        own_rows
            The row that each neuron is to have in the outputs; None for its own number.
        """
        targets = synapses.targets if own_rows is None else own_rows[synapses.targets]
        return cls(
            np.ascontiguousarray(targets, np.int64),
            np.ascontiguousarray(synapses.indptr, np.int64),
            source_rows[synapses.indices].astype(np.int32),
            synapses.data.astype(dtype),
            # With a bias that is not -0.0, neither is any sum: every zero is to be the one.
            layer.bias[synapses.targets].astype(dtype) + dtype.type(0),
            _bounds(layer, dtype),
        )


@dataclass(frozen=True, eq=False)
class SparseStack:
    """Layers, each of which reads what the one before it gives, as the kernel takes them.

    Parameters
    ----------
    starts
        Where each layer's targets begin; and where the last one's end.
    targets
        The row of its layer's outputs that each target goes to.
    indptr, indices, data, bias
        Its synapses, each index a row of the layer's sources, and its bias.
    low, high
        What each layer's z is held between.
    """

    starts: Ints
    targets: Ints
    indptr: Ints
    indices: NDArray[np.int32]
    data: Array
    bias: Array
    low: Array
    high: Array

    @classmethod
    def of(cls, parts: Sequence[SparsePart]) -> SparseStack:
        """Join layers; what does not hold z between two numbers leaves it as it is."""
        first = np.cumsum([0, *(len(part.data) for part in parts)])
        indptr = [part.indptr[:-1] + at for part, at in zip(parts, first, strict=False)]
        bounds = [(-np.inf, np.inf) if part.bounds is None else part.bounds for part in parts]
        low, high = np.array(bounds, parts[0].data.dtype).T
        return cls(
            np.cumsum([0, *(len(part.targets) for part in parts)]),
            _joined([part.targets for part in parts]),
            _joined([*indptr, first[-1:]]),
            _joined([part.indices for part in parts]),
            _joined([part.data for part in parts]),
            _joined([part.bias for part in parts]),
            low.copy(),
            high.copy(),
        )


def _joined(arrays: Sequence[Array]) -> Array:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


@dataclass(frozen=True, eq=False)
class SparseLayers:
    """Some layers of a stack.

    Parameters
    ----------
    stack, layers
        Which.
    fuses
        Whether the kernel does the last one's activation along with its sums.
    """

    stack: SparseStack
    layers: slice
    fuses: bool

    def run(
        self,
        sums: Callable[..., None],
        x: Array,
        results: tuple[Array, Array],
        flags: Array,
        *,
        n_rows: int,
        z_only: bool,
    ) -> None:
        """Fill in the last one's outputs.

        Parameters
        ----------
        sums
            The compiled kernel.
        x
            What the first of them reads.
        results
            Arrays for the outputs, and for those of the layers in between.
        flags
            Become nan where a sum is not finite, and 0 elsewhere; as wide as the other arrays.
        n_rows
            How many columns to fill in; others may be too.
        z_only
            Whether to give the pre-activations, of a single layer.
        """
        stack, layers = self.stack, self.layers
        low, high = stack.low[layers], stack.high[layers]
        if z_only:
            low, high = np.full_like(low, -np.inf), np.full_like(high, np.inf)
        sums(
            x, stack.starts[layers.start : layers.stop + 1], stack.targets, stack.indptr,
            stack.indices, stack.data, stack.bias, low, high, n_rows, *results, flags,
        )  # fmt: skip


def _bounds(layer: CompiledLayer, dtype: np.dtype[Any]) -> tuple[Any, Any] | None:
    """What the layer's whole activation holds z between, if that is what it does."""
    if layer.group is not None or len(layer.activations) != 1:
        return None
    segment = layer.activations[0]
    bounds = ACTIVATIONS[segment.name].held(**segment.parameters)
    if bounds is None:
        return None
    low, high = bounds
    held = dtype.type(low), dtype.type(high)
    # A bound beyond float32 is infinite there: its rows are bad, which only z and a together tell.
    overflows = np.isfinite([low, high]) & ~np.isfinite(held)
    return None if overflows.any() else (held[0] + 0, held[1] + 0)  # a bound may be -0.0
