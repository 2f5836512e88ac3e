"""Names that became others, and a spec rewritten in its new names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from nnspec.spec.linear import LinearInequality, parse_inequality, render_inequality
from nnspec.spec.model import (
    AnyLayer,
    BulkLayer,
    Claim,
    Independent,
    Input,
    Layer,
    Linear,
    Lipschitz,
    Monotone,
    NetworkSpec,
    Neuron,
    Ordered,
    Property,
    Synapse,
    Then,
    Weight,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Renames:
    """By old name the new one, of whatever is in both specs, those that kept their name too."""

    inputs: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    neurons: Mapping[str, str] = field(default_factory=dict)
    layers: Mapping[str, str] = field(default_factory=dict)

    def unit(self, name: str) -> str:
        """The new name of an input, a category's unit or a neuron; of others, the same."""
        for names in (self.neurons, self.inputs):
            if name in names:
                return names[name]
        head, dot, rest = name.partition(".")
        if not dot:
            return name
        owner = self.inputs.get(head, self.layers.get(head, head))
        return f"{owner}.{rest}"

    def source(self, name: str) -> str:
        """The new name of an entry of ``from``: an input's or a layer's."""
        return self.inputs.get(name, self.layers.get(name, name))

    def weight(self, weight: Weight | None) -> Any:
        """A weight under its parameter's new name."""
        return self.parameters.get(weight, weight) if isinstance(weight, str) else weight


def renamed_spec(spec: NetworkSpec, to: Renames) -> NetworkSpec:
    """The same network under its new names; what kept no name of its own keeps the old one.

    An input reads the column that it read before.
    """
    return replace(
        spec,
        inputs=tuple([_input(item, to) for item in spec.inputs]),
        parameters={to.parameters.get(k, k): v for k, v in spec.parameters.items()},
        layers=tuple([_layer(layer, to) for layer in spec.layers]),
        outputs=tuple([to.unit(name) for name in spec.output_names]),
        examples=tuple(
            [
                replace(
                    e,
                    given={to.inputs.get(k, k): v for k, v in e.given.items()},
                    expect=_keys(e.expect, to),
                )
                for e in spec.examples
            ]
        ),
        properties=tuple([_property(p, to) for p in spec.properties]),
    )


def _input(item: Input, to: Renames) -> Input:
    return replace(item, name=to.inputs.get(item.name, item.name), column=item.column_name)


def _layer(layer: AnyLayer, to: Renames) -> AnyLayer:
    name = to.layers.get(layer.name, layer.name)
    if isinstance(layer, Layer):
        neurons = tuple([_neuron(neuron, to) for neuron in layer.neurons])
        return replace(layer, name=name, neurons=neurons, bias=to.weight(layer.bias))
    sources = tuple(map(to.source, layer.sources))
    return replace(layer, name=name, sources=sources, bias=_bulk_bias(layer, to))


def _bulk_bias(layer: BulkLayer, to: Renames) -> Any:
    return to.weight(layer.bias) if isinstance(layer.bias, str) else layer.bias


def _neuron(neuron: Neuron, to: Renames) -> Neuron:
    synapses = tuple([Synapse(to.unit(s), to.weight(w)) for s, w in neuron.synapses])
    name, bias = to.neurons.get(neuron.name, neuron.name), to.weight(neuron.bias)
    return replace(neuron, name=name, bias=bias, synapses=synapses)


def _keys(mapping: Mapping[str, T], to: Renames) -> dict[str, T]:
    return {to.unit(key): value for key, value in mapping.items()}


def _property(item: Property, to: Renames) -> Property:
    when = {to.inputs.get(k, k): v for k, v in item.when.items()}
    return replace(item, claim=_claim(item.claim, to), when=when)


def _claim(claim: Claim, to: Renames) -> Claim:
    match claim:
        case Then(bounds):
            return Then(_keys(bounds, to))
        case Monotone(directions):
            return Monotone({to.unit(k): _keys(v, to) for k, v in directions.items()})
        case Independent(of):
            return Independent({to.unit(k): tuple(map(to.unit, v)) for k, v in of.items()})
        case Lipschitz(bounds):
            return Lipschitz({to.unit(k): _keys(v, to) for k, v in bounds.items()})
        case Ordered(pairs):
            return Ordered(tuple([(to.unit(a), to.unit(b)) for a, b in pairs]))
        case Linear(inequalities):
            return Linear(tuple([_inequality(text, to) for text in inequalities]))


def _inequality(text: str, to: Renames) -> str:
    parsed = parse_inequality(text)
    terms = tuple([(to.unit(name), coefficient) for name, coefficient in parsed.terms])
    return render_inequality(LinearInequality(terms, parsed.constant, parsed.relation))
