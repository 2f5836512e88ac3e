"""What a spec says, as frozen values: no arrays, no files, no positions.

These classes hold whatever an author may write, valid or not: names are kept in tuples, so a name
given twice or a source that does not exist can be represented, and so reported. Validity is
decided by :mod:`nnspec.validation`, for specs read from YAML and for those built in Python alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, TypeAlias

Interval: TypeAlias = tuple[float | None, float | None]
"""A closed interval; None leaves a side open."""

Value: TypeAlias = float | int | bool | str
"""A cell of the user's table, in the table's own units."""

Weight: TypeAlias = float | str
"""A number, or the name of a parameter."""

Extensions: TypeAlias = Mapping[str, Any]
"""Keys beginning with ``x-``: kept and ignored."""

InputType: TypeAlias = Literal["number", "integer", "boolean", "category"]


class Synapse(NamedTuple):
    """A directed connection into a neuron: where it comes from and its weight."""

    source: str
    weight: Weight


@dataclass(frozen=True, slots=True)
class Transform:
    """One step that an input's value goes through before any synapse sees it.

    ``kind`` is ``standardize``, ``rescale``, ``clip``, ``log``, ``log1p`` or ``sqrt``.
    ``parameters`` holds, in this order: ``(mean, deviation)``, ``(from low, from high, to low,
    to high)`` or ``(low, high)``; the others have none.
    """

    kind: str
    parameters: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """A fact about the thing to be valued: a column of the user's table.

    Parameters
    ----------
    name
        Name of the input, unique among inputs, neurons and parameters.
    type
        ``number``, ``integer``, ``boolean`` (0 or 1) or ``category``.
    categories
        For a category, its values; each becomes a unit of its own, ``name.value``.
    range
        Closed interval of the values it may take, in the table's own unit.
    column
        The table's column, by default the input's name.
    missing
        The value that stands in for a missing one; None when a missing value is an error.
    transforms
        Steps applied in order before any synapse sees the value.
    """

    name: str
    type: InputType = "number"
    categories: tuple[Value, ...] = ()
    range: Interval = (None, None)
    column: str | None = None
    missing: Value | None = None
    transforms: tuple[Transform, ...] = ()
    unit: str | None = None
    title: str | None = None
    description: str | None = None
    extensions: Extensions = field(default_factory=dict)

    @property
    def column_name(self) -> str:
        """The table's column that this input reads."""
        return self.name if self.column is None else self.column

    @property
    def units(self) -> tuple[str, ...]:
        """The names that synapses may use as a source: the input, or each of its categories."""
        if self.type == "category":
            return tuple([f"{self.name}.{text}" for text in self.category_texts])
        return (self.name,)

    @property
    def category_texts(self) -> tuple[str, ...]:
        """A category's values as they stand in units' names and in text cells."""
        return tuple([category_text(category) for category in self.categories])


@dataclass(frozen=True, slots=True)
class Activation:
    """The use of an activation function: its name, or an alias, and its parameters."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Neuron:
    """A named unit: ``activation(bias + aggregation over synapses)``.

    ``activation``, ``aggregation`` and ``bias`` are None where the layer's default holds.
    ``synapses`` may be given as a mapping of source to weight.
    """

    name: str
    synapses: tuple[Synapse, ...] = ()
    bias: Weight | None = None
    activation: Activation | None = None
    aggregation: str | None = None
    range: Interval = (None, None)
    unit: str | None = None
    title: str | None = None
    description: str | None = None
    extensions: Extensions = field(default_factory=dict)

    def __init__(
        self,
        name: str,
        synapses: Mapping[str, Weight] | Iterable[tuple[str, Weight]] = (),
        bias: Weight | None = None,
        activation: Activation | str | None = None,
        aggregation: str | None = None,
        range: Interval = (None, None),  # noqa: A002 -- the format's own word
        unit: str | None = None,
        title: str | None = None,
        description: str | None = None,
        extensions: Extensions | None = None,
    ) -> None:
        pairs = synapses.items() if isinstance(synapses, Mapping) else synapses
        set_field = object.__setattr__
        set_field(self, "name", name)
        set_field(self, "synapses", tuple([Synapse._make(pair) for pair in pairs]))
        set_field(self, "bias", bias)
        set_field(self, "activation", as_activation(activation))
        set_field(self, "aggregation", aggregation)
        set_field(self, "range", range)
        set_field(self, "unit", unit)
        set_field(self, "title", title)
        set_field(self, "description", description)
        set_field(self, "extensions", {} if extensions is None else extensions)


def as_activation(given: Activation | str | None) -> Activation | None:
    """An activation given by name alone, as an :class:`Activation`."""
    return Activation(given) if isinstance(given, str) else given


class StoredNumbers(Protocol):
    """The numbers of a matrix, wherever they stand: in the spec, or in an opened, judged file.

    Biases are a matrix of one column.
    """

    @property
    def form(self) -> Literal["dense", "sparse"]:
        """Whether every entry is a synapse, or only those listed."""

    @property
    def n_numbers(self) -> int:
        """How many numbers there are: every entry, or those that a sparse matrix lists."""

    def row(self, index: int) -> list[tuple[int, float]]:
        """One row's columns and their numbers, the columns rising."""


