"""A network as plain data for the page's JavaScript, in the order in which terms are added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnspec.functions.expressions.trees import TREES, as_data, variable
from nnspec.functions.groups import GROUPS, Each
from nnspec.functions.transforms import TRANSFORMS
from nnspec.spec.inputs import middle_cell, number_of
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
                       "steps": _steps(layer.group), "neurons": neurons})  # fmt: skip
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
        "start": number_of(item, middle_cell(item)),
        "missing": item.missing,
        "categories": list(item.category_texts),
        "units": list(item.units),
        "transforms": [
            as_data(TRANSFORMS[step.kind].define(TREES, variable("x"), *step.parameters))
            for step in item.transforms
        ],
    }


def _neuron(neuron: ResolvedNeuron, index: Mapping[str, int]) -> dict[str, Any]:
    aggregation = neuron.aggregation
    own, function, parameters = neuron.own, neuron.activation.function, neuron.activation.parameters
    return {
        "name": neuron.name,
        "unit": None if own is None else own.unit,
        "description": None if own is None else own.description,
        "aggregation": aggregation.name,
        "is_sum": aggregation.is_sum,
        "term": as_data(aggregation.term.define(TREES, variable("w"), variable("x"))),
        "reducer": aggregation.reducer,
        "finish": as_data(aggregation.finished(TREES, variable("total"), variable("n"))),
        "empty": 0.0 if aggregation.empty is None else aggregation.empty,
        "activation": function.name,
        "expression": as_data(function.tree(**parameters)),
        "is_identity": function.is_identity(**parameters),
        "hinges": list(function.hinges(**parameters)),
        "bias": neuron.bias,
        "synapses": [[index[source], weight] for source, weight, _ in neuron.synapses],
    }


def _steps(group: str | None) -> list[dict[str, Any]]:
    """The steps of a group: what is folded, and how; or what each neuron's value becomes."""
    value, number, folded = variable("value"), variable("number"), variable("folded")
    steps: list[dict[str, Any]] = []
    for step in () if group is None else GROUPS[group].steps:
        if isinstance(step, Each):
            made = step.define(TREES, value, number, folded)
            steps.append({"fold": None, "of": as_data(made)})
        else:
            of = None if step.of is None else as_data(step.of(TREES, value))
            steps.append({"fold": step.reducer, "of": of})
    return steps
