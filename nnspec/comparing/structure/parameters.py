"""Parameters: which is which, and which are not the same in both specs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nnspec.comparing.structure.differences import (
    Difference,
    compare_facts,
    compare_things,
    plain,
)
from nnspec.comparing.structure.pairing import same_or_alike
from nnspec.comparing.structure.renames import Renames
from nnspec.spec.resolved import Resolved


def match_parameters(old: Resolved, new: Resolved, known: Renames) -> dict[str, str]:
    """By old name the new one: by name first, then by what uses it."""
    before, after = old.spec.parameters, new.spec.parameters
    uses, now_uses = _uses(old, known), _uses(new, Renames())

    def likeness(a: str, b: str) -> float:
        was, now = set(uses[a]), set(now_uses[b])
        if not was and not now:
            return float(before[a] == after[b])
        share = len(was & now) / len(was | now)
        return share + 0.25 * (share > 0 and before[a] == after[b])

    return same_or_alike(before, after, likeness, 0.5)


def compare_parameters(old: Resolved, new: Resolved, to: Renames) -> Iterator[Difference]:
    """Parameters added, removed, renamed and changed, with what uses them."""
    before, after = [{name: float(number) for name, number in one.spec.parameters.items()}
                     for one in (old, new)]  # fmt: skip
    was_used, used = _uses(old, to), _uses(new, Renames())
    for one in compare_things("parameter", before, after, to.parameters, plain, _value):
        uses = was_used if one.action == "removed" else used
        yield one if one.action == "renamed" else replace(one, uses=uses[one.name])


def _value(name: str, old: float, new: float) -> Iterator[Difference]:
    return compare_facts("parameter", name, {"value": old}, {"value": new})


def _uses(network: Resolved, to: Renames) -> dict[str, tuple[str, ...]]:
    """By parameter, the synapses and biases that take it, such as ``area -> price``."""
    found: dict[str, list[str]] = {name: [] for name in network.spec.parameters}
    for neuron in network.named.values():
        name = to.unit(neuron.name)
        if neuron.bias_parameter is not None:
            found[neuron.bias_parameter].append(f"bias of {name}")
        for synapse in neuron.synapses:
            if synapse.parameter is not None:
                found[synapse.parameter].append(f"{to.unit(synapse.source)} -> {name}")
    for _, layer in network.spec.bulk_layers():
        if isinstance(layer.bias, str):
            found[layer.bias].append(f"bias of layer {to.layers.get(layer.name, layer.name)}")
    return {name: tuple(sorted(places)) for name, places in found.items()}