@dataclass(frozen=True, slots=True)
class DenseWeights:
    """A bulk layer's weights, every entry a synapse: rows of shape (size, fan-in)."""

    form: ClassVar[Literal["dense"]] = "dense"
    file: ClassVar[None] = None

    rows: tuple[tuple[float, ...], ...]

    @property
    def numbers(self) -> StoredNumbers:
        """The numbers themselves."""
        return self

    @property
    def n_numbers(self) -> int:
        """How many numbers there are."""
        return sum(map(len, self.rows))

    def row(self, index: int) -> list[tuple[int, float]]:
        """One row's columns and their numbers."""
        return list(enumerate(map(float, self.rows[index])))


@dataclass(frozen=True)
class SparseWeights:
    """A bulk layer's weights of which only those listed are synapses: (row, column, value)."""

    form: ClassVar[Literal["sparse"]] = "sparse"
    file: ClassVar[None] = None

    entries: tuple[tuple[int, int, float], ...]

    @property
    def numbers(self) -> StoredNumbers:
        """The numbers themselves."""
        return self

    @property
    def n_numbers(self) -> int:
        """How many numbers there are."""
        return len(self.entries)

    def row(self, index: int) -> list[tuple[int, float]]:
        """One row's columns and their numbers, the columns rising."""
        return self._by_row.get(index, [])

    @cached_property
    def _by_row(self) -> dict[int, list[tuple[int, float]]]:
        rows: dict[int, list[tuple[int, float]]] = {}
        for row, column, value in sorted(self.entries):
            rows.setdefault(row, []).append((column, float(value)))
        return rows


@dataclass(frozen=True, slots=True)
class FileWeights:
    """Weights or biases that stand in a file beside the spec.

    Parameters
    ----------
    file
        Path of a ``.safetensors`` or ``.npy`` file, relative to the spec's folder.
    tensor
        Name of the tensor in a ``.safetensors`` file.
    values
        The numbers, once the file was opened; loading a spec does that, and
        :func:`nnspec.loading.open_weights` for a spec built in Python. It is no part of what the
        spec says: equality leaves it out.
    """

    form: ClassVar[Literal["file"]] = "file"

    file: str
    tensor: str | None = None
    values: StoredNumbers | None = field(default=None, compare=False, repr=False)

    @property
    def numbers(self) -> StoredNumbers | None:
        """The numbers; None where the file was not opened."""
        return self.values


BulkWeights: TypeAlias = DenseWeights | SparseWeights | FileWeights
BulkBias: TypeAlias = tuple[float, ...] | FileWeights | Weight


@dataclass(frozen=True, slots=True)
class Layer:
    """Neurons that are evaluated together, one by one under their names.

    ``activation``, ``aggregation`` and ``bias`` are the defaults of its neurons.
    """

    name: str
    neurons: tuple[Neuron, ...] = ()
    activation: Activation | None = None
    aggregation: str | None = None
    bias: Weight | None = None
    group: str | None = None
    description: str | None = None
    extensions: Extensions = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "activation", as_activation(self.activation))

    @property
    def size(self) -> int:
        """How many neurons it has."""
        return len(self.neurons)

    @property
    def neuron_names(self) -> tuple[str, ...]:
        """The layer's neurons, in order."""
        return tuple([neuron.name for neuron in self.neurons])


@dataclass(frozen=True, slots=True)
class BulkLayer:
    """A layer given by matrices: neurons ``NAME.0``, ``NAME.1`` and so on.

    Parameters
    ----------
    size
        How many neurons it has.
    sources
        Layers and inputs (the format's ``from``) whose units, in order, are the columns.
    weights
        Matrix of shape (size, fan-in).
    bias
        One number per neuron, one for all (a number or a parameter's name), or none.
    neurons
        Empty: none of its neurons is written out by itself.
    """

    neurons: ClassVar[tuple[Neuron, ...]] = ()

    name: str
    size: int
    sources: tuple[str, ...]
    weights: BulkWeights
    bias: BulkBias | None = None
    activation: Activation | None = None
    aggregation: str | None = None
    group: str | None = None
    description: str | None = None
    extensions: Extensions = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "activation", as_activation(self.activation))

    @property
    def neuron_names(self) -> tuple[str, ...]:
        """The layer's neurons, in order."""
        return tuple([f"{self.name}.{i}" for i in range(self.size)])


