"""What a spec means: every neuron with all that its author left to a default, or to a name.

:class:`~nnspec.spec.model.NetworkSpec` is what the author wrote. Whoever asks what it *means*
(evaluators, the compiler, rules, views, explanations, comparisons) asks :func:`resolve`, so that
a new way to write neurons is told here once: a kind of layer is one function in ``_LOWERED`` that
yields its neurons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

from nnspec.diagnostics import Path
from nnspec.functions.activations import (
    DEFAULT_ACTIVATION,
    ActivationFunction,
    find,
    with_defaults,
)
from nnspec.functions.aggregations import AGGREGATIONS, DEFAULT_AGGREGATION, Aggregation
from nnspec.functions.groups import GROUPS
from nnspec.spec.model import (
    Activation,
    AnyLayer,
    BulkBias,
    BulkLayer,
    BulkWeights,
    FileWeights,
    Layer,
    NetworkSpec,
    Neuron,
    StoredNumbers,
    Weight,
)
from nnspec.spec.topology import Wiring


class ResolvedSynapse(NamedTuple):
    """A synapse: its source, its weight as a number, and the parameter that gave it, if one did."""

    source: str
    weight: float
    parameter: str | None = None

    @property
    def shown(self) -> Weight:
        """The weight as a person reads it: the parameter's name, or the number."""
        return self.weight if self.parameter is None else self.parameter


class ResolvedActivation(NamedTuple):
    """An activation: what the author wrote, its record, and all of the record's parameters."""

    written: Activation
    function: ActivationFunction
    parameters: Mapping[str, Any]

    def __call__(self, z: float) -> float:
        """The value a = activation(z)."""
        return self.function.scalar(z, **self.parameters)


class ResolvedNeuron(NamedTuple):
    """One neuron, with nothing left to look up.

    Parameters
    ----------
    name
        Its name.
    layer
        The index of its layer.
    own
        What the author wrote of it alone; None where it is a row of a matrix.
    aggregation
        The record of its aggregation.
    activation
        Its activation, parameters completed; the identity where none was given.
    bias, bias_parameter
        Its bias as a number (never -0.0), and the parameter that gave it, if one did.
    synapses
        In the order in which they are summed: by the source's name, or, in a bulk layer, by
        column.
    """

    name: str
    layer: int
    own: Neuron | None
    aggregation: Aggregation
    activation: ResolvedActivation
    bias: float
    bias_parameter: str | None
    synapses: tuple[ResolvedSynapse, ...]

    @property
    def path(self) -> Path:
        """Where the neuron stands in the author's text; a row of a matrix stands in its layer."""
        layer: Path = ("layers", self.layer)
        return layer if self.own is None else (*layer, "neurons", self.name)

    @property
    def as_written(self) -> tuple[ResolvedSynapse, ...]:
        """Its synapses in the order in which the author wrote them."""
        if self.own is None:
            return self.synapses
        by_source = {synapse.source: synapse for synapse in self.synapses}
        return tuple([by_source[source] for source, _ in self.own.synapses])

    @property
    def shown_bias(self) -> Weight:
        """Its bias as a person reads it: the parameter's name, or the number."""
        return self.bias if self.bias_parameter is None else self.bias_parameter

    def where(self, key: str, *rest: str | int) -> Path:
        """Where its ``activation``, ``bias``, … is given: on itself, or as its layer's default."""
        is_own = self.own is not None and getattr(self.own, key) is not None
        return (*(self.path if is_own else ("layers", self.layer)), key, *rest)


@dataclass(frozen=True)
class ResolvedLayer:
    """One layer; its neurons are made as they are asked for.

    Parameters
    ----------
    index
        Which of the spec's layers it is.
    written
        What the author wrote.
    matrix
        The same, where the layer is given by a matrix; None where its neurons are written out.
    columns
        The units that the columns of the matrix are.
    parameters
        The spec's parameters.
    """

    index: int
    written: AnyLayer
    matrix: BulkLayer | None
    columns: tuple[str, ...]
    parameters: Mapping[str, float]

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.written.name

    @property
    def group(self) -> str | None:
        """What acts on the layer's activations together, or None."""
        return self.written.group

    @cached_property
    def neuron_names(self) -> tuple[str, ...]:
        """The layer's neurons, in order."""
        return self.written.neuron_names

    @cached_property
    def activation(self) -> ResolvedActivation:
        """The activation of the neurons that have none of their own."""
        return resolved_activation(self.written.activation)

    @cached_property
    def aggregation(self) -> Aggregation:
        """The aggregation of the neurons that have none of their own."""
        return AGGREGATIONS[self.written.aggregation or DEFAULT_AGGREGATION]

    @property
    def group_order(self) -> tuple[int, ...]:
        """Rows in the order in which the group takes them: by name, or as they stand."""
        rows = range(self.written.size)
        by_name = self.group is not None and GROUPS[self.group].order == "name"
        if by_name and self.matrix is None:
            return tuple(sorted(rows, key=self.neuron_names.__getitem__))
        return tuple(rows)

    @property
    def is_in_file(self) -> bool:
        """Whether weights or biases stand in a file beside the spec."""
        layer = self.matrix
        return layer is not None and (
            isinstance(layer.weights, FileWeights) or isinstance(layer.bias, FileWeights)
        )

    def neurons(self) -> Iterator[ResolvedNeuron]:
        """Each neuron, in order.

        Raises
        ------
        ValueError
            If a weight file was not opened.
        """
        # A matrix may hold millions of synapses: its rows are made anew each time.
        return iter(self._kept) if self.matrix is None else self._lowered()

    @cached_property
    def _kept(self) -> tuple[ResolvedNeuron, ...]:
        return tuple(self._lowered())

    def _lowered(self) -> Iterator[ResolvedNeuron]:
        return _LOWERED[type(self.written)](self, self.written)


