"""Pure functions of a spec's graph: which name is what, who feeds whom, what reaches an output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nnspec.spec.model import AnyLayer, BulkLayer, Input, NetworkSpec, Weight

INPUTS = -1
"""The "layer" that inputs stand in: before the first."""


class Wiring:
    """A spec's names, resolved: each unit's layer, each parameter's value.

    A name given twice belongs to its first owner, so that one duplicate gives one diagnostic.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        self.spec = spec
        self.inputs: dict[str, Input] = {}
        self.layers: dict[str, int] = {}
        self.bulk: dict[str, tuple[int, int]] = {}
        self.layer_of_unit: dict[str, int] = {}
        for item in spec.inputs:
            self.inputs.setdefault(item.name, item)
            for unit in item.units:
                self.layer_of_unit.setdefault(unit, INPUTS)
        for index, layer in enumerate(spec.layers):
            self.layers.setdefault(layer.name, index)
            if isinstance(layer, BulkLayer):
                self.bulk.setdefault(layer.name, (index, layer.size))
            for neuron in layer.neurons:
                self.layer_of_unit.setdefault(neuron.name, index)

    def layer_of(self, name: str) -> int | None:
        """Index of the layer a unit stands in, :data:`INPUTS` for an input's; None if unknown."""
        found = self.layer_of_unit.get(name)
        if found is None and "." in name and self.bulk:
            found = self._bulk_layer_of(name)
        return found

    def _bulk_layer_of(self, name: str) -> int | None:
        layer, _, number = name.rpartition(".")
        if layer not in self.bulk or not number.isascii() or not number.isdigit():
            return None
        index, size = self.bulk[layer]
        plain = number == "0" or not number.startswith("0")
        return index if plain and len(number) < 12 and int(number) < size else None

    def is_neuron(self, name: str) -> bool:
        """Whether a name is a neuron's."""
        found = self.layer_of(name)
        return found is not None and found != INPUTS

    def units_before(self, layer: int) -> Iterator[str]:
        """The names a neuron of a layer may use as a source (bulk layers' apart)."""
        return (name for name, index in self.layer_of_unit.items() if index < layer)

    def neuron_names(self) -> Iterator[str]:
        """Every neuron's name (bulk layers' apart)."""
        return (name for name, index in self.layer_of_unit.items() if index != INPUTS)

    def value(self, weight: Weight | None) -> float | None:
        """A weight or bias as a number; None where its parameter is unknown, 0 where it is none."""
        if isinstance(weight, str):
            return self.spec.parameters.get(weight)
        return 0.0 if weight is None else float(weight)

    def width(self, source: str) -> int | None:
        """How many columns a ``from`` entry (a layer or an input) gives; None if it is unknown."""
        if source in self.inputs:
            return len(self.inputs[source].units)
        if source in self.layers:
            return self.spec.layers[self.layers[source]].size
        return None

    def fan_in(self, layer: BulkLayer) -> int | None:
        """How many columns a bulk layer's matrix has; None if a ``from`` entry is unknown."""
        widths = [self.width(source) for source in layer.sources]
        known = [width for width in widths if width is not None]
        return sum(known) if len(known) == len(widths) else None

    def columns_of(self, layer: AnyLayer) -> tuple[str, ...]:
        """The units that the columns of a layer's matrix are; none where it has no matrix."""
        return self.columns(layer.sources) if isinstance(layer, BulkLayer) else ()

    def columns(self, sources: Iterable[str]) -> tuple[str, ...]:
        """The units that a bulk layer's ``from`` entries give, in order."""
        names: list[str] = []
        for source in sources:
            if source in self.inputs:
                names.extend(self.inputs[source].units)
            elif source in self.layers:
                names.extend(self.spec.layers[self.layers[source]].neuron_names)
        return tuple(names)


def count_neurons(spec: NetworkSpec) -> int:
    """How many neurons a spec declares."""
    return sum(layer.size for layer in spec.layers)


def count_synapses(spec: NetworkSpec) -> int:
    """How many synapses a spec declares; a weight file that could not be opened has none."""
    named = sum(len(neuron.synapses) for _, neuron in spec.neurons())
    matrices = [layer.weights.numbers for _, layer in spec.bulk_layers()]
    return named + sum(numbers.n_numbers for numbers in matrices if numbers is not None)


def used_units(spec: NetworkSpec) -> set[str]:
    """Units that something uses: a synapse, a bulk layer's ``from``, a group, or the outputs.

    A bulk layer's own neurons are left out: they are used, or not, as a whole.
    """
    wiring = Wiring(spec)
    used = set(spec.output_names)
    for layer in spec.layers:
        used.update(wiring.columns_of(layer))
        for neuron in layer.neurons:
            used.update([synapse.source for synapse in neuron.synapses])
        if layer.group is not None:
            used.update([neuron.name for neuron in layer.neurons])
    return used


def reaching_units(spec: NetworkSpec, wiring: Wiring) -> set[str]:
    """Units from which some path leads to an output; a bulk layer counts as one, by its name."""
    needed = {_owner(name, wiring) for name in spec.output_names}
    for layer in reversed(spec.layers):
        if layer.name in needed:
            needed.update(_owner(name, wiring) for name in wiring.columns_of(layer))
        if layer.group is not None and any(neuron.name in needed for neuron in layer.neurons):
            needed.update(layer.neuron_names)
        for neuron in layer.neurons:
            if neuron.name in needed:
                needed.update([_owner(synapse.source, wiring) for synapse in neuron.synapses])
    return needed


def _owner(name: str, wiring: Wiring) -> str:
    """A unit's own name, or its bulk layer's."""
    if "." in name and name not in wiring.layer_of_unit:
        return name.rpartition(".")[0]
    return name
