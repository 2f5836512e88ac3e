"""Intervals of every unit over the declared ranges, by interval arithmetic.

They say what *can* happen, generously: each synapse is taken at its worst independently of the
others. What they rule out, such as a neuron that can never fire, is ruled out for certain up to
rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from nnspec.functions.aggregations import Bounds, add_bounds
from nnspec.functions.groups import GROUPS
from nnspec.spec.inputs import EVERYTHING, seen_bounds
from nnspec.spec.resolved import Resolved, ResolvedActivation, ResolvedNeuron


@dataclass(slots=True)
class Bounded:
    """Intervals by unit: ``values`` of outputs (inputs as transformed), ``z`` of neurons."""

    values: dict[str, Bounds] = field(default_factory=dict)
    z: dict[str, Bounds] = field(default_factory=dict)


def bound_units(resolved: Resolved) -> Bounded:
    """Propagate the declared ranges through a spec that has no errors.

    Bulk layers whose weights or biases stand in a file are left unbounded.
    """
    bounded = Bounded()
    for item in resolved.spec.inputs:
        bounded.values.update(dict.fromkeys(item.units, seen_bounds(item)))
    for layer in resolved.layers:
        if layer.is_in_file:
            anything = activation_image(layer.activation, EVERYTHING)
            bounded.z.update(dict.fromkeys(layer.neuron_names, EVERYTHING))
            bounded.values.update(dict.fromkeys(layer.neuron_names, anything))
        else:
            for neuron in layer.neurons():
                z = neuron_bounds(neuron, bounded)
                bounded.z[neuron.name] = z
                bounded.values[neuron.name] = activation_image(neuron.activation, z)
        if layer.group is not None and layer.neuron_names:
            names = layer.neuron_names
            image = GROUPS[layer.group].image([bounded.values[name] for name in names])
            bounded.values.update(dict.fromkeys(names, image))
    return bounded


def activation_image(activation: ResolvedActivation, z: Bounds) -> Bounds:
    """The interval of an activation's value over an interval of z."""
    if math.isnan(z[0]) or math.isnan(z[1]):
        return EVERYTHING
    low, high = activation.function.image(z, **activation.parameters)
    return low, high


def neuron_bounds(neuron: ResolvedNeuron, bounded: Bounded) -> Bounds:
    """The interval of a neuron's pre-activation."""
    aggregation, bias = neuron.aggregation, neuron.bias
    terms = [
        aggregation.term.image(weight, bounded.values.get(source, EVERYTHING))
        for source, weight, _ in neuron.synapses
    ]
    low, high = add_bounds(aggregation.image(terms, len(terms)), (bias, bias))
    return (-math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high)
