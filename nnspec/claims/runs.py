"""Runs the cases of a spec: an example is evaluated, a property is searched for a violation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from time import process_time

from nnspec.claims.cases import Case, cases
from nnspec.claims.examples import run_example
from nnspec.claims.property_search import PropertySearch
from nnspec.claims.results import Options, Result, failure_of
from nnspec.claims.statements import statements
from nnspec.claims.verdicts.violations import Rows, truly_violates
from nnspec.network import Network
from nnspec.spec.model import Example


def run_cases(
    network: Network, chosen: Iterable[Case] | None = None, options: Options | None = None
) -> Iterator[Result]:
    """Run cases one by one: by default all that the network's spec has.

    They share the options' budget: what one leaves of its part, those behind it have.
    """
    options = Options() if options is None else options
    todo = list(cases(network.spec) if chosen is None else chosen)
    start = process_time()
    for done, case in enumerate(todo):
        share = options.budget
        if share is not None:
            share = max(0.0, share - (process_time() - start)) / (len(todo) - done)
        yield run_case(network, case, replace(options, budget=share))


def run_case(network: Network, case: Case, options: Options | None = None) -> Result:
    """Try one case of a network.

    Examples
    --------
    >>> from nnspec import loads
    >>> from nnspec.spec.model import Monotone, Property
    >>> from nnspec.claims import property_case
    >>> network = loads('''
    ... nnspec: 1
    ... name: historic
    ... inputs: {age: {range: [0, 250]}}
    ... layers: [{name: output, activation: relu, neurons: {
    ...     historic: {bias: -100, synapses: {age: 1}}}}]
    ... ''')
    >>> falls = property_case(Property(Monotone({"historic": {"age": "decreasing"}})))
    >>> failure = run_case(network, falls).failures[0]
    >>> failure.message, [row["age"] for row in failure.rows]
    ('historic rises from 0 to 1', [100.0, 101.0])
    """
    options = Options() if options is None else options
    if isinstance(case.claim, Example):
        return run_example(network, case, case.claim)
    return PropertySearch(network, case, case.claim, options).run()


def replay(network: Network, case: Case, rows: Rows) -> Result:
    """Judge a case by one row, or by two that differ in one input, and nothing else."""
    if isinstance(case.claim, Example):
        return run_example(network, case, case.claim)
    failures = []
    varied = {name for name in rows[0] if rows[0][name] != rows[-1][name]}
    for statement in statements(case.claim.claim):
        concerned = {statement.axis} == varied if len(rows) > 1 else statement.axis is None
        if concerned and truly_violates(network, statement, rows):
            failure = failure_of(network, statement, rows)
            if failure.excess > 0:
                failures.append(failure)
    return Result(case, "failed" if failures else "not refuted", 1, tuple(failures))
