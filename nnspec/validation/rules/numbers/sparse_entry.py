"""NS503: an entry of sparse weights outside the matrix, or given twice."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.spec.model import BulkLayer, SparseWeights
from nnspec.validation.rule import Subject, error


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each entry that has no place of its own in its matrix."""
    for index, layer in subject.spec.bulk_layers():
        if layer.weights.form == "sparse":
            yield from _entries(subject, index, layer, layer.weights)


def _entries(
    subject: Subject, index: int, layer: BulkLayer, weights: SparseWeights
) -> Iterator[Finding]:
    fan_in = subject.fan_in(layer)
    first: dict[tuple[int, int], int] = {}
    for place, (row, column, _) in enumerate(weights.entries):
        path = ("layers", index, "weights", "sparse", place)
        if not 0 <= row < layer.size:
            message = f"row {row} is outside the layer's {layer.size} neurons"
            yield Finding("NS503", path, message, f"rows count from 0 to {layer.size - 1}")
        elif fan_in is not None and not 0 <= column < fan_in:
            message = f"column {column} is outside the {fan_in} units of 'from'"
            yield Finding("NS503", path, message, f"columns count from 0 to {fan_in - 1}")
        elif (row, column) in first:
            yield Finding(
                "NS503",
                path,
                f"row {row}, column {column} is given twice",
                "keep one of the two",
                related=("layers", index, "weights", "sparse", first[row, column]),
            )
        first.setdefault((row, column), place)


RULE = error(
    "NS503",
    "sparse-entry",
    what="An entry `[row, column, value]` that lies outside its matrix, or repeats another.",
    why="Each entry is one synapse; it must join one neuron of the layer to one unit of `from`.",
    example="{name: dense, size: 2, from: [area], weights: {sparse: [[2, 0, 1.5]]}}",
    mend="{name: dense, size: 2, from: [area], weights: {sparse: [[1, 0, 1.5]]}}",
)(check)
