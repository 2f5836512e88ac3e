"""Layers: which is which, and which are not the same; named neurons are told by themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

from nnspec.comparing.structure.differences import (
    Difference,
    compare_facts,
    compare_things,
    present,
    texts,
)
from nnspec.comparing.structure.matrices import NamedMatrix, compare_matrices
from nnspec.comparing.structure.neurons import function_facts
from nnspec.comparing.structure.pairing import best_pairs
from nnspec.comparing.structure.renames import Renames
from nnspec.functions.groups import GROUPS
from nnspec.spec.model import AnyLayer, BulkLayer, Layer
from nnspec.spec.resolved import Resolved, ResolvedLayer

MOST_OF = 0.5
"""A layer of another name is the same one if it has more than this share of the neurons."""


def compare_layers(old: Resolved, new: Resolved, to: Renames) -> Iterator[Difference]:
    """Layers added, removed, renamed and changed, and the order of those that both have."""
    before, after = [{layer.name: layer for layer in one.layers} for one in (old, new)]
    changed = partial(_changed, to)
    yield from compare_things("layer", before, after, to.layers, _shown, changed)
    order = [to.layers[name] for name in before if name in to.layers]
    now = [name for name in after if name in order]
    if order != now:
        yield Difference("network", new.spec.name, "changed", "order of layers", old=order, new=now)


def _changed(
    to: Renames, name: str, old: ResolvedLayer, new: ResolvedLayer
) -> Iterator[Difference]:
    yield from compare_facts("layer", name, _facts(old, to), _facts(new, Renames()))
    yield from _neuron_order(to, name, old, new)
    if old.matrix is not None and new.matrix is not None:
        before, after = NamedMatrix(old, old.matrix, to), NamedMatrix(new, new.matrix, Renames())
        yield from compare_matrices(before, after)


def _neuron_order(
    to: Renames, name: str, old: ResolvedLayer, new: ResolvedLayer
) -> Iterator[Difference]:
    """The order of the neurons that both have, where it decides what a group makes of a tie."""
    if new.group is None or GROUPS[new.group].order != "listed" or old.group != new.group:
        return
    before = [to.unit(neuron) for neuron in old.neuron_names]
    now = [neuron for neuron in new.neuron_names if neuron in before]
    before = [neuron for neuron in before if neuron in now]
    if before != now:
        yield Difference("layer", name, "changed", "order of neurons", old=before, new=now)


def _facts(layer: ResolvedLayer, to: Renames) -> dict[str, Any]:
    head = {"group": layer.group, **texts(layer.written, "description")}
    if layer.matrix is None:
        return {**head, "form": "neurons by name"}
    sources = sorted(map(to.source, layer.matrix.sources))
    return {
        **head,
        "form": "matrices",
        "size": layer.matrix.size,
        "from": sources,
        **function_facts(layer.activation, layer.aggregation),
    }


def _shown(layer: ResolvedLayer) -> dict[str, Any]:
    facts = _facts(layer, Renames())
    if layer.matrix is None:
        facts["neurons"] = list(layer.neuron_names)
    return present(facts)


# -- which is which -------------------------------------------------------------------------------


def match_layers(old: Resolved, new: Resolved, known: Renames) -> dict[str, str]:
    """By old name the new one: by name first, then by what is in them.

    Parameters
    ----------
    known
        Inputs and neurons that were found again so far.
    """
    after = {layer.name: layer for layer in new.spec.layers}
    found = {layer.name: layer.name for layer in old.spec.layers if layer.name in after}
    for layer in old.spec.layers:
        if layer.name in found:
            continue
        taken = set(found.values())
        free = [other for other in new.spec.layers if other.name not in taken]
        if isinstance(layer, Layer):
            home = _home(layer, free, known)
            if home is not None:
                found[layer.name] = home
        elif isinstance(layer, BulkLayer):
            alike = partial(_alike, Renames(known.inputs, known.parameters, known.neurons, found))
            bulk = [other for other in free if isinstance(other, BulkLayer)]
            pairs = best_pairs([layer], bulk, alike, MOST_OF)
            found |= {a.name: b.name for a, b in pairs}
    return found


def _home(layer: Layer, free: list[AnyLayer], known: Renames) -> str | None:
    """The new layer, of those free, that holds most of an old layer's neurons."""
    owner = {n: other.name for other in free if isinstance(other, Layer)
             for n in other.neuron_names}  # fmt: skip
    moved = [known.neurons[n] for n in layer.neuron_names if n in known.neurons]
    homes = Counter([owner[name] for name in moved if name in owner])
    if not homes:
        return None
    name, count = homes.most_common(1)[0]
    size = max(len(layer.neurons), *[len(o.neuron_names) for o in free if o.name == name])
    return name if count / size > MOST_OF else None


def _alike(to: Renames, old: BulkLayer, new: BulkLayer) -> float:
    """How much two bulk layers have in common, from 0 to 1."""
    if old.size != new.size:
        return 0.0
    if tuple(map(to.source, old.sources)) != new.sources:
        return 0.0
    if old.weights == new.weights:
        return 1.0
    return _share_equal(old, new)


def _share_equal(old: BulkLayer, new: BulkLayer) -> float:
    """The share of weights other than 0 that are the very same."""
    before, after = old.weights.numbers, new.weights.numbers
    if before is None or after is None:
        return 0.0
    sizes, shared = [0, 0], 0
    for i in range(old.size):
        ours, theirs = [{entry for entry in n.row(i) if entry[1]} for n in (before, after)]
        sizes = [sizes[0] + len(ours), sizes[1] + len(theirs)]
        shared += len(ours & theirs)
    return shared / max(sizes) if shared else 0.0
