"""NS602: weights or biases that stand in a file."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.model import BulkLayer, FileWeights
from nnspec.suggestions import quote
from nnspec.validation.rule import Subject, error


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each layer whose weights or biases stand in a file."""
    for index, layer in enumerate(subject.spec.layers):
        if isinstance(layer, BulkLayer):
            for key, value in (("weights", layer.weights), ("bias", layer.bias)):
                if isinstance(value, FileWeights):
                    yield Finding(
                        "NS602",
                        ("layers", index, key),
                        f"the {key} of layer {quote(layer.name)} stand in {quote(value.file)}; "
                        "this version does not read weight files yet",
                        "write them into the spec, as rows or as {sparse: [[row, column, value]]}",
                    )


RULE = error(
    "NS602",
    "weight-file",
    what="Weights or biases given as `{file: ..., tensor: ...}`.",
    why="The format knows them, but this version of nnspec does not read them yet.",
    example="{name: dense, size: 1, from: [area], weights: {file: w.npy}}",
    mend="{name: dense, size: 1, from: [area], weights: [[181.8]]}",
)(check)
