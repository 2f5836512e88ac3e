"""Arrays of weight files as the compiler and the reference evaluator use them."""

from __future__ import annotations

import math
import os
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.weights.errors import WeightFileError
from nnspec.weights.safetensors import Entry

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

NUMPY_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4"}
"""What an array's bytes are to NumPy, which has no bfloat16: its bits are the upper 16 of F32."""

FLOATS = ("F64", "F32", "F16", "BF16")
INTEGERS = ("I64", "I32")

CHUNK = 2**20
"""So many numbers are looked at together: a file may be larger than the memory."""


class FileBytes:
    """An open file: its size, and the bytes of a slice as they are at the moment.

    Nothing is mapped: a file that another process cuts short under a map ends the process that
    reads it (SIGBUS), where reading gives an error.

    Parameters
    ----------
    descriptor
        Of a file open for reading; a copy of it is kept.
    size
        How many bytes the file had when it was opened.
    """

    def __init__(self, descriptor: int, size: int) -> None:
        self._stream = os.fdopen(os.dup(descriptor), "rb", buffering=0)
        self._size = size
        weakref.finalize(self, self._stream.close)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        start, end, _ = part.indices(self._size)
        return self.read(start, end).tobytes()

    def read(self, start: int, end: int) -> NDArray[np.uint8]:
        """The bytes between two places.

        Raises
        ------
        WeightFileError
            If they cannot be read, or are not there any more.
        """
        found = np.empty(max(0, end - start), dtype=np.uint8)
        rest = found.data
        try:
            self._stream.seek(start)
            while rest:
                count = self._stream.readinto(rest)
                if not count:
                    message = "the file became shorter while it was read"
                    raise WeightFileError("NS604", message, "write a new file, and rename it")
                rest = rest[count:]
        except OSError as error:
            raise WeightFileError("NS604", f"the file cannot be read: {error}") from None
        return found


@dataclass(frozen=True, eq=False)
class UnreadArray:
    """One array of a file, of which the header alone was read.

    Parameters
    ----------
    source
        The file.
    entry
        What the header says of the array.
    """

    source: FileBytes
    entry: Entry

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return math.prod(self.entry.shape)

    def read(self) -> StoredArray:
        """The array with its numbers.

        Raises
        ------
        WeightFileError
            If the file has changed so that they are not there.
        """
        dtype = np.dtype(NUMPY_DTYPES[self.entry.dtype])
        flat = self.source.read(self.entry.start, self.entry.end).view(dtype)
        raw = flat.reshape(self.entry.shape, order="F" if self.entry.by_columns else "C")
        raw.setflags(write=False)
        return StoredArray(raw, self.entry.dtype)


@dataclass(frozen=True, eq=False)
class StoredArray:
    """One array of a file, read once; a number is widened when it is used.

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

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return self.raw.size

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
        return self.array.size

    def row(self, index: int) -> list[tuple[int, float]]:
        """One row's columns and their numbers."""
        return list(enumerate(self.array.part(index).reshape(-1).tolist()))


@dataclass(frozen=True, eq=False)
class CsrTensor:
    """A sparse matrix of a file, of which only those listed are numbers.

    ``indices`` and ``indptr`` are as they were judged: within their bounds, and in order.
    """

    form: ClassVar[Literal["sparse"]] = "sparse"

    data: StoredArray
    indices: Ints
    indptr: Ints
    n_columns: int

    @property
    def n_numbers(self) -> int:
        """How many numbers the matrix lists."""
        return self.data.size

    def row(self, index: int) -> list[tuple[int, float]]:
        """One row's columns and their numbers, the columns rising."""
        own = slice(int(self.indptr[index]), int(self.indptr[index + 1]))
        return list(zip(self.indices[own].tolist(), self.data.part(own).tolist(), strict=True))
