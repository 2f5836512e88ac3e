"""Arrays of weight files as the compiler and the reference evaluator use them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.weights.safetensors import Entry

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

NUMPY_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4"}
"""What an array's bytes are to NumPy, which has no bfloat16: its bits are the upper 16 of F32."""

FLOATS = ("F64", "F32", "F16", "BF16")
INTEGERS = ("I64", "I32")

CHUNK = 2**20
"""So many numbers are looked at together: a file may be larger than the memory."""


@dataclass(frozen=True, eq=False)
class StoredArray:
    """One array of a mapped file; a number is read when it is used.

    Parameters
    ----------
    raw
        The numbers as they stand in the file, read-only.
    dtype
        Their type, in safetensors' words.
    is_plain
        Whether they were judged to be what the compiler makes of them: float64, aligned, row by
        row, no -0.0. The array is then used as it is, without a copy.
    """

    raw: NDArray[Any]
    dtype: str
    is_plain: bool = False

    def floats(self) -> Floats:
        """All numbers as float64, which holds each exactly; -0.0 becomes 0.0."""
        if self.is_plain:
            return self.raw
        # Adding 0.0 turns -0.0 into 0.0: a sum then never is -0.0.
        return np.ascontiguousarray(widened(self.raw, self.dtype), dtype=np.float64) + 0.0

    def part(self, index: int | slice) -> Floats:
        """One row, or some, as float64, exactly as they stand in the file."""
        part: Floats = widened(self.raw[index], self.dtype).astype(np.float64)
        return part

    def chunks(self) -> Iterator[tuple[int, Floats]]:
        """The rows in chunks as float64, each with the number of its first."""
        width = max(1, self.raw[:1].size)
        step = max(1, CHUNK // width)
        for start in range(0, len(self.raw), step):
            yield start, self.part(slice(start, start + step))


def widened(raw: NDArray[Any], dtype: str) -> NDArray[Any]:
    """The numbers of an array of a file as floats of some width."""
    if dtype != "BF16":
        return raw
    return (np.asarray(raw, dtype=np.uint32) << 16).view(np.float32)


@dataclass(frozen=True, eq=False)
class DenseTensor:
    """A matrix of a file, every entry a number; biases are one of a single column."""

    form: ClassVar[Literal["dense"]] = "dense"

    array: StoredArray

    @property
    def n_numbers(self) -> int:
        """How many numbers there are."""
        return self.array.raw.size

    def row(self, index: int) -> list[tuple[int, float]]:
        """One row's columns and their numbers."""
        return list(enumerate(self.array.part(index).reshape(-1).tolist()))


@dataclass(frozen=True, eq=False)
class CsrTensor:
    """A sparse matrix of a file, of which only those listed are numbers.

    ``indices`` and ``indptr`` are copies, so that nobody who writes the file later can move them
    out of their bounds.
    """

    form: ClassVar[Literal["sparse"]] = "sparse"

    data: StoredArray
    indices: Ints
    indptr: Ints
    n_columns: int

    @property
    def n_numbers(self) -> int:
        """How many numbers the matrix lists."""
        return len(self.data.raw)

    def row(self, index: int) -> list[tuple[int, float]]:
        """One row's columns and their numbers, the columns rising."""
        own = slice(int(self.indptr[index]), int(self.indptr[index + 1]))
        return list(zip(self.indices[own].tolist(), self.data.part(own).tolist(), strict=True))


def mapped(data: Any, entry: Entry) -> StoredArray:
    """One array of a mapped file; its type must be one of :data:`NUMPY_DTYPES`."""
    dtype = np.dtype(NUMPY_DTYPES[entry.dtype])
    count = (entry.end - entry.start) // dtype.itemsize
    flat = np.frombuffer(data, dtype=np.uint8)[entry.start : entry.end].view(dtype)[:count]
    return StoredArray(
        flat.reshape(entry.shape, order="F" if entry.by_columns else "C"), entry.dtype
    )
