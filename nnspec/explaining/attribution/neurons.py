"""Neuron by neuron: what the reference evaluator does for one row, kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from nnspec.evaluators.reference import Valuation, apply_activation, layer_neurons
from nnspec.explaining.data import NeuronStep, Term
from nnspec.explaining.render.wording import (
    category_sentence,
    has_fired,
    hinge_sentence,
    single_input,
)
from nnspec.spec.model import BulkLayer, Layer, NetworkSpec, Neuron, Value
from nnspec.spec.topology import Wiring


def neuron_steps(
    spec: NetworkSpec, row: Mapping[str, Value], valuation: Valuation
) -> Iterator[NeuronStep]:
    """What each neuron did, in order of evaluation."""
    wiring = Wiring(spec)
    for layer in spec.layers:
        for step in _steps(layer, wiring, valuation):
            yield replace(step, because=_because(spec, row, step))


def _steps(layer: Layer | BulkLayer, wiring: Wiring, valuation: Valuation) -> Iterator[NeuronStep]:
    named: dict[str, Neuron] = {}
    if isinstance(layer, Layer):
        named = {neuron.name: neuron for neuron in layer.neurons}
    for name, aggregation, activation, bias, synapses in layer_neurons(layer, wiring):
        outputs = valuation.outputs
        terms = tuple(
            Term(source, weight, outputs[source], aggregation.pointwise(weight, outputs[source]))
            for source, weight in synapses
        )
        z = valuation.z[name]
        activated = apply_activation(activation, z)
        function = "identity" if activation is None else activation.name
        fired = has_fired(function, activated)
        if layer.group == "winner":
            fired = outputs[name] == 1
        own = named.get(name)
        yield NeuronStep(
            name=name,
            layer=layer.name,
            unit=None if own is None else own.unit,
            description=None if own is None else own.description,
            aggregation=aggregation.name,
            bias=bias,
            terms=terms,
            z=z,
            activation=function,
            activated=activated,
            group=layer.group,
            value=outputs[name],
            fired=fired,
            because="",
        )


def _because(spec: NetworkSpec, row: Mapping[str, Value], step: NeuronStep) -> str:
    item = single_input(spec, step)
    if item is not None and step.group is None:
        return hinge_sentence(step, item, row[item.name])
    return category_sentence(spec, step)
