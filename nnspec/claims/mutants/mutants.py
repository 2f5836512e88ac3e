"""Mutants: the network with one thing changed, to see whether any claim notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations, pairwise

from nnspec.functions.activations import find
from nnspec.functions.aggregations import AGGREGATIONS, DEFAULT_AGGREGATION
from nnspec.spec.model import (
    Activation,
    BulkLayer,
    DenseWeights,
    Layer,
    NetworkSpec,
    Neuron,
    SparseWeights,
    Synapse,
)
from nnspec.spec.topology import Wiring
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
    wiring = Wiring(spec)
    widest = _widest_terms(spec, wiring)
    for index, layer in enumerate(spec.layers):
        if isinstance(layer, BulkLayer):
            yield from _bulk_mutants(spec, index, layer, wiring)
            continue
        for at, neuron in enumerate(layer.neurons):
            for text, change in _changes(layer, neuron, wiring, widest[neuron.name]):
                yield Mutant(text, neuron.name, _rebuilt(spec, index, layer, at, change))


def _rebuilt(
    spec: NetworkSpec, index: int, layer: Layer, at: int, change: Callable[[], Neuron]
) -> Callable[[], NetworkSpec]:
    def build() -> NetworkSpec:
        neurons = (*layer.neurons[:at], change(), *layer.neurons[at + 1 :])
        return _with_layer(spec, index, replace(layer, neurons=neurons))

    return build


def _with_layer(spec: NetworkSpec, index: int, layer: Layer | BulkLayer) -> NetworkSpec:
    return replace(spec, layers=(*spec.layers[:index], layer, *spec.layers[index + 1 :]))


def _changes(
    layer: Layer, neuron: Neuron, wiring: Wiring, widest: float
) -> Iterator[tuple[str, Callable[[], Neuron]]]:
    """Every change of one named neuron."""
    synapses = [Synapse(s, float(wiring.value(w) or 0.0)) for s, w in neuron.synapses]
    for text, edit in _edits(neuron.name, synapses, may_be_empty=_may_be_empty(layer, neuron)):
        yield text, partial(_edited, neuron, synapses, edit)
    bias = float(wiring.value(layer.bias if neuron.bias is None else neuron.bias) or 0.0)
    for text, moved in _bias_changes(neuron.name, bias, widest):
        yield text, partial(_neuron, neuron, bias=moved)
    activation = layer.activation if neuron.activation is None else neuron.activation
    text, swapped = _swapped(neuron.name, activation)
    yield text, partial(_neuron, neuron, activation=swapped)


def _edited(neuron: Neuron, synapses: list[Synapse], edit: Edit) -> Neuron:
    return _neuron(neuron, synapses=tuple(edit(synapses)))


def _neuron(
    neuron: Neuron,
    synapses: tuple[Synapse, ...] | None = None,
    bias: float | None = None,
    activation: Activation | None = None,
) -> Neuron:
    """The neuron with some of its facts changed."""
    return Neuron(
        neuron.name,
        neuron.synapses if synapses is None else synapses,
        neuron.bias if bias is None else bias,
        neuron.activation if activation is None else activation,
        neuron.aggregation,
        neuron.range,
    )


def _edits(name: str, synapses: list[Synapse], *, may_be_empty: bool) -> Iterator[tuple[str, Edit]]:
    """Every change of a neuron's synapses: what it is, and how to make it."""
    for i, (source, given) in enumerate(synapses):
        weight, arrow = float(given), f"{source} -> {name}"
        if len(synapses) > 1 or may_be_empty:
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


def _may_be_empty(layer: Layer | BulkLayer, neuron: Neuron | None = None) -> bool:
    own = None if neuron is None else neuron.aggregation
    name = layer.aggregation if own is None else own
    return AGGREGATIONS[DEFAULT_AGGREGATION if name is None else name].empty is not None


def _bias_changes(name: str, bias: float, widest: float) -> Iterator[tuple[str, float]]:
    step = SHARE * abs(bias) if bias != 0 else SHARE * widest
    said = "10 %" if bias != 0 else f"{step:.6g}"
    if step > 0:
        yield f"the bias of {name} may be {said} higher", bias + step
        yield f"the bias of {name} may be {said} lower", bias - step


