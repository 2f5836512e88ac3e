"""The paths of a spec's parts, as its YAML has them, and walks over all of one kind."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Path
from nnspec.spec.model import Activation, NetworkSpec, Weight


def neuron_path(layer: int, neuron: str, *rest: str | int) -> Path:
    """Path of a named neuron, or of something in it."""
    return ("layers", layer, "neurons", neuron, *rest)


def activations(spec: NetworkSpec) -> Iterator[tuple[Path, Activation]]:
    """Every use of an activation, with its path."""
    for index, layer in enumerate(spec.layers):
        if layer.activation is not None:
            yield ("layers", index, "activation"), layer.activation
    for index, neuron in spec.neurons():
        if neuron.activation is not None:
            yield neuron_path(index, neuron.name, "activation"), neuron.activation


def weights(spec: NetworkSpec) -> Iterator[tuple[Path, Weight]]:
    """Every weight and bias of named neurons and every default bias, with its path."""
    for index, layer in enumerate(spec.layers):
        if isinstance(layer.bias, str | int | float):
            yield ("layers", index, "bias"), layer.bias
        elif isinstance(layer.bias, tuple):
            yield from ((("layers", index, "bias", i), b) for i, b in enumerate(layer.bias))
    for index, neuron in spec.neurons():
        if neuron.bias is not None:
            yield neuron_path(index, neuron.name, "bias"), neuron.bias
        for source, weight in neuron.synapses:
            yield neuron_path(index, neuron.name, "synapses", source), weight
