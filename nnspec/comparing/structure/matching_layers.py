"""Which layer of the old spec is which of the new one."""

from __future__ import annotations

from collections import Counter
from functools import partial

from nnspec.comparing.structure.pairing import best_pairs
from nnspec.comparing.structure.renames import Renames
from nnspec.spec.model import AnyLayer, BulkLayer, Layer, NetworkSpec

MOST_OF = 0.5
"""A layer of another name is the same one if it has more than this share of the neurons."""


def match_layers(old: NetworkSpec, new: NetworkSpec, known: Renames) -> dict[str, str]:
    """By old name the new one: by name first, then by what is in them.

    Parameters
    ----------
    known
        Inputs and neurons that were found again so far.
    """
    after = {layer.name: layer for layer in new.layers}
    found = {layer.name: layer.name for layer in old.layers if layer.name in after}
    for layer in old.layers:
        if layer.name in found:
            continue
        taken = set(found.values())
        free = [other for other in new.layers if other.name not in taken]
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
    sources = tuple([to.inputs.get(s, to.layers.get(s, s)) for s in old.sources])
    if sources != new.sources:
        return 0.0
    if old.weights == new.weights:
        return 1.0
    return _share_equal(old, new)


def _share_equal(old: BulkLayer, new: BulkLayer) -> float:
    """The share of rows of weights that are the very same."""
    before, after = getattr(old.weights, "rows", ()), getattr(new.weights, "rows", ())
    if before and len(before) == len(after):
        same = sum(1 for a, b in zip(before, after, strict=True) if a == b)
        return same / len(before)
    ours, theirs = [set(getattr(layer.weights, "entries", ())) for layer in (old, new)]
    return len(ours & theirs) / max(len(ours), len(theirs)) if ours and theirs else 0.0
