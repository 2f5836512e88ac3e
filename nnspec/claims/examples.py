"""A spec's examples: rows whose values were worked out by hand, held against the reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnspec.claims.cases import Case
from nnspec.claims.results import Failure, Result, unit_of
from nnspec.claims.statements import within
from nnspec.evaluators.reference import evaluate_row
from nnspec.network import Network
from nnspec.spec.model import Example, Value
from nnspec.views.numbers import number_text

CLOSE = 1e-9
"""How near an example's number must be met, relative to it."""


def run_example(network: Network, case: Case, example: Example) -> Result:
    """Evaluate an example's row, and hold each value against what is expected."""
    row = _completed(network, example.given)
    valuation = evaluate_row(network.spec, row)
    failures = []
    for name, bound in example.expect.items():
        value = valuation.outputs[name]
        allowed: Any = bound
        if not isinstance(bound, tuple):
            near = CLOSE * abs(bound) if example.within is None else example.within
            allowed = (bound - near, bound + near)
        for statement in within(name, allowed):
            excess = statement.excess(float, valuation.outputs, valuation.outputs)
            if not excess <= 0:
                text = (
                    statement.text
                    if isinstance(bound, tuple)
                    else f"{name} is {number_text(bound)}"
                )
                message = f"{name} is {_apart(value, bound)}{unit_of(network, name)}"
                failures.append(Failure(text, message, (row,), float(excess), (valuation,)))
    return Result(case, "failed" if failures else "passed", 1, tuple(failures))


def _apart(value: float, bound: Any) -> str:
    if isinstance(bound, tuple):
        low, high = ["null" if end is None else number_text(end) for end in bound]
        return f"{number_text(value)}, outside [{low}, {high}]"
    return f"{number_text(value)}, not {number_text(bound)}, off by {number_text(value - bound)}"


def _completed(network: Network, given: Mapping[str, Value]) -> dict[str, Value]:
    row: dict[str, Value] = {}
    for item in network.spec.inputs:
        value = given.get(item.name, item.missing)
        if value is not None:
            row[item.name] = value
    return row
