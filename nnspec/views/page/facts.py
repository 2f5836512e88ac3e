"""A network as plain data for the page's JavaScript, in the order in which terms are added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnspec.spec.model import Input, NetworkSpec
from nnspec.spec.resolved import ResolvedNeuron, resolve


def page_facts(spec: NetworkSpec) -> dict[str, Any]:
    """Inputs, layers and outputs of a spec without errors.

    Units are numbered: each input's, in order, then each neuron, layer by layer.
    """
    index: dict[str, int] = {}
    for item in spec.inputs:
        for unit in item.units:
            index[unit] = len(index)
    for written in spec.layers:
        for name in written.neuron_names:
            index[name] = len(index)
    layers = []
    for layer in resolve(spec).layers:
        neurons = [_neuron(neuron, index) for neuron in layer.neurons()]
        order = list(layer.group_order)
        layers.append({"name": layer.name, "group": layer.group, "order": order,
                       "neurons": neurons})  # fmt: skip
    return {
        "name": spec.name,
        "title": spec.title,
        "description": spec.description,
        "inputs": [_input(item) for item in spec.inputs],
        "layers": layers,
        "outputs": list(spec.output_names),
    }


def _input(item: Input) -> dict[str, Any]:
    low, high = item.range
    return {
        "name": item.name,
        "type": item.type,
        "unit": item.unit,
        "description": item.description,
        "range": [low, high],
        "missing": item.missing,
        "categories": list(item.category_texts),
        "units": list(item.units),
        "transforms": [[step.kind, *step.parameters] for step in item.transforms],
    }


def _neuron(neuron: ResolvedNeuron, index: Mapping[str, int]) -> dict[str, Any]:
    own, function, parameters = neuron.own, neuron.activation.function, neuron.activation.parameters
    return {
        "name": neuron.name,
        "unit": None if own is None else own.unit,
        "description": None if own is None else own.description,
        "aggregation": neuron.aggregation.name,
        "activation": function.name,
        "parameters": parameters,
        "hinges": list(function.hinges(**parameters)),
        "bias": neuron.bias,
        "synapses": [[index[source], weight] for source, weight, _ in neuron.synapses],
    }
