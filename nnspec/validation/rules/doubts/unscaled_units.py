"""NS907: contributions of very different size in one sum."""

from __future__ import annotations

import math
from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import quote
from nnspec.spec.resolved import ResolvedNeuron
from nnspec.validation.rule import Subject, warning

LARGEST_RATIO = 1e9


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each weighted sum in which one source drowns another."""
    for neuron in subject.resolved.named.values():
        if not neuron.aggregation.linear:
            continue
        sizes = dict(_sizes(subject, neuron))
        if len(sizes) < 2:
            continue
        least, most = min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)
        ratio = sizes[most] / sizes[least]
        if ratio > LARGEST_RATIO:
            yield Finding(
                "NS907",
                neuron.where("synapses", least),
                f"in {quote(neuron.name)} the contribution of {quote(most)} is up to "
                f"{ratio:.1e} times that of {quote(least)}",
                "are both in the units the weights were made for? 'transform' can rescale them",
                at="key",
            )


def _sizes(subject: Subject, neuron: ResolvedNeuron) -> Iterator[tuple[str, float]]:
    """The largest absolute contribution of each synapse, where it is known and not 0."""
    for source, weight, _ in neuron.synapses:
        bounds = subject.bounded.values[source]
        size = max(map(abs, neuron.aggregation.term.image(weight, bounds)))
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
