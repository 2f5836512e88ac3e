"""What a diagram shows of a spec: its units in columns, and its synapses."""

from __future__ import annotations

from dataclasses import dataclass, field

from nnspec.functions.activations import DEFAULT_ACTIVATION, find
from nnspec.functions.aggregations import DEFAULT_AGGREGATION
from nnspec.spec.model import (
    Activation,
    BulkLayer,
    DenseWeights,
    Layer,
    NetworkSpec,
    SparseWeights,
)
from nnspec.spec.topology import Wiring


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
    activation: Activation | None = None
    note: str = ""
    output: bool = False


@dataclass(frozen=True)
class Edge:
    """A synapse that exists; ``share`` is its weight's size beside the greatest of its neuron."""

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


def graph_of(spec: NetworkSpec) -> Graph:
    """The units and synapses of a spec without errors; weights in files are not drawn."""
    wiring = Wiring(spec)
    outputs = set(spec.output_names)
    units = [Unit(unit, 0, note=_input_note(spec, i)) for i, item in enumerate(spec.inputs)
             for unit in item.units]  # fmt: skip
    edges: list[Edge] = []
    columns = [("inputs", "")]
    for number, layer in enumerate(spec.layers, start=1):
        columns.append((layer.name, _shared(layer)))
        if isinstance(layer, Layer):
            for neuron in layer.neurons:
                activation = layer.activation if neuron.activation is None else neuron.activation
                said = [neuron.title, neuron.unit, neuron.description]
                note = "; ".join(text for text in said if text)
                units.append(Unit(neuron.name, number, activation, note, neuron.name in outputs))
                pairs = [(s, float(wiring.value(w) or 0.0)) for s, w in neuron.synapses]
                edges += _edges(neuron.name, pairs)
        else:
            for row, name in enumerate(layer.neuron_names):
                units.append(Unit(name, number, layer.activation, "", name in outputs))
                edges += _edges(name, _bulk_row(layer, wiring.columns(layer.sources), row))
    title = spec.title if spec.title is not None else spec.name
    by_name = {unit.name: unit for unit in units}
    return Graph(spec.name, title, tuple(columns), tuple(units), tuple(edges), by_name)


def _edges(target: str, pairs: list[tuple[str, float]]) -> list[Edge]:
    greatest = max((abs(weight) for _, weight in pairs), default=0.0)
    return [
        Edge(source, target, weight, abs(weight) / greatest if greatest > 0 else 0.0)
        for source, weight in pairs
    ]


def _bulk_row(layer: BulkLayer, columns: tuple[str, ...], row: int) -> list[tuple[str, float]]:
    if isinstance(layer.weights, DenseWeights):
        return list(zip(columns, map(float, layer.weights.rows[row]), strict=True))
    if isinstance(layer.weights, SparseWeights):
        return [(columns[c], float(v)) for r, c, v in layer.weights.entries if r == row]
    if layer.weights.values is None:
        return []
    return [(columns[c], v) for c, v in layer.weights.values.row(row)]


def _input_note(spec: NetworkSpec, index: int) -> str:
    item = spec.inputs[index]
    low, high = item.range
    ends = "" if low is None and high is None else (
        f"{'' if low is None else f'{low:g}'} to {'' if high is None else f'{high:g}'}"
    )  # fmt: skip
    said = [item.title, item.unit, ends, item.description]
    return "; ".join(text for text in said if text)


def _shared(layer: Layer | BulkLayer) -> str:
    """What all neurons of a layer have in common, for its heading."""
    said = []
    if isinstance(layer, BulkLayer):
        said.append(f"{layer.size:,} neurons")
    if layer.activation is not None:
        said.append(layer.activation.name)
    if layer.aggregation not in (None, DEFAULT_AGGREGATION):
        said.append(layer.aggregation)
    if layer.group is not None:
        said.append(layer.group)
    return ", ".join(said)


def activation_curve(activation: Activation | None, n: int = 25) -> list[tuple[float, float]]:
    """The shape of an activation between -3 and 3: points (x, y), each from 0 to 1."""
    from nnspec.functions.activations import with_defaults

    function = find(DEFAULT_ACTIVATION if activation is None else activation.name)
    if function is None:
        return []
    parameters = with_defaults(function, {} if activation is None else activation.parameters)
    points = []
    for i in range(n):
        z = -3 + 6 * i / (n - 1)
        y = function.scalar(z, **parameters)
        if y == y and abs(y) < 100:
            points.append((i / (n - 1), y))
    values = [y for _, y in points]
    low, high = min(values, default=0.0), max(values, default=0.0)
    span = high - low if high > low else 1.0
    return [(x, (y - low) / span) for x, y in points]