def _swapped(name: str, activation: Activation | None) -> tuple[str, Activation]:
    """The rectifier for the identity; the identity for anything else."""
    function = None if activation is None else find(activation.name)
    own = "identity" if function is None else function.name
    other = "relu" if own == "identity" else "identity"
    return f"{name} may have {other} for {own}", Activation(other)


def _widest_terms(spec: NetworkSpec, wiring: Wiring) -> dict[str, float]:
    """By neuron, the greatest that one of its terms can be over the declared ranges."""
    bounded = bound_units(spec, wiring)
    widest: dict[str, float] = {}
    for _, neuron in spec.neurons():
        terms = [0.0]
        for source, weight in neuron.synapses:
            low, high = bounded.values.get(source, (0.0, 1.0))
            size = abs(wiring.value(weight) or 0.0) * max(abs(low), abs(high))
            terms.append(size if size < 1e300 else abs(wiring.value(weight) or 0.0))
        widest[neuron.name] = max(terms) if max(terms) > 0 else 1.0
    return widest


# -- bulk layers ----------------------------------------------------------------------------------


def _bulk_mutants(
    spec: NetworkSpec, index: int, layer: BulkLayer, wiring: Wiring
) -> Iterator[Mutant]:
    columns = wiring.columns(layer.sources)
    zero_is_absent = AGGREGATIONS[layer.aggregation or DEFAULT_AGGREGATION].zero_is_absent
    # A dense matrix has no way to leave an entry out but a weight of 0.
    removable = zero_is_absent if isinstance(layer.weights, DenseWeights) else _may_be_empty(layer)
    for row, name in enumerate(layer.neuron_names):
        synapses = _row(layer, columns, row)
        for text, edit in _edits(name, synapses, may_be_empty=removable):
            if isinstance(layer.weights, DenseWeights) and not removable and "removed" in text:
                continue

            def build(row: int = row, edit: Edit = edit) -> NetworkSpec:
                changed = edit(_row(layer, columns, row))
                return _with_layer(spec, index, _with_row(layer, columns, row, changed))

            yield Mutant(text, name, build)
        yield from _bulk_bias_mutants(spec, index, layer, row, wiring)
    text, swapped = _swapped(f"layer {layer.name}", layer.activation)
    exchanged = replace(layer, activation=swapped)
    yield Mutant(text, layer.neuron_names[0], partial(_with_layer, spec, index, exchanged))


def _row(layer: BulkLayer, columns: Sequence[str], row: int) -> list[Synapse]:
    """The synapses of one neuron of a bulk layer."""
    if isinstance(layer.weights, DenseWeights):
        weights = map(float, layer.weights.rows[row])
        return [Synapse(s, w) for s, w in zip(columns, weights, strict=True)]
    if isinstance(layer.weights, SparseWeights):
        own = sorted((c, float(v)) for r, c, v in layer.weights.entries if r == row)
        return [Synapse(columns[c], v) for c, v in own]
    return []


def _with_row(
    layer: BulkLayer, columns: Sequence[str], row: int, synapses: list[Synapse]
) -> BulkLayer:
    """The layer with other synapses for one of its neurons."""
    given = {s: float(w) for s, w in synapses}
    weights = layer.weights
    if isinstance(weights, DenseWeights):
        filled = tuple(given.get(source, 0.0) for source in columns)
        return replace(
            layer, weights=DenseWeights((*weights.rows[:row], filled, *weights.rows[row + 1 :]))
        )
    if isinstance(weights, SparseWeights):
        others = [e for e in weights.entries if e[0] != row]
        own = [(row, c, given[source]) for c, source in enumerate(columns) if source in given]
        return replace(layer, weights=SparseWeights((*others, *own)))
    return layer


def _bulk_bias_mutants(
    spec: NetworkSpec, index: int, layer: BulkLayer, row: int, wiring: Wiring
) -> Iterator[Mutant]:
    if not (layer.bias is None or isinstance(layer.bias, tuple | str | int | float)):
        return
    if isinstance(layer.bias, tuple):
        biases = [float(b) for b in layer.bias]
    else:
        biases = [float(wiring.value(layer.bias) or 0.0)] * layer.size
    for text, moved in _bias_changes(layer.neuron_names[row], biases[row], 1.0):

        def build(moved: float = moved) -> NetworkSpec:
            changed = (*biases[:row], moved, *biases[row + 1 :])
            return _with_layer(spec, index, replace(layer, bias=changed))

        yield Mutant(text, layer.neuron_names[row], build)
