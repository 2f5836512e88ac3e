"""A network valued at its baseline: where every line begins."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from nnspec.diagnostics import CannotError
from nnspec.evaluators.reference import evaluate_row
from nnspec.explaining.attribution.lines import is_straight, sizes_at
from nnspec.explaining.data import Baseline
from nnspec.network import Network
from nnspec.program.forward import at_row, forward
from nnspec.program.program import Floats, Program


class BaselineValues:
    """A network, and every unit of it at one baseline.

    Parameters
    ----------
    network
        The network.
    baseline
        What rows are compared with.

    Raises
    ------
    CannotError
        If the baseline cannot be valued, or a layer is too large.
    """

    def __init__(self, network: Network, baseline: Baseline) -> None:
        self.network = network
        self.spec = network.spec
        self.baseline = baseline
        self.program = Program.of(network.compiled)
        self.valuation = evaluate_row(self.spec, baseline.row)
        odd = self.valuation.not_finite()
        if odd is not None:
            raise CannotError(
                f"the baseline ({baseline.description}) cannot be valued: {odd} is not finite "
                "there; compare with another row"
            )
        self.units: Floats = at_row(self.program, self.valuation.outputs)

    @cached_property
    def owners(self) -> dict[str, str]:
        """Whom an amount belongs to: a unit's input as a whole, or the neuron itself."""
        owners = {name: name for name in self.network.neurons}
        owners |= {unit: item.name for item in self.spec.inputs for unit in item.units}
        return owners

    @cached_property
    def name_of(self) -> dict[int, str]:
        """The units that have names, by their numbers."""
        return {number: unit for unit, number in self.program.number.items()}

    def at(self, seen: Floats) -> Floats:
        """Every unit at some rows, from what synapses see of their inputs: (n_units, n_rows)."""
        values = np.zeros((self.program.n_units, seen.shape[1]))
        values[: len(seen)] = seen
        return forward(self.program, values).values

    def size_of(self, output: str, seen: Floats) -> Floats:
        """What an output's errors are relative to at some rows, and at the baseline: (n_rows,)."""
        target = self.program.number[output]
        here = np.concatenate([self.units[:, None], self.at(seen)], axis=1)
        sizes = sizes_at(self.program, target, here)
        return np.asarray(np.maximum(sizes[0], sizes[1:]))

    def is_straight(self, output: str, by: str) -> bool:
        """Whether an output is made of straight pieces in what it reads, or in the inputs."""
        target = self.program.number[output]
        first = self.program.neurons_of(target) if by == "neuron" else 0
        return is_straight(self.program, target, first)
