"""NS902: a neuron that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import quote
from nnspec.spec.topology import used_units
from nnspec.validation.rule import Subject, warning
from nnspec.validation.rules._claims import mentions
from nnspec.validation.rules._paths import neuron_path


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each neuron that no synapse, no output and no claim names."""
    claimed = {mention.name for mention in mentions(subject)}
    used = used_units(subject.spec) | claimed
    for index, neuron in subject.spec.neurons():
        if neuron.name not in used:
            yield Finding(
                "NS902",
                neuron_path(index, neuron.name),
                f"nothing uses neuron {quote(neuron.name)}, and it is not an output",
                "use it in a later layer, list it in 'outputs', or delete it",
                at="key",
            )
    owners = {name.rpartition(".")[0] for name in used}
    for index, layer in subject.spec.bulk_layers():
        if layer.group is None and layer.name not in owners:
            yield Finding(
                "NS902",
                ("layers", index, "name"),
                f"nothing uses the neurons of layer {quote(layer.name)}",
                "use them in a later layer, list them in 'outputs', or delete the layer",
            )


RULE = warning(
    "NS902",
    "unused-neuron",
    what="A neuron that no synapse starts from, that is no output, and that no claim is about.",
    why="It is computed for nothing; most often the synapse that should use it was forgotten.",
    example="layers:\n  - name: hidden\n    neurons:\n      historic: {synapses: {age: 1}}\n"
    "  - name: output\n    neurons:\n      price: {synapses: {area: 100}}",
    mend="layers:\n  - name: hidden\n    neurons:\n      historic: {synapses: {age: 1}}\n"
    "  - name: output\n    neurons:\n      price: {synapses: {area: 100, historic: 1840}}",
)(check)
