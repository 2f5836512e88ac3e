"""Neurons and their synapses that are not the same in both specs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, TypeAlias

from nnspec.comparing.structure.differences import (
    Action,
    Difference,
    compare_facts,
    compare_things,
    interval,
    plain,
    present,
    texts,
)
from nnspec.comparing.structure.renames import Renames
from nnspec.functions.aggregations import Aggregation
from nnspec.spec.resolved import Resolved, ResolvedActivation, ResolvedNeuron
from nnspec.views.formula import neuron_formula

InLayer: TypeAlias = tuple[ResolvedNeuron, str]
"""A named neuron, and the name of its layer."""


def compare_neurons(old: Resolved, new: Resolved, to: Renames) -> Iterator[Difference]:
    """Named neurons added, removed, renamed, moved and changed, in the new order."""
    before, after = _in_layers(old), _in_layers(new)
    return compare_things("neuron", before, after, to.neurons, _shown, partial(_changed, to))


def _in_layers(network: Resolved) -> dict[str, InLayer]:
    named = network.named.items()
    return {name: (neuron, network.layers[neuron.layer].name) for name, neuron in named}


def _shown(item: InLayer) -> dict[str, Any]:
    """A neuron that is in one spec only."""
    neuron, layer = item
    return present(
        {
            "layer": layer,
            "formula": neuron_formula(neuron),
            "bias": neuron.bias,
            **_facts(neuron),
            "synapses": {source: w for source, (w, _) in _synapses(neuron, Renames()).items()},
        }
    )


def _changed(to: Renames, name: str, old: InLayer, new: InLayer) -> Iterator[Difference]:
    layer = to.layers.get(old[1], old[1])
    if layer != new[1]:
        yield Difference("neuron", name, "moved", "layer", old=layer, new=new[1])
    yield from _biases(old[0], new[0], to)
    yield from compare_facts("neuron", name, _facts(old[0]), _facts(new[0]))
    yield from _compare_synapses(old[0], new[0], to)


def _facts(neuron: ResolvedNeuron) -> dict[str, Any]:
    facts = function_facts(neuron.activation, neuron.aggregation)
    own = neuron.own
    if own is None:
        return facts
    return {
        **facts,
        "range": interval(own.range),
        "unit": own.unit,
        **texts(own, "title", "description"),
    }


def function_facts(activation: ResolvedActivation, aggregation: Aggregation) -> dict[str, Any]:
    """An activation, its parameters and an aggregation as facts of a neuron."""
    return {
        "activation": activation.function.name,
        **{f"activation {key}": value for key, value in activation.parameters.items()},
        "aggregation": aggregation.name,
    }


# -- biases and synapses --------------------------------------------------------------------------

Given: TypeAlias = tuple[float | None, str | None]
"""A weight or a bias, and the parameter that gave it; None where there is no synapse."""


def _biases(old: ResolvedNeuron, new: ResolvedNeuron, to: Renames) -> Iterator[Difference]:
    before = old.bias, to.weight(old.bias_parameter)
    yield from _weighed(new.name, "", before, (new.bias, new.bias_parameter))


def _compare_synapses(
    old: ResolvedNeuron, new: ResolvedNeuron, to: Renames
) -> Iterator[Difference]:
    nothing: Given = None, None
    before, after = _synapses(old, to), _synapses(new, Renames())
    for source in dict.fromkeys((*after, *before)):
        yield from _weighed(
            new.name, source, before.get(source, nothing), after.get(source, nothing)
        )


def _synapses(neuron: ResolvedNeuron, to: Renames) -> dict[str, Given]:
    """A neuron's synapses by their sources' new names, in the author's order."""
    return {to.unit(s.source): (s.weight, to.weight(s.parameter)) for s in neuron.as_written}


def _weighed(name: str, source: str, old: Given, new: Given) -> Iterator[Difference]:
    """What became of a bias, or of the synapse from a source."""
    note = _note(old[1], new[1])
    if old[0] == new[0] and not note:
        return
    if old[1] is not None and old[1] == new[1]:
        return  # the parameter that both take has changed, and is told with its uses
    aspect: str = "synapse" if source else "bias"
    action = _action(old[0], new[0]) if source else "changed"
    before, after = plain(old[0]), plain(new[0])
    yield Difference("neuron", name, action, aspect, source, before, after, note)


def _action(old: float | None, new: float | None) -> Action:
    if old is None or new is None:
        return "added" if old is None else "removed"
    if old == new:
        return "changed"
    return "flipped" if old * new < 0 else "re-weighted"


def _note(old: str | None, new: str | None) -> str:
    """Which parameter a number comes from, if that is not the same one."""
    if old == new:
        return ""
    if old is None:
        return f"parameter {new}"
    return f"was parameter {old}" if new is None else f"parameter {new}, was {old}"
