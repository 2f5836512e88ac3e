"""Intervals of every unit over the declared ranges, by interval arithmetic.

They say what *can* happen, generously: each synapse is taken at its worst independently of the
others. What they rule out, such as a neuron that can never fire, is ruled out for certain up to
rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from nnspec.functions.activations import find, with_defaults
from nnspec.functions.aggregations import (
    AGGREGATIONS,
    DEFAULT_AGGREGATION,
    Bounds,
    add_bounds,
    term_image,
)
from nnspec.functions.groups import GROUPS
from nnspec.functions.transforms import TRANSFORMS
from nnspec.spec.model import (
    Activation,
    BulkLayer,
    DenseWeights,
    Input,
    Layer,
    NetworkSpec,
    Neuron,
    SparseWeights,
)
from nnspec.spec.topology import Wiring

EVERYTHING: Bounds = (-math.inf, math.inf)


@dataclass(slots=True)
class Bounded:
    """Intervals by unit: ``values`` of outputs (inputs as transformed), ``z`` of neurons."""

    values: dict[str, Bounds] = field(default_factory=dict)
    z: dict[str, Bounds] = field(default_factory=dict)


def bound_units(spec: NetworkSpec, wiring: Wiring) -> Bounded:
    """Propagate the declared ranges through a spec that has no errors.

    Bulk layers whose weights stand in a file are left unbounded.
    """
    bounded = Bounded()
    for item in spec.inputs:
        for unit in item.units:
            bounded.values[unit] = input_bounds(item)
    for layer in spec.layers:
        if isinstance(layer, BulkLayer):
            _bound_bulk(layer, wiring, bounded)
        else:
            _bound_named(layer, wiring, bounded)
        if layer.group is not None and layer.neuron_names:
            names = layer.neuron_names
            image = GROUPS[layer.group].image([bounded.values[name] for name in names])
            bounded.values.update(dict.fromkeys(names, image))
    return bounded


def declared_bounds(item: Input) -> Bounds:
    """The interval an input may take, in the table's own units."""
    if item.type in ("boolean", "category"):
        return 0.0, 1.0
    low, high = item.range
    return -math.inf if low is None else float(low), math.inf if high is None else float(high)


def input_bounds(item: Input) -> Bounds:
    """The interval of what synapses see of an input: after its transforms."""
    bounds = declared_bounds(item)
    for step in item.transforms:
        low, high = TRANSFORMS[step.kind].image(bounds, *step.parameters)
        bounds = EVERYTHING if math.isnan(low) or math.isnan(high) else (low, high)
    return bounds


def activation_image(activation: Activation | None, z: Bounds) -> Bounds:
    """The interval of an activation's value over an interval of z."""
    if activation is None:
        return z
    function = find(activation.name)
    if function is None or math.isnan(z[0]) or math.isnan(z[1]):
        return EVERYTHING
    low, high = function.image(z, **with_defaults(function, activation.parameters))
    return low, high


def _bound_named(layer: Layer, wiring: Wiring, bounded: Bounded) -> None:
    for neuron in layer.neurons:
        z = neuron_bounds(layer, neuron, wiring, bounded)
        bounded.z[neuron.name] = z
        activation = layer.activation if neuron.activation is None else neuron.activation
        bounded.values[neuron.name] = activation_image(activation, z)


def neuron_bounds(layer: Layer, neuron: Neuron, wiring: Wiring, bounded: Bounded) -> Bounds:
    """The interval of a named neuron's pre-activation."""
    bias = wiring.value(layer.bias if neuron.bias is None else neuron.bias) or 0.0
    name = layer.aggregation if neuron.aggregation is None else neuron.aggregation
    terms = [
        (wiring.value(weight) or 0.0, bounded.values.get(source, EVERYTHING))
        for source, weight in neuron.synapses
    ]
    return _reduced(name, terms, bias)


def _reduced(name: str | None, synapses: list[tuple[float, Bounds]], bias: float) -> Bounds:
    aggregation = AGGREGATIONS[DEFAULT_AGGREGATION if name is None else name]
    terms = [term_image(aggregation, weight, source) for weight, source in synapses]
    low, high = add_bounds(aggregation.image(terms, len(terms)), (bias, bias))
    return (-math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high)


def _bound_bulk(layer: BulkLayer, wiring: Wiring, bounded: Bounded) -> None:
    columns = [bounded.values[name] for name in wiring.columns(layer.sources)]
    rows: list[list[tuple[float, Bounds]]] | None = None
    if isinstance(layer.weights, DenseWeights):
        rows = [list(zip(row, columns, strict=True)) for row in layer.weights.rows]
    elif isinstance(layer.weights, SparseWeights):
        rows = [[] for _ in range(layer.size)]
        for row, column, value in layer.weights.entries:
            rows[row].append((value, columns[column]))
    for index, name in enumerate(layer.neuron_names):
        known = rows is not None and not hasattr(layer.bias, "file")
        z = EVERYTHING
        if known and rows is not None:
            z = _reduced(layer.aggregation, rows[index], bulk_bias(layer, index, wiring))
        bounded.z[name] = z
        bounded.values[name] = activation_image(layer.activation, z)


def bulk_bias(layer: BulkLayer, index: int, wiring: Wiring) -> float:
    """The bias of one neuron of a bulk layer whose biases stand in the spec."""
    if isinstance(layer.bias, tuple):
        return float(layer.bias[index])
    if layer.bias is None or isinstance(layer.bias, str | int | float):
        return wiring.value(layer.bias) or 0.0
    return 0.0
