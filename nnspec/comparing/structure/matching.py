"""Finds again in the new spec what is in the old one, whatever it is now called.

What kept its name is the same thing, unless it has nothing else in common with its namesake and is
found, exactly, elsewhere. Of the rest, inputs come first, then layer by layer the neurons: by then
their sources are known by their new names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from nnspec.comparing.structure.facts import NeuronFacts, neuron_facts
from nnspec.comparing.structure.matching_layers import match_layers
from nnspec.comparing.structure.matching_parameters import match_parameters
from nnspec.comparing.structure.pairing import best_pairs
from nnspec.comparing.structure.renames import Renames
from nnspec.comparing.structure.similarity import (
    ALIKE,
    ENOUGH,
    SAID,
    input_evidence,
    neuron_likeness,
)
from nnspec.spec.model import AnyLayer, Input, Layer, NetworkSpec

NOTHING_ALIKE = 0.3
"""Below this, a neuron of the same name may be another one."""

MOST_PAIRS = 250_000
"""Of more pairs than this, only neurons that are exactly alike are found again."""


def match(old: NetworkSpec, new: NetworkSpec) -> Renames:
    """What of the old spec is in the new one, and under which name.

    Examples
    --------
    >>> from nnspec.spec.model import Neuron
    >>> def network(name):
    ...     hidden = Layer("hidden", (Neuron(name, {"age": 1}, bias=-100, activation="relu"),))
    ...     return NetworkSpec("n", (Input("age"),), (hidden,))
    >>> match(network("historic"), network("older-than-100")).neurons
    {'historic': 'older-than-100'}
    """
    found = Renames(inputs=_match_inputs(old, new))
    found = replace(found, layers=match_layers(old, new, found))
    neurons = _match_neurons(old, new, found)
    found = replace(found, neurons=neurons)
    # A layer of neurons is known by its neurons, a bulk layer by its sources.
    found = replace(found, layers=match_layers(old, new, found))
    return replace(found, parameters=match_parameters(old, new, found))


# -- inputs ---------------------------------------------------------------------------------------


def _match_inputs(old: NetworkSpec, new: NetworkSpec) -> dict[str, str]:
    before = {item.name: item for item in old.inputs}
    after = {item.name: item for item in new.inputs}
    found = {name: name for name in before if name in after}
    gone = [item for name, item in before.items() if name not in found]
    come = [item for name, item in after.items() if name not in found]
    if gone and come:
        sends, now_sends = _fan_outs(old), _fan_outs(new)

        def evidence(a: Input, b: Input) -> float:
            return input_evidence(a, b, sends.get(a.name, {}), now_sends.get(b.name, {}))

        found |= {a.name: b.name for a, b in best_pairs(gone, come, evidence, ENOUGH)}
    return {item.name: found[item.name] for item in old.inputs if item.name in found}


def _fan_outs(spec: NetworkSpec) -> dict[str, dict[str, float]]:
    """By input, where its synapses lead, with their weights."""
    owners = {unit: item.name for item in spec.inputs for unit in item.units}
    found: dict[str, dict[str, float]] = {}
    for facts in neuron_facts(spec).values():
        for source, value in facts.values.items():
            if source in owners:
                category = source[len(owners[source]) :]
                found.setdefault(owners[source], {})[f"{category} -> {facts.name}"] = value
    return found


# -- neurons --------------------------------------------------------------------------------------


def _match_neurons(old: NetworkSpec, new: NetworkSpec, known: Renames) -> dict[str, str]:
    before, after = neuron_facts(old), neuron_facts(new)
    found = {name: name for name in before if name in after}
    found = _without_namesakes(before, after, replace(known, neurons=found))
    for layer in old.layers:
        gone = [name for name in _neurons(layer) if name not in found]
        if not gone:
            continue
        to = replace(known, neurons=found)
        taken = set(found.values())
        come = [facts for name, facts in after.items() if name not in taken]
        found |= _pairs([_in_new_names(before[name], to) for name in gone], come, known)
    taken = set(found.values())
    # Namesakes that nothing else was found for stay one another's.
    found |= {n: n for n in before if n not in found and n in after and n not in taken}
    return {name: found[name] for name in before if name in found}


def _neurons(layer: AnyLayer) -> tuple[str, ...]:
    return layer.neuron_names if isinstance(layer, Layer) else ()


def _in_new_names(facts: NeuronFacts, to: Renames) -> NeuronFacts:
    """An old neuron with its sources under their new names."""
    return replace(facts, values={to.unit(s): v for s, v in facts.values.items()})


def _without_namesakes(
    before: Mapping[str, NeuronFacts], after: Mapping[str, NeuronFacts], to: Renames
) -> dict[str, str]:
    """Leave open who those neurons are that share no more than a name with their namesake."""
    signatures = _by_signature(after.values())
    kept = dict(to.neurons)
    for name in to.neurons:
        own = _in_new_names(before[name], to)
        others = signatures.get(own.signature, [])
        if len(others) != 1 or others[0].name == name:
            continue
        # The spelling of the name proves nothing here.
        if neuron_likeness(own, after[name]) - SAID < NOTHING_ALIKE:
            del kept[name]
    return kept


def _by_signature(neurons: Iterable[NeuronFacts]) -> dict[object, list[NeuronFacts]]:
    found: dict[object, list[NeuronFacts]] = {}
    for facts in neurons:
        found.setdefault(facts.signature, []).append(facts)
    return found


def _pairs(
    gone: Sequence[NeuronFacts], come: Sequence[NeuronFacts], known: Renames
) -> dict[str, str]:
    """Who is who among neurons that are in one spec only: first those that are exactly alike."""

    def likeness(a: NeuronFacts, b: NeuronFacts) -> float:
        return neuron_likeness(a, b) + 0.01 * (known.layers.get(a.layer.name) == b.layer.name)

    found: dict[str, str] = {}
    same = _by_signature(come)
    for signature, alike in _by_signature(gone).items():
        pairs = best_pairs(alike, same.get(signature, []), likeness, 0.0)
        found |= {a.name: b.name for a, b in pairs}
    taken = set(found.values())
    left = [facts for facts in gone if facts.name not in found]
    free = [facts for facts in come if facts.name not in taken]
    if len(left) * len(free) > MOST_PAIRS:
        return found
    return found | {a.name: b.name for a, b in best_pairs(left, free, likeness, ALIKE)}
