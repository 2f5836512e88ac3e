"""What each neuron did over a table: how often it fired, and between which values it kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.groups import GROUPS
from nnspec.network import Network
from nnspec.program.compiled import Segment
from nnspec.spec.model import Interval

MOST_NUMBERS = 4_000_000
"""So many values of neurons are held at once; a batch of more is cut."""


@dataclass(slots=True)
class NeuronTally:
    """One neuron, batch by batch.

    Parameters
    ----------
    fired
        In how many rows it fired; None of a neuron that is never silent.
    least, greatest
        Its extremes.
    outside
        In how many rows it left the range that the spec declares for it.
    """

    name: str
    layer: str
    range: Interval
    fired: int | None
    least: float = np.inf
    greatest: float = -np.inf
    outside: int = 0


def is_ever_silent(segment: Segment) -> bool:
    """Whether an activation is silent, at 0, up to a hinge."""
    return ACTIVATIONS[segment.name].silent_up_to(**segment.parameters) is not None


class FiringTally:
    """All neurons of a network over the rows that can be valued.

    A neuron fires where an activation that is silent, at 0, up to a hinge is not silent, and where
    it is the winner of its group.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.n_rows = 0
        self._z: dict[str, tuple[str, Mapping[str, Any]]] = {}
        ranges = {neuron.name: neuron.range for _, neuron in network.spec.neurons()}
        self.neurons: list[NeuronTally] = []
        for layer in network.compiled.layers:
            silent = {i: s for s in layer.activations for i in s.rows.tolist() if is_ever_silent(s)}
            jumps = layer.group is not None and GROUPS[layer.group].jumps
            for i, name in enumerate(layer.neurons):
                fires = jumps or i in silent
                if layer.group is not None and not jumps and i in silent:
                    # What the group makes of it is never 0: the activation must be asked.
                    self._z[name] = (silent[i].name, silent[i].parameters)
                span = ranges.get(name, (None, None))
                self.neurons.append(NeuronTally(name, layer.name, span, 0 if fires else None))

    def add(self, columns: Mapping[str, NDArray[np.float64]], good: NDArray[np.bool_]) -> None:
        """Take the rows that can be valued among the next ones."""
        kept = columns if good.all() else {name: x[good] for name, x in columns.items()}
        n_rows = int(np.count_nonzero(good))
        self.n_rows += n_rows
        step = max(1, MOST_NUMBERS // max(1, len(self.neurons)))
        for start in range(0, n_rows, step):
            self._add({name: x[start : start + step] for name, x in kept.items()})

    def _add(self, columns: Mapping[str, NDArray[np.float64]]) -> None:
        found = self.network.evaluate_columns(
            columns, self.network.neurons, pre_activations=bool(self._z)
        )
        for neuron in self.neurons:
            values = np.asarray(found.values[neuron.name])
            neuron.least = min(neuron.least, float(np.fmin.reduce(values)))
            neuron.greatest = max(neuron.greatest, float(np.fmax.reduce(values)))
            low, high = neuron.range
            if low is not None and neuron.least < low:
                neuron.outside += int(np.count_nonzero(values < low))
            if high is not None and neuron.greatest > high:
                neuron.outside += int(np.count_nonzero(values > high))
            if neuron.fired is not None:
                fires = values > 0
                if neuron.name in self._z:
                    kind, parameters = self._z[neuron.name]
                    fires = ACTIVATIONS[kind].fires(
                        np, np.asarray(found.z[neuron.name]), **parameters
                    )
                neuron.fired += int(np.count_nonzero(fires))
