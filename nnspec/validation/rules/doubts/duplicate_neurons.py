"""NS904: two neurons that compute the same."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import quote
from nnspec.functions.activations import DEFAULT_ACTIVATION, find, with_defaults
from nnspec.functions.aggregations import DEFAULT_AGGREGATION
from nnspec.spec.model import Activation, Layer, Neuron
from nnspec.validation.rule import Subject, warning
from nnspec.validation.rules._paths import neuron_path


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each neuron of a layer that repeats one before it."""
    for index, layer in enumerate(subject.spec.layers):
        if isinstance(layer, Layer):
            first: dict[Hashable, str] = {}
            for neuron in layer.neurons:
                same = first.setdefault(_computes(layer, neuron), neuron.name)
                if same != neuron.name:
                    yield Finding(
                        "NS904",
                        neuron_path(index, neuron.name),
                        f"{quote(neuron.name)} computes the same as {quote(same)}",
                        "delete one, or mend the one that was meant to differ",
                        at="key",
                        related=neuron_path(index, same),
                    )


def _computes(layer: Layer, neuron: Neuron) -> Hashable:
    """What a neuron computes, spelled so that two that compute the same are equal."""
    bias = layer.bias if neuron.bias is None else neuron.bias
    aggregation = layer.aggregation if neuron.aggregation is None else neuron.aggregation
    activation = layer.activation if neuron.activation is None else neuron.activation
    return (
        0 if bias is None else bias,
        DEFAULT_AGGREGATION if aggregation is None else aggregation,
        _activation(activation),
        frozenset(neuron.synapses),
    )


def _activation(activation: Activation | None) -> Hashable:
    function = find(DEFAULT_ACTIVATION if activation is None else activation.name)
    if function is None:
        return None
    given = {} if activation is None else activation.parameters
    return function.name, repr(sorted(with_defaults(function, given).items()))


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
