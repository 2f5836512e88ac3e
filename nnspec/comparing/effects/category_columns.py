"""Matrices over a category's units, when these stand in another order or are not all there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nnspec.spec.model import (
    AnyLayer,
    BulkLayer,
    BulkWeights,
    DenseWeights,
    Input,
    NetworkSpec,
    SparseWeights,
)
from nnspec.spec.resolved import stored
from nnspec.spec.topology import Wiring


def with_columns(spec: NetworkSpec, inputs: Sequence[Input]) -> tuple[AnyLayer, ...]:
    """The layers of a network whose inputs are replaced by others with the same units.

    A category that lacks some of its units has an input of its own for each of these, and a matrix
    over the category's units takes them from there.
    """
    changed = {item.name: item for item in inputs}
    own = {item.name: item for item in spec.inputs}
    sources = {
        name: [name if name in changed else "", *_apart(item, changed.get(name))]
        for name, item in own.items()
        if item.type == "category" and item.units != _units(changed.get(name))
    }
    wiring = Wiring(spec)
    layers = list(spec.layers)
    for index, layer in spec.bulk_layers():
        if set(layer.sources) & sources.keys():
            layers[index] = _layer(layer, sources, changed, wiring)
    return tuple(layers)


def _units(item: Input | None) -> tuple[str, ...]:
    return () if item is None else item.units


def _apart(old: Input, new: Input | None) -> list[str]:
    """The units that are inputs of their own."""
    kept = _units(new)
    return [unit for unit in old.units if unit not in kept]


def _layer(
    layer: BulkLayer,
    sources: dict[str, list[str]],
    changed: dict[str, Input],
    wiring: Wiring,
) -> BulkLayer:
    entries: list[str] = []
    units: list[str] = []
    for source in layer.sources:
        if source not in sources:
            entries.append(source)
            units.extend(wiring.columns([source]))
            continue
        entries += [entry for entry in sources[source] if entry]
        for entry in sources[source]:
            units.extend(_units(changed.get(entry)) if entry == source else [entry])
    before = wiring.columns(layer.sources)
    order = {unit: column for column, unit in enumerate(unit for unit in units if unit)}
    moved = [order[unit] for unit in before]
    return replace(layer, sources=tuple(entries), weights=_moved(layer, moved))


def _moved(layer: BulkLayer, moved: Sequence[int]) -> BulkWeights:
    """The weights with each column at its new place."""
    weights = layer.weights
    if weights.form == "dense":
        back = sorted(range(len(moved)), key=moved.__getitem__)
        return DenseWeights(tuple([tuple([row[i] for i in back]) for row in weights.rows]))
    numbers = stored(layer, weights)
    rows = [numbers.row(i) for i in range(layer.size)]
    return SparseWeights(tuple([(i, moved[j], w) for i, row in enumerate(rows) for j, w in row]))