AnyLayer: TypeAlias = Layer | BulkLayer


@dataclass(frozen=True, slots=True)
class Example:
    """Inputs with the outputs they must give.

    ``expect`` maps a neuron to a number, or to an interval. ``within`` is an absolute tolerance;
    without it a number must be met within 1e-9, relative.
    """

    given: Mapping[str, Value]
    expect: Mapping[str, float | Interval]
    name: str | None = None
    within: float | None = None
    extensions: Extensions = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Then:
    """Claim: each neuron's value lies in its interval, or is its number."""

    key: ClassVar[str] = "then"
    bounds: Mapping[str, float | Interval]


@dataclass(frozen=True, slots=True)
class Monotone:
    """Claim: all else equal, a neuron never falls (or never rises) as an input rises."""

    key: ClassVar[str] = "monotone"
    directions: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Independent:
    """Claim: a neuron does not change with these inputs."""

    key: ClassVar[str] = "independent"
    of: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Lipschitz:
    """Claim: a neuron changes by at most a bound times the change of an input."""

    key: ClassVar[str] = "lipschitz"
    bounds: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Ordered:
    """Claim: the first neuron of each pair never exceeds the second."""

    key: ClassVar[str] = "ordered"
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Linear:
    """Claim: linear inequalities over inputs and neurons hold."""

    key: ClassVar[str] = "linear"
    inequalities: tuple[str, ...]


Claim: TypeAlias = Then | Monotone | Independent | Lipschitz | Ordered | Linear


@dataclass(frozen=True, slots=True)
class Property:
    """A claim about every input that ``when`` allows (otherwise the declared ranges).

    ``when`` maps an input to an interval, or to the list of its allowed categories.
    """

    claim: Claim
    name: str | None = None
    when: Mapping[str, Interval | tuple[Value, ...]] = field(default_factory=dict)
    description: str | None = None
    extensions: Extensions = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """A whole spec: what a YAML file says.

    Parameters
    ----------
    name
        Name of the network.
    inputs
        Its inputs, in order.
    layers
        Its layers, in order of evaluation.
    parameters
        Numbers used in many places, by name.
    outputs
        Names of the neurons that are its outputs; None for the neurons of the last layer.
    """

    name: str
    inputs: tuple[Input, ...]
    layers: tuple[AnyLayer, ...]
    parameters: Mapping[str, float] = field(default_factory=dict)
    outputs: tuple[str, ...] | None = None
    examples: tuple[Example, ...] = ()
    properties: tuple[Property, ...] = ()
    title: str | None = None
    description: str | None = None
    version: str | None = None
    authors: tuple[str, ...] = ()
    license: str | None = None
    source: str | None = None
    extensions: Extensions = field(default_factory=dict)

    @property
    def output_names(self) -> tuple[str, ...]:
        """The neurons that are the outputs, in order."""
        if self.outputs is not None:
            return self.outputs
        return self.layers[-1].neuron_names if self.layers else ()

    def neurons(self) -> Iterator[tuple[int, Neuron]]:
        """Each named neuron with the index of its layer, in order of evaluation."""
        for index, layer in enumerate(self.layers):
            for neuron in layer.neurons:
                yield index, neuron

    def named_layers(self) -> Iterator[tuple[int, Layer]]:
        """Each layer whose neurons are written out, with its index."""
        return ((i, layer) for i, layer in enumerate(self.layers) if isinstance(layer, Layer))

    def bulk_layers(self) -> Iterator[tuple[int, BulkLayer]]:
        """Each layer that is given by matrices, with its index."""
        return ((i, layer) for i, layer in enumerate(self.layers) if isinstance(layer, BulkLayer))

    def weight_files(self) -> Iterator[tuple[int, Literal["weights", "bias"], FileWeights]]:
        """Each reference to a weight file, with the index of its layer and its key there."""
        for index, layer in self.bulk_layers():
            if isinstance(layer.weights, FileWeights):
                yield index, "weights", layer.weights
            if isinstance(layer.bias, FileWeights):
                yield index, "bias", layer.bias


def category_text(value: Value) -> str:
    """A category's value as it stands in a unit's name and in a table's text cells.

    Examples
    --------
    >>> category_text(True), category_text(3), category_text(2.0), category_text("good")
    ('true', '3', '2', 'good')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)
