"""Where parameters are used."""

from __future__ import annotations

from nnspec.comparing.structure.renames import Renames
from nnspec.spec.model import BulkLayer, Layer, NetworkSpec


def parameter_uses(spec: NetworkSpec, to: Renames | None = None) -> dict[str, tuple[str, ...]]:
    """By parameter, the synapses and biases that take it, such as ``area -> price``."""
    to = Renames() if to is None else to
    found: dict[str, list[str]] = {name: [] for name in spec.parameters}
    for layer in spec.layers:
        name = to.layers.get(layer.name, layer.name)
        if isinstance(layer, BulkLayer):
            if isinstance(layer.bias, str):
                found.setdefault(layer.bias, []).append(f"bias of layer {name}")
            continue
        for target, bias in _biases(layer):
            if isinstance(bias, str):
                found.setdefault(bias, []).append(f"bias of {to.unit(target)}")
        for neuron in layer.neurons:
            for source, weight in neuron.synapses:
                if isinstance(weight, str):
                    place = f"{to.unit(source)} -> {to.unit(neuron.name)}"
                    found.setdefault(weight, []).append(place)
    return {name: tuple(sorted(places)) for name, places in found.items()}


def _biases(layer: Layer) -> list[tuple[str, object]]:
    return [(n.name, layer.bias if n.bias is None else n.bias) for n in layer.neurons]
