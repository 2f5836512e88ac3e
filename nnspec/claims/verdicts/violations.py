"""Whether a row truly violates a statement: by the reference evaluator, and beyond rounding.

The rule: a violation counts if the reference evaluator shows it in doubles and it stays one in 60
digits, with every number of the spec and of the row taken as the decimal its author wrote.
"""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from typing import Any

from nnspec.claims.domain import Domain
from nnspec.claims.search.probe import Candidates
from nnspec.claims.statements import Statement
from nnspec.claims.verdicts.precise import CONTEXT, NOISE, as_written, precise_values
from nnspec.evaluators.reference import Valuation, evaluate_row
from nnspec.network import Network
from nnspec.spec.model import Value

PRECISE_SYNAPSES = 20_000
"""A network of more synapses is judged in doubles alone: 60 digits would take seconds a row."""

Rows = tuple[dict[str, Value], ...]


def rows_of(domain: Domain, candidate: Candidates, axis: str | None) -> Rows:
    """One candidate as a row of the user's table, or as two."""
    first = domain.row(candidate.points[:, 0])
    if candidate.second is None or axis is None:
        return (first,)
    own = domain.axes[domain.index[axis]]
    return first, {**first, axis: own.value(float(candidate.second[0]))}


def truly_violates(network: Network, statement: Statement, rows: Rows) -> bool:
    """Whether one row, or two, violate a statement beyond all rounding."""
    if network.compiled.n_synapses > PRECISE_SYNAPSES:
        return True
    valuations = [evaluate_row(network.spec, row) for row in rows]
    if any(valuation.not_finite() for valuation in valuations):
        return True
    first, second = [named_values(row, v) for row, v in zip(rows, valuations, strict=True)] * (
        3 - len(rows)
    )
    return statement.excess(float, first, second) > 0 and _beyond_rounding(network, statement, rows)


def _beyond_rounding(network: Network, statement: Statement, rows: Rows) -> bool:
    try:
        values = [precise_values(network.spec, row) for row in rows] * (3 - len(rows))
        with decimal.localcontext(CONTEXT):
            excess = statement.excess(as_written, values[0], values[1])
            scale = max([abs(v[n]) for v in values for n in statement.names], default=1)
            return bool(excess > NOISE * max(scale, decimal.Decimal(1)))
    except decimal.InvalidOperation:
        return True  # no value in 60 digits either, or none that can be told


def named_values(row: Mapping[str, Value], valuation: Valuation) -> dict[str, Any]:
    """What a statement may speak of: inputs in the table's own units, units, neurons."""
    raw = {name: float(v) for name, v in row.items() if isinstance(v, int | float)}
    return {**valuation.outputs, **raw}
