"""Neurons and their synapses that are not the same in both specs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from nnspec.comparing.structure.differences import Action, Difference, plain
from nnspec.comparing.structure.facets import compare_facts, interval, texts
from nnspec.comparing.structure.facts import Functions, NeuronFacts, neuron_facts
from nnspec.comparing.structure.renames import Renames
from nnspec.spec.model import NetworkSpec, Weight


def compare_neurons(old: NetworkSpec, new: NetworkSpec, to: Renames) -> Iterator[Difference]:
    """Named neurons added, removed, renamed, moved and changed, in the new order."""
    before, after = neuron_facts(old), neuron_facts(new)
    was = {now: before[name] for name, now in to.neurons.items()}
    for name, facts in after.items():
        if name in was:
            yield from _compare(was[name], facts, to)
        else:
            yield Difference("neuron", name, "added", new=_shown(facts))
    for name, facts in before.items():
        if name not in to.neurons:
            yield Difference("neuron", name, "removed", old=_shown(facts))


def _shown(facts: NeuronFacts) -> dict[str, Any]:
    """A neuron that is in one spec only."""
    shown = {
        "layer": facts.layer.name,
        "formula": facts.formula,
        "bias": facts.bias_value,
        **_own(facts),
        "synapses": dict(facts.values),
    }
    return {key: plain(value) for key, value in shown.items() if value is not None}


def _compare(old: NeuronFacts, new: NeuronFacts, to: Renames) -> Iterator[Difference]:
    name = new.name
    if old.name != name:
        yield Difference("neuron", name, "renamed", old=old.name, new=name)
    layer = to.layers.get(old.layer.name, old.layer.name)
    if layer != new.layer.name:
        yield Difference("neuron", name, "moved", "layer", old=layer, new=new.layer.name)
    yield from _bias(old, new, to)
    yield from compare_facts("neuron", name, _own(old), _own(new))
    yield from _synapses(old, new, to)


def _own(facts: NeuronFacts) -> dict[str, Any]:
    neuron = facts.neuron
    return {
        **function_facts(facts.functions),
        "range": interval(neuron.range),
        "unit": neuron.unit,
        **texts(neuron, "title", "description"),
    }


def function_facts(functions: Functions) -> dict[str, Any]:
    """An activation, its parameters and an aggregation as facts of a neuron."""
    parameters = {f"activation {key}": value for key, value in functions.parameters.items()}
    return {
        "activation": functions.activation,
        **parameters,
        "aggregation": functions.aggregation,
    }


def _bias(old: NeuronFacts, new: NeuronFacts, to: Renames) -> Iterator[Difference]:
    note = _parameter_note(to.weight(old.bias), new.bias)
    if old.bias_value != new.bias_value:
        if note is None:
            return  # the parameter that both take has changed, and is told with its uses
        yield _weighed("", new.name, "changed", (old.bias_value, new.bias_value), note)
    elif note:
        yield _weighed("", new.name, "changed", (old.bias_value, new.bias_value), note)


Values: TypeAlias = tuple[float | None, float | None]


def _weighed(source: str, name: str, action: Action, values: Values, note: str) -> Difference:
    """A bias, or a synapse from a source, with its old and its new value."""
    aspect = "synapse" if source else "bias"
    old, new = map(plain, values)
    return Difference("neuron", name, action, aspect, source, old, new, note)


def _synapses(old: NeuronFacts, new: NeuronFacts, to: Renames) -> Iterator[Difference]:
    before: Mapping[str, tuple[Weight, float]] = {
        to.unit(source): (to.weight(weight), old.values[source])
        for source, weight in old.synapses.items()
    }
    for source, weight in new.synapses.items():
        value = new.values[source]
        if source not in before:
            note = _parameter_note(None, weight) or ""
            yield _weighed(source, new.name, "added", (None, value), note)
            continue
        was, was_value = before[source]
        told = _parameter_note(was, weight)
        if told is None or (was_value == value and not told):
            continue
        yield _weighed(source, new.name, _action(was_value, value), (was_value, value), told)
    for source, (was, was_value) in before.items():
        if source not in new.synapses:
            note = _parameter_note(was, None) or ""
            yield _weighed(source, new.name, "removed", (was_value, None), note)


def _action(old: float, new: float) -> Action:
    if old == new:
        return "changed"
    return "flipped" if old * new < 0 else "re-weighted"


def _parameter_note(old: Weight | None, new: Weight | None) -> str | None:
    """Which parameters weights come from, if any; None if both come from the same one."""
    was = old if isinstance(old, str) else None
    now = new if isinstance(new, str) else None
    if was is None and now is None:
        return ""
    if was == now:
        return None
    if was is None:
        return f"parameter {now}"
    return f"was parameter {was}" if now is None else f"parameter {now}, was {was}"
