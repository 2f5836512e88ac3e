"""NS502: bulk weights or biases of another shape than (size, fan-in)."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import quote
from nnspec.spec.model import BulkLayer, DenseWeights
from nnspec.validation.rule import Subject, error


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each matrix and list of biases that does not fit its layer."""
    for index, layer in subject.spec.bulk_layers():
        if layer.weights.form == "dense":
            yield from _dense(subject, index, layer, layer.weights)
        if isinstance(layer.bias, tuple) and len(layer.bias) != layer.size:
            yield Finding(
                "NS502",
                ("layers", index, "bias"),
                f"layer {quote(layer.name)} has {layer.size} neurons and {len(layer.bias)} biases",
                "give one bias for each neuron, or one number for all",
            )


def _dense(
    subject: Subject, index: int, layer: BulkLayer, weights: DenseWeights
) -> Iterator[Finding]:
    path = ("layers", index, "weights")
    if len(weights.rows) != layer.size:
        yield Finding(
            "NS502",
            path,
            f"layer {quote(layer.name)} has {layer.size} neurons and {len(weights.rows)} rows "
            "of weights",
            f"the matrix is (size, fan-in): give {layer.size} rows",
        )
    fan_in = subject.fan_in(layer)
    if fan_in is None:
        return
    wrong = [i for i, row in enumerate(weights.rows) if len(row) != fan_in]
    if wrong:
        also = f" (and {len(wrong) - 1} more rows)" if len(wrong) > 1 else ""
        yield Finding(
            "NS502",
            (*path, wrong[0]),
            f"row {wrong[0]} has {_count(len(weights.rows[wrong[0]]), 'weight')}{also}; "
            f"the columns are the {_count(fan_in, 'unit')} of {', '.join(layer.sources)}",
            f"give {_count(fan_in, 'weight')} in each row",
        )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


RULE = error(
    "NS502",
    "weights-shape",
    what="A weight matrix that is not (size, fan-in), or biases that are not one for each neuron.",
    why="Rows are the layer's neurons; columns are the units that `from` lists, in order.",
    example="{name: dense, size: 2, from: [area, age], weights: [[1, 2], [3]]}",
    mend="{name: dense, size: 2, from: [area, age], weights: [[1, 2], [3, 0.5]]}",
)(check)
