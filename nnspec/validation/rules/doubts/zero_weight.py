"""NS901: a synapse of weight zero."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import quote
from nnspec.validation.rule import Subject, warning


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each synapse whose weight is 0 where that has no effect."""
    for neuron in subject.resolved.named.values():
        if not neuron.aggregation.zero_is_absent:
            continue
        for source, weight, _ in neuron.synapses:
            if weight == 0:
                yield Finding(
                    "NS901",
                    neuron.where("synapses", source),
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
