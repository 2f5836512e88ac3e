"""Open the weight files of a spec: first their headers, later, when the spec is sound, all of them.

A file's numbers are looked at only when its header says that they fit the layer, and when the
network is within its limits: a spec cannot have anything allocated by what a file merely claims.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from nnspec.diagnostics import Finding
from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import quote
from nnspec.spec.model import BulkLayer, FileWeights, NetworkSpec
from nnspec.spec.topology import Wiring
from nnspec.weights.contents import NumberPlace, judged
from nnspec.weights.errors import WeightFileError
from nnspec.weights.fitting import UnreadCsr, UnreadDense, Wanted, fitted
from nnspec.weights.npy import read_npy
from nnspec.weights.paths import open_inside, path_fault
from nnspec.weights.safetensors import Entry, read_header
from nnspec.weights.tensors import FileBytes

Change: TypeAlias = Callable[[int, BulkLayer, str, FileWeights], FileWeights]


@dataclass(frozen=True, slots=True)
class OpenFile:
    """An open file and its arrays by name; the one array of .npy has the name ""."""

    data: FileBytes
    entries: dict[str, Entry]


def open_headers(
    spec: NetworkSpec, folder: Path, limits: Limits, *, names_complete: bool = True
) -> tuple[NetworkSpec, list[Finding]]:
    """Open each weight file that a spec names, and see whether its arrays fit.

    ``names_complete`` is False when the spec has names that could not be read: the number of
    columns is not known then.

    Returns
    -------
    The spec with the arrays that fit in their places, and what was found wrong.
    """
    files: dict[str, OpenFile | None] = {}
    wiring = Wiring(spec)
    found: list[Finding] = []

    def opened(index: int, layer: BulkLayer, key: str, given: FileWeights) -> FileWeights:
        try:
            file = _file(files, folder, given.file, limits)
            fan_in = wiring.fan_in(layer) if names_complete else None
            if file is None or (key == "weights" and fan_in is None):
                return given
            wanted = Wanted(layer.name, layer.size, fan_in if key == "weights" else None)
            return replace(given, values=fitted(file.data, file.entries, given, wanted))
        except WeightFileError as error:
            found.append(_finding(index, key, given, error))
            return given

    return _with_each(spec, opened), found


def check_contents(spec: NetworkSpec) -> tuple[NetworkSpec, list[Finding]]:
    """Look at the numbers of every weight file of a spec whose headers were opened."""
    wiring = Wiring(spec)
    found: list[Finding] = []

    def checked(index: int, layer: BulkLayer, key: str, given: FileWeights) -> FileWeights:
        if not isinstance(given.values, UnreadDense | UnreadCsr):
            return given
        place = NumberPlace(layer, wiring, key == "bias")
        try:
            return replace(given, values=judged(given.values, place))
        except WeightFileError as error:
            found.append(_finding(index, key, given, error))
            return given

    return _with_each(spec, checked), found


def _with_each(spec: NetworkSpec, change: Change) -> NetworkSpec:
    """The spec with each :class:`FileWeights` changed."""
    layers = list(spec.layers)
    bulk = dict(spec.bulk_layers())
    for index, key, given in spec.weight_files():
        changes: Any = {key: change(index, bulk[index], key, given)}
        layers[index] = replace(layers[index], **changes)
    return replace(spec, layers=tuple(layers))


def _finding(index: int, key: str, given: FileWeights, error: WeightFileError) -> Finding:
    at = "file" if given.tensor is None else error.at
    return Finding(error.code, ("layers", index, key, at), error.message, error.help)


def _file(
    files: dict[str, OpenFile | None], folder: Path, name: str, limits: Limits
) -> OpenFile | None:
    """The file of that name; None where its faults were reported before."""
    if name not in files:
        files[name] = None
        files[name] = open_file(folder, name, limits)
    return files[name]


def open_file(folder: Path, name: str, limits: Limits) -> OpenFile:
    """Open a file and read its header.

    Raises
    ------
    WeightFileError
        If it lies outside the folder, cannot be read, or is not what its name says.
    """
    kind = name.rpartition(".")[2].lower()
    if path_fault(name) is None and kind not in ("npy", "safetensors"):
        message = f"a weight file is named .safetensors or .npy; given {quote(name)}"
        mend = "write one with safetensors or numpy.save; formats that can run code are never read"
        raise WeightFileError("NS605", message, mend)
    with open_inside(folder, name, limits) as (descriptor, size):
        if size == 0:
            raise WeightFileError("NS605", "the file is empty", "write the file again")
        data = FileBytes(descriptor, size)
    if kind == "npy":
        return OpenFile(data, {"": read_npy(data)})
    return OpenFile(data, read_header(data, limits))
