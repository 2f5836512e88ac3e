"""NS904: two neurons that compute the same."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import quote
from nnspec.spec.resolved import ResolvedNeuron
from nnspec.validation.rule import Subject, warning


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each neuron of a layer that repeats one before it."""
    first: dict[Hashable, ResolvedNeuron] = {}
    for neuron in subject.resolved.named.values():
        same = first.setdefault((neuron.layer, _computes(neuron)), neuron)
        if same is not neuron:
            yield Finding(
                "NS904",
                neuron.path,
                f"{quote(neuron.name)} computes the same as {quote(same.name)}",
                "delete one, or mend the one that was meant to differ",
                at="key",
                related=same.path,
            )


def _computes(neuron: ResolvedNeuron) -> Hashable:
    """What a neuron computes, spelled so that two that compute the same are equal."""
    activation = neuron.activation
    return (
        neuron.shown_bias,
        neuron.aggregation.name,
        activation.function.name,
        repr(sorted(activation.parameters.items())),
        neuron.synapses,
    )


RULE = warning(
    "NS904",
    "duplicate-neurons",
    what="Two neurons of one layer with the same activation, aggregation, bias and synapses.",
    why=(
        "They always have the same value, so one of them says nothing; most often one was copied "
        "and not yet changed."
    ),
    example="large: {bias: -2000, synapses: {area: 1}}\nroomy: {bias: -2000, synapses: {area: 1}}",
    mend="large: {bias: -2000, synapses: {area: 1}}\nroomy: {bias: -3, synapses: {bedrooms: 1}}",
)(check)
