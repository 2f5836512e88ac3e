"""Mutants: the network with one thing changed, to see whether any claim notices."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations, pairwise

from nnspec.functions.aggregations import Aggregation
from nnspec.spec.model import (
    Activation,
    AnyLayer,
    BulkLayer,
    DenseWeights,
    FileWeights,
    Layer,
    NetworkSpec,
    Neuron,
    SparseWeights,
    Synapse,
)
from nnspec.spec.resolved import Resolved, ResolvedActivation, ResolvedLayer
from nnspec.validation.bounds import bound_units

SHARE = 0.1
"""By how much a weight or a bias is moved."""

MOST_SOURCES = 30
"""A neuron of more sources exchanges neighbours only: its pairs would outnumber all the rest."""

Edit = Callable[[list[Synapse]], list[Synapse]]


@dataclass(frozen=True)
class Mutant:
    """A network with one change.

    Parameters
    ----------
    text
        What may be done to the network, to be read before "and nothing notices".
    neuron
        The neuron whose computation changed.
    build
        Makes the changed spec; a large spec has too many mutants to hold them all.
    """

    text: str
    neuron: str
    build: Callable[[], NetworkSpec]


def mutants(spec: NetworkSpec) -> Iterator[Mutant]:
    """Every mutant of a spec without errors, in the order of its layers.

    Each synapse is removed, its sign flipped, its weight raised and lowered by 10 %; each bias is
    raised and lowered by 10 % (one of 0, by 10 % of the neuron's widest term); each activation is
    swapped; each pair of sources exchanges its weights, each pair of neighbours where a neuron has
    more than 30 sources. Weights in files are left alone.
    """
    resolved = Resolved(spec)
    widest = _widest_terms(resolved)
    for layer in resolved.layers:
        mutants_of = _named_mutants if layer.matrix is None else _bulk_mutants
        for text, neuron, change in mutants_of(layer, widest):
            yield Mutant(text, neuron, partial(_rebuilt, spec, layer.index, change))


def _rebuilt(spec: NetworkSpec, index: int, change: Callable[[], AnyLayer]) -> NetworkSpec:
    return replace(spec, layers=(*spec.layers[:index], change(), *spec.layers[index + 1 :]))


Changed = Iterator[tuple[str, str, Callable[[], AnyLayer]]]
"""What may be done, the neuron that changes, and what makes the changed layer."""


def _named_mutants(layer: ResolvedLayer, widest: dict[str, float]) -> Changed:
    written = layer.written
    if not isinstance(written, Layer):
        return
    for at, (own, neuron) in enumerate(zip(written.neurons, layer.neurons(), strict=True)):
        weights = {synapse.source: synapse.weight for synapse in neuron.synapses}
        synapses = [Synapse(source, weights[source]) for source, _ in own.synapses]
        least = 0 if neuron.aggregation.empty is not None else 1
        changes: list[tuple[str, Callable[[Neuron], Neuron]]] = [
            (text, partial(_edited, edit, synapses))
            for text, edit in _edits(neuron.name, synapses, least)
        ]
        for text, moved in _bias_changes(neuron.name, neuron.bias, widest[neuron.name]):
            changes.append((text, partial(replace, bias=moved)))
        text, swapped = _swapped(neuron.name, neuron.activation)
        changes.append((text, partial(replace, activation=swapped)))
        for text, change in changes:
            yield text, neuron.name, partial(_with_neuron, written, at, change)


def _edited(edit: Edit, synapses: list[Synapse], own: Neuron) -> Neuron:
    return replace(own, synapses=tuple(edit(synapses)))


def _with_neuron(layer: Layer, at: int, change: Callable[[Neuron], Neuron]) -> Layer:
    own = layer.neurons
    return replace(layer, neurons=(*own[:at], change(own[at]), *own[at + 1 :]))


def _edits(name: str, synapses: list[Synapse], least: float) -> Iterator[tuple[str, Edit]]:
    """Every change of a neuron's synapses: what it is, and how to make it."""
    for i, (source, given) in enumerate(synapses):
        weight, arrow = float(given), f"{source} -> {name}"
        if len(synapses) > least:
            yield f"{arrow} may be removed", partial(_without, i)
        if weight == 0:
            continue
        yield f"{arrow} may change its sign", partial(_reweighted, i, -weight)
        yield f"{arrow} may be 10 % stronger", partial(_reweighted, i, weight * (1 + SHARE))
        yield f"{arrow} may be 10 % weaker", partial(_reweighted, i, weight * (1 - SHARE))
    few = len(synapses) <= MOST_SOURCES
    pairs = combinations(range(len(synapses)), 2) if few else pairwise(range(len(synapses)))
    for i, j in pairs:
        if synapses[i].weight != synapses[j].weight:
            both = f"{synapses[i].source} and {synapses[j].source}"
            yield f"{both} may be exchanged in {name}", partial(_exchanged, i, j)


def _without(i: int, synapses: list[Synapse]) -> list[Synapse]:
    return synapses[:i] + synapses[i + 1 :]


def _reweighted(i: int, weight: float, synapses: list[Synapse]) -> list[Synapse]:
    return [*synapses[:i], Synapse(synapses[i].source, weight), *synapses[i + 1 :]]


def _exchanged(i: int, j: int, synapses: list[Synapse]) -> list[Synapse]:
    moved = list(synapses)
    moved[i] = Synapse(synapses[i].source, synapses[j].weight)
    moved[j] = Synapse(synapses[j].source, synapses[i].weight)
    return moved


def _bias_changes(name: str, bias: float, widest: float) -> Iterator[tuple[str, float]]:
    step = SHARE * abs(bias) if bias != 0 else SHARE * widest
    said = "10 %" if bias != 0 else f"{step:.6g}"
    if step > 0:
        yield f"the bias of {name} may be {said} higher", bias + step
        yield f"the bias of {name} may be {said} lower", bias - step


def _swapped(name: str, activation: ResolvedActivation) -> tuple[str, Activation]:
    """The rectifier for the identity; the identity for anything else."""
    own = activation.function.name
    other = "relu" if own == "identity" else "identity"
    return f"{name} may have {other} for {own}", Activation(other)


def _widest_terms(resolved: Resolved) -> dict[str, float]:
    """By named neuron, the greatest that one of its terms can be over the declared ranges."""
    bounded = bound_units(resolved)
    widest: dict[str, float] = {}
    for neuron in resolved.named.values():
        terms = [0.0]
        for source, weight, _ in neuron.synapses:
            low, high = bounded.values.get(source, (0.0, 1.0))
            size = abs(weight) * max(abs(low), abs(high))
            terms.append(size if size < 1e300 else abs(weight))
        widest[neuron.name] = max(terms) if max(terms) > 0 else 1.0
    return widest


# -- bulk layers ----------------------------------------------------------------------------------


def _bulk_mutants(layer: ResolvedLayer, _widest: dict[str, float]) -> Changed:
    written = layer.matrix
    if written is None:
        return
    least = _least_in_row(written, layer.aggregation)
    for row, neuron in enumerate(layer.neurons()):
        if not isinstance(written.weights, FileWeights):
            synapses = [Synapse(source, weight) for source, weight, _ in neuron.synapses]
            for text, edit in _edits(neuron.name, synapses, least):
                with_row = partial(_with_row, written, layer.columns, row, edit, synapses)
                yield text, neuron.name, with_row
        if not isinstance(written.bias, FileWeights):
            for text, moved in _bias_changes(neuron.name, neuron.bias, 1.0):
                yield text, neuron.name, partial(_with_bias, layer, written, row, moved)
    text, swapped = _swapped(f"layer {layer.name}", layer.activation)
    yield text, layer.neuron_names[0], partial(replace, written, activation=swapped)


def _least_in_row(written: BulkLayer, aggregation: Aggregation) -> float:
    """How many synapses each row must keep."""
    if isinstance(written.weights, DenseWeights):
        # A dense matrix has no way to leave an entry out but a weight of 0.
        return 0 if aggregation.zero_is_absent else math.inf
    return 0 if aggregation.empty is not None else 1


def _with_row(
    layer: BulkLayer, columns: tuple[str, ...], row: int, edit: Edit, synapses: list[Synapse]
) -> BulkLayer:
    """The layer with the synapses of one of its neurons edited."""
    given = {source: float(weight) for source, weight in edit(synapses)}
    weights = layer.weights
    if isinstance(weights, DenseWeights):
        filled = tuple(given.get(source, 0.0) for source in columns)
        rows = (*weights.rows[:row], filled, *weights.rows[row + 1 :])
        return replace(layer, weights=DenseWeights(rows))
    if isinstance(weights, SparseWeights):
        others = [e for e in weights.entries if e[0] != row]
        own = [(row, c, given[source]) for c, source in enumerate(columns) if source in given]
        return replace(layer, weights=SparseWeights((*others, *own)))
    return layer


def _with_bias(layer: ResolvedLayer, written: BulkLayer, row: int, moved: float) -> BulkLayer:
    biases = [neuron.bias for neuron in layer.neurons()]
    return replace(written, bias=(*biases[:row], moved, *biases[row + 1 :]))
