"""NS403: a neuron that nothing reaches."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import listed, quote
from nnspec.functions.aggregations import AGGREGATIONS, DEFAULT_AGGREGATION
from nnspec.spec.model import BulkLayer
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules._paths import neuron_path


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each neuron without synapses where its value needs one."""
    for index, neuron in subject.spec.neurons():
        if not neuron.synapses:
            yield Finding(
                "NS403",
                neuron_path(index, neuron.name, "synapses"),
                f"neuron {quote(neuron.name)} has no synapses",
                "list at least one source; a constant belongs in a bias",
            )
    for index, layer in subject.spec.bulk_layers():
        yield from _rows_without(index, layer)


def _rows_without(index: int, layer: BulkLayer) -> Iterator[Finding]:
    """A pruned row of a bulk layer is its bias; but no source has no mean and no maximum."""
    aggregation = AGGREGATIONS.get(layer.aggregation or DEFAULT_AGGREGATION)
    if aggregation is None or aggregation.empty is not None:
        return
    if layer.weights.form == "sparse":
        fed = {row for row, _, _ in layer.weights.entries}
        empty = [f"{layer.name}.{i}" for i in range(layer.size) if i not in fed]
        if empty:
            yield Finding(
                "NS403",
                ("layers", index, "weights"),
                f"no synapse reaches {listed(empty, most=5)}, and {aggregation.name} of nothing "
                "is undefined",
                "list at least one entry in each row",
            )


RULE = error(
    "NS403",
    "neuron-without-synapses",
    what="A neuron whose `synapses` are empty.",
    why=(
        "It is the same for every row, so it belongs in the bias of the neurons that use it; most "
        "often its sources were forgotten."
    ),
    example="historic: {bias: -100, synapses: {}}",
    mend="historic: {bias: -100, synapses: {age: 1}}",
)(check)
