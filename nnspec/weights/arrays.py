"""The matrices and biases of bulk layers as arrays, wherever their numbers stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from nnspec.spec.model import BulkLayer, DenseWeights, FileWeights, SparseWeights
from nnspec.spec.resolved import stored
from nnspec.weights.tensors import CsrTensor, DenseTensor, Floats, Ints


class MatrixArrays(NamedTuple):
    """A matrix whole, or, with ``indices`` and ``indptr``, its synapses in compressed sparse rows.

    ``data`` has the shape (size, fan-in) or (n_synapses,), and no -0.0.
    """

    data: Floats
    indices: Ints | None = None
    indptr: Ints | None = None


def matrix_arrays(layer: BulkLayer, n_columns: int) -> MatrixArrays:
    """A bulk layer's weights: the numbers as they were read where they need no change.

    Raises
    ------
    ValueError
        If they stand in a file that was not opened.
    """
    numbers = stored(layer, layer.weights)
    # Adding 0.0 turns -0.0 into 0.0: a sum then never is -0.0, with or without filled gaps.
    if isinstance(numbers, DenseWeights):
        rows = np.array(numbers.rows, dtype=np.float64).reshape(layer.size, n_columns)
        return MatrixArrays(rows + 0.0)
    if isinstance(numbers, DenseTensor):
        return MatrixArrays(numbers.array.floats())
    if isinstance(numbers, CsrTensor):
        return MatrixArrays(numbers.data.floats(), numbers.indices, numbers.indptr)
    if isinstance(numbers, SparseWeights):
        return _listed(numbers, layer.size)
    raise ValueError(f"the weight file of layer {layer.name!r} was not judged")


def _listed(weights: SparseWeights, size: int) -> MatrixArrays:
    entries = np.array(weights.entries, dtype=np.float64).reshape(-1, 3)
    row, column = entries[:, 0].astype(np.int64), entries[:, 1].astype(np.int64)
    order = np.lexsort((column, row))
    counts = np.bincount(row, minlength=size)
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return MatrixArrays(entries[order, 2] + 0.0, column[order], indptr)


def bias_array(layer: BulkLayer, parameters: Mapping[str, float]) -> Floats:
    """A bulk layer's biases, one for each neuron.

    Raises
    ------
    ValueError
        If they stand in a file that was not opened.
    """
    bias = layer.bias
    if isinstance(bias, FileWeights):
        numbers = stored(layer, bias)
        if isinstance(numbers, DenseTensor):
            return numbers.array.floats()
        raise ValueError(f"the biases of layer {layer.name!r} were not judged")
    if isinstance(bias, tuple):
        return np.array(bias, dtype=np.float64) + 0.0
    one = parameters[bias] if isinstance(bias, str) else 0.0 if bias is None else bias
    return np.full(layer.size, float(one)) + 0.0