class Resolved:
    """A spec without errors, resolved.

    Parameters
    ----------
    spec
        What the author wrote.
    wiring
        Its names, where they are at hand.
    """

    def __init__(self, spec: NetworkSpec, wiring: Wiring | None = None) -> None:
        self.spec = spec
        self.wiring = Wiring(spec) if wiring is None else wiring
        self.layers = tuple(
            [
                ResolvedLayer(
                    index,
                    layer,
                    layer if isinstance(layer, BulkLayer) else None,
                    self.wiring.columns_of(layer),
                    spec.parameters,
                )
                for index, layer in enumerate(spec.layers)
            ]
        )

    def neurons(self) -> Iterator[ResolvedNeuron]:
        """Each neuron of each layer, in order of evaluation."""
        for layer in self.layers:
            yield from layer.neurons()

    @cached_property
    def named(self) -> dict[str, ResolvedNeuron]:
        """Each neuron that is written out, by its name, in order of evaluation."""
        written = [layer for layer in self.layers if layer.matrix is None]
        return {neuron.name: neuron for layer in written for neuron in layer.neurons()}


def resolve(spec: NetworkSpec) -> Resolved:
    """What a spec without errors means.

    Examples
    --------
    >>> from nnspec.spec.model import Input, Layer, NetworkSpec, Neuron
    >>> historic = Neuron("historic", {"age": "slope"}, activation="leaky-relu")
    >>> layer = Layer("hidden", (historic,), bias=-100)
    >>> spec = NetworkSpec("n", (Input("age"),), (layer,), parameters={"slope": 2})
    >>> [neuron] = resolve(spec).neurons()
    >>> neuron.bias, neuron.aggregation.name, neuron.activation.parameters
    (-100.0, 'sum', {'slope': 0.01})
    >>> neuron.synapses
    (ResolvedSynapse(source='age', weight=2.0, parameter='slope'),)
    """
    return Resolved(spec)


def resolved_activation(written: Activation | None) -> ResolvedActivation:
    """An activation as written, completed; the identity where none is."""
    use = Activation(DEFAULT_ACTIVATION) if written is None else written
    function = find(use.name)
    if function is None:
        raise ValueError(f"unknown activation {use.name!r}")  # the rules refuse it before
    return ResolvedActivation(use, function, with_defaults(function, use.parameters))


def stored(layer: BulkLayer, weights: BulkWeights) -> StoredNumbers:
    """The numbers of a bulk layer's matrix or list.

    Raises
    ------
    ValueError
        If they stand in a file that was not opened, which NS602 says.
    """
    numbers = weights.numbers
    if numbers is None:
        raise ValueError(f"the weight file of layer {layer.name!r} was not opened")
    return numbers


def _named(layer: ResolvedLayer, written: Layer) -> Iterator[ResolvedNeuron]:
    parameters = layer.parameters
    for own in written.neurons:
        bias = written.bias if own.bias is None else own.bias
        given = own.aggregation
        synapses = [
            ResolvedSynapse(source, float(weight) + 0.0)
            if not isinstance(weight, str)
            else ResolvedSynapse(source, float(parameters[weight]) + 0.0, weight)
            for source, weight in own.synapses
        ]
        synapses.sort(key=itemgetter(0))
        yield ResolvedNeuron(
            own.name,
            layer.index,
            own,
            layer.aggregation if given is None else AGGREGATIONS[given],
            layer.activation if own.activation is None else resolved_activation(own.activation),
            *_number(bias, parameters),
            tuple(synapses),
        )


def _bulk(layer: ResolvedLayer, written: BulkLayer) -> Iterator[ResolvedNeuron]:
    columns = layer.columns
    numbers = stored(written, written.weights)
    biases = bulk_biases(written, written.bias, layer.parameters)
    for row, name in enumerate(layer.neuron_names):
        yield ResolvedNeuron(
            name,
            layer.index,
            None,
            layer.aggregation,
            layer.activation,
            *biases(row),
            tuple([ResolvedSynapse(columns[at], w + 0.0) for at, w in numbers.row(row)]),
        )


def bulk_biases(
    layer: BulkLayer, bias: BulkBias | None, parameters: Mapping[str, float]
) -> Callable[[int], tuple[float, str | None]]:
    """Gives each row's bias, and the parameter that gave it."""
    if isinstance(bias, FileWeights):
        numbers = stored(layer, bias)
        return lambda row: (numbers.row(row)[0][1] + 0.0, None)
    if isinstance(bias, tuple):
        return lambda row: (float(bias[row]) + 0.0, None)
    one = _number(bias, parameters)
    return lambda row: one


def _number(weight: Weight | None, parameters: Mapping[str, float]) -> tuple[float, str | None]:
    # Adding 0.0 makes -0.0 the one zero: a z is never -0.0, whose reciprocal would differ.
    if isinstance(weight, str):
        return float(parameters[weight]) + 0.0, weight
    return 0.0 if weight is None else float(weight) + 0.0, None


_LOWERED: dict[type, Callable[[ResolvedLayer, Any], Iterator[ResolvedNeuron]]] = {
    Layer: _named,
    BulkLayer: _bulk,
}
"""By kind of layer, what gives its neurons."""
