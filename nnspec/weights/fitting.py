"""Which array of a file a layer means, and whether its shape and type fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from nnspec.diagnostics.suggestions import did_you_mean, listed, quote
from nnspec.spec.model import FileWeights
from nnspec.weights.errors import WeightFileError
from nnspec.weights.safetensors import Entry
from nnspec.weights.tensors import FLOATS, INTEGERS, FileBytes, UnreadArray

CSR_PARTS = ("data", "indices", "indptr")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a layer needs: a matrix of (size, fan-in), or, without a fan-in, one bias a neuron."""

    layer: str
    size: int
    fan_in: int | None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that a dense array must have."""
        return (self.size,) if self.fan_in is None else (self.size, self.fan_in)


@dataclass(frozen=True, eq=False)
class UnreadDense:
    """A dense matrix, or biases, whose contents nobody has looked at yet."""

    form: ClassVar[Literal["dense"]] = "dense"

    array: UnreadArray

    @property
    def n_numbers(self) -> int:
        """How many numbers there are, as the file's header has it."""
        return self.array.size

    def row(self, index: int) -> list[tuple[int, float]]:
        """Nothing: the matrix was not judged."""
        raise ValueError(f"row {index} of a matrix that was not judged")


@dataclass(frozen=True, eq=False)
class UnreadCsr:
    """The three arrays of a sparse matrix whose contents nobody has looked at yet."""

    form: ClassVar[Literal["sparse"]] = "sparse"

    parts: tuple[UnreadArray, UnreadArray, UnreadArray]
    n_columns: int

    @property
    def n_numbers(self) -> int:
        """How many numbers the matrix lists, as its file's header has it."""
        return self.parts[0].size

    def row(self, index: int) -> list[tuple[int, float]]:
        """Nothing: the matrix was not judged."""
        raise ValueError(f"row {index} of a matrix that was not judged")


def fitted(
    data: FileBytes, entries: dict[str, Entry], given: FileWeights, wanted: Wanted
) -> UnreadDense | UnreadCsr:
    """The array that a layer means.

    Raises
    ------
    WeightFileError
        If there is none of that name, or it does not fit the layer.
    """
    name = _name(entries, given)
    if name in entries:
        if f"{name}.indptr" in entries and wanted.fan_in is not None:
            message = f"{quote(name)} may be the tensor, or the CSR matrix {quote(name + '.data')}"
            raise WeightFileError("NS606", message, "rename one of them in the file", "tensor")
        entry = entries[name]
        _check_dtype(name, entry, FLOATS, "save it as float64 or float32")
        _check_shape(name, entry, wanted)
        return UnreadDense(UnreadArray(data, entry))
    parts = [f"{name}.{part}" for part in CSR_PARTS]
    present = [part for part in parts if part in entries]
    if wanted.fan_in is None or not present:
        raise _unknown(name, entries, sparse=wanted.fan_in is not None)
    if len(present) < len(parts):
        missing = listed(sorted(set(parts) - set(present)))
        message = f"the CSR matrix {quote(name)} lacks {missing}"
        mend = "a CSR matrix is three tensors: NAME.data, NAME.indices and NAME.indptr"
        raise WeightFileError("NS606", message, mend, "tensor")
    return _sparse(data, name, [entries[part] for part in parts], wanted)


def _name(entries: dict[str, Entry], given: FileWeights) -> str:
    is_npy = given.file.lower().endswith(".npy")
    if is_npy and given.tensor is not None:
        message = f"a .npy file holds one array, which has no name; given {quote(given.tensor)}"
        raise WeightFileError("NS606", message, "delete 'tensor'", "tensor")
    if is_npy:
        return ""
    if given.tensor is None:
        message = "which tensor of the file is not said"
        raise WeightFileError("NS606", message, f"add 'tensor'; {_held(entries)}")
    return given.tensor


def _held(entries: dict[str, Entry]) -> str:
    return f"the file holds {listed(map(quote, entries), most=8)}" if entries else "it is empty"


def _unknown(name: str, entries: dict[str, Entry], *, sparse: bool) -> WeightFileError:
    legal = list(entries)
    if sparse:  # a CSR matrix goes by the name that its three tensors share
        legal += [name.removesuffix(".indptr") for name in entries if name.endswith(".indptr")]
    mend = did_you_mean(name, legal) if legal else "the file holds no tensor"
    mend = mend if mend.startswith("did") else _held(entries)
    return WeightFileError("NS606", f"the file has no tensor {quote(name)}", mend, "tensor")


def _sparse(data: FileBytes, name: str, entries: list[Entry], wanted: Wanted) -> UnreadCsr:
    numbers, indices, indptr = entries
    _check_dtype(f"{name}.data", numbers, FLOATS, "save it as float64 or float32")
    for part, entry in (("indices", indices), ("indptr", indptr)):
        _check_dtype(f"{name}.{part}", entry, INTEGERS, "save it as int64 or int32")
    for part, entry in zip(CSR_PARTS, entries, strict=True):
        if len(entry.shape) != 1:
            raise _misfit(f"{name}.{part}", entry, "one dimension", "save the three as they are")
    if indices.shape != numbers.shape:
        message = (
            f"{quote(name)} has {numbers.shape[0]:,} data and {indices.shape[0]:,} indices; "
            "each number needs its column"
        )
        raise WeightFileError("NS607", message, "save the matrix again", "tensor")
    if indptr.shape[0] != wanted.size + 1:
        message = (
            f"{quote(name + '.indptr')} has {indptr.shape[0]:,} entries; layer "
            f"{quote(wanted.layer)} of {wanted.size:,} neurons needs {wanted.size + 1:,}"
        )
        raise WeightFileError("NS607", message, "the rows are the layer's neurons", "tensor")
    arrays = (UnreadArray(data, numbers), UnreadArray(data, indices), UnreadArray(data, indptr))
    return UnreadCsr(arrays, wanted.fan_in if wanted.fan_in is not None else 0)


def _check_dtype(name: str, entry: Entry, legal: tuple[str, ...], mend: str) -> None:
    if entry.dtype not in legal:
        what = f"tensor {quote(name)} is" if name else "the array is"
        message = f"{what} of type {quote(entry.dtype)}; legal: {', '.join(legal)}"
        raise WeightFileError("NS607", message, mend, "tensor")


def _check_shape(name: str, entry: Entry, wanted: Wanted) -> None:
    if entry.shape == wanted.shape:
        return
    what = f"the {'matrix is (size, fan-in)' if wanted.fan_in is not None else 'biases are (size)'}"
    mend = f"{what}, here {_shape(wanted.shape)}"
    if len(entry.shape) > 1 and entry.shape[::-1] == wanted.shape:
        mend += ": transpose it"
    raise _misfit(name, entry, _shape(wanted.shape), mend)


def _misfit(name: str, entry: Entry, legal: str, mend: str) -> WeightFileError:
    what = f"tensor {quote(name)}" if name else "the array"
    message = f"{what} has the shape {_shape(entry.shape)}; it must have {legal}"
    return WeightFileError("NS607", message, mend, "tensor")


def _shape(shape: tuple[int, ...]) -> str:
    return f"({listed(shape, most=5)})"
