"""What an output should be, and what it takes: a goal, and a change that reaches it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.suggestions import quote
from nnspec.network import Network
from nnspec.spec.model import Value
from nnspec.views.numbers import finite

CLAIM = re.compile(r"\s*(?P<name>[A-Za-z_][\w.-]*?)\s*(?P<sign><=|>=)\s*(?P<number>\S+)\s*")


@dataclass(frozen=True, slots=True)
class Goal:
    """A neuron's value, at most or at least a number.

    Parameters
    ----------
    neuron
        The neuron.
    sign
        ``"<="`` or ``">="``.
    number
        The number.
    """

    neuron: str
    sign: str
    number: float

    def met(self, value: float) -> bool:
        """Whether a value of the neuron meets it."""
        return value <= self.number if self.sign == "<=" else value >= self.number

    def __str__(self) -> str:
        return f"{self.neuron} {self.sign} {self.number:.15g}"


def parse_goal(text: str, network: Network) -> Goal:
    """Read a goal such as ``price<=900000``.

    Raises
    ------
    CannotError
        If it is none, or its neuron is not one of the network's.
    """
    match = CLAIM.fullmatch(text)
    number = _number(match["number"]) if match is not None else None
    if match is None or number is None:
        raise CannotError(
            f"a target is a neuron, <= or >=, and a number, such as 'price<=900000'; not "
            f"{quote(text)}"
        )
    (name,) = network.neuron_names([match["name"]])
    return Goal(name, match["sign"], number)


def _number(text: str) -> float | None:
    try:
        return finite(float(text.replace("_", "x")))
    except ValueError:
        return None


def units_of(network: Network) -> dict[str, str]:
    """The unit of each input and neuron that has one."""
    units = {item.name: item.unit for item in network.spec.inputs}
    units |= {neuron.name: neuron.unit for _, neuron in network.spec.neurons()}
    return {name: unit for name, unit in units.items() if unit is not None}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What reaches a goal, or the proof that nothing does, as data.

    Parameters
    ----------
    goal
        What was to be reached.
    row
        The row as it is.
    value
        The neuron's value for it.
    inputs
        The inputs that were allowed to change.
    reached
        The row that reaches the goal; None where none was found.
    new_value
        The neuron's value for that, by the reference evaluator.
    size
        How great the change is: the sum over inputs of the change relative to the width of the
        input's range, a change of category counting as 1.
    at_least
        What was proved: no change smaller than this reaches the goal; infinite where none does.
    n_boxes
        How many parts of the ranges were judged.
    units
        The unit of each input or neuron that has one.
    """

    goal: Goal
    row: Mapping[str, Value]
    value: float
    inputs: tuple[str, ...]
    reached: Mapping[str, Value] | None
    new_value: float | None
    size: float | None
    at_least: float
    n_boxes: int
    units: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def changes(self) -> dict[str, tuple[Value, Value]]:
        """By input that changes: its value before and after."""
        if self.reached is None:
            return {}
        return {n: (v, self.reached[n]) for n, v in self.row.items() if self.reached[n] != v}

    @property
    def smallest(self) -> bool:
        """Whether the change is proved to be the smallest, within a millionth of a range."""
        return self.size is not None and self.size - self.at_least <= 1.001e-6

    @property
    def impossible(self) -> bool:
        """Whether it is proved that no change of these inputs reaches the goal."""
        return self.reached is None and math.isinf(self.at_least)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        data = asdict(self)
        del data["units"]  # they are the network's, not the change's
        data["at_least"] = None if math.isinf(self.at_least) else self.at_least
        changes = {name: list(pair) for name, pair in self.changes.items()}
        return data | {"changes": changes, "smallest": self.smallest, "impossible": self.impossible}
