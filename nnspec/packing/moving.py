"""Weights from a spec's text to arrays, and back from a file into the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import quote
from nnspec.packing.places import KEYS, Place, value_places
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
    tensors: dict[str, Any] = {}
    edits: list[Edit] = []
    moved: dict[tuple[int, str], str] = {}
    lost = 0
    wanted = {at: v for at, v in _values(spec) if _count(v) >= least and _count(v) > 0}
    places = value_places(text) if wanted else {}
    for (index, key), value in wanted.items():
        place = _place(places, index, key, spec)
        name = f"{spec.layers[index].name}.{key}"
        as_json = text[place.key_start : place.key_start + 1] == '"'
        edits += place.edits(text, reference_text(file, name, as_json=as_json))
        tensors.update(_tensors(name, spec.layers[index], value))
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
    wanted = {at: v for at, v in _values(spec) if isinstance(v, FileWeights)}
    places = value_places(text) if wanted else {}
    for (index, key), value in wanted.items():
        place = _place(places, index, key, spec)
        layer = spec.layers[index]
        if not isinstance(layer, BulkLayer) or value.values is None:
            raise CannotError(f"the weight file of layer {quote(layer.name)} was not opened")
        inline[index, key] = _inline(layer, key, value.values)
        written = _written(inline[index, key], _indent(text, place), end)
        edits += place.edits(text, written)
    edited = _edited(text, edits)
    _verify(edited, _replaced(spec, inline), limits)
    moved = tuple(f"{spec.layers[index].name}.{key}" for index, key in wanted)
    return Unpacked(edited, moved, tuple(dict.fromkeys(v.file for v in wanted.values())))


# -- the values of a spec ---------------------------------------------------------------------


def _values(spec: NetworkSpec) -> Iterator[tuple[tuple[int, str], Any]]:
    for index, layer in enumerate(spec.layers):
        if isinstance(layer, BulkLayer):
            for key in KEYS:
                yield (index, key), getattr(layer, key)


def _count(value: Any) -> int:
    """How many numbers stand inline."""
    if isinstance(value, DenseWeights):
        return sum(map(len, value.rows))
    if isinstance(value, SparseWeights):
        return len(value.entries)
    return len(value) if isinstance(value, tuple) else 0


def _replaced(spec: NetworkSpec, values: dict[tuple[int, str], Any]) -> NetworkSpec:
    layers = list(spec.layers)
    for (index, key), value in values.items():
        changes: Any = {key: value}
        layers[index] = replace(layers[index], **changes)
    return replace(spec, layers=tuple(layers))


def _tensors(name: str, layer: Any, value: Any) -> dict[str, Any]:
    """The arrays of one matrix or list of biases."""
    if isinstance(value, tuple):
        return {name: np.array(value, dtype=np.float64)}
    if isinstance(value, DenseWeights):
        rows = np.array(value.rows, dtype=np.float64)
        return {name: rows.reshape(layer.size, -1)}
    entries = sorted(value.entries)
    rows = np.array([row for row, _, _ in entries], dtype=np.int64)
    counts = np.bincount(rows, minlength=layer.size)
    return {
        f"{name}.data": np.array([number for _, _, number in entries], dtype=np.float64),
        f"{name}.indices": np.array([column for _, column, _ in entries], dtype=np.int64),
        f"{name}.indptr": np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
    }


def _inline(layer: BulkLayer, key: str, values: StoredNumbers) -> Any:
    rows = [values.row(index) for index in range(layer.size)]
    if key == "bias":
        return tuple(row[0][1] for row in rows)
    if hasattr(values, "indptr"):
        entries = [(i, column, number) for i, row in enumerate(rows) for column, number in row]
        return SparseWeights(tuple(entries))
    return DenseWeights(tuple(tuple(number for _, number in row) for row in rows))


# -- text ----------------------------------------------------------------------------------------


def _written(value: Any, indent: str, end: str) -> str:
    """Weights or biases as the text of a spec."""
    if isinstance(value, tuple):
        return list_text(map(number_text, value), indent, end)
    if isinstance(value, DenseWeights):
        rows = [list_text(map(number_text, row), f"{indent}  ", end) for row in value.rows]
        return rows_text(rows, indent, end)
    entries = (f"[{row}, {column}, {number_text(v)}]" for row, column, v in value.entries)
    return f"{{sparse: {list_text(entries, indent, end)}}}"


def _indent(text: str, place: Place) -> str:
    """Deeper than the line that a value's key stands on, as continued lines must be."""
    start = text.rfind("\n", 0, place.key_start) + 1
    line = text[start : place.key_start]
    return " " * (len(line) - len(line.lstrip(" ")) + 4)


def _place(places: dict[tuple[int, str], Place], index: int, key: str, spec: NetworkSpec) -> Place:
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
