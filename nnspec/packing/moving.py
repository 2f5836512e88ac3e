"""Weights from a spec's text to arrays, and back from a file into the text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import quote
from nnspec.packing.places import KEYS, TextPlace, value_places
from nnspec.packing.writing import list_text, number_text, reference_text, rows_text
from nnspec.spec.model import (
    BulkLayer,
    DenseWeights,
    FileWeights,
    NetworkSpec,
    SparseWeights,
    StoredNumbers,
)
from nnspec.spec.reading import read_spec
from nnspec.spec.resolved import stored
from nnspec.text.parsing import parse_text

Edit = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Packed:
    """A spec's text whose weights were moved out, and the arrays they became.

    Parameters
    ----------
    text
        The new text.
    tensors
        Arrays by tensor name.
    moved
        What was moved, as ``LAYER.weights`` and ``LAYER.bias``.
    lost_comments
        How many comments stood among the numbers, and are gone.
    """

    text: str
    tensors: dict[str, Any]
    moved: tuple[str, ...]
    lost_comments: int


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A spec's text whose weights were brought back from files.

    Parameters
    ----------
    text
        The new text.
    moved
        What was brought back, as ``LAYER.weights`` and ``LAYER.bias``.
    files
        The files that held it.
    """

    text: str
    moved: tuple[str, ...]
    files: tuple[str, ...]


def pack_text(text: str, spec: NetworkSpec, file: str, least: int, limits: Limits) -> Packed:
    """Move inline weights and biases of at least so many numbers out of a spec's text.

    Parameters
    ----------
    text
        The spec's text.
    spec
        The spec it says, without errors.
    file
        The name of the file that shall hold them.
    least
        How many numbers a matrix or list must have to be moved.

    Raises
    ------
    CannotError
        If the text is such that a value cannot be replaced in it.
    """
    layers = dict(spec.bulk_layers())
    tensors: dict[str, Any] = {}
    edits: list[Edit] = []
    moved: dict[tuple[int, str], str] = {}
    lost = 0
    keys = ((i, key) for i in layers for key in KEYS)
    wanted = [(i, key) for i, key in keys if _count(getattr(layers[i], key)) >= max(least, 1)]
    places = value_places(text) if wanted else {}
    for index, key in wanted:
        place = _place(places, index, key, spec)
        name = f"{spec.layers[index].name}.{key}"
        as_json = text[place.key_start : place.key_start + 1] == '"'
        edits += place.edits(text, reference_text(file, name, as_json=as_json))
        tensors.update(_tensors(name, layers[index], key))
        moved[index, key] = name
        lost += _comments(text[place.start : place.end])
    edited = _edited(text, edits)
    references = {at: FileWeights(file, name) for at, name in moved.items()}
    _verify(edited, _replaced(spec, references), limits)
    return Packed(edited, tensors, tuple(moved.values()), lost)


