"""Mutants: the network with one thing changed, to see whether any claim notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from nnspec.activations import find
from nnspec.aggregations import AGGREGATIONS, DEFAULT_AGGREGATION
from nnspec.model import (
    Activation,
    BulkLayer,
    DenseWeights,
    Layer,
    NetworkSpec,
    Neuron,
    SparseWeights,
    Synapse,
)
from nnspec.topology import Wiring
from nnspec.validation.bounds import bound_units

SHARE = 0.1
"""By how much a weight or a bias is moved."""


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
    swapped; each pair of sources exchanges its weights. Weights in files are left alone.
    """
    wiring = Wiring(spec)
    widest = _widest_terms(spec, wiring)
    for index, layer in enumerate(spec.layers):
        if isinstance(layer, BulkLayer):
            yield from _bulk_mutants(spec, index, layer, wiring)
            continue
        for at, neuron in enumerate(layer.neurons):
            for text, changed in _changes(layer, neuron, wiring, widest[neuron.name]):
                yield Mutant(text, neuron.name, _rebuilt(spec, index, layer, at, changed))


def _rebuilt(
    spec: NetworkSpec, index: int, layer: Layer, at: int, changed: Neuron
) -> Callable[[], NetworkSpec]:
    def build() -> NetworkSpec:
        neurons = (*layer.neurons[:at], changed, *layer.neurons[at + 1 :])
        return _with_layer(spec, index, replace(layer, neurons=neurons))

    return build


def _with_layer(spec: NetworkSpec, index: int, layer: Layer | BulkLayer) -> NetworkSpec:
    return replace(spec, layers=(*spec.layers[:index], layer, *spec.layers[index + 1 :]))


def _changes(
    layer: Layer, neuron: Neuron, wiring: Wiring, widest: float
) -> Iterator[tuple[str, Neuron]]:
    """Every change of one named neuron."""
    synapses = [Synapse(s, float(wiring.value(w) or 0.0)) for s, w in neuron.synapses]
    for text, changed in _synapse_changes(neuron.name, synapses, _may_be_empty(layer, neuron)):
        yield text, _neuron(neuron, synapses=tuple(changed))
    bias = float(wiring.value(layer.bias if neuron.bias is None else neuron.bias) or 0.0)
    for text, moved in _bias_changes(neuron.name, bias, widest):
        yield text, _neuron(neuron, bias=moved)
    activation = layer.activation if neuron.activation is None else neuron.activation
    text, swapped = _swapped(neuron.name, activation)
    yield text, _neuron(neuron, activation=swapped)


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


def _synapse_changes(
    name: str, synapses: list[Synapse], may_be_empty: bool
) -> Iterator[tuple[str, list[Synapse]]]:
    for i, (source, given) in enumerate(synapses):
        weight = float(given)
        arrow = f"{source} -> {name}"
        rest = synapses[:i] + synapses[i + 1 :]
        if rest or may_be_empty:
            yield f"{arrow} may be removed", rest
        if weight == 0:
            continue
        for text, changed in (
            ("may change its sign", -weight),
            ("may be 10 % stronger", weight * (1 + SHARE)),
            ("may be 10 % weaker", weight * (1 - SHARE)),
        ):
            moved = [*synapses[:i], Synapse(source, changed), *synapses[i + 1 :]]
            yield f"{arrow} {text}", moved
    for i, j in combinations(range(len(synapses)), 2):
        a, b = synapses[i], synapses[j]
        if a.weight != b.weight:
            moved = list(synapses)
            moved[i], moved[j] = Synapse(a.source, b.weight), Synapse(b.source, a.weight)
            yield f"{a.source} and {b.source} may be exchanged in {name}", moved


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
    for row, name in enumerate(layer.neuron_names):
        for text, weights in _bulk_changes(layer, columns, row):

            def build(weights: DenseWeights | SparseWeights = weights) -> NetworkSpec:
                return _with_layer(spec, index, replace(layer, weights=weights))

            yield Mutant(text, name, build)
        yield from _bulk_bias_mutants(spec, index, layer, row, wiring)
    if layer.neuron_names:
        text, swapped = _swapped(f"layer {layer.name}", layer.activation)

        def exchange() -> NetworkSpec:
            return _with_layer(spec, index, replace(layer, activation=swapped))

        yield Mutant(text, layer.neuron_names[0], exchange)


def _bulk_changes(
    layer: BulkLayer, columns: list[str], row: int
) -> Iterator[tuple[str, DenseWeights | SparseWeights]]:
    name = layer.neuron_names[row]
    weights = layer.weights
    if isinstance(weights, SparseWeights):
        own = [(c, float(v)) for r, c, v in weights.entries if r == row]
        others = tuple(e for e in weights.entries if e[0] != row)
        at = {columns[c]: c for c, _ in own}
        synapses = [Synapse(columns[c], v) for c, v in own]
        for text, changed in _synapse_changes(name, synapses, _may_be_empty(layer)):
            moved = tuple((row, at[s], float(w)) for s, w in changed)
            yield text, SparseWeights((*others, *moved))
    elif isinstance(weights, DenseWeights):
        synapses = [Synapse(s, float(v)) for s, v in zip(columns, weights.rows[row], strict=True)]
        absent_is_zero = AGGREGATIONS[layer.aggregation or DEFAULT_AGGREGATION].zero_is_absent
        for text, changed in _synapse_changes(name, synapses, absent_is_zero):
            given = {s: float(w) for s, w in changed}
            if len(given) < len(synapses) and not absent_is_zero:
                continue  # a dense matrix has no way to leave an entry out
            filled = tuple(given.get(source, 0.0) for source in columns)
            yield text, DenseWeights((*weights.rows[:row], filled, *weights.rows[row + 1 :]))


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
