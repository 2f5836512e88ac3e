"""NS308: a synapse from a category as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import listed, quote
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules._paths import neuron_path
from nnspec.validation.rules.names.dangling_synapse import is_whole_category


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each synapse whose source is a category input, not one of its values."""
    for index, neuron in subject.spec.neurons():
        for source, _ in neuron.synapses:
            if is_whole_category(subject.wiring, source):
                units = subject.wiring.inputs[source].units
                yield Finding(
                    "NS308",
                    neuron_path(index, neuron.name, "synapses", source),
                    f"source {quote(source)} is a category, which has no number of its own",
                    f"name its values, each with a weight: {listed(units, most=8)}",
                    at="key",
                )


RULE = error(
    "NS308",
    "whole-category",
    what="A synapse whose source is a category input rather than one of its values.",
    why="Each value of a category is a unit of its own, 1 or 0; the category itself is no number.",
    example="synapses: {condition: 12000}",
    mend="synapses: {condition.good: 12000, condition.poor: -9000}",
)(check)
