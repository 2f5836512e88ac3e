"""Two networks under the same names: the old one's are the new one's wherever it is the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from nnspec.comparing import Renames, renamed_spec
from nnspec.diagnostics import CannotError
from nnspec.network import Network
from nnspec.spec.model import Input, NetworkSpec


class CannotCompareError(CannotError):
    """The outputs of two networks cannot be compared; the message says why."""


@dataclass(frozen=True)
class Pair:
    """Two networks, the old one under the new one's names.

    A network that only has other names then computes the very same bits, because its sums are
    taken in the same order.

    Parameters
    ----------
    old_names
        By an output's new name, the old one, of the outputs that both have.
    """

    old: Network
    new: Network
    old_names: dict[str, str]

    @property
    def outputs(self) -> tuple[str, ...]:
        """The outputs that both networks have, by their new names."""
        return tuple(self.old_names)

    @property
    def added(self) -> tuple[str, ...]:
        """The outputs of the new network alone."""
        return tuple([name for name in self.new.outputs if name not in self.old_names])

    def unit(self, output: str) -> str | None:
        """What an output is measured in, if either spec says so."""
        units = [n.unit for network in (self.new, self.old) for _, n in network.spec.neurons()
                 if n.name == output]  # fmt: skip
        return next((unit for unit in units if unit is not None), None)


def pair_of(old: Network, new: Network, to: Renames) -> Pair:
    """The pair of two networks, given what of the old one is what of the new one."""
    own = without_clashes(old.spec, new.spec, to)
    renamed = renamed_spec(old.spec, own)
    outputs = {own.unit(name): name for name in old.spec.output_names}
    shared = {name: outputs[name] for name in new.spec.output_names if name in outputs}
    known = set(to.neurons.values()) | {
        f"{name}.{i}" for name in to.layers.values() for i in range(_size(new.spec, name))
    }
    shared = {name: was for name, was in shared.items() if name in known}
    return Pair(_compiled(old, renamed), new, shared)


def _size(spec: NetworkSpec, layer: str) -> int:
    return next((len(one.neuron_names) for one in spec.layers if one.name == layer), 0)


def _compiled(network: Network, spec: NetworkSpec) -> Network:
    plain = replace(spec, examples=(), properties=())
    return network if plain == network.spec else Network.from_checked(plain)


def without_clashes(old: NetworkSpec, new: NetworkSpec, to: Renames) -> Renames:
    """The same renames, and new names for what is gone if its name now stands for another thing."""
    taken = {*_names(new)}
    inputs = _fresh(to.inputs, (item.name for item in old.inputs), taken)
    parameters = _fresh(to.parameters, old.parameters, taken)
    neurons = _fresh(to.neurons, (neuron.name for _, neuron in old.neurons()), taken)
    layers = _fresh(to.layers, (layer.name for layer in old.layers), taken)
    return Renames(inputs, parameters, neurons, layers)


def _names(spec: NetworkSpec) -> Iterable[str]:
    yield from (item.name for item in spec.inputs)
    yield from spec.parameters
    yield from (neuron.name for _, neuron in spec.neurons())
    yield from (layer.name for layer in spec.layers)


def _fresh(known: Collection[str], names: Iterable[str], taken: set[str]) -> dict[str, str]:
    """New names as known; of others their own, or one that is free."""
    found = dict(known) if isinstance(known, dict) else {}
    for name in names:
        if name in found:
            continue
        free = name
        while free in taken:
            free += "-old"
        taken.add(free)
        found[name] = free
    return found


def same_inputs(old: Iterable[Input], new: Iterable[Input]) -> list[tuple[Input, Input]]:
    """The inputs of both networks, the old one's and the new one's of each."""
    before = {item.name: item for item in old}
    return [(before[item.name], item) for item in new if item.name in before]
