"""An explanation as frozen data: what each neuron did, and why an output is what it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from nnspec.spec.model import Value

TOLERANCE = 1e-9
"""The relative error within which reasons must add up."""


METHODS = {
    "exact": (
        "along the straight line from the baseline to the row, cut where any neuron passes a "
        "hinge, each piece counts by its slope; what a jump changes is shared in proportion to "
        "how each source moves the neuron that jumps there"
    ),
    "integrated gradients": (
        "the slopes along the straight line from the baseline to the row, cut at hinges and "
        "integrated by Gauss-Legendre quadrature, finer and finer until the amounts add up"
    ),
}
"""How a difference is divided, by the name of the method."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a row is compared with.

    Parameters
    ----------
    row
        A value for each input, in the table's own units.
    description
        Where it comes from, such as ``"zeros"``.
    """

    row: Mapping[str, Value]
    description: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One input: its value in the row and at the baseline, and what synapses see of it."""

    name: str
    value: Value
    baseline: Value
    unit: str | None
    seen: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Term:
    """One synapse: its source's value, its weight, and what it contributes to z.

    ``amount`` is ``weight x value`` for sums, means, maxima and minima, and otherwise what the
    aggregation makes of the two, such as ``value ^ weight`` for products.
    """

    source: str
    weight: float
    value: float
    amount: float


@dataclass(frozen=True, slots=True)
class NeuronStep:
    """What one neuron did.

    Parameters
    ----------
    terms
        Its synapses in the order in which they are brought together: ``z`` is, to the last bit,
        the bias plus the aggregation of their amounts.
    activation
        The activation's name.
    activated
        ``activation(z)``, before any group acts.
    value
        The neuron's output.
    fired
        Whether it fired, for activations that are silent (0) up to a hinge, and for the winner of
        a group; None for others.
    because
        Why it fired or not, where one input alone decides; otherwise empty.
    """

    name: str
    layer: str
    unit: str | None
    description: str | None
    aggregation: str
    bias: float
    terms: tuple[Term, ...]
    z: float
    activation: str
    activated: float
    group: str | None
    value: float
    fired: bool | None
    because: str


@dataclass(frozen=True, slots=True)
class Reason:
    """What one input, or one neuron, contributes to an output's difference from the baseline."""

    name: str
    amount: float
    because: str


@dataclass(frozen=True, slots=True)
class Reasons:
    """A decomposition: the greatest amounts first.

    Parameters
    ----------
    method
        How the difference was divided: a name of ``METHODS``.
    error
        What the amounts leave of the difference; within 1e-9 of ``scale`` it is rounding.
    scale
        The greatest of the output's value, that at the baseline, those between jumps on the way,
        and for either end what any source adds to the output: its value times the slope by it,
        which of a sum is its term, and of what is squashed less.
    """

    reasons: tuple[Reason, ...]
    method: str
    error: float
    scale: float

    @property
    def complete(self) -> bool:
        """Whether the amounts add up to the difference within 1e-9, relative."""
        return abs(self.error) <= TOLERANCE * self.scale


@dataclass(frozen=True, slots=True)
class OutputReasons:
    """Why an output is what it is: its value, that at the baseline, and what made the difference.

    Parameters
    ----------
    by_neuron
        Over what the output reads: the neurons of the last hidden layer, and any input that has a
        synapse into the output itself.
    by_input
        Over the network's inputs.
    """

    name: str
    unit: str | None
    value: float
    baseline: float
    by_neuron: Reasons
    by_input: Reasons

    @property
    def difference(self) -> float:
        """The value less that at the baseline."""
        return self.value - self.baseline


@dataclass(frozen=True, slots=True)
class Account:
    """How one row was valued, as data: what :class:`nnspec.explaining.Explanation` shows."""

    network: str
    title: str
    row: Mapping[str, Value]
    baseline: Baseline
    facts: tuple[Fact, ...]
    neurons: tuple[NeuronStep, ...]
    outputs: tuple[OutputReasons, ...]

    def neuron(self, name: str) -> NeuronStep:
        """What the neuron of that name did.

        Raises
        ------
        KeyError
            If there is none.
        """
        for one in self.neurons:
            if one.name == name:
                return one
        raise KeyError(name)

    def output(self, name: str) -> OutputReasons:
        """Why the output of that name is what it is.

        Raises
        ------
        KeyError
            If there is none.
        """
        for one in self.outputs:
            if one.name == name:
                return one
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """The explanation as plain data, for JSON."""
        return asdict(self)

    def to_json(self) -> str:
        """The explanation as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2)