def unpack_text(text: str, spec: NetworkSpec, limits: Limits) -> Unpacked:
    """Bring all weights and biases that stand in files back into a spec's text.

    Parameters
    ----------
    text
        The spec's text.
    spec
        The spec it says, without errors, its weight files opened.

    Raises
    ------
    CannotError
        If the text is such that a value cannot be replaced in it.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    edits: list[Edit] = []
    inline: dict[tuple[int, str], Any] = {}
    wanted = {(index, key): given for index, key, given in spec.weight_files()}
    places = value_places(text) if wanted else {}
    for (index, key), value in wanted.items():
        place = _place(places, index, key, spec)
        layer = spec.layers[index]
        if value.values is None:
            raise CannotError(f"the weight file of layer {quote(layer.name)} was not opened")
        inline[index, key] = _inline(layer.size, key, value.values)
        written = _written(inline[index, key], _indent(text, place), end)
        edits += place.edits(text, written)
    edited = _edited(text, edits)
    _verify(edited, _replaced(spec, inline), limits)
    moved = tuple(f"{spec.layers[index].name}.{key}" for index, key in wanted)
    return Unpacked(edited, moved, tuple(dict.fromkeys(v.file for v in wanted.values())))


# -- the values of a spec ---------------------------------------------------------------------


def _count(value: Any) -> int:
    """How many numbers stand inline."""
    if isinstance(value, tuple):
        return len(value)
    return int(value.n_numbers) if getattr(value, "file", "") is None else 0


def _replaced(spec: NetworkSpec, values: dict[tuple[int, str], Any]) -> NetworkSpec:
    layers = list(spec.layers)
    for (index, key), value in values.items():
        changes: Any = {key: value}
        layers[index] = replace(layers[index], **changes)
    return replace(spec, layers=tuple(layers))


def _tensors(name: str, layer: BulkLayer, key: str) -> dict[str, Any]:
    """The arrays of one matrix or list of biases, each number as it was written."""
    if key == "bias":
        return {name: np.array(layer.bias, dtype=np.float64)}
    rows = [stored(layer, layer.weights).row(row) for row in range(layer.size)]
    numbers = np.array([number for row in rows for _, number in row], dtype=np.float64)
    if layer.weights.form == "dense":
        return {name: numbers.reshape(layer.size, -1)}
    return {
        f"{name}.data": numbers,
        f"{name}.indices": np.array([at for row in rows for at, _ in row], dtype=np.int64),
        f"{name}.indptr": np.cumsum([0, *map(len, rows)]).astype(np.int64),
    }


def _inline(size: int, key: str, values: StoredNumbers) -> Any:
    rows = [values.row(index) for index in range(size)]
    if key == "bias":
        return tuple(row[0][1] for row in rows)
    if values.form == "sparse":
        entries = [(i, column, number) for i, row in enumerate(rows) for column, number in row]
        return SparseWeights(tuple(entries))
    return DenseWeights(tuple(tuple(number for _, number in row) for row in rows))


# -- text ----------------------------------------------------------------------------------------


def _written(value: Any, indent: str, end: str) -> str:
    """Weights or biases as the text of a spec."""
    if isinstance(value, tuple):
        return list_text(map(number_text, value), indent, end)
    if value.form == "dense":
        rows = [list_text(map(number_text, row), f"{indent}  ", end) for row in value.rows]
        return rows_text(rows, indent, end)
    entries = (f"[{row}, {column}, {number_text(v)}]" for row, column, v in value.entries)
    return f"{{sparse: {list_text(entries, indent, end)}}}"


def _indent(text: str, place: TextPlace) -> str:
    """Deeper than the line that a value's key stands on, as continued lines must be."""
    start = text.rfind("\n", 0, place.key_start) + 1
    line = text[start : place.key_start]
    return " " * (len(line) - len(line.lstrip(" ")) + 4)


def _place(
    places: dict[tuple[int, str], TextPlace], index: int, key: str, spec: NetworkSpec
) -> TextPlace:
    name = quote(spec.layers[index].name)
    if (index, key) not in places:
        raise CannotError(f"layer {name} is written elsewhere (an alias, *): write it out")
    place = places[index, key]
    extra = [own for own in place.keys if own.startswith("x-")]
    if extra:
        message = f"the {key} of layer {name} have an extension key, {quote(extra[0])}"
        raise CannotError(f"{message}, which would be lost; move it to the layer")
    return place


def _comments(text: str) -> int:
    """How many lines of a value end in a comment; there is no text in a matrix that could."""
    return sum("#" in line for line in text.splitlines())


def _edited(text: str, edits: list[Edit]) -> str:
    parts: list[str] = []
    at = 0
    for start, end, new in sorted(edits):
        parts += [text[at:start], new]
        at = end
    return "".join([*parts, text[at:]])


def _verify(text: str, spec: NetworkSpec, limits: Limits) -> None:
    """The new text must say what the old one said, or nothing is written."""
    document = parse_text(text, limits)
    if document.findings:
        finding = document.findings[0][0]
        raise CannotError(f"the new spec would have a fault: {finding.message}")
    if read_spec(document.data) != spec:
        raise CannotError("the new spec would say something else; write the layers plainly")
