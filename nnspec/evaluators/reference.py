"""The definition of what a network computes, in plain Python, one row at a time.

It is written to be read beside the format reference, not to be fast; every other evaluator must
agree with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from nnspec.functions.groups import GROUPS
from nnspec.spec.inputs import number_of, seen_of
from nnspec.spec.model import NetworkSpec, Value
from nnspec.spec.resolved import ResolvedLayer, ResolvedNeuron, resolve


@dataclass(slots=True)
class Valuation:
    """What each unit of a network is for one row.

    Parameters
    ----------
    outputs
        By unit: what synapses see of an input, after its transforms; a neuron's output a.
    z
        By neuron: its pre-activation.
    a
        By neuron: its activation, before any group acts.
    """

    outputs: dict[str, float] = field(default_factory=dict)
    z: dict[str, float] = field(default_factory=dict)
    a: dict[str, float] = field(default_factory=dict)

    def not_finite(self) -> str | None:
        """The first unit without a value, which makes the row bad: of a neuron z, a and output."""
        for name, value in self.outputs.items():
            numbers = value, self.z.get(name, 0.0), self.a.get(name, 0.0)
            if not all(map(math.isfinite, numbers)):
                return name
        return None


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
    valuation = Valuation()
    for item in spec.inputs:
        valuation.outputs.update(seen_of(item, number_of(item, row.get(item.name))))
    for layer in resolve(spec).layers:
        for neuron in layer.neurons():
            z = pre_activation(neuron, valuation.outputs)
            valuation.z[neuron.name] = z
            valuation.a[neuron.name] = valuation.outputs[neuron.name] = neuron.activation(z)
        if layer.group is not None:
            _apply_group(layer, layer.group, valuation)
    return valuation


def pre_activation(neuron: ResolvedNeuron, outputs: Mapping[str, float]) -> float:
    """Z = bias + reduce over synapses of pointwise(weight, source)."""
    aggregation = neuron.aggregation
    terms = [
        aggregation.pointwise(weight, outputs[source]) for source, weight, _ in neuron.synapses
    ]
    if not terms and aggregation.empty is not None:
        return neuron.bias + aggregation.empty
    return neuron.bias + aggregation.scalar(terms)


def _apply_group(layer: ResolvedLayer, group: str, valuation: Valuation) -> None:
    """Let the neurons of a layer act on each other, in the order of their names or numbers."""
    ordered = [layer.neuron_names[row] for row in layer.group_order]
    results = GROUPS[group].scalar([valuation.outputs[name] for name in ordered])
    valuation.outputs.update(zip(ordered, results, strict=True))
