"""Layers that are not the same in both specs; neurons with names are told by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nnspec.comparing.structure.differences import Difference, plain
from nnspec.comparing.structure.facets import compare_facts, texts
from nnspec.comparing.structure.facts import layer_functions
from nnspec.comparing.structure.matrices import Side, compare_matrices
from nnspec.comparing.structure.neurons import function_facts
from nnspec.comparing.structure.renames import Renames
from nnspec.spec.model import AnyLayer, BulkLayer, Layer, NetworkSpec


def compare_layers(old: NetworkSpec, new: NetworkSpec, to: Renames) -> Iterator[Difference]:
    """Layers added, removed, renamed and changed, and the order of those that both have."""
    before = {to.layers[layer.name]: layer for layer in old.layers if layer.name in to.layers}
    for layer in new.layers:
        was = before.get(layer.name)
        if was is None:
            yield Difference("layer", layer.name, "added", new=_shown(layer))
            continue
        if was.name != layer.name:
            yield Difference("layer", layer.name, "renamed", old=was.name, new=layer.name)
        yield from compare_facts("layer", layer.name, _facts(was, to), _facts(layer, Renames()))
        if isinstance(was, BulkLayer) and isinstance(layer, BulkLayer):
            yield from compare_matrices(Side(old, was, to), Side(new, layer, Renames()))
    for layer in old.layers:
        if layer.name not in to.layers:
            yield Difference("layer", layer.name, "removed", old=_shown(layer))
    yield from _order(old, new, to)


def _facts(layer: AnyLayer, to: Renames) -> dict[str, Any]:
    head = {"group": layer.group, **texts(layer, "description")}
    if isinstance(layer, Layer):
        return {**head, "form": "neurons by name"}
    sources = sorted([to.inputs.get(s, to.layers.get(s, s)) for s in layer.sources])
    functions = function_facts(layer_functions(layer))
    return {**head, "form": "matrices", "size": layer.size, "from": sources, **functions}


def _shown(layer: AnyLayer) -> dict[str, Any]:
    facts = _facts(layer, Renames())
    if isinstance(layer, Layer):
        facts["neurons"] = list(layer.neuron_names)
    return {key: plain(value) for key, value in facts.items() if value is not None}


def _order(old: NetworkSpec, new: NetworkSpec, to: Renames) -> Iterator[Difference]:
    """The order of the layers that both have."""
    before = [to.layers[layer.name] for layer in old.layers if layer.name in to.layers]
    known = set(before)
    after = [layer.name for layer in new.layers if layer.name in known]
    if before != after:
        yield Difference("network", new.name, "changed", "order of layers", old=before, new=after)
