"""How hard to try, and what came of it: data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from nnspec.claims.cases import Case
from nnspec.claims.statements import Statement
from nnspec.claims.verdicts.violations import Rows, named_values
from nnspec.evaluators.reference import Valuation, evaluate_row
from nnspec.network import Network

Status: TypeAlias = Literal["passed", "failed", "not refuted"]


@dataclass(frozen=True)
class Options:
    """How hard to try.

    Parameters
    ----------
    max_examples
        How many inputs to try for each property.
    seed
        The start of chance: the same seed finds the same counterexample.
    """

    max_examples: int = 10_000
    seed: int = 0


@dataclass(frozen=True)
class Failure:
    """One statement of a case, and the smallest input found that violates it.

    Parameters
    ----------
    claim
        The statement, in words.
    message
        What the values are instead.
    rows
        One row in the table's own units, or two that differ in one input.
    excess
        By how much the statement is missed; infinite where the network has no value.
    values
        For each row, what every unit is.
    """

    claim: str
    message: str
    rows: Rows
    excess: float
    values: tuple[Valuation, ...]


@dataclass(frozen=True)
class Result:
    """What came of one case.

    Parameters
    ----------
    status
        ``passed`` is said of examples only; a property is ``not refuted``.
    n_inputs
        How many inputs were tried.
    exhausted
        Whether those were all the inputs there are.
    """

    case: Case
    status: Status
    n_inputs: int
    failures: tuple[Failure, ...] = ()
    exhausted: bool = False

    @property
    def failed(self) -> bool:
        """Whether the case failed."""
        return self.status == "failed"


def failure_of(network: Network, statement: Statement, rows: Rows) -> Failure:
    """What rows that violate a statement show of it."""
    valuations = tuple(evaluate_row(network.spec, row) for row in rows)
    culprit = next(filter(None, (v.not_finite() for v in valuations)), None)
    if culprit is not None:
        message = f"the network has no value here: {culprit} is not finite"
        return Failure(statement.text, message, rows, float("inf"), valuations)
    values = [named_values(row, v) for row, v in zip(rows, valuations, strict=True)]
    first, second = values[0], values[-1]
    excess = float(statement.excess(float, first, second))
    unit = unit_of(network, statement.names[0]) if len(statement.names) == 1 else ""
    return Failure(statement.text, statement.said(first, second) + unit, rows, excess, valuations)


def unit_of(network: Network, name: str) -> str:
    """A neuron's unit after a space; nothing for what has none."""
    for _, neuron in network.spec.neurons():
        if neuron.name == name and neuron.unit is not None:
            return f" {neuron.unit}"
    return ""
