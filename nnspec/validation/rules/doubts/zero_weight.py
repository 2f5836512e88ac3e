"""NS901: a synapse of weight zero."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import quote
from nnspec.functions.aggregations import AGGREGATIONS, DEFAULT_AGGREGATION
from nnspec.spec.model import Layer
from nnspec.validation.rule import Subject, warning
from nnspec.validation.rules._paths import neuron_path


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each synapse whose weight is 0 where that has no effect."""
    wiring = subject.wiring
    for index, layer in enumerate(subject.spec.layers):
        if not isinstance(layer, Layer):
            continue
        for neuron in layer.neurons:
            name = layer.aggregation if neuron.aggregation is None else neuron.aggregation
            record = AGGREGATIONS.get(DEFAULT_AGGREGATION if name is None else name)
            if record is None or not record.zero_is_absent:
                continue
            for source, weight in neuron.synapses:
                if weight == 0 or (isinstance(weight, str) and wiring.value(weight) == 0):
                    yield Finding(
                        "NS901",
                        neuron_path(index, neuron.name, "synapses", source),
                        f"the synapse {source} -> {neuron.name} has weight 0",
                        f"delete {quote(source)}: only nonzero synapses need be listed",
                    )


RULE = warning(
    "NS901",
    "zero-weight",
    what=(
        "A synapse of weight 0 where it has no effect: in a weighted sum, or as an exponent. "
        "(In `mean`, `max`, `min` and the distances a weight of 0 counts, and is not reported.)"
    ),
    why="A reader takes a listed synapse for one that matters.",
    example="synapses: {area: 120.5, distance: 0}",
    mend="synapses: {area: 120.5}",
)(check)
