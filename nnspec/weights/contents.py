"""What a weight file's numbers must be: finite, and a sparse matrix's places in order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nnspec.diagnostics.suggestions import quote
from nnspec.spec.model import BulkLayer
from nnspec.spec.topology import Wiring
from nnspec.weights.errors import WeightFileError
from nnspec.weights.fitting import UnreadCsr, UnreadDense
from nnspec.weights.tensors import CsrTensor, DenseTensor, Ints, StoredArray


@dataclass(frozen=True, slots=True)
class NumberPlace:
    """Whose numbers they are, for messages."""

    layer: BulkLayer
    wiring: Wiring
    is_bias: bool

    def of(self, row: int, column: int) -> str:
        """The name of one number."""
        target = f"{self.layer.name}.{row}"
        if self.is_bias:
            return f"the bias of {target}"
        return f"the weight of {self.wiring.columns(self.layer.sources)[column]} -> {target}"


def judged(values: UnreadDense | UnreadCsr, place: NumberPlace) -> DenseTensor | CsrTensor:
    """The numbers of one array or sparse matrix, looked at from the first to the last.

    Raises
    ------
    WeightFileError
        If a number is not finite, or a sparse matrix is not in order, or the file has changed.
    """
    if isinstance(values, UnreadCsr):
        return _judged_csr(values, place)
    array = values.array.read()
    bad, first, is_plain = _scan(array)
    if bad:
        row, column = divmod(first, array.raw[0].size)
        raise _not_finite(bad, array.part(row).reshape(-1)[column], place.of(row, column))
    return DenseTensor(replace(array, is_plain=is_plain))


def _scan(array: StoredArray) -> tuple[int, int, bool]:
    """How many numbers are not finite, which is the first, and whether no number needs a change."""
    raw = array.raw
    is_plain = array.dtype == "F64" and raw.flags.c_contiguous and raw.flags.aligned
    bad, first, width = 0, -1, max(1, raw[:1].size)
    for start, chunk in array.chunks():
        finite = np.isfinite(chunk)
        if not finite.all():
            wrong = np.flatnonzero(~finite.reshape(-1))
            first = start * width + int(wrong[0]) if not bad else first
            bad += len(wrong)
        is_plain = is_plain and not bool((np.signbit(chunk) & (chunk == 0)).any())
    return bad, first, is_plain and raw.dtype.isnative


def _not_finite(bad: int, value: float, name: str) -> WeightFileError:
    what = "not a number" if np.isnan(value) else "infinite"
    also = f"; {bad:,} numbers are not finite in all" if bad > 1 else ""
    mend = "train or export the weights again: every result would be NaN or infinite"
    return WeightFileError("NS608", f"{name} is {what}{also}", mend, "tensor")


def _judged_csr(values: UnreadCsr, place: NumberPlace) -> CsrTensor:
    data, raw_indices, raw_indptr = [part.read() for part in values.parts]
    indices: Ints = raw_indices.raw.astype(np.int64, copy=False)
    indptr: Ints = raw_indptr.raw.astype(np.int64, copy=False)
    _check_indptr(indptr, len(indices))
    _check_indices(indices, indptr, values.n_columns)
    bad, first, is_plain = _scan(data)
    if bad:
        row = int(np.searchsorted(indptr, first, side="right")) - 1
        name = place.of(row, int(indices[first]))
        raise _not_finite(bad, data.part(slice(first, first + 1))[0], name)
    for array in (indices, indptr):
        array.setflags(write=False)
    return CsrTensor(replace(data, is_plain=is_plain), indices, indptr, values.n_columns)


def _check_indptr(indptr: Ints, count: int) -> None:
    if indptr[0] != 0 or indptr[-1] != count:
        message = (
            f"'indptr' must begin with 0 and end with {count:,}, the number of data; "
            f"it begins with {indptr[0]:,} and ends with {indptr[-1]:,}"
        )
        raise _unordered(message)
    falls = np.flatnonzero(indptr[1:] < indptr[:-1])
    if len(falls):
        at = int(falls[0])
        raise _unordered(f"'indptr' falls from {indptr[at]:,} to {indptr[at + 1]:,} at row {at}")


def _check_indices(indices: Ints, indptr: Ints, n_columns: int) -> None:
    outside = np.flatnonzero((indices < 0) | (indices >= n_columns))
    if len(outside):
        at = int(outside[0])
        row = int(np.searchsorted(indptr, at, side="right")) - 1
        message = f"row {row} has column {indices[at]:,}; the layer has {n_columns:,} columns"
        raise _unordered(f"{message}, counted from 0")
    rises = np.ones(len(indices), dtype=np.bool_)
    rises[1:] = indices[1:] > indices[:-1]
    starts = indptr[:-1]
    rises[starts[starts < len(indices)]] = True  # a row's first column has none before it
    wrong = np.flatnonzero(~rises)
    if len(wrong):
        at = int(wrong[0])
        row = int(np.searchsorted(indptr, at, side="right")) - 1
        twice = indices[at] == indices[at - 1]
        what = f"gives column {indices[at]:,} twice" if twice else "has its columns out of order"
        raise _unordered(f"row {row} {what}")


def _unordered(message: str) -> WeightFileError:
    mend = f"sort and sum them: with SciPy, {quote('matrix.sum_duplicates()')} before saving"
    return WeightFileError("NS609", message, mend, "tensor")
