"""The definition of what a network computes, in plain Python, one row at a time.

It is written to be read beside the format reference, not to be fast; every other evaluator must
agree with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nnspec.functions.activations import find, with_defaults
from nnspec.functions.aggregations import AGGREGATIONS, DEFAULT_AGGREGATION, Aggregation
from nnspec.functions.groups import GROUPS
from nnspec.functions.transforms import TRANSFORMS
from nnspec.spec.model import (
    Activation,
    BulkLayer,
    DenseWeights,
    FileWeights,
    Input,
    Layer,
    NetworkSpec,
    SparseWeights,
    StoredNumbers,
    Value,
    Weight,
    category_text,
)
from nnspec.spec.topology import Wiring


@dataclass(slots=True)
class Valuation:
    """What each unit of a network is for one row.

    Parameters
    ----------
    outputs
        By unit: what synapses see of an input, after its transforms; a neuron's output a.
    z
        By neuron: its pre-activation.
    """

    outputs: dict[str, float] = field(default_factory=dict)
    z: dict[str, float] = field(default_factory=dict)


Synapses = Sequence[tuple[str, float]]


def evaluate_row(spec: NetworkSpec, row: Mapping[str, Value]) -> Valuation:
    """Evaluate a network that has no errors for one row, given in the table's own units.

    Parameters
    ----------
    spec
        A spec without errors.
    row
        A value for each input that has no stand-in for a missing one.

    Examples
    --------
    >>> from nnspec.spec.model import Input, Layer, NetworkSpec, Neuron
    >>> historic = Neuron("historic", {"age": 1}, bias=-100, activation="relu")
    >>> spec = NetworkSpec("n", (Input("age"),), (Layer("hidden", (historic,)),))
    >>> evaluate_row(spec, {"age": 120}).outputs["historic"]
    20.0
    """
    wiring = Wiring(spec)
    valuation = Valuation()
    for item in spec.inputs:
        valuation.outputs.update(input_units(item, row.get(item.name)))
    for layer in spec.layers:
        for name, aggregation, activation, bias, synapses in layer_neurons(layer, wiring):
            z = pre_activation(aggregation, bias, synapses, valuation.outputs)
            valuation.z[name] = z
            valuation.outputs[name] = apply_activation(activation, z)
        if layer.group is not None:
            _apply_group(layer, layer.group, valuation)
    return valuation


def input_units(item: Input, value: Value | None) -> dict[str, float]:
    """What synapses see of an input: itself after its transforms, or 1 for its category."""
    if value is None:
        value = item.missing
    if value is None:
        raise KeyError(f"no value for input {item.name!r}")
    if item.type == "category":
        chosen = category_text(value)
        return {unit: float(unit == f"{item.name}.{chosen}") for unit in item.units}
    x = float(value)
    for step in item.transforms:
        x = TRANSFORMS[step.kind].scalar(x, *step.parameters)
    return {item.name: x}


def pre_activation(
    aggregation: Aggregation, bias: float, synapses: Synapses, outputs: Mapping[str, float]
) -> float:
    """Z = bias + reduce over synapses of pointwise(weight, source)."""
    terms = [aggregation.pointwise(weight, outputs[source]) for source, weight in synapses]
    if not terms and aggregation.empty is not None:
        return bias + aggregation.empty
    return bias + aggregation.scalar(terms)


def apply_activation(activation: Activation | None, z: float) -> float:
    """A = activation(z)."""
    if activation is None:
        return z
    function = find(activation.name)
    if function is None:
        raise ValueError(f"unknown activation {activation.name!r}")
    return function.scalar(z, **with_defaults(function, activation.parameters))


def _apply_group(layer: Layer | BulkLayer, group: str, valuation: Valuation) -> None:
    """Let the neurons of a layer act on each other, in the order of their names or numbers."""
    by_name = GROUPS[group].order == "name" and isinstance(layer, Layer)
    ordered = sorted(layer.neuron_names) if by_name else list(layer.neuron_names)
    results = GROUPS[group].scalar([valuation.outputs[name] for name in ordered])
    valuation.outputs.update(zip(ordered, results, strict=True))


def layer_neurons(
    layer: Layer | BulkLayer, wiring: Wiring
) -> Iterator[tuple[str, Aggregation, Activation | None, float, Synapses]]:
    """Each neuron of a layer: name, aggregation, activation, bias and synapses in order."""
    if isinstance(layer, BulkLayer):
        yield from _bulk_neurons(layer, wiring)
        return
    for neuron in layer.neurons:
        bias = layer.bias if neuron.bias is None else neuron.bias
        name = layer.aggregation if neuron.aggregation is None else neuron.aggregation
        synapses = sorted((source, _number(weight, wiring)) for source, weight in neuron.synapses)
        yield (
            neuron.name,
            AGGREGATIONS[DEFAULT_AGGREGATION if name is None else name],
            layer.activation if neuron.activation is None else neuron.activation,
            _number(bias, wiring),
            synapses,
        )


def _bulk_neurons(
    layer: BulkLayer, wiring: Wiring
) -> Iterator[tuple[str, Aggregation, Activation | None, float, Synapses]]:
    columns = wiring.columns(layer.sources)
    aggregation = AGGREGATIONS[layer.aggregation or DEFAULT_AGGREGATION]
    for i, name in enumerate(layer.neuron_names):
        bias = _number(_bulk_bias(layer, i), wiring)
        yield name, aggregation, layer.activation, bias, _bulk_synapses(layer, columns, i)


def _bulk_synapses(layer: BulkLayer, columns: Sequence[str], row: int) -> Synapses:
    if isinstance(layer.weights, DenseWeights):
        return list(zip(columns, map(float, layer.weights.rows[row]), strict=True))
    if isinstance(layer.weights, SparseWeights):
        own = sorted((column, value) for at, column, value in layer.weights.entries if at == row)
        return [(columns[column], float(value)) for column, value in own]
    return [(columns[column], value) for column, value in _stored(layer, layer.weights).row(row)]


def _bulk_bias(layer: BulkLayer, row: int) -> Weight | None:
    if isinstance(layer.bias, FileWeights):
        return _stored(layer, layer.bias).row(row)[0][1]
    return layer.bias[row] if isinstance(layer.bias, tuple) else layer.bias


def _stored(layer: BulkLayer, weights: FileWeights) -> StoredNumbers:
    if weights.values is None:
        raise ValueError(f"the weight file of layer {layer.name!r} was not opened")
    return weights.values


def _number(weight: Weight | None, wiring: Wiring) -> float:
    if isinstance(weight, str):
        weight = wiring.spec.parameters[weight]
    # Adding 0.0 makes -0.0 the one zero: a z is never -0.0, whose reciprocal would differ.
    return 0.0 if weight is None else float(weight) + 0.0
