"""How hard to try, and what came of it: data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from nnspec.claims.cases import Case
from nnspec.claims.statements import Statement
from nnspec.claims.verdicts.violations import Rows, named_values
from nnspec.evaluators.reference import Valuation, evaluate_row
from nnspec.network import Network

BUDGET = 10.0
"""Seconds of processor time for the cases of one spec, unless more are given."""

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
    budget
        Seconds of processor time for all cases of a spec together; None for as long as it takes.
    """

    max_examples: int = 10_000
    seed: int = 0
    budget: float | None = BUDGET


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
    rounded
        The same, at rows rounded as far as they still violate the statement: for people to read.
    worst
        The same, at the worst violation found.
    """

    claim: str
    message: str
    rows: Rows
    excess: float
    values: tuple[Valuation, ...]
    rounded: Failure | None = None
    worst: Failure | None = None

    @property
    def shown(self) -> Failure:
        """What people are shown: the rounded rows, or else the rows themselves."""
        return self if self.rounded is None else self.rounded


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
    stopped
        Whether the budget ended the search before as many inputs were tried as were asked for.
    """

    case: Case
    status: Status
    n_inputs: int
    failures: tuple[Failure, ...] = ()
    exhausted: bool = False
    stopped: bool = False

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
