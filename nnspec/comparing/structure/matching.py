"""Finds again in the new spec what is in the old one, whatever it is now called.

What kept its name is the same thing, unless it has nothing else in common with its namesake and is
found, exactly, elsewhere. Of the rest, inputs come first, then layer by layer the neurons: by then
their sources are known by their new names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nnspec.comparing.structure.differences import plain
from nnspec.comparing.structure.inputs import match_inputs
from nnspec.comparing.structure.layers import match_layers
from nnspec.comparing.structure.pairing import best_pairs, closeness, spelling
from nnspec.comparing.structure.parameters import match_parameters
from nnspec.comparing.structure.renames import Renames
from nnspec.spec.model import NetworkSpec
from nnspec.spec.resolved import Resolved, ResolvedNeuron, resolve

ALIKE = 0.7
"""From here on a neuron under another name is taken for the same one."""

NOTHING_ALIKE = 0.3
"""Below this, a neuron of the same name may be another one."""

WEIGHTS, FUNCTIONS, SAID = 0.75, 0.1, 0.15
"""What a neuron's weights count, its functions, and what is said of it."""

MOST_PAIRS = 250_000
"""Of more pairs than this, only neurons that are exactly alike are found again."""


def match(old: NetworkSpec, new: NetworkSpec) -> Renames:
    """What of the old spec is in the new one, and under which name.

    Examples
    --------
    >>> from nnspec.spec.model import Input, Layer, Neuron
    >>> def network(name):
    ...     hidden = Layer("hidden", (Neuron(name, {"age": 1}, bias=-100, activation="relu"),))
    ...     return NetworkSpec("n", (Input("age"),), (hidden,))
    >>> match(network("historic"), network("older-than-100")).neurons
    {'historic': 'older-than-100'}
    """
    return match_resolved(resolve(old), resolve(new))


def match_resolved(old: Resolved, new: Resolved) -> Renames:
    """What of the old network is in the new one, and under which name."""
    found = Renames(inputs=match_inputs(old, new))
    found = replace(found, layers=match_layers(old, new, found))
    found = replace(found, neurons=_match_neurons(old, new, found))
    # A layer of neurons is known by its neurons, a bulk layer by its sources.
    found = replace(found, layers=match_layers(old, new, found))
    return replace(found, parameters=match_parameters(old, new, found))


def _match_neurons(old: Resolved, new: Resolved, known: Renames) -> dict[str, str]:
    before, after = old.named, new.named
    found = {name: name for name in before if name in after}
    found = _without_namesakes(before, after, replace(known, neurons=found))
    homes = {old.layers[i].name: now for i, now in _homes(old, new, known).items()}
    for _, layer in old.spec.named_layers():
        gone = [name for name in layer.neuron_names if name not in found]
        if not gone:
            continue
        to = replace(known, neurons=found)
        taken = set(found.values())
        come = [neuron for name, neuron in after.items() if name not in taken]
        home = homes.get(layer.name)
        found |= _pairs([_in_new_names(before[name], to) for name in gone], come, home)
    taken = set(found.values())
    # Namesakes that nothing else was found for stay one another's.
    found |= {n: n for n in before if n not in found and n in after and n not in taken}
    return {name: found[name] for name in before if name in found}


def _homes(old: Resolved, new: Resolved, known: Renames) -> dict[int, int]:
    """By an old layer's index the new one's, of those that are known already."""
    places = {layer.name: layer.index for layer in new.layers}
    return {layer.index: places[known.layers[layer.name]] for layer in old.layers
            if layer.name in known.layers}  # fmt: skip


def _in_new_names(neuron: ResolvedNeuron, to: Renames) -> ResolvedNeuron:
    """An old neuron with its sources under their new names."""
    synapses = [synapse._replace(source=to.unit(synapse.source)) for synapse in neuron.synapses]
    return neuron._replace(synapses=tuple(synapses))


def _without_namesakes(
    before: Mapping[str, ResolvedNeuron], after: Mapping[str, ResolvedNeuron], to: Renames
) -> dict[str, str]:
    """Leave open who those neurons are that share no more than a name with their namesake."""
    signatures = _by_signature(after.values())
    kept = dict(to.neurons)
    for name in to.neurons:
        own = _in_new_names(before[name], to)
        others = signatures.get(_signature(own), [])
        if len(others) != 1 or others[0].name == name:
            continue
        # The spelling of the name proves nothing here.
        if _likeness(own, after[name]) - SAID < NOTHING_ALIKE:
            del kept[name]
    return kept


def _signature(neuron: ResolvedNeuron) -> tuple[Any, ...]:
    """All that it computes: two neurons with one signature are the same but for their name."""
    _, function, given = neuron.activation
    parameters = tuple(sorted((k, repr(plain(v))) for k, v in given.items()))
    weights = tuple(sorted((s.source, s.weight) for s in neuron.synapses))
    return neuron.aggregation.name, function.name, parameters, neuron.bias, weights


def _by_signature(neurons: Iterable[ResolvedNeuron]) -> dict[object, list[ResolvedNeuron]]:
    found: dict[object, list[ResolvedNeuron]] = {}
    for neuron in neurons:
        found.setdefault(_signature(neuron), []).append(neuron)
    return found


def _pairs(
    gone: Sequence[ResolvedNeuron], come: Sequence[ResolvedNeuron], home: int | None
) -> dict[str, str]:
    """Who is who among neurons that are in one spec only: first those that are exactly alike."""

    def likeness(a: ResolvedNeuron, b: ResolvedNeuron) -> float:
        return _likeness(a, b) + 0.01 * (home == b.layer)

    found: dict[str, str] = {}
    same = _by_signature(come)
    for signature, alike in _by_signature(gone).items():
        pairs = best_pairs(alike, same.get(signature, []), likeness, 0.0)
        found |= {a.name: b.name for a, b in pairs}
    taken = set(found.values())
    left = [neuron for neuron in gone if neuron.name not in found]
    free = [neuron for neuron in come if neuron.name not in taken]
    if len(left) * len(free) > MOST_PAIRS:
        return found
    return found | {a.name: b.name for a, b in best_pairs(left, free, likeness, ALIKE)}


def _likeness(old: ResolvedNeuron, new: ResolvedNeuron) -> float:
    """How alike two neurons are, from 0 to 1; the old one's sources under their new names.

    Synapses and bias count for most, each as one fact: 1 for the same weight, less the further it
    moved, nothing for a source of one neuron only or a weight of the other sign. What the neurons
    say of themselves, and how their names are spelt, can tip the scales.
    """
    before, after = [{s.source: s.weight for s in one.synapses} for one in (old, new)]
    facts = [closeness(before.get(s), after.get(s)) for s in {*before, *after}]
    if old.bias != 0 or new.bias != 0:
        facts.append(closeness(old.bias, new.bias))
    weights = sum(facts) / len(facts) if facts else 1.0
    functions = 0.5 * (old.aggregation.name == new.aggregation.name) + 0.5 * (
        old.activation.function.name == new.activation.function.name
    )
    return WEIGHTS * weights + FUNCTIONS * functions + SAID * _said_alike(old, new)


def _said_alike(old: ResolvedNeuron, new: ResolvedNeuron) -> float:
    """How alike descriptions, units and the spelling of names are, from 0 to 1."""
    said = [
        (getattr(old.own, key), getattr(new.own, key)) for key in ("description", "title", "unit")
    ]
    told = [first == second for first, second in said if first is not None or second is not None]
    spelt = spelling(old.name, new.name)
    return max(spelt, sum(told) / len(told)) if told else spelt
