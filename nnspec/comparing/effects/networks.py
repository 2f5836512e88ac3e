"""Two networks under the same names: the old one's are the new one's wherever it is the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from nnspec.comparing import Renames, renamed_spec
from nnspec.diagnostics import CannotError
from nnspec.network import Network
from nnspec.spec.model import NetworkSpec


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
    own = _without_clashes(old.spec, new.spec, to)
    renamed = renamed_spec(old.spec, own)
    outputs = {own.unit(name): name for name in old.spec.output_names}
    layers = set(to.layers.values())
    known = set(to.neurons.values()) | {
        name for _, layer in new.spec.bulk_layers() if layer.name in layers
        for name in layer.neuron_names
    }  # fmt: skip
    names = [name for name in new.spec.output_names if name in outputs and name in known]
    return Pair(_compiled(old, renamed), new, {name: outputs[name] for name in names})


def _compiled(network: Network, spec: NetworkSpec) -> Network:
    plain = replace(spec, examples=(), properties=())
    return network if plain == network.spec else Network.from_checked(plain)


def _without_clashes(old: NetworkSpec, new: NetworkSpec, to: Renames) -> Renames:
    """The same renames, and new names for what is gone if its name now stands for another thing."""
    taken = {name for names in _names(new) for name in names}
    known = (to.inputs, to.parameters, to.neurons, to.layers)
    return Renames(*[_fresh(*pair, taken) for pair in zip(known, _names(old), strict=True)])


def _names(spec: NetworkSpec) -> tuple[list[str], ...]:
    """The names of inputs, parameters, neurons and layers."""
    return (
        [item.name for item in spec.inputs],
        list(spec.parameters),
        [neuron.name for _, neuron in spec.neurons()],
        [layer.name for layer in spec.layers],
    )


def _fresh(known: Mapping[str, str], names: Iterable[str], taken: set[str]) -> dict[str, str]:
    """New names as known; of others their own, or one that is free."""
    found = dict(known)
    for name in names:
        if name in found:
            continue
        free = name
        while free in taken:
            free += "-old"
        taken.add(free)
        found[name] = free
    return found
