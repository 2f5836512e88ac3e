"""The uniform tables of a spec, checked in code rather than by the JSON Schema library.

``synapses``, inline weights and biases can hold millions of numbers, each of which the library
would take some 50 microseconds to look at. Here they are judged by their types alone. The tests
hold both ways equal on mutated specs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nnspec.diagnostics import Finding, Path
from nnspec.diagnostics.suggestions import quote
from nnspec.text.document import Document
from nnspec.text.scalars import NUMBER, looks_numeric
from nnspec.validation.shape.synonyms import missing_colon

NUMBERS = (int, float)  # by exact type: a bool is an int to isinstance, and no number here

HEAVY_DEFS = {
    "synapses": {"type": "object"},
    "weightMatrix": {"type": "array"},
    "sparseEntries": {"type": "array"},
    "numberList": {"type": "array"},
}
"""What stands in for the schema's tables while the library runs."""


def check_tables(document: Document) -> Iterator[Finding]:
    """Yield a finding for each entry of a uniform table that is of the wrong type."""
    layers = document.data.get("layers")
    for index, layer in enumerate(layers if isinstance(layers, list) else ()):
        if not isinstance(layer, dict):
            continue
        path = ("layers", index)
        yield from _check_neurons(document, (*path, "neurons"), layer.get("neurons"))
        yield from _check_bias(document, (*path, "bias"), layer.get("bias"))
        weights = layer.get("weights")
        if isinstance(weights, list):
            yield from _check_matrix(document, (*path, "weights"), weights)
        elif isinstance(weights, dict) and isinstance(weights.get("sparse"), list):
            yield from _check_sparse(document, (*path, "weights", "sparse"), weights["sparse"])
        if isinstance(layer.get("bias"), list) and "neurons" not in layer:
            yield from _check_numbers(document, (*path, "bias"), layer["bias"])


def _check_neurons(document: Document, path: Path, neurons: Any) -> Iterator[Finding]:
    for name, neuron in neurons.items() if isinstance(neurons, dict) else ():
        if not isinstance(neuron, dict):
            continue
        yield from _check_bias(document, (*path, name, "bias"), neuron.get("bias"))
        synapses = neuron.get("synapses")
        if not isinstance(synapses, dict):
            continue
        for source, weight in synapses.items():
            kind = type(weight)
            if kind is not float and kind is not int:
                at = (*path, name, "synapses", source)
                finding = check_weight(document, at, weight)
                if finding is not None:
                    yield finding


def _check_bias(document: Document, path: Path, bias: Any) -> Iterator[Finding]:
    """A bias given as text is a parameter's name, unless it is a number in disguise."""
    if isinstance(bias, str):
        finding = disguised_number(document, path, bias)
        if finding is not None:
            yield finding


def check_weight(document: Document, path: Path, weight: Any) -> Finding | None:
    """The fault of a weight that is not a number: wrong type, or a number in disguise."""
    if isinstance(weight, dict):
        return Finding(
            "NS207",
            path,
            "a synapse with more than a weight (delay, initial) is not supported yet",
            "write source: weight; recurrence is reserved for a later version",
        )
    if isinstance(weight, str):
        return disguised_number(document, path, weight)
    legal = "a weight must be a number or the name of a parameter"
    mend = missing_colon(str(path[-1])) if weight is None else ""
    return Finding("NS203", path, f"{legal}; given {quote(weight)}", mend)


def disguised_number(document: Document, path: Path, text: str) -> Finding | None:
    """The fault of text that reads as a number, plainly or in quotes; None for other text."""
    source = document.source_at(path)
    quoted = source[:1] in ("'", '"')
    if looks_numeric(text) and not quoted:
        return Finding(
            "NS119",
            path,
            f"{text} reads differently to different readers of YAML",
            "write it as a plain decimal number, such as 1000 or 0.5",
        )
    if NUMBER.fullmatch(text.strip()) or looks_numeric(text):
        return Finding("NS203", path, f"{quote(text)} is text, not a number", "remove the quotes")
    return None


def _check_matrix(document: Document, path: Path, rows: list[Any]) -> Iterator[Finding]:
    for index, row in enumerate(rows):
        if isinstance(row, list):
            yield from _check_numbers(document, (*path, index), row)
        else:
            message = f"a row of weights must be a list of numbers; given {quote(row)}"
            yield Finding("NS203", (*path, index), message, "write [[…], […]]: a row per neuron")


def _check_numbers(document: Document, path: Path, numbers: list[Any]) -> Iterator[Finding]:
    if set(map(type, numbers)) <= {int, float}:
        return
    for index, value in enumerate(numbers):
        if type(value) not in NUMBERS:
            yield _not_a_number(document, (*path, index), value)


def _not_a_number(document: Document, path: Path, value: Any) -> Finding:
    found = disguised_number(document, path, value) if isinstance(value, str) else None
    message = f"a weight here must be a number; given {quote(value)}"
    return Finding("NS203", path, message) if found is None else found


def _check_sparse(document: Document, path: Path, entries: list[Any]) -> Iterator[Finding]:
    for index, entry in enumerate(entries):
        at = (*path, index)
        if not isinstance(entry, list) or len(entry) != 3:
            given = f"{len(entry)} items" if isinstance(entry, list) else quote(entry)
            message = f"an entry must be [row, column, value]; given {given}"
            code = "NS205" if isinstance(entry, list) else "NS203"
            yield Finding(code, at, message, "rows and columns count from 0")
            continue
        bad = [i for i in range(3) if type(entry[i]) not in NUMBERS]
        if bad:
            yield _not_a_number(document, (*at, bad[0]), entry[bad[0]])
        elif not all(float(entry[i]).is_integer() for i in (0, 1)):
            message = f"row and column must be whole numbers; given {entry[0]}, {entry[1]}"
            yield Finding("NS203", at, message, "rows and columns count from 0")
