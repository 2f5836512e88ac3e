"""Neuron by neuron: what the reference evaluator does for one row, kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from nnspec.evaluators.reference import Valuation
from nnspec.explaining.data import NeuronStep, Term
from nnspec.explaining.render.wording import (
    category_sentence,
    has_fired,
    hinge_sentence,
    single_input,
)
from nnspec.functions.groups import GROUPS
from nnspec.spec.model import NetworkSpec, Value
from nnspec.spec.resolved import ResolvedLayer, ResolvedNeuron, resolve


def neuron_steps(
    spec: NetworkSpec, row: Mapping[str, Value], valuation: Valuation
) -> Iterator[NeuronStep]:
    """What each neuron did, in order of evaluation."""
    for layer in resolve(spec).layers:
        for neuron in layer.neurons():
            step = _step(layer, neuron, valuation)
            because = _because(spec, row, step)
            yield replace(step, because=because) if because else step


def _step(layer: ResolvedLayer, neuron: ResolvedNeuron, valuation: Valuation) -> NeuronStep:
    outputs, own = valuation.outputs, neuron.own
    z = valuation.z[neuron.name]
    activated = neuron.activation(z)
    fired = has_fired(neuron.activation, activated)
    if layer.group is not None and GROUPS[layer.group].jumps:
        fired = outputs[neuron.name] == 1
    return NeuronStep(
        name=neuron.name,
        layer=layer.name,
        unit=None if own is None else own.unit,
        description=None if own is None else own.description,
        aggregation=neuron.aggregation.name,
        bias=neuron.bias,
        terms=tuple(
            [
                Term(source, w, outputs[source], neuron.aggregation.pointwise(w, outputs[source]))
                for source, w, _ in neuron.synapses
            ]
        ),
        z=z,
        activation=neuron.activation.written.name,
        activated=activated,
        group=layer.group,
        value=outputs[neuron.name],
        fired=fired,
        because="",
    )


def _because(spec: NetworkSpec, row: Mapping[str, Value], step: NeuronStep) -> str:
    item = single_input(spec, step)
    if item is not None and step.group is None:
        return hinge_sentence(step, item, row[item.name])
    return category_sentence(spec, step)
