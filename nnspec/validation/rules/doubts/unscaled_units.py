"""NS907: contributions of very different size in one sum."""

from __future__ import annotations

import math
from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import quote
from nnspec.functions.aggregations import AGGREGATIONS, DEFAULT_AGGREGATION, term_image
from nnspec.spec.model import Layer, Neuron
from nnspec.validation.rule import Subject, warning
from nnspec.validation.rules._paths import neuron_path

LARGEST_RATIO = 1e9


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each weighted sum in which one source drowns another."""
    for index, layer in enumerate(subject.spec.layers):
        if not isinstance(layer, Layer):
            continue
        for neuron in layer.neurons:
            name = layer.aggregation if neuron.aggregation is None else neuron.aggregation
            aggregation = AGGREGATIONS[DEFAULT_AGGREGATION if name is None else name]
            if not aggregation.linear:
                continue
            sizes = dict(_sizes(subject, neuron))
            if len(sizes) < 2:
                continue
            least, most = min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)
            ratio = sizes[most] / sizes[least]
            if ratio > LARGEST_RATIO:
                yield Finding(
                    "NS907",
                    neuron_path(index, neuron.name, "synapses", least),
                    f"in {quote(neuron.name)} the contribution of {quote(most)} is up to "
                    f"{ratio:.1e} times that of {quote(least)}",
                    "are both in the units the weights were made for? 'transform' can rescale them",
                    at="key",
                )


def _sizes(subject: Subject, neuron: Neuron) -> Iterator[tuple[str, float]]:
    """The largest absolute contribution of each synapse, where it is known and not 0."""
    for source, weight in neuron.synapses:
        bounds = subject.bounded.values.get(source)
        value = subject.wiring.value(weight)
        if bounds is not None and value is not None:
            size = max(map(abs, term_image(AGGREGATIONS[DEFAULT_AGGREGATION], value, bounds)))
            if 0 < size < math.inf:
                yield source, size


RULE = warning(
    "NS907",
    "unscaled-units",
    what="A sum in which one source's contribution can be more than 1e9 times another's.",
    why=(
        "Next to it the small one is below what the large one rounds to. Most often an input "
        "comes in other units than the weights were made for."
    ),
    example="inputs:\n  area: {unit: ft2, range: [100, 20000]}\n  share: {range: [0, 1]}\n# ...\n"
    "price: {synapses: {area: 1000000, share: 1}}",
    mend="inputs:\n  area: {unit: ft2, range: [100, 20000]}\n  share: {range: [0, 1]}\n# ...\n"
    "price: {synapses: {area: 100, share: 50000}}",
)(check)
