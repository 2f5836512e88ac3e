"""A network as plain data for the page's JavaScript, in the order in which terms are added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnspec.evaluators.reference import layer_neurons
from nnspec.functions.activations import DEFAULT_ACTIVATION, find, with_defaults
from nnspec.functions.groups import GROUPS
from nnspec.spec.model import Activation, Input, Layer, NetworkSpec, category_text
from nnspec.spec.topology import Wiring


def page_facts(spec: NetworkSpec) -> dict[str, Any]:
    """Inputs, layers and outputs of a spec without errors.

    Units are numbered: each input's, in order, then each neuron, layer by layer.
    """
    wiring = Wiring(spec)
    index: dict[str, int] = {}
    for item in spec.inputs:
        for unit in item.units:
            index[unit] = len(index)
    layers = []
    for layer in spec.layers:
        for name in layer.neuron_names:
            index[name] = len(index)
    described = {neuron.name: neuron for _, neuron in spec.neurons()}
    for layer in spec.layers:
        neurons = []
        for name, aggregation, activation, bias, synapses in layer_neurons(layer, wiring):
            known = described.get(name)
            function, parameters = _activation(activation)
            neurons.append({
                "name": name,
                "unit": None if known is None else known.unit,
                "description": None if known is None else known.description,
                "aggregation": aggregation.name,
                "activation": function,
                "parameters": parameters,
                "hinges": list(find_hinges(function, parameters)),
                "bias": bias,
                "synapses": [[index[source], weight] for source, weight in synapses],
            })  # fmt: skip
        layers.append({"name": layer.name, "group": layer.group, "order": _order(layer),
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
        "categories": [category_text(value) for value in item.categories],
        "units": list(item.units),
        "transforms": [[step.kind, *step.parameters] for step in item.transforms],
    }


def _activation(activation: Activation | None) -> tuple[str, Mapping[str, Any]]:
    function = find(DEFAULT_ACTIVATION if activation is None else activation.name)
    if function is None:
        raise ValueError(f"unknown activation {activation!r}")  # the rules refuse it before
    given = {} if activation is None else activation.parameters
    return function.name, with_defaults(function, given)


def find_hinges(name: str, parameters: Mapping[str, Any]) -> tuple[float, ...]:
    """Each z where an activation bends or jumps."""
    function = find(name)
    return () if function is None else function.hinges(**parameters)


def _order(layer: Any) -> list[int]:
    """The order in which a group takes a layer's neurons."""
    names = layer.neuron_names
    rows = list(range(len(names)))
    by_name = layer.group is not None and GROUPS[layer.group].order == "name"
    return sorted(rows, key=names.__getitem__) if by_name and isinstance(layer, Layer) else rows
