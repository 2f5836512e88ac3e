"""What a neuron is, whichever way its spec says it: its layer's defaults and aliases resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nnspec.functions.activations import find, with_defaults
from nnspec.functions.aggregations import AGGREGATIONS, DEFAULT_AGGREGATION
from nnspec.spec.model import Activation, BulkLayer, Layer, NetworkSpec, Neuron, Weight
from nnspec.spec.resolved import ResolvedNeuron, resolve
from nnspec.views.formula import neuron_formula


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions of a neuron: its activation's own name and all its parameters."""

    activation: str
    parameters: Mapping[str, Any]
    aggregation: str


@dataclass(frozen=True, slots=True)
class NeuronFacts:
    """A named neuron with its layer's defaults filled in.

    Parameters
    ----------
    neuron, layer
        What the spec says.
    synapses
        Weights by source.
    values
        The same as numbers, parameters resolved.
    bias, bias_value
        The bias as written, and as a number.
    resolved
        What it means.
    """

    neuron: Neuron
    layer: Layer
    synapses: Mapping[str, Weight]
    values: Mapping[str, float]
    bias: Weight
    bias_value: float
    functions: Functions
    resolved: ResolvedNeuron

    @property
    def name(self) -> str:
        """The neuron's name."""
        return self.neuron.name

    @property
    def formula(self) -> str:
        """What it computes, in names."""
        return neuron_formula(self.resolved)

    @property
    def signature(self) -> tuple[Any, ...]:
        """All that it computes: two neurons with one signature are the same but for their name."""
        functions = self.functions
        parameters = tuple(sorted((k, repr(v)) for k, v in functions.parameters.items()))
        weights = tuple(sorted(self.values.items()))
        return functions.aggregation, functions.activation, parameters, self.bias_value, weights


def neuron_facts(spec: NetworkSpec) -> dict[str, NeuronFacts]:
    """Every named neuron's facts by its name, in order of evaluation."""
    return {facts.name: facts for facts in _facts(spec)}


def _facts(spec: NetworkSpec) -> Iterator[NeuronFacts]:
    named = resolve(spec).named
    for _, layer in spec.named_layers():
        for neuron in layer.neurons:
            bias = layer.bias if neuron.bias is None else neuron.bias
            bias = 0.0 if bias is None else bias
            synapses = dict(neuron.synapses)
            yield NeuronFacts(
                neuron,
                layer,
                synapses,
                {source: value_of(weight, spec) for source, weight in synapses.items()},
                bias,
                value_of(bias, spec),
                functions_of(
                    layer.activation if neuron.activation is None else neuron.activation,
                    layer.aggregation if neuron.aggregation is None else neuron.aggregation,
                ),
                named[neuron.name],
            )


def value_of(weight: Weight | None, spec: NetworkSpec) -> float:
    """A weight as a number; -0.0 is 0.0, as it is to every evaluator."""
    if isinstance(weight, str):
        weight = spec.parameters[weight]
    return 0.0 if weight is None else float(weight) + 0.0


def functions_of(activation: Activation | None, aggregation: str | None) -> Functions:
    """Functions under their own names, with every parameter."""
    name = "identity" if activation is None else activation.name
    record = find(name)
    if record is None:
        raise ValueError(f"unknown activation {name!r}")  # the rules refuse it before
    given = {} if activation is None else activation.parameters
    parameters = {k: _numbers(v) for k, v in with_defaults(record, given).items()}
    return Functions(record.name, parameters, aggregation or DEFAULT_AGGREGATION)


def _numbers(value: Any) -> Any:
    """A parameter with its numbers as floats, so that 1 and 1.0 are the same."""
    if isinstance(value, list | tuple):
        return tuple([_numbers(item) for item in value])
    return float(value) if isinstance(value, int) else value


def layer_functions(layer: BulkLayer) -> Functions:
    """The functions that all neurons of a bulk layer have."""
    return functions_of(layer.activation, layer.aggregation)


def zero_is_absent(aggregation: str) -> bool:
    """Whether a weight of 0 is no synapse to an aggregation."""
    return AGGREGATIONS[aggregation].zero_is_absent
