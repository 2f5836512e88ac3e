"""A spec's claims, judged on rows that are given: what ``Network.check`` does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnspec.claims.cases import Case, cases
from nnspec.claims.domain import Domain, Points
from nnspec.claims.results import Failure, failure_of
from nnspec.claims.search.frontier import Frontier
from nnspec.claims.search.probe import Probe
from nnspec.claims.statements import Statement, statements
from nnspec.claims.verdicts.violations import rows_of, truly_violates
from nnspec.network import Network
from nnspec.spec.model import Property


@dataclass(frozen=True)
class RowFailure:
    """One statement of a claim that a given row violates.

    Parameters
    ----------
    row
        Which row, counted from 0.
    case
        Whose statement it is.
    failure
        What the row shows.
    """

    row: int
    case: Case
    failure: Failure

    def __str__(self) -> str:
        return f"row {self.row}: {self.case.id}: {self.failure.message}"


def check_rows(network: Network, points: Points) -> tuple[RowFailure, ...]:
    """Judge the properties of a spec, and its neurons' ranges, on given rows.

    A property is tried on the rows within its ``when``. What it says of two rows that differ in
    one input is tried from each row along that input, just before and behind each hinge.

    Parameters
    ----------
    network
        The network.
    points
        Shape (n_inputs, n_rows), in the table's own units; a category as the index of its value.
    """
    return tuple(_failures(network, points))


def _failures(network: Network, points: Points) -> Iterator[RowFailure]:
    for case in cases(network.spec):
        if not isinstance(case.claim, Property):
            continue
        domain = Domain.of(network.spec, case.claim.when)
        inside = [
            at for at in range(points.shape[1])
            if all(a.holds(float(x)) for a, x in zip(domain.axes, points[:, at], strict=True))
        ]  # fmt: skip
        for statement in statements(case.claim.claim):
            for at in inside:
                failure = _judged(network, domain, statement, points[:, at : at + 1])
                if failure is not None:
                    yield RowFailure(at, case, failure)


def _judged(
    network: Network, domain: Domain, statement: Statement, point: Points
) -> Failure | None:
    """What one row shows of one statement, if it violates it."""
    probe = Probe(network, domain, statement.names)
    rng = np.random.Generator(np.random.Philox(key=0))
    frontier = Frontier(probe, [statement], rng, 1)
    frontier.try_(frontier.paired(point))
    for found, _ in frontier.best(0):
        rows = rows_of(domain, found, statement.axis)
        if truly_violates(network, statement, rows):
            return failure_of(network, statement, rows)
    return None
