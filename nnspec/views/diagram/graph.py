"""What a diagram shows of a spec: its units in columns, and its synapses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from nnspec.functions.aggregations import DEFAULT_AGGREGATION, Bounds
from nnspec.spec.model import NetworkSpec, Neuron
from nnspec.spec.resolved import (
    ResolvedActivation,
    ResolvedLayer,
    ResolvedNeuron,
    ResolvedSynapse,
    resolve,
)
from nnspec.validation.bounds import bound_units


@dataclass(frozen=True)
class Unit:
    """An input, a category's unit or a neuron.

    Parameters
    ----------
    name
        Its name.
    column
        0 for inputs, then the layer's number from 1.
    activation
        Of a neuron.
    note
        What is said of it to whoever asks: unit, description.
    output
        Whether it is an output of the network.
    """

    name: str
    column: int
    activation: ResolvedActivation | None = None
    note: str = ""
    output: bool = False


@dataclass(frozen=True)
class Edge:
    """A synapse that exists; ``share`` is how far it may move its neuron beside the greatest."""

    source: str
    target: str
    weight: float
    share: float


@dataclass(frozen=True)
class Graph:
    """Everything that is drawn of one network."""

    name: str
    title: str
    columns: tuple[tuple[str, str], ...]
    """Each column's heading: its name, and what its neurons have in common."""
    units: tuple[Unit, ...]
    edges: tuple[Edge, ...]
    by_name: dict[str, Unit] = field(default_factory=dict)


def graph_of(spec: NetworkSpec, spans: Mapping[str, Bounds] | None = None) -> Graph:
    """The units and synapses of a spec without errors; weights in files are not drawn.

    Parameters
    ----------
    spans
        By unit, the least and the greatest that its synapses see, where that is known better than
        from the declared ranges.
    """
    resolved = resolve(spec)
    seen = {**bound_units(resolved).values, **({} if spans is None else spans)}
    outputs = set(spec.output_names)
    units = [Unit(unit, 0, note=_input_note(spec, i)) for i, item in enumerate(spec.inputs)
             for unit in item.units]  # fmt: skip
    edges: list[Edge] = []
    columns = [("inputs", "")]
    for layer in resolved.layers:
        columns.append((layer.name, _shared(layer)))
        for neuron in layer.neurons():
            activation, is_output = neuron.activation, neuron.name in outputs
            units.append(
                Unit(neuron.name, layer.index + 1, activation, _note(neuron.own), is_output)
            )
            edges += _edges(neuron, seen)
    title = spec.title if spec.title is not None else spec.name
    by_name = {unit.name: unit for unit in units}
    return Graph(spec.name, title, tuple(columns), tuple(units), tuple(edges), by_name)


def _note(own: Neuron | None) -> str:
    said = [] if own is None else [own.title, own.unit, own.description]
    return "; ".join(text for text in said if text)


def _edges(neuron: ResolvedNeuron, seen: Mapping[str, Bounds]) -> list[Edge]:
    """A neuron's synapses: weights alone would compare square feet with rooms."""
    synapses = neuron.as_written
    moves = [_move(neuron, synapse, seen) for synapse in synapses]
    if not all(map(math.isfinite, moves)):  # a range is open
        moves = [abs(synapse.weight) for synapse in synapses]
    greatest = max(moves, default=0.0)
    return [
        Edge(synapse.source, neuron.name, synapse.weight, move / greatest if greatest > 0 else 0.0)
        for synapse, move in zip(synapses, moves, strict=True)
    ]


def _move(neuron: ResolvedNeuron, synapse: ResolvedSynapse, seen: Mapping[str, Bounds]) -> float:
    """How far a synapse's term goes as its source goes as far as it may."""
    low, high = neuron.aggregation.term.image(synapse.weight, seen[synapse.source])
    return high - low


def _input_note(spec: NetworkSpec, index: int) -> str:
    item = spec.inputs[index]
    low, high = item.range
    ends = "" if low is None and high is None else (
        f"{'' if low is None else f'{low:g}'} to {'' if high is None else f'{high:g}'}"
    )  # fmt: skip
    said = [item.title, item.unit, ends, item.description]
    return "; ".join(text for text in said if text)


def _shared(layer: ResolvedLayer) -> str:
    """What all neurons of a layer have in common, for its heading."""
    said = []
    if layer.matrix is not None:
        said.append(f"{layer.matrix.size:,} neurons")
    if layer.written.activation is not None:
        said.append(layer.written.activation.name)
    if layer.aggregation.name != DEFAULT_AGGREGATION:
        said.append(layer.aggregation.name)
    if layer.group is not None:
        said.append(layer.group)
    return ", ".join(said)


def activation_curve(activation: ResolvedActivation, n: int = 25) -> list[tuple[float, float]]:
    """The shape of an activation between -3 and 3: points (x, y), each from 0 to 1."""
    points = []
    for i in range(n):
        z = -3 + 6 * i / (n - 1)
        y = activation(z)
        if y == y and abs(y) < 100:
            points.append((i / (n - 1), y))
    values = [y for _, y in points]
    low, high = min(values, default=0.0), max(values, default=0.0)
    span = high - low if high > low else 1.0
    return [(x, (y - low) / span) for x, y in points]
